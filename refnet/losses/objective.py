"""Which loss does a network train with? The one asked for, else the one that belongs with its last layer."""

from __future__ import annotations

from typing import Any

from refnet.layers import Layer
from refnet.losses.base import Loss
from refnet.losses.classification import BinaryCrossEntropy, CrossEntropy
from refnet.losses.multitask import MultiTask
from refnet.losses.regression import MeanSquaredError


def default_loss(last: Layer) -> Loss:
    """The loss that belongs with a last layer: after Softmax the cross-entropy, after Sigmoid the binary one, else the
    mean squared error."""
    for loss in (CrossEntropy, BinaryCrossEntropy):
        if type(last) is loss.fused_with:
            return loss()
    return MeanSquaredError()


def checked_objective(network: Any, loss: Any, targets: list[tuple[Any, bool]]) -> Loss:
    """The loss asked for, else the one used last, else default_loss; of several outputs, all of theirs.

    targets: (rows, are they class indices?) for each output. Raises if the loss does not fit network or targets.
    """
    ends = [network.layers[place] for place in network.output_places]
    objective = loss if loss is not None else network.objective
    if isinstance(objective, (list, tuple)):
        objective = MultiTask(objective)
    if objective is None:
        objective = MultiTask([default_loss(end) for end in ends]) if len(ends) > 1 else default_loss(ends[0])
    if not isinstance(objective, Loss):
        raise TypeError(f"loss: {objective!r}; allowed are losses such as HalfSquaredError() and CrossEntropy()")
    losses = objective.losses if isinstance(objective, MultiTask) else [objective]
    if len(losses) != len(ends):
        raise ValueError(f"loss: {len(losses)} for {len(ends)} outputs; expected one for each, MultiTask([…])")
    for each, end, (rows, are_classes) in zip(losses, ends, targets):
        each.check_output(end)
        if not are_classes:
            each.check_targets(rows)
    return objective
