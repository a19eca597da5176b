/* How does a list of kernel calls run? One after another, or a block of rows at a time; shared by threads if it pays. */
#include "environment.h"
#include "isa.h"

/* The name and the properties of a kernel are the same in every table. */
const char *refnet_kernel_name(int64_t kernel)
{
    return refnet_baseline.kernels[kernel].name;
}

int64_t refnet_kernel_rows(int64_t kernel)
{
    const refnet_entry *entry = &refnet_baseline.kernels[kernel];
    return (entry->rows || entry->over == ROWS || entry->over == ELEMENTS) + (entry->add ? 2 : 0);
}

int64_t refnet_packed_bytes(const refnet_call *call)
{
    int64_t most = 0;
    const refnet_isa *isa;
    for (int64_t place = 0; (isa = refnet_offered_isa(call->format, place)); place++) {
        const refnet_entry *entry = &isa->kernels[call->kernel];
        const int64_t bytes = entry->packed_size ? entry->packed_size(call) : 0;
        most = bytes > most ? bytes : most;
    }
    return most;
}

static int64_t outputs_of(const refnet_call *c, enum refnet_over over)
{
    switch (over) {
    case ROWS: return c->m;
    case COLUMNS: return c->n;
    case LARGER_OF_M_N: return c->m > c->n ? c->m : c->n;
    case LARGER_OF_M_K: return c->m > c->k ? c->m : c->k;
    case LARGER_OF_N_K: return c->n > c->k ? c->n : c->k;
    default: return c->m * c->n;
    }
}

static const refnet_entry *entry_of(const refnet_call *c)
{
    return &refnet_isa_in_use(c->format)->kernels[c->kernel];
}

/* --- One call --- */

/* 2^18 multiply-adds take 5 to 10 µs. A thread that is awake begins within 1 µs; waking it takes up to 10 µs, and waiting
 * for one that the system has suspended for another program takes a hundred times as long: small kernels are not
 * shared. */
static int64_t least_share = 1 << 18;

int64_t refnet_least_share(void)
{
    return least_share;
}

void refnet_set_least_share(int64_t work)
{
    least_share = work < 1 ? 1 : work;
}

static double work_of(const refnet_entry *kernel, const refnet_call *c)
{
    if (kernel->over == WHOLE)
        return 0.0; /* never shared */
    /* k may be a number that is no size of a matrix, and as large as an integer can be */
    return (double)c->m * (double)c->n * (double)(c->k ? c->k : 1) * kernel->cost;
}

double refnet_work_of(const refnet_call *call)
{
    return work_of(&refnet_baseline.kernels[call->kernel], call);
}

static int64_t threads_for(double work)
{
    const int64_t threads = refnet_threads();
    const double parts = work / (double)least_share;
    return parts < 2.0 ? 1 : parts < (double)threads ? (int64_t)parts : threads;
}

/* Borders between threads fall on whole cache lines and tiles if there are enough outputs for that. */
static int64_t border(int64_t outputs, int64_t part, int64_t parts)
{
    const int64_t grain = outputs >= 64 * parts ? 16 : 1;
    return part == parts ? outputs : outputs * part / parts / grain * grain;
}

typedef struct {
    const refnet_entry *kernel;
    const refnet_call *call;
    int64_t outputs;
} one_call;

static void part_of_call(void *argument, int64_t round, int64_t part, int64_t parts)
{
    const one_call *own = argument;
    (void)round;
    own->kernel->run(own->call, border(own->outputs, part, parts), border(own->outputs, part + 1, parts));
}

static void run_call(const refnet_entry *kernel, const refnet_call *c, int64_t outputs, int64_t threads)
{
    if (threads == 1)
        kernel->run(c, 0, outputs);
    else
        refnet_share(part_of_call, &(one_call){kernel, c, outputs}, 1, threads);
}

void refnet_run(const refnet_call *calls, int64_t count)
{
    const refnet_environment callers = refnet_enter();
    for (int64_t i = 0; i < count; i++) {
        const refnet_entry *kernel = entry_of(&calls[i]);
        run_call(kernel, &calls[i], outputs_of(&calls[i], kernel->over), threads_for(work_of(kernel, &calls[i])));
    }
    refnet_leave(callers);
}

/* --- Blocks of rows --- */

static const refnet_entry *kernel_of(const refnet_operation *operation) { return operation->kernel; }

/* A matrix with memory for some rows only is addressed as if it had all: `outside` rows lie before those in memory.
 * Addresses are integers here, as the place of the first row is outside the memory. */
static refnet_call in_block(const refnet_operation *operation, int64_t outside)
{
    refnet_call c = operation->call;
    for (int i = 0; i < REFNET_MATRICES; i++)
        c.matrix[i] = (void *)((uintptr_t)c.matrix[i] - (uintptr_t)(outside * operation->row_bytes[i]));
    return c;
}

static void run_rows(const refnet_entry *kernel, const refnet_call *c, int64_t first, int64_t last)
{
    if (kernel->rows)
        kernel->rows(c, first, last);
    else if (kernel->over == ROWS)
        kernel->run(c, first, last);
    else
        kernel->run(c, first * c->n, last * c->n);
}

typedef struct {
    const refnet_operation *first, *sums, *end; /* sums: those that add up rows of the minibatch */
    const refnet_group *group;
} one_group;

static void pack_part(const one_group *own, int64_t part, int64_t parts)
{
    for (const refnet_operation *operation = own->first; operation < own->end; operation++)
        if (operation->call.packed && part-- % parts == 0)
            kernel_of(operation)->pack(&operation->call);
}

/* Of a block of the minibatch, a part has rows of its own in the kernels that go by rows; when all parts are over, it has
 * outputs of its own in those that add up rows. */
static void part_of_block(const one_group *own, int64_t from, int adds, int64_t part, int64_t parts)
{
    const refnet_group *g = own->group;
    const int64_t to = g->rows - from < g->block ? g->rows : from + g->block;
    const int64_t first = from + border(to - from, part, parts), last = from + border(to - from, part + 1, parts);
    if (!adds && first < last)
        for (const refnet_operation *operation = own->first; operation < own->sums; operation++) {
            const refnet_call c = in_block(operation, from);
            run_rows(kernel_of(operation), &c, first, last);
        }
    if (adds)
        for (const refnet_operation *operation = own->sums; operation < own->end; operation++) {
            const refnet_call c = in_block(operation, from);
            const int64_t begin = border(operation->outputs, part, parts);
            const int64_t end = border(operation->outputs, part + 1, parts);
            if (begin < end)
                kernel_of(operation)->add(&c, begin, end, from, to);
        }
}

/* Of weights, a part has rows of its own in all kernels, and memory for a block of its own. */
static void part_of_weights(const one_group *own, int64_t part, int64_t parts)
{
    const refnet_group *g = own->group;
    const int64_t end = border(g->rows, part + 1, parts);
    for (int64_t from = border(g->rows, part, parts); from < end; from += g->block)
        for (const refnet_operation *operation = own->first; operation < own->end; operation++) {
            const refnet_call c = in_block(operation, from - part * g->block);
            run_rows(kernel_of(operation), &c, from, end - from < g->block ? end : from + g->block);
        }
}

/* The first round packs; then come one or two for each block of the minibatch, or one for all weights. */
static void part_of_group(void *argument, int64_t round, int64_t part, int64_t parts)
{
    const one_group *own = argument;
    const int phases = own->sums < own->end ? 2 : 1;
    if (round == 0)
        pack_part(own, part, parts);
    else if (own->group->parts)
        part_of_weights(own, part, parts);
    else
        part_of_block(own, (round - 1) / phases * own->group->block, (round - 1) % phases == 1, part, parts);
}

static void run_group(const refnet_operation *operations, const refnet_group *g)
{
    one_group own = {operations, operations, operations + g->operations, g};
    double work = 0.0;
    for (const refnet_operation *operation = operations; operation < own.end; operation++) {
        work += work_of(kernel_of(operation), &operation->call);
        own.sums += !kernel_of(operation)->add;
    }
    int64_t threads = threads_for(work), rounds = 2;
    if (g->parts) {
        own.sums = own.end;
        threads = threads < g->parts ? threads : g->parts;
    } else {
        rounds = 1 + (g->rows + g->block - 1) / g->block * (own.sums < own.end ? 2 : 1);
    }
    if (threads > 1)
        refnet_share(part_of_group, &own, rounds, threads);
    else
        for (int64_t round = 0; round < rounds; round++)
            part_of_group(&own, round, 0, 1);
}

/* --- A recorded step --- */

static void prepare(refnet_operation *operations, const refnet_recording *recording)
{
    const refnet_group *const end = recording->groups + recording->count;
    refnet_operation *operation = operations;
    for (const refnet_group *g = recording->groups; operations && g < end; g++)
        for (int64_t i = 0; i < g->operations; i++, operation++) {
            const refnet_entry *kernel = entry_of(&operation->call);
            operation->kernel = kernel;
            operation->outputs = outputs_of(&operation->call, kernel->over);
            operation->threads = threads_for(work_of(kernel, &operation->call));
        }
}

void refnet_prepare_recording(const refnet_recording *recording)
{
    prepare(recording->operations, recording);
    prepare(recording->leaving, recording);
}

void refnet_run_recording(const refnet_recording *recording, int leaves)
{
    const refnet_operation *operation = leaves && recording->leaving ? recording->leaving : recording->operations;
    for (const refnet_group *g = recording->groups; g < recording->groups + recording->count; g++) {
        const refnet_operation *const end = operation + g->operations;
        if (g->block)
            run_group(operation, g);
        else
            for (const refnet_operation *each = operation; each < end; each++)
                run_call(kernel_of(each), &each->call, each->outputs, each->threads);
        operation = end;
    }
}
