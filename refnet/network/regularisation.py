"""Which penalties does a network pay now? Those of its parameters, and the network's own for the other weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from refnet.parameters import Parameter


def penalties_in_force(network: Any) -> Iterator[tuple[Parameter, Any]]:
    """(parameter, penalty) for each penalty that has started: its own, or else, for weights, the network's.

    A frozen parameter has none: what it would cost is a constant.
    """
    for parameter in network.passes.trainable.values():
        for penalty in parameter.penalties or (() if parameter.is_row else network.penalties):
            if penalty.start <= network.epoch:
                yield parameter, penalty


def check_penalties(network: Any, penalties: Any) -> None:
    """Raise ValueError if penalties for the whole network do not fit the shape of some weights."""
    for parameter in network.parameters.values():
        if not parameter.is_row and not parameter.penalties:
            for penalty in penalties:
                penalty.check_shape(network.k.shape(parameter.value))
