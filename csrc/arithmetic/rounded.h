/* How are the functions of elementary.h computed for many numbers in binary32? There a result is the binary64 one,
 * rounded once.
 *
 * So a formula in binary64 with an error of 2^-36, much shorter, leads to the same number, unless a boundary of the
 * rounding lies within the error: unless both ends of that interval are rounded to different numbers. Then, about once
 * in 3,000 numbers, the stretch is computed as in binary64. An argument far outside is first replaced by a nearer one
 * with the same result. tests/arithmetic/every_binary32.py compares the results of all arguments.
 */
#pragma once

#include "stretches.h"

#define LESS (1.0 - 1.4551915228366852e-11) /* 2^-36 */
#define MORE (1.0 + 1.4551915228366852e-11)

ALWAYS_INLINE uint32_t refnet_float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

ALWAYS_INLINE float refnet_float_choice(int condition, float a, float b)
{
    const uint32_t mask = 0 - (uint32_t)condition;
    const uint32_t bits = (refnet_float_bits(a) & mask) | (refnet_float_bits(b) & ~mask);
    float chosen;
    memcpy(&chosen, &bits, sizeof chosen);
    return chosen;
}

ALWAYS_INLINE float refnet_float_within(float x, float low, float high)
{
    return refnet_float_choice(x > high, high, refnet_float_choice(x < low, low, x));
}

/* 2^f - 1 for |f| <= 1/2, to 2^-37: a minimax polynomial. Pairs of terms and pairs of pairs wait less than a chain. */
ALWAYS_INLINE double refnet_near_rise(double f)
{
    const double f2 = f * f;
    const double near_terms = (0.6931471805568765 + f * 0.24022650696489156)
        + f2 * (0.055504109060073796 + f * 0.00961812894253505);
    const double far_terms = (0.0013333478813630614 + f * 0.00015403629584694734)
        + f2 * (1.530361003785168e-05 + f * 1.3215478309196277e-06);
    return f * (near_terms + f2 * f2 * far_terms);
}

/* log((1 + s)/(1 - s)) for |s| <= 3 - sqrt(8), to 2^-37 */
ALWAYS_INLINE double refnet_near_log(double s)
{
    const double z = s * s;
    return s * ((2.000000000008424 + z * 0.6666666524045493)
        + z * z * ((0.40000385869500577 + z * 0.2853498587201348) + z * z * 0.23617467206117698));
}

/* log(1 + e) for 0 <= e <= 1, to 2^-38 */
ALWAYS_INLINE double refnet_near_log1p(double e)
{
    const double s = e / (2.0 + e), z = s * s, z2 = z * z;
    const double far_terms = (0.22305878863770023 + z * 0.1711651028112018) + z2 * 0.2187868349494977;
    return s * ((2.0000000000050284 + z * 0.6666666622731121)
        + z2 * ((0.40000062540990833 + z * 0.2856810259310612) + z2 * far_terms));
}

/* x = 2^n m with sqrt(1/2) <= m < sqrt(2), for 0 < x < infinity in binary32, which is normal in binary64. */
ALWAYS_INLINE double refnet_near_frexp(double x, double *minus_n)
{
    const uint64_t bias = (uint64_t)1024 << 52, bits = refnet_bits(x);
    const uint64_t above = bits - refnet_bits(SQRT_HALF) + bias; /* its exponent field is n + 1024 */
    *minus_n = (4503599627370496.0 + 1024.0) - refnet_from_bits(above >> 52 | 0x4330000000000000);
    return refnet_from_bits(bits - ((above & 0xFFF0000000000000) - bias));
}

/* near is rounded; then `doubt` is not 0 if there is a boundary within its error. */
#define ROUND(near, out, doubt)                                                  \
    do {                                                                         \
        const float low = (float)((near) * LESS), high = (float)((near) * MORE); \
        (out) = low;                                                             \
        (doubt) |= refnet_float_bits(low) ^ refnet_float_bits(high);             \
    } while (0)

static void refnet_round_all(const double *x, float *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    EACH(j, count)
        out[j] = (float)x[j];
}

/* A function of e^y. `kept_` is the argument k, made of x[j]; `y_in_log_2` is made of k. e^y is scale (1 + rise), of
 * which `power_` is what `value_` needs. */
#define ROUNDED(name, kept_, y_in_log_2, power_, value_)                                \
    static void refnet_##name##_rounded(const float *x, float *out, int64_t vectors)    \
    {                                                                                   \
        const int64_t count = vectors * REFNET_LANES;                                   \
        double kept[STRETCH], scales[STRETCH], powers[STRETCH];                         \
        uint32_t doubt = 0;                                                             \
        EACH(j, count) {                                                                \
            const double k = (double)(kept_), y = y_in_log_2, shifted = y + SHIFT;      \
            kept[j] = k;                                                                \
            scales[j] = refnet_from_bits((refnet_bits(shifted) + 1023) << 52);          \
            powers[j] = y - (shifted - SHIFT);                                          \
        }                                                                               \
        EACH(j, count) {                                                                \
            const double scale = scales[j], rise = refnet_near_rise(powers[j]);         \
            powers[j] = power_;                                                         \
        }                                                                               \
        EACH(j, count) {                                                                \
            const double k = kept[j], power = powers[j], near = value_;                 \
            (void)k;                                                                    \
            ROUND(near, out[j], doubt);                                                 \
        }                                                                               \
        if (doubt) {                                                                    \
            refnet_##name##_stretch(kept, kept, vectors);                               \
            refnet_round_all(kept, out, vectors);                                       \
        }                                                                               \
    }

/* Written so that -0.0 stays -0.0. */
#define POWER_LESS_1 scale * rise - (1.0 - scale)

ROUNDED(exp, refnet_float_within(x[j], -150.0f, 130.0f), k * LOG2E, scale + scale * rise, power)
ROUNDED(expm1, refnet_float_within(x[j], -60.0f, 130.0f), k * LOG2E, POWER_LESS_1, power)
ROUNDED(tanh, refnet_float_within(x[j], -20.0f, 20.0f), k * (2.0 * LOG2E), POWER_LESS_1, power / (2.0 + power))
ROUNDED(sigmoid, refnet_float_within(x[j], -130.0f, 60.0f), k * -LOG2E, scale + scale * rise, 1.0 / (1.0 + power))
ROUNDED(softplus, x[j], (fabs(k) > 150.0 ? 150.0 : fabs(k)) * -LOG2E, scale + scale * rise,
        (k > 0.0 ? k : 0.0) + refnet_near_log1p(power))

/* log(2^n m) for m = 1 + f. Arguments k that are not between `lowest` and infinity are left to elementary.h. Why minus
 * n: a sum would lose the sign of -0.0. */
#define ROUNDED_LOG(name, lowest, two_to_n_m, f_)                                          \
    static void refnet_##name##_rounded(const float *x, float *out, int64_t vectors)       \
    {                                                                                      \
        const int64_t count = vectors * REFNET_LANES;                                      \
        double kept[STRETCH], minus_n[STRETCH], s[STRETCH];                                \
        uint32_t doubt = 0;                                                                \
        EACH(j, count) {                                                                   \
            double n, k = (double)x[j], m = refnet_near_frexp(two_to_n_m, &n), f = f_;     \
            kept[j] = k;                                                                   \
            minus_n[j] = n;                                                                \
            s[j] = f / (2.0 + f);                                                          \
        }                                                                                  \
        EACH(j, count) {                                                                   \
            const double near = refnet_near_log(s[j]) - minus_n[j] * (LN2_HI + LN2_LO);    \
            doubt |= (uint32_t)!(x[j] > lowest) | (uint32_t)!(x[j] < (float)INFINITY);     \
            ROUND(near, out[j], doubt);                                                    \
        }                                                                                  \
        if (doubt) {                                                                       \
            refnet_##name##_stretch(kept, kept, vectors);                                  \
            refnet_round_all(kept, out, vectors);                                          \
        }                                                                                  \
    }

ROUNDED_LOG(log, 0.0f, k, m - 1.0)
ROUNDED_LOG(log1p, -1.0f, 1.0 + k, n == 0.0 ? k : m - 1.0)
