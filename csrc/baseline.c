/* The kernels for every machine of this kind: SSE2 on x86-64, NEON on 64-bit Arm. */
#define REFNET_ISA baseline
#if defined(__GNUC__) && !defined(REFNET_PLAIN)
#define REFNET_LANES 2
#else
#define REFNET_LANES 1 /* plain loops; REFNET_PLAIN=1 in the environment of the build asks for them */
#endif
#include "kernels.h"
