"""Gradient descent over minibatches: lecture file 000_85791a8fc5735753.txt.

Golden entry 25. E(w) = 1/n Σ e(f(x_i, w), y_i), and a minibatch's gradient is the mean of its examples' gradients.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("000_85791a8fc5735753.txt", {25: "Mini-Batch Gradient Descent"})

# Numbers chosen here: 160 examples with x1 and x2 from 0 to 1, y one of 0, ½, 1.
INPUTS = [[(i % 7) / 6.0, (i % 11) / 10.0] for i in range(160)]
TARGETS = [[(i % 3) / 2.0] for i in range(160)]
WEIGHTS, BIAS = [0.5, -0.25], 0.1

MEANS = {
    16: {"w1": "0.015556297066", "w2": "0.007506480540", "b": "0.020697301521"},
    10: {"w1": "0.013381130022", "w2": "0.007807254776", "b": "0.023498800520"},
}


def mean_of_gradients(backend: Any) -> Iterator[Result]:
    """25. ∂E/∂w of a batch of 16 is the mean of the 16 single gradients; likewise of 10, where the division rounds.

    The library divides each example's ∂e/∂ŷ by m and then adds; here the single gradients are added, then divided.
    """
    for m, published in MEANS.items():
        net = _neuron(backend)
        batch = _gradient(net, INPUTS[:m], TARGETS[:m])
        singles = [_gradient(net, [x], [y]) for x, y in zip(INPUTS[:m], TARGETS[:m])]
        for name, digits in published.items():
            yield lecture.follows(25, f"∂E/∂{name}, m = {m}", f"1/{m} Σ ∂e/∂{name}", digits, batch[name])
        distance = max(abs(batch[name] - total_of([each[name] for each in singles]) / m) for name in batch)
        quantity = f"batch of {m}, largest distance from the mean of single gradients"
        if m == 16:  # division by a power of two is exact, so it may come before or after the sum
            yield lecture.equals(25, quantity, 0, distance)
        else:
            yield lecture.stays_below(25, quantity, "1e-16", distance)


def steps_of_an_epoch(backend: Any) -> Iterator[Result]:
    """25. An epoch has n/BatchSize steps; the remaining examples are one more, smaller step."""
    for n, batch_size, steps in ((160, 16, 10), (160, 10, 16), (50, 16, 4)):
        net = _neuron(backend)
        net.fit(INPUTS[:n], TARGETS[:n], loss=rn.HalfSquaredError(), batch_size=batch_size)
        quantity = f"steps an epoch, n = {n}, BatchSize = {batch_size}"
        yield lecture.equals(25, quantity, steps, float(net.progress.step))


def order_of_the_samples(backend: Any) -> Iterator[Result]:
    """25. "After each epoch the samples are usually shuffled": every sample once an epoch, each time in another order.

    A single weight shows the order. With x = 1 and η = 15/16 a step w − η(w − y) is exactly w/16 + 15/16 y: in
    hexadecimal the digits of 16/15 w move right by one, and y becomes the first. After an epoch from w = 0 they are
    the samples from the last to the first: 8.61a492753 if the last sample was y = 8 and the first y = 3.
    """
    samples = [float(y) for y in range(1, 11)]
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend)
    optimizer = rn.SGD(15.0 / 16.0)
    orders = []
    for epoch in (1, 2, 3):
        net.weights = [[[0.0]]]
        net.fit([[1.0]] * 10, samples, loss=rn.HalfSquaredError(), optimizer=optimizer, batch_size=1)
        [[[w]]] = net.weights
        order = f"{int(w * (1 << 40) / 15.0):x}"  # 16¹⁰/15 w has ten digits and no fraction
        orders.append(order)
        yield lecture.equals(25, f"different samples in epoch {epoch}, n = 10", 10, float(len(set(order) - {"0"})))
    yield lecture.equals(25, "different orders in 3 epochs", 3, float(len(set(orders))))


def _neuron(backend: Any) -> rn.Network:
    """ŷ = σ(b + w1 x1 + w2 x2)"""
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend)
    net.weights, net.biases = [[WEIGHTS]], [[BIAS]]
    return net


def _gradient(net: rn.Network, inputs: list[list[float]], targets: list[list[float]]) -> dict[str, float]:
    """∂E/∂w1, ∂E/∂w2 and ∂E/∂b for these examples, E the mean of ½(y − ŷ)²."""
    net.forward(inputs, training=True)
    net.loss(targets, rn.HalfSquaredError())
    net.backward()
    [[w1, w2]], [b] = net.gradients["dense1.weights"], net.gradients["dense1.bias"]
    return {"w1": w1, "w2": w2, "b": b}


WORKED_EXAMPLES = (mean_of_gradients, steps_of_an_epoch, order_of_the_samples)
