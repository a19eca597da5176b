/* Who shares the work? At most as many threads as the user sets, each with outputs of its own. No sum is divided, so
 * their number changes no bit. Without OpenMP in the compiler there is one thread. */
#include "environment.h"
#include "isa.h"

#ifdef _MSC_VER
static __declspec(thread) double scratch[REFNET_SCRATCH];
#else
static _Thread_local double scratch[REFNET_SCRATCH] __attribute__((aligned(64)));
#endif

double *refnet_scratch(void)
{
    return scratch;
}

#ifdef _OPENMP
#include <omp.h>

#ifndef _WIN32
#include <pthread.h>

/* fork() copies only the thread that called it. OpenMP's other threads do not exist in the child, and it would wait
 * for them for ever, so a child uses one thread. */
static int in_child;

static void remember_child(void)
{
    in_child = 1;
}
#endif

/* 0 until first used; then the number of processors this process may use, or OMP_NUM_THREADS, as users of other
 * libraries expect. It changes only the time; small kernels always take one thread. */
static int64_t most_threads;

int64_t refnet_threads(void)
{
#ifndef _WIN32
    if (in_child)
        return 1;
#endif
    if (!most_threads)
        refnet_set_threads(omp_get_max_threads());
    return most_threads;
}

void refnet_set_threads(int64_t threads)
{
#ifndef _WIN32
    static int watching;
    if (!watching) {
        watching = 1;
        pthread_atfork(NULL, NULL, remember_child);
    }
#endif
    most_threads = threads < 1 ? 1 : threads;
}

/* Borders between threads fall on whole cache lines and tiles if there are enough outputs for that. */
static int64_t border(int64_t outputs, int64_t part, int64_t parts)
{
    const int64_t grain = outputs >= 64 * parts ? 16 : 1;
    return part == parts ? outputs : outputs * part / parts / grain * grain;
}

void refnet_share(refnet_kernel *run, const refnet_call *call, int64_t outputs, int64_t threads)
{
#pragma omp parallel num_threads((int)threads)
    {
        const refnet_environment callers = refnet_enter();
        const int64_t part = omp_get_thread_num(), parts = omp_get_num_threads();
        run(call, border(outputs, part, parts), border(outputs, part + 1, parts));
        refnet_leave(callers);
    }
}

#else

int64_t refnet_threads(void)
{
    return 1;
}

void refnet_set_threads(int64_t threads)
{
    (void)threads;
}

void refnet_share(refnet_kernel *run, const refnet_call *call, int64_t outputs, int64_t threads)
{
    (void)threads;
    run(call, 0, outputs);
}

#endif
