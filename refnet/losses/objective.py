"""Which loss does a network train with, and what does it say of the last forward pass?

The loss given, else the one used last, else the default for the last layer. `network` has layers, output_places,
parents, objective, passes and kernels, as refnet.model.Network has.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Optional

from refnet import checks
from refnet.checks.settings import described, named
from refnet.kernels.observers import check_matrix, kernels_for
from refnet.layers import Layer, LogSoftmax
from refnet.losses.base import Loss
from refnet.losses.classification import BinaryCrossEntropy, CrossEntropy, NegativeLogLikelihood
from refnet.losses.multitask import MultiTask
from refnet.losses.regression import MeanSquaredError
from refnet.parameters.penalties import L2


def default_loss(last: Layer) -> Loss:
    """The default loss for a last layer: the cross-entropy after Softmax, the binary one after Sigmoid, the negative
    log-likelihood after LogSoftmax, else the mean squared error."""
    for loss in (CrossEntropy, BinaryCrossEntropy):
        if type(last) is loss.fused_with:
            return loss()
    return NegativeLogLikelihood() if type(last) is LogSoftmax else MeanSquaredError()


def checked_objective(network: Any, loss: Any, targets: list[Any]) -> Loss:
    """The loss given, else the one used last, else default_loss; for several outputs a MultiTask of one loss each.

    targets: door.Targets for each output. Raises TypeError or ValueError if the loss does not fit
    the network or the targets.
    """
    ends = [network.layers[index] for index in network.output_places]
    objective = loss if loss is not None else network.objective
    if not isinstance(objective, Loss):
        objective = _made(objective, ends)
        if described(objective) == described(network.objective):
            objective = network.objective  # what was recorded with it is not out of date
    losses = objective.losses if isinstance(objective, MultiTask) else [objective]
    if len(losses) != len(ends):
        outputs = checks.counted(len(ends), "output")
        raise ValueError(f"loss: {len(losses)} for {outputs}; expected one for each, MultiTask([…])")
    for each, index, given in zip(losses, network.output_places, targets):
        each.check_output(_behind(network, index))
        if given.are_classes:
            each.check_classes()
        else:
            each.check_targets(given.rows.tolist())
    return objective


def _made(loss: Any, ends: list[Layer]) -> Loss:
    """The loss of this name, of a list of losses or names, or the default."""
    if loss is None:
        return MultiTask([default_loss(end) for end in ends]) if len(ends) > 1 else default_loss(ends[0])
    if isinstance(loss, (list, tuple)):
        return MultiTask([named("loss", Loss, each) if isinstance(each, str) else each for each in loss])
    if isinstance(loss, str):
        return named("loss", Loss, loss)
    raise TypeError(f"loss: {checks.shown(loss)}; allowed: losses such as HalfSquaredError() and CrossEntropy()")


def _behind(network: Any, index: int) -> Layer:
    """The layer whose outputs arrive at an output of the network: those after it may pass them on unchanged."""
    while network.layers[index].passes_on:
        index = network.parents[index][0]
    return network.layers[index]


def row_losses(network: Any, targets: list[Any]) -> Any:
    """The loss of each row of the last forward pass, (rows, 1); for several outputs the weighted sum."""
    objective = network.objective
    if not isinstance(objective, MultiTask):
        return _losses_of(network, network.output_places[0], objective, targets[0])
    return weighted_sum(network.k, output_losses(network, objective, targets))


def output_losses(network: Any, objective: Loss, targets: list[Any]) -> Iterator[tuple[Optional[float], Any]]:
    """(weight, the loss of each row of the last forward pass (rows, 1)) of each output."""
    for (index, loss, weight), y in zip(_tasks(network, objective), targets):
        yield weight, _losses_of(network, index, loss, y)


def _losses_of(network: Any, index: int, loss: Loss, y: Any) -> Any:
    """The loss of each row of one output, (rows, 1)."""
    k, layer, o = network.k, network.layers[index], network.passes.values[index]
    own = kernels_for(loss, k) if loss.is_users_own else k
    rows = loss.forward_fused(own, layer, y) if _is_fused(layer, loss) else loss.forward(own, o, y)
    if loss.is_users_own:
        check_matrix(k, f"{type(loss).__name__}.forward", rows, (k.shape(o)[0], 1))
    return rows


def weighted_sum(k: Any, losses: Iterable[tuple[Optional[float], Any]]) -> Any:
    """Σ weight·rows, in the order of the outputs; without weight a single output's own."""
    total = None
    for weight, rows in losses:
        rows = rows if weight is None else k.scale(rows, weight)
        total = rows if total is None else k.add(total, rows)
    return total


def gradients(network: Any, targets: list[Any], weights: Any) -> dict[int, list[tuple[int, Any]]]:
    """∂L/∂output, from which the backward pass starts: for each layer by its index [(index of the consumer, gradient)].

    weights (rows, 1): the factor of each row's loss, or None.
    """
    k, arriving = network.k, {}  # type: ignore[var-annotated]
    for (index, loss, weight), y in zip(_tasks(network, network.objective), targets):
        own = kernels_for(loss, k) if loss.is_users_own else k
        layer, o = network.layers[index], network.passes.values[index]
        is_fused = _is_fused(layer, loss)
        d = loss.backward_fused(own, layer, y) if is_fused else loss.backward(own, o, y)
        if loss.is_users_own:
            check_matrix(k, f"{type(loss).__name__}.backward", d, k.shape(o))
        d = d if weight is None else k.scale(d, weight)
        d = d if weights is None else k.scale_rows(d, weights)
        # The loss is the consumer after all layers; fused, it sends ∂L/∂z to the layer before the activation.
        place, consumer = (network.parents[index][0], index) if is_fused else (index, len(network.layers))
        arriving.setdefault(place, []).append((consumer, d))
    return arriving


def _tasks(network: Any, objective: Any) -> Iterable[tuple[int, Loss, Optional[float]]]:
    """(index of the layer, loss, weight) of each output."""
    if isinstance(objective, MultiTask):
        return zip(network.output_places, objective.losses, objective.weights)
    return [(network.output_places[0], objective, None)]


def _is_fused(layer: Layer, loss: Loss) -> bool:
    return loss.fused and type(layer) is loss.fused_with


def one_versus_all(lam: float, examples: int) -> dict[str, Any]:
    """The regularised cost of K logistic units, each one class against all others, as arguments of fit (lecture 004):

    J(Θ) = −1/m Σ_i Σ_k (y log h + (1 − y) log(1 − h)) + λ/2m Σ Θ²
    D = Δ/m + (λ/m)Θ for weights, Δ/m for biases; the slide's D = Δ/m + λΘ has lost the 1/m of its own J.

        net = Network([Input(4), Dense(3), Sigmoid()])
        net.fit(x, classes, **one_versus_all(lam=0.6, examples=len(x)))

    m = examples is the number of all training examples, also when training in minibatches.
    """
    lam, examples = checks.number("lam", lam, least=0), checks.count("examples", examples, most=1 << 53)
    return {"loss": BinaryCrossEntropy(), "penalty": L2(lam / examples, half=True)}
