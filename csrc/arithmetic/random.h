/* What is a random number? The twin of refnet/arithmetic/random.py: the same statements, the same bits. */
#pragma once

#include <math.h>
#include <stdint.h>

#include "elementary.h"

ALWAYS_INLINE uint64_t refnet_mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94D049BB133111EB);
    return word ^ (word >> 31);
}

static inline uint64_t refnet_stream_key(uint64_t seed, uint64_t stream)
{
    return refnet_mix(refnet_mix(seed) + stream);
}

#define REFNET_GAMMA UINT64_C(0x9E3779B97F4A7C15)

/* The state that draw n is mixed from. The next draw's is larger by REFNET_GAMMA: loops add it, without a product. */
ALWAYS_INLINE uint64_t refnet_state(uint64_t key, uint64_t n) { return key + (n + 1) * REFNET_GAMMA; }

/* A draw as a number in [0, 1): its top 53 bits, times 2^-53. Few machines convert several 64-bit integers at once. So
 * the upper 21 bits become the low bits of 2^84, the lower 32 those of 2^52, and both powers are subtracted: all of it
 * is exact. */
ALWAYS_INLINE double refnet_unit(uint64_t draw)
{
    const uint64_t word = draw >> 11;
    const double high = refnet_from_bits(word >> 32 | UINT64_C(0x4530000000000000));
    const double low = refnet_from_bits((word & UINT64_C(0xFFFFFFFF)) | UINT64_C(0x4330000000000000));
    return ((high - 19342813118337666422669312.0) + low) * 1.1102230246251565e-16; /* 2^84 + 2^52; 2^-53 */
}

ALWAYS_INLINE double refnet_uniform(uint64_t key, uint64_t n) { return refnet_unit(refnet_mix(refnet_state(key, n))); }

/* The numbers 0 ... n-1 in random order: Fisher-Yates from the identity. */
static inline void refnet_permute(double *order, int64_t n, uint64_t key)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = (double)i;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)(refnet_uniform(key, (uint64_t)(n - 1 - i)) * (double)(i + 1));
        double held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
}

/* AS 241's coefficients, highest power first. */
static const double central_numerator[8] = {
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
    13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080,
};
static const double central_denominator[8] = {
    5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
    5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0,
};
static const double middle_numerator[8] = {
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
    3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734,
};
static const double middle_denominator[8] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1.0,
};
static const double far_numerator[8] = {
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
    2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720,
};
static const double far_denominator[8] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
    1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0,
};

/* The numerator or the denominator of AS 241 at r, by Horner's rule, highest power first. */
ALWAYS_INLINE double refnet_horner(double r, const double coefficients[8])
{
    double value = 0.0;
    UNROLLED for (int i = 0; i < 8; i++)
        value = value * r + coefficients[i];
    return value;
}

/* For |u - 1/2| <= 0.425. */
ALWAYS_INLINE double refnet_normal_central(double u)
{
    const double q = u - 0.5, r = 0.180625 - q * q;
    return q * (refnet_horner(r, central_numerator) / refnet_horner(r, central_denominator));
}

/* For the others. */
ALWAYS_INLINE double refnet_normal_tail(double u)
{
    const double tail = u > 0.5 ? 1.0 - u : u > 0.0 ? u : 5.551115123125783e-17;
    const double root = sqrt(-refnet_log(tail)), middle = root - 1.6, far = root - 5.0;
    const double above = root <= 5.0 ? refnet_horner(middle, middle_numerator) : refnet_horner(far, far_numerator);
    const double below = root <= 5.0 ? refnet_horner(middle, middle_denominator) : refnet_horner(far, far_denominator);
    return u > 0.5 ? above / below : -(above / below);
}
