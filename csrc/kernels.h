/* How is each loop over numbers done? As in refnet/kernels/reference/, kernel by kernel, sum by sum.
 *
 * Each output is one chain of operations in the reference's order; several outputs are worked on at once, never
 * parts of one sum. Included once for each instruction set, with its name in REFNET_ISA and the doubles its
 * registers hold in REFNET_LANES.
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

#define KERNEL(name, over, cost) {#name, name, over, cost}

static const refnet_entry kernels[] = {
    KERNEL(affine, LARGER_OF_M_N, 1),
    KERNEL(affine_backward_input, LARGER_OF_M_K, 1),
    KERNEL(affine_backward_weights, LARGER_OF_N_K, 1),
    KERNEL(column_sums, COLUMNS, 4), KERNEL(row_sums, ROWS, 16),
    KERNEL(column_maxima, COLUMNS, 4), KERNEL(row_maxima, ROWS, 16), KERNEL(row_argmax, ROWS, 16),
    KERNEL(sum_of_squares, WHOLE, 0), KERNEL(sum_of_magnitudes, WHOLE, 0),
    KERNEL(add, ELEMENTS, 8), KERNEL(subtract, ELEMENTS, 8), {"multiply", multiply_elements, ELEMENTS, 8},
    KERNEL(scale, ELEMENTS, 8), KERNEL(scale_rows, ROWS, 8), KERNEL(concatenate, ROWS, 8),
    KERNEL(left_columns, ROWS, 4), KERNEL(right_columns, ROWS, 4), KERNEL(accumulate, ELEMENTS, 8), KERNEL(copy, ELEMENTS, 8),
    KERNEL(standardize, ROWS, 16), KERNEL(standardize_backward, ROWS, 16),
    {"exp", exponential, ELEMENTS, 40}, {"log", logarithm, ELEMENTS, 60},
    {"expm1", exponential_minus_1, ELEMENTS, 50}, {"log1p", logarithm_of_1_plus, ELEMENTS, 80},
    KERNEL(softplus, ELEMENTS, 100),
    KERNEL(sigmoid, ELEMENTS, 50), KERNEL(sigmoid_backward, ELEMENTS, 8),
    {"tanh", hyperbolic_tangent, ELEMENTS, 80}, KERNEL(tanh_backward, ELEMENTS, 8),
    KERNEL(relu, ELEMENTS, 8), KERNEL(relu_backward, ELEMENTS, 8),
    KERNEL(leaky_relu, ELEMENTS, 8), KERNEL(leaky_relu_backward, ELEMENTS, 8),
    KERNEL(softmax, ROWS, 80), KERNEL(softmax_backward, ROWS, 40),
    KERNEL(half_squared_error, ROWS, 20), KERNEL(half_squared_error_backward, ELEMENTS, 16),
    KERNEL(squared_error, ROWS, 20), KERNEL(squared_error_backward, ELEMENTS, 16),
    KERNEL(binary_cross_entropy, ROWS, 150), KERNEL(binary_cross_entropy_backward, ELEMENTS, 40),
    KERNEL(binary_cross_entropy_from_logits, ROWS, 120),
    KERNEL(cross_entropy, ROWS, 20), KERNEL(cross_entropy_backward, ELEMENTS, 30),
    KERNEL(cross_entropy_from_logits, ROWS, 80), KERNEL(fused_cross_entropy_backward, ELEMENTS, 16),
    KERNEL(prelu, ROWS, 8), KERNEL(prelu_backward, ROWS, 8), KERNEL(prelu_backward_slope, COLUMNS, 8),
    KERNEL(repeat, COLUMNS, 4),
    KERNEL(elu, ELEMENTS, 50), KERNEL(elu_backward, ELEMENTS, 8),
    KERNEL(silu, ELEMENTS, 50), KERNEL(silu_backward, ELEMENTS, 60),
    KERNEL(gelu, ELEMENTS, 90), KERNEL(gelu_backward, ELEMENTS, 100),
    KERNEL(log_softmax, ROWS, 80), KERNEL(log_softmax_backward, ROWS, 60),
    KERNEL(absolute_error, ROWS, 20), KERNEL(absolute_error_backward, ELEMENTS, 16),
    KERNEL(huber, ROWS, 20), KERNEL(huber_backward, ELEMENTS, 16),
    KERNEL(hinge, ROWS, 20), KERNEL(hinge_backward, ELEMENTS, 16),
    KERNEL(squared_hinge, ROWS, 20), KERNEL(squared_hinge_backward, ELEMENTS, 16),
    KERNEL(negative_log_likelihood, ROWS, 20), KERNEL(negative_log_likelihood_backward, ELEMENTS, 16),
    KERNEL(add_scaled, ELEMENTS, 8), KERNEL(add_scaled_sign, ELEMENTS, 8),
    KERNEL(sgd_update, ELEMENTS, 8), KERNEL(momentum_update, ELEMENTS, 12),
    KERNEL(nesterov_look_ahead, ELEMENTS, 8), KERNEL(nesterov_update, ELEMENTS, 12),
    KERNEL(average_update, ELEMENTS, 12), KERNEL(decay_weights, ELEMENTS, 8),
    KERNEL(adagrad_update, ELEMENTS, 30), KERNEL(adadelta_update, ELEMENTS, 50),
    KERNEL(rmsprop_update, ELEMENTS, 30), KERNEL(centred_rmsprop_update, ELEMENTS, 30),
    KERNEL(advance_power, WHOLE, 0), KERNEL(adam_update, ELEMENTS, 40), KERNEL(amsgrad_update, ELEMENTS, 40),
    KERNEL(nadam_advance, WHOLE, 0), KERNEL(nadam_update, ELEMENTS, 40),
    KERNEL(clip_value, ELEMENTS, 8), KERNEL(clip_norm, ELEMENTS, 8),
    KERNEL(clamp, ELEMENTS, 8), KERNEL(limit_row_norms, ROWS, 16),
    KERNEL(take_rows, ROWS, 8), KERNEL(take_byte_rows, ROWS, 12), KERNEL(one_hot, ROWS, 4),
    KERNEL(uniform, ELEMENTS, 30), KERNEL(normal, ELEMENTS, 150), KERNEL(bernoulli_mask, ELEMENTS, 30),
    KERNEL(permutation, WHOLE, 0),
    KERNEL(dropout, ELEMENTS, 30), KERNEL(multiplicative_noise, ELEMENTS, 150),
    KERNEL(random_moves, ELEMENTS, 40), KERNEL(shift_images, ROWS, 2), KERNEL(count_draws, WHOLE, 0),
    KERNEL(column_means, COLUMNS, 4), KERNEL(column_variances, COLUMNS, 8), KERNEL(deviations, ELEMENTS, 40),
    KERNEL(scale_and_shift, ROWS, 8), KERNEL(batch_norm_backward, COLUMNS, 12), KERNEL(move_average, ELEMENTS, 8),
    KERNEL(orthonormal_rows, WHOLE, 0),
    KERNEL(kl_divergence, WHOLE, 0), KERNEL(kl_divergence_backward, COLUMNS, 8),
    {NULL, NULL, WHOLE, 0},
};

#define TABLE_(isa) refnet_##isa
#define TABLE(isa) TABLE_(isa)
#define TEXT_(isa) #isa
#define TEXT(isa) TEXT_(isa)

const refnet_isa TABLE(REFNET_ISA) = {TEXT(REFNET_ISA), kernels, self_test, spin};
