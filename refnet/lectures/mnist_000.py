"""The network for MNIST that the lecture ends with: lecture file 000_85791a8fc5735753.txt.

Golden entry 29. The Keras program that the last slide links to: 784-512-512-10, ReLU, dropout 0.2, softmax, RMSprop,
batches of 128, 20 epochs, and 98.40 % on the test set. examples/mnist_dropout.py is that program; its accuracy is
98.33 %, the mean of five seeds (docs/mnist.md). A check of seconds has neither the data nor the time: here are the
program's parameters, one of its steps in numbers, and its training on images of 4 × 4 pixels, made up.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic import random
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("000_85791a8fc5735753.txt", {29: "Here is an example on how to achieve 98.40% accuracy on MNIST"})


def program(sizes: tuple[int, int, int, int], backend: Any, seed: int = 0, weights: Any = None) -> rn.Network:
    """The program's network with other sizes; the layers' names are those of 784-512-512-10."""
    inputs, first, second, classes = sizes
    start = {} if weights is None else {"weights": weights}
    return rn.Network([
        rn.Input(inputs),
        rn.Dense(first, **start), rn.ReLU(), rn.Dropout(0.2),
        rn.Dense(second, **start), rn.ReLU(), rn.Dropout(0.2),
        rn.Dense(classes, **start), rn.Softmax(),
    ], backend, seed)


def parameters(backend: Any) -> Iterator[Result]:
    """29. (inputs + 1) · units of each layer; ReLU, dropout and softmax have none."""
    net = program((784, 512, 512, 10), backend, weights=rn.Zeros())
    total = 0.0
    for j, count in enumerate((401920, 262656, 5130), 1):
        rows, columns = net.k.shape(net.parameters[f"dense{j}.weights"].value)
        _, biases = net.k.shape(net.parameters[f"dense{j}.bias"].value)
        found = float(rows * columns + biases)
        total += found
        yield lecture.equals(29, f"parameters of dense{j}, {columns} → {rows}", count, found)
    yield lecture.equals(29, "parameters of 784-512-512-10", 669706, total)


# One step of 3-3-3-2 with numbers chosen here; the dropout layers' draws are those of seed 4.
X, Y = [[0.9, 0.0, 0.4], [0.1, 0.8, 0.5]], [[1.0, 0.0], [0.0, 1.0]]
WEIGHTS = [[[0.5, -0.2, 0.3], [0.2, 0.6, -0.1], [-0.2, 0.4, 0.8]],
           [[0.7, 0.2, 0.4], [0.5, 0.3, -0.1], [0.1, 0.9, 0.7]],
           [[0.4, -0.6, 0.2], [-0.3, 0.5, 0.8]]]
BIASES = [[0.1, 0.05, -0.05], [0.02, 0.1, 0.2], [0.0, 0.0]]

STEP = {
    "o1 of row 1": "0.468051399797", "o2 of row 1": "0.531948600203",
    "o1 of row 2": "0.249622806548", "o2 of row 2": "0.750377193452",
    "loss": "0.523178217371",
    "dΘ1_10": "-0.094025778111", "dΘ1_11": "0.010545494696", "dΘ1_12": "-0.095168694996", "dΘ1_13": "-0.049506398119",
    "dΘ1_20": "-0.169665501326", "dΘ1_21": "-0.016966550133", "dΘ1_22": "-0.135732401060", "dΘ1_23": "-0.084832750663",
    "dΘ1_30": "-0.162078089124", "dΘ1_31": "-0.145870280212", "dΘ1_32": "0.000000000000", "dΘ1_33": "-0.064831235650",
    "dΘ2_10": "-0.232727512589", "dΘ2_11": "-0.194909291793", "dΘ2_12": "0.000000000000", "dΘ2_13": "-0.026181845166",
    "dΘ2_20": "0.194098983138", "dΘ2_21": "0.276253286048", "dΘ2_22": "-0.107259799689", "dΘ2_23": "0.041142899547",
    "dΘ2_30": "-0.093608552455", "dΘ2_31": "-0.016381496680", "dΘ2_32": "-0.058505345285", "dΘ2_33": "0.000000000000",
    "dΘ3_10": "-0.141162896827", "dΘ3_11": "-0.216519703676", "dΘ3_12": "-0.110222101342", "dΘ3_13": "0.121691118192",
    "dΘ3_20": "0.141162896827", "dΘ3_21": "0.216519703676", "dΘ3_22": "0.110222101342", "dΘ3_23": "-0.121691118192",
    "Θ3_10": "0.003162276952", "Θ3_11": "0.403162277198", "Θ3_12": "-0.596837723247", "Θ3_13": "0.196837723162",
    "Θ3_20": "-0.003162276952", "Θ3_21": "-0.303162277198", "Θ3_22": "0.496837723247", "Θ3_23": "0.803162276838",
}
FORMULAS = {"o": "softmax", "l": "1/m ΣΣ −y ln o", "d": "∂loss/∂Θ", "Θ": "Θ − η dΘ/(√(0.1 dΘ²) + ε)"}


def one_step(backend: Any) -> Iterator[Result]:
    """29. Forward with dropout, cross-entropy, backward, RMSprop with η = 0.001, β = 0.9, on two rows."""
    net = program((3, 3, 3, 2), backend, seed=4)
    net.weights, net.biases = WEIGHTS, BIASES
    outputs = net.forward(X, training=True)
    computed = {f"o{j} of row {i}": o for i, row in enumerate(outputs, 1) for j, o in enumerate(row, 1)}
    computed["loss"] = net.loss(Y, rn.CrossEntropy())
    net.backward()
    computed.update(_by_index("dΘ", {name: net.gradients[name] for name in net.parameters}))
    rn.RMSprop(0.001).update(net)
    computed.update(_by_index("Θ", {name: net.get(name) for name in net.parameters}))
    for quantity, digits in STEP.items():
        yield lecture.follows(29, quantity, FORMULAS[quantity[0]], digits, computed[quantity])


def _by_index(symbol: str, numbers: dict[str, list]) -> dict[str, float]:
    """{"Θ2_10": a bias, "Θ2_11": a weight, …}"""
    found = {}
    for layer in (1, 2, 3):
        biases, weights = numbers[f"dense{layer}.bias"], numbers[f"dense{layer}.weights"]
        for j, (bias, row) in enumerate(zip(biases, weights), 1):
            for i, value in enumerate([bias, *row]):
                found[f"{symbol}{layer}_{j}{i}"] = value
    return found


DIGITS = ("#### #..# #..# ####", ".#.. .#.. .#.. .#..", "###. ..#. .#.. .###", "#..# #### ...# ...#")  # 0, 1, 2, 4


def images(m: int, seed: int) -> tuple[list[list[float]], list[int]]:
    """m images of the four digits in turn; each pixel is turned over with probability 0.1."""
    drawn = iter([random.uniform(seed, n) for n in range(16 * m)])
    labels = [i % 4 for i in range(m)]
    return [[float((pixel == "#") != (next(drawn) < 0.1)) for pixel in DIGITS[label].replace(" ", "")]
            for label in labels], labels


def small_training(backend: Any) -> Iterator[Result]:
    """29. The program's training on 64 images of 4 × 4 pixels, 16-10-10-4, and its accuracy on 64 others."""
    net = program((16, 10, 10, 4), backend, seed=2)
    test = images(64, seed=2)
    before = net.evaluate(*test)["accuracy"]
    net.fit(*images(64, seed=1), optimizer=rn.RMSprop(0.02), epochs=8, batch_size=16)
    yield lecture.is_at_least(29, "4 × 4 pixels: accuracy on other images", "0.9", net.evaluate(*test)["accuracy"])
    yield lecture.is_less(29, "4 × 4 pixels: accuracy before training", before, "with one answer in two right", 0.5)


WORKED_EXAMPLES = (parameters, one_step, small_training)
