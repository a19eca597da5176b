/* What are the kernels of binary32 for every machine of a kind? The same source. */
#define REFNET_REAL 4
#include "baseline.c"
