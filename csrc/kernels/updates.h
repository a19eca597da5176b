/* How do weights change? w weights, g gradient, v velocity. */
#pragma once

#include "elementwise.h"

ALWAYS_INLINE real sign(real value) { return value > 0 ? 1 : value < 0 ? -1 : value == 0 ? 0 : value; }

/* g: m n, w: m n, factor: number -> m n */
ELEMENTWISE_2(add_scaled, a + number * b)
ELEMENTWISE_2(add_scaled_sign, a + number * sign(b))

/* w: m n!, g: m n, rate: 1 1 wide */
static void kernel_sgd_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0);
    const real *g = IN(1), rate = (real)WIDE(2)[0];
    INDEPENDENT for (int64_t i = first; i < last; i++)
        w[i] = w[i] - rate * g[i];
}

static void momentum_move(real *w, real *v, const real *g, const real *start, real rate, real mu,
                          int64_t first, int64_t last)
{
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        v[i] = mu * v[i] - rate * g[i];
        w[i] = start[i] + v[i];
    }
}

/* w: m n!, v: m n!, g: m n, rate: 1 1 wide, mu: number */
static void kernel_momentum_update(const refnet_call *c, int64_t first, int64_t last)
{
    momentum_move(OUT(0), OUT(1), IN(2), IN(0), (real)WIDE(3)[0], NUMBER(0), first, last);
}

/* w: m n!, v: m n, mu: number */
static void kernel_nesterov_look_ahead(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0);
    const real *v = IN(1), mu = NUMBER(0);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        w[i] = w[i] + mu * v[i];
}

/* w: m n!, v: m n!, g: m n, start: m n, rate: 1 1 wide, mu: number */
static void kernel_nesterov_update(const refnet_call *c, int64_t first, int64_t last)
{
    momentum_move(OUT(0), OUT(1), IN(2), IN(3), (real)WIDE(4)[0], NUMBER(0), first, last);
}

/* w: m n!, v: m n!, g: m n, rate: 1 1 wide, mu: number, share: number, ahead: flag */
static void kernel_average_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *v = OUT(1);
    const real *g = IN(2), rate = (real)WIDE(3)[0], mu = NUMBER(0), share = NUMBER(1), ahead = NUMBER(2);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        v[i] = mu * v[i] + share * g[i];
        w[i] = w[i] - rate * (ahead != 0 ? g[i] + mu * v[i] : v[i]);
    }
}

/* w: m n!, rate: 1 1 wide, decay: number */
static void kernel_decay_weights(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0);
    const real factor = 1 - (real)WIDE(1)[0] * NUMBER(0);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        w[i] = w[i] * factor;
}

#define UPDATES_KERNELS                                                                                           \
    KERNEL(add_scaled, ELEMENTS, 8) KERNEL(add_scaled_sign, ELEMENTS, 8) KERNEL(sgd_update, ELEMENTS, 8)          \
    KERNEL(momentum_update, ELEMENTS, 12) KERNEL(nesterov_look_ahead, ELEMENTS, 8)                                \
    KERNEL(nesterov_update, ELEMENTS, 12) KERNEL(average_update, ELEMENTS, 12) KERNEL(decay_weights, ELEMENTS, 8)
