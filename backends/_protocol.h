/* The C and C++ side of the protocol in README.md. A program gives `fit`, and `infer` where its library has standard
   errors, to linbench_serve(). */
#ifndef LINBENCH_PROTOCOL_H
#define LINBENCH_PROTOCOL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    char line[4096];   /* the request that brought the data, with the options in it */
    long rows, columns;
    long parameters;   /* columns + intercept */
    int intercept, single, weighted;
    double *A;         /* rows x parameters, column-major; the column of ones first */
    double *y;
    double *w;         /* weights of the rows, where they are weighted */
    float *A32, *y32;  /* the same in single precision, where that is asked for */
} Problem;

typedef struct {
    double *estimates;   /* parameters of them, the intercept first */
    double *errors;      /* standard errors, filled in by infer() */
    double r_squared;    /* NaN: the library has none */
    int rank;            /* -1: the method decides on none */
    const char *refusal; /* "unsupported" or "error", with `why`; NULL for an answer */
    char why[512];
} Result;

static double linbench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The value of an option, as text; empty where there is none. */
static const char *linbench_setting(const char *line, const char *key, char *value, size_t size) {
    char wanted[80];
    snprintf(wanted, sizeof wanted, "\"%s\": ", key);
    const char *at = strstr(line, wanted);
    size_t n = 0;
    if (at) {
        at += strlen(wanted);
        const char *stop = *at == '"' ? (at++, "\"") : ",}";
        n = strcspn(at, stop);
        if (n >= size) n = size - 1;
        memcpy(value, at, n);
    }
    value[n] = 0;
    return value;
}

static long linbench_number(const char *line, const char *key) {
    char value[40];
    return atol(linbench_setting(line, key, value, sizeof value));
}

static int linbench_is(const Problem *problem, const char *key, const char *value) {
    char found[80];
    return strcmp(linbench_setting(problem->line, key, found, sizeof found), value) == 0;
}

static void linbench_refuse(Result *result, const char *kind, const char *why) {
    result->refusal = kind;
    snprintf(result->why, sizeof result->why, "%s", why);
}

static void linbench_numbers(const char *key, const double *values, long count) {
    printf(", \"%s\": \"", key);
    for (long i = 0; i < count; i++) printf(i ? " %a" : "%a", values[i]);
    printf("\"");
}

static void *linbench_array(long count, size_t size) {
    void *found = calloc(count > 0 ? (size_t)count : 1, size);
    if (!found) {
        fprintf(stderr, "out of memory\n");
        exit(3);
    }
    return found;
}

static void linbench_read(double *into, long count) {
    if (fread(into, sizeof(double), (size_t)count, stdin) != (size_t)count) exit(4);
}

static float *linbench_singles(const double *from, long count) {
    float *found = (float *)linbench_array(count, sizeof(float));
    for (long i = 0; i < count; i++) found[i] = (float)from[i];
    return found;
}

static void linbench_load(Problem *p, const char *line) {
    char dtype[16];
    snprintf(p->line, sizeof p->line, "%s", line);
    p->rows = linbench_number(line, "rows");
    p->columns = linbench_number(line, "columns");
    p->intercept = (int)linbench_number(line, "intercept");
    p->parameters = p->columns + p->intercept;
    p->single = strcmp(linbench_setting(line, "dtype", dtype, sizeof dtype), "float32") == 0;
    long size = p->rows * p->parameters;
    p->A = (double *)linbench_array(size, sizeof(double));
    p->y = (double *)linbench_array(p->rows, sizeof(double));
    for (long i = 0; p->intercept && i < p->rows; i++) p->A[i] = 1.0;
    linbench_read(p->A + p->intercept * p->rows, p->rows * p->columns);
    linbench_read(p->y, p->rows);
    p->weighted = (int)linbench_number(line, "weights");
    if (p->weighted) {
        p->w = (double *)linbench_array(p->rows, sizeof(double));
        linbench_read(p->w, p->rows);
    }
    if (p->single) {
        p->A32 = linbench_singles(p->A, size);
        p->y32 = linbench_singles(p->y, p->rows);
    }
}

static void linbench_fit(const Problem *problem, Result *result, void (*fit)(const Problem *, Result *), long id) {
    double begin = linbench_now();
    result->refusal = NULL;
    result->rank = -1;
    fit(problem, result);
    double seconds = linbench_now() - begin;
    printf("@linbench {\"id\": %ld", id);
    if (result->refusal) {
        printf(", \"%s\": \"%s\"}\n", result->refusal, result->why);
        return;
    }
    linbench_numbers("estimates", result->estimates, problem->parameters);
    if (result->rank >= 0) printf(", \"rank\": %d", result->rank);
    printf(", \"seconds\": %.9f}\n", seconds);
}

static void linbench_infer(const Problem *problem, Result *result, void (*infer)(const Problem *, Result *), long id) {
    result->r_squared = 0.0 / 0.0;
    infer(problem, result);
    printf("@linbench {\"id\": %ld", id);
    linbench_numbers("standard_errors", result->errors, problem->parameters);
    if (result->r_squared == result->r_squared) linbench_numbers("r_squared", &result->r_squared, 1);
    printf("}\n");
}

static int linbench_serve(const char *versions, void (*fit)(const Problem *, Result *),
                          void (*infer)(const Problem *, Result *)) {
    static char line[4096], what[40];
    static Problem problem;
    static Result result;
    while (fgets(line, sizeof line, stdin)) {
        if (line[0] == '\n') continue;
        long id = linbench_number(line, "id");
        linbench_setting(line, "do", what, sizeof what);
        if (strcmp(what, "load") == 0) {
            linbench_load(&problem, line);
            result.estimates = (double *)linbench_array(problem.parameters, sizeof(double));
            result.errors = (double *)linbench_array(problem.parameters, sizeof(double));
            printf("@linbench {\"id\": %ld, \"versions\": {%s}}\n", id, versions);
        } else if (strcmp(what, "fit") == 0) {
            linbench_fit(&problem, &result, fit, id);
        } else if (infer) {
            linbench_infer(&problem, &result, infer, id);
        } else {
            printf("@linbench {\"id\": %ld, \"error\": \"no such request\"}\n", id);
        }
        fflush(stdout);
    }
    return 0;
}

#endif
