"""What else does the lecture on feedforward networks teach in passing? Lecture file 000_85791a8fc5735753.txt.

Golden entry 31: logistic regression as a graph, the integrate-and-fire neuron without leak, the forward difference
beside the two-sided one, what backpropagation costs, momentum and Nesterov's momentum in a long valley.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import divide
from refnet.graph import Operation, Unit, affine, apply, sigmoid
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result
from refnet.neurons import IntegrateAndFire

lecture = Lecture("000_85791a8fc5735753.txt", {
    31: "Why is it a Network?; Biological Neurons; Back-Propagation; Gradient Descent Algorithms",
})

# Numbers chosen here.
W, X, Y = [0.1, -0.3, 0.8], [1.5, -0.2], 1.0
REGRESSION = {
    "u1": ("w0 + w1x1 + w2x2", "-0.510000000000"), "u2": ("f(u1)", "0.375193525532"),
    "∂e/∂w0": ("(u2 − y) f'(u1)", "-0.146469223054"),
    "∂e/∂w1": ("(u2 − y) f'(u1) x1", "-0.219703834582"),
    "∂e/∂w2": ("(u2 − y) f'(u1) x2", "0.029293844611"),
}


def logistic_regression(backend: Any) -> Iterator[Result]:
    """31. "Why is it a Network?": u1 = w0 + w1 x1 + w2 x2, u2 = f(u1); here with e = ½(u2 − y)²."""
    w = [Unit(value, f"w{i}") for i, value in enumerate(W)]
    u1 = affine(X, w[1:], w[0])
    u2 = sigmoid(u1)
    e = (u2 - Y) ** 2 * 0.5
    e.backward()
    computed = [u1.value, u2.value, *[each.gradient for each in w]]
    for (quantity, (formula, digits)), value in zip(REGRESSION.items(), computed):
        yield lecture.follows(31, quantity, formula, digits, value)
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend)
    net.weights, net.biases = [[W[1:]]], [W[:1]]
    net.forward([X], training=True)
    net.loss([[Y]], rn.HalfSquaredError())
    net.backward()
    theirs = [*net.activations["dense1"][0], *net.activations["sigmoid1"][0], *net.gradients["dense1.bias"],
              *net.gradients["dense1.weights"][0]]
    differing = [pair for pair in zip(computed, theirs) if pair[0] != pair[1]]
    yield lecture.equals(31, "numbers that a layer of one unit has otherwise", 0, float(len(differing)))


def without_leak(backend: Any) -> Iterator[Result]:
    """31. "Biological Neurons": I = C dV/dt, so V rises by I t/C until the threshold: I/(C ΔV) spikes a second.

    With 1 nF, ΔV = 15 mV and 0.3 nA the first spike comes after 50 ms, and 20 in a second.
    """
    neuron = IntegrateAndFire(resistance=None, capacitance=1.0, rest=-65.0, threshold=-50.0)
    yield lecture.follows(31, "V in volts after 20 ms", "V_rest + I t/C", "-0.059000000000",
                          1e-3 * neuron.simulate(0.3, time=20.0, step=0.5).voltages[-1])
    yield lecture.follows(31, "spikes per ms", "I/(C ΔV)", "0.020000000000", 1.0 / neuron.interval(0.3))
    spikes = neuron.simulate(0.3, time=1010.0, step=0.7).spikes
    yield lecture.equals(31, "spikes in a little more than a second", 20, float(len(spikes)))
    yield lecture.equals(31, "spikes without a current", 0, float(len(neuron.simulate(0.0, time=100.0).spikes)))


EPSILON = 0.001
DIFFERENCES = {"forward difference de/dw1_approx": ("(e(w + ε) − e(w))/ε", "-0.219683085041"),
               "two-sided de/dw1_approx": ("(e(w + ε) − e(w − ε))/2ε", "-0.219703777939")}


def differences(backend: Any) -> Iterator[Result]:
    """31. The slides' forward difference beside the two-sided one of lecture 001: errors fall with ε and with ε²."""
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend)

    def e(w1: float) -> float:
        net.weights, net.biases = [[[w1, W[2]]]], [W[:1]]
        net.forward([X], training=True)
        return net.loss([[Y]], rn.HalfSquaredError())

    def both(epsilon: float) -> list[float]:
        above, below = e(W[1] + epsilon), e(W[1] - epsilon)
        return [(above - e(W[1])) / epsilon, (above - below) / (2.0 * epsilon)]

    e(W[1])
    net.backward()
    [[exact, _]] = net.gradients["dense1.weights"]
    estimates = both(EPSILON)
    for (quantity, (formula, digits)), value in zip(DIFFERENCES.items(), estimates):
        yield lecture.follows(31, quantity, formula, digits, value)
    forward, two_sided = (abs(value - exact) for value in estimates)
    larger_forward, larger_two_sided = (abs(value - exact) for value in both(10.0 * EPSILON))
    yield lecture.is_less(31, "error of the two-sided difference", two_sided, "1/100 of the forward one's",
                          0.01 * forward)
    ratio = divide(larger_forward, forward)  # in a coarse format an error is 0
    yield lecture.is_at_least(31, "ten times the ε: how much larger the forward error", "9", ratio)
    yield lecture.is_at_least(31, "and the two-sided error", "90", divide(larger_two_sided, two_sided))


def cost_of_backpropagation(backend: Any) -> Iterator[Result]:
    """31. "The worst case complexity is O(number_of_units²), in practice O(number_of_units)".

    Backpropagation computes a derivative for each connection. With three inputs a unit, as in layers of a fixed width,
    twice as many units take about twice as many; where each unit feeds all later ones, about four times.
    """
    for units, expected in ((20, 54), (40, 114)):
        yield lecture.equals(31, f"derivatives, {units} units with three inputs each", expected, _cost(units, 3))
    for units, expected in ((20, 190), (40, 780)):
        yield lecture.equals(31, f"derivatives, {units} units, fed by all before", expected, _cost(units, units))


def _cost(units: int, most: int) -> float:
    """How many derivatives the backward pass computes if each unit is the sum of those before it, at most so many."""
    sent: list[float] = []

    def backward(d: float, value: float, *values: float) -> list[float]:
        sent.extend(values)
        return [d for _ in values]

    sum_of = Operation("Σ", lambda *values: total_of(values), backward)
    u = [Unit(1.0)]
    for _ in range(units - 1):
        u.append(apply(sum_of, *u[-most:]))
    u[-1].backward()
    return float(len(sent))


def long_valley(backend: Any) -> Iterator[Result]:
    """31. "The loss function forms a deep and long valley": e = ½(w1² + 25 w2²), 60 steps from (10, 1).

    The rate that suits the steep sides is slow along the valley. Momentum gathers speed there; Nesterov's (NAG), which
    measures the gradient ahead, swings less.
    """
    left = {}
    for name, optimizer in (("gradient descent", rn.SGD(0.03)), ("momentum", rn.Momentum(0.03, mu=0.9)),
                            ("NAG", rn.Nesterov(0.03, mu=0.9))):
        net = rn.Network([rn.Input(2), rn.Dense(1, bias=False)], backend)
        net.weights = [[[10.0, 1.0]]]
        rows, targets = [[1.0, 0.0], [0.0, 5.0]], [[0.0], [0.0]]
        net.fit(rows, targets, loss=rn.HalfSquaredError(over="sum"), optimizer=optimizer, epochs=60, batch_size=2)
        left[name] = net.evaluate(rows, targets)["loss"]
    yield lecture.is_less(31, "e after 60 steps, momentum", left["momentum"], "gradient descent",
                          left["gradient descent"])
    yield lecture.is_less(31, "e after 60 steps, NAG", left["NAG"], "momentum", left["momentum"])


WORKED_EXAMPLES = (logistic_regression, without_leak, differences, cost_of_backpropagation, long_valley)
