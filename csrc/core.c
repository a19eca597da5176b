/* How does Python reach the kernels, and can they be trusted here? */
#include <fenv.h>
#include <math.h>
#include <string.h>

#include "elementary.h"
#include "refnet.h"

/* Another library may have switched flush-to-zero on, or another rounding. Every entry point works in the
 * default environment (round to nearest, subnormals kept) and gives the caller's back. */
void refnet_run(const refnet_step *steps, int64_t count)
{
    fenv_t callers;
    fegetenv(&callers);
    fesetenv(FE_DFL_ENV);
    refnet_run_steps(steps, count);
    fesetenv(&callers);
}

const char *refnet_kernel_name(int64_t kernel)
{
    return refnet_kernels[kernel].name;
}

int64_t refnet_first_outside(const double *indices, int64_t count, double below)
{
    for (int64_t i = 0; i < count; i++)
        if (!(indices[i] >= 0.0 && indices[i] < below && indices[i] == floor(indices[i])))
            return i;
    return -1;
}

static int differs(double value, uint64_t bits)
{
    uint64_t found;
    memcpy(&found, &value, sizeof found);
    return found != bits;
}

static int check(void)
{
    volatile double tenth = 0.1, third = 1.0 / 3.0, tiny = DBL_MIN, two = 2.0, minus_half = -0.5;
    /* 0.1 · 0.1 − 0.01: 0.0 exactly when the product is rounded by itself, 9.0e-19 when it is fused */
    double product = tenth * tenth;
    if (differs(tenth * tenth - product, 0))
        return 1;
    if (differs(product, UINT64_C(0x3F847AE147AE147C)))
        return 2;
    /* a subnormal result, kept */
    if (differs(tiny / two, UINT64_C(0x0008000000000000)))
        return 3;
    /* a tie, rounded to even */
    if (differs(1.0 + third * 3.0 * DBL_EPSILON * 0.5, UINT64_C(0x3FF0000000000000)))
        return 4;
    if (differs(refnet_exp(minus_half), UINT64_C(0x3FE368B2FC6F960A)))
        return 5;
    if (differs(refnet_log(third), UINT64_C(0xBFF193EA7AAD030B)))
        return 6;
    return 0;
}

int refnet_self_test(void)
{
    fenv_t callers;
    fegetenv(&callers);
    fesetenv(FE_DFL_ENV);
    int failed = check();
    fesetenv(&callers);
    return failed;
}

const char *refnet_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#elif defined(_MSC_VER)
    return "MSVC";
#else
    return "unknown";
#endif
}

const char *refnet_instruction_set(void)
{
    return "baseline";
}
