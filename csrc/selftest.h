/* Does this instruction set compute here what the contract says, and how fast could it be? */
#pragma once

#include "isa.h"
#include "real.h"
#include "vector.h"

#if REFNET_REAL == 8
#define BITS(binary64, binary32) UINT64_C(binary64)
#else
#define BITS(binary64, binary32) UINT32_C(binary32)
#endif

static real_bits bits_of(real value)
{
    real_bits bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int differs(real value, real_bits bits) { return bits_of(value) != bits; }

/* Flags of a compiler may spare a formula and change a kernel. So some kernels run, on few numbers: enough for whole
 * vectors, a stretch of them and a rest. */
enum { FEW = 36 };

typedef struct {
    real a[FEW], b[FEW], out[FEW];
    double number;
} few;

static void run_few(refnet_kernel *kernel, few *x, int operands)
{
    refnet_kernel *volatile run = kernel; /* volatile: the code that will run later, not a copy made for these numbers */
    const refnet_call call = {.m = 1, .n = FEW, .number = {x->number},
                              .matrix = {x->a, operands > 1 ? x->b : x->out, x->out}};
    run(&call, 0, FEW);
}

/* A function of one number, many times. */
static int differs_somewhere(refnet_kernel *kernel, real argument, real_bits bits)
{
    few x = {.number = 1.0};
    for (int i = 0; i < FEW; i++)
        x.a[i] = argument;
    run_few(kernel, &x, 1);
    for (int i = 0; i < FEW; i++)
        if (differs(x.out[i], bits))
            return 1;
    return 0;
}

/* A division by a number that stays the same: x * (1/107) is another number than x / 107. */
static int reciprocals_are_used(void)
{
    few x = {.number = 107.0};
    for (int i = 0; i < FEW; i++)
        x.a[i] = R(107 * (i + 1));
    run_few(kernel_half_squared_error_backward, &x, 2);
    for (int i = 0; i < FEW; i++)
        if (x.out[i] != R(i + 1))
            return 1;
    unsigned char bytes[256];
    double row = 0.0;
    real out[256];
    volatile real most = 255;
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    refnet_kernel *volatile run = kernel_take_byte_rows;
    run(&(refnet_call){.m = 1, .n = 256, .r = 1, .matrix = {bytes, &row, out}}, 0, 1);
    for (int i = 0; i < 256; i++)
        if (out[i] != R(i) / most)
            return 1;
    return 0;
}

/* NaN is not <= 0, and infinity is larger than any number. */
static int nan_or_infinity_is_lost(void)
{
    const real_bits nan = BITS(0x7FF8000000000000, 0x7FC00000), infinity = BITS(0x7FF0000000000000, 0x7F800000);
    few x = {.number = 1.0};
    for (int i = 0; i < FEW; i++)
        memcpy(&x.a[i], i % 2 ? &nan : &infinity, sizeof nan);
    run_few(kernel_relu, &x, 1);
    for (int i = 0; i < FEW; i++)
        if (i % 2 ? (bits_of(x.out[i]) & nan) != nan : differs(x.out[i], infinity))
            return 1;
    run_few(kernel_log, &x, 1);
    for (int i = 0; i < FEW; i++)
        if (i % 2 ? (bits_of(x.out[i]) & nan) != nan : differs(x.out[i], infinity))
            return 1;
    return 0;
}

/* -0.0 + 1.0 * 0.0 is 0.0, and -0.0 + -1.0 * 0.0 is -0.0. */
static int zero_has_another_sign(void)
{
    volatile real minus_zero = R(-0.0);
    if (differs(minus_zero + 0, 0))
        return 1;
    for (int sign = 1; sign >= -1; sign -= 2) {
        few x = {.number = sign};
        for (int i = 0; i < FEW; i++)
            x.a[i] = R(-0.0);
        run_few(kernel_add_scaled_sign, &x, 2);
        for (int i = 0; i < FEW; i++)
            if (differs(x.out[i], sign < 0 ? BITS(0x8000000000000000, 0x80000000) : 0))
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
    volatile real tenth = R(0.1), one = 1, three = 3, tiny = REFNET_REAL == 8 ? R(DBL_MIN) : R(FLT_MIN), two = 2;
    volatile real minus_half = R(-0.5), half_step = REFNET_REAL == 8 ? R(DBL_EPSILON / 2) : R(FLT_EPSILON / 2);
    const real third = one / three;
    /* 0.1 · 0.1 − its own rounding: 0 exactly when the product is rounded by itself, not when it is fused */
    const real product = tenth * tenth;
    if (differs(tenth * tenth - product, 0))
        return 1;
    if (differs(product, BITS(0x3F847AE147AE147C, 0x3C23D70B)))
        return 2;
    /* a subnormal result, kept */
    if (differs(tiny / two, BITS(0x0008000000000000, 0x00400000)))
        return 3;
    /* a tie, rounded to even */
    if (differs(one + third * three * half_step, BITS(0x3FF0000000000000, 0x3F800000)))
        return 4;
    if (differs_somewhere(kernel_exp, minus_half, BITS(0x3FE368B2FC6F960A, 0x3F1B4598)))
        return 5;
    if (differs_somewhere(kernel_log, third, BITS(0xBFF193EA7AAD030B, 0xBF8C9F54)))
        return 6;
    return reciprocals_are_used() ? 7 : nan_or_infinity_is_lost() ? 8 : zero_has_another_sign() ? 9 : 0;
}

/* `times` rounds of a multiplication and an addition, in enough registers to keep both units busy: the most that a
 * matrix product could do. */
#define BUSY (TILE_ROWS * TILE_VECTORS < 14 ? 14 : 24)

static void spin(int64_t times, double *flops)
{
    const real zeros[REFNET_LANES] = {0};
    vector x[BUSY], half = load(zeros) + R(0.5), one = load(zeros) + R(1.0);
    for (int i = 0; i < BUSY; i++)
        x[i] = load(zeros) + R(i); /* all different, or the compiler would compute only one */
    for (int64_t t = 0; t < times; t++)
        UNROLLED for (int i = 0; i < BUSY; i++)
            x[i] = x[i] * half + one; /* stays near 2 */
    vector sum = x[0];
    for (int i = 1; i < BUSY; i++)
        sum = sum + x[i];
    real kept[REFNET_LANES];
    store(kept, sum);
    *flops = kept[0] > 0 ? 2.0 * REFNET_LANES * BUSY * (double)times : 0.0;
}
