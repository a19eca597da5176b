/* What is a Dense layer? Three matrix products: forward, and the gradients of its inputs and weights. */
#pragma once

#include "call.h"
#include "matmul.h"

static void multiply_rows_of(product *p, int64_t first, int64_t last)
{
    p->a += first * p->a_row;
    p->c += first * p->c_row;
    p->rows = last - first;
    multiply(p);
}

/* The outputs first <= i < last, counted along the longer side of C. */
static void multiply_part(product *p, int64_t first, int64_t last)
{
    if (p->rows > p->columns) {
        multiply_rows_of(p, first, last);
        return;
    }
    p->b += first * p->b_column;
    p->packed = NULL; /* packed for all columns, and read by those who have all of them */
    p->c += first;
    p->start = p->start ? p->start + first : NULL;
    p->columns = last - first;
    multiply(p);
}

static product forward(const refnet_call *c)
{
    return (product){.rows = c->m, .columns = c->n, .depth = c->k, .a = IN(0), .a_row = c->k, .a_step = 1,
                     .b = IN(1), .b_step = 1, .b_column = c->k, .packed = c->packed,
                     .start = IN(2), .c = OUT(3), .c_row = c->n};
}

static product backward(const refnet_call *c)
{
    return (product){.rows = c->m, .columns = c->k, .depth = c->n, .a = IN(0), .a_row = c->n, .a_step = 1,
                     .b = IN(1), .b_step = c->k, .b_column = 1, .packed = c->packed,
                     .c = OUT(2), .c_row = c->k};
}

/* Some outputs, or some rows; and the weights packed once for all rows. */
#define BY_ROWS(name, product_of)                                                \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last) \
    {                                                                            \
        product p = product_of(c);                                               \
        multiply_part(&p, first, last);                                          \
    }                                                                            \
    static void rows_##name(const refnet_call *c, int64_t first, int64_t last)   \
    {                                                                            \
        product p = product_of(c);                                               \
        multiply_rows_of(&p, first, last);                                       \
    }                                                                            \
    static void pack_##name(const refnet_call *c)                                \
    {                                                                            \
        const product p = product_of(c);                                         \
        pack_right(&p, c->packed);                                               \
    }                                                                            \
    static int64_t packed_##name(const refnet_call *c)                           \
    {                                                                            \
        const product p = product_of(c);                                         \
        return packed_size(p.columns, p.depth) * (int64_t)sizeof(real);          \
    }

/* x: m k, weights: n k, bias: 1 n? -> m n */
BY_ROWS(affine, forward)
/* delta: m n, weights: n k -> m k */
BY_ROWS(affine_backward_input, backward)

static product gradient(const refnet_call *c, int64_t from, int64_t to)
{
    return (product){.rows = c->n, .columns = c->k, .depth = to - from,
                     .a = IN(0) + from * c->n, .a_row = 1, .a_step = c->n,
                     .b = IN(1) + from * c->k, .b_step = c->k, .b_column = 1, .packed = c->packed,
                     .continues = from > 0, .c = OUT(2), .c_row = c->k};
}

/* delta: m n, x: m k -> n k */
static void add_affine_backward_weights(const refnet_call *c, int64_t first, int64_t last, int64_t from, int64_t to)
{
    product p = gradient(c, from, to);
    multiply_part(&p, first, last);
}
ADDS_ROWS(affine_backward_weights)

static void rows_affine_backward_weights(const refnet_call *c, int64_t first, int64_t last)
{
    product p = gradient(c, 0, c->m);
    multiply_rows_of(&p, first, last);
}

static void pack_affine_backward_weights(const refnet_call *c)
{
    const product p = gradient(c, 0, c->m);
    pack_right(&p, c->packed);
}

static int64_t packed_affine_backward_weights(const refnet_call *c)
{
    return c->m > 1 ? packed_size(c->k, c->m) * (int64_t)sizeof(real) : 0;
}

#define PRODUCTS_KERNELS                                                                             \
    PRODUCT_KERNEL(affine, LARGER_OF_M_N, 1) PRODUCT_KERNEL(affine_backward_input, LARGER_OF_M_K, 1) \
    ADDING_PRODUCT_KERNEL(affine_backward_weights, LARGER_OF_N_K, 1)
