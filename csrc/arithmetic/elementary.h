/* What is e to the power of a number? The twin of refnet/arithmetic/elementary.py: the same names, the same
 * statements, the same bits. Formulas, errors and reasons are there; the comments here are about C.
 *
 * The functions are cut into parts, which stretches.h takes in turn for many numbers. ?: chooses between computed
 * values, without branches, and integers are read from the low bits of a double, without a conversion, so that
 * compilers turn a loop over these parts into vector code (GCC: -O3 -fno-trapping-math). -ffp-contract=off is needed:
 * fused multiply-adds would give other results.
 */
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "compiler.h"

static const double SHIFT = 6755399441055744.0;
static const double SPLIT = 201326592.0;
static const double TINY = 5.551115123125783e-17;
static const double SQRT_HALF = 0.7071067811865476;
static const double LOG2E = 1.4426950408889634;
static const double LN2_HI = 0.6931471805598903;
static const double LN2_LO = 5.497923018708371e-14;

static const double EXP_3 = 0.1666666666666668;
static const double EXP_4 = 0.041666666666666415;
static const double EXP_5 = 0.00833333333331857;
static const double EXP_6 = 0.001388888888903296;
static const double EXP_7 = 0.00019841269893246488;
static const double EXP_8 = 2.4801587026016205e-05;
static const double EXP_9 = 2.7557237541181646e-06;
static const double EXP_10 = 2.7557525892241654e-07;
static const double EXP_11 = 2.5111218295698334e-08;
static const double EXP_12 = 2.083853483802914e-09;

static const double LOG_1 = 0.6666666666666734;
static const double LOG_2 = 0.39999999999415137;
static const double LOG_3 = 0.28571428742302096;
static const double LOG_4 = 0.22222198580850852;
static const double LOG_5 = 0.18183563970144345;
static const double LOG_6 = 0.15314058812338371;
static const double LOG_7 = 0.1479587391958772;

ALWAYS_INLINE uint64_t refnet_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

ALWAYS_INLINE double refnet_from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* An argument x = n log 2 + high + low. */
typedef struct {
    double shifted, high, low; /* shifted: n + SHIFT, whose low bits are the integer n's */
} refnet_reduced;

ALWAYS_INLINE refnet_reduced refnet_reduce(double x)
{
    double n = (x * LOG2E + SHIFT) - SHIFT;
    double r_hi = x - n * LN2_HI;
    double r_lo = n * LN2_LO;
    double high = (r_hi + SPLIT) - SPLIT;
    double low = (r_hi - high) - r_lo;
    return (refnet_reduced){x * LOG2E + SHIFT, high, low};
}

ALWAYS_INLINE double refnet_cube(double high, double low)
{
    double r = high + low;
    double cube = r * r * r * (EXP_3 + r * (EXP_4 + r * (EXP_5 + r * (EXP_6 + r * (EXP_7 + r * (
        EXP_8 + r * (EXP_9 + r * (EXP_10 + r * (EXP_11 + r * EXP_12)))))))));
    return cube;
}

/* NaN stays NaN here, and in every line to the end. */
ALWAYS_INLINE double refnet_within(double x, double low, double high)
{
    double not_below = x < low ? low : x;
    return x > high ? high : not_below;
}

/* Two powers of two whose product is 2^n: of floor(n/2) and of the rest. An exponent's bits are the number + 1023. */
ALWAYS_INLINE void refnet_two_to(double shifted, double *first, double *second)
{
    uint64_t both = refnet_bits(shifted) + 2 * 1023, half = both >> 1;
    *first = refnet_from_bits(half << 52);
    *second = refnet_from_bits((both - half) << 52);
}

ALWAYS_INLINE double refnet_exp_end(refnet_reduced x, double cube)
{
    double high = x.high, low = x.low;
    double head = high + 0.5 * high * high;
    double tail = low + (low * (high + 0.5 * low) + cube);
    double first, second;
    refnet_two_to(x.shifted, &first, &second);
    return ((1.0 + head) + tail) * first * second;
}

ALWAYS_INLINE double refnet_exp(double x)
{
    refnet_reduced reduced = refnet_reduce(refnet_within(x, -746.0, 710.0));
    return refnet_exp_end(reduced, refnet_cube(reduced.high, reduced.low));
}

/* 0.5 first second: 2^(n-1) for -1021 <= n <= 1024 */
ALWAYS_INLINE double refnet_half_power(double shifted)
{
    return refnet_from_bits((refnet_bits(shifted) + 1022) << 52);
}

ALWAYS_INLINE double refnet_expm1_end(double given, refnet_reduced x, double cube)
{
    double high = x.high, low = x.low;
    double head = high + 0.5 * high * high;
    double tail = low + (low * (high + 0.5 * low) + cube);
    double t = refnet_half_power(x.shifted);
    double large = t - 0.5;
    double small = t * head;
    double value = large + small;
    double lost = (small - (value - large)) + ((t - large) - 0.5);
    value = (value + (lost + t * tail)) * 2.0;
    return fabs(given) < TINY ? given : value;
}

ALWAYS_INLINE double refnet_expm1(double x)
{
    refnet_reduced reduced = refnet_reduce(refnet_within(x, -60.0, 710.0));
    return refnet_expm1_end(x, reduced, refnet_cube(reduced.high, reduced.low));
}

/* x = 2^k m with 1/2 <= m < 1, for 0 < x < infinity. A subnormal is first made normal. */
ALWAYS_INLINE double refnet_frexp(double x, double *k)
{
    const double smallest_normal = 2.2250738585072014e-308;
    uint64_t bits = refnet_bits(x < smallest_normal ? x * 18014398509481984.0 : x); /* 2^54 */
    double exponent = refnet_from_bits(bits >> 52 | 0x4330000000000000); /* 2^52 + the exponent field */
    exponent -= 4503599627370496.0 + 1022.0;
    *k = x < smallest_normal ? exponent - 54.0 : exponent;
    return refnet_from_bits((bits & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000);
}

/* log(2^k (1 + f)) + c is wanted. */
typedef struct {
    double f, k, c;
} refnet_logarithm;

ALWAYS_INLINE double refnet_log_parts(refnet_logarithm x)
{
    double f = x.f, k = x.k, c = x.c;
    double s = f / (2.0 + f);
    double z = s * s;
    double series = z * (LOG_1 + z * (LOG_2 + z * (LOG_3 + z * (LOG_4 + z * (
        LOG_5 + z * (LOG_6 + z * LOG_7))))));
    double s_hi = (s + SPLIT) - SPLIT;
    double f_hi = (f + SPLIT) - SPLIT;
    double f_lo = f - f_hi;
    double product = s_hi * f_hi;
    double s_lo = (((f - 2.0 * s_hi) - product) - s_hi * f_lo) / (2.0 + f);
    double head = f - product;
    double tail = ((f - head) - product) + (s * series - (s_hi * f_lo + s_lo * f));
    double large = k * LN2_HI;
    double value = large + head;
    double lost = head - (value - large);
    return value + (lost + (tail + (k * LN2_LO + c)));
}

ALWAYS_INLINE refnet_logarithm refnet_log_start(double x)
{
    double k, m = refnet_frexp(x, &k);
    k = m < SQRT_HALF ? k - 1.0 : k;
    m = m < SQRT_HALF ? m + m : m;
    return (refnet_logarithm){m - 1.0, k, 0.0};
}

ALWAYS_INLINE double refnet_log_end(double x, double value)
{
    value = x < (double)INFINITY ? value : x; /* infinity and NaN return themselves */
    value = x == 0.0 ? -(double)INFINITY : value;
    return x < 0.0 ? (double)NAN : value;
}

ALWAYS_INLINE double refnet_log(double x)
{
    return refnet_log_end(x, refnet_log_parts(refnet_log_start(x)));
}

ALWAYS_INLINE refnet_logarithm refnet_log1p_start(double x)
{
    double u = 1.0 + x;
    double c = x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0);
    double k, m = refnet_frexp(u, &k);
    k = m < SQRT_HALF ? k - 1.0 : k;
    m = m < SQRT_HALF ? m + m : m;
    return (refnet_logarithm){k == 0.0 ? x : m - 1.0, k, k == 0.0 ? 0.0 : c / u};
}

ALWAYS_INLINE double refnet_log1p_end(double x, double value)
{
    value = x < (double)INFINITY ? value : x;
    value = x == -1.0 ? -(double)INFINITY : value;
    value = x < -1.0 ? (double)NAN : value;
    return fabs(x) < TINY ? x : value;
}

ALWAYS_INLINE double refnet_log1p(double x)
{
    return refnet_log1p_end(x, refnet_log_parts(refnet_log1p_start(x)));
}

ALWAYS_INLINE double refnet_tanh(double x)
{
    double a = fabs(x);
    double t = refnet_expm1(a < 0.45 ? -2.0 * a : 2.0 * a);
    double value = a < 0.45 ? -t / (2.0 + t) : 1.0 - 2.0 / (2.0 + t);
    return copysign(value, x);
}

ALWAYS_INLINE double refnet_sigmoid(double z)
{
    return 1.0 / (1.0 + refnet_exp(-z));
}

ALWAYS_INLINE double refnet_softplus(double z)
{
    return (z > 0.0 ? z : 0.0) + refnet_log1p(refnet_exp(-fabs(z)));
}
