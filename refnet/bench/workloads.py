"""What is measured? Networks with their data, the same for every contestant, made from refnet's own random numbers."""

from __future__ import annotations

import math
from typing import Any, Callable, NamedTuple

import refnet as rn
from refnet.arithmetic.random import stream_key
from refnet.arithmetic.streams import BENCH_STREAM
from refnet.kernels import choose

HIDDEN = {"relu": rn.ReLU, "sigmoid": rn.Sigmoid, "tanh": rn.Tanh}
LOSSES = {
    "cross-entropy": rn.CrossEntropy,
    "binary-cross-entropy": rn.BinaryCrossEntropy,
    "half-squared-error": rn.HalfSquaredError,
}
OUTPUTS = {"softmax": [rn.Softmax], "sigmoid": [rn.Sigmoid], "linear": []}
OPTIMIZERS: dict[str, Callable[[float], Any]] = {"SGD": rn.SGD, "Adam": rn.Adam}


class Workload(NamedTuple):
    """A network and how it is trained: a fixed rate, no momentum, no penalty.

    sizes      units from inputs to outputs
    hidden     a name of HIDDEN
    loss       a name of LOSSES; cross-entropy stands after softmax, the others after sigmoid
    rows       examples; a multiple of the batch, so that every step is the same work
    linear     half squared error of linear outputs instead
    targets    classes at random; numbers, uniform in [0, 1); or exponentials: see `exponentials`
    optimizer  a name of OPTIMIZERS
    shuffle    a new random order each epoch
    """

    sizes: tuple[int, ...]
    hidden: str
    loss: str
    batch: int
    rows: int
    rate: float
    linear: bool = False
    targets: str = "classes"
    optimizer: str = "SGD"
    shuffle: bool = True

    @property
    def name(self) -> str:
        return "-".join(map(str, self.sizes))

    @property
    def title(self) -> str:
        """The name with what tells it from others: 4-32-16-4, 10,000, Adam."""
        return f"{self.name}, {self.batch:,}" + f", {self.optimizer}" * (self.optimizer != "SGD")

    @property
    def output(self) -> str:
        """A name of OUTPUTS."""
        return "linear" if self.linear else "softmax" if self.loss == "cross-entropy" else "sigmoid"

    @property
    def steps(self) -> int:
        """Training steps per epoch."""
        return self.rows // self.batch

    @property
    def product_flops(self) -> int:
        """Multiplications and additions of a step's matrix products: forward, weight gradients, and the gradients
        that go back to every layer but the first."""
        pairs = [inputs * units for inputs, units in zip(self.sizes, self.sizes[1:])]
        return 2 * self.batch * (3 * sum(pairs) - pairs[0])


class Data(NamedTuple):
    """Examples and initial weights, as lists; labels are the classes of the targets, if these are one-hot rows."""

    inputs: list[list[float]]
    targets: list[list[float]]
    labels: list[int]
    weights: list
    biases: list

    def first(self, rows: int) -> Data:
        return self._replace(inputs=self.inputs[:rows], targets=self.targets[:rows], labels=self.labels[:rows])


NETWORKS = (
    Workload((784, 512, 512, 10), "relu", "cross-entropy", 128, 1280, 0.01),
    Workload((784, 30, 10), "sigmoid", "binary-cross-entropy", 10, 1000, 0.1),
    Workload((2, 8, 8, 2, 2), "tanh", "cross-entropy", 10, 2000, 0.1),
    Workload((2, 2, 2), "sigmoid", "half-squared-error", 1, 2000, 0.1),
)

REGRESSION: Any = {"linear": True, "targets": "numbers"}
# SimpleChains.jl's example: the exponential of a 2×2 matrix, learnt from all examples at once.
EXPONENTIAL = Workload((4, 32, 16, 4), "tanh", "half-squared-error", 10_000, 10_000, 3e-4, linear=True,
                       targets="exponentials", optimizer="Adam", shuffle=False)
SMALL = (
    Workload((2, 2, 1), "tanh", "half-squared-error", 1, 2000, 0.1, targets="numbers"),
    Workload((24, 8, 2), "tanh", "half-squared-error", 200, 4000, 0.01, **REGRESSION),
    Workload((4, 32, 16, 4), "tanh", "half-squared-error", 32, 3200, 0.01, **REGRESSION),
    Workload((4, 32, 16, 4), "tanh", "half-squared-error", 1000, 4000, 0.01, **REGRESSION),
    Workload((4, 32, 16, 4), "tanh", "half-squared-error", 10_000, 10_000, 0.01, **REGRESSION),
    EXPONENTIAL,
    NETWORKS[1],
    NETWORKS[1]._replace(batch=128, rows=1280),
    NETWORKS[0],
)


def network(workload: Workload, backend: Any, number: Any = None) -> Any:
    """The workload's network, untrained."""
    layers: list[Any] = [rn.Input(workload.sizes[0])]
    for units in workload.sizes[1:-1]:
        layers += [rn.Dense(units), HIDDEN[workload.hidden]()]
    layers += [rn.Dense(workload.sizes[-1]), *(layer() for layer in OUTPUTS[workload.output])]
    return rn.Network(layers, backend=backend, seed=1, number=number)


def optimizer(workload: Workload) -> Any:
    return OPTIMIZERS[workload.optimizer](workload.rate)


def data(workload: Workload) -> Data:
    """Inputs uniform in [0, 1) (of exponentials normal), and the initial weights of the network, all in binary64."""
    units, labels = workload.sizes[-1], []
    if workload.targets == "exponentials":
        inputs = _random("normal", workload.rows, workload.sizes[0], 0)
        targets = exponentials(inputs)
    else:
        inputs, targets = uniform(workload.rows, workload.sizes[0], 0), uniform(workload.rows, units, 1)
    if workload.targets == "classes":
        labels = [int(u * units) for (u,) in uniform(workload.rows, 1, 1)]
        targets = [[float(j == label) for j in range(units)] for label in labels]
    first = network(workload, "auto")
    return Data(inputs, targets, labels, first.weights, first.biases)


def exponentials(matrices: list[list[float]]) -> list[list[float]]:
    """The exponential of each 2×2 matrix, both as rows of four numbers.

    With A = tI + B, t half the trace: B² = sI, so that exp A = exp t · (I cosh √s + B sinh √s / √s), or cos and sin
    of √-s.
    """
    found = []
    for a, b, c, d in matrices:
        middle, half = 0.5 * (a + d), 0.5 * (a - d)
        square = half * half + b * c
        root = math.sqrt(abs(square))
        whole, part = (math.cosh(root), math.sinh(root)) if square > 0.0 else (math.cos(root), math.sin(root))
        part = part / root if root else 1.0
        scale = math.exp(middle)
        found.append([scale * each for each in (whole + part * half, part * b, part * c, whole - part * half)])
    return found


def uniform(rows: int, columns: int, stream: int) -> list[list[float]]:
    """Random numbers in [0, 1), as rows."""
    return _random("uniform", rows, columns, stream)


def _random(kind: str, rows: int, columns: int, stream: int) -> list[list[float]]:
    k = choose("auto")
    return k.tolist(getattr(k, kind)(stream_key(1, BENCH_STREAM + stream), k.wide([[0.0]]), rows, columns))
