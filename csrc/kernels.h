/* How is each loop over numbers done? As in refnet/kernels/reference/, kernel by kernel, sum by sum.
 *
 * Each output is one chain of operations in the reference's order. Several outputs are computed at once, but never
 * parts of one sum. A header ends with the list of its kernels; this file gathers the lists. It is included once for
 * each instruction set, with its name in REFNET_ISA and the bytes that a register holds in REFNET_REGISTER, and each
 * number format, with the bytes of a number in REFNET_REAL.
 */
#include "kernels/activations.h"
#include "kernels/activity.h"
#include "kernels/adaptive.h"
#include "kernels/constraints.h"
#include "kernels/elementwise.h"
#include "kernels/examples.h"
#include "kernels/losses.h"
#include "kernels/noise.h"
#include "kernels/normalization.h"
#include "kernels/products.h"
#include "kernels/sums.h"
#include "kernels/updates.h"
#include "selftest.h"

#define KERNEL(name, over, cost) {#name, kernel_##name, over, cost, NULL, NULL, NULL, NULL},
#define ADDING_KERNEL(name, over, cost) {#name, kernel_##name, over, cost, add_##name, NULL, NULL, NULL},
#define PRODUCT_KERNEL(name, over, cost) \
    {#name, kernel_##name, over, cost, NULL, rows_##name, pack_##name, packed_##name},
#define ADDING_PRODUCT_KERNEL(name, over, cost) \
    {#name, kernel_##name, over, cost, add_##name, rows_##name, pack_##name, packed_##name},

static const refnet_entry kernels[] = {
    PRODUCTS_KERNELS SUMS_KERNELS ELEMENTWISE_KERNELS ACTIVATIONS_KERNELS LOSSES_KERNELS UPDATES_KERNELS
    ADAPTIVE_KERNELS CONSTRAINTS_KERNELS EXAMPLES_KERNELS NOISE_KERNELS NORMALIZATION_KERNELS ACTIVITY_KERNELS
    {NULL, NULL, WHOLE, 0, NULL, NULL, NULL, NULL},
};

#if REFNET_REAL == 8
#define TABLE_(isa) refnet_##isa
#else
#define TABLE_(isa) refnet_##isa##_binary32
#endif
#define TABLE(isa) TABLE_(isa)
#define TEXT_(isa) #isa
#define TEXT(isa) TEXT_(isa)

const refnet_isa TABLE(REFNET_ISA) = {TEXT(REFNET_ISA), kernels, self_test, spin};
