/* What does each system write in its own way? Locks, conditions to wait for, threads, and numbers that threads share. */
#pragma once

#include <stdint.h>

#define REFNET_STACK (512 << 10) /* bytes for a new thread: kernels need some thousand, and there may be many threads */

#ifdef _WIN32
#include <windows.h>

typedef SRWLOCK refnet_mutex;
typedef CONDITION_VARIABLE refnet_condition;
#define REFNET_UNLOCKED SRWLOCK_INIT
typedef DWORD refnet_key; /* of a value that each thread has */
#define REFNET_THREAD(name, argument) static DWORD WINAPI name(void *argument)
#define REFNET_AT_END(name, value) static void WINAPI name(void *value)

static inline void refnet_lock(refnet_mutex *mutex) { AcquireSRWLockExclusive(mutex); }
static inline void refnet_unlock(refnet_mutex *mutex) { ReleaseSRWLockExclusive(mutex); }
static inline void refnet_prepare(refnet_condition *condition) { InitializeConditionVariable(condition); }
static inline void refnet_wake(refnet_condition *condition) { WakeConditionVariable(condition); }
static inline void refnet_wake_all(refnet_condition *condition) { WakeAllConditionVariable(condition); }

static inline void refnet_make_key(refnet_key *key, void(WINAPI *at_end)(void *)) { *key = FlsAlloc(at_end); }
static inline void *refnet_value(refnet_key key) { return FlsGetValue(key); }
static inline int refnet_set_value(refnet_key key, void *value) { return FlsSetValue(key, value) != 0; }

static inline void refnet_wait(refnet_condition *condition, refnet_mutex *mutex)
{
    SleepConditionVariableSRW(condition, mutex, INFINITE, 0);
}

/* 1, or 0 if the system makes no more threads. */
static inline int refnet_start(DWORD(WINAPI *run)(void *), void *argument)
{
    const HANDLE thread = CreateThread(NULL, REFNET_STACK, run, argument, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread)
        CloseHandle(thread);
    return thread != NULL;
}
#else
#include <pthread.h>
#include <signal.h>

typedef pthread_mutex_t refnet_mutex;
typedef pthread_cond_t refnet_condition;
#define REFNET_UNLOCKED PTHREAD_MUTEX_INITIALIZER
typedef pthread_key_t refnet_key;
#define REFNET_THREAD(name, argument) static void *name(void *argument)
#define REFNET_AT_END(name, value) static void name(void *value)

static inline void refnet_lock(refnet_mutex *mutex) { pthread_mutex_lock(mutex); }
static inline void refnet_unlock(refnet_mutex *mutex) { pthread_mutex_unlock(mutex); }
static inline void refnet_prepare(refnet_condition *condition) { pthread_cond_init(condition, NULL); }
static inline void refnet_wake(refnet_condition *condition) { pthread_cond_signal(condition); }
static inline void refnet_wake_all(refnet_condition *condition) { pthread_cond_broadcast(condition); }

static inline void refnet_make_key(refnet_key *key, void (*at_end)(void *)) { pthread_key_create(key, at_end); }
static inline void *refnet_value(refnet_key key) { return pthread_getspecific(key); }
static inline int refnet_set_value(refnet_key key, void *value) { return pthread_setspecific(key, value) == 0; }
static inline void refnet_wait(refnet_condition *condition, refnet_mutex *mutex) { pthread_cond_wait(condition, mutex); }

/* 1, or 0 if the system makes no more threads. Signals are left to the program's own threads. */
static inline int refnet_start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, REFNET_STACK);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int failed = pthread_create(&thread, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return !failed;
}
#endif

/* A number that threads share: a word, as not every 32-bit processor reads 64 bits at once. All threads see all reads and
 * writes of such numbers in one order, and what was written before them. */
#ifdef _MSC_VER
static inline long refnet_read(volatile long *number) { return InterlockedOr(number, 0); }
static inline void refnet_write(volatile long *number, long value) { InterlockedExchange(number, value); }
static inline long refnet_add(volatile long *number, long more) { return InterlockedExchangeAdd(number, more) + more; }
/* 1 if the number was the old one, and is now the new one. */
static inline int refnet_replace(volatile long *number, long old, long value)
{
    return InterlockedCompareExchange(number, value, old) == old;
}
#else
static inline long refnet_read(volatile long *number) { return __atomic_load_n(number, __ATOMIC_SEQ_CST); }
static inline void refnet_write(volatile long *number, long value) { __atomic_store_n(number, value, __ATOMIC_SEQ_CST); }
static inline long refnet_add(volatile long *number, long more)
{
    return __atomic_add_fetch(number, more, __ATOMIC_SEQ_CST);
}
static inline int refnet_replace(volatile long *number, long old, long value)
{
    return __atomic_compare_exchange_n(number, &old, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
#endif

/* Between two looks at such a number: leave the core to its other thread. */
static inline void refnet_pause(void)
{
#if defined(_MSC_VER)
    YieldProcessor();
#elif defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
