/* What does a register hold? REFNET_LANES doubles, by the vector extension of GCC and Clang. Without the extension it
 * holds one, and the same source is plain loops.
 *
 * A lane is one output with its own sum, so no width changes a bit.
 */
#pragma once

#include <stdint.h>

#include "compiler.h"

/* A tile of TILE_ROWS × TILE_VECTORS sums stays in registers, beside a row of the right-hand matrix, a number of the
 * left-hand one and their product: 32 registers, or 16. The shapes are measured. */
#if REFNET_LANES == 8
#define TILE_ROWS 8
#define TILE_VECTORS 2
#elif REFNET_LANES == 4
#define TILE_ROWS 6
#define TILE_VECTORS 2
#elif REFNET_LANES == 2 && (defined(__aarch64__) || defined(__arm64__))
#define TILE_ROWS 6
#define TILE_VECTORS 4
#elif REFNET_LANES == 2
#define TILE_ROWS 3
#define TILE_VECTORS 4
#define LEFT_COPIES 2 /* SSE2 has no load that copies a double: it is packed twice */
#else
#define TILE_ROWS 4
#define TILE_VECTORS 4
#endif
#ifndef LEFT_COPIES
#define LEFT_COPIES 1
#endif
#define TILE_COLUMNS (TILE_VECTORS * REFNET_LANES)

#if REFNET_LANES == 1

typedef double vector;

ALWAYS_INLINE vector load(const double *x) { return *x; }
ALWAYS_INLINE void store(double *x, vector value) { *x = value; }
ALWAYS_INLINE vector spread(const double *x) { return *x; }
ALWAYS_INLINE void transpose(vector x[REFNET_LANES]) { (void)x; }

#else

typedef double vector __attribute__((vector_size(8 * REFNET_LANES)));
typedef int64_t whole_vector __attribute__((vector_size(8 * REFNET_LANES)));
typedef vector vector_anywhere __attribute__((aligned(8), may_alias));
typedef int64_t bits_of_double __attribute__((may_alias));

ALWAYS_INLINE vector load(const double *x) { return *(const vector_anywhere *)x; }
ALWAYS_INLINE void store(double *x, vector value) { *(vector_anywhere *)x = value; }

/* One number in every lane. It is copied as an integer: on Zen 4 the 512-bit load that copies a double takes a cycle
 * of the adder, and the one that copies an integer does not (46 against 57 GFLOP/s). */
ALWAYS_INLINE vector spread(const double *x)
{
    return (vector)(*(const bits_of_double *)x - (whole_vector){0});
}

#ifdef __clang__
#define CHOOSE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define CHOOSE(a, b, ...) __builtin_shuffle(a, b, (whole_vector){__VA_ARGS__})
#endif
#if REFNET_LANES == 8
#define EVEN_LANES 0, 8, 2, 10, 4, 12, 6, 14 /* of a and of b in turn */
#define ODD_LANES 1, 9, 3, 11, 5, 13, 7, 15
#define EVEN_PAIRS 0, 1, 4, 5, 8, 9, 12, 13  /* first a's, then b's */
#define ODD_PAIRS 2, 3, 6, 7, 10, 11, 14, 15
#elif REFNET_LANES == 4
#define EVEN_LANES 0, 4, 2, 6
#define ODD_LANES 1, 5, 3, 7
#define EVEN_PAIRS 0, 1, 4, 5
#define ODD_PAIRS 2, 3, 6, 7
#else
#define EVEN_LANES 0, 2
#define ODD_LANES 1, 3
#define EVEN_PAIRS 0, 1 /* not needed: a pair is the whole vector */
#define ODD_PAIRS 2, 3
#endif

/* Lane i of vector j becomes lane j of vector i: first neighbouring lanes, then pairs of lanes. These are the cheapest
 * exchanges of x86. */
ALWAYS_INLINE void transpose(vector x[REFNET_LANES])
{
    UNROLLED for (int i = 0; i < REFNET_LANES; i += 2) {
        const vector a = x[i], b = x[i + 1];
        x[i] = CHOOSE(a, b, EVEN_LANES);
        x[i + 1] = CHOOSE(a, b, ODD_LANES);
    }
    UNROLLED for (int apart = 2; apart < REFNET_LANES; apart *= 2)
        UNROLLED for (int i = 0; i < REFNET_LANES; i++)
            if (!(i & apart)) {
                const vector a = x[i], b = x[i + apart];
                x[i] = CHOOSE(a, b, EVEN_PAIRS);
                x[i + apart] = CHOOSE(a, b, ODD_PAIRS);
            }
}

#endif
