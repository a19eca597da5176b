/* What does one instruction set offer? The kernels, compiled for it: the same source, the same bits.
 *
 * baseline.c, avx2.c and avx512.c each set the compiler's target and include kernels.h, which defines one of
 * these tables. core.c chooses among them when the program runs.
 */
#pragma once

#include "refnet.h"

/* Targets can be set inside a source file by GCC and Clang; everyone else has the baseline. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(REFNET_PLAIN)
#define REFNET_X86_LEVELS 1
#endif

/* A kernel computes its outputs first <= i < last and no others. What is counted says `over`. */
typedef void refnet_kernel(const refnet_call *, int64_t first, int64_t last);

enum refnet_over {
    WHOLE,           /* one run of operations in order: never divided */
    ROWS, COLUMNS,   /* m, n */
    ELEMENTS,        /* m times n */
    LARGER_OF_M_N, LARGER_OF_M_K, LARGER_OF_N_K, /* a matrix product: along the longer side of its result */
};

typedef struct {
    const char *name;
    refnet_kernel *run;
    enum refnet_over over;
    int cost;                        /* of one of the m n (k) values, in multiply-adds of a matrix product */
} refnet_entry;

typedef struct {
    const char *name;
    const refnet_entry *kernels;     /* ends with a NULL name */
    int (*self_test)(void);
    void (*spin)(int64_t times, double *flops); /* register-only multiplications and additions */
} refnet_isa;

extern const refnet_isa refnet_baseline, refnet_avx2, refnet_avx512;

/* core.c: run kernel calls one after another, in the floating-point environment that there is. */
void refnet_run_calls(const refnet_call *calls, int64_t count);

/* threads.c: room for so many doubles, this thread's own until it ends. */
#define REFNET_SCRATCH (400 * (256 + 64) + 8)
double *refnet_scratch(void);

/* threads.c: run(call, ...) over 0 … outputs by so many threads. */
void refnet_share(refnet_kernel *run, const refnet_call *call, int64_t outputs, int64_t threads);
