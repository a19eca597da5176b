/* What does each compiler write in its own way? */
#pragma once

#ifdef _MSC_VER
#define ALWAYS_INLINE static __forceinline
#else
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#endif

/* INDEPENDENT: no pass of the loop depends on another, so the compiler need not check whether matrices overlap.
 * ROLLED: such a loop over so few numbers that the compiler would write out every pass. */
#if defined(__clang__)
#define ROLLED _Pragma("clang loop vectorize(assume_safety) unroll(disable)")
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define UNROLLED _Pragma("unroll")
#elif defined(__GNUC__)
#define INDEPENDENT _Pragma("GCC ivdep")
#define ROLLED _Pragma("GCC ivdep") _Pragma("GCC unroll 1")
#define UNROLLED _Pragma("GCC unroll 32")
#else
#define INDEPENDENT
#define ROLLED
#define UNROLLED
#endif
