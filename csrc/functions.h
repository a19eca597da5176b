/* What are the elementary functions of many numbers of the format? exp_of_all(x, out, count) and its kin. */
#pragma once

#include "vector.h"

#if REFNET_REAL == 8
#include "arithmetic/stretches.h"
#define OF_STRETCH(name) refnet_##name##_stretch
#else
#include "arithmetic/rounded.h"
#define OF_STRETCH(name) refnet_##name##_rounded
#endif

/* Of fewer numbers than this the several passes would cost more than they save. */
#define LEAST_STRETCH (16 > 2 * REFNET_LANES ? 16 : 2 * REFNET_LANES)

/* out[i] = name(x[i]) for 0 <= i < count; `out` may be `x`. */
#define OF_ALL(name)                                                                      \
    static void name##_of_all(const real *x, real *out, int64_t count)                    \
    {                                                                                     \
        while (count >= LEAST_STRETCH) {                                                  \
            const int64_t vectors = (count < STRETCH ? count : STRETCH) / REFNET_LANES;   \
            OF_STRETCH(name)(x, out, vectors);                                            \
            x += vectors * REFNET_LANES;                                                  \
            out += vectors * REFNET_LANES;                                                \
            count -= vectors * REFNET_LANES;                                              \
        }                                                                                 \
        INDEPENDENT for (int64_t j = 0; j < count; j++)                                   \
            out[j] = name##_of(x[j]);                                                     \
    }

OF_ALL(exp)
OF_ALL(expm1)
OF_ALL(log)
OF_ALL(log1p)
OF_ALL(tanh)
OF_ALL(sigmoid)
OF_ALL(softplus)
