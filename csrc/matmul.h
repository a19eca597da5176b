/* How is a matrix product computed at the machine's limit without moving a bit?
 *
 * C(i, j) = start(j) + Σ_k A(i, k) · B(k, j), each output one ascending chain: multiply, round, add, round.
 * A tile of outputs stays in registers while k runs, so every number loaded is used many times; a lane is one
 * output. Long sums are cut into blocks of k, between which they rest in C: storing a double does not round it.
 * A and B are given by strides, so that a transpose costs nothing. The columns of B that a tile needs are packed
 * into a contiguous panel first, where that pays or where they are not contiguous. After K. Goto and R. A. van
 * de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
 */
#ifndef REFNET_MATMUL_H
#define REFNET_MATMUL_H

#include <stdint.h>
#include <string.h>

#include "isa.h"
#include "vector.h"

typedef struct {
    int64_t rows, columns, depth;
    const double *a;
    int64_t a_row, a_step;      /* A(i, k) = a[i a_row + k a_step] */
    const double *b;
    int64_t b_step, b_column;   /* B(k, j) = b[k b_step + j b_column] */
    const double *start;        /* start(j), or NULL: 0.0 */
    double *c;
    int64_t c_row;              /* C(i, j) = c[i c_row + j] */
} product;

enum {
    BLOCK = 400,                /* of k: a panel of so many rows fits the first-level cache */
    IN_PLACE = 4 * TILE_ROWS,   /* up to so many rows, reading B where it stands is cheaper than packing it */
    WIDE = 8 * TILE_COLUMNS,    /* from so many columns on, packing A pays */
    LEFT_ROWS = 192 / LEFT_COPIES, /* of A, so many are packed at a time */
    SMALL = 48,                 /* up to so many multiplications, a plain loop is done before a tile is set up */
};

static const double no_start[TILE_COLUMNS]; /* 0.0 */

_Static_assert(BLOCK * (TILE_COLUMNS + LEFT_ROWS * LEFT_COPIES) <= REFNET_SCRATCH, "scratch too small");

ALWAYS_INLINE void tile(int rows, int vectors, int64_t depth, const double *a, int64_t a_row, int64_t a_step,
                        const double *b, int64_t b_step, const double *start, int64_t start_row, double *c,
                        int64_t c_row)
{
    vector sum[TILE_ROWS][TILE_VECTORS];
    UNROLLED for (int i = 0; i < rows; i++)
        UNROLLED for (int v = 0; v < vectors; v++)
            sum[i][v] = load(start + i * start_row + v * REFNET_LANES);
    for (; depth > 0; depth--) {
        vector right[TILE_VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++)
            right[v] = load(b + v * REFNET_LANES);
        UNROLLED for (int i = 0; i < rows; i++) {
            vector left = LEFT_COPIES == 1 ? spread(a + i * a_row) : load(a + i * a_row);
            UNROLLED for (int v = 0; v < vectors; v++)
                sum[i][v] = sum[i][v] + left * right[v];
        }
        a += a_step;
        b += b_step;
    }
    UNROLLED for (int i = 0; i < rows; i++)
        UNROLLED for (int v = 0; v < vectors; v++)
            store(c + i * c_row + v * REFNET_LANES, sum[i][v]);
}

/* A tile of any shape: its sizes as constants, so that each is a loop of its own with the sums in registers. */
static void any_tile(int rows, int columns, int64_t depth, const double *a, int64_t a_row, int64_t a_step,
                     const double *b, int64_t b_step, const double *start, int64_t start_row, double *c,
                     int64_t c_row)
{
#define SHAPE(rows, vectors)                                                                        \
    case (rows - 1) * TILE_VECTORS + vectors - 1:                                                   \
        tile(rows, vectors, depth, a, a_row, a_step, b, b_step, start, start_row, c, c_row);        \
        break;
#if TILE_VECTORS == 2
#define SHAPES(rows) SHAPE(rows, 1) SHAPE(rows, 2)
#else
#define SHAPES(rows) SHAPE(rows, 1) SHAPE(rows, 2) SHAPE(rows, 3) SHAPE(rows, 4)
#endif
    switch ((rows - 1) * TILE_VECTORS + (columns - 1) / REFNET_LANES) {
        SHAPES(1) SHAPES(2) SHAPES(3)
#if TILE_ROWS > 3
        SHAPES(4)
#endif
#if TILE_ROWS > 4
        SHAPES(5) SHAPES(6)
#endif
#if TILE_ROWS > 6
        SHAPES(7) SHAPES(8) SHAPES(9) SHAPES(10) SHAPES(11) SHAPES(12)
#endif
    }
#undef SHAPES
#undef SHAPE
}

/* A tile whose last vector hangs over the edge of C: the same, in a place of its own. */
static void edge_tile(int rows, int columns, int64_t depth, const double *a, int64_t a_row, int64_t a_step,
                      const double *b, int64_t b_step, const double *start, int64_t start_row, double *c,
                      int64_t c_row)
{
    double place[TILE_ROWS * TILE_COLUMNS] = {0.0};
    const int width = (columns + REFNET_LANES - 1) / REFNET_LANES * REFNET_LANES;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++)
            place[i * width + j] = j < columns ? start[i * start_row + j] : 0.0;
    any_tile(rows, columns, depth, a, a_row, a_step, b, b_step, place, width, place, width);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            c[i * c_row + j] = place[i * width + j];
}

/* Columns of B into a panel of whole vectors, row by row, with zeros where there is no column. */
static void pack_rows(const double *b, int64_t b_step, int64_t depth, int columns, int width, double *panel)
{
    for (int64_t k = 0; k < depth; k++, b += b_step, panel += width) {
        int j = 0;
        for (; j + REFNET_LANES <= columns; j += REFNET_LANES) {
            __builtin_prefetch(b + 16 * b_step + j);
            store(panel + j, load(b + j));
        }
        for (; j < width; j++)
            panel[j] = j < columns ? b[j] : 0.0;
    }
}

/* The same where a column of B is contiguous, and not a row: by blocks of lanes × lanes. Beyond the last column
 * stands that one again, for whatever is computed from it is not kept. */
static void pack_columns(const double *b, int64_t b_column, int64_t depth, int columns, int width, double *panel)
{
    for (int j = 0; j < width; j += REFNET_LANES) {
        const double *column[REFNET_LANES];
        for (int lane = 0; lane < REFNET_LANES; lane++)
            column[lane] = b + (j + lane < columns ? j + lane : columns - 1) * b_column;
        int64_t k = 0;
        for (; k + REFNET_LANES <= depth; k += REFNET_LANES) {
            vector block[REFNET_LANES];
            UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                block[lane] = load(column[lane] + k);
            transpose(block);
            UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                store(panel + (k + lane) * width + j, block[lane]);
        }
        for (; k < depth; k++)
            for (int lane = 0; lane < REFNET_LANES; lane++)
                panel[k * width + j + lane] = column[lane][k];
    }
}

static void multiply_plainly(const product *p)
{
    for (int64_t i = 0; i < p->rows; i++)
        for (int64_t j = 0; j < p->columns; j++) {
            double sum = p->start ? p->start[j] : 0.0;
            for (int64_t k = 0; k < p->depth; k++)
                sum += p->a[i * p->a_row + k * p->a_step] * p->b[k * p->b_step + j * p->b_column];
            p->c[i * p->c_row + j] = sum;
        }
}

/* Rows of A tile by tile, within a tile step by step: then a tile reads them one after another. */
static void pack_left(const double *a, int64_t a_row, int64_t a_step, int64_t depth, int64_t rows, double *packed)
{
    for (int64_t i = 0; i < rows; i += TILE_ROWS) {
        const int height = rows - i < TILE_ROWS ? (int)(rows - i) : TILE_ROWS;
        for (int64_t k = 0; k < depth; k++)
            for (int row = 0; row < height; row++)
                for (int copy = 0; copy < LEFT_COPIES; copy++)
                    *packed++ = a[(i + row) * a_row + k * a_step];
    }
}

/* The columns of C from j on that one panel of B makes, over `depth` steps from k on. left: A packed, or NULL. */
static void multiply_panel(const product *p, int64_t k, int64_t depth, int64_t j, const double *left, double *panel)
{
    const int columns = p->columns - j < TILE_COLUMNS ? (int)(p->columns - j) : TILE_COLUMNS;
    const int vectors = (columns + REFNET_LANES - 1) / REFNET_LANES;
    const int width = vectors * REFNET_LANES;
    const double *b = p->b + k * p->b_step + j * p->b_column;
    int64_t b_step = p->b_step;
    if (p->b_column != 1 || columns != width || p->rows > IN_PLACE) {
        if (p->b_column == 1)
            pack_rows(b, b_step, depth, columns, width, panel);
        else
            pack_columns(b, p->b_column, depth, columns, width, panel);
        b = panel;
        b_step = width;
    }
    const double *start = k > 0 ? p->c + j : p->start ? p->start + j : no_start;
    const int64_t start_row = k > 0 ? p->c_row : 0;
    for (int64_t i = 0; i < p->rows; i += TILE_ROWS) {
        const int rows = p->rows - i < TILE_ROWS ? (int)(p->rows - i) : TILE_ROWS;
        const double *a = left ? left + i * LEFT_COPIES * depth : p->a + i * p->a_row + k * p->a_step;
        const int64_t a_row = left ? LEFT_COPIES : p->a_row, a_step = left ? rows * LEFT_COPIES : p->a_step;
        (columns == width ? any_tile : edge_tile)(
            rows, columns, depth, a, a_row, a_step, b, b_step, start + i * start_row, start_row,
            p->c + i * p->c_row + j, p->c_row);
    }
}

/* Some rows of C, so few that A packed stays in the second-level cache. */
static void multiply_rows(const product *p, int packs_left)
{
    double *panel = refnet_scratch(), *left = panel + BLOCK * TILE_COLUMNS;
    const int64_t blocks = (p->depth + BLOCK - 1) / BLOCK, block = (p->depth + blocks - 1) / blocks;
    for (int64_t k = 0; k < p->depth; k += block) {
        const int64_t depth = p->depth - k < block ? p->depth - k : block;
        if (packs_left)
            pack_left(p->a + k * p->a_step, p->a_row, p->a_step, depth, p->rows, left);
        for (int64_t j = 0; j < p->columns; j += TILE_COLUMNS)
            multiply_panel(p, k, depth, j, packs_left ? left : NULL, panel);
    }
}

static void multiply(const product *p)
{
    if (p->rows * p->columns * p->depth <= SMALL) {
        multiply_plainly(p);
        return;
    }
    const int packs_left = LEFT_COPIES > 1 || (p->rows > TILE_ROWS && p->columns >= WIDE);
    product part = *p;
    for (int64_t i = 0; i < p->rows; i += part.rows) {
        part.rows = packs_left && p->rows - i > LEFT_ROWS ? LEFT_ROWS : p->rows - i;
        part.a = p->a + i * p->a_row;
        part.c = p->c + i * p->c_row;
        multiply_rows(&part, packs_left);
    }
}

#endif
