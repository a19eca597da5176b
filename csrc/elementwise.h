/* Which kernels make each output of one element of each matrix? Arithmetic, functions, activations, updates.
 *
 * The elements are independent, and the compiler works on as many at once as a register holds.
 */
#ifndef REFNET_ELEMENTWISE_H
#define REFNET_ELEMENTWISE_H

#include "elementary.h"
#include "steps.h"

/* One number out of each element a of one matrix, or out of a and b of two. A result may take the place of an
 * argument, never a place beside it. */
#define ELEMENTWISE_1(name, value)                                                  \
    static void name(const refnet_step *s, int64_t first, int64_t last)             \
    {                                                                               \
        const double *in = IN(0);                                                   \
        double *out = OUT(1);                                                       \
        const double number = s->number[0];                                         \
        (void)number;                                                               \
        INDEPENDENT for (int64_t i = first; i < last; i++) {                        \
            const double a = in[i];                                                 \
            out[i] = value;                                                         \
        }                                                                           \
    }

#define ELEMENTWISE_2(name, value)                                                  \
    static void name(const refnet_step *s, int64_t first, int64_t last)             \
    {                                                                               \
        const double *left = IN(0), *right = IN(1);                                 \
        double *out = OUT(2);                                                       \
        const double number = s->number[0], second = s->number[1];                  \
        (void)number, (void)second;                                                 \
        INDEPENDENT for (int64_t i = first; i < last; i++) {                        \
            const double a = left[i], b = right[i];                                 \
            out[i] = value;                                                         \
        }                                                                           \
    }

ELEMENTWISE_2(add, a + b)
ELEMENTWISE_2(subtract, a - b)
ELEMENTWISE_2(multiply_elements, a * b)
ELEMENTWISE_1(scale, number * a)
ELEMENTWISE_1(copy, a)
ELEMENTWISE_1(exponential, refnet_exp(a))
ELEMENTWISE_1(logarithm, refnet_log(a))
ELEMENTWISE_1(exponential_minus_1, refnet_expm1(a))
ELEMENTWISE_1(logarithm_of_1_plus, refnet_log1p(a))
ELEMENTWISE_1(softplus, refnet_softplus(a))

static void accumulate(const refnet_step *s, int64_t first, int64_t last)
{
    double *total = OUT(0);
    const double *x = IN(1);
    INDEPENDENT for (int64_t i = first; i < last; i++)
        total[i] += x[i];
}

static void standardize(const refnet_step *s, int64_t first, int64_t last)
{
    const double *mean = IN(1), *std = IN(2);
    for (int64_t i = first; i < last; i++) {
        const double *x = IN(0) + i * s->n;
        double *out = OUT(3) + i * s->n;
        INDEPENDENT for (int64_t j = 0; j < s->n; j++)
            out[j] = (x[j] - mean[j]) / std[j];
    }
}

static void standardize_backward(const refnet_step *s, int64_t first, int64_t last)
{
    const double *std = IN(1);
    for (int64_t i = first; i < last; i++) {
        const double *d = IN(0) + i * s->n;
        double *out = OUT(2) + i * s->n;
        INDEPENDENT for (int64_t j = 0; j < s->n; j++)
            out[j] = d[j] / std[j];
    }
}

/* --- Activations: z or o first, then the gradient d that arrives -------------------------------------------- */

ELEMENTWISE_1(sigmoid, refnet_sigmoid(a))
ELEMENTWISE_2(sigmoid_backward, b * (a * (1.0 - a)))
ELEMENTWISE_1(hyperbolic_tangent, refnet_tanh(a))
ELEMENTWISE_2(tanh_backward, b * (1.0 - a * a))
ELEMENTWISE_1(relu, a <= 0.0 ? 0.0 : a)
ELEMENTWISE_2(relu_backward, (a < 0.0) | ((a == 0.0) & (number != 1.0)) ? 0.0 : b)
ELEMENTWISE_1(leaky_relu, a < 0.0 ? number * a : a)
ELEMENTWISE_2(leaky_relu_backward, a < 0.0 ? number * b : b)

/* --- Losses: the gradient, with its divisor ------------------------------------------------------------------- */

ALWAYS_INLINE double binary_cross_entropy_slope(double p, double y)
{
    double yes = y != 0.0 ? y / p : 0.0;
    double no = y != 1.0 ? (1.0 - y) / (1.0 - p) : 0.0;
    return no - yes;
}

ELEMENTWISE_2(half_squared_error_backward, (a - b) / number)
ELEMENTWISE_2(squared_error_backward, 2.0 * (a - b) / number)
ELEMENTWISE_2(binary_cross_entropy_backward, binary_cross_entropy_slope(a, b) / number)
ELEMENTWISE_2(cross_entropy_backward, b != 0.0 ? -(b / a) / number : 0.0)
ELEMENTWISE_2(fused_cross_entropy_backward, number * (a - b) / second)

/* --- Penalties and updates --------------------------------------------------------------------------------------- */

ALWAYS_INLINE double sign(double value)
{
    return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : value == 0.0 ? 0.0 : value;
}

ELEMENTWISE_2(add_scaled, a + number * b)
ELEMENTWISE_2(add_scaled_sign, a + number * sign(b))

static void sgd_update(const refnet_step *s, int64_t first, int64_t last)
{
    double *w = OUT(0);
    const double *g = IN(1), rate = IN(2)[0];
    INDEPENDENT for (int64_t i = first; i < last; i++)
        w[i] = w[i] - rate * g[i];
}

static void momentum_step(double *w, double *v, const double *g, const double *start, double rate, double mu,
                          int64_t first, int64_t last)
{
    INDEPENDENT for (int64_t i = first; i < last; i++) {
        v[i] = mu * v[i] - rate * g[i];
        w[i] = start[i] + v[i];
    }
}

static void momentum_update(const refnet_step *s, int64_t first, int64_t last)
{
    momentum_step(OUT(0), OUT(1), IN(2), IN(0), IN(3)[0], s->number[0], first, last);
}

static void nesterov_look_ahead(const refnet_step *s, int64_t first, int64_t last)
{
    double *w = OUT(0);
    const double *v = IN(1), mu = s->number[0];
    INDEPENDENT for (int64_t i = first; i < last; i++)
        w[i] = w[i] + mu * v[i];
}

static void nesterov_update(const refnet_step *s, int64_t first, int64_t last)
{
    momentum_step(OUT(0), OUT(1), IN(2), IN(3), IN(4)[0], s->number[0], first, last);
}

#endif
