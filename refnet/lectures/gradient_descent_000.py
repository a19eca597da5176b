"""Gradient descent over minibatches: lecture file 000_85791a8fc5735753.txt.

Golden entry 25. E(w) = 1/n Σ e(f(x_i, w), y_i), and a minibatch's gradient is the mean of its examples' gradients.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from refnet.layers import Dense, Input, Sigmoid
from refnet.lectures.agreement import Lecture, Result
from refnet.losses import HalfSquaredError
from refnet.model import Network
from refnet.optimizers import SGD

lecture = Lecture("000_85791a8fc5735753.txt")

# Numbers of our own: 160 examples of x1, x2 in 0 … 1 and y in 0, ½, 1.
INPUTS = [[(i % 7) / 6.0, (i % 11) / 10.0] for i in range(160)]
TARGETS = [[(i % 3) / 2.0] for i in range(160)]
WEIGHTS, BIAS = [0.5, -0.25], 0.1

MEANS = {
    16: {"w1": "0.015556297066", "w2": "0.007506480540", "b": "0.020697301521"},
    10: {"w1": "0.013381130022", "w2": "0.007807254776", "b": "0.023498800520"},
}


def results(backend: Any = "python") -> Iterator[Result]:
    """All numbers of this lecture, computed on one backend."""
    yield from mean_of_gradients(backend)
    yield from steps_of_an_epoch(backend)
    yield from order_of_the_samples(backend)


def mean_of_gradients(backend: Any) -> Iterator[Result]:
    """25. ∂E/∂w over a batch of 16 is the mean of the 16 single gradients; of 10 as well, where dividing rounds.

    The library divides each example's ∂e/∂ŷ by m and then adds; here the single gradients are added, then divided.
    """
    for m, published in MEANS.items():
        net = _neuron(backend)
        batch = _gradient(net, INPUTS[:m], TARGETS[:m])
        singles = [_gradient(net, [x], [y]) for x, y in zip(INPUTS[:m], TARGETS[:m])]
        means = {}
        for name in batch:
            total = 0.0
            for single in singles:
                total += single[name]
            means[name] = total / m
        for name, digits in published.items():
            yield lecture.follows(25, f"∂E/∂{name}, m = {m}", f"1/{m} Σ ∂e/∂{name}", digits, batch[name])
        apart = [abs(batch[name] - means[name]) for name in batch]
        what = f"batch of {m}, largest distance from the mean of single gradients"
        if m == 16:  # dividing by a power of two is exact, so that its place does not matter
            yield lecture.equals(25, what, 0, max(apart))
        else:
            yield lecture.stays_below(25, what, "1e-16", max(apart))


def steps_of_an_epoch(backend: Any) -> Iterator[Result]:
    """25. An epoch does n/BatchSize steps; what is left over is one more, smaller step."""
    for n, batch_size, steps in ((160, 16, 10), (160, 10, 16), (50, 16, 4)):
        net = _neuron(backend)
        net.fit(INPUTS[:n], TARGETS[:n], loss=HalfSquaredError(), batch_size=batch_size)
        quantity = f"steps an epoch, n = {n}, BatchSize = {batch_size}"
        yield lecture.equals(25, quantity, steps, float(net.progress.step))


def order_of_the_samples(backend: Any) -> Iterator[Result]:
    """25. "After each epoch the samples are usually shuffled": every sample once an epoch, each time in another order.

    A single weight tells the order. With x = 1 and η = 15/16 a step w − η(w − y) is w/16 + 15/16 y, exactly: all that w
    knows moves on by one hexadecimal digit, and y comes before it. After an epoch from w = 0, 16/15 w is y_last, then
    the others back to the first, in hexadecimal: 8.61a492753 if the last sample was y = 8 and the first y = 3.
    """
    samples = [float(y) for y in range(1, 11)]
    net = Network([Input(1), Dense(1, bias=False)], backend)
    optimizer = SGD(15.0 / 16.0)
    orders = []
    for epoch in (1, 2, 3):
        net.weights = [[[0.0]]]
        net.fit([[1.0]] * 10, samples, loss=HalfSquaredError(), optimizer=optimizer, batch_size=1)
        [[[w]]] = net.weights
        order = f"{int(w * (1 << 40) / 15.0):x}"  # times 16¹⁰/15: ten whole digits
        orders.append(order)
        yield lecture.equals(25, f"different samples in epoch {epoch}, n = 10", 10, float(len(set(order) - {"0"})))
    yield lecture.equals(25, "different orders in 3 epochs", 3, float(len(set(orders))))


def _neuron(backend: Any) -> Network:
    """ŷ = σ(b + w1 x1 + w2 x2)"""
    net = Network([Input(2), Dense(1), Sigmoid()], backend)
    net.weights, net.biases = [[WEIGHTS]], [[BIAS]]
    return net


def _gradient(net: Network, inputs: list[list[float]], targets: list[list[float]]) -> dict[str, float]:
    """∂E/∂w1, ∂E/∂w2 and ∂E/∂b for these examples, E the mean of ½(y − ŷ)²."""
    net.forward(inputs, training=True)
    net.loss(targets, HalfSquaredError())
    net.backward()
    [[w1, w2]], [b] = net.gradients["dense1.weights"], net.gradients["dense1.bias"]
    return {"w1": w1, "w2": w2, "b": b}
