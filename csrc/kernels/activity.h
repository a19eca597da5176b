/* How far is a unit's mean activity from its target? By the Kullback-Leibler divergence of two coins. */
#pragma once

#include "call.h"

/* mean: 1 n, target: number -> 1 1 */
static void kernel_kl_divergence(const refnet_call *c, int64_t first, int64_t last)
{
    const real *mean = IN(0), target = NUMBER(0);
    real total = 0;
    (void)first, (void)last;
    for (int64_t j = 0; j < c->n; j++)
        total += target * log_of(target / mean[j]) +
                 (1 - target) * log_of((1 - target) / (1 - mean[j]));
    OUT(1)[0] = total;
}

/* d: m n, mean: 1 n, target: number, factor: number -> m n */
static void kernel_kl_divergence_backward(const refnet_call *c, int64_t first, int64_t last)
{
    const real *mean = IN(1), target = NUMBER(0), factor = NUMBER(1);
    for (int64_t j = first; j < last; j++) {
        const real pull = factor * ((1 - target) / (1 - mean[j]) - target / mean[j]);
        for (int64_t i = 0; i < c->m; i++)
            OUT(2)[i * c->n + j] = IN(0)[i * c->n + j] + pull;
    }
}

#define ACTIVITY_KERNELS                                                       \
    KERNEL(kl_divergence, WHOLE, 0) KERNEL(kl_divergence_backward, COLUMNS, 8)
