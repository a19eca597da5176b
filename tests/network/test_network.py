"""Layers, losses, penalties, initializers and the network made of them: exact small cases, on both backends."""

import copy
import hashlib
import math
import struct
from fractions import Fraction

import pytest

import refnet as rn
from refnet.arithmetic.elementary import exp, log, log1p, sigmoid, tanh
from refnet.arithmetic.random import INITIALIZE_STREAM, stream_key, uniform
from refnet.arithmetic.random import normal as standard_normal
from refnet.kernels import choose
from refnet.verify.compare import first_difference

INF, NAN = math.inf, math.nan


def same(found, expected):
    assert first_difference(found, expected) == ""


def bits(net):
    """Every parameter's numbers by name."""
    return {name: net.get(name) for name in net.parameters}


def small(backend, **more):
    """2-2-1, linear, weights and biases fixed: every number below is exact by hand."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Dense(1)], backend=backend, **more)
    net.weights = [[[0.5, -1.0], [2.0, 0.25]], [[2.0, -4.0]]]
    net.biases = [[0.5, -0.5], [1.0]]
    return net


# --- Forward and backward by hand -------------------------------------------------------------------------------


def test_dense_layers_by_hand(backend):
    net = small(backend)
    # z1 = 0.5 + 0.5·1 − 1·2 = −1; z2 = −0.5 + 2·1 + 0.25·2 = 2; o = 1 + 2·(−1) − 4·2 = −9
    # and for (−2, 4): −4.5, −3.5; 1 − 9 + 14 = 6
    assert net.forward([[1, 2], [-2, 4]]) == [[-9.0], [6.0]]
    # ½Σ(o − y)² of (−9 − −8) and (6 − 4): ½ + 2, over 2 rows
    assert net.loss([[-8.0], [4.0]], rn.HalfSquaredError()) == 1.25
    d = net.backward(input_gradient=True)
    # δ = (−1, 2)/2 = (−½, 1); ∂W² = −½·(−1, 2) + 1·(−4.5, −3.5) = (−4, −4.5); ∂b² = ½
    # δ¹ = δ·(2, −4) = (−1, 2), (2, −4); ∂W¹ = rows of δ¹ᵀx; ∂b¹ = (1, −2); ∂x = δ¹W¹
    assert net.gradients == {
        "dense1.weights": [[-1.0 - 4.0, -2.0 + 8.0], [2.0 + 8.0, 4.0 - 16.0]],
        "dense1.bias": [1.0, -2.0],
        "dense2.weights": [[-4.0, -4.5]],
        "dense2.bias": [0.5],
    }
    assert d == [[-0.5 + 4.0, 1.0 + 0.5], [1.0 - 8.0, -2.0 - 1.0]]


def test_without_bias(backend):
    net = rn.Network([rn.Input(2), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[2.0, -0.5]]]
    assert net.biases == []
    assert list(net.parameters) == ["dense1.weights"]
    assert net.forward([[1.0, 4.0]]) == [[0.0]]
    net.loss([[1.0]], rn.HalfSquaredError())
    net.backward()
    assert net.gradients == {"dense1.weights": [[-1.0, -4.0]]}


D = [[3.0, -2.0, 4.0]]


@pytest.mark.parametrize("layer, z, output, gradient", [
    (rn.Sigmoid(), [0.0, INF, -INF], [0.5, 1.0, 0.0], [0.75, -0.0, 0.0]),
    (rn.Tanh(), [0.0, INF, -INF], [0.0, 1.0, -1.0], [3.0, -0.0, 0.0]),
    (rn.ReLU(), [2.0, -3.0, 0.0], [2.0, 0.0, 0.0], [3.0, 0.0, 0.0]),
    (rn.ReLU(gradient_at_zero=1), [2.0, -3.0, 0.0], [2.0, 0.0, 0.0], [3.0, 0.0, 4.0]),
    (rn.LeakyReLU(0.25), [2.0, -3.0, 0.0], [2.0, -0.75, 0.0], [3.0, -0.5, 4.0]),
    (rn.LeakyReLU(), [2.0, -3.0, 0.0], [2.0, -0.03, 0.0], [3.0, -0.02, 4.0]),
    # o = (½, ½, 0): Σ d·o = ½; o·(d − ½)·β
    (rn.Softmax(), [7.0, 7.0, -INF], [0.5, 0.5, 0.0], [1.25, -1.25, 0.0]),
    (rn.Softmax(beta=2.0), [7.0, 7.0, -INF], [0.5, 0.5, 0.0], [2.5, -2.5, 0.0]),
    (rn.Standardize([1.0, 2.0, 3.0], [2.0, 4.0, 0.5]), [2.0, 0.0, 3.0], [0.5, -0.5, 0.0], [1.5, -0.5, 8.0]),
])  # fmt: skip
def test_activations_by_hand(backend, layer, z, output, gradient):
    net = rn.Network([rn.Input(3), copy.deepcopy(layer)], backend=backend)
    same(net.forward([z]), [output])
    same(net.backward(D, input_gradient=True), [gradient])
    assert net.outputs == 3 and net.gradients == {}


def test_layers_default_to_glorot_weights_and_zero_biases(backend):
    net = rn.Network([rn.Input(3), rn.Dense(2)], backend=backend, seed=5)
    key = stream_key(5, INITIALIZE_STREAM)
    alpha = math.sqrt(3.0 * (2.0 / 5.0))
    same(net.weights[0], [[2.0 * alpha * (uniform(key, 3 * j + i) - 0.5) for i in range(3)] for j in range(2)])
    assert net.biases == [[0.0, 0.0]]


def test_bytes_go_in_as_their_255th(backend):
    images = rn.data.ByteMatrix(bytes([0, 51, 255, 7]), 2, 2)
    net = rn.Network([rn.Input(2)], backend=backend)
    same(net.forward(images), [[0.0, 0.2], [1.0, float(Fraction(7, 255))]])
    net = small(backend)
    assert net.forward(images) == net.forward([[0.0, 51 / 255.0], [1.0, 7 / 255.0]])


def test_numpy_arrays_go_in(backend):
    numpy = pytest.importorskip("numpy")
    net = small(backend)
    for dtype in ("float64", "float32", "int64", "uint8"):
        assert net.forward(numpy.array([[1, 2]], dtype=dtype)) == [[-9.0]]
    assert net.forward(numpy.array([[1.0, -2.0], [2.0, 4.0]])[::-1].T) == net.forward([[2.0, 1.0], [4.0, -2.0]])
    net.weights = [numpy.array([[1.0, 0.0], [0.0, 1.0]]), numpy.array([[1.0, 1.0]])]
    assert net.weights == [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0]]]
    net.forward([[1.0, 1.0]])
    assert net.loss(numpy.array([[3.0]]), rn.HalfSquaredError()) == 0.0  # 1 + (0.5 + 1) + (−0.5 + 1)


def test_nan_and_infinity_pass_forward(backend):
    net = small(backend)
    # (∞, 0): both hidden units ∞, 2·∞ − 4·∞; (0, −∞): the units ∞ and −∞, 2·∞ − 4·(−∞)
    same(net.forward([[NAN, 1.0], [INF, 0.0], [0.0, -INF], [1.0, 2.0]]), [[NAN], [NAN], [INF], [-9.0]])


# --- Losses -----------------------------------------------------------------------------------------------------

O = [[0.5, 0.25], [1.0, 2.0]]  # noqa: E741
Y = [[1.0, 0.0], [0.5, 0.5]]


@pytest.mark.parametrize("loss, value, gradient", [
    # squares ¼ + 1/16, ¼ + 9/4
    (rn.HalfSquaredError(), 0.5 * (0.3125 + 2.5) / 2.0, [[-0.25, 0.125], [0.25, 0.75]]),
    (rn.HalfSquaredError(over="sum"), 0.5 * (0.3125 + 2.5), [[-0.5, 0.25], [0.5, 1.5]]),
    (rn.MeanSquaredError(), (0.3125 + 2.5) / 2.0, [[-0.5, 0.25], [0.5, 1.5]]),
    (rn.MeanSquaredError(over="elements"), (0.3125 + 2.5) / 4.0, [[-0.25, 0.125], [0.25, 0.75]]),
    (rn.MeanSquaredError(over="sum"), 0.3125 + 2.5, [[-1.0, 0.5], [1.0, 3.0]]),
])  # fmt: skip
def test_squared_losses_by_hand(backend, loss, value, gradient):
    net = rn.Network([rn.Input(2)], backend=backend)
    net.forward(O)
    assert net.loss(Y, loss) == value
    same(net.backward(input_gradient=True), gradient)


def test_cross_entropy_by_hand(backend):
    net = rn.Network([rn.Input(2), rn.ReLU()], backend=backend)
    net.forward([[0.5, 0.25], [0.25, 0.5]])
    assert net.loss([[1.0, 0.0], [0.5, 0.5]], rn.CrossEntropy()) == (
        (-log(0.5)) + ((0.0 - 0.5 * log(0.25)) - 0.5 * log(0.5))) / 2.0
    same(net.backward(input_gradient=True), [[-1.0, 0.0], [-1.0, -0.5]])


def test_binary_cross_entropy_by_hand(backend):
    net = rn.Network([rn.Input(1), rn.ReLU()], backend=backend)
    net.forward([[0.5], [0.75]])
    assert net.loss([[1.0], [0.0]], rn.BinaryCrossEntropy()) == ((-log(0.5)) + (-log(0.25))) / 2.0
    same(net.backward(input_gradient=True), [[-1.0], [2.0]])


def test_class_indices_are_one_hot_rows(backend):
    found = []
    for targets in ([2, 0], [2.0, 0.0], [[0, 0, 1], [1, 0, 0]]):
        net = rn.Network([rn.Input(3), rn.Softmax()], backend=backend)
        net.forward([[1.0, 2.0, 3.0], [0.5, -0.5, 0.0]])
        found.append((net.loss(targets), net.backward(input_gradient=True)))
    assert found[0] == found[1] == found[2]


def test_a_flat_list_is_a_column_for_one_output(backend):
    net = small(backend)
    net.forward([[1, 2], [-2, 4]])
    assert net.loss([-8.0, 4.0], rn.HalfSquaredError()) == 1.25


@pytest.mark.parametrize("last, expected", [
    (rn.Softmax, rn.CrossEntropy), (rn.Sigmoid, rn.BinaryCrossEntropy), (rn.Tanh, rn.MeanSquaredError),
    (rn.ReLU, rn.MeanSquaredError), (None, rn.MeanSquaredError),
])  # fmt: skip
def test_the_loss_that_belongs_with_the_last_layer(backend, last, expected):
    net = rn.Network([rn.Input(2), rn.Dense(2), *([last()] if last else [])], backend=backend)
    net.forward([[0.1, 0.2]])
    net.loss([[1.0, 0.0]])
    assert type(net.objective) is expected
    assert net.objective.over == "rows"


# --- Fused ------------------------------------------------------------------------------------------------------


def test_softmax_and_cross_entropy_fused_by_the_formula(backend):
    """Loss Σ y·(ln s − (t − m)), t = βz; gradient β(p − y), then over the rows."""
    z, y, beta = [0.5, -1.0, 2.0], [0.25, 0.0, 0.75], 0.5
    net = rn.Network([rn.Input(3), rn.Softmax(beta)], backend=backend)
    (p,) = net.forward([z, z, z])[:1]
    t = [beta * v for v in z]
    total = (exp(t[0] - t[2]) + exp(t[1] - t[2])) + exp(t[2] - t[2])
    one = (0.0 + 0.25 * (log(total) - (t[0] - t[2]))) + 0.75 * (log(total) - (t[2] - t[2]))
    assert net.loss([y, y, y], rn.CrossEntropy()) == ((one + one) + one) / 3.0
    expected = [beta * (o - target) / 3.0 for o, target in zip(p, y)]
    same(net.backward(input_gradient=True), [expected] * 3)


def test_sigmoid_and_binary_cross_entropy_fused_by_the_formula(backend):
    net = rn.Network([rn.Input(2), rn.Sigmoid()], backend=backend)
    net.forward([[0.5, -3.0]])
    first = (0.5 - 0.5 * 1.0) + log1p(exp(-0.5))
    assert net.loss([[1.0, 0.25]], rn.BinaryCrossEntropy()) == first + ((0.0 + 3.0 * 0.25) + log1p(exp(-3.0)))
    same(net.backward(input_gradient=True), [[sigmoid(0.5) - 1.0, sigmoid(-3.0) - 0.25]])


def test_fused_is_stable_for_any_logit(backend):
    net = rn.Network([rn.Input(2), rn.Softmax()], backend=backend)
    net.forward([[5000.0, -5000.0]])
    assert net.loss([1], rn.CrossEntropy()) == 10000.0
    same(net.backward(input_gradient=True), [[1.0, -1.0]])
    net.forward([[5000.0, -5000.0]])
    assert net.loss([1], rn.CrossEntropy(fused=False)) == INF  # −ln 0: nothing is clipped
    net = rn.Network([rn.Input(1), rn.Sigmoid()], backend=backend)
    net.forward([[-5000.0]])
    assert net.loss([1.0], rn.BinaryCrossEntropy()) == 5000.0
    same(net.backward(input_gradient=True), [[-1.0]])


@pytest.mark.parametrize("last, loss, targets", [
    (rn.Softmax, rn.CrossEntropy, [[0.25, 0.5, 0.25], [0.0, 1.0, 0.0]]), (rn.Softmax, rn.CrossEntropy, [2, 0]),
    (rn.Sigmoid, rn.BinaryCrossEntropy, [[0.25, 1.0, 0.0], [0.0, 0.5, 1.0]]),
])  # fmt: skip
def test_fused_apart_and_from_logits_agree(backend, last, loss, targets):
    """from_logits gives the fused bits. Apart the same formula is rounded elsewhere: p within a few ulp, 1/p·p, so
    1e-14 relative (45 ulp) is ample for three classes and logits below 3."""
    z = [[0.5, -1.25, 2.5], [-0.75, 0.0, 1.0]]
    results = {}
    for name, layers, objective in (
        ("fused", [last()], loss()), ("apart", [last()], loss(fused=False)), ("logits", [], loss(from_logits=True)),
    ):
        net = rn.Network([rn.Input(3), *layers], backend=backend)
        net.forward(z)
        results[name] = (net.loss(targets, objective), net.backward(input_gradient=True))
    assert results["fused"] == results["logits"]
    value, gradient = results["fused"]
    assert math.isclose(results["apart"][0], value, rel_tol=1e-14)
    for row, other in zip(results["apart"][1], gradient):
        for a, b in zip(row, other):
            assert math.isclose(a, b, rel_tol=1e-14, abs_tol=1e-15)
    # Guard: told not to, it did not fuse, for some bit differs.
    assert results["apart"] != results["fused"]


class Spy:
    """A backend that notes which kernels are called. It has nothing but the kernels, so nothing else can run them."""

    def __init__(self, k):
        self.name, self.called = "spy on " + k.name, []
        for name in ("matrix", "zeros", "shape", "tolist", "assign"):
            setattr(self, name, getattr(k, name))
        from refnet.kernels.seam import SEAM

        for name in SEAM:
            setattr(self, name, self._noting(name, getattr(k, name)))

    def _noting(self, name, kernel):
        def noted(*arguments):
            self.called.append(name)
            return kernel(*arguments)

        return noted


@pytest.mark.parametrize("last, loss, fused, kernels", [
    (rn.Softmax, rn.CrossEntropy, True, ["cross_entropy_from_logits", "fused_cross_entropy_backward"]),
    (rn.Softmax, rn.CrossEntropy, False, ["cross_entropy", "cross_entropy_backward", "softmax_backward"]),
    (rn.Sigmoid, rn.BinaryCrossEntropy, True, ["binary_cross_entropy_from_logits", "fused_cross_entropy_backward"]),
    (rn.Sigmoid, rn.BinaryCrossEntropy, False,
     ["binary_cross_entropy", "binary_cross_entropy_backward", "sigmoid_backward"]),
    (rn.Sigmoid, rn.CrossEntropy, True, ["cross_entropy", "cross_entropy_backward", "sigmoid_backward"]),
    (rn.Softmax, rn.BinaryCrossEntropy, True,
     ["binary_cross_entropy", "binary_cross_entropy_backward", "softmax_backward"]),
])  # fmt: skip
def test_what_is_fused_with_what(k, last, loss, fused, kernels):
    spy = Spy(k)
    net = rn.Network([rn.Input(2), rn.Dense(2), last()], backend=spy)
    net.forward([[1.0, -1.0]])
    net.loss([[1.0, 0.0]], loss(fused=fused))
    net.backward()
    assert [name for name in spy.called if "entropy" in name or name.endswith(("softmax_backward", "sigmoid_backward"))
            ] == kernels


def test_no_input_gradient_unless_asked(k):
    """The first layer with parameters is the last to be worked on."""
    spy = Spy(k)
    net = rn.Network([rn.Input(2), rn.Standardize([0.0, 0.0], [1.0, 1.0]), rn.Dense(2), rn.Dense(1)], backend=spy)
    for asked, inputs, standardized in ((False, 1, 0), (True, 2, 1)):
        net.forward([[1.0, 2.0]])
        net.loss([[0.0]])
        spy.called.clear()
        assert (net.backward(input_gradient=asked) is not None) is asked
        assert spy.called.count("affine_backward_input") == inputs
        assert spy.called.count("standardize_backward") == standardized
        assert spy.called.count("affine_backward_weights") == 2


# --- Gradient check ---------------------------------------------------------------------------------------------

LAYERS = {
    "sigmoid": rn.Sigmoid, "tanh": rn.Tanh, "relu": rn.ReLU, "relu with 1 at zero": lambda: rn.ReLU(1),
    "leaky relu": lambda: rn.LeakyReLU(0.1), "softmax": rn.Softmax, "softmax β": lambda: rn.Softmax(0.5),
    "standardize": lambda: rn.Standardize([0.1, -0.2, 0.3], [0.5, 2.0, 1.5]), "linear": None,
}
LOSSES = {
    "half squared": (lambda: rn.HalfSquaredError(), None),
    "half squared sum": (lambda: rn.HalfSquaredError("sum"), None),
    "mean squared": (lambda: rn.MeanSquaredError(), None),
    "by elements": (lambda: rn.MeanSquaredError("elements"), None),
    "binary": (lambda: rn.BinaryCrossEntropy(), rn.Sigmoid),
    "binary apart": (lambda: rn.BinaryCrossEntropy(fused=False), rn.Sigmoid),
    "binary of logits": (lambda: rn.BinaryCrossEntropy(from_logits=True), None),
    "binary after softmax": (lambda: rn.BinaryCrossEntropy("sum"), rn.Softmax),
    "categorical": (lambda: rn.CrossEntropy(), rn.Softmax),
    "categorical, β": (lambda: rn.CrossEntropy(), lambda: rn.Softmax(0.5)),
    "categorical apart": (lambda: rn.CrossEntropy(fused=False), rn.Softmax),
    "categorical of logits": (lambda: rn.CrossEntropy("sum", from_logits=True), None),
}
INPUTS = [[0.9, -0.4], [-1.1, 0.7], [0.3, 1.3], [-0.6, -0.8]]
SOFT = [[0.25, 0.5, 0.25], [0.0, 1.0, 0.0], [0.125, 0.125, 0.75], [0.5, 0.5, 0.0]]


def checked(layer, loss, backend):
    """A 2-3-layer-3 network with fixed weights, no net input near a kink, and its loss."""
    make, last = LOSSES[loss]
    between = [LAYERS[layer]()] if LAYERS[layer] else []
    layers = [rn.Input(2), rn.Dense(3), *between, rn.Dense(3), *([last()] if last else [])]
    net = rn.Network(layers, backend=backend)
    net.weights = [[[0.6, -0.7], [-0.4, 0.9], [0.8, 0.5]], [[0.5, -0.3, 0.7], [-0.6, 0.4, 0.2], [0.3, 0.8, -0.5]]]
    net.biases = [[0.15, -0.2, 0.1], [0.05, -0.1, 0.2]]
    return net, make()


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("layer", list(LAYERS))
def test_gradients_against_differences(layer, loss, backend):
    """Golden 18. With ε = 1e-5 the two-sided difference is off by ε²·J'''/6 ≈ 1e-11 and by the rounding of J over ε,
    1e-16/1e-5 = 1e-11, relative to gradients of 0.01 and more: 1e-6 is far above both and below any wrong formula.
    """
    net, objective = checked(layer, loss, backend)
    before = bits(net)
    assert rn.gradient_check(net, INPUTS, SOFT, objective) < 1e-6
    assert bits(net) == before  # it leaves the weights as they were
    net.forward(INPUTS)
    net.loss(SOFT, objective)
    net.backward()
    largest = {name: max(abs(v) for row in g for v in (row if isinstance(row, list) else [row]))
               for name, g in net.gradients.items()}
    if "standardize" not in layer and "softmax" not in layer:
        assert min(largest.values()) > 1e-3, largest  # guard: not passed by zeros
    assert max(largest.values()) > 1e-2


def test_the_check_finds_a_wrong_formula(backend):
    class Wrong(rn.Tanh):
        def backward(self, d, input_gradient=True):
            return self.k.scale(super().backward(d), 1.01)

    net = rn.Network([rn.Input(2), rn.Dense(3), Wrong(), rn.Dense(1)], backend=backend, seed=2)
    assert rn.gradient_check(net, INPUTS, [[0.1], [0.2], [0.3], [0.4]]) > 1e-4


def test_the_check_is_the_formula_of_lecture_001(backend):
    """diff = ‖approx − exact‖ / (‖approx‖ + ‖exact‖), with a gradient that is twice the right one: ‖g‖/3‖g‖."""
    class Twice(rn.Layer):
        def forward(self, x, training=False):
            return x

        def backward(self, d, input_gradient=True):
            return self.k.scale(d, 2.0)

    net = rn.Network([rn.Input(2), rn.Dense(1), Twice()], backend=backend, seed=2)
    # 1e-9: the difference quotient of a square is exact but for rounding (1e-16 over ε = 1e-5).
    assert math.isclose(rn.gradient_check(net, INPUTS, [[0.1], [0.2], [0.3], [0.4]]), 1.0 / 3.0, rel_tol=1e-9)


def test_the_check_refuses_a_gradient_of_zeros(backend):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.ReLU(), rn.Dense(1)], backend=backend)
    net.weights = [[[0.0, 0.0]] * 3, [[0.0] * 3]]
    net.biases = [[-1.0] * 3, [0.0]]
    with pytest.raises(ValueError, match="every gradient is zero"):
        rn.gradient_check(net, INPUTS, [[0.0]] * 4)


@pytest.mark.parametrize("penalty", [rn.L2(0.1), rn.L2(0.3, half=True), rn.L1(0.05), [rn.L1(0.02), rn.L2(0.03)]])
def test_the_gradients_of_penalties_against_differences(backend, penalty):
    layers = [rn.Input(2), rn.Dense(3, penalty=penalty), rn.Tanh(), rn.Dense(1)]
    net = rn.Network(layers, backend=backend, seed=2)
    assert rn.gradient_check(net, INPUTS, [[0.1], [0.2], [0.3], [0.4]]) < 1e-6  # for the reason see above
    net.forward(INPUTS)
    with_penalty = net.loss([[0.1], [0.2], [0.3], [0.4]])
    assert with_penalty - net.penalty_cost() > 0.0 and net.penalty_cost() > 1e-3


# --- Weights and gradients by name ------------------------------------------------------------------------------


def test_weights_and_biases_get_and_set(backend):
    net = small(backend)
    assert net.weights == [[[0.5, -1.0], [2.0, 0.25]], [[2.0, -4.0]]]
    assert net.biases == [[0.5, -0.5], [1.0]]
    assert net.get("dense1.weights") == net.weights[0] and net.get("dense2.bias") == [1.0]
    net.set("dense2.weights", [[7, 8]])
    assert net.weights[1] == [[7.0, 8.0]]
    net.set("dense1.bias", (3, 4))
    assert net.biases[0] == [3.0, 4.0]
    assert list(net.parameters) == ["dense1.weights", "dense1.bias", "dense2.weights", "dense2.bias"]


def test_assigning_copies(backend):
    net = small(backend)
    mine = [[1.0, 2.0], [3.0, 4.0]]
    net.set("dense1.weights", mine)
    mine[0][0] = 99.0
    net.weights[0][1][1] = 99.0
    net.biases[0][0] = 99.0
    assert net.weights[0] == [[1.0, 2.0], [3.0, 4.0]] and net.biases[0] == [0.5, -0.5]


def test_assigning_keeps_the_matrix(backend):
    """Whoever holds it (a recording, a view) sees the new numbers."""
    net = small(backend)
    held = net.parameters["dense1.weights"].value
    net.weights = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]
    assert net.parameters["dense1.weights"].value is held
    assert net.k.tolist(held) == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("attribute, values", [
    ("weights", [[[1.0, 2.0], [3.0, 4.0]]]), ("weights", []), ("weights", [[[1.0, 2.0], [3.0, 4.0]], [[5.0]]]),
    ("weights", [[[1.0, 2.0], [3.0]], [[5.0, 6.0]]]), ("weights", [[[1.0, 2.0]], [[5.0, 6.0]]]),
    ("weights", [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[5.0, 6.0]]]), ("weights", [[1.0, 2.0], [[5.0, 6.0]]]),
    ("weights", [[[9.0, 9.0], [9.0, 9.0]], [[5.0, "x"]]]), ("weights", None), ("weights", "weights"),
    ("weights", [[[9.0, 9.0], [9.0, 9.0]], [[5.0, None]]]), ("weights", 3.0),
    ("biases", [[1.0, 2.0]]), ("biases", [[1.0, 2.0], [3.0, 4.0]]), ("biases", [[9.0, 9.0], 3.0]),
    ("biases", [[[1.0, 2.0]], [3.0]]), ("biases", [[9.0, 9.0], ["x"]]),
])  # fmt: skip
def test_wrong_shapes_change_nothing(backend, attribute, values):
    net = small(backend)
    before = net.fingerprint()
    with pytest.raises((TypeError, ValueError), match=r"^(weights|bias|dense[12]\.(weights|bias)): "):
        setattr(net, attribute, values)
    assert net.fingerprint() == before


def test_unknown_names(backend):
    net = small(backend)
    for call in (lambda: net.get("dense3.weights"), lambda: net.set("dense3.weights", [[1.0]])):
        with pytest.raises(KeyError, match=r"dense3\.weights.*the network has dense1\.weights, dense1\.bias"):
            call()


def test_gradients_are_there_after_backward(backend):
    net = small(backend)
    assert net.gradients == {}
    net.forward([[1.0, 2.0]])
    net.loss([[0.0]])
    assert net.gradients == {}
    net.backward()
    assert list(net.gradients) == list(net.parameters)
    assert all(type(value) is float for value in net.gradients["dense1.bias"])
    net.gradients["dense1.bias"][0] = 99.0
    assert net.gradients["dense1.bias"][0] != 99.0


def test_backward_from_a_gradient_of_ones_own(backend):
    net = small(backend)
    net.forward([[1.0, 2.0]])
    assert net.backward([[-0.5]]) is None
    assert net.gradients["dense2.weights"] == [[0.5, -1.0]]
    assert net.gradients["dense2.bias"] == [-0.5]
    assert net.backward([[1.0]], input_gradient=True) == [[2.0 * 0.5 - 4.0 * 2.0, 2.0 * -1.0 - 4.0 * 0.25]]


def test_the_gradient_of_a_batch_is_the_mean_of_the_single_ones(backend):
    """Golden 25 in small: summed in order from 0.0, here exact numbers and a batch of four, so that nothing rounds."""
    net = small(backend)
    inputs, targets = [[1.0, 2.0], [-2.0, 4.0], [0.5, 0.25], [8.0, -1.0]], [[1.0], [2.0], [-4.0], [0.5]]
    net.forward(inputs)
    net.loss(targets, rn.HalfSquaredError())
    net.backward()
    together = net.gradients["dense1.weights"]
    singles = []
    for row, target in zip(inputs, targets):
        net.forward([row])
        net.loss([target], rn.HalfSquaredError())
        net.backward()
        singles.append(net.gradients["dense1.weights"])
    assert together == [[sum(s[j][i] for s in singles) / 4.0 for i in range(2)] for j in range(2)]


# --- Description ------------------------------------------------------------------------------------------------


def test_names_and_sizes(backend):
    net = rn.Network([rn.Input(4), rn.Dense(3), rn.ReLU(), rn.Dense(3), rn.ReLU(), rn.LeakyReLU(), rn.Dense(2),
                      rn.Softmax()], backend=backend)
    assert [layer.name for layer in net.layers] == [
        "input", "dense1", "relu1", "dense2", "relu2", "leakyrelu1", "dense3", "softmax1"]
    assert (net.inputs, net.outputs, net.backend, net.epoch) == (4, 2, backend, 0)
    assert [layer.units for layer in net.layers] == [4, 3, 3, 3, 3, 3, 2, 2]


def test_repr(backend):
    net = rn.Network([rn.Input(784), rn.Dense(30), rn.Sigmoid(), rn.Dense(10)], backend=backend)
    numbers = 784 * 30 + 30 + 30 * 10 + 10
    assert repr(net) == (
        f"Network(input(784) → dense1(30) → sigmoid1(30) → dense2(10); {numbers:,} parameters, backend {backend!r})")


# --- Fingerprint ------------------------------------------------------------------------------------------------


def test_the_fingerprint_by_hand(backend):
    """SHA-256 of the contract's version and each parameter's name, shape and bits."""
    net = small(backend)
    data = f"refnet contract {rn.CONTRACT}\n".encode()
    for name, rows, columns, values in (
        ("dense1.weights", 2, 2, (0.5, -1.0, 2.0, 0.25)), ("dense1.bias", 1, 2, (0.5, -0.5)),
        ("dense2.weights", 1, 2, (2.0, -4.0)), ("dense2.bias", 1, 1, (1.0,)),
    ):
        data += f"{name} {rows} {columns}\n".encode() + struct.pack(f"<{len(values)}d", *values)
    assert net.fingerprint() == hashlib.sha256(data).hexdigest()


def test_the_fingerprint_changes_with_one_bit(backend):
    net = small(backend)
    prints = {net.fingerprint()}
    for values in ([math.nextafter(0.5, 1.0), -0.5], [0.5, math.nextafter(-0.5, 0.0)], [0.0, -0.5], [-0.0, -0.5],
                   [5e-324, -0.5], [NAN, -0.5], [INF, -0.5]):
        net.set("dense1.bias", values)
        prints.add(net.fingerprint())
    assert len(prints) == 8
    net.set("dense1.bias", [0.5, -0.5])
    assert net.fingerprint() == small(backend).fingerprint()


def test_every_nan_is_one_nan(backend):
    quiet, negative, payload = (struct.unpack("<d", bytes.fromhex(word))[0] for word in (
        "000000000000f87f", "000000000000f8ff", "efbeadde0000f87f"))
    prints = set()
    for value in (quiet, negative, payload):
        net = small(backend)
        net.set("dense1.bias", [value, 0.0])
        prints.add(net.fingerprint())
    assert len(prints) == 1


def test_fingerprints_of_both_backends(both):
    prints = {rn.Network([rn.Input(5), rn.Dense(4), rn.Tanh(), rn.Dense(3)], backend=k, seed=8).fingerprint()
              for k in both}
    assert len(prints) == 1
    assert rn.Network([rn.Input(5), rn.Dense(4), rn.Tanh(), rn.Dense(3)], backend="python", seed=9
                      ).fingerprint() not in prints


# --- From one backend to the other ------------------------------------------------------------------------------

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def trainable(backend, penalty):
    return rn.Network([rn.Input(2), rn.Dense(4, penalty=penalty), rn.Tanh(), rn.Dense(3), rn.Softmax()],
                      backend=backend, seed=3)


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
@pytest.mark.parametrize("penalty", [None, rn.L2(0.01), rn.L1(0.02)])
def test_moving_while_training_changes_no_bit(both, optimizer, penalty):
    def train(net, epochs):
        return net.fit(XOR, [0, 1, 2, 1], epochs=epochs, batch_size=3)

    whole = trainable("python", penalty)
    whole.fit(XOR, [0, 1, 2, 1], optimizer=optimizer(0.3), penalty=rn.L2(0.003), epochs=2, batch_size=3)
    middle = train(whole, 2)
    train(whole, 2)

    moved = trainable("python", penalty)
    moved.fit(XOR, [0, 1, 2, 1], optimizer=optimizer(0.3), penalty=rn.L2(0.003), epochs=2, batch_size=3)
    assert moved.to("c") is moved and moved.backend == "c"
    assert train(moved, 2) == middle
    assert moved.to("python").backend == "python"
    train(moved, 2)
    assert moved.fingerprint() == whole.fingerprint()
    assert moved.epoch == whole.epoch == 6
    assert states(moved) == states(whole)
    if optimizer is not rn.SGD:
        assert any(v != 0.0 for table in states(moved).values() for row in table for v in row)


def states(net):
    """Every number of the optimizer's matrices, by parameter and name."""
    return {f"{name}.{matrix}": net.k.tolist(values)
            for name, matrices in net.optimizer.state.items() for matrix, values in matrices.items()}


def test_moving_takes_everything_along(both):
    net = rn.Network([rn.Input(2), rn.Standardize([0.5, 0.5], [0.25, 2.0]), rn.Dense(2)], backend="python", seed=1)
    net.forward(XOR)
    net.loss([[0.0, 1.0]] * 4)
    net.backward()
    before = net.forward(XOR), net.gradients, bits(net)
    net.to("c")
    assert (net.forward(XOR), net.gradients, bits(net)) == before
    assert net.k.name == "c" and all(layer.k is net.k for layer in net.layers)
    net.to("python")
    assert (net.forward(XOR), net.gradients, bits(net)) == before


def test_moving_to_where_it_is_keeps_the_pass(backend):
    net = small(backend)
    net.forward([[1.0, 2.0]])
    net.loss([[0.0]])
    assert net.to(backend) is net
    net.backward()
    assert net.gradients["dense2.bias"] == [-18.0]


def test_backward_after_a_move_asks_for_a_new_pass(both):
    net = small("python")
    net.forward([[1.0, 2.0]])
    net.loss([[0.0]])
    net.to("c")
    with pytest.raises(ValueError, match="no loss yet"):
        net.backward()
    with pytest.raises(ValueError, match="no forward pass yet on this backend"):
        net.backward([[1.0]])


# --- A layer of the user's own ----------------------------------------------------------------------------------


class Gaussian(rn.Layer):
    """o = e^(−z²)·gain + shift, composed of kernels; gain and shift are trained."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.parameters["gain"] = rn.Parameter(k.matrix([[1.0 + 0.25 * i for i in range(inputs)]]), is_row=True)
        self.parameters["shift"] = rn.Parameter(k.zeros(1, inputs), is_row=True)

    def forward(self, x, training=False):
        k = self.k
        self.x, rows = x, k.shape(x)[0]
        self.ones = k.matrix([[1.0]] * rows)
        self.bell = k.exp(k.scale(k.multiply(x, x), -1.0))
        gain, shift = (self._spread(name) for name in ("gain", "shift"))
        return k.add(k.multiply(self.bell, gain), shift)

    def _spread(self, name):
        """The one row of a parameter for each row of the batch: an outer product with ones."""
        k = self.k
        return k.affine_backward_weights(k.matrix([[1.0] * k.shape(self.ones)[0]]), self.parameters[name].value)

    def backward(self, d, input_gradient=True):
        k = self.k
        self.parameters["gain"].gradient = k.column_sums(k.multiply(d, self.bell))
        self.parameters["shift"].gradient = k.column_sums(d)
        slope = k.multiply(self.bell, k.scale(self.x, -2.0))
        return k.multiply(k.multiply(d, self._spread("gain")), slope)


def gaussian(backend):
    return rn.Network([rn.Input(2), rn.Dense(3), Gaussian(), rn.Dense(2)], backend=backend, seed=6)


def test_a_layer_of_ones_own_is_right(backend):
    assert rn.gradient_check(gaussian(backend), INPUTS, [[0.1, 0.9]] * 4) < 1e-6  # for the reason see above
    net = gaussian(backend)
    assert list(net.parameters)[2:4] == ["gaussian1.gain", "gaussian1.shift"]
    assert net.get("gaussian1.gain") == [1.0, 1.25, 1.5]


@pytest.mark.filterwarnings("ignore::UserWarning")  # the C backend may say that it cannot record such a layer
def test_a_layer_of_ones_own_gives_the_same_bits(both):
    nets = []
    for name in ("python", "c"):
        net = gaussian(name)
        net.fit(INPUTS, [[0.1, 0.9]] * 4, optimizer=rn.Momentum(0.1), epochs=5, batch_size=3, shuffle=True)
        nets.append(net)
    assert nets[0].fingerprint() == nets[1].fingerprint() != gaussian("python").fingerprint()
    same(nets[0].predict(INPUTS), nets[1].predict(INPUTS))
    same(nets[0].to("c").predict(INPUTS), nets[1].predict(INPUTS))


def test_a_layer_without_formulas_says_so(backend):
    net = rn.Network([rn.Input(2), rn.Layer()], backend=backend)
    with pytest.raises(TypeError, match="Layer defines no forward"):
        net.forward([[1.0, 2.0]])


# --- Penalties --------------------------------------------------------------------------------------------------


def penalised(backend, penalty):
    net = rn.Network([rn.Input(2), rn.Dense(2, penalty=penalty), rn.Dense(1)], backend=backend)
    net.weights = [[[0.5, -1.0], [2.0, 0.0]], [[2.0, -4.0]]]
    net.biases = [[0.5, -0.5], [1.0]]
    return net


def gradients_with(net):
    net.forward([[1.0, 2.0]])
    value = net.loss([[0.0]], rn.HalfSquaredError())
    net.backward()
    return value, net.gradients


@pytest.mark.parametrize("penalty, cost, extra", [
    (rn.L2(0.25), 0.25 * 5.25, lambda w: 0.5 * w), (rn.L2(0.25, half=True), 0.125 * 5.25, lambda w: 0.25 * w),
    (rn.L1(0.25), 0.25 * 3.5, lambda w: 0.25 * ((w > 0.0) - (w < 0.0))),
    ([rn.L1(0.25), rn.L2(0.25)], 0.25 * 3.5 + 0.25 * 5.25, lambda w: 0.25 * ((w > 0.0) - (w < 0.0)) + 0.5 * w),
    (rn.L2(0.0), 0.0, lambda w: 0.0),
])  # fmt: skip
def test_a_layers_penalty_by_hand(backend, penalty, cost, extra):
    """On this layer's weights alone: not on its bias, not on the next layer."""
    plain_value, plain = gradients_with(penalised(backend, None))
    value, found = gradients_with(penalised(backend, penalty))
    assert value == plain_value + cost
    w = [[0.5, -1.0], [2.0, 0.0]]
    expected = dict(plain)
    expected["dense1.weights"] = [[g + extra(v) for g, v in zip(gs, ws)] for gs, ws in zip(plain["dense1.weights"], w)]
    assert found == expected


def test_the_networks_penalty_by_hand(backend):
    """Handed to fit: on every layer's weights that has none of its own, never on biases; one step by hand."""
    for own, on_first in ((None, 0.5), (rn.L2(0.5), 1.0)):
        plain = gradients_with(penalised(backend, None))[1]
        net = penalised(backend, own)
        weights, biases = net.weights, net.biases
        history = net.fit([[1.0, 2.0]], [[0.0]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.125),
                          penalty=rn.L2(0.25), batch_size=1)
        for place, factor in ((0, on_first), (1, 0.5)):
            g = plain[f"dense{place + 1}.weights"]
            assert net.weights[place] == [
                [w - 0.125 * (d + factor * w) for w, d in zip(ws, ds)] for ws, ds in zip(weights[place], g)]
            g = plain[f"dense{place + 1}.bias"]
            assert net.biases[place] == [b - 0.125 * d for b, d in zip(biases[place], g)]
        assert history["loss"] == [gradients_with(penalised(backend, None))[0]]  # without penalties
        first = 0.5 if own else 0.25
        squares = [sum(v * v for row in table for v in row) for table in net.weights]
        # The sums are short and the numbers dyadic; 1e-15 for the one rounding that sum's grouping may differ in.
        assert math.isclose(net.penalty_cost(), first * squares[0] + 0.25 * squares[1], rel_tol=1e-15)


def test_penalty_costs_are_added_in_the_order_of_the_parameters(backend):
    """(1e16 + 1) + 1 stays 1e16, two ties; (1 + 1) + 1e16 does not."""
    net = rn.Network([rn.Input(1), rn.Dense(1, penalty=rn.L1(1.0)), rn.Dense(1, penalty=rn.L1(1.0)),
                      rn.Dense(1, penalty=rn.L1(1.0))], backend=backend)
    for weights, expected in (([1e16, 1.0, 1.0], 1e16), ([1.0, 1.0, 1e16], 1e16 + 2.0)):
        net.weights = [[[w]] for w in weights]
        assert net.penalty_cost() == expected


def test_a_penalty_comes_after_the_mean(backend):
    """Over four rows: (Σ g)/4 + 2λw, not (Σ g + 2λw)/4."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False, penalty=rn.L2(0.5))], backend=backend)
    net.weights = [[[2.0]]]
    net.forward([[1.0]] * 4)
    assert net.loss([[0.0]] * 4, rn.HalfSquaredError()) == 2.0 + 0.5 * 4.0
    net.backward()
    assert net.gradients == {"dense1.weights": [[2.0 + 1.0 * 2.0]]}


# --- Initializers -----------------------------------------------------------------------------------------------

INITIALIZERS = {
    "Constant": (rn.Constant(0.25), None), "Zeros": (rn.Zeros(), None),
    "Normal": (rn.Normal(0.3), 0.3 * 0.3), "Uniform": (rn.Uniform(0.6), 0.6 * 0.6 / 3.0),
    "Glorot": (rn.Glorot(), 2.0 / 150.0), "Glorot normal": (rn.Glorot("normal"), 2.0 / 150.0),
    "He": (rn.He(), 2.0 / 100.0), "He uniform": (rn.He("uniform"), 2.0 / 100.0),
    "LeCun": (rn.LeCun(), 1.0 / 100.0), "LeCun uniform": (rn.LeCun("uniform"), 1.0 / 100.0),
}


@pytest.mark.parametrize("name", list(INITIALIZERS))
def test_initial_weights_of_both_backends(both, name):
    initializer = INITIALIZERS[name][0]
    tables = [k.tolist(initializer(k, 12345, 50, 100)) for k in both]
    same(*tables)
    assert len(tables[0]) == 50 and len(tables[0][0]) == 100


@pytest.mark.parametrize("name", list(INITIALIZERS))
def test_initial_weights_by_formula(k, name):
    """Exact: σ·normal, or (u − ½)·2α, draw i·inputs + j of the key, with σ² or α²/3 the variance."""
    initializer, variance = INITIALIZERS[name]
    found = k.tolist(initializer(k, 7, 50, 100))
    values = [v for row in found for v in row]
    if variance is None:
        assert set(values) == {initializer.value}
        return
    if name in ("Normal", "Glorot normal", "He", "LeCun"):
        sigma = 0.3 if name == "Normal" else math.sqrt(variance)
        assert values == [sigma * standard_normal(7, n) for n in range(5000)]
    else:
        alpha = 0.6 if name == "Uniform" else math.sqrt(3.0 * variance)
        assert values == [2.0 * alpha * (uniform(7, n) - 0.5) for n in range(5000)]
        assert all(-alpha <= v < alpha for v in values)
        assert max(values) > 0.99 * alpha and min(values) < -0.99 * alpha
    # Of 5000 draws the measured variance is off by at most √(2/5000) = 2 % (one σ); five of them.
    assert math.isclose(math.fsum(v * v for v in values) / 5000, variance, rel_tol=0.1)


def test_each_parameter_has_a_stream_of_its_own(backend):
    def net(**more):
        return rn.Network([rn.Input(3), rn.Dense(3, biases=rn.Normal(1.0)), rn.Dense(3, biases=rn.Normal(1.0))],
                          backend=backend, **more)

    one = net(seed=4)
    tables = [*one.weights, [one.biases[0]], [one.biases[1]]]
    assert len({v for table in tables for row in table for v in row}) == 3 * 3 * 2 + 3 * 2
    same(net(seed=4).weights[0], one.weights[0])
    assert net(seed=5).weights != one.weights
    key = stream_key(4, INITIALIZE_STREAM + 3)
    same([one.biases[1]], [[standard_normal(key, n) for n in range(3)]])


def test_units_that_start_equal_stay_equal(backend):
    """Lectures 003, 004: with all weights equal a hidden layer is one unit, however long it is trained."""
    def train(weights):
        net = rn.Network([rn.Input(2), rn.Dense(3, weights=weights), rn.Sigmoid(),
                          rn.Dense(1, weights=rn.Constant(0.5)), rn.Sigmoid()], backend=backend, seed=2)
        net.fit(XOR, [0, 1, 1, 0], optimizer=rn.Momentum(0.5), epochs=20, batch_size=2)
        return net

    net = train(rn.Constant(0.5))
    first = net.weights[0][0]
    assert first != [0.5, 0.5]  # it has learnt
    same(net.weights[0], [first] * 3)
    assert len(set(net.biases[0])) == 1 and len(set(net.weights[1][0])) == 1
    rows = train(rn.Uniform(0.5)).weights[0]
    assert rows[0] != rows[1] != rows[2]


# --- Building ---------------------------------------------------------------------------------------------------


def test_a_backend_of_ones_own(k):
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=Spy(k))
    net.forward([[1.0, 2.0]])
    assert net.k.called[-1] == "affine" and net.backend == "spy on " + k.name


def test_auto_is_c_where_it_is_built(native, monkeypatch):
    monkeypatch.delenv("REFNET_BACKEND", raising=False)
    assert rn.Network([rn.Input(1)]).backend == "c"
    monkeypatch.setenv("REFNET_BACKEND", "python")
    assert rn.Network([rn.Input(1)]).backend == "python"
    assert rn.Network([rn.Input(1)], backend="c").backend == "c"
    monkeypatch.setenv("REFNET_BACKEND", "c")
    assert rn.Network([rn.Input(1)]).backend == "c"
    assert rn.Network([rn.Input(1)], backend="python").backend == "python"
    assert choose("c") is native


def test_a_loop_of_ones_own(backend):
    """Forward, loss, backward, update: four lines, and the bits of fit."""
    net, optimizer = small(backend), rn.SGD(0.0625)
    for _ in range(3):
        net.forward([[1.0, 2.0]], training=True)
        net.loss([[0.5]], rn.HalfSquaredError())
        net.backward()
        optimizer.update(net)
    fitted = small(backend)
    fitted.fit([[1.0, 2.0]], [[0.5]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.0625), epochs=3, batch_size=1)
    assert net.fingerprint() == fitted.fingerprint() != small(backend).fingerprint()


def test_a_loop_of_ones_own_with_nesterov(backend):
    net, optimizer = small(backend), rn.Nesterov(0.0625, mu=0.5)
    for _ in range(3):
        seen = net.fingerprint()
        optimizer.before_forward(net)
        net.forward([[1.0, 2.0]], training=True)
        net.loss([[0.5]], rn.HalfSquaredError())
        net.backward()
        optimizer.update(net)
        assert net.fingerprint() != seen
    fitted = small(backend)
    fitted.fit([[1.0, 2.0]], [[0.5]], loss=rn.HalfSquaredError(), optimizer=rn.Nesterov(0.0625, mu=0.5), epochs=3,
               batch_size=1)
    assert net.fingerprint() == fitted.fingerprint()
    other = small(backend)
    other.fit([[1.0, 2.0]], [[0.5]], loss=rn.HalfSquaredError(), optimizer=rn.Momentum(0.0625, mu=0.5), epochs=3,
              batch_size=1)
    assert other.fingerprint() != fitted.fingerprint()


def test_tanh_network_is_its_formula(backend):
    net = small(backend)
    deep = rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(1)], backend=backend)
    deep.weights, deep.biases = net.weights, net.biases
    assert deep.forward([[1.0, 2.0]]) == [[(1.0 + 2.0 * tanh(-1.0)) + -4.0 * tanh(2.0)]]


# --- A layer of the user's own is checked alike on both backends -----------------------------------------------------


class Careless(rn.Layer):
    """Hands kernels what does not fit together."""

    def __init__(self, mistake):
        super().__init__()
        self.mistake = mistake

    def forward(self, x, training=False):
        return self.mistake(self.k, x)

    def backward(self, d, input_gradient=True):
        return d


MISTAKES = {
    "widths": (lambda k, x: k.affine(x, k.zeros(2, 5)), r"affine\(.*weights has shape \(2, 5\), but k is 3"),
    "rows": (lambda k, x: k.add(x, k.zeros(1, 3)), r"add\(.*b has shape \(1, 3\), but m is 2"),
    "a row that is not there": (lambda k, x: k.take_rows(x, k.matrix([[0.0, 2.0]])), r"holds 2.0 at 1; .* 0 to 1"),
    "a row before the first": (lambda k, x: k.take_rows(x, k.matrix([[-1.0]])), r"holds -1.0 at 0; .* 0 to 1"),
    "half a row": (lambda k, x: k.take_rows(x, k.matrix([[0.5]])), "holds 0.5 at 0"),
    "no class": (lambda k, x: k.one_hot(k.matrix([[3.0]]), 3), "classes holds 3.0 at 0; allowed .* 0 to 2"),
    "NaN for a class": (lambda k, x: k.one_hot(k.matrix([[math.nan]]), 3), "classes holds nan at 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_of_an_own_layer_are_found_on_both_backends(backend, name):
    mistake, message = MISTAKES[name]
    net = rn.Network([rn.Input(3), Careless(mistake)], backend=backend)
    with pytest.raises(ValueError, match=message):
        net.forward([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
