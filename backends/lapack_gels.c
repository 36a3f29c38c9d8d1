/* LAPACK: gels, gelsy, gelsd and gelss, in double and in single precision */
#define _GNU_SOURCE
#include "_protocol.h"

#include <dlfcn.h>

#define DECLARE(t, T)                                                                                                 \
    void t##gels_(const char *, int *, int *, int *, T *, int *, T *, int *, T *, int *, int *, size_t);              \
    void t##gelsy_(int *, int *, int *, T *, int *, T *, int *, int *, T *, int *, T *, int *, int *);                \
    void t##gelsd_(int *, int *, int *, T *, int *, T *, int *, T *, T *, int *, T *, int *, int *, int *);           \
    void t##gelss_(int *, int *, int *, T *, int *, T *, int *, T *, T *, int *, T *, int *, int *);
DECLARE(d, double)
DECLARE(s, float)
void ilaver_(int *, int *, int *);

/* Calls the driver twice, the first time for the size of its work space, as LAPACK's users do. */
#define DEFINE(t, T, A_, y_)                                                                                          \
    static int solve_##t(const Problem *p, Result *r, const char *driver, double cond) {                              \
        int m = (int)p->rows, n = (int)p->parameters, one = 1, rank = -1, info = 0, size = -1, integers = 0;          \
        int ldb = m > n ? m : n, smaller = m < n ? m : n;                                                             \
        T rcond = (T)cond, asked = 0;                                                                                 \
        T *A = (T *)linbench_array((long)m * n, sizeof(T)), *b = (T *)linbench_array(ldb, sizeof(T));                 \
        T *s = (T *)linbench_array(smaller, sizeof(T)), *work = &asked;                                               \
        int *pivots = (int *)linbench_array(n, sizeof(int)), *iwork = &integers;                                      \
        memcpy(A, p->A_, sizeof(T) * (size_t)m * (size_t)n);                                                          \
        memcpy(b, p->y_, sizeof(T) * (size_t)m);                                                                      \
        for (int pass = 0; pass < 2; pass++) {                                                                        \
            if (pass) {                                                                                               \
                size = (int)asked;                                                                                    \
                work = (T *)linbench_array(size, sizeof(T));                                                          \
                iwork = (int *)linbench_array(integers, sizeof(int));                                                 \
            }                                                                                                         \
            if (!strcmp(driver, "gels")) t##gels_("N", &m, &n, &one, A, &m, b, &ldb, work, &size, &info, 1);          \
            if (!strcmp(driver, "gelsy"))                                                                             \
                t##gelsy_(&m, &n, &one, A, &m, b, &ldb, pivots, &rcond, &rank, work, &size, &info);                   \
            if (!strcmp(driver, "gelsd"))                                                                             \
                t##gelsd_(&m, &n, &one, A, &m, b, &ldb, s, &rcond, &rank, work, &size, iwork, &info);                 \
            if (!strcmp(driver, "gelss"))                                                                             \
                t##gelss_(&m, &n, &one, A, &m, b, &ldb, s, &rcond, &rank, work, &size, &info);                        \
        }                                                                                                             \
        for (int j = 0; j < n; j++) r->estimates[j] = (double)b[j];                                                   \
        r->rank = strcmp(driver, "gels") ? rank : -1;                                                                 \
        free(A), free(b), free(s), free(work), free(pivots), free(iwork);                                             \
        return info;                                                                                                  \
    }
DEFINE(d, double, A, y)
DEFINE(s, float, A32, y32)

static void fit(const Problem *p, Result *r) {
    char driver[16], cond[40];
    linbench_setting(p->line, "driver", driver, sizeof driver);
    linbench_setting(p->line, "cond", cond, sizeof cond);
    double rcond = strcmp(cond, "library") ? atof(cond) : -1.0; /* LAPACK takes the machine precision for a negative one */
    if (!strcmp(cond, "library") && !strcmp(driver, "gelsy")) rcond = p->single ? 1.1920929e-7 : 2.220446049250313e-16;
    int info = (p->single ? solve_s : solve_d)(p, r, driver, rcond);
    if (info > 0) linbench_refuse(r, "unsupported", strcmp(driver, "gels") ? "the SVD did not converge" : "gels needs full rank, and R has a 0 on its diagonal; use gelsy");
    if (info < 0) linbench_refuse(r, "error", "LAPACK rejects an argument");
}

int main(void) {
    static char versions[600];
    int major, minor, patch;
    Dl_info where = {0};
    ilaver_(&major, &minor, &patch);
    dladdr((void *)dgels_, &where);
    char path[400] = "unknown";
    if (where.dli_fname && !realpath(where.dli_fname, path)) snprintf(path, sizeof path, "%s", where.dli_fname);
    const char *name = strrchr(path, '/');
    snprintf(versions, sizeof versions, "\"LAPACK\": \"%d.%d.%d\", \"LAPACK library\": \"%s\"", major, minor, patch,
             name ? name + 1 : path);
    return linbench_serve(versions, fit, NULL);
}
