"""Can the statements of lecture 002's demonstrations fail? Each is seen to, with its subject broken."""

import functools

import pytest
from failing import climbing, failing, statements
from test_lectures_can_fail import OneKernelWrong

import refnet as rn
from refnet.kernels import REFERENCE
from refnet.lectures import batch_normalization_002 as normalization
from refnet.lectures import dropout_002 as dropout
from refnet.lectures import jacobians_002 as jacobians
from refnet.lectures import modules_002 as modules
from refnet.lectures import optimizers_002 as optimizers
from refnet.lectures import representational_power_002 as power

mean_of_columns, sums_of_columns, sigmoid = REFERENCE.column_means, REFERENCE.column_sums, REFERENCE.sigmoid


def replaced(name, kernel):
    """Breaks one kernel of the reference."""
    def broken(patch):
        patch.setattr(REFERENCE, name, kernel)

    broken.__name__ = name
    return broken


def a_plus_that_sends_to_its_first_input_only(patch):
    patch.setattr(rn.Add, "backward", lambda self, d, input_gradient=True: [
        d, *[self.k.scale(d, 0.0)] * (len(self.inputs) - 1)][::-1])


def adagrad_without_a_sum(w, squares, g, rate, epsilon):
    for i, each in enumerate(g[0]):
        squares[0][i] = each * each


def no_momentum(patch):
    patch.setattr(optimizers, "MU", 0.0)


def gradient_upwards(patch):
    kernel = "half_squared_error_backward"
    patch.setattr(REFERENCE, kernel, climbing(getattr(REFERENCE, kernel)))


def annealing_as_printed(patch):
    patch.setattr(rn.Plateau, "__call__", lambda self, epoch: self.schedule(epoch) / self.current)


def constant_mean_and_variance(d, x_hat, gamma, deviation, d_gamma, d_beta):
    return [[value * g / s for value, g, s in zip(row, gamma[0], deviation[0])] for row in d]


def means_that_are_too_large(x):
    return [[value + 0.1 for value in row] for row in mean_of_columns(x)]


def column_sums_doubled(d):
    return [[2.0 * value for value in row] for row in sums_of_columns(d)]


def masks_without_a_factor(patch):
    patch.setattr(dropout, "MASKS", [[each / 2.0 for each in mask] for mask in dropout.MASKS])


def no_masks(patch):
    patch.setattr(dropout, "MASKS", [[1.0] * 4] * 16)


def dropout_that_scales_later(patch):
    patch.setattr(rn, "Dropout", functools.partial(rn.Dropout, scaling="prediction"))


def larger(function):
    """Its result has a row and a column too many."""
    def result(*arguments, **more):
        found = function(*arguments, **more)
        return [[*row, 1.0] for row in [*found, found[0]]]

    return result


def larger_input_gradients(patch):
    patch.setattr(rn.Network, "backward", larger(rn.Network.backward))


def always(regions):
    """Breaks the network: it decides for these regions, whatever it is to decide for."""
    def broken(patch):
        own = power.network
        patch.setattr(power, "network", lambda backend, ignored: own(backend, regions))

    broken.__name__ = f"always_{len(regions)}_regions"
    return broken


def all_layers_narrow(patch):
    patch.setattr(rn, "Dense", lambda units, own=rn.Dense: own(min(units, 3)))


CASES = ("", ", β = 0.5", ", exp(−x)")
BROKEN = [
    (modules.softmax_module, replaced("softmax_backward", lambda o, d, beta: d), {
        f"distance of ∂E/∂x in two steps from z − y{case}" for case in CASES}),
    (modules.softmax_module, replaced("softmax", lambda x, beta: x), {
        "smallest distance of the slide's x_i − y_i from ∂E/∂x_i"}),
    (modules.branch_and_plus, a_plus_that_sends_to_its_first_input_only, {
        f"numbers in ∂E/∂x_k of {each} that differ from ∂E/∂x_out" for each in ("tanh1", "sigmoid1")}),
    (modules.pointwise_module, replaced("column_sums", column_sums_doubled), {
        f"{each}, numbers in ∂C/∂b that differ from ∂C/∂x" for each in ("tanh", "relu")}),
    (modules.leaky_relu, replaced("relu", lambda z: z), {"max(0, αz) at −2, as printed"}),
    (optimizers.three_steps, replaced("adagrad_update", adagrad_without_a_sum), {
        f"AdaGrad, η/√Σ∇L² of w1 in step {step}" for step in (2, 3)}),
    (optimizers.three_steps, no_momentum, {"loss after 60 steps with momentum"}),
    (optimizers.sign_of_the_update, gradient_upwards, {"loss after θ − η∇", "loss after θ + η∇, as printed"}),
    (optimizers.annealing, annealing_as_printed, {
        "η after the error has flattened out", "η/0.3, as printed", "η in epoch 3, flat from the start"}),
    (normalization.algorithm_1, replaced("column_means", means_that_are_too_large), {"|Σ x̂_i|"}),
    (normalization.algorithm_1, replaced("batch_norm_backward", constant_mean_and_variance), {"|Σ ∂L/∂x_i|"}),
    (dropout.ensemble, masks_without_a_factor, {
        "linear output: distance of the network from its members' mean",
        "softmax: its distance from their geometric mean"}),
    (dropout.ensemble, no_masks, {
        "members whose output differs from all others'",
        "softmax: its distance from their mean", "softmax: the same distance",
        "a second hidden layer: its distance from their mean", "a second hidden layer: the same distance"}),
    (dropout.random_members, no_masks, {"different outputs in training that are no member's"}),
    (dropout.random_members, replaced("dropout", lambda x, *draws: x), {"members that were drawn in 256 rows"}),
    (dropout.random_members, dropout_that_scales_later, {
        "different outputs in training that are no member's",
        "distance of its prediction from the network without masks"}),
    (jacobians.shapes_in_the_chain_rule, larger_input_gradients, {
        f"{way} of {each}" for way in ("rows", "columns") for each in ("du/dx", "dz/du", "dz/dx")}),
    (jacobians.linear_module, larger_input_gradients, {
        f"{way} of {each}" for way in ("rows", "columns")
        for each in ("∂x_out/∂x_in, vector by vector", "∂C/∂x_in, scalar by vector")}),
    (jacobians.linear_module, replaced("affine_backward_weights", larger(REFERENCE.affine_backward_weights)), {
        "rows of ∂C/∂W, scalar by matrix: those of W", "columns of ∂C/∂W, scalar by matrix: those of W"}),
    (power.decision_surfaces, replaced("sigmoid", lambda z: sigmoid([[-each for each in row] for row in z])), {
        f"{layers}: points of 289 that are decided otherwise" for layers in ("1 layer", "2 layers", "3 layers")}),
    (power.decision_surfaces, replaced("sigmoid", lambda z: z), {
        "1 layer: points of a line where the output is not ½"}),
    (power.decision_surfaces, always([power.UPRIGHT, power.FOOT]), {
        "1 layer: pairs inside with their middle outside", "1 layer: pairs outside with their middle inside",
        "2 layers: pairs inside with their middle outside"}),
    (power.decision_surfaces, always([[power.HALF_PLANE]]), {
        "2 layers: pairs outside with their middle inside", "3 layers: pairs inside with their middle outside"}),
    (power.growth_of_parameters, all_layers_narrow, {
        "parameters with 32 units a layer", "parameters with 64 units a layer",
        "how many times as many with twice the units"}),
]
WRONG_KERNELS = [
    ("tanh", modules.branch_and_plus, {"x_out_1", "∂E/∂x_out_1", "∂E/∂W_11"}),
    ("tanh_backward", modules.pointwise_module, {"tanh, ∂C/∂x_1"}),
    ("relu_backward", modules.pointwise_module, {"relu, ∂C/∂x_1"}),
    ("softmax", modules.softmax_module, {"z_1", "∂z_1/∂x_1", "∂E/∂x_1"}),
    ("softmax_backward", modules.softmax_module, {"∂z_1/∂x_1", "∂z_1/∂x_1, β = 0.5", "∂z_1/∂x_1, exp(−x)"}),
    ("cross_entropy_from_logits", modules.softmax_module, {"E"}),
    ("fused_cross_entropy_backward", modules.softmax_module, {"∂E/∂x_1", "∂E/∂x_1, exp(−x)"}),
    ("leaky_relu_backward", modules.leaky_relu, {"leaky ReLU's gradient at −2"}),
    ("adagrad_update", optimizers.three_steps, {"AdaGrad, w1 after step 1", "AdaGrad, how far w1 moves in step 1"}),
    ("nesterov_update", optimizers.three_steps, {"Nesterov, w1 after step 1"}),
    ("nesterov_look_ahead", optimizers.three_steps, {"Nesterov, w1 after step 2"}),
    ("momentum_update", optimizers.momentum_as_one_sum, {"distance from θ + αΔθ − η∇ in 5 steps of momentum"}),
    ("sgd_update", optimizers.sign_of_the_update, {"numbers of θ + (−η)∇ that differ from θ − η∇"}),
    ("column_means", normalization.algorithm_1, {"μ", "x̂_1", "y_1", "∂L/∂γ", "∂L/∂x_1"}),
    ("column_variances", normalization.algorithm_1, {"σ²", "x̂_4", "1/m Σ x̂_i²"}),
    ("batch_norm_backward", normalization.algorithm_1, {"∂L/∂x_1"}),
    ("tanh_backward", jacobians.shapes_in_the_chain_rule, {
        "∂u_1/∂x_1", "∂z_1/∂u_1", "∂z_1/∂x_1", "distance of dz/du · du/dx from dz/dx"}),
    ("affine_backward_input", jacobians.linear_module, {
        "∂C/∂x_in_1", "numbers in ∂x_out/∂x_in that differ from W"}),
    ("affine_backward_weights", jacobians.linear_module, {
        "∂C/∂W_11", "numbers in ∂C/∂W, transposed, that differ from x_in ∂C/∂x_out"}),
    ("affine", jacobians.linear_module, {"x_out_1", "∂C/∂x_out_1", "∂C/∂b_1"}),
]
MODULES = (modules, optimizers, normalization, dropout, jacobians, power)


@pytest.mark.parametrize("example, broken, fails", BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_statement_fails_where_it_is_false(example, broken, fails, monkeypatch):
    broken(monkeypatch)
    assert fails <= failing(example)


@pytest.mark.parametrize("kernel, example, fails", WRONG_KERNELS)
def test_a_wrong_kernel_shows(kernel, example, fails):
    assert fails <= failing(example, OneKernelWrong(kernel))


def test_every_statement_is_broken_once():
    covered = {quantity for *_, fails in BROKEN + WRONG_KERNELS for quantity in fails}
    assert {quantity for module in MODULES for quantity in statements(module)} <= covered
