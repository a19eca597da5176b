/* What are the kernels for x86-64 with AVX-512? kernels.h, compiled for it. */
#include "isa.h"

#ifdef REFNET_X86_LEVELS
#ifndef REFNET_REAL
#define REFNET_REAL 8 /* binary64 */
#endif
#define REFNET_ISA avx512
#define REFNET_REGISTER 64
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512")
#include "kernels.h"
#pragma GCC pop_options
#endif
#endif
