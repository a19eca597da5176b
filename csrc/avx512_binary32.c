/* What are the kernels of binary32 for x86-64 with AVX-512? The same source. */
#define REFNET_REAL 4
#include "avx512.c"
