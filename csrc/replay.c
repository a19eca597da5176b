/* How does a recorded training step become an epoch? Replayed, minibatch by minibatch, without Python. */
#include "arithmetic/random.h"
#include "clock.h"
#include "environment.h"
#include "isa.h"

static void begin_epoch(refnet_training *t)
{
    if (t->is_begun)
        return;
    if (t->shuffle) {
        const uint64_t stream = t->shuffle + (uint64_t)(t->first_epoch + t->epoch);
        refnet_permute(t->order, t->rows, refnet_stream_key(t->seed, stream));
    }
    *t->rate = t->rates[t->epoch];
    t->is_begun = 1;
}

void refnet_end_step(refnet_training *t, int64_t size)
{
    t->steps += 1;
    t->position += size;
    if (t->diverged == 0 && *t->loss_sum - *t->loss_sum != 0.0) /* 0 for a finite x - x, else NaN */
        t->diverged = t->steps;
    if (t->position < t->used)
        return;
    t->losses[t->epoch] = *t->loss_sum;
    *t->loss_sum = 0.0;
    t->position = 0;
    t->epoch += 1;
    t->is_begun = 0;
}

/* Whether a call of C ends with the step that is next: the user may read its gradients. */
static int is_last(const refnet_training *t, int64_t size)
{
    if (t->used - t->position > size)
        return t->used - t->position - size < t->full.size && t->last.count == 0;
    return t->epoch + 1 == t->epochs || t->full.count == 0;
}

/* The clock is read about once a millisecond: a step can be shorter than reading it. */
static void train(refnet_training *t, double seconds)
{
    refnet_prepare_recording(&t->full);
    refnet_prepare_recording(&t->last);
    const double start = refnet_now();
    int64_t stride = 0, until_look = 1; /* stride: steps since the last look */
    double last_look = start;
    while (t->epoch < t->epochs) {
        begin_epoch(t);
        const int64_t left = t->used - t->position;
        const refnet_recording *recording = left >= t->full.size ? &t->full : &t->last;
        if (recording->count == 0)
            return;
        int is_over = 0;
        if (--until_look == 0) {
            const double look = refnet_now(), passed = look - last_look;
            if (stride > 0)
                t->seconds = passed / (double)stride;
            stride = stride == 0 ? 1 : passed < 1e-3 ? 2 * stride : passed > 4e-3 && stride > 1 ? stride / 2 : stride;
            until_look = stride;
            last_look = look;
            is_over = look - start + t->seconds >= seconds;
        }
        memcpy(recording->batch, t->order + t->position, (size_t)recording->size * sizeof(double));
        refnet_run_recording(recording, is_over || is_last(t, recording->size));
        refnet_end_step(t, recording->size);
        if (is_over)
            return;
    }
}

void refnet_train(refnet_training *training, double seconds)
{
    const refnet_environment callers = refnet_enter();
    train(training, seconds);
    refnet_leave(callers);
}

void refnet_begin_epoch(refnet_training *training)
{
    const refnet_environment callers = refnet_enter();
    begin_epoch(training);
    refnet_leave(callers);
}
