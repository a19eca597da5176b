"""Does this installation compute the right bits? What `refnet check` runs; needs nothing but the package.

Three questions: do the lectures' worked examples give their published digits, does every kernel of the C core
return the reference's bits (verify.compare), and does one fixed network trained from scratch end with the weights
that everyone else's has. Where there is no C core the reference alone answers the first and the third.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple, Optional

from refnet.arithmetic.random import normal, stream_key
from refnet.arithmetic.streams import CANONICAL_STREAM

CANONICAL_HASH = "5f6f9472e106066169d85b241e58b9cca6417caa2da71f2ca23dd93806f8376a"
"""The fingerprint of the canonical network's weights after training, as the README prints it."""

CANONICAL_SEED = 2024


class Example(NamedTuple):
    """One published number and what each backend computes. c is None where there is no C core."""

    entry: int
    source: str
    quantity: str
    published: str
    python: float
    c: Optional[float]
    agrees: bool  # both print as published
    differs: bool  # the two backends have different bits


class Training(NamedTuple):
    """The canonical network, trained on one backend."""

    backend: str
    fingerprint: str
    seconds: float
    losses: list[float]  # an epoch each


def backends() -> list[str]:
    """What can be checked here: ["python", "c"], or the reference alone.

    REFNET_BACKEND=python leaves the C core out. Raises BackendError where the environment asks for a C core that
    cannot be used.
    """
    from refnet.kernels import choose, native_or_none

    if choose("auto").name == "python" and (native_or_none() is None or _python_is_asked_for()):
        return ["python"]
    return ["python", "c"]


def why_one_backend() -> str:
    """Why the reference is checked alone."""
    from refnet.kernels import why_no_c

    return "REFNET_BACKEND=python leaves the C core out" if _python_is_asked_for() else why_no_c()


def _python_is_asked_for() -> bool:
    import os

    return os.environ.get("REFNET_BACKEND") == "python"


def worked_examples(names: list[str]) -> list[Example]:
    """Every published number of the lectures, computed on the named backends."""
    from refnet.lectures import results
    from refnet.verify.compare import same_bits

    tables = [results(name) for name in names]
    examples = []
    for row in zip(*tables):
        first, last = row[0], row[-1]
        if first[:4] != last[:4]:
            raise AssertionError(f"lectures: {first[:4]} on {names[0]} beside {last[:4]} on {names[-1]}")
        examples.append(Example(
            first.entry, first.source, first.quantity, first.published,
            python=first.computed, c=last.computed if len(row) > 1 else None,
            agrees=all(result.agrees for result in row), differs=not same_bits(first.computed, last.computed),
        ))
    return examples


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


def canonical_network(backend: Any) -> Any:
    """The network whose trained weights have one fingerprint everywhere: each kind of layer once, untrained."""
    import refnet as rn

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
        backend=backend, seed=CANONICAL_SEED,
    )


def train_canonical(backend: Any) -> Training:
    """Train it with each optimizer in turn, penalties and a falling rate; minibatches of 32, the last one of 8."""
    import refnet as rn

    network = canonical_network(backend)
    inputs, labels = canonical_data()
    start = time.perf_counter()
    losses: list[float] = []
    for optimizer in (
        rn.SGD(0.1),
        rn.Momentum(0.05, mu=0.8),
        rn.Nesterov(rn.InverseTimeDecay(0.05, decay=0.02), mu=0.9),
    ):
        losses += network.fit(
            inputs, labels, loss=rn.CrossEntropy(), optimizer=optimizer, epochs=15, batch_size=32,
            penalty=[rn.L2(1e-4), rn.L1(1e-5)],
        )["loss"]
    return Training(network.backend, network.fingerprint(), time.perf_counter() - start, losses)


def failures(examples: list[Example], comparisons: list[Any], trainings: list[Training]) -> list[str]:
    """What is not as it should be, a phrase each; empty when all is well."""
    found = []
    wrong = [each for each in examples if not each.agrees]
    apart = [each for each in examples if each.differs]
    kernels = [each.kernel for each in comparisons if each.difference]
    if not examples:
        found.append("there is no worked example")
    if wrong:
        found.append(f"{len(wrong)} of {len(examples)} worked examples do not give their published digits")
    if apart:
        found.append(f"{len(apart)} of {len(examples)} worked examples have other bits in C than in Python")
    if kernels:
        found.append(f"the kernel{'s' if len(kernels) > 1 else ''} {', '.join(kernels)}")
    for each in trainings:
        if each.fingerprint != CANONICAL_HASH:
            found.append(f"the canonical network's hash on {each.backend}")
    if any(each.losses != trainings[0].losses for each in trainings):
        found.append("the canonical network's losses")
    return found
