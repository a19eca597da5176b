"""Which trainings are done twice, by refnet and independently? Small networks, their data, and the formats by name.

    python tests/formats/independent_cases.py --trainings 1000 --number bfloat16:binary32

does so with random networks and says which end with other bits. The suite has fewer of the same.
"""

import argparse
import itertools
import random
import sys
import warnings
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[2]))  # an installed refnet comes first

import independent_optimizers
import numpy as np
from independent_fixed import FixedNumbers
from independent_numpy import TYPES, NumPyNumbers
from independent_training import Independent

import refnet as rn

FLOATING = ["binary32", "binary16", "bfloat16", "binary32:binary64", "binary16:binary32", "bfloat16:binary32"]
FIXED = ["Q7.8", "Q7.8-truncate", "Q7.8-wrap", "Q7.8-truncate-wrap", "Q7.8:Q15.16", "Q7.8-truncate-wrap:Q15.16",
         "Q3.12-wrap:Q9.24-truncate-wrap", "Q15.16", "Q2.5", "Q0.7", "Q0.7-wrap", "Q7.0-truncate"]

ACTIVATIONS = {"relu": rn.ReLU, "relu, 1 at 0": lambda: rn.ReLU(1), "sigmoid": rn.Sigmoid, "tanh": rn.Tanh,
               "softmax": rn.Softmax}
LOSSES = {"half squared": rn.HalfSquaredError, "squared": rn.MeanSquaredError, "cross-entropy": rn.CrossEntropy,
          "binary cross-entropy": rn.BinaryCrossEntropy}
ENDS = [("softmax", "cross-entropy"), ("sigmoid", "binary cross-entropy"), ("sigmoid", "half squared"),
        ("linear", "squared")]
OPTIMIZERS = [("SGD", {"rate": 0.3}), ("Adam", {"rate": 0.05}), ("Momentum", {"rate": 0.1, "mu": 0.9}),
              ("RMSprop", {"rate": 0.05}), ("Nesterov", {"rate": 0.1, "mu": 0.7}),
              ("Adam", {"rate": 0.02, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3}),
              ("AdamW", {"rate": 0.05, "weight_decay": 0.3}), ("Nadam", {"rate": 0.05, "momentum_decay": 0.01})]


def arithmetic_of(name):
    """The independent arithmetic of a format, such as "bfloat16" or "Q7.8-truncate-wrap:Q15.16"."""
    if name[0] != "Q":
        return NumPyNumbers(name)
    name, _, sums = name.partition(":")
    size, *how = name[1:].split("-")
    rounding, overflow = ("truncate" if "truncate" in how else "nearest"), ("wrap" if "wrap" in how else "saturate")
    return FixedNumbers(*map(int, size.split(".")), rounding, overflow, arithmetic_of(sums) if sums else None)


def is_known(name):
    """Whether NumPy has these formats here."""
    return all(each in TYPES for each in name.split(":")) or name[0] == "Q"


class Case(NamedTuple):
    """A training: hidden layers of one activation, units of all layers, the data, and what fit is told."""

    hidden: str
    end: tuple[str, str]  # the last activation and the loss
    optimizer: tuple[str, dict[str, float]]
    units: tuple[int, ...] = (3, 4, 3)
    lam: float = 0.0  # of the penalty λ Σ w²
    dropout: float = 0.0
    rows: int = 11
    batch_size: int = 4  # the last batch has three rows
    epochs: int = 3
    scale: float = 2.0  # the inputs lie between −scale and scale
    seed: int = 5

    @property
    def activations(self):
        return [self.hidden] * (len(self.units) - 2) + [self.end[0]]

    def data(self):
        """(inputs, targets)"""
        draw, columns = random.Random(self.seed), self.units[-1]
        inputs = [[draw.uniform(-self.scale, self.scale) for _ in range(self.units[0])] for _ in range(self.rows)]
        if self.end[0] == "softmax":
            classes = [draw.randrange(columns) for _ in range(self.rows)]
            return inputs, [[1.0 if j == label else 0.0 for j in range(columns)] for label in classes]
        return inputs, [[draw.uniform(0.1, 0.9) for _ in range(columns)] for _ in range(self.rows)]

    def network(self, **settings):
        layers: list[Any] = [rn.Input(self.units[0])]
        for i, (units, activation) in enumerate(zip(self.units[1:], self.activations)):
            layers += [rn.Dense(units), *([] if activation == "linear" else [ACTIVATIONS[activation]()])]
            layers += [rn.Dropout(self.dropout)] if self.dropout and i < len(self.units) - 2 else []
        return rn.Network(layers, seed=self.seed, **settings)

    def by_refnet(self, **settings):
        """What refnet says: the losses, weights and biases, and predictions. settings: format and backend."""
        net, (inputs, targets) = self.network(**settings), self.data()
        given = [row.index(1.0) for row in targets] if self.end[0] == "softmax" else targets
        name, numbers = self.optimizer
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # some diverge
            history = net.fit(inputs, given, loss=LOSSES[self.end[1]](), optimizer=getattr(rn, name)(**numbers),
                              epochs=self.epochs, batch_size=self.batch_size,
                              penalty=rn.L2(self.lam) if self.lam else None)
        return history["loss"], net.weights, net.biases, net.predict(inputs)

    def independently(self, arithmetic):
        """What the independent implementation says of it, from the first weights of refnet's binary64."""
        start, (inputs, targets) = self.network(backend="python"), self.data()
        name, numbers = self.optimizer
        optimizer = getattr(independent_optimizers, name)(**numbers)
        with np.errstate(all="ignore"):
            net = Independent(arithmetic, start.weights, start.biases, self.activations, self.end[1], optimizer,
                              self.lam, self.dropout, self.seed)
            losses = net.fit(inputs, targets, self.epochs, self.batch_size)
            return losses, net.weights(), net.biases(), net.predict(inputs)


def random_case(seed):
    """A training of any kind; some have data or rates that no narrow format holds."""
    draw = random.Random(seed)
    end, (name, numbers) = draw.choice(ENDS), draw.choice(OPTIMIZERS)
    units = [draw.randint(1, 5) for _ in range(draw.randint(2, 4))]
    return Case(
        draw.choice(["relu", "relu, 1 at 0", "sigmoid", "tanh"]), end,
        (name, {**numbers, "rate": draw.choice([0.001, 0.03, 0.5, 3.0])}),
        (*units[:-1], units[-1] + (end[0] == "softmax")), draw.choice([0.0, 0.0, 0.003, 0.7]),
        draw.choice([0.0, 0.0, 0.3]), draw.randint(1, 15), draw.randint(1, 6), draw.randint(1, 3),
        draw.choice([0.01, 1.0, 4.0, 300.0, 1e5]), seed)


CASES = [Case(hidden, end, optimizer, lam=0.01 if i % 5 > 2 else 0.0) for i, (optimizer, end, hidden) in
         enumerate(itertools.product(OPTIMIZERS, ENDS, ["relu", "sigmoid"]))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trainings", type=int, default=100, metavar="N", help="of each format")
    parser.add_argument("--seed", type=int, default=0, help="of the first; the others' are the numbers that follow")
    parser.add_argument("--number", action="append", help="only this format; may be repeated")
    parser.add_argument("--backend", choices=["python", "c"], default="python")
    options = parser.parse_args()
    for number in options.number or ["binary64", *filter(is_known, FLOATING + FIXED)]:
        others = []
        for case in map(random_case, range(options.seed, options.seed + options.trainings)):
            ours = case.by_refnet(number=number, backend=options.backend)
            if repr(ours) != repr(case.independently(arithmetic_of(number))):
                others.append(case)
        print(f"{number:<32}{len(others)} of {options.trainings} differ", *others[:3], sep="\n    ", flush=True)
