/* Which rounding, and are subnormals kept? Another library may have switched flush-to-zero on, or another rounding.
 * Kernels run in the default environment, and the caller's is restored after them. Each thread has an environment of
 * its own, so each thread does this. */
#pragma once

#if defined(__x86_64__) || defined(_M_X64)
/* All arithmetic is SSE's (FLT_EVAL_METHOD is 0), and MXCSR is its whole environment. fegetenv would also store the
 * x87's, which takes longer than a small kernel. */
#include <xmmintrin.h>

typedef unsigned refnet_environment;

static inline refnet_environment refnet_enter(void)
{
    refnet_environment callers = _mm_getcsr();
    _mm_setcsr(0x1F80); /* round to nearest, keep subnormals, raise nothing */
    return callers;
}

static inline void refnet_leave(refnet_environment callers)
{
    _mm_setcsr(callers);
}
#else
#include <fenv.h>

typedef fenv_t refnet_environment;

static inline refnet_environment refnet_enter(void)
{
    refnet_environment callers;
    fegetenv(&callers);
    fesetenv(FE_DFL_ENV);
    return callers;
}

static inline void refnet_leave(refnet_environment callers)
{
    fesetenv(&callers);
}
#endif
