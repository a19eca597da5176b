/* Does this instruction set compute here what the contract says, and how fast could it be? */
#pragma once

#include "arithmetic/elementary.h"
#include "isa.h"
#include "vector.h"

static int differs(double value, uint64_t bits) { return refnet_bits(value) != bits; }

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
    return 0;
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
