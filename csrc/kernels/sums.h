/* What are the sums and the largest numbers of rows and columns? Taken in ascending order, as in the reference. */
#pragma once

#include "call.h"

static real total_of(const real *x, int64_t count)
{
    real total = 0;
    for (int64_t i = 0; i < count; i++)
        total += x[i];
    return total;
}

ALWAYS_INLINE real larger(real x, real largest) { return x > largest || x != x ? x : largest; }

/* total(j) += Σ_i x(i, j), or with a mean Σ_i (x(i, j) - mean(j))², for `width` vectors of columns. Their sums stay in
 * registers while the rows go by. */
ALWAYS_INLINE void add_columns(int width, real *total, const real *x, int64_t n, const real *mean, int64_t rows)
{
    vector sum[4], centre[4];
    UNROLLED for (int v = 0; v < width; v++) {
        sum[v] = load(total + v * REFNET_LANES);
        centre[v] = load((mean ? mean : total) + v * REFNET_LANES);
    }
    for (; rows > 0; rows--, x += n)
        UNROLLED for (int v = 0; v < width; v++) {
            const vector value = load(x + v * REFNET_LANES), away = value - centre[v];
            sum[v] = sum[v] + (mean ? away * away : value);
        }
    UNROLLED for (int v = 0; v < width; v++)
        store(total + v * REFNET_LANES, sum[v]);
}

/* The same for the columns first <= j < last, of the rows from <= i < to. */
static void column_totals(real *total, const real *x, int64_t n, const real *mean, int64_t first, int64_t last,
                          int64_t from, int64_t to)
{
    const int64_t rows = to - from;
    int64_t j = first;
    x += from * n;
    if (from == 0 && rows == 1 && !mean) { /* a minibatch of one */
        INDEPENDENT for (; j < last; j++)
            total[j] = 0 + x[j];
        return;
    }
    for (int64_t i = first; from == 0 && i < last; i++)
        total[i] = 0;
#define PASS(width)                                                                              \
    for (; j + width * REFNET_LANES <= last; j += width * REFNET_LANES) {                        \
        if (mean)                                                                                \
            add_columns(width, total + j, x + j, n, mean + j, rows);                             \
        else                                                                                     \
            add_columns(width, total + j, x + j, n, NULL, rows);                                 \
    }
    PASS(4) PASS(2) PASS(1)
#undef PASS
    for (; j < last; j++) {
        real sum = total[j];
        const real *value = x + j;
        for (int64_t i = 0; i < rows; i++, value += n)
            sum += mean ? (*value - mean[j]) * (*value - mean[j]) : *value;
        total[j] = sum;
    }
}

/* x: m n -> 1 n */
static void add_column_sums(const refnet_call *c, int64_t first, int64_t last, int64_t from, int64_t to)
{
    column_totals(OUT(1), IN(0), c->n, NULL, first, last, from, to);
}
ADDS_ROWS(column_sums)

/* x: m n -> m 1 */
static void kernel_row_sums(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++)
        OUT(1)[i] = total_of(IN(0) + i * c->n, c->n);
}

/* x: m n -> 1 n */
static void add_column_maxima(const refnet_call *c, int64_t first, int64_t last, int64_t from, int64_t to)
{
    const real *x = IN(0);
    real *largest = OUT(1);
    for (int64_t j = first; from == 0 && j < last; j++)
        largest[j] = x[j];
    for (int64_t i = from > 0 ? from : 1; i < to; i++)
        INDEPENDENT for (int64_t j = first; j < last; j++)
            largest[j] = larger(x[i * c->n + j], largest[j]);
}
ADDS_ROWS(column_maxima)

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

#define SUMS_KERNELS                                                                                           \
    ADDING_KERNEL(column_sums, COLUMNS, 4) KERNEL(row_sums, ROWS, 16) ADDING_KERNEL(column_maxima, COLUMNS, 4) \
    KERNEL(row_maxima, ROWS, 16) KERNEL(row_argmax, ROWS, 16) KERNEL(sum_of_squares, WHOLE, 0)                 \
    KERNEL(sum_of_magnitudes, WHOLE, 0)
