/* How are the functions of elementary.h computed for many numbers? The same operations, several numbers at once.
 *
 * A polynomial is a chain of operations that wait for one another, and a processor looks only so far ahead for others
 * that need not wait. So a stretch of numbers is gone through several times, with a short chain each time; what is
 * between two chains is kept.
 *
 * Each function takes `vectors` times REFNET_LANES numbers, at most STRETCH. `out` may be `x`.
 */
#pragma once

#include "elementary.h"

#define STRETCH 64
#define EACH(j, count) ROLLED for (int64_t j = 0; j < count; j++)

typedef struct {
    double shifted[STRETCH], high[STRETCH], low[STRETCH], cube[STRETCH];
} refnet_powers;

/* refnet_reduce and refnet_cube of each x. The cube, a longer chain than what is before it and after it, is halved. */
static void refnet_start_powers(const double *x, refnet_powers *p, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    EACH(j, count) {
        const refnet_reduced reduced = refnet_reduce(x[j]);
        p->shifted[j] = reduced.shifted;
        p->high[j] = reduced.high;
        p->low[j] = reduced.low;
    }
    EACH(j, count) {
        const double r = p->high[j] + p->low[j];
        p->cube[j] = EXP_8 + r * (EXP_9 + r * (EXP_10 + r * (EXP_11 + r * EXP_12)));
    }
    EACH(j, count) {
        const double r = p->high[j] + p->low[j];
        p->cube[j] = r * r * r * (EXP_3 + r * (EXP_4 + r * (EXP_5 + r * (EXP_6 + r * (EXP_7 + r * p->cube[j])))));
    }
}

#define REDUCED(p, j) ((refnet_reduced){p.shifted[j], p.high[j], p.low[j]})

static void refnet_exp_stretch(const double *x, double *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    double within[STRETCH];
    refnet_powers p;
    EACH(j, count)
        within[j] = refnet_within(x[j], -746.0, 710.0);
    refnet_start_powers(within, &p, vectors);
    EACH(j, count)
        out[j] = refnet_exp_end(REDUCED(p, j), p.cube[j]);
}

static void refnet_sigmoid_stretch(const double *z, double *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    double within[STRETCH];
    refnet_powers p;
    EACH(j, count)
        within[j] = refnet_within(-z[j], -746.0, 710.0);
    refnet_start_powers(within, &p, vectors);
    EACH(j, count)
        out[j] = 1.0 / (1.0 + refnet_exp_end(REDUCED(p, j), p.cube[j]));
}

static void refnet_expm1_stretch(const double *x, double *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    double within[STRETCH];
    refnet_powers p;
    EACH(j, count)
        within[j] = refnet_within(x[j], -60.0, 710.0);
    refnet_start_powers(within, &p, vectors);
    EACH(j, count)
        out[j] = refnet_expm1_end(x[j], REDUCED(p, j), p.cube[j]);
}

/* (e^y - 1)/2 for y = 2|x| or -2|x|, as expm1 has it; 2/(2 + t) is 1/(1 + t/2), bit for bit. A tiny y needs no case of
 * its own: it is even, so that its half is a number. (t - large) - 0.5 is 0 for n < 54; from there on tanh depends only
 * on whether t is below 2^55 - 2, and the doubles nearest to that border keep 100 away from it. */
ALWAYS_INLINE double refnet_tanh_power(refnet_reduced y, double cube)
{
    double high = y.high, low = y.low;
    double head = high + 0.5 * high * high;
    double tail = low + (low * (high + 0.5 * low) + cube);
    double t = refnet_half_power(y.shifted);
    double large = t - 0.5;
    double small = t * head;
    double value = large + small;
    double lost = small - (value - large);
    return value + (lost + t * tail);
}

/* power/(1 + power) is subtracted from 0 where |x| is below 0.45, and the power not above 0; else 1/(1 + power) from 1.
 * So there is one division. The choice is made by bits: after ?: a compiler would divide in both cases. */
ALWAYS_INLINE double refnet_tanh_end(double x, double power)
{
    uint64_t is_large = 0 - (uint64_t)(power > 0.0), one = refnet_bits(1.0) & is_large;
    double quotient = refnet_from_bits(one | (refnet_bits(power) & ~is_large)) / (1.0 + power);
    return copysign(refnet_from_bits(one) - quotient, x);
}

static void refnet_tanh_stretch(const double *x, double *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    double y[STRETCH];
    refnet_powers p;
    EACH(j, count) {
        double a = fabs(x[j]);
        double within = a > 20.0 ? 20.0 : a; /* tanh is 1 from 19.1 on */
        y[j] = 2.0 * (a < 0.45 ? -a : within);
    }
    refnet_start_powers(y, &p, vectors);
    EACH(j, count)
        p.cube[j] = refnet_tanh_power(REDUCED(p, j), p.cube[j]);
    EACH(j, count)
        out[j] = refnet_tanh_end(x[j], p.cube[j]);
}

typedef struct {
    double f[STRETCH], k[STRETCH], c[STRETCH], s[STRETCH], series[STRETCH], product[STRETCH], rest[STRETCH];
} refnet_logarithms;

/* refnet_log_parts up to its products, from f and s = f/(2 + f) on. */
static void refnet_start_logarithms(refnet_logarithms *l, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    EACH(j, count) {
        const double s = l->s[j], z = s * s;
        l->series[j] = z * (LOG_1 + z * (LOG_2 + z * (LOG_3 + z * (LOG_4 + z * (LOG_5 + z * (LOG_6 + z * LOG_7))))));
    }
    EACH(j, count) {
        const double f = l->f[j], s = l->s[j];
        const double s_hi = (s + SPLIT) - SPLIT, f_hi = (f + SPLIT) - SPLIT, f_lo = f - f_hi, product = s_hi * f_hi;
        const double s_lo = (((f - 2.0 * s_hi) - product) - s_hi * f_lo) / (2.0 + f);
        l->product[j] = product;
        l->rest[j] = s * l->series[j] - (s_hi * f_lo + s_lo * f);
    }
}

/* The rest of refnet_log_parts. */
ALWAYS_INLINE double refnet_log_sum(double f, double k, double c, double product, double rest)
{
    double head = f - product;
    double tail = ((f - head) - product) + rest;
    double large = k * LN2_HI;
    double value = large + head;
    double lost = head - (value - large);
    return value + (lost + (tail + (k * LN2_LO + c)));
}

static void refnet_log_stretch(const double *x, double *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    refnet_logarithms l;
    EACH(j, count) {
        const refnet_logarithm start = refnet_log_start(x[j]);
        l.f[j] = start.f;
        l.k[j] = start.k;
        l.s[j] = start.f / (2.0 + start.f);
    }
    refnet_start_logarithms(&l, vectors);
    EACH(j, count)
        out[j] = refnet_log_end(x[j], refnet_log_sum(l.f[j], l.k[j], 0.0, l.product[j], l.rest[j]));
}

static void refnet_log1p_stretch(const double *x, double *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    refnet_logarithms l;
    EACH(j, count) {
        const refnet_logarithm start = refnet_log1p_start(x[j]);
        l.f[j] = start.f;
        l.k[j] = start.k;
        l.s[j] = start.f / (2.0 + start.f);
        l.c[j] = start.c;
    }
    refnet_start_logarithms(&l, vectors);
    EACH(j, count)
        out[j] = refnet_log1p_end(x[j], refnet_log_sum(l.f[j], l.k[j], l.c[j], l.product[j], l.rest[j]));
}

static void refnet_softplus_stretch(const double *z, double *out, int64_t vectors)
{
    const int64_t count = vectors * REFNET_LANES;
    double log[STRETCH];
    EACH(j, count)
        log[j] = -fabs(z[j]);
    refnet_exp_stretch(log, log, vectors);
    refnet_log1p_stretch(log, log, vectors);
    EACH(j, count)
        out[j] = (z[j] > 0.0 ? z[j] : 0.0) + log[j];
}
