/* How are numbers brought to a common scale? Columns to mean 0 and variance 1, rows to length 1 and right angles. */
#pragma once

#include "elementwise.h"
#include "sums.h"

static void divide_totals(real *total, int64_t m, int64_t first, int64_t last)
{
    for (int64_t j = first; j < last; j++)
        total[j] = total[j] / (real)m;
}

/* x: m n -> 1 n */
static void add_column_means(const refnet_call *c, int64_t first, int64_t last, int64_t from, int64_t to)
{
    column_totals(OUT(1), IN(0), c->n, NULL, first, last, from, to);
    if (to == c->m)
        divide_totals(OUT(1), c->m, first, last);
}
ADDS_ROWS(column_means)

/* x: m n, mean: 1 n -> 1 n */
static void add_column_variances(const refnet_call *c, int64_t first, int64_t last, int64_t from, int64_t to)
{
    column_totals(OUT(2), IN(0), c->n, IN(1), first, last, from, to);
    if (to == c->m)
        divide_totals(OUT(2), c->m, first, last);
}
ADDS_ROWS(column_variances)

/* variance: m n, eps: number -> m n */
ELEMENTWISE_1(deviations, root_of(a + number))

/* x: m n, gamma: 1 n, beta: 1 n? -> m n */
static void kernel_scale_and_shift(const refnet_call *c, int64_t first, int64_t last)
{
    const real *gamma = IN(1), *beta = IN(2);
    for (int64_t i = first; i < last; i++) {
        const real *x = IN(0) + i * c->n;
        real *out = OUT(3) + i * c->n;
        if (beta)
            INDEPENDENT for (int64_t j = 0; j < c->n; j++)
                out[j] = gamma[j] * x[j] + beta[j];
        else
            INDEPENDENT for (int64_t j = 0; j < c->n; j++)
                out[j] = gamma[j] * x[j];
    }
}

/* d: m n, xhat: m n, gamma: 1 n, deviation: 1 n, d_gamma: 1 n, d_beta: 1 n -> m n */
static void kernel_batch_norm_backward(const refnet_call *c, int64_t first, int64_t last)
{
    const real *d = IN(0), *xhat = IN(1), *gamma = IN(2), *deviation = IN(3), *d_gamma = IN(4), *d_beta = IN(5);
    real *out = OUT(6), mean[64], slope[64]; /* of 64 columns at a time: divided once, and not in every row */
    for (int64_t at = 0; at < c->n; at += 64) {
        const int64_t columns = c->n - at < 64 ? c->n - at : 64;
        for (int64_t j = 0; j < columns; j++) {
            mean[j] = d_beta[at + j] / (real)c->m;
            slope[j] = d_gamma[at + j] / (real)c->m;
        }
        for (int64_t i = first; i < last; i++) {
            const int64_t row = i * c->n + at;
            INDEPENDENT for (int64_t j = 0; j < columns; j++)
                out[row + j] = gamma[at + j] * ((d[row + j] - mean[j]) - xhat[row + j] * slope[j]) / deviation[at + j];
        }
    }
}

/* average: m n!, x: m n, momentum: number */
static void kernel_move_average(const refnet_call *c, int64_t first, int64_t last)
{
    real *average = OUT(0);
    const real *x = IN(1), momentum = NUMBER(0), rest = 1 - momentum;
    INDEPENDENT for (int64_t i = first; i < last; i++)
        average[i] = momentum * average[i] + rest * x[i];
}

/* x: m n -> m n */
static void kernel_orthonormal_rows(const refnet_call *c, int64_t first, int64_t last)
{
    const int64_t n = c->n;
    real *rows = OUT(1);
    (void)first, (void)last;
    memcpy(rows, IN(0), (size_t)(c->m * n) * sizeof(real));
    for (int64_t i = 0; i < c->m; i++) {
        real *row = rows + i * n;
        real total = 0;
        for (int64_t k = 0; k < n; k++)
            total += row[k] * row[k];
        const real length = root_of(total);
        for (int64_t k = 0; k < n; k++)
            row[k] = row[k] / length;
        for (real *other = row + n; other < rows + c->m * n; other += n) {
            real share = 0;
            for (int64_t k = 0; k < n; k++)
                share += other[k] * row[k];
            INDEPENDENT for (int64_t k = 0; k < n; k++)
                other[k] = other[k] - share * row[k];
        }
    }
}

#define NORMALIZATION_KERNELS                                                                                   \
    ADDING_KERNEL(column_means, COLUMNS, 4) ADDING_KERNEL(column_variances, COLUMNS, 8)                         \
    KERNEL(deviations, ELEMENTS, 40)                                                                            \
    KERNEL(scale_and_shift, ROWS, 8) KERNEL(batch_norm_backward, ROWS, 12) KERNEL(move_average, ELEMENTS, 8) \
    KERNEL(orthonormal_rows, WHOLE, 0)
