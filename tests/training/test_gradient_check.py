"""Is every gradient the slope of the loss, and does gradient_check find one that is not?"""

import math

import pytest

import refnet as rn

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
    before = net.fingerprint()
    assert rn.gradient_check(net, INPUTS, SOFT, objective) < 1e-6
    assert net.fingerprint() == before  # the check leaves the weights as they were
    net.forward(INPUTS)
    net.loss(SOFT, objective)
    net.backward()
    largest = {name: max(abs(v) for row in g for v in (row if isinstance(row, list) else [row]))
               for name, g in net.gradients.items()}
    if "standardize" not in layer and "softmax" not in layer:
        assert min(largest.values()) > 1e-3, largest  # guard: zeros would pass the check
    assert max(largest.values()) > 1e-2


@pytest.mark.parametrize("number", ["binary64", "binary32", "binary16", "Q7.8"])
def test_the_check_finds_a_wrong_formula_in_every_format(backend, number):
    class Wrong(rn.Tanh):
        def backward(self, d, input_gradient=True):
            return self.k.scale(super().backward(d), 1.01)

    backend = backend if number in ("binary64", "binary32") else "python"
    for tanh, is_right in ((rn.Tanh, True), (Wrong, False)):
        net = rn.Network([rn.Input(2), rn.Dense(3), tanh(), rn.Dense(1)], backend=backend, seed=2, number=number)
        before = net.fingerprint()
        difference = rn.gradient_check(net, INPUTS, [[0.1], [0.2], [0.3], [0.4]])
        assert difference < 1e-6 if is_right else difference > 1e-4
        assert (net.number, net.fingerprint()) == (number, before)


def test_the_check_is_the_formula_of_lecture_001(backend):
    """diff = ‖approx − exact‖ / (‖approx‖ + ‖exact‖), with a gradient that is twice the right one: ‖g‖/3‖g‖."""
    class Twice(rn.Layer):
        def forward(self, x, training=False):
            return x

        def backward(self, d, input_gradient=True):
            return self.k.scale(d, 2.0)

    net = rn.Network([rn.Input(2), rn.Dense(1), Twice()], backend=backend, seed=2)
    # 1e-9: the difference quotient of a square is exact except for rounding (1e-16 over ε = 1e-5).
    assert math.isclose(rn.gradient_check(net, INPUTS, [[0.1], [0.2], [0.3], [0.4]]), 1.0 / 3.0, rel_tol=1e-9)


def test_the_check_refuses_a_gradient_of_zeros(backend):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.ReLU(), rn.Dense(1)], backend=backend)
    net.weights = [[[0.0, 0.0]] * 3, [[0.0] * 3]]
    net.biases = [[-1.0] * 3, [0.0]]
    with pytest.raises(ValueError, match="every gradient is zero"):
        rn.gradient_check(net, INPUTS, [[0.0]] * 4)


def test_without_parameters_there_is_nothing_to_check(backend):
    a, b = rn.Input(2), rn.Input(2)
    graph = rn.Network(rn.Tanh()(rn.Add()(a, b)), backend=backend)
    for net, inputs in ((graph, [INPUTS, INPUTS]), (rn.Network([rn.Input(2), rn.Sigmoid()], backend=backend), INPUTS)):
        with pytest.raises(ValueError, match="gradient_check: the network has no parameters"):
            rn.gradient_check(net, inputs, [[0.5, 0.5]] * 4)


@pytest.mark.parametrize("penalty", [rn.L2(0.1), rn.L2(0.3, half=True), rn.L1(0.05), [rn.L1(0.02), rn.L2(0.03)]])
def test_the_gradients_of_penalties_against_differences(backend, penalty):
    layers = [rn.Input(2), rn.Dense(3, penalty=penalty), rn.Tanh(), rn.Dense(1)]
    net = rn.Network(layers, backend=backend, seed=2)
    assert rn.gradient_check(net, INPUTS, [[0.1], [0.2], [0.3], [0.4]]) < 1e-6  # 1e-6: for the reason see above
    net.forward(INPUTS)
    with_penalty = net.loss([[0.1], [0.2], [0.3], [0.4]])
    assert with_penalty - net.penalty_cost() > 0.0 and net.penalty_cost() > 1e-3
