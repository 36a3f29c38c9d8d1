// Armadillo: solve() with its options, in double and in single precision
#include "_protocol.h"

#include <armadillo>

template <class T> static void solve(const Problem *p, Result *r, const T *values, const T *target) {
    const arma::Mat<T> A(const_cast<T *>(values), p->rows, p->parameters, false, true);
    const arma::Col<T> y(const_cast<T *>(target), p->rows, false, true);
    arma::Col<T> b;
    bool solved;
    if (linbench_is(p, "method", "fast"))
        solved = arma::solve(b, A, y, arma::solve_opts::fast);
    else if (linbench_is(p, "method", "force_approx"))
        solved = arma::solve(b, A, y, arma::solve_opts::force_approx);
    else if (linbench_is(p, "method", "no_approx"))
        solved = arma::solve(b, A, y, arma::solve_opts::no_approx);
    else
        solved = arma::solve(b, A, y);
    if (!solved) return linbench_refuse(r, "unsupported", "solve() finds the design singular to working precision; use force_approx");
    for (long j = 0; j < p->parameters; j++) r->estimates[j] = (double)b[j];
}

static void fit(const Problem *p, Result *r) {
    if (p->single)
        solve<float>(p, r, p->A32, p->y32);
    else
        solve<double>(p, r, p->A, p->y);
}

int main() {
    static const std::string version = "\"Armadillo\": \"" + arma::arma_version::as_string() + "\"";
    return linbench_serve(version.c_str(), fit, nullptr);
}
