"""How does a loop by hand run as fast as C can? A phase of a step (forward, loss, backward, update) is recorded while
Python runs it, and C replays it whenever it comes again after the same phase.

A recorded phase has matrices of its own. Each replay fills them anew, and puts back the attributes that the phase set
when it was recorded: whoever looks at the network afterwards sees what a phase run by Python leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from threading import get_ident
from typing import Any, Callable, Optional

from refnet.checks.settings import CHANGES
from refnet.kernels.conversion import in_format
from refnet.kernels.native.recording import Phase
from refnet.network.regularisation import penalties_in_force

PLACES = {"forward": 0, "loss": 1, "backward": 2, "update": 3}

_NOTHING = [None] * 4
_value = attrgetter("value")

MOST = 8  # phases kept for each place: batches of that many shapes


class _Place:
    """A phase and those that have followed it, by their keys. phase: None until it is recorded."""

    def __init__(self) -> None:
        self.phase: Optional[Phase] = None
        self.is_unfit = False
        self.changes = CHANGES[0]
        self.effects: list[tuple[dict[str, Any], str, Any]] = []
        self.followers: dict[Any, _Place] = {}


class Phases:
    """The recorded phases of one network.

    Only refnet's own layers, losses, penalties and optimizers are recorded: they do nothing but call kernels. A change
    of any setting makes a recording void.
    """

    def __init__(self, k: Any, layers: Sequence[Any]) -> None:
        self.k = k
        self.records = getattr(k, "records_phases", False) and not any(layer.is_users_own for layer in layers)
        self.start = _Place()
        self.done: list[Optional[_Place]] = [None] * 4  # of the step under way

    def left(self, name: str) -> None:
        """This phase begins, and is perhaps not what was recorded."""
        number = PLACES[name]
        self.done[number:] = _NOTHING[number:]

    def forward(self, network: Any, inputs: list[Any], training: bool = False) -> list[Any]:
        """The matrices of the outputs, in the same memory each time, from a matrix for each input.

        Inputs may be memoryviews of binary32 or binary64 numbers too.
        """
        if not self.records:
            return network.forward_matrices([in_format(network.k, x) for x in inputs], training)
        key = (training, *[(x.format, x.shape) for x in inputs], *map(id, map(_value, network.parameters.values())))

        def run(*inputs: Any) -> list[Any]:
            return network.forward_matrices([in_format(network.k, x) for x in inputs], training)

        outputs = self.run("forward", "", network, key, run, inputs)
        network.passes.thread = get_ident()
        return outputs

    def backward(self, network: Any, after: str, input_gradient: bool, run: Callable, given: list[Any]) -> list[Any]:
        """∂L/∂inputs, by run(*given), after "loss" or, with gradients that are given, after "forward"."""
        if not self.records:
            return run(*given)
        in_force = tuple(penalties_in_force(network))
        key = None if any(penalty.is_users_own for _, penalty in in_force) else (after, input_gradient, in_force)
        return self.run("backward", after, network, key, run, given)

    def run(self, name: str, after: str, network: Any, key: Any, run: Callable, given: list[Any]) -> Any:
        """run(*given), or its replay if the phase `after` ("" for none) was replayed: it returns and leaves the same.

        key: what else decides which kernels run; None if that cannot be said.
        """
        if not self.records:
            return run(*given)
        before = self.done[PLACES[after]] if after else self.start
        self.left(name)
        if before is None or key is None or self.k.is_recording:
            return run(*given)
        place = before.followers.get(key)
        if place is None or place.changes != CHANGES[0]:
            if len(before.followers) >= MOST:
                before.followers.clear()
            place = before.followers[key] = _Place()
            if not after:  # many a shape comes only once
                return run(*given)
        if place.phase is None:
            if place.is_unfit:
                return run(*given)
            phase = Phase(self.k, run, given)
            place.is_unfit = bool(phase.unfit)
            if not phase.unfit:
                place.phase = phase
                place.effects = [(owner, each, owner[each]) for owner, each in _set_by(name, network)]
                self.done[PLACES[name]] = place
            return phase.results
        place.phase.run(given)
        for owner, attribute, value in place.effects:
            owner[attribute] = value
        self.done[PLACES[name]] = place
        return place.phase.results


def _set_by(name: str, network: Any) -> list[tuple[dict[str, Any], str]]:
    """Where a phase leaves what the next ones and the user ask for."""
    passes = vars(network.passes)
    if name == "forward":
        caches = [(vars(layer), each) for layer in network.layers for each in layer.cache if each in vars(layer)]
        return [*((passes, each) for each in ("values", "deltas", "targets", "is_uncommitted", "are_stale")), *caches]
    if name == "backward":
        parameters = [parameter for layer in network.layers for parameter in layer.parameters.values()]
        return [(passes, "deltas"), *((vars(parameter), "gradient") for parameter in parameters)]
    return [(passes, "targets" if name == "loss" else "is_uncommitted")]
