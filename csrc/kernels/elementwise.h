/* Which kernels compute an output from one element of each matrix? Arithmetic and functions here; activations.h,
 * losses.h and updates.h have more of them.
 *
 * The elements are independent, and the compiler computes as many at once as a register holds.
 */
#pragma once

#include "call.h"
#include "functions.h"

/* A kernel that computes each output from an element a of one matrix, or from a and b of two, and from the call's
 * numbers. The result may be an argument's memory, but must not overlap it otherwise. */
#define ELEMENTWISE_1(name, value)                                               \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last) \
    {                                                                            \
        const real *in = IN(0);                                                  \
        real *out = OUT(1);                                                      \
        const real number = NUMBER(0);                                           \
        (void)number;                                                            \
        INDEPENDENT for (int64_t i = first; i < last; i++) {                     \
            const real a = in[i];                                                \
            out[i] = value;                                                      \
        }                                                                        \
    }

#define ELEMENTWISE_2(name, value)                                               \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last) \
    {                                                                            \
        const real *left = IN(0), *right = IN(1);                                \
        real *out = OUT(2);                                                      \
        const real number = NUMBER(0), second = NUMBER(1);                       \
        (void)number, (void)second;                                              \
        INDEPENDENT for (int64_t i = first; i < last; i++) {                     \
            const real a = left[i], b = right[i];                                \
            out[i] = value;                                                      \
        }                                                                        \
    }

/* A kernel whose outputs are of_all, a function of its numbers. */
#define FUNCTION(name, of_all)                                                   \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last) \
    {                                                                            \
        of_all(IN(0) + first, OUT(1) + first, last - first);                     \
    }

/* A kernel that computes each output from an element a and of_all's f of it; or from a, f and another matrix's b. */
#define FUNCTION_1(name, of_all, value)                                              \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last)     \
    {                                                                                \
        const real number = NUMBER(0);                                               \
        (void)number;                                                                \
        for (int64_t from = first; from < last; from += STRETCH) {                   \
            const int64_t count = last - from < STRETCH ? last - from : STRETCH;     \
            const real *in = IN(0) + from;                                           \
            real *out = OUT(1) + from, fs[STRETCH];                                  \
            of_all(in, fs, count);                                                   \
            INDEPENDENT for (int64_t j = 0; j < count; j++) {                        \
                const real a = in[j], f = fs[j];                                     \
                out[j] = value;                                                      \
            }                                                                        \
        }                                                                            \
    }

#define FUNCTION_2(name, of_all, value)                                              \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last)     \
    {                                                                                \
        for (int64_t from = first; from < last; from += STRETCH) {                   \
            const int64_t count = last - from < STRETCH ? last - from : STRETCH;     \
            const real *left = IN(0) + from, *right = IN(1) + from;                  \
            real *out = OUT(2) + from, fs[STRETCH];                                  \
            of_all(left, fs, count);                                                 \
            INDEPENDENT for (int64_t j = 0; j < count; j++) {                        \
                const real a = left[j], b = right[j], f = fs[j];                     \
                out[j] = value;                                                      \
            }                                                                        \
        }                                                                            \
    }

/* a: m n, b: m n -> m n */
ELEMENTWISE_2(add, a + b)
ELEMENTWISE_2(subtract, a - b)
ELEMENTWISE_2(multiply, a * b)
/* x: m n, factor: number -> m n */
ELEMENTWISE_1(scale, number * a)
/* x: m n -> m n */
ELEMENTWISE_1(copy, a)
FUNCTION(exp, exp_of_all)
FUNCTION(log, log_of_all)
FUNCTION(expm1, expm1_of_all)
FUNCTION(log1p, log1p_of_all)
FUNCTION(softplus, softplus_of_all)

/* x: m n wide -> m n */
static void kernel_narrow(const refnet_call *c, int64_t first, int64_t last)
{
    const double *x = WIDE(0);
    real *out = OUT(1);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        out[i] = (real)x[i];
}

/* x: m n, factors: m 1 -> m n */
static void kernel_scale_rows(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        const real *x = IN(0) + i * c->n, factor = IN(1)[i];
        real *out = OUT(2) + i * c->n;
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            out[j] = factor * x[j];
    }
}

static void copy_rows(real *to, int64_t to_stride, const real *from, int64_t from_stride, int64_t columns,
                      int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++)
        memcpy(to + i * to_stride, from + i * from_stride, (size_t)columns * sizeof(real));
}

/* a: m n, b: m k -> m n+k */
static void kernel_concatenate(const refnet_call *c, int64_t first, int64_t last)
{
    copy_rows(OUT(2), c->n + c->k, IN(0), c->n, c->n, first, last);
    copy_rows(OUT(2) + c->n, c->n + c->k, IN(1), c->k, c->k, first, last);
}

/* columns: count n, rest: count k, x: m n+k -> m n */
static void kernel_left_columns(const refnet_call *c, int64_t first, int64_t last)
{
    copy_rows(OUT(1), c->n, IN(0), c->n + c->k, c->n, first, last);
}

/* rest: count n, columns: count k, x: m n+k -> m k */
static void kernel_right_columns(const refnet_call *c, int64_t first, int64_t last)
{
    copy_rows(OUT(1), c->k, IN(0) + c->n, c->n + c->k, c->k, first, last);
}

/* total: m n wide!, x: m n */
static void kernel_accumulate(const refnet_call *c, int64_t first, int64_t last)
{
    double *total = WIDE(0);
    const real *x = IN(1);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        total[i] += (double)x[i];
}

/* x: m n, mean: 1 n, std: 1 n -> m n */
static void kernel_standardize(const refnet_call *c, int64_t first, int64_t last)
{
    const real *mean = IN(1), *std = IN(2);
    for (int64_t i = first; i < last; i++) {
        const real *x = IN(0) + i * c->n;
        real *out = OUT(3) + i * c->n;
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            out[j] = (x[j] - mean[j]) / std[j];
    }
}

/* d: m n, std: 1 n -> m n */
static void kernel_standardize_backward(const refnet_call *c, int64_t first, int64_t last)
{
    const real *std = IN(1);
    for (int64_t i = first; i < last; i++) {
        const real *d = IN(0) + i * c->n;
        real *out = OUT(2) + i * c->n;
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            out[j] = d[j] / std[j];
    }
}

#define ELEMENTWISE_KERNELS                                                                                  \
    KERNEL(add, ELEMENTS, 8) KERNEL(subtract, ELEMENTS, 8) KERNEL(multiply, ELEMENTS, 8)                     \
    KERNEL(scale, ELEMENTS, 8) KERNEL(copy, ELEMENTS, 8) KERNEL(narrow, ELEMENTS, 8)                         \
    KERNEL(exp, ELEMENTS, 40) KERNEL(log, ELEMENTS, 60)                                                      \
    KERNEL(expm1, ELEMENTS, 50) KERNEL(log1p, ELEMENTS, 80) KERNEL(softplus, ELEMENTS, 100)                  \
    KERNEL(scale_rows, ROWS, 8) KERNEL(concatenate, ROWS, 8) KERNEL(left_columns, ROWS, 4)                   \
    KERNEL(right_columns, ROWS, 4) KERNEL(accumulate, ELEMENTS, 8) KERNEL(standardize, ROWS, 16)             \
    KERNEL(standardize_backward, ROWS, 16)
