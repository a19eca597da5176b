"""Backpropagation is the chain rule on a graph of units: lecture file 000_85791a8fc5735753.txt.

Golden entries 21 to 23. The graph is refnet.graph: units u_i, each made of others, and their derivatives.

In entry 22 the slide's u14 = u5 + 0.2u10 + 0.7u11 + 0.3u9 does not depend on u6, u7 and u8, which its figure connects
with u14: those derivatives are 0 here.
"""

import copy
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import refnet as rn
from refnet.graph import Operation, Unit, apply, cos, sin
from refnet.kernels import Wrapper
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("000_85791a8fc5735753.txt", {
    21: "Recall the chain-rule: Example", 22: "Back-Propagation",
    23: "What is the problem with computing the gradient?",
})


def chain_rule(backend: Any) -> Iterator[Result]:
    """21. u = x² + y² with x = r cos t, y = r sin t: ∂u/∂r = ∂u/∂x ∂x/∂r + ∂u/∂y ∂y/∂r = 2r, and ∂u/∂t = 0."""
    r, t = Unit(2.0, "r"), Unit(0.5, "t")
    x, y = r * cos(t), r * sin(t)
    u = x**2 + y**2
    u.backward()
    yield lecture.follows(21, "∂u/∂x at r = 2, t = 0.5", "2x", "3.510330247561", x.gradient)
    yield lecture.follows(21, "∂u/∂y", "2y", "1.917702154417", y.gradient)
    yield lecture.follows(21, "∂u/∂r", "2r", "4.000000000000", r.gradient)
    yield lecture.stays_below(21, "|∂u/∂t|", "1e-14", abs(t.gradient))


# Entry 22 with weights chosen here, but for u14: {unit: {unit it is made of: weight}}. u1 to u5 are leaves.
GRAPH = {
    **{j: {j - 5: 0.5, 4: -0.3} for j in (6, 7, 8)},
    **{j: {4: 0.1 * (j - 7), 5: -0.2} for j in (9, 10, 11)},
    **{j: {5: 0.4, **{i: 0.1 * (i - j + 3) for i in range(6, 12)}} for j in (12, 13)},
    14: {5: 1.0, 10: 0.2, 11: 0.7, 9: 0.3},
}
LEAVES = {1: 0.5, 2: -1.0, 3: 0.25, 4: 0.8, 5: -0.6}
WANTED = {"a": 0.5, "b": -0.25, "c": 2.0}

BACKWARD = {
    14: "-4.272000000000", 13: "0.534000000000", 12: "-0.919000000000", 11: "-3.120800000000",
    10: "-0.946300000000", 9: "-1.335000000000", 8: "-0.014900000000", 7: "0.023600000000",
    6: "0.062100000000", 5: "-3.345580000000", 4: "-1.820450000000", 3: "-0.007450000000",
    2: "0.011800000000", 1: "0.031050000000",
}


def graph_of_14_units(visits: list[int]) -> dict[int, Unit]:
    """The units u1 to u14. A backward visit of one notes its number."""
    u = {i: Unit(value, f"u{i}") for i, value in LEAVES.items()}
    for j, weights in GRAPH.items():
        u[j] = apply(_linear(j, list(weights.values()), visits), *[u[i] for i in weights])
        u[j].name = f"u{j}"
    return u


def _linear(j: int, weights: list[float], visits: list[int]) -> Operation:
    """u_j = Σ w_ji u_i, so that ∂u_j/∂u_i = w_ji."""
    def forward(*values: float) -> float:
        total = 0.0
        for w, value in zip(weights, values):
            total += w * value
        return total

    def backward(d: float, value: float, *values: float) -> Sequence[float]:
        visits.append(j)
        return [d * w for w in weights]

    return Operation(f"Σ{j}", forward, backward)


def backward_through_a_graph(backend: Any) -> Iterator[Result]:
    """22. ∂e/∂u_i = Σ ∂e/∂u_j ∂u_j/∂u_i over the outputs j of i, each unit once, after all its outputs."""
    visits: list[int] = []
    u = graph_of_14_units(visits)
    u[14].backward()
    yield lecture.prints(22, "∂u14/∂u10", "0.2", u[10].gradient)
    visits.clear()
    a, b, c = WANTED.values()
    e = (u[12] - a) ** 2 + (u[13] - b) ** 2 + (u[14] - c) ** 2
    e.backward()
    for i in range(14, 0, -1):
        formula = f"2(u{i} − {'abc'[i - 12]})" if i >= 12 else "Σ ∂e/∂u_j ∂u_j/∂u_i"
        yield lecture.follows(22, f"∂e/∂u{i}", formula, BACKWARD[i], u[i].gradient)
    yield lecture.equals(22, "units visited more than once", 0, float(len(visits) - len(set(visits))))
    early = [i for j, weights in GRAPH.items() for i in weights if i > 5 and visits.index(i) < visits.index(j)]
    yield lecture.equals(22, "units visited before one of their outputs", 0, float(len(early)))


class Counting(Wrapper):
    """A backend that counts kernel calls."""

    records = False  # steps that C replays would not be seen

    def __init__(self, backend: Any) -> None:
        super().__init__(backend)
        self.calls: Counter[str] = Counter()

    def call(self, name: str, kernel: Any, *values: Any) -> Any:
        self.calls[name] += 1
        return kernel(*values)

    def passes(self, dense_layers: int) -> tuple[float, float]:
        """How often the network was run forward and backward since it was last asked; both have a call a layer."""
        found = self.calls["affine"] / dense_layers, self.calls["affine_backward_weights"] / dense_layers
        self.calls.clear()
        return found


X, Y = [[0.5, -1.0], [1.5, 0.2], [-0.3, 0.8]], [[1.0], [0.0], [1.0]]
EPSILON = 1e-6


def evaluations(backend: Any) -> Iterator[Result]:
    """23. Numerical differentiation evaluates e once for each weight, backpropagation takes about two evaluations."""
    count = Counting(backend)
    net = rn.Network([rn.Input(2), rn.Dense(3, bias=False), rn.Tanh(), rn.Dense(1, bias=False), rn.Sigmoid()], count,
                     seed=1)

    def e() -> float:
        net.forward(X)
        return net.loss(Y, rn.HalfSquaredError())

    e()
    net.backward()
    exact = [net.gradients["dense1.weights"], net.gradients["dense2.weights"]]
    forward, backward = count.passes(2)
    yield lecture.equals(23, "backpropagation: passes forward", 1, forward)
    yield lecture.equals(23, "backpropagation: passes backward", 1, backward)

    before, start, furthest = e(), net.weights, 0.0
    for layer, slopes in enumerate(exact):
        for j, i in itertools.product(range(len(slopes)), range(len(slopes[0]))):
            moved = copy.deepcopy(start)
            moved[layer][j][i] += EPSILON
            net.weights = moved
            furthest = max(furthest, abs((e() - before) / EPSILON - slopes[j][i]))
    net.weights = start
    forward, _ = count.passes(2)
    yield lecture.equals(23, "(e(w + ε) − e(w))/ε for 9 weights: evaluations", 10, forward)  # e(w) itself is one too
    yield lecture.stays_below(23, "largest distance from backpropagation", "1e-5", furthest)

    rn.gradient_check(net, X, Y, rn.HalfSquaredError())
    forward, backward = count.passes(2)
    yield lecture.equals(23, "two-sided for 9 weights: evaluations", 18, forward - backward)  # without backprop's own


WORKED_EXAMPLES = (chain_rule, backward_through_a_graph, evaluations)
