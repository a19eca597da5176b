/* What are the sums and the largest numbers of rows and columns? Taken in ascending order, as in the reference. */
#pragma once

#include "call.h"

#define STRETCH 64 /* this many terms are computed together, then summed in order */

static real total_of(const real *x, int64_t count)
{
    real total = 0;
    for (int64_t i = 0; i < count; i++)
        total += x[i];
    return total;
}

ALWAYS_INLINE real larger(real x, real largest) { return x > largest || x != x ? x : largest; }

/* x: m n -> 1 n */
static void kernel_column_sums(const refnet_call *c, int64_t first, int64_t last)
{
    const real *x = IN(0);
    real *total = OUT(1);
    for (int64_t j = first; j < last; j++)
        total[j] = 0;
    for (int64_t i = 0; i < c->m; i++)
        INDEPENDENT for (int64_t j = first; j < last; j++)
            total[j] += x[i * c->n + j];
}

/* x: m n -> m 1 */
static void kernel_row_sums(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++)
        OUT(1)[i] = total_of(IN(0) + i * c->n, c->n);
}

/* x: m n -> 1 n */
static void kernel_column_maxima(const refnet_call *c, int64_t first, int64_t last)
{
    const real *x = IN(0);
    real *largest = OUT(1);
    for (int64_t j = first; j < last; j++)
        largest[j] = x[j];
    for (int64_t i = 1; i < c->m; i++)
        INDEPENDENT for (int64_t j = first; j < last; j++)
            largest[j] = larger(x[i * c->n + j], largest[j]);
}

/* x: m n -> m 1 */
static void kernel_row_maxima(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        const real *row = IN(0) + i * c->n;
        real largest = row[0];
        for (int64_t j = 1; j < c->n; j++)
            largest = larger(row[j], largest);
        OUT(1)[i] = largest;
    }
}

/* x: m n -> m 1 wide */
static void kernel_row_argmax(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        const real *row = IN(0) + i * c->n;
        int64_t best = 0;
        for (int64_t j = 1; j < c->n; j++)
            if (row[j] > row[best] || (row[j] != row[j] && row[best] == row[best]))
                best = j;
        WIDE(1)[i] = (double)best;
    }
}

/* w: m n -> 1 1 */
static void kernel_sum_of_squares(const refnet_call *c, int64_t first, int64_t last)
{
    real total = 0;
    for (int64_t i = first; i < last; i++)
        total += IN(0)[i] * IN(0)[i];
    OUT(1)[0] = total;
}

/* w: m n -> 1 1 */
static void kernel_sum_of_magnitudes(const refnet_call *c, int64_t first, int64_t last)
{
    real total = 0;
    for (int64_t i = first; i < last; i++)
        total += magnitude_of(IN(0)[i]);
    OUT(1)[0] = total;
}

#define SUMS_KERNELS                                                                             \
    KERNEL(column_sums, COLUMNS, 4) KERNEL(row_sums, ROWS, 16) KERNEL(column_maxima, COLUMNS, 4) \
    KERNEL(row_maxima, ROWS, 16) KERNEL(row_argmax, ROWS, 16) KERNEL(sum_of_squares, WHOLE, 0)   \
    KERNEL(sum_of_magnitudes, WHOLE, 0)
