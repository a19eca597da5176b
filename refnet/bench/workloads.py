"""What is measured? Networks with their data, the same for every contestant, made from refnet's own random numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

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


class Workload(NamedTuple):
    """A network and how it is trained: SGD, a fixed rate, no momentum, no penalty.

    sizes   units from inputs to outputs
    hidden  a name of HIDDEN
    loss    a name of LOSSES; cross-entropy stands after softmax, the others after sigmoid
    rows    examples; a multiple of the batch, so that every step is the same work
    """

    sizes: tuple[int, ...]
    hidden: str
    loss: str
    batch: int
    rows: int
    rate: float

    @property
    def name(self) -> str:
        return "-".join(map(str, self.sizes))

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
    """Examples and initial weights, as lists."""

    inputs: list[list[float]]
    labels: list[int]
    weights: list
    biases: list

    def first(self, rows: int) -> Data:
        return self._replace(inputs=self.inputs[:rows], labels=self.labels[:rows])


NETWORKS = (
    Workload((784, 512, 512, 10), "relu", "cross-entropy", 128, 1280, 0.01),
    Workload((784, 30, 10), "sigmoid", "binary-cross-entropy", 10, 1000, 0.1),
    Workload((2, 8, 8, 2, 2), "tanh", "cross-entropy", 10, 2000, 0.1),
    Workload((2, 2, 2), "sigmoid", "half-squared-error", 1, 2000, 0.1),
)


def network(workload: Workload, backend: Any, number: Any = None) -> Any:
    """The workload's network, untrained."""
    layers: list[Any] = [rn.Input(workload.sizes[0])]
    for units in workload.sizes[1:-1]:
        layers += [rn.Dense(units), HIDDEN[workload.hidden]()]
    layers += [rn.Dense(workload.sizes[-1]), rn.Softmax() if workload.loss == "cross-entropy" else rn.Sigmoid()]
    return rn.Network(layers, backend=backend, seed=1, number=number)


def data(workload: Workload) -> Data:
    """Inputs uniform in [0, 1), labels at random, and the initial weights of the network, all in binary64."""
    inputs = uniform(workload.rows, workload.sizes[0], 0)
    labels = [int(u * workload.sizes[-1]) for (u,) in uniform(workload.rows, 1, 1)]
    first = network(workload, "auto")
    return Data(inputs, labels, first.weights, first.biases)


def uniform(rows: int, columns: int, stream: int) -> list[list[float]]:
    """Random numbers in [0, 1), as rows."""
    k = choose("auto")
    return k.tolist(k.uniform(stream_key(1, BENCH_STREAM + stream), k.wide([[0.0]]), rows, columns))
