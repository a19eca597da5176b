/* Who shares the work? At most as many threads as the user sets, each with outputs of its own. No sum is divided, so
 * their number changes no bit. Threads are made when they are first needed, and then wait for work: awake for a moment,
 * as waking takes longer than many a kernel, and then asleep. Where the system makes no more, fewer share the work, or
 * the caller does it alone. */
#include <stdlib.h>

#include "clock.h"
#include "environment.h"
#include "isa.h"
#include "system.h"

/* --- Scratch memory ----------------------------------------------------------------------------------------------- */

/* A key and no thread-local variable: where memory for such a variable is missing, the system ends the process. */
static refnet_key memory_of_thread;

REFNET_AT_END(free_memory, memory)
{
    free(memory);
}

static void *new_memory(void)
{
    return malloc(REFNET_SCRATCH + 64);
}

void *refnet_scratch(void)
{
    void *memory = refnet_value(memory_of_thread);
    if (!memory) {
        memory = new_memory();
        if (!memory || !refnet_set_value(memory_of_thread, memory)) {
            free(memory);
            return NULL;
        }
    }
    return (void *)(((uintptr_t)memory + 63) / 64 * 64); /* on a cache line */
}

/* --- How many ----------------------------------------------------------------------------------------------------- */

#define MOST 1024

static int64_t most_threads = 1;

/* One work at a time is shared; a caller that finds the workers busy works alone. What the work is, is written before the
 * workers are called, and stays until each has left or was called back. */
static struct {
    refnet_mutex lock;
    refnet_condition moved;     /* `done` or `left` has grown */
    refnet_work *work;
    void *argument;
    long rounds, parts;
    volatile long begun[MOST];  /* of each part: in how many rounds somebody has begun it */
    volatile long done;         /* parts of all rounds */
    volatile long left;         /* workers that have left, or did not come in time */
    volatile long sleepers;     /* who wait for `moved` */
    int is_busy, is_full;       /* is_full: the system has refused to make one more */
    double alone_until;         /* the time from which on work is shared again */
    int64_t workers;
} pool = {.lock = REFNET_UNLOCKED};

static struct worker {
    refnet_condition start;
    volatile long is_called;
    long part;                  /* that it begins with: in each round the same, as its core has those numbers near */
    void *memory;
} workers[MOST];

#ifndef _WIN32
/* fork() copies only the thread that called it. The workers do not exist in the child, and it would wait for them for
 * ever, so a child uses one thread. */
static int in_child;

static void remember_child(void)
{
    in_child = 1;
}
#else
enum { in_child = 0 };
#endif

int64_t refnet_threads(void)
{
    return in_child ? 1 : most_threads;
}

void refnet_set_threads(int64_t threads)
{
    static int is_prepared;
    if (!is_prepared) { /* by whoever loads the core, before the first kernel */
        is_prepared = 1;
        refnet_make_key(&memory_of_thread, free_memory);
        refnet_prepare(&pool.moved);
#ifndef _WIN32
        pthread_atfork(NULL, NULL, remember_child);
#endif
    }
    most_threads = threads < 1 ? 1 : threads > MOST ? MOST : threads;
    if (!in_child) {
        refnet_lock(&pool.lock);
        pool.is_full = 0; /* try again */
        pool.alone_until = 0.0;
        refnet_unlock(&pool.lock);
    }
}

/* --- Sharing ------------------------------------------------------------------------------------------------------ */

#define LOOKS 2000 /* some 40 µs awake on Zen 3; longer where a pause takes longer */

/* Whether the number reaches this much within a moment. */
static int is_soon(volatile long *number, long least)
{
    for (int64_t looks = 0; looks < LOOKS; looks++) {
        if (refnet_read(number) >= least)
            return 1;
        refnet_pause();
    }
    return 0;
}

/* Who waits for long sleeps: so a thread that has lost its core to another program can have this one. Returns the seconds
 * of the sleep. */
static double wait_for(volatile long *number, long least)
{
    if (is_soon(number, least))
        return 0.0;
    const double start = refnet_now();
    refnet_lock(&pool.lock);
    refnet_add(&pool.sleepers, 1);
    while (refnet_read(number) < least)
        refnet_wait(&pool.moved, &pool.lock);
    refnet_add(&pool.sleepers, -1);
    refnet_unlock(&pool.lock);
    return refnet_now() - start;
}

static void grow(volatile long *number)
{
    refnet_add(number, 1);
    if (refnet_read(&pool.sleepers) > 0) {
        refnet_lock(&pool.lock);
        refnet_wake_all(&pool.moved);
        refnet_unlock(&pool.lock);
    }
}

/* Begin with one's own part, then do those that nobody has begun. Returns the seconds of sleep between rounds. */
static double take_parts(long own)
{
    const long parts = pool.parts, rounds = pool.rounds;
    double waited = 0.0;
    for (long round = refnet_read(&pool.done) / parts; round < rounds; round++) {
        for (long i = 0; i < parts; i++) {
            const long part = (own + i) % parts;
            if (refnet_replace(&pool.begun[part], round, round + 1)) {
                pool.work(pool.argument, round, part, parts);
                grow(&pool.done);
            }
        }
        if (round + 1 < rounds)
            waited += wait_for(&pool.done, (round + 1) * parts);
    }
    return waited;
}

REFNET_THREAD(worker_thread, given)
{
    struct worker *own = given;
    refnet_set_value(memory_of_thread, own->memory);
    refnet_enter();
    for (;;) {
        if (!is_soon(&own->is_called, 1)) {
            refnet_lock(&pool.lock);
            while (!refnet_read(&own->is_called))
                refnet_wait(&own->start, &pool.lock);
            refnet_unlock(&pool.lock);
        }
        if (refnet_replace(&own->is_called, 1, 0)) {
            take_parts(own->part);
            grow(&pool.left);
        }
    }
    return 0;
}

#define SPARE (32 << 20) /* bytes that are left for the program */

/* Make workers until there are this many, if the system can. */
static void make_workers(int64_t wanted)
{
    while (pool.workers < wanted && !pool.is_full) {
        struct worker *made = &workers[pool.workers];
        void *spare = malloc(SPARE);
        refnet_prepare(&made->start);
        made->part = (long)pool.workers + 1;
        made->memory = spare ? new_memory() : NULL;
        if (made->memory && refnet_start(worker_thread, made)) {
            pool.workers++;
        } else {
            free(made->memory);
            pool.is_full = 1;
        }
        free(spare);
    }
}

/* Where other programs want the cores, the system stops a worker in the middle of a part, for some milliseconds. If the
 * caller has waited so long that it would have been faster alone, it works alone for ten times of what that cost, a second
 * at most: the whole program may have been stopped. */
void refnet_share(refnet_work *work, void *argument, int64_t rounds, int64_t parts)
{
    const double start = refnet_now();
    refnet_lock(&pool.lock);
    const int is_alone = pool.is_busy || start < pool.alone_until;
    if (!is_alone) {
        make_workers(parts - 1);
        pool.is_busy = 1;
        pool.work = work;
        pool.argument = argument;
        pool.rounds = (long)rounds;
        pool.parts = (long)(parts <= pool.workers ? parts : pool.workers + 1);
        pool.done = pool.left = 0;
        for (long part = 0; part < pool.parts; part++)
            pool.begun[part] = 0;
        for (long i = 0; i < pool.parts - 1; i++) {
            refnet_write(&workers[i].is_called, 1);
            refnet_wake(&workers[i].start);
        }
    }
    refnet_unlock(&pool.lock);
    if (is_alone) {
        for (int64_t round = 0; round < rounds; round++)
            work(argument, round, 0, 1);
        return;
    }
    double waited = take_parts(0);
    const long called = pool.parts - 1;
    for (long i = 0; i < called; i++)
        if (refnet_replace(&workers[i].is_called, 1, 0))
            refnet_add(&pool.left, 1);
    waited += wait_for(&pool.left, called);
    const double end = refnet_now(), lost = waited - (double)called * (end - start - waited);
    refnet_lock(&pool.lock);
    pool.alone_until = lost > 0.0 ? end + (lost < 0.1 ? 10.0 * lost : 1.0) : 0.0;
    pool.is_busy = 0;
    refnet_unlock(&pool.lock);
}
