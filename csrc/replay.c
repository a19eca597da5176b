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

/* The clock is read about once a millisecond: a step can be shorter than reading it. */
static void train(refnet_training *t, double seconds)
{
    refnet_prepare_recording(&t->full);
    refnet_prepare_recording(&t->last);
    const double start = refnet_now();
    int64_t stride = 1, until_look = 1;
    double last_look = start;
    while (t->epoch < t->epochs) {
        begin_epoch(t);
        const int64_t left = t->used - t->position;
        const refnet_recording *recording = left >= t->full.size ? &t->full : &t->last;
        if (recording->count == 0)
            return;
        memcpy(recording->batch, t->order + t->position, (size_t)recording->size * sizeof(double));
        refnet_run_recording(recording);
        refnet_end_step(t, recording->size);
        if (--until_look == 0) {
            const double look = refnet_now();
            if (look - start >= seconds)
                return;
            stride = look - last_look < 1e-3 ? 2 * stride : look - last_look > 4e-3 && stride > 1 ? stride / 2 : stride;
            until_look = stride;
            last_look = look;
        }
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
