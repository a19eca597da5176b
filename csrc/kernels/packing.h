/* In which order does a matrix product read its matrices? By strides, or as they were packed for it.
 *
 * A product is C(i, j) = start(j) + Σ_k A(i, k) · B(k, j). Packing puts the lines of a matrix (columns of B, rows of A)
 * into bands, a band step by step, so that a tile reads them in sequence. Line j, step k is x[j across + k step].
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

typedef struct {
    const real *x;
    int64_t across, step, lines, depth;
    int64_t band, width;        /* lines in a band; numbers from one step of a band to the next */
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
                } else if (count == TILE_ROWS) {
                    memcpy(out, x, TILE_ROWS * sizeof(real));
                } else {
                    for (int64_t j = 0; j < count; j++)
                        out[j] = x[j];
                }
            }
    }
}

/* A band as wide as a tile, transposed in blocks of lanes × lanes: what is written is contiguous. */
static void pack_whole_band(const packing *p, const real *x, real *out)
{
    int64_t k = 0;
    for (; k + REFNET_LANES <= p->depth; k += REFNET_LANES, out += REFNET_LANES * TILE_COLUMNS)
        UNROLLED for (int v = 0; v < TILE_VECTORS; v++) {
            vector block[REFNET_LANES];
            UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                block[lane] = load(x + (v * REFNET_LANES + lane) * p->across + k);
            transpose(block);
            UNROLLED for (int lane = 0; lane < REFNET_LANES; lane++)
                store(out + lane * TILE_COLUMNS + v * REFNET_LANES, block[lane]);
        }
    for (; k < p->depth; k++, out += TILE_COLUMNS)
        for (int j = 0; j < TILE_COLUMNS; j++)
            out[j] = x[j * p->across + k];
}

/* If step is 1, lines are contiguous, and are transposed. Where a band has too few for a vector, the last one is
 * repeated: what is computed from the copies is not kept. A vector may be wider than the rest of the band and reach
 * into the next step or band, so a band is written from right to left, and bands in order. */
static void pack_lines(const packing *p, real *packed)
{
    for (int64_t from = 0; from < p->lines; from += p->band, packed += p->depth * p->width) {
        const int64_t count = p->lines - from < p->band ? p->lines - from : p->band;
        const real *x = p->x + from * p->across;
        if (count == TILE_COLUMNS && p->width == TILE_COLUMNS) {
            pack_whole_band(p, x, packed);
            continue;
        }
        for (int64_t j = (count - 1) / REFNET_LANES * REFNET_LANES; j >= 0; j -= REFNET_LANES) {
            const real *line[REFNET_LANES];
            for (int lane = 0; lane < REFNET_LANES; lane++)
                line[lane] = x + (j + lane < count ? j + lane : count - 1) * p->across;
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

/* Rows of A, each number LEFT_COPIES times. */
static void pack_left(const packing *p, real *packed)
{
    pack(p, packed);
    if (LEFT_COPIES == 1)
        return;
    for (int64_t i = (p->lines + p->band - 1) / p->band * p->depth * p->width - 1; i >= 0; i--)
        for (int copy = 0; copy < LEFT_COPIES; copy++)
            packed[i * LEFT_COPIES + copy] = packed[i];
}
