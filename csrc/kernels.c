/* How is each loop over numbers done? As in refnet/kernels/reference.py, kernel by kernel, sum by sum.
 *
 * Each output is one chain of operations in the reference's order; loops are arranged so that the compiler may
 * work on several outputs at once, never along a sum.
 */
#include <math.h>
#include <stddef.h>

#include "elementary.h"
#include "random.h"
#include "refnet.h"

#define IN(i) ((const double *)s->matrix[i])
#define OUT(i) ((double *)s->matrix[i])

/* --- Matrix products --------------------------------------------------------------------------------- */

static void affine(const refnet_step *s)
{
    const double *x = IN(0), *weights = IN(1), *bias = IN(2);
    double *z = OUT(3);
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++) {
            double net = bias ? bias[j] : 0.0;
            for (int64_t k = 0; k < s->k; k++)
                net += weights[j * s->k + k] * x[i * s->k + k];
            z[i * s->n + j] = net;
        }
}

static void fill(double *x, int64_t count, double value)
{
    for (int64_t i = 0; i < count; i++)
        x[i] = value;
}

/* total += factor * row, for a whole row of sums at once */
static void add_row(double *restrict total, double factor, const double *restrict row, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        total[i] += factor * row[i];
}

static void affine_backward_input(const refnet_step *s)
{
    const double *delta = IN(0), *weights = IN(1);
    double *gradient = OUT(2);
    fill(gradient, s->m * s->k, 0.0);
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++)
            add_row(gradient + i * s->k, delta[i * s->n + j], weights + j * s->k, s->k);
}

static void affine_backward_weights(const refnet_step *s)
{
    const double *delta = IN(0), *x = IN(1);
    double *gradient = OUT(2);
    fill(gradient, s->n * s->k, 0.0);
    for (int64_t j = 0; j < s->n; j++)
        for (int64_t i = 0; i < s->m; i++)
            add_row(gradient + j * s->k, delta[i * s->n + j], x + i * s->k, s->k);
}

/* --- Sums and maxima ---------------------------------------------------------------------------------- */

static double total_of(const double *x, int64_t count)
{
    double total = 0.0;
    for (int64_t i = 0; i < count; i++)
        total += x[i];
    return total;
}

static double larger(double value, double largest)
{
    return value > largest || value != value ? value : largest;
}

static double maximum_of(const double *x, int64_t count)
{
    double largest = x[0];
    for (int64_t i = 1; i < count; i++)
        largest = larger(x[i], largest);
    return largest;
}

static void column_sums(const refnet_step *s)
{
    const double *x = IN(0);
    double *total = OUT(1);
    fill(total, s->n, 0.0);
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++)
            total[j] += x[i * s->n + j];
}

static void row_sums(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++)
        OUT(1)[i] = total_of(IN(0) + i * s->n, s->n);
}

static void column_maxima(const refnet_step *s)
{
    const double *x = IN(0);
    double *largest = OUT(1);
    for (int64_t j = 0; j < s->n; j++)
        largest[j] = x[j];
    for (int64_t i = 1; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++)
            largest[j] = larger(x[i * s->n + j], largest[j]);
}

static void row_maxima(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++)
        OUT(1)[i] = maximum_of(IN(0) + i * s->n, s->n);
}

static void row_argmax(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++) {
        const double *row = IN(0) + i * s->n;
        int64_t best = 0;
        for (int64_t j = 1; j < s->n; j++)
            if (row[j] > row[best] || (row[j] != row[j] && row[best] == row[best]))
                best = j;
        OUT(1)[i] = (double)best;
    }
}

static void sum_of_squares(const refnet_step *s)
{
    double total = 0.0;
    for (int64_t i = 0; i < s->m * s->n; i++)
        total += IN(0)[i] * IN(0)[i];
    OUT(1)[0] = total;
}

static void sum_of_magnitudes(const refnet_step *s)
{
    double total = 0.0;
    for (int64_t i = 0; i < s->m * s->n; i++)
        total += fabs(IN(0)[i]);
    OUT(1)[0] = total;
}

/* --- Element by element --------------------------------------------------------------------------------- */

/* One number out of each element of one matrix (a), of two (a, b), or of one and its column's (c, d). No
 * matrix is written that is read at another place, so the elements are independent. */
#define ELEMENTWISE_1(name, value)                              \
    static void name(const refnet_step *s)                      \
    {                                                           \
        const double *in = IN(0);                               \
        double *out = OUT(1);                                   \
        const double number = s->number[0];                     \
        (void)number;                                           \
        for (int64_t i = 0; i < s->m * s->n; i++) {             \
            const double a = in[i];                             \
            out[i] = value;                                     \
        }                                                       \
    }

#define ELEMENTWISE_2(name, value)                              \
    static void name(const refnet_step *s)                      \
    {                                                           \
        const double *left = IN(0), *right = IN(1);             \
        double *out = OUT(2);                                   \
        const double number = s->number[0], last = s->number[1]; \
        (void)number, (void)last;                               \
        for (int64_t i = 0; i < s->m * s->n; i++) {             \
            const double a = left[i], b = right[i];             \
            out[i] = value;                                     \
        }                                                       \
    }

ELEMENTWISE_2(add, a + b)
ELEMENTWISE_2(subtract, a - b)
ELEMENTWISE_2(multiply, a * b)
ELEMENTWISE_1(scale, number * a)
ELEMENTWISE_1(copy, a)
ELEMENTWISE_1(exponential, refnet_exp(a))
ELEMENTWISE_1(logarithm, refnet_log(a))
ELEMENTWISE_1(exponential_minus_1, refnet_expm1(a))
ELEMENTWISE_1(logarithm_of_1_plus, refnet_log1p(a))
ELEMENTWISE_1(softplus, refnet_softplus(a))

static void accumulate(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m * s->n; i++)
        OUT(0)[i] += IN(1)[i];
}

static void standardize(const refnet_step *s)
{
    const double *x = IN(0), *mean = IN(1), *std = IN(2);
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++)
            OUT(3)[i * s->n + j] = (x[i * s->n + j] - mean[j]) / std[j];
}

static void standardize_backward(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n; j++)
            OUT(2)[i * s->n + j] = IN(0)[i * s->n + j] / IN(1)[j];
}

/* --- Activations: z or o first, then the gradient d that arrives ----------------------------------------------- */

ELEMENTWISE_1(sigmoid, refnet_sigmoid(a))
ELEMENTWISE_2(sigmoid_backward, b * (a * (1.0 - a)))
ELEMENTWISE_1(hyperbolic_tangent, refnet_tanh(a))
ELEMENTWISE_2(tanh_backward, b * (1.0 - a * a))
ELEMENTWISE_1(relu, a <= 0.0 ? 0.0 : a)
ELEMENTWISE_2(relu_backward, a < 0.0 || (a == 0.0 && number != 1.0) ? 0.0 : b)
ELEMENTWISE_1(leaky_relu, a < 0.0 ? number * a : a)
ELEMENTWISE_2(leaky_relu_backward, a < 0.0 ? number * b : b)

/* The powers e^(t-m) of t = beta z into `powers`; returns their sum, and m in *largest. */
static double softmax_terms(const double *z, int64_t count, double beta, double *powers, double *largest)
{
    double m = beta * z[0];
    for (int64_t j = 1; j < count; j++)
        m = larger(beta * z[j], m);
    *largest = m;
    for (int64_t j = 0; j < count; j++)
        powers[j] = refnet_exp(beta * z[j] - m);
    return total_of(powers, count);
}

static void softmax(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++) {
        double *o = OUT(1) + i * s->n, largest;
        double total = softmax_terms(IN(0) + i * s->n, s->n, s->number[0], o, &largest);
        for (int64_t j = 0; j < s->n; j++)
            o[j] = o[j] / total;
    }
}

static void softmax_backward(const refnet_step *s)
{
    const double beta = s->number[0];
    for (int64_t i = 0; i < s->m; i++) {
        const double *o = IN(0) + i * s->n, *d = IN(1) + i * s->n;
        double mean = 0.0;
        for (int64_t j = 0; j < s->n; j++)
            mean += d[j] * o[j];
        for (int64_t j = 0; j < s->n; j++)
            OUT(2)[i * s->n + j] = beta * (o[j] * (d[j] - mean));
    }
}

/* --- Losses: a number a row, and the gradient with its divisor ------------------------------------------------- */

static double squared_distance(const double *o, const double *y, int64_t count)
{
    double total = 0.0;
    for (int64_t j = 0; j < count; j++) {
        double error = o[j] - y[j];
        total += error * error;
    }
    return total;
}

static void half_squared_error(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++)
        OUT(2)[i] = 0.5 * squared_distance(IN(0) + i * s->n, IN(1) + i * s->n, s->n);
}

static void squared_error(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++)
        OUT(2)[i] = squared_distance(IN(0) + i * s->n, IN(1) + i * s->n, s->n);
}

ELEMENTWISE_2(half_squared_error_backward, (a - b) / number)
ELEMENTWISE_2(squared_error_backward, 2.0 * (a - b) / number)

static void binary_cross_entropy(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++) {
        const double *p = IN(0) + i * s->n, *y = IN(1) + i * s->n;
        double total = 0.0;
        for (int64_t j = 0; j < s->n; j++) {
            double yes = y[j] != 0.0 ? y[j] * refnet_log(p[j]) : 0.0;
            double no = y[j] != 1.0 ? (1.0 - y[j]) * refnet_log(1.0 - p[j]) : 0.0;
            total -= yes + no;
        }
        OUT(2)[i] = total;
    }
}

static double binary_cross_entropy_slope(double p, double y)
{
    double yes = y != 0.0 ? y / p : 0.0;
    double no = y != 1.0 ? (1.0 - y) / (1.0 - p) : 0.0;
    return no - yes;
}

ELEMENTWISE_2(binary_cross_entropy_backward, binary_cross_entropy_slope(a, b) / number)

static void binary_cross_entropy_from_logits(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++) {
        const double *z = IN(0) + i * s->n, *y = IN(1) + i * s->n;
        double total = 0.0;
        for (int64_t j = 0; j < s->n; j++) {
            double positive = z[j] > 0.0 ? z[j] : 0.0;
            total += (positive - z[j] * y[j]) + refnet_log1p(refnet_exp(-fabs(z[j])));
        }
        OUT(2)[i] = total;
    }
}

static void cross_entropy(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++) {
        const double *p = IN(0) + i * s->n, *y = IN(1) + i * s->n;
        double total = 0.0;
        for (int64_t j = 0; j < s->n; j++)
            if (y[j] != 0.0)
                total -= y[j] * refnet_log(p[j]);
        OUT(2)[i] = total;
    }
}

ELEMENTWISE_2(cross_entropy_backward, b != 0.0 ? -(b / a) / number : 0.0)

static void cross_entropy_from_logits(const refnet_step *s)
{
    const double beta = s->number[0];
    for (int64_t i = 0; i < s->m; i++) {
        const double *z = IN(0) + i * s->n, *y = IN(1) + i * s->n;
        double largest = beta * z[0], sum = 0.0, total = 0.0;
        for (int64_t j = 1; j < s->n; j++)
            largest = larger(beta * z[j], largest);
        for (int64_t j = 0; j < s->n; j++)
            sum += refnet_exp(beta * z[j] - largest);
        double log_sum = refnet_log(sum);
        for (int64_t j = 0; j < s->n; j++)
            if (y[j] != 0.0)
                total += y[j] * (log_sum - (beta * z[j] - largest));
        OUT(2)[i] = total;
    }
}

ELEMENTWISE_2(fused_cross_entropy_backward, number * (a - b) / last)

/* --- Penalties and updates ---------------------------------------------------------------------------------- */

static double sign(double value)
{
    return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : value == 0.0 ? 0.0 : value;
}

ELEMENTWISE_2(add_scaled, a + number * b)
ELEMENTWISE_2(add_scaled_sign, a + number * sign(b))

static void sgd_update(const refnet_step *s)
{
    double *w = OUT(0);
    const double *g = IN(1), rate = IN(2)[0];
    for (int64_t i = 0; i < s->m * s->n; i++)
        w[i] = w[i] - rate * g[i];
}

static void momentum_step(double *w, double *v, const double *g, const double *start, double rate, double mu,
                          int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        v[i] = mu * v[i] - rate * g[i];
        w[i] = start[i] + v[i];
    }
}

static void momentum_update(const refnet_step *s)
{
    momentum_step(OUT(0), OUT(1), IN(2), IN(0), IN(3)[0], s->number[0], s->m * s->n);
}

static void nesterov_look_ahead(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m * s->n; i++)
        OUT(0)[i] = OUT(0)[i] + s->number[0] * IN(1)[i];
}

static void nesterov_update(const refnet_step *s)
{
    momentum_step(OUT(0), OUT(1), IN(2), IN(3), IN(4)[0], s->number[0], s->m * s->n);
}

/* --- Examples: gathering a minibatch ------------------------------------------------------------------------- */

static void take_rows(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++) {
        const double *row = IN(0) + (int64_t)IN(1)[i] * s->n;
        for (int64_t j = 0; j < s->n; j++)
            OUT(2)[i * s->n + j] = row[j];
    }
}

static void take_byte_rows(const refnet_step *s)
{
    for (int64_t i = 0; i < s->m; i++) {
        const unsigned char *row = (const unsigned char *)s->matrix[0] + (int64_t)IN(1)[i] * s->n;
        for (int64_t j = 0; j < s->n; j++)
            OUT(2)[i * s->n + j] = row[j] / 255.0;
    }
}

static void one_hot(const refnet_step *s)
{
    fill(OUT(1), s->m * s->n, 0.0);
    for (int64_t i = 0; i < s->m; i++)
        OUT(1)[i * s->n + (int64_t)IN(0)[i]] = 1.0;
}

/* --- Random numbers --------------------------------------------------------------------------------------------- */

static void uniform(const refnet_step *s)
{
    const uint64_t first = (uint64_t)IN(0)[0];
    for (int64_t i = 0; i < s->m * s->n; i++)
        OUT(1)[i] = refnet_uniform(s->key, first + (uint64_t)i);
}

static void normal(const refnet_step *s)
{
    const uint64_t first = (uint64_t)IN(0)[0];
    for (int64_t i = 0; i < s->m * s->n; i++)
        OUT(1)[i] = refnet_normal(s->key, first + (uint64_t)i);
}

static void bernoulli_mask(const refnet_step *s)
{
    const uint64_t first = (uint64_t)IN(0)[0];
    for (int64_t i = 0; i < s->m * s->n; i++)
        OUT(1)[i] = refnet_uniform(s->key, first + (uint64_t)i) >= s->number[0] ? 1.0 : 0.0;
}

static void permutation(const refnet_step *s)
{
    refnet_permute(OUT(0), s->n, s->key);
}

#define KERNEL(name) {#name, name}

const refnet_entry refnet_kernels[] = {
    KERNEL(affine), KERNEL(affine_backward_input), KERNEL(affine_backward_weights),
    KERNEL(column_sums), KERNEL(row_sums), KERNEL(column_maxima), KERNEL(row_maxima), KERNEL(row_argmax),
    KERNEL(sum_of_squares), KERNEL(sum_of_magnitudes),
    KERNEL(add), KERNEL(subtract), KERNEL(multiply), KERNEL(scale), KERNEL(accumulate), KERNEL(copy),
    KERNEL(standardize), KERNEL(standardize_backward),
    {"exp", exponential}, {"log", logarithm}, {"expm1", exponential_minus_1}, {"log1p", logarithm_of_1_plus},
    KERNEL(softplus),
    KERNEL(sigmoid), KERNEL(sigmoid_backward), {"tanh", hyperbolic_tangent}, KERNEL(tanh_backward),
    KERNEL(relu), KERNEL(relu_backward), KERNEL(leaky_relu), KERNEL(leaky_relu_backward),
    KERNEL(softmax), KERNEL(softmax_backward),
    KERNEL(half_squared_error), KERNEL(half_squared_error_backward),
    KERNEL(squared_error), KERNEL(squared_error_backward),
    KERNEL(binary_cross_entropy), KERNEL(binary_cross_entropy_backward), KERNEL(binary_cross_entropy_from_logits),
    KERNEL(cross_entropy), KERNEL(cross_entropy_backward), KERNEL(cross_entropy_from_logits),
    KERNEL(fused_cross_entropy_backward),
    KERNEL(add_scaled), KERNEL(add_scaled_sign),
    KERNEL(sgd_update), KERNEL(momentum_update), KERNEL(nesterov_look_ahead), KERNEL(nesterov_update),
    KERNEL(take_rows), KERNEL(take_byte_rows), KERNEL(one_hot),
    KERNEL(uniform), KERNEL(normal), KERNEL(bernoulli_mask), KERNEL(permutation),
    {NULL, NULL},
};
