/* Where do a minibatch and its random numbers come from? Rows gathered by number; draws by key and number. */
#pragma once

#include "arithmetic/random.h"
#include "call.h"

/* A kernel that makes numbers `to` out of the numbers x, of the type `from`, of the rows that it is told. */
#define TAKE_ROWS(name, from, to, value)                                                \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last)        \
    {                                                                                   \
        for (int64_t i = first; i < last; i++) {                                        \
            const from *row = (const from *)c->matrix[0] + (int64_t)WIDE(1)[i] * c->n;  \
            to *out = (to *)c->matrix[2] + i * c->n;                                    \
            INDEPENDENT for (int64_t j = 0; j < c->n; j++) {                            \
                const from x = row[j];                                                  \
                out[j] = value;                                                         \
            }                                                                           \
        }                                                                               \
    }

/* data: r n wide, rows: 1 m < r -> m n */
TAKE_ROWS(take_rows, double, real, (real)x)
/* data: r n wide, rows: 1 m < r -> m n wide */
TAKE_ROWS(take_wide_rows, double, double, x)
/* data: bytes r n, rows: 1 m < r -> m n */
TAKE_ROWS(take_byte_rows, unsigned char, real, (real)x / 255)
/* data: floats r n, rows: 1 m < r -> m n */
TAKE_ROWS(take_float_rows, float, real, (real)x)

/* classes: m 1 < n, units: count n -> m n */
static void kernel_one_hot(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        real *row = OUT(1) + i * c->n;
        for (int64_t j = 0; j < c->n; j++)
            row[j] = 0;
        row[(int64_t)WIDE(0)[i]] = 1;
    }
}

/* key: key, first: 1 1 whole, rows: count m, columns: count n -> m n */
static void kernel_uniform(const refnet_call *c, int64_t first, int64_t last)
{
    uint64_t state = refnet_state(c->key, (uint64_t)WIDE(0)[0] + (uint64_t)first);
    real *out = OUT(1);
    INDEPENDENT for (int64_t i = first; i < last; i++, state += REFNET_GAMMA)
        out[i] = (real)refnet_unit(refnet_mix(state));
}

/* Draws n, n + 1, … as standard normal numbers. All uniforms of a block are treated as central, many at once; then the
 * sixth of them that is not central is collected and computed again. */
static void normals(real *out, uint64_t key, uint64_t n, int64_t count)
{
    double u[256], tail[256];
    int64_t place[256];
    uint64_t state = refnet_state(key, n);
    for (int64_t done = 0; done < count; done += 256, out += 256) {
        const int64_t block = count - done < 256 ? count - done : 256;
        INDEPENDENT for (int64_t i = 0; i < block; i++, state += REFNET_GAMMA)
            u[i] = refnet_unit(refnet_mix(state));
        INDEPENDENT for (int64_t i = 0; i < block; i++)
            out[i] = (real)refnet_normal_central(u[i]);
        int64_t tails = 0;
        for (int64_t i = 0; i < block; i++) {
            tail[tails] = u[i];
            place[tails] = i;
            tails += fabs(u[i] - 0.5) > 0.425;
        }
        INDEPENDENT for (int64_t i = 0; i < tails; i++)
            tail[i] = refnet_normal_tail(tail[i]);
        for (int64_t i = 0; i < tails; i++)
            out[place[i]] = (real)tail[i];
    }
}

/* key: key, first: 1 1 whole, rows: count m, columns: count n -> m n */
static void kernel_normal(const refnet_call *c, int64_t first, int64_t last)
{
    normals(OUT(1) + first, c->key, (uint64_t)WIDE(0)[0] + (uint64_t)first, last - first);
}

/* key: key, first: 1 1 whole, p: number wide, rows: count m, columns: count n -> m n */
static void kernel_bernoulli_mask(const refnet_call *c, int64_t first, int64_t last)
{
    uint64_t state = refnet_state(c->key, (uint64_t)WIDE(0)[0] + (uint64_t)first);
    const double p = c->number[0];
    real *out = OUT(1);
    INDEPENDENT for (int64_t i = first; i < last; i++, state += REFNET_GAMMA)
        out[i] = refnet_unit(refnet_mix(state)) >= p ? R(1.0) : R(0.0);
}

/* key: key, columns: count n -> 1 n wide */
static void kernel_permutation(const refnet_call *c, int64_t first, int64_t last)
{
    (void)first, (void)last;
    refnet_permute(WIDE(0), c->n, c->key);
}

#define EXAMPLES_KERNELS                                                                             \
    KERNEL(take_rows, ROWS, 8) KERNEL(take_wide_rows, ROWS, 8)                                       \
    KERNEL(take_byte_rows, ROWS, 12) KERNEL(take_float_rows, ROWS, 8)                                \
    KERNEL(one_hot, ROWS, 4) KERNEL(uniform, ELEMENTS, 30) KERNEL(normal, ELEMENTS, 150)             \
    KERNEL(bernoulli_mask, ELEMENTS, 30) KERNEL(permutation, WHOLE, 0)
