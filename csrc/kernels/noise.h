/* How is noise put into training? Draws by key and number, the same forward and backward. */
#pragma once

#include "examples.h"

/* x: m n, key: key, first: 1 1 whole, p: number wide, divisor: positive -> m n */
static void kernel_dropout(const refnet_call *c, int64_t first, int64_t last)
{
    uint64_t state = refnet_state(c->key, (uint64_t)WIDE(1)[0] + (uint64_t)first);
    const double p = c->number[0];
    const real *x = IN(0), divisor = NUMBER(1);
    real *out = OUT(2);
    INDEPENDENT for (int64_t i = first; i < last; i++, state += REFNET_GAMMA) {
        const real kept = x[i] / divisor;
        out[i] = refnet_unit(refnet_mix(state)) >= p ? kept : 0;
    }
}

/* x: m n, key: key, first: 1 1 whole, sigma: number -> m n */
static void kernel_multiplicative_noise(const refnet_call *c, int64_t first, int64_t last)
{
    const real *x = IN(0), sigma = NUMBER(0);
    real *out = OUT(2);
    normals(out + first, c->key, (uint64_t)WIDE(1)[0] + (uint64_t)first, last - first);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        out[i] = x[i] * (1 + sigma * out[i]);
}

/* key: key, first: 1 1 whole, most: positive wide, rows: count m, columns: count n -> m n wide */
static void kernel_random_moves(const refnet_call *c, int64_t first, int64_t last)
{
    const uint64_t start = (uint64_t)WIDE(0)[0];
    const double most = c->number[0], choices = 2.0 * most + 1.0;
    for (int64_t i = first; i < last; i++)
        WIDE(1)[i] = trunc(refnet_uniform(c->key, start + (uint64_t)i) * choices) - most;
}

/* x: m n, moves: m r wide, width: count k, back: flag -> m n */
static void kernel_shift_images(const refnet_call *c, int64_t first, int64_t last)
{
    const int64_t width = c->k > 1 ? c->k : 1, lines = (c->n - 1) / width + 1;
    const double way = c->number[0] != 0.0 ? -1.0 : 1.0;
    for (int64_t i = first; i < last; i++) {
        const real *image = IN(0) + i * c->n;
        const double *move = WIDE(1) + i * c->r;
        const double down = way * move[0], right = way * move[c->r - 1];
        real *out = OUT(2) + i * c->n;
        for (int64_t place = 0, to_line = 0, to_column = 0; place < c->n; place++) {
            const double line = (double)to_line - down, column = (double)to_column - right;
            /* checked before they are converted: an integer cannot hold NaN or a number that is too large */
            const int is_inside = 0.0 <= line && line < (double)lines && 0.0 <= column && column < (double)width;
            const int64_t source = is_inside ? (int64_t)line * width + (int64_t)column : c->n;
            out[place] = source < c->n ? image[source] : 0;
            if (++to_column == width) {
                to_column = 0;
                to_line++;
            }
        }
    }
}

/* drawn: 1 1 wide!, rows: count m, columns: count n */
static void kernel_count_draws(const refnet_call *c, int64_t first, int64_t last)
{
    (void)first, (void)last;
    WIDE(0)[0] += (double)(c->m * c->n);
}

#define NOISE_KERNELS                                                                                            \
    KERNEL(dropout, ELEMENTS, 30) KERNEL(multiplicative_noise, ELEMENTS, 150) KERNEL(random_moves, ELEMENTS, 40) \
    KERNEL(shift_images, ROWS, 2) KERNEL(count_draws, WHOLE, 0)
