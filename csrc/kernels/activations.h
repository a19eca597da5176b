/* What does a unit do with its net input? z net input, o output, d the gradient that arrives at the output. */
#pragma once

#include "elementwise.h"
#include "sums.h"

/* z: m n -> m n */
FUNCTION(sigmoid, sigmoid_of_all)
/* o: m n, d: m n -> m n */
ELEMENTWISE_2(sigmoid_backward, b * (a * (1 - a)))

/* z: m n -> m n */
FUNCTION(tanh, tanh_of_all)
/* o: m n, d: m n -> m n */
ELEMENTWISE_2(tanh_backward, b * (1 - a * a))

/* z: m n -> m n */
ELEMENTWISE_1(relu, a <= 0 ? 0 : a)
/* z: m n, d: m n, at_zero: flag -> m n */
ELEMENTWISE_2(relu_backward, (a < 0) | ((a == 0) & (number != 1)) ? 0 : b)

/* z: m n, slope: number -> m n */
ELEMENTWISE_1(leaky_relu, a < 0 ? number * a : a)
/* z: m n, d: m n, slope: number -> m n */
ELEMENTWISE_2(leaky_relu_backward, a < 0 ? number * b : b)

/* --- PReLU learns its slopes, one for each unit --- */

/* z: m n, slope: 1 n -> m n */
static void kernel_prelu(const refnet_call *c, int64_t first, int64_t last)
{
    const real *slope = IN(1);
    for (int64_t i = first; i < last; i++) {
        const real *z = IN(0) + i * c->n;
        real *o = OUT(2) + i * c->n;
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            o[j] = z[j] < 0 ? slope[j] * z[j] : z[j];
    }
}

/* z: m n, d: m n, slope: 1 n -> m n */
static void kernel_prelu_backward(const refnet_call *c, int64_t first, int64_t last)
{
    const real *slope = IN(2);
    for (int64_t i = first; i < last; i++) {
        const real *z = IN(0) + i * c->n, *d = IN(1) + i * c->n;
        real *out = OUT(3) + i * c->n;
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            out[j] = z[j] < 0 ? slope[j] * d[j] : d[j];
    }
}

/* z: m n, d: m n -> 1 n */
static void add_prelu_backward_slope(const refnet_call *c, int64_t first, int64_t last, int64_t from, int64_t to)
{
    real *total = OUT(2);
    for (int64_t j = first; from == 0 && j < last; j++)
        total[j] = 0;
    for (int64_t i = from; i < to; i++) {
        const real *z = IN(0) + i * c->n, *d = IN(1) + i * c->n;
        INDEPENDENT for (int64_t j = first; j < last; j++)
            total[j] += z[j] >= 0 ? 0 : d[j] * z[j];
    }
}
ADDS_ROWS(prelu_backward_slope)

/* number: 1 1, units: count n -> 1 n */
static void kernel_repeat(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t j = first; j < last; j++)
        OUT(1)[j] = IN(0)[0];
}

/* --- Smooth units. If a factor is 0, the product is 0, even if the other factor is infinite. --- */

/* z: m n, alpha: number -> m n */
FUNCTION_1(elu, expm1_of_all, a > 0 ? a : number * f)
/* o: m n, d: m n, alpha: number -> m n */
ELEMENTWISE_2(elu_backward, a > 0 ? b : b * (a + number))

ALWAYS_INLINE real silu_slope(real z, real s)
{
    const real rest = 1 - s;
    const real bend = rest != 0 ? z * rest : 0;
    return s != 0 ? s * (1 + bend) : 0;
}

/* z: m n -> m n */
FUNCTION_1(silu, sigmoid_of_all, f != 0 ? a * f : R(-0.0))
/* z: m n, d: m n -> m n */
FUNCTION_2(silu_backward, sigmoid_of_all, b * silu_slope(a, f))

static const real ROOT_OF_2_OVER_PI = R(0.7978845608028654);

static void gelu_tanh_of_all(const real *z, real *t, int64_t count)
{
    INDEPENDENT for (int64_t j = 0; j < count; j++)
        t[j] = ROOT_OF_2_OVER_PI * (z[j] + R(0.044715) * (z[j] * z[j] * z[j]));
    tanh_of_all(t, t, count);
}

ALWAYS_INLINE real gelu_of(real z, real t)
{
    const real gate = 1 + t;
    return gate != 0 ? R(0.5) * z * gate : R(-0.0);
}

ALWAYS_INLINE real gelu_slope(real z, real t)
{
    const real rest = 1 - t * t;
    const real bend = rest != 0 ? R(0.5) * z * rest * (ROOT_OF_2_OVER_PI * (1 + R(0.134145) * (z * z))) : 0;
    return R(0.5) * (1 + t) + bend;
}

/* z: m n -> m n */
FUNCTION_1(gelu, gelu_tanh_of_all, gelu_of(a, f))
/* z: m n, d: m n -> m n */
FUNCTION_2(gelu_backward, gelu_tanh_of_all, b * gelu_slope(a, f))

/* --- Softmax. The powers of several short rows are computed together, then each row is summed in order. --- */

static real scaled_maximum(const real *z, int64_t count, real beta)
{
    real largest = beta * z[0];
    for (int64_t j = 1; j < count; j++)
        largest = larger(beta * z[j], largest);
    return largest;
}

/* So many rows of `units` numbers are looked at together. */
static int64_t rows_together(int64_t units) { return units < STRETCH ? STRETCH / units : 1; }

/* The powers e^(t-m), t = beta z, of some rows; and of each row m, the largest t. */
static void powers_of_rows(const real *z, real *powers, int64_t rows, int64_t units, real beta, real *largest)
{
    for (int64_t i = 0; i < rows; i++, z += units) {
        const real m = scaled_maximum(z, units, beta);
        INDEPENDENT for (int64_t j = 0; j < units; j++)
            powers[i * units + j] = beta * z[j] - m;
        largest[i] = m;
    }
    exp_of_all(powers, powers, rows * units);
}

/* z: m n, beta: number -> m n */
static void kernel_softmax(const refnet_call *c, int64_t first, int64_t last)
{
    const real beta = NUMBER(0);
    const int64_t together = rows_together(c->n);
    for (int64_t from = first; from < last; from += together) {
        const int64_t rows = last - from < together ? last - from : together;
        real *o = OUT(1) + from * c->n, largest[STRETCH];
        powers_of_rows(IN(0) + from * c->n, o, rows, c->n, beta, largest);
        for (int64_t i = 0; i < rows; i++, o += c->n) {
            const real total = total_of(o, c->n);
            INDEPENDENT for (int64_t j = 0; j < c->n; j++)
                o[j] = o[j] / total;
        }
    }
}

/* o: m n, d: m n, beta: number -> m n */
static void kernel_softmax_backward(const refnet_call *c, int64_t first, int64_t last)
{
    const real beta = NUMBER(0);
    for (int64_t i = first; i < last; i++) {
        const real *o = IN(0) + i * c->n, *d = IN(1) + i * c->n;
        real *out = OUT(2) + i * c->n;
        real mean = 0;
        for (int64_t j = 0; j < c->n; j++)
            mean += d[j] * o[j];
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            out[j] = beta * (o[j] * (d[j] - mean));
    }
}

/* Of some rows: the logarithm of the sum of the powers e^(t-m), t = beta z, which are not kept; and m, the largest t.
 * Of a long row the powers are computed in parts. */
static void logs_of_powers(const real *z, int64_t rows, int64_t units, real beta, real *largest, real *logs)
{
    real powers[STRETCH];
    if (units <= STRETCH) {
        powers_of_rows(z, powers, rows, units, beta, largest);
        for (int64_t i = 0; i < rows; i++)
            logs[i] = total_of(powers + i * units, units);
    } else {
        real sum = 0;
        largest[0] = scaled_maximum(z, units, beta);
        for (int64_t from = 0; from < units; from += STRETCH) {
            const int64_t count = units - from < STRETCH ? units - from : STRETCH;
            INDEPENDENT for (int64_t j = 0; j < count; j++)
                powers[j] = beta * z[from + j] - largest[0];
            exp_of_all(powers, powers, count);
            for (int64_t j = 0; j < count; j++)
                sum += powers[j];
        }
        logs[0] = sum;
    }
    log_of_all(logs, logs, rows);
}

/* z: m n, beta: number -> m n */
static void kernel_log_softmax(const refnet_call *c, int64_t first, int64_t last)
{
    const real beta = NUMBER(0);
    const int64_t together = rows_together(c->n);
    for (int64_t from = first; from < last; from += together) {
        const int64_t rows = last - from < together ? last - from : together;
        const real *z = IN(0) + from * c->n;
        real *o = OUT(1) + from * c->n, largest[STRETCH], logs[STRETCH];
        logs_of_powers(z, rows, c->n, beta, largest, logs);
        for (int64_t i = 0; i < rows; i++, z += c->n, o += c->n)
            INDEPENDENT for (int64_t j = 0; j < c->n; j++)
                o[j] = (beta * z[j] - largest[i]) - logs[i];
    }
}

/* o: m n, d: m n, beta: number -> m n */
static void kernel_log_softmax_backward(const refnet_call *c, int64_t first, int64_t last)
{
    const real beta = NUMBER(0);
    real p[STRETCH];
    for (int64_t i = first; i < last; i++) {
        const real *d = IN(1) + i * c->n, total = total_of(d, c->n);
        for (int64_t from = 0; from < c->n; from += STRETCH) {
            const int64_t count = c->n - from < STRETCH ? c->n - from : STRETCH;
            real *out = OUT(2) + i * c->n + from;
            exp_of_all(IN(0) + i * c->n + from, p, count);
            INDEPENDENT for (int64_t j = 0; j < count; j++)
                out[j] = beta * (d[from + j] - p[j] * total);
        }
    }
}

#define ACTIVATIONS_KERNELS                                                                             \
    KERNEL(sigmoid, ELEMENTS, 50) KERNEL(sigmoid_backward, ELEMENTS, 8) KERNEL(tanh, ELEMENTS, 80)      \
    KERNEL(tanh_backward, ELEMENTS, 8) KERNEL(relu, ELEMENTS, 8) KERNEL(relu_backward, ELEMENTS, 8)     \
    KERNEL(leaky_relu, ELEMENTS, 8) KERNEL(leaky_relu_backward, ELEMENTS, 8) KERNEL(prelu, ROWS, 8)     \
    KERNEL(prelu_backward, ROWS, 8) ADDING_KERNEL(prelu_backward_slope, COLUMNS, 8)                     \
    KERNEL(repeat, COLUMNS, 4)                                                                          \
    KERNEL(elu, ELEMENTS, 50) KERNEL(elu_backward, ELEMENTS, 8) KERNEL(silu, ELEMENTS, 50)              \
    KERNEL(silu_backward, ELEMENTS, 60) KERNEL(gelu, ELEMENTS, 90) KERNEL(gelu_backward, ELEMENTS, 100) \
    KERNEL(softmax, ROWS, 80) KERNEL(softmax_backward, ROWS, 40) KERNEL(log_softmax, ROWS, 80)          \
    KERNEL(log_softmax_backward, ROWS, 60)
