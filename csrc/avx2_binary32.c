/* What are the kernels of binary32 for x86-64 with AVX2? The same source. */
#define REFNET_REAL 4
#include "avx2.c"
