"""Would it show if what lecture 000 says were false? Each statement is broken once, and its result disagrees."""

import pytest

import refnet as rn
from refnet.arithmetic.elementary import sigmoid
from refnet.graph import Unit
from refnet.kernels import REFERENCE
from refnet.lectures import backpropagation_000 as backpropagation
from refnet.lectures import in_passing_000 as in_passing
from refnet.lectures import integrate_and_fire_000 as spiking
from refnet.lectures import regularisation_000 as regularisation
from refnet.lectures import representation_000 as representation
from refnet.lectures import vanishing_gradients_000 as vanishing
from refnet.neurons import IntegrateAndFire


def failing(example, beginning=""):
    """The quantities that disagree; and whether they are all that begin so."""
    found = list(example("python"))
    wrong = [r.quantity for r in found if not r.agrees]
    return wrong, [r.quantity for r in found if r.quantity.startswith(beginning)] == wrong


def naive_backward(unit, gradient=1.0):
    """Every path by itself: a unit is visited as often as paths lead to it."""
    unit.gradient = (unit.gradient or 0.0) + gradient
    if unit.operands:
        sent = unit.operation.backward(gradient, unit.value, *[each.value for each in unit.operands])
        for operand, part in zip(unit.operands, sent):
            naive_backward(operand, part)


def twice(method):
    def run(self, *arguments, **named):
        method(self, *arguments, **named)
        return method(self, *arguments, **named)

    return run


# --- Backpropagation ---


@pytest.mark.parametrize(("name", "fails"), [
    ("cos", ["∂u/∂x at r = 2, t = 0.5", "∂u/∂r", "|∂u/∂t|"]), ("sin", ["∂u/∂y", "∂u/∂r", "|∂u/∂t|"]),
])  # fmt: skip
def test_21_an_ellipse_is_no_circle(name, fails, monkeypatch):
    function = getattr(backpropagation, name)
    monkeypatch.setattr(backpropagation, name, lambda x: 1.001 * function(x))
    assert failing(backpropagation.chain_rule) == (fails, False)


def test_22_a_backward_pass_along_every_path(monkeypatch):
    monkeypatch.setattr(Unit, "backward", naive_backward)
    wrong, _ = failing(backpropagation.backward_through_a_graph)
    assert wrong[-2:] == ["units visited more than once", "units visited before one of their outputs"]


@pytest.mark.parametrize("j", [6, 9, 12, 13])
def test_22_another_weight(j, monkeypatch):
    other = {**backpropagation.GRAPH, j: {i: w + 0.001 for i, w in backpropagation.GRAPH[j].items()}}
    monkeypatch.setattr(backpropagation, "GRAPH", other)
    assert "∂e/∂u4" in failing(backpropagation.backward_through_a_graph)[0]


def test_22_another_slope(monkeypatch):
    monkeypatch.setitem(backpropagation.GRAPH, 14, {5: 1.0, 10: 0.3, 11: 0.7, 9: 0.3})
    wrong, _ = failing(backpropagation.backward_through_a_graph)
    assert {"∂u14/∂u10", "∂e/∂u14", "∂e/∂u10", "∂e/∂u5"} <= set(wrong)


def test_23_more_passes_are_counted(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rn.Network, "forward", twice(rn.Network.forward))
        assert failing(backpropagation.evaluations)[0] == [
            "backpropagation: passes forward", "(e(w + ε) − e(w))/ε for 9 weights: evaluations",
            "two-sided for 9 weights: evaluations"]
    monkeypatch.setattr(rn.Network, "backward", twice(rn.Network.backward))
    assert "backpropagation: passes backward" in failing(backpropagation.evaluations)[0]


def test_23_a_wrong_gradient(monkeypatch):
    monkeypatch.setattr(REFERENCE, "tanh_backward", lambda o, d: d)
    assert failing(backpropagation.evaluations)[0] == ["largest distance from backpropagation"]


# --- Vanishing gradients ---


def test_24_the_derivative_left_out(monkeypatch):
    monkeypatch.setattr(REFERENCE, "sigmoid_backward", lambda o, d: d)
    assert failing(vanishing.product_of_seven_factors)[0] == ["de/dw"]


def test_24_other_outputs(monkeypatch):
    monkeypatch.setattr(vanishing, "X", 0.801)
    assert failing(vanishing.product_of_seven_factors)[1]


@pytest.mark.filterwarnings("ignore:fit")  # without a sigmoid it diverges
def test_24_nothing_vanishes_without_a_sigmoid(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(rn, "Sigmoid", rn.Linear)
        assert "change of w in 100 steps, one factor near zero" in failing(vanishing.one_factor_near_zero)[0]
    monkeypatch.setattr(vanishing, "X", 0.0)  # the last factor near zero, in both
    assert failing(vanishing.one_factor_near_zero)[0] == ["change of w in 100 steps, none near zero"]


@pytest.mark.parametrize(("activation", "fails"), [
    (rn.ReLU, ["‖∂e/∂w‖ of the first layer / the last, sigmoid", "loss after 20 epochs, sigmoid"]),
    (rn.Sigmoid, ["‖∂e/∂w‖ of the first layer / the last, sigmoid", "loss after 20 epochs, ReLU"]),
])  # fmt: skip
def test_24_both_with_the_same_activation(activation, fails, monkeypatch):
    made = vanishing.deep_network
    monkeypatch.setattr(vanishing, "deep_network", lambda backend, _: made(backend, activation))
    assert failing(vanishing.sigmoid_against_relu)[0] == fails


@pytest.mark.parametrize("seed", range(5))
def test_24_is_no_accident_of_one_seed(seed, monkeypatch, native):
    made = vanishing.deep_network
    monkeypatch.setattr(vanishing, "deep_network", lambda backend, activation: made(backend, activation, seed=seed))
    assert all(result.agrees for result in vanishing.sigmoid_against_relu("c"))


# --- Constraints and regularisers ---


def test_26_other_bounds(monkeypatch):
    clamp = rn.Clamp
    with monkeypatch.context() as patch:
        patch.setattr(rn, "Clamp", lambda high: None)
        assert failing(regularisation.constraint)[0] == ["w2"]
    monkeypatch.setattr(rn, "Clamp", lambda high: clamp(-1.0, 0.9))
    assert failing(regularisation.constraint)[1]


def test_26_other_penalties(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(regularisation.PENALTIES, "λw²", lambda lam: rn.L2(lam, half=True))
        patch.setitem(regularisation.PENALTIES, "λ|w|", lambda lam: rn.L1(0.9 * lam))
        assert failing(regularisation.penalties)[1]
    monkeypatch.setattr(regularisation, "PENALTIES", {"λw²": rn.L1, "λ|w|": rn.L2})
    assert failing(regularisation.weights_set_to_zero)[1]


OFF, SAME = "share of 1,000 units switched off, p = 0.5", "the same share"
OTHERS, LATER = "units neither 0 nor x/(1 − p)", "units switched off at prediction"


@pytest.mark.parametrize(("layer", "fails"), [
    (rn.Dropout(0.4), [OFF, OTHERS]), (rn.Dropout(0.6), [SAME, OTHERS]),
    (rn.Dropout(0.5, scaling="prediction"), [OTHERS]), (rn.GaussianNoise(0.5), [OFF, OTHERS]),
])  # fmt: skip
def test_26_other_dropout(layer, fails, monkeypatch):
    monkeypatch.setattr(rn, "Dropout", lambda p: layer)
    assert failing(regularisation.dropout)[0] == fails


MEAN, DEVIATION = "|mean of the noise|, 1,000 units, σ = 0.1", "standard deviation of the noise"
OTHER, CHANGED = "the same deviation", "units changed at prediction"


@pytest.mark.parametrize(("layer", "fails"), [
    (rn.GaussianNoise(0.09), [DEVIATION]), (rn.GaussianNoise(0.12), [OTHER]),
    (rn.layers.Standardize([0.02] * 1000, [1.0] * 1000), [MEAN, DEVIATION, CHANGED]),
])  # fmt: skip
def test_26_other_noise(layer, fails, monkeypatch):
    monkeypatch.setattr(rn, "GaussianNoise", lambda sigma: layer)
    assert failing(regularisation.gaussian_noise)[0] == fails


def test_26_noise_at_prediction(monkeypatch):
    forward = rn.Network.forward
    monkeypatch.setattr(rn.Network, "forward", lambda self, rows, training=True: forward(self, rows, True))
    assert failing(regularisation.dropout)[0] == [LATER]
    assert failing(regularisation.gaussian_noise)[0] == [CHANGED]


# --- Integrate and fire ---


def test_27_another_membrane(monkeypatch):
    monkeypatch.setattr(spiking, "NEURON", IntegrateAndFire(capacitance=1.001))
    assert failing(spiking.closed_form)[1]


def test_27_another_time_constant(monkeypatch):
    monkeypatch.setattr(spiking, "NEURON", IntegrateAndFire(capacitance=1.002))
    assert len(failing(spiking.simulated)[0]) == 2


def test_27_another_threshold(monkeypatch):
    monkeypatch.setattr(IntegrateAndFire, "threshold_current", 1.6)
    assert failing(spiking.simulated)[0] == ["spikes in 1 s at 1.5 nA"]


@pytest.mark.parametrize(("rate", "fails"), [
    (lambda self, i: 100.0 * sigmoid(i - 1.5), ["currents up to", "distance from a line"]),
    (lambda self, i: 100.0 / i if i > 1.5 else 0.0, ["currents above", "distance from a line"]),
    (lambda self, i: 5.0 if i > 1.5 else 0.0, ["currents above"]),
])  # fmt: skip
def test_27_what_is_no_relu(rate, fails, monkeypatch):
    monkeypatch.setattr(IntegrateAndFire, "rate", rate)
    wrong, _ = failing(spiking.looks_like_a_relu)
    assert [any(one.startswith(start) for start in fails) for one in wrong] == [True] * len(fails)


# --- Representation ---


class Tanh(rn.Linear):
    """No activation; networks call it tanh."""


def test_28_linear_layers_learn_no_complex_features(monkeypatch):
    monkeypatch.setattr(rn, "Tanh", Tanh)
    wrong, _ = failing(representation.complex_features)
    assert {"accuracy on 200 new points", "the same, layer 3"} <= set(wrong)


def test_28_where_a_line_is_enough(monkeypatch):
    def halves(n, seed):
        points = rn.data.xor(n, seed=seed)
        return rn.data.Dataset(points.inputs, [int(x > 0.0) for x, _ in points.inputs], ["left", "right"])

    monkeypatch.setattr(rn.data, "circle", halves)
    wrong, _ = failing(representation.complex_features)
    assert wrong == ["accuracy of one unit with a threshold, layer 2", "the same, layer 3"]


def test_28_units_that_bend(monkeypatch):
    made = rn.Network
    monkeypatch.setattr(rn, "Network", lambda layers, *more, **named: made([layers[0], rn.Softplus(), *layers[1:]],
                                                                          *more, **named))
    assert "largest change of a first-layer unit along its own line" in failing(representation.complex_features)[0]


@pytest.mark.parametrize("seed", range(5))
def test_28_is_no_accident_of_one_seed(seed, monkeypatch, native):
    made = representation.playground_network
    monkeypatch.setattr(representation, "playground_network", lambda backend: made(backend, seed + 2))
    assert all(result.agrees for result in representation.complex_features("c"))


def test_30_linear_units_approximate_nothing(monkeypatch):
    for name in ("staircase", "polygon"):
        made = getattr(representation, name)
        monkeypatch.setattr(representation, name, lambda backend, width, made=made: made(backend, width, rn.Linear))
    assert failing(representation.universal_approximation)[1]


# --- In passing ---


def test_31_logistic_regression(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(REFERENCE, "sigmoid_backward", lambda o, d: d)
        assert failing(in_passing.logistic_regression)[0] == ["numbers that a layer of one unit has otherwise"]
    monkeypatch.setattr(in_passing, "X", [1.501, -0.2])
    assert len(failing(in_passing.logistic_regression)[0]) == 5


def test_31_a_leak(monkeypatch):
    monkeypatch.setattr(in_passing, "IntegrateAndFire", lambda resistance, **more: IntegrateAndFire(100.0, **more))
    assert len(failing(in_passing.without_leak)[0]) == 3
    monkeypatch.setattr(IntegrateAndFire, "_climb", lambda self, v, current: 5.0)
    assert "spikes without a current" in failing(in_passing.without_leak)[0]


def test_31_differences(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(in_passing, "EPSILON", 5.0)
        assert failing(in_passing.differences)[1]
    monkeypatch.setattr(in_passing, "W", [0.1, -0.301, 0.8])
    assert len(failing(in_passing.differences)[0]) == 2


def test_31_more_connections(monkeypatch):
    made = in_passing.apply
    monkeypatch.setattr(in_passing, "apply", lambda operation, *operands: made(operation, *operands, operands[0]))
    assert failing(in_passing.cost_of_backpropagation)[1]


@pytest.mark.parametrize(("name", "other", "fails"), [
    ("Momentum", lambda rate, mu: rn.SGD(rate), "e after 60 steps, momentum"),
    ("Nesterov", rn.Momentum, "e after 60 steps, NAG"),
])  # fmt: skip
def test_31_without_momentum(name, other, fails, monkeypatch):
    monkeypatch.setattr(rn, name, other)
    assert failing(in_passing.long_valley)[0] == [fails]
