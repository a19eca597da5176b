"""Which loss does a network train with? The one asked for, else the one that belongs with its last layer."""

from __future__ import annotations

from typing import Any, Optional

from refnet.layers import Layer
from refnet.losses.base import Loss
from refnet.losses.classification import BinaryCrossEntropy, CrossEntropy
from refnet.losses.regression import MeanSquaredError


def default_loss(last: Layer) -> Loss:
    """The loss that belongs with a last layer: after Softmax the cross-entropy, after Sigmoid the binary one, else the
    mean squared error."""
    for loss in (CrossEntropy, BinaryCrossEntropy):
        if type(last) is loss.fused_with:
            return loss()
    return MeanSquaredError()


def checked_objective(network: Any, loss: Optional[Loss], y_rows: list[list[float]], are_classes: bool) -> Loss:
    """The loss asked for, else the one used last, else default_loss. Raises if it does not fit network or targets."""
    objective = loss if loss is not None else network.objective or default_loss(network.layers[-1])
    if not isinstance(objective, Loss):
        raise TypeError(f"loss: {objective!r}; allowed are losses such as HalfSquaredError() and CrossEntropy()")
    objective.check_output(network.layers[-1])
    if not are_classes:
        objective.check_targets(y_rows)
    return objective
