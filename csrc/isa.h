/* What does one instruction set offer? The kernels, compiled for it: the same source, the same bits.
 *
 * baseline.c, avx2.c and avx512.c each set the compiler's target and include kernels.h, which defines one of
 * these tables; the files beside them do the same for binary32. core.c chooses an instruction set at run time.
 */
#pragma once

/* The kernels' system headers. They come before a source file sets its target: what they define is shared. */
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "refnet.h"

/* GCC and Clang can set a target inside a source file; other compilers have only the baseline. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(REFNET_PLAIN)
#define REFNET_X86_LEVELS 1
#endif

/* A kernel computes its outputs first <= i < last and no others. `over` says what is counted. */
typedef void refnet_kernel(const refnet_call *, int64_t first, int64_t last);

enum refnet_over {
    WHOLE,           /* one sequence of operations: never divided */
    ROWS, COLUMNS,   /* m, n */
    ELEMENTS,        /* m times n */
    LARGER_OF_M_N, LARGER_OF_M_K, LARGER_OF_N_K, /* a matrix product: along the longer side of its result */
};

/* One that adds up rows takes only those from `from` on, before `to`: every sum goes on from what the rows before have
 * left in the result. */
typedef void refnet_adding(const refnet_call *, int64_t first, int64_t last, int64_t from, int64_t to);

typedef struct {
    const char *name;
    refnet_kernel *run;
    enum refnet_over over;
    int cost;                        /* of one of the m n (k) values, in multiply-adds of a matrix product */
    refnet_adding *add;              /* NULL: it does not add up rows */
    refnet_kernel *rows;             /* a product's: the rows first <= i < last of its result */
    void (*pack)(const refnet_call *); /* a product's right-hand matrix, into call->packed */
    int64_t (*packed_size)(const refnet_call *); /* bytes that takes */
} refnet_entry;

typedef struct {
    const char *name;
    const refnet_entry *kernels;     /* of one number format; ends with a NULL name */
    int (*self_test)(void);
    void (*spin)(int64_t times, double *flops); /* register-only multiplications and additions */
} refnet_isa;

extern const refnet_isa refnet_baseline, refnet_avx2, refnet_avx512;
extern const refnet_isa refnet_baseline_binary32, refnet_avx2_binary32, refnet_avx512_binary32;

/* core.c: the kernels of the instruction set in use. */
const refnet_isa *refnet_isa_in_use(int32_t format);
/* Those that run here, best last; NULL past it. */
const refnet_isa *refnet_offered_isa(int32_t format, int64_t place);

/* running.c: runs a recorded step, in the current floating-point environment. Prepared anew after the instruction set
 * or the number of threads has changed. leaves: the user may read the gradients after this step. */
void refnet_prepare_recording(const refnet_recording *recording);
void refnet_run_recording(const refnet_recording *recording, int leaves);

/* threads.c: memory of this many bytes, the thread's own until it ends; NULL if there is none left. */
#define REFNET_SCRATCH (1024 * (8 * 72 + 2064 + 64) + 64)
void *refnet_scratch(void);

/* threads.c: work(argument, round, part, parts) for each part of each round; a round begins when the one before is over.
 * The caller and those threads that come take one part after another, at most so many parts. So nobody waits for a thread
 * that the system keeps from coming: only for one that it stops after it has come. */
typedef void refnet_work(void *argument, int64_t round, int64_t part, int64_t parts);
void refnet_share(refnet_work *work, void *argument, int64_t rounds, int64_t parts);
