/* What does a register hold? REFNET_REGISTER bytes, which are so many reals, by the vector extension of GCC and Clang.
 * Without the extension (REFNET_REGISTER is 0) it holds one, and the same source is plain loops.
 *
 * A lane is one output with its own sum, so no width changes a bit.
 */
#pragma once

#include "real.h"

#if REFNET_REGISTER > 0
#define REFNET_LANES (REFNET_REGISTER / REFNET_REAL)
#else
#define REFNET_LANES 1
#endif

/* A tile of TILE_ROWS × TILE_VECTORS sums stays in registers, beside a row of the right-hand matrix, a number of the
 * left-hand one and their product: 32 registers, or 16. The shapes are measured. */
#if REFNET_REGISTER == 64
#define TILE_ROWS 8
#define TILE_VECTORS 2
#elif REFNET_REGISTER == 32
#define TILE_ROWS 6
#define TILE_VECTORS 2
#elif REFNET_REGISTER == 16 && (defined(__aarch64__) || defined(__arm64__))
#define TILE_ROWS 6
#define TILE_VECTORS 4
#elif REFNET_REGISTER == 16
#define TILE_ROWS 3
#define TILE_VECTORS 4
#define LEFT_COPIES REFNET_LANES /* SSE2 has no load that copies a number: it is packed as often as it is needed */
#else
#define TILE_ROWS 4
#define TILE_VECTORS 4
#endif
#ifndef LEFT_COPIES
#define LEFT_COPIES 1
#endif
#define TILE_COLUMNS (TILE_VECTORS * REFNET_LANES)

#if REFNET_LANES == 1

typedef real vector;

ALWAYS_INLINE vector load(const real *x) { return *x; }
ALWAYS_INLINE void store(real *x, vector value) { *x = value; }
ALWAYS_INLINE vector spread(const real *x) { return *x; }
ALWAYS_INLINE void transpose(vector x[REFNET_LANES]) { (void)x; }

#else

typedef real vector __attribute__((vector_size(REFNET_REGISTER)));
typedef real_bits whole_vector __attribute__((vector_size(REFNET_REGISTER)));
typedef vector vector_anywhere __attribute__((aligned(REFNET_REAL), may_alias));
typedef real_bits bits_anywhere __attribute__((may_alias));

ALWAYS_INLINE vector load(const real *x) { return *(const vector_anywhere *)x; }
ALWAYS_INLINE void store(real *x, vector value) { *(vector_anywhere *)x = value; }

/* One number in every lane. It is copied as an integer: on Zen 4 the 512-bit load that copies a double takes a cycle
 * of the adder, and the one that copies an integer does not (46 against 57 GFLOP/s). */
ALWAYS_INLINE vector spread(const real *x)
{
    return (vector)(*(const bits_anywhere *)x - (whole_vector){0});
}

/* Lanes of 64 bits: a double, or a pair of floats. */
#define LANES_64 (REFNET_REGISTER / 8)
typedef double vector_64 __attribute__((vector_size(REFNET_REGISTER)));

#ifdef __clang__
#define CHOOSE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define CHOOSE_REALS CHOOSE
#else
typedef int64_t places_64 __attribute__((vector_size(REFNET_REGISTER)));
#define CHOOSE(a, b, ...) __builtin_shuffle(a, b, (places_64){__VA_ARGS__})
#define CHOOSE_REALS(a, b, ...) __builtin_shuffle(a, b, (whole_vector){__VA_ARGS__})
#endif
#if LANES_64 == 8
#define EVEN_LANES 0, 8, 2, 10, 4, 12, 6, 14 /* of a and of b in turn */
#define ODD_LANES 1, 9, 3, 11, 5, 13, 7, 15
#define EVEN_PAIRS 0, 1, 4, 5, 8, 9, 12, 13  /* first a's, then b's */
#define ODD_PAIRS 2, 3, 6, 7, 10, 11, 14, 15
#define LOW_REALS 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29 /* of each four, of a and of b in turn */
#define HIGH_REALS 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#elif LANES_64 == 4
#define EVEN_LANES 0, 4, 2, 6
#define ODD_LANES 1, 5, 3, 7
#define EVEN_PAIRS 0, 1, 4, 5
#define ODD_PAIRS 2, 3, 6, 7
#define LOW_REALS 0, 8, 1, 9, 4, 12, 5, 13
#define HIGH_REALS 2, 10, 3, 11, 6, 14, 7, 15
#else
#define EVEN_LANES 0, 2
#define ODD_LANES 1, 3
#define EVEN_PAIRS 0, 1 /* not needed: a pair is the whole vector */
#define ODD_PAIRS 2, 3
#define LOW_REALS 0, 4, 1, 5
#define HIGH_REALS 2, 6, 3, 7
#endif

/* Lane i of vector j becomes lane j of vector i: first neighbouring lanes, then pairs of lanes. These are the cheapest
 * exchanges of x86. */
ALWAYS_INLINE void transpose_64(vector_64 x[LANES_64])
{
    UNROLLED for (int i = 0; i < LANES_64; i += 2) {
        const vector_64 a = x[i], b = x[i + 1];
        x[i] = CHOOSE(a, b, EVEN_LANES);
        x[i + 1] = CHOOSE(a, b, ODD_LANES);
    }
    UNROLLED for (int apart = 2; apart < LANES_64; apart *= 2)
        UNROLLED for (int i = 0; i < LANES_64; i++)
            if (!(i & apart)) {
                const vector_64 a = x[i], b = x[i + apart];
                x[i] = CHOOSE(a, b, EVEN_PAIRS);
                x[i + apart] = CHOOSE(a, b, ODD_PAIRS);
            }
}

#if REFNET_REAL == 8
ALWAYS_INLINE void transpose(vector x[REFNET_LANES]) { transpose_64(x); }
#else
/* Neighbouring vectors are woven into pairs of lanes, and the pairs transposed like doubles. Of each four lanes, the
 * first two have then become vectors of `low`, the others of `high`. */
ALWAYS_INLINE void transpose(vector x[REFNET_LANES])
{
    vector_64 low[LANES_64], high[LANES_64];
    UNROLLED for (int i = 0; i < LANES_64; i++) {
        low[i] = (vector_64)CHOOSE_REALS(x[2 * i], x[2 * i + 1], LOW_REALS);
        high[i] = (vector_64)CHOOSE_REALS(x[2 * i], x[2 * i + 1], HIGH_REALS);
    }
    transpose_64(low);
    transpose_64(high);
    UNROLLED for (int i = 0; i < LANES_64; i++) {
        x[i / 2 * 4 + i % 2] = (vector)low[i];
        x[i / 2 * 4 + i % 2 + 2] = (vector)high[i];
    }
}
#endif

#endif

/* The first numbers of a vector. */
ALWAYS_INLINE vector load_first(const real *x, int count)
{
    real lanes[REFNET_LANES] = {0};
    for (int i = 0; i < count; i++)
        lanes[i] = x[i];
    return load(lanes);
}

ALWAYS_INLINE void store_first(real *x, vector value, int count)
{
    real lanes[REFNET_LANES];
    store(lanes, value);
    UNROLLED for (int size = REFNET_LANES / 2, from = 0; size > 0; size /= 2)
        if (count & size) {
            memcpy(x + from, lanes + from, (size_t)size * sizeof(real));
            from += size;
        }
}
