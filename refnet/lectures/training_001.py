"""Training: gradient checking and learning-rate decay: lecture file 001_64b240ec3fb16f33.txt.

Golden entries 17 and 18. Entry 17: the slide prints α0, decay_rate and the formula; the rates follow from them.
"""

import math
from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import divide
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("001_64b240ec3fb16f33.txt", {17: "Learning Rate Decay", 18: "Gradient Checking"})


def learning_rate_decay(backend: Any) -> Iterator[Result]:
    """17. "Learning rate decay": α = α0 / (1 + decay_rate · epoch_num), α0 = 0.2, decay_rate = 1."""
    net = rn.Network([rn.Input(1), rn.Dense(1)], backend)
    history = net.fit([[1.0]], [[1.0]], optimizer=rn.SGD(rn.InverseTimeDecay(0.2, decay=1.0)), epochs=4)
    for epoch, (digits, rate) in enumerate(zip(["0.2", "0.1", "0.0667", "0.05"], history["rate"])):
        yield lecture.prints(17, f"α, epoch {epoch}", digits, rate)


# Entry 18 with numbers chosen here: ŷ = σ(b + w1 x1 + w2 x2), two examples, J the mean of ½(y − ŷ)².
X, Y = [[1.0, 2.0], [-0.5, 0.7]], [[0.0], [1.0]]
EPSILON = 1e-5  # ε

# The approximation has fewer correct decimals, because the rounding error of J is divided by 2ε.
GRADIENT = {"w1": "0.100801005923", "w2": "0.081437884335", "b": "-0.005226165410"}
APPROXIMATION = {"w1": "0.10080101", "w2": "0.08143788", "b": "-0.00522617"}


def check_of_the_gradient(backend: Any) -> Iterator[Result]:
    """18. "Gradient checking": dθ_approx = (J(θ_i + ε) − J(θ_i − ε)) / 2ε for one θ_i after the other, and
    diff = ‖dθ_approx − dθ‖₂ / (‖dθ_approx‖₂ + ‖dθ‖₂), written out and by the library.
    """
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend)

    def cost(w1: float, w2: float, b: float) -> float:
        """J(θ); a backward pass may follow."""
        net.weights, net.biases = [[[w1, w2]]], [[b]]
        net.forward(X)
        return net.loss(Y, rn.HalfSquaredError())

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

    distance = _norm([approximate[name] - exact[name] for name in theta])
    diff = divide(distance, _norm(list(approximate.values())) + _norm(list(exact.values())))
    yield lecture.stays_below(18, "diff", "1e-6", diff)
    cost(**theta)
    checked = rn.gradient_check(net, X, Y, rn.HalfSquaredError(), epsilon=EPSILON)
    yield lecture.stays_below(18, "diff by gradient_check", "1e-6", checked)


def _norm(values: list[float]) -> float:
    """‖v‖₂"""
    return math.sqrt(total_of([value * value for value in values]))


WORKED_EXAMPLES = (learning_rate_decay, check_of_the_gradient)
