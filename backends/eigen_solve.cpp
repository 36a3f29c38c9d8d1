// Eigen: one of its decompositions, in double and in single precision; METHOD says which
#include "_protocol.h"

#include <Eigen/Dense>

template <class Decomposition, class Vector>
static Vector solved(const Decomposition &decomposition, const Vector &y, Result *r) {
    r->rank = (int)decomposition.rank();
    return decomposition.solve(y);
}

enum { pivoted_QR, QR, complete_orthogonal, BDCSVD, LDLT };

template <class T> static void solve(const Problem *p, Result *r, const T *values, const T *target) {
    using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
    if (METHOD != BDCSVD && METHOD != complete_orthogonal && p->rows < p->parameters)
        return linbench_refuse(r, "unsupported", "this decomposition needs a row for each parameter; use BDCSVD");
    Eigen::Map<const Matrix> A(values, p->rows, p->parameters);
    const Vector y = Eigen::Map<const Vector>(target, p->rows);
    Vector b;
    if constexpr (METHOD == BDCSVD)
        b = solved(Eigen::BDCSVD<Matrix>(A, Eigen::ComputeThinU | Eigen::ComputeThinV), y, r);
    else if constexpr (METHOD == complete_orthogonal)
        b = solved(Eigen::CompleteOrthogonalDecomposition<Matrix>(A), y, r);
    else if constexpr (METHOD == pivoted_QR)
        b = solved(Eigen::ColPivHouseholderQR<Matrix>(A), y, r);
    else if constexpr (METHOD == QR)
        b = Eigen::HouseholderQR<Matrix>(A).solve(y);
    else {
        Eigen::LDLT<Matrix> gram(A.transpose() * A);
        if (gram.info() != Eigen::Success) return linbench_refuse(r, "unsupported", "LDLT failed; use pivoted QR");
        b = gram.solve(A.transpose() * y);
    }
    for (long j = 0; j < p->parameters; j++) r->estimates[j] = (double)b[j];
}

static void fit(const Problem *p, Result *r) {
    if (p->single)
        solve<float>(p, r, p->A32, p->y32);
    else
        solve<double>(p, r, p->A, p->y);
}

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

int main() {
    return linbench_serve("\"Eigen\": \"" NUMBER(EIGEN_WORLD_VERSION) "." NUMBER(EIGEN_MAJOR_VERSION) "." NUMBER(
                              EIGEN_MINOR_VERSION) "\"", fit, nullptr);
}
