"""How do numbers flow through wired layers? Forward one way, backward the other, on a backend's own matrices."""

from __future__ import annotations

from typing import Any

from refnet.kernels.observers import check_matrix, is_users_own
from refnet.layers import Layer
from refnet.network.wiring import Wiring
from refnet.parameters import Parameter


class Passes:
    """The two passes, and what the last ones have computed.

    values  the output of each layer in the last forward pass; None before the first
    deltas  ∂L/∂output of each layer, by place, that the last backward pass came to
    """

    def __init__(self, wiring: Wiring, uses: list[list[Parameter]]) -> None:
        self.wiring, self.uses = wiring, uses
        learns: list[bool] = []  # whether a gradient at a layer's output leads to any parameter
        for layer, parents in zip(wiring.layers, wiring.parents):
            learns.append(bool(layer.parameters) or any(learns[parent] for parent in parents))
        self._stations = [  # (place, layer, parents, is it a user's own?, its parents that gradients have to reach)
            (i, layer, parents, is_users_own(layer), [learns[parent] for parent in parents])
            for i, (layer, parents) in enumerate(zip(wiring.layers, wiring.parents))
        ]
        self._committing = [layer for layer in wiring.layers if type(layer).commit is not Layer.commit]
        self._is_uncommitted = False
        self.values: Any = None
        self.deltas: dict[int, Any] = {}

    def forward(self, k: Any, inputs: list[Any], training: bool) -> list[Any]:
        """The matrices of the outputs for those of the inputs."""
        self.deltas, self._is_uncommitted = {}, False
        values: list[Any] = [None] * len(self._stations)
        for place, x in zip(self.wiring.inputs, inputs):
            values[place] = x
        for i, layer, parents, is_own, _ in self._stations:
            if not parents:
                continue
            x = [values[parent] for parent in parents] if layer.merges else values[parents[0]]
            values[i] = layer.forward(x, training)
            if is_own:
                rows = k.shape(values[parents[0]])[0]
                check_matrix(k, f"{layer.name}.forward", values[i], (rows, layer.units))
        self.values = values
        self._is_uncommitted = training
        return [values[place] for place in self.wiring.outputs]

    def backward(self, k: Any, arriving: dict[int, list[tuple[int, Any]]], input_gradient: bool) -> list[Any]:
        """From ∂L/∂output at some places to every parameter's gradient; returns ∂L/∂input of each input.

        arriving: for each place the gradients, each with the place of the consumer that sends it. Where a value has
        several consumers, their gradients are added in the order in which these stand in the network.
        """
        for i, layer, parents, is_own, wanted in reversed(self._stations):
            if i not in arriving:
                continue
            sent = arriving[i]
            if len(sent) > 1:
                sent.sort(key=_place)
            d = sent[0][1]
            for _, other in sent[1:]:
                d = k.add(d, other)
            self.deltas[i] = d
            goes_on = input_gradient or True in wanted
            if not goes_on and not layer.parameters:  # all parameters have their gradients
                continue
            gradients = layer.backward(d, goes_on)
            for parent, gradient, is_wanted in zip(parents, gradients if layer.merges else (gradients,), wanted):
                if is_wanted or input_gradient:
                    if is_own:
                        check_matrix(k, f"{layer.name}.backward", gradient, k.shape(self.values[parent]))
                    arriving.setdefault(parent, []).append((i, gradient))
        for first, *others in self.uses:
            for use in others:
                first.gradient = k.add(first.gradient, use.gradient)
        return [self.deltas.get(place) for place in self.wiring.inputs]

    def commit(self) -> None:
        """The training step of the last forward pass has been taken: layers move on their statistics and counters."""
        if self._is_uncommitted:
            self._is_uncommitted = False
            for layer in self._committing:
                layer.commit()

    def forget(self) -> None:
        """Drop what the last passes have computed."""
        self.values, self.deltas, self._is_uncommitted = None, {}, False


def _place(sent: tuple[int, Any]) -> int:
    return sent[0]
