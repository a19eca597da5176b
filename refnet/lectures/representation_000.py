"""What can a network represent, and what do its hidden units learn? Lecture file 000_85791a8fc5735753.txt.

Golden entries 28 and 30. The playground's network has hidden layers of 8, 8 and 2 units; tanh, as in the playground.
"""

import math
from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import sin
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("000_85791a8fc5735753.txt", {
    28: "Here is a network with 3 hidden layers of respectively 8, 8 and 2 units",
    30: "Universal approximation theorem",
})


def playground_network(backend: Any, seed: int = 1) -> rn.Network:
    hidden = [layer for units in (8, 8, 2) for layer in (rn.Dense(units), rn.Tanh())]
    return rn.Network([rn.Input(2), *hidden, rn.Dense(1), rn.Sigmoid()], backend, seed=seed)


def complex_features(backend: Any) -> Iterator[Result]:
    """28. First-layer units are "rotated versions" of x and y, each the same along its own lines. No such unit alone
    separates the playground's circle from its ring; units of the second layer do better, and the third's two do it."""
    train, test = rn.data.circle(60, seed=1), rn.data.circle(200, seed=2)
    net = playground_network(backend)
    net.fit(train.inputs, train.targets, optimizer=rn.Adam(0.03), epochs=25, batch_size=10)
    outputs = net.forward(test.inputs)
    best = {i: max(best_threshold(unit, test.targets) for unit in zip(*net.activations[f"tanh{i}"])) for i in (1, 2, 3)}
    yield lecture.is_at_least(28, "accuracy on 200 new points", "0.95", rn.metrics.accuracy(test.targets, outputs))
    yield lecture.is_more(28, "accuracy of one unit with a threshold, layer 2", best[2], "layer 1", best[1])
    yield lecture.is_more(28, "the same, layer 3", best[3], "layer 1 + 0.05", best[1] + 0.05)

    changes = []
    for j, (w1, w2) in enumerate(net.weights[0]):  # from (1, 2) along the line on which w1 x + w2 y stays the same
        net.forward([[1.0, 2.0], [1.0 - 3.0 * w2, 2.0 + 3.0 * w1]])
        at, there = net.activations["tanh1"]
        changes.append(abs(there[j] - at[j]))
    yield lecture.stays_below(28, "largest change of a first-layer unit along its own line", "1e-14", max(changes))


def best_threshold(values: Any, targets: Any) -> float:
    """The accuracy of the best classifier that asks whether a value is above a threshold, or below it."""
    right = targets.count(1)  # with all values above the threshold
    best = max(right, len(targets) - right)
    for _, target in sorted(zip(values, targets)):
        right += 1 if target == 0 else -1
        best = max(best, right, len(targets) - right)
    return best / len(targets)


WIDTHS = (4, 8, 16, 32, 64)


def universal_approximation(backend: Any) -> Iterator[Result]:
    """30. "Arbitrarily well, given enough hidden units", shown as it is proved: a unit for each step of a staircase.

    sin 2πx on [0, 1]. n steep sigmoid units make a staircase of n steps, whose error is at most π/n; n ReLUs make a
    polygon, whose error is at most (2π)²/8n². So any accuracy is a matter of the width.
    """
    for width in WIDTHS:
        error = largest_error(staircase(backend, width))
        yield lecture.is_less(30, f"largest error, {width} sigmoid units", error, "π/n", math.pi / width)
    for width in WIDTHS:
        error, bound = largest_error(polygon(backend, width)), math.tau * math.tau / (8 * width * width)
        yield lecture.is_less(30, f"largest error, {width} ReLU units", error, "(2π)²/8n²", bound)


def f(x: float) -> float:
    return sin(math.tau * x)


def largest_error(net: rn.Network) -> float:
    """max |f(x) − ŷ| over 129 points between 0 and 1, no two of them equally far from a step."""
    points = [(i + 0.3) / 129.0 for i in range(129)]
    return max(abs(f(x) - o) for x, (o,) in zip(points, net.forward([[x] for x in points])))


def staircase(backend: Any, width: int, activation: Any = rn.Sigmoid) -> rn.Network:
    """f(0) + Σ (f(x_i) − f(x_(i−1))) σ(steep), where x_i = i/n and the step is half way between."""
    heights = [f(i / width) - f((i - 1) / width) for i in range(1, width + 1)]
    return _one_hidden_layer(backend, activation, 40.0 * width, [(i + 0.5) / width for i in range(width)], heights)


def polygon(backend: Any, width: int, activation: Any = rn.ReLU) -> rn.Network:
    """The straight lines between the points (x_i, f(x_i)): each ReLU changes the slope at an x_i."""
    slopes = [(f((i + 1) / width) - f(i / width)) * width for i in range(width)]
    turns = [slope - before for slope, before in zip(slopes, [0.0, *slopes])]
    return _one_hidden_layer(backend, activation, 1.0, [i / width for i in range(width)], turns)


def _one_hidden_layer(backend: Any, activation: Any, steep: float, places: list[float],
                      heights: list[float]) -> rn.Network:
    """f(0) + Σ height_i · activation(steep · (x − place_i)): the output unit is linear."""
    n = len(places)
    hidden = rn.Dense(n, weights=[[steep]] * n, biases=[-steep * place for place in places])
    return rn.Network([rn.Input(1), hidden, activation(), rn.Dense(1, weights=[heights], biases=[f(0.0)])], backend)


WORKED_EXAMPLES = (complex_features, universal_approximation)
