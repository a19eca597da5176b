/* How is a matrix product computed that has few numbers, one row, one column or one step? Without tiles. */
#pragma once

#include "packing.h"

enum { LINE_VECTORS = REFNET_LANES <= 4 ? 2 : 1 }; /* of sums at once in multiply_row: more lines evict each other */

static void multiply_plainly(const product *p)
{
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->columns; j++) {
            const real *a = p->a + i * p->a_row, *b = p->b + j * p->b_column;
            real sum = p->continues ? p->c[i * p->c_row + j] : p->start ? p->start[j] : 0;
            for (int64_t k = p->depth; k > 0; k--, a += p->a_step, b += p->b_step)
                sum += *a * *b;
            p->c[i * p->c_row + j] = sum;
        }
}

/* Columns j and following of one row of C, so many vectors, if B's columns are contiguous lines: they are transposed in
 * registers and used once, so that packing them would not pay. Beyond the last line it is repeated. */
ALWAYS_INLINE void multiply_lines(const product *p, int vectors, int64_t j, int count)
{
    const real *line[LINE_VECTORS * REFNET_LANES], *start = p->continues ? p->c : p->start;
    vector sum[LINE_VECTORS];
    UNROLLED for (int i = 0; i < vectors * REFNET_LANES; i++)
        line[i] = p->b + (j + (i < count ? i : count - 1)) * p->b_column;
    UNROLLED for (int v = 0; v < vectors; v++)
        sum[v] = start ? load_first(start + j + v * REFNET_LANES, count < REFNET_LANES ? count : REFNET_LANES)
                       : load_first(p->c, 0);
    int64_t k = 0;
    for (; k + REFNET_LANES <= p->depth; k += REFNET_LANES)
        UNROLLED for (int v = 0; v < vectors; v++) {
            vector block[REFNET_LANES];
            UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                block[lane] = load(line[v * REFNET_LANES + lane] + k);
            transpose(block);
            UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                sum[v] = sum[v] + spread(p->a + (k + lane) * p->a_step) * block[lane];
        }
    for (; k < p->depth; k++)
        UNROLLED for (int v = 0; v < vectors; v++) {
            real step[REFNET_LANES];
            UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                step[lane] = line[v * REFNET_LANES + lane][k];
            sum[v] = sum[v] + spread(p->a + k * p->a_step) * load(step);
        }
    UNROLLED for (int v = 0; v < vectors; v++)
        if (count < REFNET_LANES)
            store_first(p->c + j, sum[v], count);
        else
            store(p->c + j + v * REFNET_LANES, sum[v]);
}

/* One row: a vector times a matrix. */
static void multiply_row(const product *p)
{
    int64_t j = 0;
    for (; j + LINE_VECTORS * REFNET_LANES <= p->columns; j += LINE_VECTORS * REFNET_LANES)
        multiply_lines(p, LINE_VECTORS, j, LINE_VECTORS * REFNET_LANES);
    for (; j + REFNET_LANES <= p->columns; j += REFNET_LANES)
        multiply_lines(p, 1, j, REFNET_LANES);
    if (j < p->columns)
        multiply_lines(p, 1, j, (int)(p->columns - j));
}

/* One step, of a contiguous row of B: C is written row by row, once. */
static void multiply_step(const product *p)
{
    for (int64_t i = 0; i < p->rows; i++) {
        real *c = p->c + i * p->c_row;
        const real a = p->a[i * p->a_row], *b = p->b, *start = p->continues ? c : p->start;
        if (start) {
            INDEPENDENT for (int64_t j = 0; j < p->columns; j++)
                c[j] = start[j] + a * b[j];
        } else {
            INDEPENDENT for (int64_t j = 0; j < p->columns; j++)
                c[j] = 0 + a * b[j];
        }
    }
}

/* One column, as the row that is its transpose: lanes are rows. */
static void multiply_column(const product *p)
{
    product row = {.rows = 1, .columns = p->rows, .depth = p->depth, .a = p->b, .a_step = p->b_step,
                   .b = p->a, .b_step = p->a_step, .b_column = p->a_row,
                   .continues = p->continues || p->start, .c = p->c, .c_row = p->rows};
    if (p->start && !p->continues)
        for (int64_t i = 0; i < p->rows; i++)
            p->c[i] = *p->start;
    multiply_row(&row);
}
