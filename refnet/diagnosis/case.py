"""Who is examined? A copy of the network, a sample of the rows, and what the loss of a constant answer would be."""

from __future__ import annotations

import copy
import math
from typing import Any, Optional

from refnet.arithmetic.elementary import divide, log
from refnet.diagnosis.limits import count
from refnet.diagnosis.profiling import median
from refnet.kernels import REFERENCE
from refnet.kernels.choosing import at_hand, choose, format_of
from refnet.kernels.conversion import binary64_of
from refnet.kernels.observers import kernels_for
from refnet.kernels.reference.sums import total_of
from refnet.layers import LogSoftmax, Softmax
from refnet.losses import BinaryCrossEntropy
from refnet.model import check_network
from refnet.training.evaluation import evaluated
from refnet.training.examples import Examples

NEARLY_0 = 1e-12  # a share of rows that is 0 counts as this in a logarithm


class Case:
    """A network under examination. What is tried, is tried on copies of it: `twin`.

    k         its kernels, and `binary64`, those on which sizes are tried, whatever it computes in
    examples  all rows, and `sample`, some of them from all over
    loss      its loss on the sample, `constant` that of the best constant answer, `accuracy` of classes (else None)
    """

    def __init__(self, network: Any, examples: Examples, objective: Any, optimizer: Any) -> None:
        form = format_of(network.k)
        if network.k is choose("python", form) is not choose("auto", form):  # C has the same bits sooner
            network = copy.deepcopy(network).to("auto")
        self.network, self.k, self.objective, self.optimizer = network, network.k, objective, optimizer
        self.binary64 = binary64_of(network.k)
        if self.binary64 is REFERENCE:
            self.binary64 = at_hand()
        self.examples, self.sample = examples, some(examples, count("rows"))
        self.inputs, self.targets = as_given(self.sample)
        own = evaluated(self.network, self.sample, objective, [])
        self.loss, self.accuracy = own["loss"], own.get("accuracy")
        self.y = next(self.sample.in_order(self.k, self.sample.rows)).targets[0]
        self.constant = constant_loss(self.network, objective, self.k.tolist(self.y))

    def twin(self) -> Any:
        """A copy that is about to train as the network would."""
        twin = copy.deepcopy(self.network)
        twin.abandon_epoch()
        twin.objective, twin.callbacks = self.objective, []
        if self.optimizer is not None:
            copy.deepcopy(self.optimizer).attach(twin)
        return twin

    def share(self, loss: float) -> float:
        """A loss, or a difference of losses, in units of that of the constant answer."""
        return divide(loss, math.fabs(self.constant))


def check_one_output(name: str, network: Any) -> None:
    """Raise TypeError for what is no network, ValueError for one with several outputs."""
    check_network(network)
    if len(network.output_places) > 1:
        raise ValueError(f"{name}: the network has {len(network.output_places)} outputs; allowed: one")


def some(examples: Examples, most: int) -> Examples:
    """At most this many rows from all over the examples; of classes each has its share."""
    order = list(range(examples.rows))
    labels = examples.labels()
    if labels is not None:
        order.sort(key=labels.__getitem__)
    wanted = min(most, examples.rows)
    return examples.part(sorted(order[i * examples.rows // wanted] for i in range(wanted)))


def as_given(examples: Examples) -> tuple[Any, Any]:
    """Inputs and targets as `fit` takes them."""
    targets: Any = examples.targets[0].rows.tolist()
    if examples.targets[0].are_classes:
        targets = [int(row[0]) for row in targets]
    return examples.inputs if len(examples.inputs) > 1 else examples.inputs[0], targets


def constant_loss(network: Any, objective: Any, targets: list[list[float]]) -> float:
    """The loss of the best constant answer: of outputs that are the same for all rows.

    For cross-entropies and squared errors that is the mean of the targets, and the loss the entropy of the classes or
    the variance. For other losses it is the best of the mean, the median and the decisions −1, 0, 1 of the mean: an
    upper bound. Where the mean of the targets is beyond the outputs' limits, the limits do not count.
    """
    k, last = binary64_of(network.k), network.layers[network.output_places[0]]
    y = k.matrix(targets)
    best = math.inf
    constants = _constants(last, objective, targets, k.tolist(k.column_sums(y))[0])
    is_reached = _is_within(last, constants[0])
    for row in constants:
        if _is_within(last, row) or not is_reached:
            o = k.matrix([row] * len(targets))
            total = k.tolist(k.column_sums(objective.forward(kernels_for(objective, k), o, y)))[0][0]
            value = total / objective.divisor(len(targets), len(row))
            best = value if value < best else best
    return best


def _is_within(last: Any, row: list[float]) -> bool:
    low, high = last.smallest, last.largest
    return all((low is None or value >= low) and (high is None or value <= high) for value in row)


def _constants(last: Any, objective: Any, targets: list[list[float]], sums: list[float]) -> list[list[float]]:
    mean = [total / len(targets) for total in sums]
    shares = [min(max(value, NEARLY_0), 1.0 - NEARLY_0) for value in mean]
    if isinstance(last, Softmax):
        return [mean]
    if isinstance(last, LogSoftmax) or getattr(objective, "from_logits", False):
        is_binary = isinstance(objective, BinaryCrossEntropy)
        return [[log(value) - (log(1.0 - value) if is_binary else 0.0) for value in shares]]
    middle = [median(column) for column in zip(*targets)]
    decided = [[factor * math.copysign(1.0, value - centre) for value in mean] for factor in (0.0, 1.0)
               for centre in (0.0, 0.5)]
    return [mean, middle, *decided]


def spread(k: Any, matrix: Any) -> float:
    """How far rows differ: the root of the mean over the columns of their variances."""
    variances = k.tolist(k.column_variances(matrix, k.column_means(matrix)))[0]
    total = total_of(variances)
    return math.sqrt(total / len(variances)) if total >= 0.0 else math.nan


def first_not_finite(network: Any) -> Optional[str]:
    """The name of the first parameter with a number that is NaN or infinite."""
    k = network.k
    for name, parameter in network.parameters.items():
        if not math.isfinite(k.tolist(k.sum_of_magnitudes(parameter.value))[0][0]):
            return name
    return None
