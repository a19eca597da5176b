/* How is a matrix product computed at the machine's limit without changing a bit?
 *
 * C(i, j) = start(j) + Σ_k A(i, k) · B(k, j), each output one ascending chain: multiply, round, add, round.
 * A tile of outputs stays in registers while k runs, so every number loaded is used many times; a lane is one
 * output. Long sums are cut into blocks of k, and between blocks they are kept in C: storing a double does not round
 * it. A and B are given by strides, so that a transpose costs nothing. The columns of B that a tile needs are first
 * packed into a contiguous panel, if that pays or if they are not contiguous. After K. Goto and R. A. van de Geijn,
 * "Anatomy of high-performance matrix multiplication", 2008.
 */
#pragma once

#include "isa.h"
#include "vector.h"

typedef struct {
    int64_t rows, columns, depth;
    const real *a;
    int64_t a_row, a_step;      /* A(i, k) = a[i a_row + k a_step] */
    const real *b;
    int64_t b_step, b_column;   /* B(k, j) = b[k b_step + j b_column] */
    const real *packed;         /* B once more, by pack_right: used by all that multiply by it; or NULL */
    const real *start;          /* start(j), or NULL: 0.0 */
    int continues;              /* start(i, j) = C(i, j) instead: a sum over rows that come block by block */
    real *c;
    int64_t c_row;              /* C(i, j) = c[i c_row + j] */
} product;

enum {
    BLOCK = 400,                /* of k, at most */
    GROUP = 4 * TILE_COLUMNS,   /* columns of B that are packed at a time: pieces of its rows that are long enough */
    LEFT_ROWS = 2064 / REFNET_REAL / LEFT_COPIES / TILE_ROWS * TILE_ROWS, /* rows of A likewise: in a far cache */
    IN_PLACE = 32,              /* at most this many rows: reading B in place is cheaper than packing it */
    WIDE = 128,                 /* at least this many columns: packing A pays */
    SMALL = 48,                 /* at most this many multiplications: a plain loop is faster than setting up a tile */
};

static const real no_start[TILE_COLUMNS]; /* 0.0 */

_Static_assert((BLOCK * (GROUP + LEFT_ROWS * LEFT_COPIES) + REFNET_LANES) * sizeof(real) <= REFNET_SCRATCH,
               "scratch too small");

ALWAYS_INLINE void tile(int rows, int vectors, int64_t depth, const real *a, int64_t a_row, int64_t a_step,
                        const real *b, int64_t b_step, const real *start, int64_t start_row, real *c,
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

/* A tile of any shape. Its sizes are constants, so that each shape is a loop of its own with the sums in registers. */
static void any_tile(int rows, int columns, int64_t depth, const real *a, int64_t a_row, int64_t a_step,
                     const real *b, int64_t b_step, const real *start, int64_t start_row, real *c,
                     int64_t c_row)
{
#define SHAPE(rows, vectors)                                                                 \
    case (rows - 1) * TILE_VECTORS + vectors - 1:                                            \
        tile(rows, vectors, depth, a, a_row, a_step, b, b_step, start, start_row, c, c_row); \
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
        SHAPES(7) SHAPES(8)
#endif
    }
#undef SHAPES
#undef SHAPE
}

/* A tile whose last vector reaches beyond the edge of C: computed in a buffer, then copied. */
static void edge_tile(int rows, int columns, int64_t depth, const real *a, int64_t a_row, int64_t a_step,
                      const real *b, int64_t b_step, const real *start, int64_t start_row, real *c,
                      int64_t c_row)
{
    real place[TILE_ROWS * TILE_COLUMNS] = {0};
    const int width = (columns + REFNET_LANES - 1) / REFNET_LANES * REFNET_LANES;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < width; j++)
            place[i * width + j] = j < columns ? start[i * start_row + j] : 0;
    any_tile(rows, columns, depth, a, a_row, a_step, b, b_step, place, width, place, width);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            c[i * c_row + j] = place[i * width + j];
}

/* Packing puts the lines of a matrix (columns of B, rows of A) into bands of `band` lines, a band step by step, each
 * step `width` numbers long, so that a tile reads them in sequence. Line j, step k is x[j across + k step]. */
typedef struct {
    const real *x;
    int64_t across, step, lines, depth;
    int band, width;
} packing;

/* If across is 1, steps are contiguous. Eight bands at a time: the pieces of a step to read are long enough, and the
 * places to write to are few enough. Whole bands are copied by a size that the compiler knows. */
static void pack_steps(const packing *p, real *packed)
{
    for (int64_t first = 0; first < p->lines; first += 8 * p->band) {
        const int64_t last = p->lines - first < 8 * p->band ? p->lines : first + 8 * p->band;
        for (int64_t k = 0; k < p->depth; k++)
            for (int64_t from = first; from < last; from += p->band) {
                const real *x = p->x + k * p->step + from;
                real *out = packed + (from / p->band * p->depth + k) * p->width;
                const int64_t count = last - from < p->band ? last - from : p->band;
                if (count == TILE_COLUMNS) {
                    memcpy(out, x, TILE_COLUMNS * sizeof(real));
                } else if (count == TILE_ROWS && p->width == TILE_ROWS) {
                    memcpy(out, x, TILE_ROWS * sizeof(real));
                } else {
                    for (int64_t j = 0; j < count; j++)
                        out[j] = x[j];
                    for (int64_t j = count; j < p->width && j % REFNET_LANES; j++)
                        out[j] = 0;
                }
            }
    }
}

/* If step is 1, lines are contiguous, and are transposed in blocks of lanes × lanes. Beyond the last line it is
 * repeated: what is computed from the copies is not kept. A block may be wider than the rest of the band and reach into
 * the next step or band, so blocks are written from right to left, and bands in order. */
static void pack_lines(const packing *p, real *packed)
{
    for (int64_t from = 0; from < p->lines; from += p->band, packed += p->depth * p->width) {
        const int64_t count = p->lines - from < p->band ? p->lines - from : p->band;
        for (int64_t j = (count - 1) / REFNET_LANES * REFNET_LANES; j >= 0; j -= REFNET_LANES) {
            const real *line[REFNET_LANES];
            for (int lane = 0; lane < REFNET_LANES; lane++)
                line[lane] = p->x + (from + (j + lane < count ? j + lane : count - 1)) * p->across;
            real *out = packed + j;
            int64_t k = 0;
            for (; k + REFNET_LANES <= p->depth; k += REFNET_LANES) {
                vector block[REFNET_LANES];
                UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                    block[lane] = load(line[lane] + k);
                transpose(block);
                UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++, out += p->width)
                    store(out, block[lane]);
            }
            for (; k < p->depth; k++, out += p->width)
                for (int lane = 0; lane < REFNET_LANES; lane++)
                    out[lane] = line[lane][k];
        }
    }
}

static void pack(const packing *p, real *packed)
{
    if (p->across == 1)
        pack_steps(p, packed);
    else
        pack_lines(p, packed);
}

static void pack_left(const packing *p, real *packed)
{
    pack(p, packed);
    if (LEFT_COPIES == 1)
        return;
    for (int64_t i = (p->lines + p->band - 1) / p->band * p->depth * p->width - 1; i >= 0; i--)
        for (int copy = 0; copy < LEFT_COPIES; copy++)
            packed[i * LEFT_COPIES + copy] = packed[i];
}

/* A sum of `depth` steps is cut into equal blocks. */
static int64_t block_of(int64_t depth)
{
    const int64_t blocks = (depth + BLOCK - 1) / BLOCK;
    return blocks > 0 ? (depth + blocks - 1) / blocks : 0;
}

/* B packed whole: for each block of k, its panels one after another. */
static int64_t packed_columns(int64_t columns)
{
    return (columns + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
}

/* The numbers that pack_right writes. */
static inline int64_t packed_size(int64_t columns, int64_t depth)
{
    return packed_columns(columns) * depth;
}

static inline void pack_right(const product *p, real *packed)
{
    const int64_t block = block_of(p->depth);
    for (int64_t k = 0; k < p->depth; k += block) {
        const int64_t depth = p->depth - k < block ? p->depth - k : block;
        pack(&(packing){p->b + k * p->b_step, p->b_column, p->b_step, p->columns, depth, TILE_COLUMNS, TILE_COLUMNS},
             packed + k * packed_columns(p->columns));
    }
}

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

/* `depth` steps from k on, for the columns of C from j on, at most a tile's. left: A packed, or NULL; right: these
 * columns of B, in place or packed. */
static void multiply_panel(const product *p, int64_t k, int64_t depth, int64_t j, const real *left, int height,
                           const real *right, int64_t right_step)
{
    const int columns = p->columns - j < TILE_COLUMNS ? (int)(p->columns - j) : TILE_COLUMNS;
    const int continues = p->continues || k > 0;
    const real *start = continues ? p->c + j : p->start ? p->start + j : no_start;
    const int64_t start_row = continues ? p->c_row : 0;
    for (int64_t i = 0; i < p->rows; i += height) {
        const int rows = p->rows - i < height ? (int)(p->rows - i) : height;
        const real *a = left ? left + i / height * TILE_ROWS * LEFT_COPIES * depth
                               : p->a + i * p->a_row + k * p->a_step;
        const int64_t a_row = left ? LEFT_COPIES : p->a_row, a_step = left ? TILE_ROWS * LEFT_COPIES : p->a_step;
        (columns % REFNET_LANES == 0 ? any_tile : edge_tile)(
            rows, columns, depth, a, a_row, a_step, right, right_step, start + i * start_row, start_row,
            p->c + i * p->c_row + j, p->c_row);
    }
}

/* Some rows of C, few enough that A, packed, stays in the second-level cache. */
static void multiply_rows(const product *p, int packs_left)
{
    const int packs_right = !p->packed && (p->b_column != 1 || p->rows > IN_PLACE);
    const int packs_rest = !p->packed && !packs_right && p->columns % REFNET_LANES; /* the last panel of the columns */
    const int64_t tiles = (p->rows + TILE_ROWS - 1) / TILE_ROWS;
    const int height = (int)((p->rows + tiles - 1) / tiles); /* 10 rows as 5 + 5: fuller tiles than 8 + 2 */
    const int64_t block = block_of(p->depth);
    real *const right = packs_left || packs_right || packs_rest ? refnet_scratch() : NULL;
    if (!right && (packs_left || packs_right || packs_rest)) {
        multiply_plainly(p);
        return;
    }
    real *const left = packs_left ? right + BLOCK * GROUP : NULL;
    for (int64_t k = 0; k < p->depth; k += block) {
        const int64_t depth = p->depth - k < block ? p->depth - k : block;
        if (packs_left)
            pack_left(&(packing){p->a + k * p->a_step, p->a_row, p->a_step, p->rows, depth, height, TILE_ROWS}, left);
        for (int64_t from = 0; from < p->columns; from += GROUP) {
            const int64_t count = p->columns - from < GROUP ? p->columns - from : GROUP;
            const real *b = p->b + k * p->b_step + from * p->b_column;
            const real *packed = p->packed ? p->packed + k * packed_columns(p->columns) + from * depth : right;
            if (packs_right)
                pack(&(packing){b, p->b_column, p->b_step, count, depth, TILE_COLUMNS, TILE_COLUMNS}, right);
            for (int64_t j = 0; j < count; j += TILE_COLUMNS) {
                const int in_place = !p->packed && !packs_right;
                const real *columns = in_place ? b + j : packed + j * depth;
                int64_t step = in_place ? p->b_step : TILE_COLUMNS;
                if (packs_rest && count - j < TILE_COLUMNS) {
                    pack(&(packing){columns, 1, step, count - j, depth, TILE_COLUMNS, TILE_COLUMNS}, right);
                    columns = right;
                    step = TILE_COLUMNS;
                }
                multiply_panel(p, k, depth, from + j, left, height, columns, step);
            }
        }
    }
}

static void multiply(const product *p)
{
    if (p->rows * p->columns * p->depth <= SMALL) {
        multiply_plainly(p);
        return;
    }
    const int packs_left = LEFT_COPIES > 1 || (p->rows > TILE_ROWS && p->columns >= WIDE);
    if (!packs_left || p->rows <= LEFT_ROWS) {
        multiply_rows(p, packs_left);
        return;
    }
    product part = *p;
    const int64_t parts = (p->rows + LEFT_ROWS - 1) / LEFT_ROWS; /* of about the same size, in whole tiles */
    const int64_t most = ((p->rows + parts - 1) / parts + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
    for (int64_t i = 0; i < p->rows; i += part.rows) {
        part.rows = p->rows - i < most ? p->rows - i : most;
        part.a = p->a + i * p->a_row;
        part.c = p->c + i * p->c_row;
        multiply_rows(&part, packs_left);
    }
}
