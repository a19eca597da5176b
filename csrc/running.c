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
    return entry->add ? 2 : entry->rows || entry->over == ROWS || entry->over == ELEMENTS;
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
    /* k may be a number that is no size of a matrix, and as large as an integer can be */
    return (double)c->m * (double)c->n * (double)(c->k ? c->k : 1) * kernel->cost;
}

double refnet_work_of(const refnet_call *call)
{
    const refnet_entry *kernel = &refnet_baseline.kernels[call->kernel];
    return kernel->over == WHOLE ? 0.0 : work_of(kernel, call);
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

static void part_of_call(void *argument, int64_t part, int64_t parts)
{
    const one_call *own = argument;
    own->kernel->run(own->call, border(own->outputs, part, parts), border(own->outputs, part + 1, parts));
}

static void share_call(const refnet_entry *kernel, const refnet_call *c, int64_t outputs, int64_t threads)
{
    refnet_share(part_of_call, &(one_call){kernel, c, outputs}, threads);
}

void refnet_run(const refnet_call *calls, int64_t count)
{
    const refnet_environment callers = refnet_enter();
    for (int64_t i = 0; i < count; i++) {
        const refnet_entry *kernel = entry_of(&calls[i]);
        const int64_t threads = kernel->over == WHOLE ? 1 : threads_for(work_of(kernel, &calls[i]));
        const int64_t outputs = outputs_of(&calls[i], kernel->over);
        if (threads == 1)
            kernel->run(&calls[i], 0, outputs);
        else
            share_call(kernel, &calls[i], outputs, threads);
    }
    refnet_leave(callers);
}

/* --- Blocks of rows --- */

/* A matrix with memory for one block is addressed as if it had all rows: row i of it is i row_bytes from where its
 * first would be. Addresses are integers here, as that place is outside the memory. */
static refnet_call in_block(const refnet_operation *operation, int64_t from)
{
    refnet_call c = operation->call;
    for (int i = 0; i < REFNET_MATRICES; i++)
        c.matrix[i] = (void *)((uintptr_t)c.matrix[i] - (uintptr_t)(from * operation->row_bytes[i]));
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

static const refnet_entry *kernel_of(const refnet_operation *operation) { return operation->kernel; }

/* A part has rows of its own in the kernels that go by rows, and outputs of its own in those that add up rows, which
 * come last in a group. */
static void run_in_block(const refnet_operation *operation, int64_t from, int64_t to, int64_t part, int64_t parts)
{
    const refnet_call c = in_block(operation, from);
    const refnet_entry *kernel = kernel_of(operation);
    const int64_t many = kernel->add ? operation->outputs : to - from;
    const int64_t first = border(many, part, parts), last = border(many, part + 1, parts);
    if (first == last)
        return;
    if (kernel->add)
        kernel->add(&c, first, last, from, to);
    else
        run_rows(kernel, &c, from + first, from + last);
}

typedef struct {
    const refnet_operation *operations;
    const refnet_group *group;
    refnet_meeting meeting;
} one_group;

static void part_of_group(void *argument, int64_t part, int64_t parts)
{
    one_group *own = argument;
    const refnet_group *g = own->group;
    const refnet_operation *const end = own->operations + g->operations;
    if (part == 0)
        for (const refnet_operation *operation = own->operations; operation < end; operation++)
            if (operation->call.packed)
                kernel_of(operation)->pack(&operation->call);
    for (int64_t from = 0; from < g->rows; from += g->block) {
        const int64_t to = g->rows - from < g->block ? g->rows : from + g->block;
        int adds = 0;
        if (parts > 1)
            refnet_meet(&own->meeting, parts);
        for (const refnet_operation *operation = own->operations; operation < end; operation++) {
            if (parts > 1 && !adds && kernel_of(operation)->add) {
                adds = 1;
                refnet_meet(&own->meeting, parts);
            }
            run_in_block(operation, from, to, part, parts);
        }
    }
}

static void run_group(const refnet_operation *operations, const refnet_group *group)
{
    one_group own = {operations, group, {0}};
    double work = 0.0;
    for (int64_t i = 0; i < group->operations; i++)
        work += work_of(kernel_of(&operations[i]), &operations[i].call);
    const int64_t threads = threads_for(work);
    if (threads > 1)
        refnet_share(part_of_group, &own, threads);
    else
        part_of_group(&own, 0, 1);
}

/* --- A recorded step --- */

void refnet_prepare_recording(const refnet_recording *recording)
{
    refnet_operation *operation = recording->operations;
    for (int64_t g = 0; g < recording->count; g++)
        for (int64_t i = 0; i < recording->groups[g].operations; i++, operation++) {
            const refnet_entry *kernel = entry_of(&operation->call);
            operation->kernel = kernel;
            operation->outputs = outputs_of(&operation->call, kernel->over);
            operation->threads = kernel->over == WHOLE ? 1 : threads_for(work_of(kernel, &operation->call));
        }
}

void refnet_run_recording(const refnet_recording *recording)
{
    refnet_operation *operation = recording->operations;
    for (const refnet_group *g = recording->groups; g < recording->groups + recording->count; g++) {
        if (g->block) {
            run_group(operation, g);
            operation += g->operations;
        } else {
            for (const refnet_operation *end = operation + g->operations; operation < end; operation++)
                if (operation->threads == 1)
                    kernel_of(operation)->run(&operation->call, 0, operation->outputs);
                else
                    share_call(kernel_of(operation), &operation->call, operation->outputs, operation->threads);
        }
    }
}
