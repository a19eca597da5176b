"""Which trainings does another implementation follow? Every optimizer, and a network for each thing that trains.

Each run is a `fit` of five rows in shuffled minibatches of three (the last one has two), written down step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import refnet as rn
from refnet.arithmetic.random import normal, stream_key
from refnet.arithmetic.streams import VECTOR_STREAM
from refnet.trace import Trace, dumps, tracing

ROWS, BATCH = 5, 3


def _two_three_one(activation: Any = None) -> list[Any]:
    return [rn.Input(2), rn.Dense(3), activation or rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()]


def _regression(*between: Any) -> list[Any]:
    return [rn.Input(2), rn.Dense(3), *between, rn.Dense(2)]


def _classes(*between: Any, last: Any = None) -> list[Any]:
    return [rn.Input(3), rn.Dense(4), *between, rn.Dense(3), last or rn.Softmax()]


def _branches() -> Any:
    x = rn.Input(2)
    h = rn.Tanh()(rn.Dense(3)(x))
    other, shared = rn.Dense(3)(x), rn.Dense(3)
    joined = rn.Add()(h, shared(h), rn.Multiply()(h, other), rn.Maximum()(h, other), rn.Subtract()(shared(other), h))
    return rn.Dense(2)(rn.Concatenate()(joined, rn.Scale(0.5)(h)))


def _two_outputs() -> Any:
    x = rn.Input(3)
    h = rn.Tanh()(rn.Dense(4)(x))
    return [rn.Softmax()(rn.Dense(3)(h)), rn.Dense(2)(h)]


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "sgd": lambda: rn.SGD(0.5), "momentum": lambda: rn.Momentum(0.5),
    "momentum-average": lambda: rn.Momentum(0.5, form="average"),
    "momentum-sum": lambda: rn.Momentum(0.5, form="sum"), "nesterov": lambda: rn.Nesterov(0.5),
    "nesterov-sum": lambda: rn.Nesterov(0.5, form="sum"), "adagrad": lambda: rn.AdaGrad(0.5),
    "adadelta": lambda: rn.Adadelta(), "rmsprop": lambda: rn.RMSprop(0.1),
    "rmsprop-inside": lambda: rn.RMSprop(0.1, inside=True), "rmsprop-centred": lambda: rn.RMSprop(0.1, centred=True),
    "adam": lambda: rn.Adam(0.1), "adam-inside": lambda: rn.Adam(0.1, inside=True), "adamw": lambda: rn.AdamW(0.1),
    "amsgrad": lambda: rn.AMSGrad(0.1), "amsgrad-uncorrected": lambda: rn.AMSGrad(0.1, corrected=False),
    "nadam": lambda: rn.Nadam(0.1),
}

# name: (layers, what fit is told besides data, epochs and batch size)
NETWORKS: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "lecture-003": lambda: ([rn.Input(2), rn.Dense(2, bias=False, weights=[[0.1, -0.1], [-0.1, 0.1]]), rn.Sigmoid(),
                             rn.Dense(1, bias=False, weights=[[-0.1, 0.1]]), rn.Sigmoid()],
                            {"loss": rn.HalfSquaredError(), "optimizer": rn.SGD(0.2)}),
    "tanh-binary-cross-entropy": lambda: (_two_three_one(rn.Tanh()), {"optimizer": rn.Adam(0.1)}),
    "relu-softmax": lambda: (_classes(rn.ReLU()), {}),
    "beta-unfused": lambda: (_classes(rn.LeakyReLU(0.02), last=rn.Softmax(1.5)),
                             {"loss": rn.CrossEntropy(fused=False)}),
    "log-softmax": lambda: (_classes(rn.PReLU(), last=rn.LogSoftmax()), {}),
    "elu-silu": lambda: (_regression(rn.ELU(), rn.Dense(3), rn.SiLU()), {"loss": rn.MeanSquaredError("elements")}),
    "gelu-softplus": lambda: (_regression(rn.GELU(), rn.Dense(2), rn.Softplus()), {"loss": rn.Huber(0.5)}),
    "batch-norm": lambda: (_classes(rn.BatchNorm(), rn.ReLU()), {"optimizer": rn.Adam(rn.ExponentialDecay(0.1, 0.5))}),
    "dropout": lambda: (_classes(rn.ReLU(), rn.Dropout(0.5)), {"optimizer": rn.Momentum(0.1)}),
    "noise": lambda: (_regression(rn.GaussianNoise(0.1), rn.Tanh(), rn.MultiplicativeNoise(0.5)),
                      {"loss": rn.MeanAbsoluteError()}),
    "jitter": lambda: ([rn.Input(2), rn.Dense(6), rn.Jitter(3, 2), rn.Dense(2)], {"optimizer": rn.SGD(0.1)}),
    "penalties": lambda: (
        [rn.Input(2), rn.Standardize([0.5, -0.5], [2.0, 0.5]),
         rn.Dense(3, penalty=[rn.L1(0.01), rn.L2(0.1, half=True)]), rn.Tanh(), rn.ActivityPenalty(0.01),
         rn.Dense(2, constraint=rn.MaxNorm(0.5))],
        {"loss": rn.HalfSquaredError("sum"), "penalty": rn.L2(0.01),
         "optimizer": rn.RMSprop(0.1, weight_decay=0.1, clip=rn.ClipNorm(0.5))}),
    "sparse": lambda: ([rn.Input(2), rn.Dense(3), rn.Sigmoid(), rn.KLSparsity(0.1, 0.5), rn.Dense(1)],
                       {"loss": rn.Hinge(), "optimizer": rn.SGD(0.1, clip=rn.ClipValue(0.1))}),
    "squared-hinge": lambda: ([rn.Input(2), rn.Dense(1)], {"loss": rn.SquaredHinge()}),
    "multiclass-hinge": lambda: (_classes(rn.Tanh())[:-1], {"loss": rn.MulticlassHinge()}),
    "two-outputs": lambda: (_two_outputs(), {"loss": rn.MultiTask([rn.CrossEntropy(), rn.Huber()], [1.0, 0.3]),
                                             "optimizer": rn.SGD(0.1)}),
    "branches": lambda: (_branches(), {"loss": rn.HalfSquaredError(), "optimizer": rn.SGD(0.1)}),
}


def run_case(name: str, epochs: int, seed: int, backend: Any) -> dict[str, Any]:
    """The document of one run: that of a trace, with the data and how they were gone through."""
    trace, data = trained(name, epochs, seed, backend)
    return {**dumps.document(trace), "fit": {"epochs": epochs, "batch_size": BATCH, "shuffle": True, "seed": seed},
            "data": {part: _numbers(rows) for part, rows in data.items()}}


def trained(name: str, epochs: int, seed: int, backend: Any) -> tuple[Trace, dict[str, list[list[float]]]]:
    """The trace of one run, and its data: "inputs" and "targets", or "targets1", "targets2", … of several outputs."""
    if name in OPTIMIZERS:
        layers, told = _two_three_one(), {"loss": rn.HalfSquaredError(), "optimizer": OPTIMIZERS[name]()}
    else:
        layers, told = NETWORKS[name]()
    net = rn.Network(layers, backend=backend, seed=seed)
    key = stream_key(seed, VECTOR_STREAM)
    inputs = [[normal(key, net.inputs * i + j) for j in range(net.inputs)] for i in range(ROWS)]
    targets = [_targets(type(told.get("loss")).__name__, units) for units in net.output_units]
    several = len(targets) > 1
    with tracing(net) as trace:
        net.fit(inputs, targets if several else targets[0], epochs=epochs, batch_size=BATCH, **told)
    return trace, {"inputs": inputs, **{f"targets{i if several else ''}": rows for i, rows in enumerate(targets, 1)}}


def _targets(loss: str, units: int) -> list[list[float]]:
    """Five rows such as the loss and an output of so many units take."""
    if "Hinge" in loss and units == 1:
        return [[(-1.0, 1.0, 1.0, -1.0, 1.0)[i]] for i in range(ROWS)]
    if units == 3:
        return [[float(j == (0, 2, 1, 1, 0)[i]) for j in range(3)] for i in range(ROWS)]
    return [[(0.1, 0.9, 0.5, 0.25, 1.0)[(i + j) % 5] for j in range(units)] for i in range(ROWS)]


def _numbers(rows: Any) -> dict[str, Any]:
    return dumps.encoded([len(rows), len(rows[0])], [value for row in rows for value in row])
