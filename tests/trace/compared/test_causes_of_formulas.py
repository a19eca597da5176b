"""Is each usual cause named where it is the cause? Quotients, updates, zeros, whole formulas, deliberately wrong."""

import copy
import math

import pytest
from causes_helpers import NET, TRACE, X, Y, added, causes, draws, fused, theirs

import refnet as rn
from refnet.arithmetic import elementary
from refnet.trace import traced

# --- quotients and updates ---


def test_a_reciprocal():
    reciprocal = 1.0 / float(len(X))
    found = TRACE.difference(theirs(over=lambda a, m: a * reciprocal))
    assert found.name == "sigmoid2.delta" and found.phase == "backward"
    assert causes(found) == ["multiplied by the reciprocal, x·(1/m) for x/m"]


def test_not_divided():
    found = TRACE.difference(theirs(over=lambda a, m: a))
    assert found.name == "sigmoid2.delta"
    assert causes(found) == ["not divided by the number of rows",
                             "divided by the number of rows once, after the sum over them"]  # δ is the same in both


@pytest.mark.parametrize(("loss", "rows", "m"), [(rn.HalfSquaredError(), 3, 3.0),
                                                 (rn.MeanSquaredError(over="elements"), 7, 21.0)])
def test_the_loss_alone(loss, rows, m):
    """Many programs write no more: it is computed again from what is there of the step."""
    trace = traced(NET, X[:rows], Y[:rows], loss=loss)
    total = trace["loss.sum"][0][0]
    assert trace["loss"] == [[total / m]] and total * (1.0 / m) != total / m
    for dump in ({}, {"loss.sum": total}, {"sigmoid2.o": trace["sigmoid2.o"]}):
        found = trace.difference({**dump, "loss": total * (1.0 / m)})
        assert "multiplied by the reciprocal, x·(1/m) for x/m" in causes(found) and found.same == list(dump)
    net = copy.deepcopy(NET)
    net.penalties = (rn.L2(0.1),)
    found = traced(net, X, Y, loss=loss).difference({"loss": 3.0})
    assert causes(found) == [] and "penalties" in str(found)


@pytest.mark.parametrize(("last", "name"), [
    (lambda total, m: total / m, "divided by the number of rows once, after the sum over them"),
    (lambda total, m: total * (1.0 / m), "multiplied by the reciprocal, x·(1/m) for x/m, divided by the number of rows "
                                         "once, after the sum over them")])
def test_divided_once(last, name):
    """A dump without δ: its gradients are sums over the rows, divided at the end."""
    dump = theirs(over=lambda a, m: a)
    only = {each: [[last(g, float(len(X))) for g in row] for row in dump[each]] for each in dump
            if each == "dense2.weights.gradient"}
    found = TRACE.difference({"dense2.z": dump["dense2.z"], **only})
    assert "dense2.delta" in found.absent and causes(found) == [name]


def updated(optimizer, change, what="weights"):
    trace = traced(NET, X, Y, loss=rn.HalfSquaredError(), optimizer=copy.deepcopy(optimizer), steps=2)
    step = trace.step(2)
    rows = zip(*(step[f"dense1.weights{each}"] for each in ("", ".gradient", *STATES[type(optimizer)])))
    new = [[change(*numbers) for numbers in zip(*each)] for each in rows]
    return trace.difference([trace.step(1).values, {**step.values, f"dense1.{what}.new": new}])


STATES = {rn.RMSprop: (".squares.new",), rn.Adam: (".mean.new", ".squares.new"), rn.SGD: (),
          rn.Momentum: (".velocity",)}
ADAM = rn.Adam(0.01)
POWERS = ADAM.beta1 * ADAM.beta1, ADAM.beta2 * ADAM.beta2
RMS = rn.RMSprop(0.01)
FOLDED = 0.01 * math.sqrt(1.0 - POWERS[1]) / (1.0 - POWERS[0])
UPDATES = {
    "fused multiply-add": (rn.SGD(0.3), lambda w, g: fused(-0.3, g, w)),
    "rate·(g/√s) for (rate·g)/√s": (RMS, lambda w, g, s: w - 0.01 * (g / (math.sqrt(s) + RMS.epsilon))),
    "g·(rate/√s) for (rate·g)/√s": (RMS, lambda w, g, s: w - g * (0.01 / (math.sqrt(s) + RMS.epsilon))),
    "ε on the other side of the root": (RMS, lambda w, g, s: w - 0.01 * g / math.sqrt(s + RMS.epsilon)),
    "Adam's corrections folded into the rate": (
        ADAM, lambda w, g, m, s: w - FOLDED * m / (math.sqrt(s) + ADAM.epsilon)),
    "fused multiply-add, the other product of a sum fused": (
        rn.Momentum(0.3, 0.9), lambda w, g, v: fused(0.9, v, -(0.3 * g)), "weights.velocity"),
}


@pytest.mark.parametrize("name", UPDATES)
def test_updates(name):
    found = updated(*UPDATES[name])
    assert found.step == 2 and found.name.endswith(".new") and causes(found) == [name]


# --- zeros, edges, formulas ---


def with_zeros(layer, values, backward=None, **settings):
    """A forward pass of these values, and a step with δ from a Dense layer above."""
    net = rn.Network([rn.Input(len(values)), layer], "python")
    return traced(net, [values], [[0.25] * len(values)], loss=rn.HalfSquaredError(), **settings)


EDGES = [-0.0, 0.0, 1.5, -2.0, math.nan]
RELUS = {
    "−0 made: ReLU as z·(z > 0)": lambda z: z * (1.0 if z > 0.0 else 0.0),
    "−0 kept by ReLU: z < 0 ? 0 : z": lambda z: 0.0 if z < 0.0 else z,
    "NaN lost by ReLU: z > 0 ? z : 0": lambda z: z if z > 0.0 else 0.0,
}


@pytest.mark.parametrize("name", RELUS)
def test_relu(name):
    trace = with_zeros(rn.ReLU(), EDGES)
    assert causes(trace.difference({"relu1.o": [[RELUS[name](z) for z in EDGES]]})) == [name]


@pytest.mark.parametrize(("layer", "at_zero", "name"), [
    (rn.ReLU(), 1.0, "ReLU's derivative at 0"), (rn.ReLU(gradient_at_zero=1), 0.0, "ReLU's derivative at 0"),
    (rn.LeakyReLU(0.5), 0.5, "leaky ReLU's derivative at 0")])
def test_derivatives_at_zero(layer, at_zero, name):
    net = rn.Network([rn.Input(3), rn.Dense(3, bias=False), layer], "python")
    net.weights = [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]
    trace = traced(net, [[0.0, 1.0, -2.0]], [[0.5, 0.25, 0.5]], loss=rn.HalfSquaredError())
    (delta,) = trace[f"{layer.name}.delta"]
    below = layer.slope * delta[2] if isinstance(layer, rn.LeakyReLU) else 0.0
    found = trace.difference({"dense1.delta": [[at_zero * delta[0] if at_zero else 0.0, delta[1], below]]})
    assert causes(found) == [name]


def test_zeros_of_sums():
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False)], "python")
    net.weights = [[[0.0, 0.0], [1.0, -1.0]]]
    trace = traced(net, [[-1.0, -2.0]])
    assert math.copysign(1.0, trace["dense1.z"][0][0]) == 1.0
    found = trace.difference({"dense1.z": [[-0.0, 1.0]]})
    assert "−0 made: a sum begins with its first term, not with 0.0" in causes(found)
    assert found.deviation.ulps == 0.0 and "signs of zero" in str(found)
    silu = with_zeros(rn.SiLU(), [-0.0, 1.0, -1.0])
    found = silu.difference({"silu1.o": [[z + 0.0 for z in silu["silu1.o"][0]]]})
    assert causes(found) == ["−0 lost: a sum begins with 0.0, or 0.0 is added"]


def softmax_net():
    """A network of its last layer, and rows."""
    return rn.Network([rn.Input(3), rn.Softmax()], "python"), draws(21, 12, 3)


def test_softmax_without_maximum():
    net, rows = softmax_net()
    powers = [[elementary.exp(z) for z in row] for row in rows]
    o = [[power / added(row) for power in row] for row in powers]
    assert causes(traced(net, rows).difference({"softmax1.o": o})) == ["softmax without the maximum"]
    libm = [[math.exp(z) for z in row] for row in rows]
    o = [[power / added(row) for power in row] for row in libm]
    assert "softmax without the maximum" in causes(traced(net, rows).difference({"softmax1.o": o}))[0]


def test_softmax_of_large_numbers_without_maximum():
    """e^1000 is infinite, and its share is no number; e^-1000 is 0, and so is the sum."""
    net, rows = rn.Network([rn.Input(2), rn.Softmax()], "python"), [[1000.0, 1.0], [2.0, 1.0], [-1000.0, -1001.0]]
    o = traced(net, rows)["softmax1.o"]
    found = traced(net, rows).difference({"softmax1.o": [[math.nan, 0.0], o[1], [math.nan, math.nan]]})
    assert found.deviation.ulps == math.inf and found.deviation.unit == 0
    assert causes(found) == ["softmax without the maximum"]


@pytest.mark.parametrize("last", [rn.Softmax, rn.Sigmoid])
def test_not_fused(last):
    rows = draws(21, 12, 3)
    if last is rn.Softmax:
        loss, y = rn.CrossEntropy(), [[1.0, 0.0, 0.0]] * 12
    else:
        loss, y = rn.BinaryCrossEntropy(), [[1.0, 0.0, 1.0]] * 12
    plain = rn.Network([rn.Input(3), rn.Dense(3, bias=False), last()], "python")
    plain.weights = [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]
    trace = traced(plain, rows, y, loss=loss)
    delta = []
    for o, t in zip(trace[f"{plain.layers[2].name}.o"], y):
        if last is rn.Softmax:
            d = [-(q / p) / 12.0 if q else 0.0 for p, q in zip(o, t)]
            mean = added([g * p for g, p in zip(d, o)])
            delta.append([1.0 * (p * (g - mean)) for p, g in zip(o, d)])
        else:
            d = [-(1.0 / p) / 12.0 if q else 1.0 / (1.0 - p) / 12.0 for p, q in zip(o, t)]
            delta.append([g * (p * (1.0 - p)) for p, g in zip(o, d)])
    name = "softmax and cross-entropy not fused" if last is rn.Softmax else "sigmoid and binary cross-entropy not fused"
    assert causes(trace.difference({"dense1.delta": delta})) == [name]
