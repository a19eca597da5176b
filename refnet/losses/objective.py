"""Which loss does a network train with? The one asked for, else the one that belongs with its last layer."""

from __future__ import annotations

from typing import Any

from refnet import checks
from refnet.layers import Layer, LogSoftmax
from refnet.losses.base import Loss
from refnet.losses.classification import BinaryCrossEntropy, CrossEntropy, NegativeLogLikelihood
from refnet.losses.multitask import MultiTask
from refnet.losses.regression import MeanSquaredError
from refnet.parameters.penalties import L2


def default_loss(last: Layer) -> Loss:
    """The loss that belongs with a last layer: after Softmax the cross-entropy, after Sigmoid the binary one, after
    LogSoftmax the negative log-likelihood, else the mean squared error."""
    for loss in (CrossEntropy, BinaryCrossEntropy):
        if type(last) is loss.fused_with:
            return loss()
    return NegativeLogLikelihood() if type(last) is LogSoftmax else MeanSquaredError()


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
        if are_classes:
            each.check_classes()
        else:
            each.check_targets(rows)
    return objective


def one_versus_all(lam: float, examples: int) -> dict[str, Any]:
    """The regularised cost of K logistic units, one a class against all others, as settings of fit (lecture 004):

    J(Θ) = −1/m Σ_i Σ_k (y log h + (1 − y) log(1 − h)) + λ/2m Σ Θ²
    D = Δ/m + (λ/m)Θ for weights, Δ/m for biases; the slide's D = Δ/m + λΘ has lost the 1/m of its own J.

        net = Network([Input(4), Dense(3), Sigmoid()])
        net.fit(x, classes, **one_versus_all(lam=0.6, examples=len(x)))

    m = examples is the number of all examples, also where training goes by minibatches.
    """
    lam, examples = checks.number("lam", lam, least=0), checks.count("examples", examples)
    return {"loss": BinaryCrossEntropy(), "penalty": L2(lam / examples, half=True)}
