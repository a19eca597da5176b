/* Where do a minibatch and its random numbers come from? Rows gathered by number; draws by key and number. */
#pragma once

#include "arithmetic/random.h"
#include "call.h"

/* data: r n wide, rows: 1 m < r -> m n */
static void kernel_take_rows(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++)
        memcpy(OUT(2) + i * c->n, IN(0) + (int64_t)IN(1)[i] * c->n, (size_t)c->n * sizeof(double));
}

/* data: r n wide, rows: 1 m < r -> m n wide */
static void kernel_take_wide_rows(const refnet_call *c, int64_t first, int64_t last)
{
    kernel_take_rows(c, first, last);
}

/* data: bytes r n, rows: 1 m < r -> m n */
static void kernel_take_byte_rows(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        const unsigned char *row = (const unsigned char *)c->matrix[0] + (int64_t)IN(1)[i] * c->n;
        double *out = OUT(2) + i * c->n;
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            out[j] = row[j] / 255.0;
    }
}

/* data: floats r n, rows: 1 m < r -> m n */
static void kernel_take_float_rows(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        const float *row = (const float *)c->matrix[0] + (int64_t)IN(1)[i] * c->n;
        double *out = OUT(2) + i * c->n;
        INDEPENDENT for (int64_t j = 0; j < c->n; j++)
            out[j] = (double)row[j];
    }
}

/* classes: m 1 < n, units: count n -> m n */
static void kernel_one_hot(const refnet_call *c, int64_t first, int64_t last)
{
    for (int64_t i = first; i < last; i++) {
        double *row = OUT(1) + i * c->n;
        for (int64_t j = 0; j < c->n; j++)
            row[j] = 0.0;
        row[(int64_t)IN(0)[i]] = 1.0;
    }
}

/* key: key, first: 1 1 whole, rows: count m, columns: count n -> m n */
static void kernel_uniform(const refnet_call *c, int64_t first, int64_t last)
{
    uint64_t state = refnet_state(c->key, (uint64_t)IN(0)[0] + (uint64_t)first);
    double *out = OUT(1);
    INDEPENDENT for (int64_t i = first; i < last; i++, state += REFNET_GAMMA)
        out[i] = refnet_unit(refnet_mix(state));
}

/* key: key, first: 1 1 whole, rows: count m, columns: count n -> m n */
static void kernel_normal(const refnet_call *c, int64_t first, int64_t last)
{
    refnet_normals(OUT(1) + first, c->key, (uint64_t)IN(0)[0] + (uint64_t)first, last - first);
}

/* key: key, first: 1 1 whole, p: number wide, rows: count m, columns: count n -> m n */
static void kernel_bernoulli_mask(const refnet_call *c, int64_t first, int64_t last)
{
    uint64_t state = refnet_state(c->key, (uint64_t)IN(0)[0] + (uint64_t)first);
    const double p = c->number[0];
    double *out = OUT(1);
    INDEPENDENT for (int64_t i = first; i < last; i++, state += REFNET_GAMMA)
        out[i] = refnet_unit(refnet_mix(state)) >= p ? 1.0 : 0.0;
}

/* key: key, columns: count n -> 1 n wide */
static void kernel_permutation(const refnet_call *c, int64_t first, int64_t last)
{
    (void)first, (void)last;
    refnet_permute(OUT(0), c->n, c->key);
}

#define EXAMPLES_KERNELS                                                                             \
    KERNEL(take_rows, ROWS, 8) KERNEL(take_wide_rows, ROWS, 8)                                       \
    KERNEL(take_byte_rows, ROWS, 12) KERNEL(take_float_rows, ROWS, 8)                                \
    KERNEL(one_hot, ROWS, 4) KERNEL(uniform, ELEMENTS, 30) KERNEL(normal, ELEMENTS, 150)             \
    KERNEL(bernoulli_mask, ELEMENTS, 30) KERNEL(permutation, WHOLE, 0)
