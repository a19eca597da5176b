"""A gradient through many layers is a product, and may vanish: lecture file 000_85791a8fc5735753.txt.

Golden entry 24. With six hidden layers de/dw = de/du6 du6/du5 du5/du4 du4/du3 du3/du2 du2/du1 du1/dw.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import sqrt
from refnet.kernels.reference.sums import squares_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("000_85791a8fc5735753.txt", {24: "Consider training the following deep network with 6 hidden layers"})

# One unit a layer, with numbers chosen here: u1 = σ(w x), u_k = σ(w_k u_(k−1)), e = ½(u6 − y)².
CHAIN, X, TARGET = [1.0, -1.5, 2.0, -0.5, 1.5, 3.0], 0.8, 1.0
FACTORS = {
    "de/du6": "-0.123506866624", "du6/du5": "0.324758761562", "du5/du4": "0.339789719738", "du4/du3": "-0.121967476042",
    "du3/du2": "0.467160164375", "du2/du1": "-0.290122015057", "du1/dw": "0.171127757216",
}


PRODUCT = "-3.855433341E-5"


def product_of_seven_factors(backend: Any) -> Iterator[Result]:
    """24. de/dw is the product of seven factors; each du_k/du_(k−1) = u_k(1 − u_k) w_k is at most ¼ |w_k|."""
    net = _chain(backend, CHAIN)
    net.forward([[X]], training=True)
    net.loss([[TARGET]], rn.HalfSquaredError())
    net.backward()
    o = [net.activations[f"sigmoid{k}"][0][0] for k in range(1, 7)]
    slopes = [value * (1.0 - value) for value in o]
    factors = [o[5] - TARGET, *[slopes[k] * CHAIN[k] for k in (5, 4, 3, 2, 1)], slopes[0] * X]
    for (name, digits), factor in zip(FACTORS.items(), factors):
        yield lecture.follows(24, name, "its derivative", digits, factor)
    yield lecture.follows(24, "de/dw", "product of the seven", PRODUCT, net.gradients["dense1.weights"][0][0])


def one_factor_near_zero(backend: Any) -> Iterator[Result]:
    """24. "If any is near zero, the gradient will be near zero" and "gradient descent will get stuck": w stays.

    With w4 = −100 for −0.5 the net input of u4 is about −54, where σ' is 2e-24, and so is the fourth factor.
    """
    changes = []
    for w4 in (-100.0, -0.5):
        net = _chain(backend, [*CHAIN[:3], w4, *CHAIN[4:]])
        net.fit([[X]], [[TARGET]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.5), epochs=100)
        changes.append(abs(net.weights[0][0][0] - CHAIN[0]))
    yield lecture.equals(24, "change of w in 100 steps, one factor near zero", 0, changes[0])
    yield lecture.is_more(24, "change of w in 100 steps, none near zero", changes[1], "with one", changes[0])


def _chain(backend: Any, weights: list[float]) -> rn.Network:
    layers = [layer for _ in weights for layer in (rn.Dense(1, bias=False), rn.Sigmoid())]
    net = rn.Network([rn.Input(1), *layers], backend)
    net.weights = [[[w]] for w in weights]
    return net


EPOCHS = 20


def sigmoid_against_relu(backend: Any) -> Iterator[Result]:
    """24. The same six layers of 12 units with the same first weights, on 20 points of the playground's circle.

    "It is also one of the reasons ReLU is sometimes preferred". With σ the gradient is lost on its way to the
    first layer, and after training the loss is still that of a constant answer, ln 2 = 0.693.
    """
    points = rn.data.circle(20)
    ratio, loss = {}, {}
    for name, activation in (("sigmoid", rn.Sigmoid), ("ReLU", rn.ReLU)):
        net = deep_network(backend, activation)
        net.forward(points.inputs, training=True)
        net.loss(points.targets)
        net.backward()
        first, last = (_norm(net.gradients[f"dense{i}.weights"]) for i in (1, 7))
        ratio[name] = first / last
        net.fit(points.inputs, points.targets, optimizer=rn.SGD(0.1), epochs=EPOCHS, batch_size=4)
        loss[name] = net.evaluate(points.inputs, points.targets)["loss"]
    yield lecture.is_less(24, "‖∂e/∂w‖ of the first layer / the last, sigmoid", ratio["sigmoid"], "a fifth of ReLU's",
                          0.2 * ratio["ReLU"])
    yield lecture.is_at_least(24, f"loss after {EPOCHS} epochs, sigmoid", "0.69", loss["sigmoid"])
    yield lecture.stays_below(24, f"loss after {EPOCHS} epochs, ReLU", "0.4", loss["ReLU"])


def deep_network(backend: Any, activation: Any, width: int = 12, seed: int = 1) -> rn.Network:
    """Two inputs, six hidden layers, one sigmoid output. The first weights are the same for every activation."""
    hidden = [layer for _ in range(6) for layer in (rn.Dense(width, weights=rn.He()), activation())]
    return rn.Network([rn.Input(2), *hidden, rn.Dense(1), rn.Sigmoid()], backend, seed=seed)


def _norm(rows: list[list[float]]) -> float:
    return sqrt(squares_of([w for row in rows for w in row]))


WORKED_EXAMPLES = (product_of_seven_factors, one_factor_near_zero, sigmoid_against_relu)
