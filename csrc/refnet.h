/* What does the C core offer? It runs a list of kernel calls.
 *
 * A kernel call is a signature of refnet/kernels/seam.py, filled in: sizes by their letters, the matrices in the
 * order of the arguments with the result last, then numbers and a key. A recorded training step is an array of
 * them.
 */
#pragma once

#include <float.h>
#include <stdint.h>

/* One operation, one rounding: the x87 unit of 32-bit x86 rounds twice and cannot keep the contract. Method 1 (gcc on
 * s390x, unless told otherwise) computes float as double. */
#if FLT_EVAL_METHOD != 0
#if defined(__i386__) || defined(__x86_64__)
#error "refnet needs each operation in its own precision: compile with -msse2 -mfpmath=sse"
#elif defined(__s390__)
#error "refnet needs each operation in its own precision: compile with -fexcess-precision=fast"
#else
#error "refnet needs each operation in its own precision: FLT_EVAL_METHOD is not 0"
#endif
#endif
#ifdef __FAST_MATH__
#error "refnet must not be compiled with -ffast-math"
#endif

#define REFNET_MATRICES 8
#define REFNET_NUMBERS 6
#define REFNET_FORMATS 2 /* 0: binary64, doubles; 1: binary32, floats */

typedef struct {
    int32_t kernel, format;         /* its number in refnet_kernel_name(); that of its number format */
    int64_t m, n, k, r;             /* the sizes, by the letters of the signature */
    void *matrix[REFNET_MATRICES];  /* row-major, in the format or as the signature says; NULL: left out */
    double number[REFNET_NUMBERS];  /* not yet rounded to the format */
    uint64_t key;
    void *packed;                   /* a product's weights in the order in which it reads them; NULL: not prepared */
} refnet_call;

/* A kernel call of a recorded step. */
typedef struct {
    refnet_call call;
    int64_t row_bytes[REFNET_MATRICES]; /* of one row, if a matrix has memory for one block of rows only; else 0 */
    const void *kernel;                 /* set when a training begins: that of the instruction set in use, */
    int64_t outputs, threads;           /* how many outputs it has, and how many threads share them */
} refnet_operation;

/* So many operations one after another: each for all rows, or all for one block of rows and then for the next, so that
 * what one leaves the next finds in a near cache. The rows are those of the minibatch: then a sum over them goes on from
 * block to block, and those that add up rows come last. Or they are those of weights, from their gradient to their
 * change: then each of the parts that share them has memory for a block of its own. */
typedef struct {
    int64_t operations;
    int64_t rows, block;                /* at most so many of the rows at a time; 0: all at once */
    int64_t parts;                      /* of weights: at most so many; 0: rows of the minibatch */
} refnet_group;

/* A training step, for minibatches of one size. `batch` receives the row numbers. */
typedef struct {
    refnet_operation *operations;
    refnet_operation *leaving;          /* the same, but gradients of which a block is kept are left whole for the user;
                                           NULL: there are none */
    const refnet_group *groups;
    int64_t count;                      /* of groups */
    double *batch;
    int64_t size;
} refnet_recording;

/* A training: the minibatches of some epochs, and how far it has come. What changes between two steps (rows, rate,
 * the running sum of losses) is in buffers that the recordings point to. */
typedef struct {
    refnet_recording full, last;    /* `last` for the smaller batch at the end; count 0: not recorded yet */
    int64_t rows, used;             /* an epoch trains with so many of the rows: all, or only whole batches */
    double *order;                  /* the rows of the current epoch, in the order of their use */
    double *rate, *loss_sum;
    uint64_t shuffle, seed;         /* shuffle: the first of the streams that order the epochs; 0: no shuffle */
    const double *rates;            /* for each epoch of the table, its learning rate */
    double *losses;                 /* and, when it is over, the sum of its losses */
    int64_t first_epoch, epochs;    /* the table begins with this epoch; this many of it are trained */
    int64_t epoch, position, steps, is_begun;
    int64_t diverged;               /* the first of these steps after which the sum of losses was not finite; 0: none */
    double seconds;                 /* that a step took lately; 0: not known yet */
} refnet_training;

const char *refnet_kernel_name(int64_t kernel); /* NULL past the last */
int64_t refnet_kernel_rows(int64_t kernel);     /* 0: needs all rows at once; 1: its result row by row; 2: adds up rows;
                                                   3: does, and makes its result row by row */
int64_t refnet_packed_bytes(const refnet_call *call); /* for its `packed`, on any instruction set here; 0: no product */
double refnet_work_of(const refnet_call *call); /* as C estimates it, in multiply-adds; 0: it is never shared */
void refnet_run(const refnet_call *calls, int64_t count);
void refnet_begin_epoch(refnet_training *training);                  /* order and rate, unless it has begun */
void refnet_end_step(refnet_training *training, int64_t size);       /* and the epoch, if the step was its last */
void refnet_train(refnet_training *training, double seconds);        /* until done, a step unrecorded, or time over */
int64_t refnet_first_outside(const double *indices, int64_t count, double below); /* -1: none */
int64_t refnet_first_not_finite(const void *numbers, int64_t count, int are_floats); /* or doubles; -1: none */
int refnet_self_test(void);                     /* 0, or the number of the check that failed; from 101 on: in binary32 */
const char *refnet_compiler(void);

/* The instruction set that the kernels run in: the best of this machine, until another is chosen. All give the same
 * bits. */
const char *refnet_instruction_set(void);
const char *refnet_offered_instruction_set(int64_t place); /* those that run here, best last; NULL past it */
int refnet_use_instruction_set(const char *name);          /* 0, or -1: not offered */

/* At most this many threads share a large kernel. Every number gives the same bits. */
int64_t refnet_threads(void);
void refnet_set_threads(int64_t threads);
int64_t refnet_least_share(void);
void refnet_set_least_share(int64_t work); /* the least work of a thread, in multiply-adds: for tests and tuning */

/* GFLOP/s of multiplications and additions in registers only, in this instruction set and format, on one thread,
 * measured for about this long. */
double refnet_probe_peak(double seconds, int32_t format);
