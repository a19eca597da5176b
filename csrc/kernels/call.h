/* How does a kernel get at its call's matrices and numbers? */
#pragma once

#include "isa.h"
#include "real.h"
#include "vector.h"

/* The matrices in the order of the signature above the kernel: its arguments, then its result. */
#define IN(i) ((const real *)c->matrix[i])
#define OUT(i) ((real *)c->matrix[i])
#define WIDE(i) ((double *)c->matrix[i]) /* one that is binary64 in every format */

/* A number of the call, rounded to the format; c->number[i] is binary64. */
#define NUMBER(i) ((real)c->number[i])

/* A kernel that adds up rows, made of add_name: all of them, from the first. */
#define ADDS_ROWS(name)                                                          \
    static void kernel_##name(const refnet_call *c, int64_t first, int64_t last) \
    {                                                                            \
        add_##name(c, first, last, 0, c->m);                                     \
    }
