"""Training: gradient checking and learning-rate decay: lecture file 001_64b240ec3fb16f33.txt.

Golden entries 17 and 18. Entry 17: the slide prints α0, decay_rate and the formula; the first rates are the formula's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from refnet.layers import Dense, Input, Sigmoid
from refnet.lectures.agreement import Lecture, Result
from refnet.losses import HalfSquaredError
from refnet.model import Network
from refnet.optimizers import SGD
from refnet.optimizers.schedules import InverseTimeDecay
from refnet.training import gradient_check

lecture = Lecture("001_64b240ec3fb16f33.txt")


def results(backend: Any = "python") -> Iterator[Result]:
    """All numbers of this lecture, computed on one backend."""
    yield from learning_rate_decay(backend)
    yield from check_of_the_gradient(backend)


def learning_rate_decay(backend: Any) -> Iterator[Result]:
    """17. "Learning rate decay": α = α0 / (1 + decay_rate · epoch_num), α0 = 0.2, decay_rate = 1."""
    net = Network([Input(1), Dense(1)], backend)
    history = net.fit([[1.0]], [[1.0]], optimizer=SGD(InverseTimeDecay(0.2, decay=1.0)), epochs=4)
    for epoch, (digits, rate) in enumerate(zip(["0.2", "0.1", "0.0667", "0.05"], history["rate"])):
        yield lecture.prints(17, f"α, epoch {epoch}", digits, rate)


# Entry 18, numbers of our own: ŷ = σ(b + w1 x1 + w2 x2), two examples, J the mean of ½(y − ŷ)².
X, Y = [[1.0, 2.0], [-0.5, 0.7]], [[0.0], [1.0]]
EPSILON = 1e-5  # ε

# The approximation has fewer decimals: rounding in J is divided by 2ε.
GRADIENT = {"w1": "0.100801005923", "w2": "0.081437884335", "b": "-0.005226165410"}
APPROXIMATION = {"w1": "0.10080101", "w2": "0.08143788", "b": "-0.00522617"}


def check_of_the_gradient(backend: Any) -> Iterator[Result]:
    """18. "Gradient checking": dθ_approx = (J(θ_i + ε) − J(θ_i − ε)) / 2ε, one θ_i after the other, and

    diff = ‖dθ_approx − dθ‖₂ / (‖dθ_approx‖₂ + ‖dθ‖₂), written out and by the library.
    """
    net = Network([Input(2), Dense(1), Sigmoid()], backend)

    def cost(w1: float, w2: float, b: float) -> float:
        """J(θ); leaves everything in place for a backward pass."""
        net.weights, net.biases = [[[w1, w2]]], [[b]]
        net.forward(X)
        return net.loss(Y, HalfSquaredError())

    theta = {"w1": 0.5, "w2": -0.25, "b": 0.1}
    cost(**theta)
    net.backward()
    [[d_w1, d_w2]], [d_b] = net.gradients["dense1.weights"], net.gradients["dense1.bias"]
    exact = {"w1": d_w1, "w2": d_w2, "b": d_b}  # dθ
    approximate = {}  # dθ_approx
    for name, value in theta.items():
        above, below = {**theta, name: value + EPSILON}, {**theta, name: value - EPSILON}
        approximate[name] = (cost(**above) - cost(**below)) / (2.0 * EPSILON)
        yield lecture.follows(18, f"d{name}", f"∂J/∂{name}", GRADIENT[name], exact[name])
        formula = f"(J({name} + ε) − J({name} − ε)) / 2ε"
        yield lecture.follows(18, f"d{name}_approx", formula, APPROXIMATION[name], approximate[name])

    apart = _norm([approximate[name] - exact[name] for name in theta])
    diff = apart / (_norm(list(approximate.values())) + _norm(list(exact.values())))
    yield lecture.stays_below(18, "diff", "1e-6", diff)
    cost(**theta)
    checked = gradient_check(net, X, Y, HalfSquaredError(), epsilon=EPSILON)
    yield lecture.stays_below(18, "diff by gradient_check", "1e-6", checked)


def _norm(values: list[float]) -> float:
    """‖v‖₂"""
    total = 0.0
    for value in values:
        total += value * value
    return math.sqrt(total)
