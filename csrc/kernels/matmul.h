/* How is a matrix product computed at the machine's limit without changing a bit?
 *
 * C(i, j) = start(j) + Σ_k A(i, k) · B(k, j), each output one ascending chain: multiply, round, add, round.
 * A tile of outputs stays in registers while k runs, so every number loaded is used many times; a lane is one
 * output. Long sums are cut into blocks of k, and between blocks they are kept in C: storing a number does not round
 * it. A and B are given by strides, so that a transpose costs nothing. The columns of B that a tile needs are first
 * packed into a contiguous panel, if that pays or if they are not contiguous. After K. Goto and R. A. van de Geijn,
 * "Anatomy of high-performance matrix multiplication", 2008.
 */
#pragma once

#include "thin.h"

enum {
    BLOCK = 1024,               /* of k, at most */
    GROUP = 4 * TILE_COLUMNS,   /* columns of B that are packed at a time: pieces of its rows that are long enough */
    LEFT_ROWS = 2064 / REFNET_REAL / LEFT_COPIES / TILE_ROWS * TILE_ROWS, /* rows of A likewise: in a far cache */
    IN_PLACE = 32,              /* at most this many rows: reading B in place is cheaper than packing it */
    WIDE = 128,                 /* at least this many columns: packing A pays */
    SMALL = 48,                 /* at most this many multiplications: a plain loop is faster than setting up a tile */
    MOST_VECTORS = REFNET_LANES > 1 ? TILE_VECTORS + 1 : TILE_VECTORS, /* in the last panel of columns */
    MOST_ROWS = 8,              /* in any tile */
};

static const real no_start[MOST_VECTORS * REFNET_LANES]; /* 0.0 */

/* Bands are packed in full: up to MOST_ROWS - 1 rows more. */
_Static_assert((BLOCK * (GROUP + REFNET_LANES + (LEFT_ROWS + MOST_ROWS - 1) * LEFT_COPIES) + REFNET_LANES)
               * sizeof(real) <= REFNET_SCRATCH, "scratch too small");

/* Tiles of one shape, one after another. Their last vector ends with the columns, so it may overlap the one before:
 * what is computed twice is the same. */
typedef struct {
    int64_t tiles, depth;
    const real *a;
    int64_t a_row, a_step, a_tile;  /* from a row, a step, a tile to the next */
    const real *b;
    int64_t b_step, b_last;         /* to the last vector */
    const real *start;
    int64_t start_row, start_tile;
    real *c;
    int64_t c_row, c_tile, c_last;
    int columns, continues;         /* columns: of C; continues: start is C */
} strip;

ALWAYS_INLINE void run_strip(int rows, int vectors, int is_part, const strip *s)
{
    const int64_t a_row = s->a_row, a_step = s->a_step, b_step = s->b_step, start_row = s->start_row, c_row = s->c_row;
    const int64_t a_tile = s->a_tile, c_tile = s->c_tile, start_tile = s->start_tile, depth = s->depth;
    const int64_t b_last = vectors > 1 ? s->b_last : 0, c_last = vectors > 1 ? s->c_last : 0;
    const int columns = s->columns, is_part_of_start = is_part && start_row;
    const real *a_first = s->a, *start = s->start;
    const real *const b_first = s->b;
    real *c = s->c;
    for (int64_t tile = s->tiles; tile > 0; tile--) {
        vector sum[MOST_ROWS][MOST_VECTORS];
        const real *from = start;
        UNROLLED for (int i = 0; i < rows; i++) {
            UNROLLED for (int v = 0; v < vectors; v++)
                sum[i][v] = is_part_of_start ? load_first(from, columns)
                                             : load(from + (v == vectors - 1 ? c_last : v * REFNET_LANES));
            from += start_row;
        }
        const real *a = a_first, *b = b_first;
        for (int64_t k = depth; k > 0; k--) {
            vector right[MOST_VECTORS];
            UNROLLED for (int v = 0; v < vectors; v++)
                right[v] = load(b + (v == vectors - 1 ? b_last : v * REFNET_LANES));
            UNROLLED for (int i = 0; i < rows; i++) {
                vector left = LEFT_COPIES == 1 ? spread(a + i * a_row) : load(a + i * a_row);
                UNROLLED for (int v = 0; v < vectors; v++)
                    sum[i][v] = sum[i][v] + left * right[v];
            }
            a += a_step;
            b += b_step;
        }
        real *to = c;
        UNROLLED for (int i = 0; i < rows; i++) {
            UNROLLED for (int v = 0; v < vectors; v++)
                if (is_part)
                    store_first(to, sum[i][v], columns);
                else
                    store(to + (v == vectors - 1 ? c_last : v * REFNET_LANES), sum[i][v]);
            to += c_row;
        }
        a_first += a_tile;
        start += start_tile;
        c += c_tile;
    }
}

/* The most rows of a tile with so many vectors. */
#define ROWS_OF(vectors) \
    (TILE_ROWS * TILE_VECTORS / (vectors) < MOST_ROWS ? TILE_ROWS * TILE_VECTORS / (vectors) : MOST_ROWS)

/* Tiles of any shape. Its sizes are constants, so that each shape is a loop of its own with the sums in registers. */
static void run_strip_of(int rows, int vectors, const strip *s)
{
#define SHAPE(rows, vectors)                                                          \
    case (vectors - 1) * MOST_ROWS + rows - 1:                                        \
        if (vectors <= MOST_VECTORS && rows <= ROWS_OF(vectors))                      \
            run_strip(rows, vectors <= MOST_VECTORS ? vectors : 1, 0, s);             \
        break;
#define PART(rows)                     \
    case -rows:                        \
        if (REFNET_LANES > 1)          \
            run_strip(rows, 1, 1, s);  \
        break;
#define SHAPES(vectors)                                                               \
    SHAPE(1, vectors) SHAPE(2, vectors) SHAPE(3, vectors) SHAPE(4, vectors) SHAPE(5, vectors) SHAPE(6, vectors) \
    SHAPE(7, vectors) SHAPE(8, vectors)
    switch (s->columns < REFNET_LANES ? -rows : (vectors - 1) * MOST_ROWS + rows - 1) {
        SHAPES(1) SHAPES(2) SHAPES(3) SHAPES(4) SHAPES(5)
        PART(1) PART(2) PART(3) PART(4) PART(5) PART(6) PART(7) PART(8)
    }
#undef SHAPES
#undef SHAPE
#undef PART
}

/* A sum of `depth` steps is cut into equal blocks. */
static int64_t block_of(int64_t depth)
{
    const int64_t blocks = (depth + BLOCK - 1) / BLOCK;
    return blocks > 0 ? (depth + blocks - 1) / blocks : 0;
}

static int64_t vectors_of(int64_t columns)
{
    return (columns + REFNET_LANES - 1) / REFNET_LANES;
}

/* Columns are taken in panels as wide as a tile; the last takes what would be too little for a panel of its own. */
static int64_t panel_of(int64_t columns)
{
    return columns <= MOST_VECTORS * REFNET_LANES ? columns : TILE_COLUMNS;
}

/* Columns `from` to `to` of B, in panels, `depth` steps from k on. */
static void pack_panels(const product *p, int64_t k, int64_t depth, int64_t from, int64_t to, real *packed)
{
    int64_t rest = to - from;
    while (rest > MOST_VECTORS * REFNET_LANES)
        rest -= TILE_COLUMNS;
    const int64_t whole = to - from - rest, width = vectors_of(rest) * REFNET_LANES;
    const int64_t even = rest / REFNET_LANES * REFNET_LANES;
    const real *b = p->b + k * p->b_step + from * p->b_column;
    packing panels = {b, p->b_column, p->b_step, whole, depth, TILE_COLUMNS, TILE_COLUMNS};
    pack(&panels, packed);
    packed += whole * depth;
    packing vectors = {b + whole * p->b_column, p->b_column, p->b_step, even, depth, even, width};
    if (even)
        pack(&vectors, packed);
    if (even == rest)
        return;
    vectors.lines = vectors.band = rest < REFNET_LANES ? rest : REFNET_LANES;
    vectors.x = b + (to - from - vectors.lines) * p->b_column;
    pack(&vectors, packed + even);
}

/* The numbers that pack_right writes. */
static inline int64_t packed_size(int64_t columns, int64_t depth)
{
    return vectors_of(columns) * REFNET_LANES * depth;
}

/* B packed whole: for each block of k, its panels one after another. */
static inline void pack_right(const product *p, real *packed)
{
    const int64_t block = block_of(p->depth);
    for (int64_t k = 0; k < p->depth; k += block)
        pack_panels(p, k, p->depth - k < block ? p->depth - k : block, 0, p->columns,
                    packed + packed_size(p->columns, k));
}

/* A whole, cut into as few parts as can be, all but the last of this size. */
static int64_t even_part(int64_t whole, int64_t most)
{
    const int64_t parts = (whole + most - 1) / most;
    return parts > 1 ? (whole + parts - 1) / parts : whole;
}

/* Bands of so many rows: a packed one may have more than a tile with many vectors, and is then done in two goes. */
static void run_bands(strip s, int64_t rows, int vectors, int64_t most)
{
    for (; rows > 0; rows -= most) {
        run_strip_of(rows < most ? (int)rows : (int)most, vectors, &s);
        s.a += most * s.a_row;
        s.c += most * s.c_row;
        s.start += most * s.start_row;
    }
}

/* `s` has the depth, A and B of some columns of C, from column j on; `band` rows of A stand together. */
static void multiply_panel(const product *p, strip s, int64_t j, int64_t band)
{
    const int vectors = (int)vectors_of(s.columns);
    const int64_t most = ROWS_OF(vectors);
    real padded[REFNET_LANES] = {0};
    s.c = p->c + j;
    s.c_row = p->c_row;
    s.c_tile = band * p->c_row;
    if (s.continues) {
        s.start = s.c;
        s.start_row = s.c_row;
        s.start_tile = s.c_tile;
    } else {
        s.start = p->start ? p->start + j : no_start;
        if (s.columns < REFNET_LANES) {
            memcpy(padded, s.start, (size_t)s.columns * sizeof(real));
            s.start = padded;
        }
    }
    s.tiles = band < p->rows ? p->rows / band : 1;
    run_bands(s, band, vectors, most);
    const int64_t done = s.tiles * band;
    if (done < p->rows) {
        s.a += s.tiles * s.a_tile;
        s.c += done * s.c_row;
        s.start += done * s.start_row;
        s.tiles = 1;
        run_bands(s, p->rows - done, vectors, most);
    }
}

/* Some rows of C, few enough that A, packed, stays in a near cache. */
static void multiply_rows(const product *p, int packs_left)
{
    const int packs_right = !p->packed && (p->b_column != 1 || p->rows > IN_PLACE || p->columns < REFNET_LANES);
    const int64_t block = block_of(p->depth), panel = vectors_of(panel_of(p->columns));
    const int64_t band = even_part(p->rows, ROWS_OF(panel)); /* 10 rows as 5 + 5: fuller tiles than 8 + 2 */
    real *const right = packs_left || packs_right ? refnet_scratch() : NULL;
    if (!right && (packs_left || packs_right)) {
        multiply_plainly(p);
        return;
    }
    real *const left = packs_left ? right + BLOCK * (GROUP + REFNET_LANES) : NULL;
    for (int64_t k = 0; k < p->depth; k += block) {
        const int64_t depth = p->depth - k < block ? p->depth - k : block;
        strip s = {.depth = depth, .a = p->a + k * p->a_step, .a_row = p->a_row, .a_step = p->a_step,
                   .a_tile = band * p->a_row, .continues = p->continues || k > 0};
        if (packs_left) {
            pack_left(&(packing){s.a, p->a_row, p->a_step, p->rows, depth, band, band}, left);
            s.a = left;
            s.a_row = LEFT_COPIES;
            s.a_step = band * LEFT_COPIES;
            s.a_tile = band * LEFT_COPIES * depth;
        }
        for (int64_t from = 0, to; from < p->columns; from = to) {
            to = p->columns - from <= GROUP + REFNET_LANES ? p->columns : from + GROUP;
            if (packs_right)
                pack_panels(p, k, depth, from, to, right);
            for (int64_t j = from; j < to; j += s.columns) {
                s.columns = (int)panel_of(to - j);
                s.c_last = s.columns < REFNET_LANES ? 0 : s.columns - REFNET_LANES;
                if (packs_right || p->packed) {
                    s.b = packs_right ? right + (j - from) * depth
                                      : p->packed + packed_size(p->columns, k) + j * depth;
                    s.b_step = vectors_of(s.columns) * REFNET_LANES;
                    s.b_last = s.b_step - REFNET_LANES;
                } else {
                    s.b = p->b + k * p->b_step + j;
                    s.b_step = p->b_step;
                    s.b_last = s.c_last;
                }
                multiply_panel(p, s, j, band);
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
    if (p->depth == 1 && p->b_column == 1) {
        multiply_step(p);
        return;
    }
    if (p->rows == 1 && p->b_step == 1 && !p->packed) {
        multiply_row(p);
        return;
    }
    if (p->columns == 1 && p->c_row == 1 && p->a_step == 1) {
        multiply_column(p);
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
