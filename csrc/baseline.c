/* What are the kernels for every machine of a kind? kernels.h, compiled for SSE2 on x86-64, NEON on 64-bit Arm. */
#ifndef REFNET_REAL
#define REFNET_REAL 8 /* binary64 */
#endif
#define REFNET_ISA baseline
#if defined(__GNUC__) && !defined(REFNET_PLAIN)
#define REFNET_REGISTER 16
#else
#define REFNET_REGISTER 0 /* plain loops; also where the build has REFNET_PLAIN=1 in its environment */
#endif
#include "kernels.h"
