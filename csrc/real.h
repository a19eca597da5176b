/* What is a number of the format? A `real`: a double in binary64, a float in binary32. REFNET_REAL is its size in
 * bytes, set where kernels.h is included.
 *
 * One operation of C on reals is one rounding to the format. A double among floats would make doubles of them: so
 * literals are whole numbers or stand in R(), and what is computed in binary64 is rounded once, at its end.
 */
#pragma once

#include "arithmetic/elementary.h"

#if REFNET_REAL == 8
typedef double real;
typedef uint64_t real_bits; /* an integer of the same size */
#else
typedef float real;
typedef uint32_t real_bits;
#endif

/* The literal of a formula, rounded to the format. */
#define R(literal) ((real)(literal))

#if REFNET_REAL == 8
ALWAYS_INLINE real root_of(real x) { return sqrt(x); }
ALWAYS_INLINE real magnitude_of(real x) { return fabs(x); }
#else
ALWAYS_INLINE real root_of(real x) { return sqrtf(x); }
ALWAYS_INLINE real magnitude_of(real x) { return fabsf(x); }
#endif

ALWAYS_INLINE real exp_of(real x) { return (real)refnet_exp((double)x); }
ALWAYS_INLINE real log_of(real x) { return (real)refnet_log((double)x); }
ALWAYS_INLINE real expm1_of(real x) { return (real)refnet_expm1((double)x); }
ALWAYS_INLINE real log1p_of(real x) { return (real)refnet_log1p((double)x); }
ALWAYS_INLINE real tanh_of(real x) { return (real)refnet_tanh((double)x); }
ALWAYS_INLINE real sigmoid_of(real x) { return (real)refnet_sigmoid((double)x); }
ALWAYS_INLINE real softplus_of(real x) { return (real)refnet_softplus((double)x); }
