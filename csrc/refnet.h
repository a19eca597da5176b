/* What does the C core offer? It runs a list of kernel calls.
 *
 * A kernel call is a signature of refnet/kernels/seam.py, filled in: sizes by their letters, the matrices in the
 * order of the arguments with the result last, then numbers and a key. A recorded training step is an array of
 * them.
 */
#pragma once

#include <float.h>
#include <stdint.h>

/* One operation, one rounding: 32-bit x86 without SSE2 rounds twice and cannot keep the contract. */
#if FLT_EVAL_METHOD != 0
#error "refnet needs arithmetic in double precision exactly: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif
#ifdef __FAST_MATH__
#error "refnet must not be compiled with -ffast-math"
#endif

#define REFNET_MATRICES 8
#define REFNET_NUMBERS 6

typedef struct {
    int64_t kernel;                 /* its place in refnet_kernel_name() */
    int64_t m, n, k, r;             /* the sizes, by the letters of the signature */
    void *matrix[REFNET_MATRICES];  /* row-major doubles (or bytes); an absent optional matrix is NULL */
    double number[REFNET_NUMBERS];
    uint64_t key;
} refnet_call;

/* The kernel calls of a training step, for minibatches of one size. `batch` receives the row numbers. */
typedef struct {
    const refnet_call *calls;
    int64_t count;
    double *batch;
    int64_t size;
} refnet_recording;

/* Training under way: the minibatches of some epochs, and where it stands. What changes between two steps (rows,
 * rate, the running sum of losses) lives in buffers that the recordings point to. */
typedef struct {
    refnet_recording full, last;    /* `last` for the smaller batch at the end; count 0: not recorded yet */
    int64_t rows;
    double *order;                  /* the rows of the epoch under way, in the order of their use */
    double *rate, *loss_sum;
    uint64_t shuffle, seed;         /* shuffle: the first of the streams that order the epochs; 0: no shuffle */
    const double *rates;            /* for each epoch of the table: its learning rate, */
    double *losses;                 /* and, when it is over, the sum of its losses */
    int64_t first_epoch, epochs;    /* the table begins with this epoch; train up to so many */
    int64_t epoch, position, steps, is_begun;
} refnet_training;

const char *refnet_kernel_name(int64_t kernel); /* NULL past the last */
void refnet_run(const refnet_call *calls, int64_t count);
void refnet_begin_epoch(refnet_training *training);                  /* order and rate, unless under way */
void refnet_end_step(refnet_training *training, int64_t size);       /* and the epoch, if that was its last */
void refnet_train(refnet_training *training, double seconds);        /* until done, unrecorded, or time is up */
int64_t refnet_first_outside(const double *indices, int64_t count, double below); /* -1: none */
int refnet_self_test(void);                     /* 0, or the number of the check that failed */
const char *refnet_compiler(void);

/* The instruction set the kernels run in: the best this machine has, until another is chosen. Every one of them
 * gives the same bits. */
const char *refnet_instruction_set(void);
const char *refnet_offered_instruction_set(int64_t place); /* those that run here, best last; NULL past it */
int refnet_use_instruction_set(const char *name);          /* 0, or -1: not offered */

/* How many threads large kernels are shared among, at most. Every number gives the same bits. */
int64_t refnet_threads(void);
void refnet_set_threads(int64_t threads);
void refnet_set_least_share(int64_t work); /* what a thread is woken for, in multiply-adds: for tests and tuning */

/* GFLOP/s of multiplications and additions that never leave the registers, in this instruction set, on one
 * thread, measured for about so long. */
double refnet_probe_peak(double seconds);
