"""Is a gradient right? Backpropagation against differences of the loss."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any, Optional

from refnet import checks
from refnet.losses import Loss


def gradient_check(network: Any, inputs: Any, targets: Any, loss: Optional[Loss] = None, epsilon: float = 1e-5,
                   training: bool = False) -> float:
    """How far backpropagation is from the two-sided difference (lecture 001, "Gradient Checking"):

    dθ_approx = (J(θ_i + ε) − J(θ_i − ε)) / 2ε,  diff = ‖dθ_approx − dθ‖₂ / (‖dθ_approx‖₂ + ‖dθ‖₂)

    Below 1e-6 is right; above 1e-3 is a mistake in a formula. For small networks: two forward passes for each number.
    Frozen parameters are left out. A network of another number format is checked as a copy in binary64.
    training=True checks the forward pass of a training step with dropout and noise; it uses up no random numbers.
    Raises ValueError if there is no parameter, or every gradient is zero, so that there is nothing to compare.
    """
    epsilon = checks.number("epsilon", epsilon, above=0)
    checks.choice("training", training, [False, True])
    if not network.trainable_parameters:
        which = "all parameters are frozen" if network.parameters else "the network has no parameters"
        raise ValueError(f"gradient_check: {which}, so there is no gradient to check")
    network = as_binary64(network)
    network.forward(inputs, training)
    network.loss(targets, loss)
    network.backward()
    apart = approximate = exact = 0.0
    for _, gradient, (above, below) in compared(network, inputs, targets, loss, epsilon, training):
        estimate = (above - below) / (2.0 * epsilon)
        apart += (estimate - gradient) * (estimate - gradient)
        approximate += estimate * estimate
        exact += gradient * gradient
    if approximate == 0.0 and exact == 0.0:
        raise ValueError("gradient_check: every gradient is zero; try other weights")
    return math.sqrt(apart) / (math.sqrt(approximate) + math.sqrt(exact))


def as_binary64(network: Any) -> Any:
    """The network, or, if it computes in another format, a copy in binary64: in fewer bits the difference of two losses
    is mostly their rounding."""
    return network if network.number == "binary64" else copy.deepcopy(network).to("auto", number="binary64")


def compared(network: Any, inputs: Any, targets: Any, loss: Optional[Loss], epsilon: float, training: bool,
             most: Optional[int] = None) -> Iterator[tuple[str, float, tuple[float, float]]]:
    """(parameter, gradient, (J(θ_i + ε), J(θ_i − ε))) of each number of the parameters, or of at most `most` of each.

    The gradients are those of the network's last backward pass.
    """
    for name, parameter in network.trainable_parameters.items():
        table, gradients = network.k.tolist(parameter.value), network.k.tolist(parameter.gradient)
        places = [(i, j) for i, row in enumerate(table) for j in range(len(row))]
        wanted = min(most or len(places), len(places))
        for i, j in [places[n * len(places) // wanted] for n in range(wanted)]:
            costs = []
            try:
                for shifted in (table[i][j] + epsilon, table[i][j] - epsilon):
                    row = [*table[i][:j], shifted, *table[i][j + 1 :]]
                    network.k.assign(parameter.value, [*table[:i], row, *table[i + 1 :]])
                    network.forward(inputs, training)
                    costs.append(network.loss(targets, loss))
            finally:
                network.k.assign(parameter.value, table)
                network.passes.are_stale = True
            yield name, gradients[i][j], (costs[0], costs[1])
