/* Who shares the work? At most as many threads as the user sets, each with outputs of its own. No sum is divided, so
 * their number changes no bit. Threads are made when they are first needed, and then wait for work: awake for a moment,
 * as waking takes longer than many a kernel, and then asleep. Where the system makes no more, fewer share the work, or
 * the caller does it alone. */
#include <stdlib.h>

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

/* One work at a time is shared; a caller that finds the workers busy works alone. What the work is, is written before a
 * worker's `part`, and stays until `unfinished` is 0. */
static struct {
    refnet_mutex lock;
    refnet_condition done;
    refnet_work *work;
    void *argument;
    int64_t parts;
    volatile long unfinished;   /* parts that workers have not done yet */
    int is_busy, is_full;       /* is_full: the system has refused to make one more */
    int64_t workers;
} pool = {.lock = REFNET_UNLOCKED};

static struct worker {
    refnet_condition start;
    volatile long part;         /* to do; 0: none, as the caller does part 0 */
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
        refnet_prepare(&pool.done);
#ifndef _WIN32
        pthread_atfork(NULL, NULL, remember_child);
#endif
    }
    most_threads = threads < 1 ? 1 : threads > MOST ? MOST : threads;
    if (!in_child) {
        refnet_lock(&pool.lock);
        pool.is_full = 0; /* try again */
        refnet_unlock(&pool.lock);
    }
}

/* --- Sharing ------------------------------------------------------------------------------------------------------ */

#define LOOKS 2000 /* some 40 µs awake on Zen 3; longer where a pause takes longer */

/* Whether the number is soon 0 (is_zero: 1), or soon not 0 (is_zero: 0). */
static int is_soon(volatile long *number, int is_zero)
{
    for (int64_t looks = 0; looks < LOOKS; looks++) {
        if ((refnet_read(number) == 0) == is_zero)
            return 1;
        refnet_pause(looks);
    }
    return 0;
}

REFNET_THREAD(worker_thread, given)
{
    struct worker *own = given;
    refnet_set_value(memory_of_thread, own->memory);
    refnet_enter();
    for (;;) {
        if (!is_soon(&own->part, 0)) {
            refnet_lock(&pool.lock);
            while (own->part == 0)
                refnet_wait(&own->start, &pool.lock);
            refnet_unlock(&pool.lock);
        }
        const int64_t part = own->part;
        own->part = 0;
        pool.work(pool.argument, part, pool.parts); /* the caller waits, so these stay as they are */
        if (refnet_add(&pool.unfinished, -1) == 0) {
            refnet_lock(&pool.lock);
            refnet_wake(&pool.done);
            refnet_unlock(&pool.lock);
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

void refnet_share(refnet_work *work, void *argument, int64_t parts)
{
    refnet_lock(&pool.lock);
    const int is_alone = pool.is_busy;
    if (!is_alone) {
        make_workers(parts - 1);
        pool.is_busy = 1;
        pool.work = work;
        pool.argument = argument;
        pool.parts = parts <= pool.workers ? parts : pool.workers + 1;
        refnet_write(&pool.unfinished, (long)pool.parts - 1);
        for (int64_t part = 1; part < pool.parts; part++) {
            refnet_write(&workers[part - 1].part, (long)part);
            refnet_wake(&workers[part - 1].start);
        }
    }
    refnet_unlock(&pool.lock);
    if (is_alone) {
        work(argument, 0, 1);
        return;
    }
    work(argument, 0, pool.parts);
    const int is_done = is_soon(&pool.unfinished, 1);
    refnet_lock(&pool.lock);
    while (!is_done && refnet_read(&pool.unfinished) > 0)
        refnet_wait(&pool.done, &pool.lock);
    pool.is_busy = 0;
    refnet_unlock(&pool.lock);
}

/* Nobody sleeps here: all parts have begun, and a thread that lost its core gets it back, as the others yield now and
 * then. */
void refnet_meet(refnet_meeting *meeting, int64_t parts)
{
    const long round = refnet_read(&meeting->round);
    if (refnet_add(&meeting->arrived, 1) == parts) {
        refnet_write(&meeting->arrived, 0);
        refnet_write(&meeting->round, round + 1);
        return;
    }
    for (int64_t looks = 0; refnet_read(&meeting->round) == round; looks++)
        refnet_pause(looks);
}
