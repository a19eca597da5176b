"""How does one neuron learn? The perceptron by its mistakes, the logistic unit by the gradient of its error.

Both take the same step: ∂E/∂z, the gradients that follow from it, w ← w − η ∂E/∂w. The perceptron's step function has
no derivative; it takes o − y itself for ∂E/∂z.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from refnet import checks
from refnet.data import door
from refnet.losses import BinaryCrossEntropy
from refnet.neurons.neuron import Neuron
from refnet.optimizers import SGD


class Learnt(NamedTuple):
    """What `fit` did.

    mistakes  how many examples were wrong when they were shown, for each epoch
    weights   [b, w1, w2, …] before the first epoch and after each
    cycle     after the last epoch the weights were those of this many epochs before, so it would go on like that for
              ever; 0: they had never been the same
    """

    mistakes: list[int]
    weights: list[list[float]]
    cycle: int

    @property
    def converged(self) -> bool:
        """Whether the last epoch had no mistake."""
        return self.mistakes[-1] == 0


class _Learner(Neuron):
    """Base of neurons that learn from examples (x, y) with y 0 or 1."""

    activation = "linear"

    def __init__(self, weights: Sequence[float], bias: float = 0.0, rate: float = 1.0, backend: Any = "auto") -> None:
        super().__init__(weights, bias, self.activation, backend)
        self.optimizer = SGD(rate)

    def decide(self, x: Sequence[float]) -> int:
        """The class, 0 or 1: 1 where z ≥ 0."""
        return int(self.net_input(x) >= 0.0)

    def _send_back(self, z: float, y: int) -> None:
        raise TypeError(f"{type(self).__name__} defines no _send_back")

    def learn(self, x: Sequence[float], y: int) -> bool:
        """One step with one example; returns whether its class was wrong before.

        Raises TypeError or ValueError if x has not a finite number for each weight, or y is not 0 or 1.
        """
        y = checks.choice("y", y, [0, 1])
        z = self.net_input(self._rows("x", [x])[0])
        self._send_back(z, y)
        self.optimizer.update(self.network)
        return (z >= 0.0) != y

    def _rows(self, name: str, rows: Any) -> list[list[float]]:
        table = door.rows(name, rows, self.network.inputs).tolist()
        return [[checks.number(f"{name}[{i}][{j}]", v) for j, v in enumerate(row)] for i, row in enumerate(table)]

    def fit(self, rows: Sequence[Sequence[float]], targets: Sequence[int], epochs: int = 100, *,
            stop_when_right: bool = True) -> Learnt:
        """Learn the examples one by one in their order, epoch after epoch: until an epoch has no mistake, or ends with
        weights that were there before, or there were as many epochs.

        stop_when_right  False: go on after an epoch without a mistake, for a logistic unit, whose error falls further

        Raises TypeError or ValueError for rows that are not finite or do not fit, targets that are not 0 or 1, one for
        each row, or other epochs.
        """
        checks.count("epochs", epochs)
        stop_when_right = checks.choice("stop_when_right", stop_when_right, [True, False])
        examples = self._rows("rows", rows)
        if not hasattr(targets, "__len__") or len(targets) != len(examples):
            what = f"{checks.counted(len(examples), 'row')}, targets {checks.shown(targets)}"
            raise ValueError(f"targets: {what}; allowed: one for each row")
        wanted = [checks.choice(f"targets[{i}]", y, [0, 1]) for i, y in enumerate(targets)]
        mistakes: list[int] = []
        weights = [[self.bias, *self.weights]]
        cycle = 0
        while len(mistakes) < epochs and not cycle and not (stop_when_right and mistakes[-1:] == [0]):
            mistakes.append([self.learn(x, y) for x, y in zip(examples, wanted)].count(True))
            now = [self.bias, *self.weights]
            if mistakes[-1] and now in weights:
                cycle = len(weights) - weights.index(now)
            weights.append(now)
        return Learnt(mistakes, weights, cycle)


class Perceptron(_Learner):
    """o = 1 where z = b + Σ w_i x_i ≥ 0, else 0; w ← w + η(y − o)x, b ← b + η(y − o) (Rosenblatt, Psychological Review
    65, 1958; the "binary step function" of lecture 003).

    weights, bias   where it starts
    rate            η > 0

    Where a line separates the classes an epoch without a mistake comes (Novikoff, 1962). Where none does, as in XOR
    (Minsky & Papert, Perceptrons, 1969), the weights stay bounded; whole numbers so return to values that they had, and
    `fit` says when.
    """

    def __call__(self, x: Sequence[float]) -> float:
        """o: 0.0 or 1.0."""
        return float(self.decide(x))

    def _send_back(self, z: float, y: int) -> None:
        self.network.backward([[float(z >= 0.0) - y]])


class LogisticUnit(_Learner):
    """o = σ(b + Σ w_i x_i); w ← w − η(o − y)x, b ← b − η(o − y): the gradient of the binary cross-entropy.

    Logistic regression, lecture 000's first network. The rule is the perceptron's, with o between 0 and 1, so it learns
    from right answers too. loss: another one of refnet.losses, with which σ' is a factor of the step.
    """

    activation = "sigmoid"

    def __init__(self, weights: Sequence[float], bias: float = 0.0, rate: float = 1.0, backend: Any = "auto", *,
                 loss: Any = None) -> None:
        super().__init__(weights, bias, rate, backend)
        self.loss = BinaryCrossEntropy() if loss is None else loss

    def _send_back(self, z: float, y: int) -> None:
        self.network.loss([[float(y)]], self.loss)
        self.network.backward()
