/* GSL: gsl_multifit_linear (the SVD with column scaling), gsl_multifit_linear_tsvd, and both with weights */
#include "_protocol.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_matrix.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_version.h>

static gsl_matrix *covariance;
static double residual;

static void fit(const Problem *p, Result *r) {
    if (p->rows < p->parameters) {
        linbench_refuse(r, "unsupported", "gsl_multifit needs a row for each parameter; use lapack_gels");
        return;
    }
    gsl_matrix *A = gsl_matrix_alloc(p->rows, p->parameters);
    for (long j = 0; j < p->parameters; j++)
        for (long i = 0; i < p->rows; i++) gsl_matrix_set(A, i, j, p->A[i + j * p->rows]);
    gsl_vector_const_view y = gsl_vector_const_view_array(p->y, p->rows);
    gsl_vector_const_view w = gsl_vector_const_view_array(p->weighted ? p->w : p->y, p->rows);
    gsl_vector_view c = gsl_vector_view_array(r->estimates, p->parameters);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(p->rows, p->parameters);
    if (!covariance) covariance = gsl_matrix_alloc(p->parameters, p->parameters);
    int status;
    if (linbench_is(p, "method", "linear")) {
        status = p->weighted
            ? gsl_multifit_wlinear(A, &w.vector, &y.vector, &c.vector, covariance, &residual, work)
            : gsl_multifit_linear(A, &y.vector, &c.vector, covariance, &residual, work);
        r->rank = (int)gsl_multifit_linear_rank(GSL_DBL_EPSILON, work);
    } else {
        char tol[40];
        size_t rank;
        double cut = atof(linbench_setting(p->line, "tol", tol, sizeof tol));
        status = p->weighted
            ? gsl_multifit_wlinear_tsvd(A, &w.vector, &y.vector, cut, &c.vector, covariance, &residual, &rank, work)
            : gsl_multifit_linear_tsvd(A, &y.vector, cut, &c.vector, covariance, &residual, &rank, work);
        r->rank = (int)rank;
    }
    if (status) linbench_refuse(r, "error", gsl_strerror(status));
    gsl_multifit_linear_free(work);
    gsl_matrix_free(A);
}

static void infer(const Problem *p, Result *r) {
    double variance = 1.0;
    if (p->weighted) {
        long rows = 0;
        for (long i = 0; i < p->rows; i++) rows += p->w[i] > 0;
        variance = residual / (double)(rows - p->parameters);
    }
    for (long j = 0; j < p->parameters; j++) r->errors[j] = __builtin_sqrt(variance * gsl_matrix_get(covariance, j, j));
}

int main(void) {
    gsl_set_error_handler_off();
    return linbench_serve("\"GSL\": \"" GSL_VERSION "\"", fit, infer);
}
