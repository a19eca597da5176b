"""How is each loop over numbers done? In lists and loops, one operation and one rounding at a time.

This is the specification: the C core is right when no bit differs from it. A matrix is a list of rows, a row a list of
floats; one example a row, and in `weights` one neuron a row (weights[j][i] leads from input i to unit j). Every sum
starts from a stated value and runs in ascending order.

The kernels stand in files of their own, in the order of a training step; csrc has the same in C.
"""

from refnet.kernels.reference.matrices import Matrix, assign, matrix, shape, tolist, zeros
from refnet.kernels.reference.products import (
    affine, affine_backward_input, affine_backward_weights,
)
from refnet.kernels.reference.sums import (
    column_sums, row_sums, column_maxima, row_maxima, row_argmax, sum_of_squares, sum_of_magnitudes,
)
from refnet.kernels.reference.elementwise import (
    add, subtract, multiply, scale, scale_rows, concatenate, left_columns, right_columns, accumulate, copy, standardize,
    standardize_backward, exp, log, expm1, log1p, softplus,
)
from refnet.kernels.reference.activations import (
    sigmoid, sigmoid_backward, tanh, tanh_backward, relu, relu_backward, leaky_relu, leaky_relu_backward, softmax,
    softmax_backward,
    prelu, prelu_backward, prelu_backward_slope, repeat, elu, elu_backward, silu, silu_backward, gelu, gelu_backward,
    log_softmax, log_softmax_backward,
)
from refnet.kernels.reference.losses import (
    half_squared_error, half_squared_error_backward, squared_error, squared_error_backward, binary_cross_entropy,
    binary_cross_entropy_backward, binary_cross_entropy_from_logits, cross_entropy, cross_entropy_backward,
    cross_entropy_from_logits, fused_cross_entropy_backward,
    absolute_error, absolute_error_backward, huber, huber_backward, hinge, hinge_backward, squared_hinge,
    squared_hinge_backward, negative_log_likelihood, negative_log_likelihood_backward,
)
from refnet.kernels.reference.updates import (
    add_scaled, add_scaled_sign, sgd_update, momentum_update, nesterov_look_ahead, nesterov_update,
)
from refnet.kernels.reference.updates import average_update, decay_weights
from refnet.kernels.reference.adaptive import (
    adagrad_update, adadelta_update, rmsprop_update, centred_rmsprop_update, advance_power, adam_update,
    amsgrad_update, nadam_advance, nadam_update,
)
from refnet.kernels.reference.constraints import clip_value, clip_norm, clamp, limit_row_norms
from refnet.kernels.reference.examples import (
    take_rows, take_byte_rows, one_hot, uniform, normal, bernoulli_mask, permutation,
)
from refnet.kernels.reference.noise import dropout, multiplicative_noise, random_moves, shift_images, count_draws
from refnet.kernels.reference.normalization import (
    column_means, column_variances, deviations, scale_and_shift, batch_norm_backward, move_average, orthonormal_rows,
)
from refnet.kernels.reference.activity import kl_divergence, kl_divergence_backward

name = "python"
