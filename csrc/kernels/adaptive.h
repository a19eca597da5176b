/* How does each weight change at a rate of its own? By running means of its gradient and of the gradient's square. */
#pragma once

#include "elementwise.h"
#include "sums.h"

ALWAYS_INLINE real over_root(real numerator, real square, real epsilon, real inside)
{
    const real root = inside != 0 ? root_of(square + epsilon) : root_of(square) + epsilon;
    return root == 0 ? 0 : numerator / root;
}

/* w: m n!, s: m n!, g: m n, rate: 1 1 wide, epsilon: number */
static void kernel_adagrad_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *squares = OUT(1);
    const real *g = IN(2), rate = (real)WIDE(3)[0], epsilon = NUMBER(0);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        squares[i] = squares[i] + g[i] * g[i];
        w[i] = w[i] - over_root(rate * g[i], squares[i], epsilon, 0);
    }
}

/* w: m n!, s: m n!, u: m n!, g: m n, rate: 1 1 wide, rho: number, epsilon: number */
static void kernel_adadelta_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *squares = OUT(1), *u = OUT(2);
    const real *g = IN(3), rate = (real)WIDE(4)[0], rho = NUMBER(0), epsilon = NUMBER(1);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        squares[i] = rho * squares[i] + (1 - rho) * (g[i] * g[i]);
        const real delta = over_root(root_of(u[i] + epsilon), squares[i], epsilon, 1) * g[i];
        u[i] = rho * u[i] + (1 - rho) * (delta * delta);
        w[i] = w[i] - rate * delta;
    }
}

/* w: m n!, s: m n!, g: m n, rate: 1 1 wide, beta: number, epsilon: number, inside: flag */
static void kernel_rmsprop_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *squares = OUT(1);
    const real *g = IN(2), rate = (real)WIDE(3)[0];
    const real beta = NUMBER(0), epsilon = NUMBER(1), inside = NUMBER(2);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        squares[i] = beta * squares[i] + (1 - beta) * (g[i] * g[i]);
        w[i] = w[i] - over_root(rate * g[i], squares[i], epsilon, inside);
    }
}

/* w: m n!, s: m n!, m: m n!, g: m n, rate: 1 1 wide, beta: number, epsilon: number, inside: flag */
static void kernel_centred_rmsprop_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *squares = OUT(1), *m = OUT(2);
    const real *g = IN(3), rate = (real)WIDE(4)[0];
    const real beta = NUMBER(0), epsilon = NUMBER(1), inside = NUMBER(2);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        squares[i] = beta * squares[i] + (1 - beta) * (g[i] * g[i]);
        m[i] = beta * m[i] + (1 - beta) * g[i];
        const real variance = squares[i] - m[i] * m[i];
        w[i] = w[i] - over_root(rate * g[i], variance < 0 ? 0 : variance, epsilon, inside);
    }
}

/* power: 1 1 wide!, beta: number wide */
static void kernel_advance_power(const refnet_call *c, int64_t first, int64_t last)
{
    double *power = WIDE(0);
    (void)first, (void)last;
    *power = *power * c->number[0];
}

/* w: m n!, m: m n!, s: m n!, g: m n, rate: 1 1 wide, power1: 1 1 wide, power2: 1 1 wide, beta1: number, beta2: number,
 * epsilon: number, inside: flag */
static void kernel_adam_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *m = OUT(1), *squares = OUT(2);
    const real *g = IN(3), rate = (real)WIDE(4)[0];
    const real correction1 = (real)(1.0 - WIDE(5)[0]), correction2 = (real)(1.0 - WIDE(6)[0]);
    const real beta1 = NUMBER(0), beta2 = NUMBER(1), epsilon = NUMBER(2), inside = NUMBER(3);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        squares[i] = beta2 * squares[i] + (1 - beta2) * (g[i] * g[i]);
        w[i] = w[i] - over_root(rate * (m[i] / correction1), squares[i] / correction2, epsilon, inside);
    }
}

/* w: m n!, m: m n!, s: m n!, largest: m n!, g: m n, rate: 1 1 wide, power1: 1 1 wide, power2: 1 1 wide, beta1: number,
 * beta2: number, epsilon: number, inside: flag */
static void kernel_amsgrad_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *m = OUT(1), *squares = OUT(2), *largest = OUT(3);
    const real *g = IN(4), rate = (real)WIDE(5)[0];
    const real correction1 = (real)(1.0 - WIDE(6)[0]), correction2 = (real)(1.0 - WIDE(7)[0]);
    const real beta1 = NUMBER(0), beta2 = NUMBER(1), epsilon = NUMBER(2), inside = NUMBER(3);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        squares[i] = beta2 * squares[i] + (1 - beta2) * (g[i] * g[i]);
        largest[i] = larger(squares[i], largest[i]);
        w[i] = w[i] - over_root(rate * (m[i] / correction1), largest[i] / correction2, epsilon, inside);
    }
}

/* decay: 1 1 wide!, product: 1 1 wide!, g_share: 1 1 wide!, m_share: 1 1 wide!, beta1: number wide,
 * factor: number wide */
static void kernel_nadam_advance(const refnet_call *c, int64_t first, int64_t last)
{
    double *decay = WIDE(0), *product = WIDE(1), *g_share = WIDE(2), *m_share = WIDE(3);
    const double beta1 = c->number[0], factor = c->number[1];
    (void)first, (void)last;
    *decay = *decay * factor;
    const double mu = beta1 * (1.0 - 0.5 * *decay);
    const double following = beta1 * (1.0 - 0.5 * (*decay * factor));
    *product = *product * mu;
    *g_share = (1.0 - mu) / (1.0 - *product);
    *m_share = following / (1.0 - *product * following);
}

/* w: m n!, m: m n!, s: m n!, g: m n, rate: 1 1 wide, power2: 1 1 wide, g_share: 1 1 wide, m_share: 1 1 wide,
 * beta1: number, beta2: number, epsilon: number */
static void kernel_nadam_update(const refnet_call *c, int64_t first, int64_t last)
{
    real *w = OUT(0), *m = OUT(1), *squares = OUT(2);
    const real *g = IN(3), rate = (real)WIDE(4)[0], correction2 = (real)(1.0 - WIDE(5)[0]);
    const real g_share = (real)WIDE(6)[0], m_share = (real)WIDE(7)[0];
    const real beta1 = NUMBER(0), beta2 = NUMBER(1), epsilon = NUMBER(2);
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        squares[i] = beta2 * squares[i] + (1 - beta2) * (g[i] * g[i]);
        const real mean = g_share * g[i] + m_share * m[i];
        w[i] = w[i] - over_root(rate * mean, squares[i] / correction2, epsilon, 0);
    }
}

#define ADAPTIVE_KERNELS                                                                                   \
    KERNEL(adagrad_update, ELEMENTS, 30) KERNEL(adadelta_update, ELEMENTS, 50)                             \
    KERNEL(rmsprop_update, ELEMENTS, 30) KERNEL(centred_rmsprop_update, ELEMENTS, 30)                      \
    KERNEL(advance_power, WHOLE, 0) KERNEL(adam_update, ELEMENTS, 40) KERNEL(amsgrad_update, ELEMENTS, 40) \
    KERNEL(nadam_advance, WHOLE, 0) KERNEL(nadam_update, ELEMENTS, 40)
