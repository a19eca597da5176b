/* What are the kernels for x86-64 with AVX2? kernels.h, compiled for it. */
#include "isa.h"

#ifdef REFNET_X86_LEVELS
#ifndef REFNET_REAL
#define REFNET_REAL 8 /* binary64 */
#endif
#define REFNET_ISA avx2
#define REFNET_REGISTER 32
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#include "kernels.h"
#pragma GCC pop_options
#endif
#endif
