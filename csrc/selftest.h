/* Does this instruction set compute here what the contract says, and how fast could it be? */
#pragma once

#include "arithmetic/elementary.h"
#include "isa.h"
#include "vector.h"

static int differs(double value, uint64_t bits) { return refnet_bits(value) != bits; }

/* Flags of a compiler may spare a formula and change a kernel. So some kernels run, on twelve numbers: enough for whole
 * vectors and a rest. */
enum { FEW = 12 };

typedef struct {
    double a[FEW], b[FEW], out[FEW], number;
} few;

static void run_few(refnet_kernel *kernel, few *x, int operands)
{
    refnet_kernel *volatile run = kernel; /* volatile: the code that will run later, not a copy made for these numbers */
    const refnet_call call = {.m = 1, .n = FEW, .number = {x->number},
                              .matrix = {x->a, operands > 1 ? x->b : x->out, x->out}};
    run(&call, 0, FEW);
}

/* A division by a number that stays the same: x * (1/49) is another number than x / 49. */
static int reciprocals_are_used(void)
{
    few x = {.number = 49.0};
    for (int i = 0; i < FEW; i++)
        x.a[i] = 49.0 * (i + 1);
    run_few(kernel_half_squared_error_backward, &x, 2);
    for (int i = 0; i < FEW; i++)
        if (x.out[i] != i + 1)
            return 1;
    unsigned char bytes[256];
    double row = 0.0, out[256];
    volatile double most = 255.0;
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    refnet_kernel *volatile run = kernel_take_byte_rows;
    run(&(refnet_call){.m = 1, .n = 256, .r = 1, .matrix = {bytes, &row, out}}, 0, 1);
    for (int i = 0; i < 256; i++)
        if (out[i] != i / most)
            return 1;
    return 0;
}

/* NaN is not <= 0, and infinity is larger than any number. */
static int nan_or_infinity_is_lost(void)
{
    const uint64_t nan = UINT64_C(0x7FF8000000000000), infinity = UINT64_C(0x7FF0000000000000);
    few x = {.number = 1.0};
    for (int i = 0; i < FEW; i++)
        x.a[i] = refnet_from_bits(i % 2 ? nan : infinity);
    run_few(kernel_relu, &x, 1);
    for (int i = 0; i < FEW; i++)
        if (i % 2 ? (refnet_bits(x.out[i]) & nan) != nan : differs(x.out[i], infinity))
            return 1;
    run_few(kernel_log, &x, 1);
    for (int i = 0; i < FEW; i++)
        if (i % 2 ? (refnet_bits(x.out[i]) & nan) != nan : differs(x.out[i], infinity))
            return 1;
    return 0;
}

/* -0.0 + 1.0 * 0.0 is 0.0, and -0.0 + -1.0 * 0.0 is -0.0. */
static int zero_has_another_sign(void)
{
    volatile double minus_zero = -0.0;
    if (differs(minus_zero + 0.0, 0))
        return 1;
    for (int sign = 1; sign >= -1; sign -= 2) {
        few x = {.number = sign};
        for (int i = 0; i < FEW; i++)
            x.a[i] = -0.0;
        run_few(kernel_add_scaled_sign, &x, 2);
        for (int i = 0; i < FEW; i++)
            if (differs(x.out[i], sign < 0 ? UINT64_C(1) << 63 : 0))
                return 1;
        run_few(kernel_relu, &x, 1);
        for (int i = 0; i < FEW; i++)
            if (differs(x.out[i], 0))
                return 1;
    }
    return 0;
}

/* 0, or the number of the check that failed. */
static int self_test(void)
{
    volatile double tenth = 0.1, third = 1.0 / 3.0, tiny = DBL_MIN, two = 2.0, minus_half = -0.5;
    /* 0.1 · 0.1 − 0.01: 0.0 exactly when the product is rounded by itself, 9.0e-19 when it is fused */
    double product = tenth * tenth;
    if (differs(tenth * tenth - product, 0))
        return 1;
    if (differs(product, UINT64_C(0x3F847AE147AE147C)))
        return 2;
    /* a subnormal result, kept */
    if (differs(tiny / two, UINT64_C(0x0008000000000000)))
        return 3;
    /* a tie, rounded to even */
    if (differs(1.0 + third * 3.0 * DBL_EPSILON * 0.5, UINT64_C(0x3FF0000000000000)))
        return 4;
    if (differs(refnet_exp(minus_half), UINT64_C(0x3FE368B2FC6F960A)))
        return 5;
    if (differs(refnet_log(third), UINT64_C(0xBFF193EA7AAD030B)))
        return 6;
    return reciprocals_are_used() ? 7 : nan_or_infinity_is_lost() ? 8 : zero_has_another_sign() ? 9 : 0;
}

/* `times` rounds of a multiplication and an addition, in enough registers to keep both units busy: the most that a
 * matrix product could do. */
#define BUSY (TILE_ROWS * TILE_VECTORS < 14 ? 14 : 24)

static void spin(int64_t times, double *flops)
{
    const double zeros[REFNET_LANES] = {0.0};
    vector x[BUSY], half = load(zeros) + 0.5, one = load(zeros) + 1.0;
    for (int i = 0; i < BUSY; i++)
        x[i] = load(zeros) + (double)i; /* all different, or the compiler would compute only one */
    for (int64_t t = 0; t < times; t++)
        UNROLLED for (int i = 0; i < BUSY; i++)
            x[i] = x[i] * half + one; /* stays near 2 */
    vector sum = x[0];
    for (int i = 1; i < BUSY; i++)
        sum = sum + x[i];
    double kept[REFNET_LANES];
    store(kept, sum);
    *flops = kept[0] > 0.0 ? 2.0 * REFNET_LANES * BUSY * (double)times : 0.0;
}
