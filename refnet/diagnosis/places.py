"""For whom does a kernel work? The place (phase and layer) of each call of a network's training steps."""

from __future__ import annotations

from typing import Any, Callable, Optional, Union

LOSS, OPTIMIZER, BETWEEN = "loss", "optimizer", "penalties, branches"
"""Who works for no layer: BETWEEN are penalties, and the sums where a value has several consumers."""

PHASES = ("forward", "loss", "backward", "update")


class Place:
    """The phase of the training step and the layer, or LOSS, OPTIMIZER or BETWEEN, for which kernels are called now.

    It follows a network that is a copy of its own: methods of its layers and its optimizer are wrapped for good.
    """

    def __init__(self, network: Any) -> None:
        self.phase = self.owner = ""
        self._within(network, "forward_matrices", "forward", BETWEEN)
        self._within(network, "loss_matrix", "loss", LOSS)
        self._within(network, "backward_matrices", "backward", LOSS)
        self._within(network, "_finish_backward", "backward", BETWEEN)
        for layer in network.layers:
            self._within(layer, "forward", "forward", layer.name)
            self._within(layer, "backward", "backward", layer.name)
            self._within(layer, "commit", "update", layer.name)
        optimizer = network.optimizer
        if optimizer:
            names = {id(each.value): name.partition(".")[0] for name, each in network.parameters.items()}
            self._within(optimizer, "before_forward", "update", OPTIMIZER)
            self._within(optimizer, "_update", "update", OPTIMIZER)
            self._within(optimizer, "update_parameter", "update", lambda k, w, *_: names.get(id(w), OPTIMIZER))

    @property
    def now(self) -> tuple[str, str]:
        return self.phase, self.owner

    def _within(self, thing: Any, name: str, phase: str, owner: Union[str, Callable[..., str]]) -> None:
        method: Optional[Callable] = getattr(thing, name, None)
        if method is None:
            return

        def run(*values: Any, **named: Any) -> Any:
            before = self.phase, self.owner
            self.phase, self.owner = phase, owner(*values, **named) if callable(owner) else owner
            try:
                return method(*values, **named)
            finally:
                self.phase, self.owner = before

        vars(thing)[name] = run
