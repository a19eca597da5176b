"""Activation functions and batch normalisation of their net inputs z: lecture file 001_64b240ec3fb16f33.txt.

Golden entry 32. At z = 0 this lecture gives ReLU the derivative 1; lectures 002 and 004 give it 0, refnet's default.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import divide, sqrt
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("001_64b240ec3fb16f33.txt", {32: "tanh; ReLU; Leaky ReLU; Batch Normalization"})

TANH = {  # z: tanh(z), tanh'(z)
    -2.0: ("-0.964027580076", "0.070650824853"),
    -0.5: ("-0.462117157260", "0.786447732966"),
    0.3: ("0.291312612452", "0.915136961827"),
    1.7: ("0.935409070603", "0.125009870633"),
}


def scaled_sigmoid(backend: Any) -> Iterator[Result]:
    """32. "tanh … is actually just a scaled version of the sigmoid function": tanh(z) = 2σ(2z) − 1; g'(z) = 1 − a²."""
    [tanh], [slopes] = activation(rn.Tanh(), [list(TANH)], backend)
    [doubled], _ = activation(rn.Sigmoid(), [[2.0 * z for z in TANH]], backend)
    for (z, (digits, slope_digits)), a, sigma, slope in zip(TANH.items(), tanh, doubled, slopes):
        yield lecture.follows(32, f"tanh({z:g})", "(eᶻ − e⁻ᶻ)/(eᶻ + e⁻ᶻ)", digits, a)
        yield lecture.follows(32, f"2σ({2.0 * z:g}) − 1", f"tanh({z:g})", digits, 2.0 * sigma - 1.0)
        yield lecture.follows(32, f"tanh'({z:g})", "1 − a²", slope_digits, slope)


def derivative_at_zero(backend: Any) -> Iterator[Result]:
    """32. "ReLU": g'(z) = 1 if z ≥ 0. "Leaky ReLU": g'(z) = 0.01 if z < 0, 1 if z ≥ 0."""
    for name, layer, [below, at, above] in (
        ("ReLU of lecture 001", rn.ReLU(gradient_at_zero=1), (0, 1, 1)),
        ("ReLU of lectures 002 and 004, the default", rn.ReLU(), (0, 0, 1)),
    ):
        _, [[left, zero, right]] = activation(layer, [[-1.0, 0.0, 1.0]], backend)
        yield lecture.equals(32, f"{name}: g'(−1)", below, left)
        yield lecture.equals(32, f"{name}: g'(0)", at, zero)
        yield lecture.equals(32, f"{name}: g'(1)", above, right)
    _, [[left, zero]] = activation(rn.LeakyReLU(), [[-1.0, 0.0]], backend)
    yield lecture.prints(32, "leaky ReLU: g'(−1)", "0.01", left)
    yield lecture.equals(32, "leaky ReLU: g'(0)", 1, zero)


def normalised_z(backend: Any) -> Iterator[Result]:
    """32. "Batch Normalization": (z − mean)/√(variance + ε) of the net inputs z = 3 + 2x over four examples."""
    dense, normalised = rn.Dense(1), rn.BatchNorm(eps=1e-5)
    net = rn.Network([rn.Input(1), dense, normalised, rn.Sigmoid()], backend)
    net.weights, net.biases = [[[2.0]]], [[3.0]]
    net.forward([[-1.0], [0.5], [1.0], [2.5]], training=True)
    [[mean]], [[variance]] = net.k.tolist(normalised.mean), net.k.tolist(normalised.variance)
    yield lecture.follows(32, "z: mean", "1/m Σ z", "4.5", mean)
    yield lecture.follows(32, "z: variance", "1/m Σ (z − mean)²", "6.25", variance)
    published = ("-1.399998880001", "-0.199999840000", "0.199999840000", "1.399998880001")
    for i, (digits, [z]) in enumerate(zip(published, net.activations[normalised.name]), 1):
        yield lecture.follows(32, f"normalised z, example {i}", "(z − mean)/√(variance + ε)", digits, z)


def fluctuation_of_z(backend: Any) -> Iterator[Result]:
    """32. "This makes the values not fluctuate much between iterations": how far does a unit's mean of z move?

    Minibatches of 10 of the two moons, 30 steps. A move is largest − smallest mean, in units of z's standard deviation
    within a minibatch.
    """
    data = rn.data.two_moons(100, noise=0.1, seed=1)
    moves = {}
    for name, layers in (("as it is", []), ("normalised", [rn.BatchNorm()])):
        net = rn.Network([rn.Input(2), rn.Dense(4), *layers, rn.Tanh(), rn.Dense(1), rn.Sigmoid()], backend, seed=1)
        place, optimizer, k = 1 + len(layers), rn.SGD(0.5), net.k
        means, deviations = [], []
        for t in range(30):
            rows = slice(10 * t % 100, 10 * t % 100 + 10)
            net.forward(data.inputs[rows], training=True)
            z = k.matrix(net.activations[net.layers[place].name])  # what the activation function gets
            means.append(k.column_means(z))
            deviations.append(sqrt(k.tolist(k.column_variances(z, means[-1]))[0][0]))
            net.loss(data.targets[rows], rn.BinaryCrossEntropy())
            net.backward()
            optimizer.update(net)
        first = [k.tolist(each)[0][0] for each in means]
        moves[name] = divide((max(first) - min(first)) * len(first), total_of(deviations))
    yield lecture.is_less(32, "moves of the mean of z in 30 steps, normalised", moves["normalised"], "as it is",
                          moves["as it is"])


def activation(layer: Any, z: list[list[float]], backend: Any) -> tuple[list[list[float]], list[list[float]]]:
    """a = g(z) and g'(z) of a layer, number by number."""
    net = rn.Network([rn.Input(len(z[0])), layer], backend)
    return net.forward(z), net.backward([[1.0] * len(z[0])], input_gradient=True)


WORKED_EXAMPLES = (scaled_sigmoid, derivative_at_zero, normalised_z, fluctuation_of_z)
