"""Does one fixed network, trained from scratch, end with the weights that it has everywhere else?"""

import time
from typing import Any, Callable, NamedTuple

import refnet as rn
from refnet.arithmetic.random import normal, stream_key
from refnet.arithmetic.streams import CANONICAL_STREAM

CANONICAL_HASH = "5f6f9472e106066169d85b241e58b9cca6417caa2da71f2ca23dd93806f8376a"
"""The fingerprint of the canonical network's weights after training, as the README prints it."""

CANONICAL_HASHES = {
    "binary64": CANONICAL_HASH,
    "binary32": "eb822a74f7d4da01a0f942c66501e91f0665c8460a93d6a0d8f5ca9a15995d92",
    "binary16": "fd796b29e2646c381b54faaf7995e1d7644c3034e12c1e07ad9d73562df671e8",
    "bfloat16": "9f4d12a4c7bd699cdb6b402a2199095d95a85d0e0a34c03b5d956ce08a6e7f87",
}
"""The same in each number format that has a published one, after the epochs of `epochs_in`."""

CANONICAL_SEED = 2024


def epochs_in(number: str) -> int:
    """Epochs with each of the three optimizers: fewer where the reference is slow, as its numbers round."""
    return 15 if number == "binary64" else 1


class Training(NamedTuple):
    """The canonical network, trained on one backend in one number format."""

    backend: str
    number: str
    fingerprint: str
    seconds: float
    losses: list[float]  # one for each epoch

    @property
    def published(self) -> str:
        """The published fingerprint in this format; "" if there is none."""
        return CANONICAL_HASHES.get(self.number, "")

    @property
    def is_right(self) -> bool:
        return self.fingerprint == self.published or not self.published


def canonical_data(examples: int = 200) -> tuple[list[list[float]], list[int]]:
    """Three clouds of points in six dimensions, each dimension with a scale and an offset of its own."""
    key = stream_key(CANONICAL_SEED, CANONICAL_STREAM)
    centres = [[1.2 * normal(key, 6 * c + j) for j in range(6)] for c in range(3)]
    inputs, labels = [], []
    for i in range(examples):
        label = i % 3
        numbers = [centres[label][j] + normal(key, 18 + 6 * i + j) for j in range(6)]
        inputs.append([(j + 1) * number + 10.0 * j for j, number in enumerate(numbers)])
        labels.append(label)
    return inputs, labels


def canonical_network(backend: Any, number: str = "binary64") -> Any:
    """The network, untrained, whose weights after training have one fingerprint everywhere."""
    mean, std = rn.data.column_statistics(canonical_data()[0])
    return rn.Network(
        [
            rn.Input(6), rn.Standardize(mean, std),
            rn.Dense(24, weights=rn.LeCun()), rn.Tanh(),
            rn.Dense(20, weights=rn.He(), biases=rn.Constant(0.1)), rn.ReLU(),
            rn.Dense(16, weights=rn.He("uniform"), biases=rn.Normal(0.1), penalty=rn.L1(1e-4)), rn.LeakyReLU(0.02),
            rn.Dense(12, weights=rn.Glorot("normal"), bias=False), rn.Sigmoid(),
            rn.Dense(3, weights=rn.Uniform(1.0)), rn.Softmax(1.5),
        ],
        backend=backend, number=number, seed=CANONICAL_SEED,
    )


def train_canonical(backend: Any, tell: Callable[[float], None] = lambda share: None,
                    number: str = "binary64") -> Training:
    """Train it with three optimizers in turn, penalties and a falling rate; minibatches of 32, the last one of 8.

    tell is called now and then with the share of the epochs that is done.
    """
    network, epochs = canonical_network(backend, number), epochs_in(number)
    inputs, labels = canonical_data()
    start = time.perf_counter()
    losses: list[float] = []
    for optimizer in (
        rn.SGD(0.1),
        rn.Momentum(0.05, mu=0.8),
        rn.Nesterov(rn.InverseTimeDecay(0.05, decay=0.02), mu=0.9),
    ):
        losses += network.fit(
            inputs, labels, loss=rn.CrossEntropy(), optimizer=optimizer, epochs=epochs, batch_size=32,
            penalty=[rn.L2(1e-4), rn.L1(1e-5)], report=lambda report: tell(report.epoch / (3 * epochs)),
        )["loss"]
    return Training(network.backend, network.number, network.fingerprint(), time.perf_counter() - start, losses)
