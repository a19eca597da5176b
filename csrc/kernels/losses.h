/* How large is a row's loss, and what is its gradient? */
#pragma once

#include "activations.h"
#include "elementwise.h"
#include "sums.h"

static real squared_distance(const real *o, const real *y, int64_t count)
{
    real total = 0;
    for (int64_t j = 0; j < count; j++) {
        real error = o[j] - y[j];
        total += error * error;
    }
    return total;
}

/* o: m n, y: m n -> m 1 */
static void kernel_half_squared_error(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++)
        OUT(2)[i] = R(0.5) * squared_distance(IN(0) + i * c->n, IN(1) + i * c->n, c->n);
}

/* o: m n, y: m n -> m 1 */
static void kernel_squared_error(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++)
        OUT(2)[i] = squared_distance(IN(0) + i * c->n, IN(1) + i * c->n, c->n);
}

/* Losses of rows whose terms come a stretch at a time. */
typedef struct {
    real *loss;          /* of the row that is being summed */
    real total;
    int64_t missing, units; /* so many of its units are still to come */
} row_losses;

static void add_terms(row_losses *rows, const real *terms, int64_t count)
{
    while (count > 0) {
        const int64_t now = count < rows->missing ? count : rows->missing;
        for (int64_t j = 0; j < now; j++)
            rows->total += terms[j];
        terms += now;
        count -= now;
        rows->missing -= now;
        if (rows->missing == 0) {
            *rows->loss++ = rows->total;
            rows->total = 0;
            rows->missing = rows->units;
        }
    }
}

/* The loss of a row is the sum of its terms, from 0.0 over the units ascending. (0.0 − x is 0.0 + −x, bit for bit.)
 * `terms_of` fills a stretch of terms from as many numbers of each matrix, of one row or of several. */
#define ROW_LOSS_OF(name, terms_of)                                                              \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last)                 \
    {                                                                                            \
        row_losses rows = {OUT(2) + first, 0, c->n, c->n};                                       \
        for (int64_t from = first * c->n, end = last * c->n; from < end; from += STRETCH) {      \
            const int64_t count = end - from < STRETCH ? end - from : STRETCH;                   \
            real terms[STRETCH];                                                                 \
            terms_of(IN(0) + from, IN(1) + from, terms, count, NUMBER(0));                       \
            add_terms(&rows, terms, count);                                                      \
        }                                                                                        \
    }

#define ROW_LOSS(name, term)                                                                                      \
    static void name##_terms(const real *left, const real *right, real *terms, int64_t count, real number)        \
    {                                                                                                             \
        (void)number;                                                                                             \
        INDEPENDENT for (int64_t j = 0; j < count; j++) {                                                         \
            const real a = left[j], b = right[j];                                                                 \
            terms[j] = term;                                                                                      \
        }                                                                                                         \
    }                                                                                                             \
    ROW_LOSS_OF(name, name##_terms)

static void binary_cross_entropy_terms(const real *p, const real *y, real *terms, int64_t count, real number)
{
    real yes[STRETCH], no[STRETCH];
    (void)number;
    INDEPENDENT for (int64_t j = 0; j < count; j++)
        no[j] = 1 - p[j];
    log_of_all(p, yes, count);
    log_of_all(no, no, count);
    INDEPENDENT for (int64_t j = 0; j < count; j++) {
        const real for_yes = y[j] * yes[j], for_no = (1 - y[j]) * no[j];
        terms[j] = -((y[j] != 0 ? for_yes : 0) + (y[j] != 1 ? for_no : 0));
    }
}

static void logit_cross_entropy_terms(const real *z, const real *y, real *terms, int64_t count, real number)
{
    real powers[STRETCH];
    (void)number;
    INDEPENDENT for (int64_t j = 0; j < count; j++)
        powers[j] = -magnitude_of(z[j]);
    exp_of_all(powers, powers, count);
    log1p_of_all(powers, powers, count);
    INDEPENDENT for (int64_t j = 0; j < count; j++)
        terms[j] = ((z[j] > 0 ? z[j] : 0) - z[j] * y[j]) + powers[j];
}

/* How much less than 1 is y o? */
ALWAYS_INLINE real shortfall(real o, real y)
{
    const real lack = 1 - y * o;
    return lack <= 0 ? 0 : lack;
}

ALWAYS_INLINE real huber_term(real size, real delta)
{
    const real near = R(0.5) * (size * size), far = delta * (size - R(0.5) * delta);
    return size <= delta ? near : far;
}

/* p: m n, y: m n -> m 1 */
ROW_LOSS_OF(binary_cross_entropy, binary_cross_entropy_terms)
/* z: m n, y: m n -> m 1 */
ROW_LOSS_OF(binary_cross_entropy_from_logits, logit_cross_entropy_terms)
/* o: m n, y: m n -> m 1 */
ROW_LOSS(absolute_error, magnitude_of(a - b))
ROW_LOSS(hinge, shortfall(a, b))
ROW_LOSS(squared_hinge, shortfall(a, b) * shortfall(a, b))
ROW_LOSS(negative_log_likelihood, b != 0 ? -(b * a) : 0)
/* o: m n, y: m n, delta: positive -> m 1 */
ROW_LOSS(huber, huber_term(magnitude_of(a - b), number))

/* p: m n, y: m n -> m 1 */
static void kernel_cross_entropy(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        const real *p = IN(0) + i * c->n, *y = IN(1) + i * c->n;
        real total = 0;
        for (int64_t j = 0; j < c->n; j++)
            if (y[j] != 0) /* of one-hot targets one term a row: the others are not computed */
                total -= y[j] * log_of(p[j]);
        OUT(2)[i] = total;
    }
}

/* z: m n, y: m n, beta: number -> m 1 */
static void kernel_cross_entropy_from_logits(const refnet_call *c, int64_t first, int64_t last)
{
    const real beta = NUMBER(0);
    const int64_t together = rows_together(c->n);
    for (int64_t from = first; from < last; from += together) {
        const int64_t rows = last - from < together ? last - from : together;
        const real *z = IN(0) + from * c->n, *y = IN(1) + from * c->n;
        real largest[STRETCH], logs[STRETCH];
        logs_of_powers(z, rows, c->n, beta, largest, logs);
        for (int64_t i = 0; i < rows; i++, z += c->n, y += c->n) {
            real total = 0;
            for (int64_t j = 0; j < c->n; j++)
                if (y[j] != 0)
                    total += y[j] * (logs[i] - (beta * z[j] - largest[i]));
            OUT(2)[from + i] = total;
        }
    }
}

/* --- The gradients, with their divisor --- */

ALWAYS_INLINE real binary_cross_entropy_slope(real p, real y)
{
    real yes = y != 0 ? y / p : 0;
    real no = y != 1 ? (1 - y) / (1 - p) : 0;
    return no - yes;
}

/* 0 and NaN return themselves */
ALWAYS_INLINE real sign_of(real e) { return e > 0 ? 1 : e < 0 ? -1 : e; }

ALWAYS_INLINE real kept_within(real delta, real e) { return e > delta ? delta : e < -delta ? -delta : e; }

ALWAYS_INLINE real hinge_slope(real o, real y)
{
    const real lack = shortfall(o, y);
    return lack > 0 ? -y : lack;
}

/* o: m n, y: m n, divisor: positive -> m n */
ELEMENTWISE_2(half_squared_error_backward, (a - b) / number)
ELEMENTWISE_2(squared_error_backward, 2 * (a - b) / number)
ELEMENTWISE_2(absolute_error_backward, sign_of(a - b) / number)
ELEMENTWISE_2(hinge_backward, hinge_slope(a, b) / number)
ELEMENTWISE_2(squared_hinge_backward, -2 * b * shortfall(a, b) / number)
/* o: m n, y: m n, delta: positive, divisor: positive -> m n */
ELEMENTWISE_2(huber_backward, kept_within(number, a - b) / second)
/* p: m n, y: m n, divisor: positive -> m n */
ELEMENTWISE_2(binary_cross_entropy_backward, binary_cross_entropy_slope(a, b) / number)
ELEMENTWISE_2(cross_entropy_backward, b != 0 ? -(b / a) / number : 0)
/* p: m n, y: m n, beta: number, divisor: positive -> m n */
ELEMENTWISE_2(fused_cross_entropy_backward, number * (a - b) / second)
/* y: m n, divisor: positive -> m n */
ELEMENTWISE_1(negative_log_likelihood_backward, -a / number)

#define LOSSES_KERNELS                                                                                           \
    KERNEL(half_squared_error, ROWS, 20) KERNEL(squared_error, ROWS, 20) KERNEL(binary_cross_entropy, ROWS, 150) \
    KERNEL(binary_cross_entropy_from_logits, ROWS, 120) KERNEL(absolute_error, ROWS, 20) KERNEL(huber, ROWS, 20) \
    KERNEL(hinge, ROWS, 20) KERNEL(squared_hinge, ROWS, 20) KERNEL(negative_log_likelihood, ROWS, 20)            \
    KERNEL(cross_entropy, ROWS, 20) KERNEL(cross_entropy_from_logits, ROWS, 80)                                  \
    KERNEL(half_squared_error_backward, ELEMENTS, 16) KERNEL(squared_error_backward, ELEMENTS, 16)               \
    KERNEL(binary_cross_entropy_backward, ELEMENTS, 40) KERNEL(cross_entropy_backward, ELEMENTS, 30)             \
    KERNEL(fused_cross_entropy_backward, ELEMENTS, 16) KERNEL(absolute_error_backward, ELEMENTS, 16)             \
    KERNEL(huber_backward, ELEMENTS, 16) KERNEL(hinge_backward, ELEMENTS, 16)                                    \
    KERNEL(squared_hinge_backward, ELEMENTS, 16) KERNEL(negative_log_likelihood_backward, ELEMENTS, 16)
