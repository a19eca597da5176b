/* How does Python reach the kernels, in which instruction set, and can they be trusted here? */
#include "clock.h"
#include "environment.h"
#include "isa.h"

/* --- The instruction set ------------------------------------------------------------------------------------ */

/* An instruction set in each number format. */
typedef const refnet_isa *const set[REFNET_FORMATS];

static set baseline = {&refnet_baseline, &refnet_baseline_binary32};
#ifdef REFNET_X86_LEVELS
static set avx2 = {&refnet_avx2, &refnet_avx2_binary32}, avx512 = {&refnet_avx512, &refnet_avx512_binary32};
#endif

/* The sets that were compiled and that this machine and its operating system support, best last. */
static int offered_sets(set *offered[3])
{
    int count = 0;
    offered[count++] = &baseline;
#ifdef REFNET_X86_LEVELS
    if (__builtin_cpu_supports("avx2"))
        offered[count++] = &avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        offered[count++] = &avx512;
#endif
    return count;
}

const refnet_isa *refnet_offered_isa(int32_t format, int64_t place)
{
    set *offered[3];
    return place >= 0 && place < offered_sets(offered) ? (*offered[place])[format] : NULL;
}

const char *refnet_offered_instruction_set(int64_t place)
{
    const refnet_isa *isa = refnet_offered_isa(0, place);
    return isa ? isa->name : NULL;
}

static set *chosen; /* NULL until first used; two threads that choose at once choose the same */

const refnet_isa *refnet_isa_in_use(int32_t format)
{
    if (!chosen) {
        set *offered[3];
        chosen = offered[offered_sets(offered) - 1];
    }
    return (*chosen)[format];
}

int refnet_use_instruction_set(const char *name)
{
    set *offered[3];
    for (int i = offered_sets(offered) - 1; i >= 0; i--)
        if (strcmp((*offered[i])[0]->name, name) == 0) {
            chosen = offered[i];
            return 0;
        }
    return -1;
}

const char *refnet_instruction_set(void)
{
    return refnet_isa_in_use(0)->name;
}

/* --- Numbers to look at --------------------------------------------------------------------------------------- */

int64_t refnet_first_outside(const double *indices, int64_t count, double below)
{
    for (int64_t i = 0; i < count; i++)
        if (!(indices[i] >= 0.0 && indices[i] < below && indices[i] == floor(indices[i])))
            return i;
    return -1;
}

/* x - x is 0 for a finite x, else NaN. Eight sums at once, block by block: as fast as the numbers can be read. */
#define FIRST_NOT_FINITE(name, type)                                                                             \
    static int64_t name(const type *numbers, int64_t count)                                                      \
    {                                                                                                            \
        for (int64_t start = 0; start < count; start += 1024) {                                                  \
            const int64_t size = count - start < 1024 ? count - start : 1024;                                    \
            const type *x = numbers + start;                                                                     \
            type sums[8] = {0};                                                                                  \
            for (int64_t i = 0; i < size / 8 * 8; i += 8)                                                        \
                for (int j = 0; j < 8; j++)                                                                      \
                    sums[j] += x[i + j] - x[i + j];                                                              \
            for (int64_t i = size / 8 * 8; i < size; i++)                                                        \
                sums[0] += x[i] - x[i];                                                                          \
            for (int j = 1; j < 8; j++)                                                                          \
                sums[0] += sums[j];                                                                              \
            for (int64_t i = 0; sums[0] != 0 && i < size; i++)                                                   \
                if (x[i] - x[i] != 0)                                                                            \
                    return start + i;                                                                            \
        }                                                                                                        \
        return -1;                                                                                               \
    }

FIRST_NOT_FINITE(first_double, double)
FIRST_NOT_FINITE(first_float, float)

int64_t refnet_first_not_finite(const void *numbers, int64_t count, int are_floats)
{
    const refnet_environment callers = refnet_enter();
    const int64_t found = are_floats ? first_float(numbers, count) : first_double(numbers, count);
    refnet_leave(callers);
    return found;
}

/* --- Trust, and the limit ------------------------------------------------------------------------------------- */

int refnet_self_test(void)
{
    const refnet_environment callers = refnet_enter();
    int failed = refnet_isa_in_use(0)->self_test(), failed_32 = refnet_isa_in_use(1)->self_test();
    refnet_leave(callers);
    return failed ? failed : failed_32 ? 100 + failed_32 : 0;
}

double refnet_probe_peak(double seconds, int32_t format)
{
    const refnet_environment callers = refnet_enter();
    double best = 0.0;
    const double began = refnet_now();
    double before = began;
    do { /* the best of many short rounds: other programs disturb only some of them */
        double flops;
        refnet_isa_in_use(format)->spin(20000, &flops);
        const double after = refnet_now();
        best = after > before && flops / (after - before) > best ? flops / (after - before) : best;
        before = after;
    } while (before - began < seconds);
    refnet_leave(callers);
    return best * 1e-9;
}

#ifdef REFNET_PLAIN
#define LOOPS ", plain loops"
#else
#define LOOPS ""
#endif

const char *refnet_compiler(void)
{
#if defined(__clang__)
    return "clang " __clang_version__ LOOPS;
#elif defined(__GNUC__)
    return "gcc " __VERSION__ LOOPS;
#elif defined(_MSC_VER)
    return "MSVC" LOOPS;
#else
    return "unknown" LOOPS;
#endif
}
