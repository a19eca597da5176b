"""What stands in every C file as it is here? How it has to be compiled, and the frame of its self-test.

NAME, or $NAME, is what all names in capitals begin with, $PREFIX what all others do, $REAL the type of its numbers.
"""

PHASES = {
    "ahead": "ahead: the weights with which the gradient is measured", "forward": "forward", "loss": "loss",
    "backward": "backward", "update": "update",
}

HEAD = """\
/* {name}.c: a neural network as one C99 file, written by refnet (arithmetic contract {contract}). It needs no library.

   {layers}

{prototypes}

   Numbers are {real} ({number}), matrices row after row. Inputs and outputs must not overlap. Other files of a program
   declare what they use, such as: {example}

   Memory in bytes: {memory}.
   Work memory is {where}; the option {other} of the compiler puts it elsewhere.

   Every number has the bits that refnet computes, with each compiler and at each level of optimization: one operation,
   one rounding, in the order written here. So this file does not compile with -ffast-math and the like. To see that a
   compiler and a machine keep to it, compile the file with -D{NAME}_SELF_TEST and run it: then it has a function
   {name}_self_test, and a main that calls it (leave main out with -D{NAME}_NO_MAIN).
*/
"""

BEFORE = """\
#ifdef __cplusplus
#error this file is C: compile it as C, and declare what a program in C++ uses of it as extern "C"
#define restrict /* so that this is the only error */
#endif
#include <float.h>
#include <stdint.h>

#if defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__) || \\
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(_M_FP_FAST)
#error "compile this file without -ffast-math: it changes the order of operations"
#endif
#if defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error "this compiler keeps more digits than the type has; on 32-bit x86 use -msse2 -mfpmath=sse"
#endif
/* No a * b + c in one rounding: */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize ("fp-contract=off")
#elif defined(_MSC_VER) && !defined(__clang__)
#pragma fp_contract (off)
#else
#pragma STDC FP_CONTRACT OFF
#endif

#ifndef NAME_WORK
#define NAME_WORK WHERE
#endif
#define INFINITY_ (1e300 * 1e300)
#define NAN_ (INFINITY_ - INFINITY_)
"""

TEST_INPUTS = """\
/* Rows of numbers that are exact in every format. */
static int $PREFIX_test_inputs($REAL *numbers, int rows, int units, int count)
{
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < units; j++) {
            numbers[i * units + j] = ($REAL)((count + 37 * j) % 201 - 100) / ($REAL)128;
        }
        count += 37 * units;
    }
    return count;
}

/* A checksum that goes on; all NaNs count as equal. */
static uint64_t $PREFIX_checksum(uint64_t sum, double number)
{
    union { double number; uint64_t bits; } x;
    x.number = number;
    return (sum ^ (number != number ? UINT64_C(0x7FF8000000000000) : x.bits)) * UINT64_C(0x100000001B3);
}
"""

TEST_TARGETS = """\
static void $PREFIX_test_targets($REAL *numbers, int rows, int units, int step)
{
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < units; j++) {
            numbers[i * units + j] = ($REAL)((i + step) % (units > 2 ? units : 2) == j);
        }
    }
}
"""

TEST = """\
/* 0 if the bits are refnet's; else the number of the check that failed: 1 numbers near 0, 2 a prediction, from 3 on a
   training step. It begins with the weights of this file, and leaves them trained. */
int $PREFIX_self_test(void)
{
$BODY
    return 0;
}
"""

TEST_MAIN = """\
#ifndef $NAME_NO_MAIN
#include <stdio.h>

int main(void)
{
    const int failed = $PREFIX_self_test();
    printf(failed ? "$PREFIX: check %d of the self-test failed\\n" : "$PREFIX: the bits are refnet's\\n", failed);
    return failed;
}
#endif
"""
