/* What does the C core offer? One call: run a list of steps, each a kernel with its matrices.
 *
 * A step is what refnet/kernels/seam.py calls a signature, filled in: sizes by their letters, the matrices in
 * the order of the arguments with the result last, then numbers and a key. A training step of a network is an
 * array of them.
 */
#ifndef REFNET_H
#define REFNET_H

#include <float.h>
#include <stdint.h>

/* One operation, one rounding: 32-bit x86 without SSE2 rounds twice and cannot keep the contract. */
#if FLT_EVAL_METHOD != 0
#error "refnet needs arithmetic in double precision exactly: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif
#ifdef __FAST_MATH__
#error "refnet must not be compiled with -ffast-math"
#endif

#define REFNET_MATRICES 6
#define REFNET_NUMBERS 2

typedef struct {
    int64_t kernel;                 /* its place in refnet_kernel_name() */
    int64_t m, n, k, r;             /* the sizes, by the letters of the signature */
    void *matrix[REFNET_MATRICES];  /* row-major doubles (or bytes); an absent optional matrix is NULL */
    double number[REFNET_NUMBERS];
    uint64_t key;
} refnet_step;

typedef void refnet_kernel(const refnet_step *);

typedef struct {
    const char *name;
    refnet_kernel *run;
} refnet_entry;

extern const refnet_entry refnet_kernels[];     /* kernels.c; ends with a NULL name */

const char *refnet_kernel_name(int64_t kernel); /* NULL past the last */
void refnet_run(const refnet_step *steps, int64_t count);
int64_t refnet_first_outside(const double *indices, int64_t count, double below); /* -1: none */
int refnet_self_test(void);                     /* 0, or the number of the check that failed */
const char *refnet_compiler(void);
const char *refnet_instruction_set(void);

#endif
