/* What is a Dense layer? Three matrix products: forward, and the gradients of its inputs and weights. */
#pragma once

#include "call.h"
#include "matmul.h"

/* The outputs first <= i < last, counted along the longer side of C. */
static void multiply_part(product *p, int64_t first, int64_t last)
{
    if (p->rows > p->columns) {
        p->a += first * p->a_row;
        p->c += first * p->c_row;
        p->rows = last - first;
    } else {
        p->b += first * p->b_column;
        p->c += first;
        p->start = p->start ? p->start + first : NULL;
        p->columns = last - first;
    }
    multiply(p);
}

/* x: m k, weights: n k, bias: 1 n? -> m n */
static void kernel_affine(const refnet_call *c, int64_t first, int64_t last)
{
    multiply_part(&(product){.rows = c->m, .columns = c->n, .depth = c->k,
                            .a = IN(0), .a_row = c->k, .a_step = 1,
                            .b = IN(1), .b_step = 1, .b_column = c->k,
                            .start = IN(2), .c = OUT(3), .c_row = c->n}, first, last);
}

/* delta: m n, weights: n k -> m k */
static void kernel_affine_backward_input(const refnet_call *c, int64_t first, int64_t last)
{
    multiply_part(&(product){.rows = c->m, .columns = c->k, .depth = c->n,
                            .a = IN(0), .a_row = c->n, .a_step = 1,
                            .b = IN(1), .b_step = c->k, .b_column = 1,
                            .c = OUT(2), .c_row = c->k}, first, last);
}

/* delta: m n, x: m k -> n k */
static void kernel_affine_backward_weights(const refnet_call *c, int64_t first, int64_t last)
{
    multiply_part(&(product){.rows = c->n, .columns = c->k, .depth = c->m,
                            .a = IN(0), .a_row = 1, .a_step = c->n,
                            .b = IN(1), .b_step = c->k, .b_column = 1,
                            .c = OUT(2), .c_row = c->k}, first, last);
}

#define PRODUCTS_KERNELS                                                             \
    KERNEL(affine, LARGER_OF_M_N, 1) KERNEL(affine_backward_input, LARGER_OF_M_K, 1) \
    KERNEL(affine_backward_weights, LARGER_OF_N_K, 1)
