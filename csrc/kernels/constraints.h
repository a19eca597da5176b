/* How are gradients and weights kept within bounds? */
#pragma once

#include "elementwise.h"

ALWAYS_INLINE real between(real x, real low, real high) { return x < low ? low : x > high ? high : x; }

ALWAYS_INLINE real shrinking(real norm, real limit) { return norm > limit || norm != norm ? limit / norm : 1; }

/* g: m n, limit: number -> m n */
ELEMENTWISE_1(clip_value, between(a, -number, number))

/* g: m n, squares: 1 1, limit: number -> m n */
static void kernel_clip_norm(const refnet_call *c, int64_t first, int64_t last)
{
    const real *g = IN(0), factor = shrinking(root_of(IN(1)[0]), NUMBER(0));
    real *out = OUT(2);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        out[i] = g[i] * factor;
}

/* w: m n!, low: number, high: number */
static void kernel_clamp(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0);
    const real low = NUMBER(0), high = NUMBER(1);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        w[i] = between(w[i], low, high);
}

/* w: m n!, limit: number */
static void kernel_limit_row_norms(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        real *row = OUT(0) + i * c->n, squares = 0;
        for (int64_t j = 0; j < c->n; j++)
            squares += row[j] * row[j];
        const real factor = shrinking(root_of(squares), NUMBER(0));
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            row[j] = row[j] * factor;
    }
}

#define CONSTRAINTS_KERNELS                                                                   \
    KERNEL(clip_value, ELEMENTS, 8) KERNEL(clip_norm, ELEMENTS, 8) KERNEL(clamp, ELEMENTS, 8) \
    KERNEL(limit_row_norms, ROWS, 16)
