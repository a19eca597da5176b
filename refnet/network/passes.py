"""How do numbers flow through wired layers? Forward, then backward, as matrices of the backend."""

from __future__ import annotations

from threading import get_ident
from typing import Any, Optional

from refnet.checks.settings import CHANGES
from refnet.kernels.observers import check_matrix
from refnet.layers import Layer
from refnet.network.wiring import Wiring
from refnet.parameters import Parameter


class Passes:
    """The two passes, and the results of the last ones.

    values     the output of each layer in the last forward pass; None before the first
    deltas     ∂L/∂output of each layer that the last backward pass reached, by the layer's index
    targets    those of the last loss, with the rows' weights; None before the loss
    are_stale  whether weights have changed since the last forward pass: whoever changes one says so here
    thread     the one of the last forward pass: loss, backward and update are refused to others; None before the first
    """

    def __init__(self, wiring: Wiring, parameters: dict[str, Parameter], uses: list[list[Parameter]]) -> None:
        self.wiring, self.parameters, self.uses = wiring, parameters, uses
        self._look()
        self._committing = [layer for layer in wiring.layers if type(layer).commit is not Layer.commit]
        self.is_uncommitted = False
        self.targets: Any = None
        self.are_stale = False
        self.thread: Optional[int] = None
        self.values: Any = None
        self.deltas: dict[int, Any] = {}

    @property
    def trainable(self) -> dict[str, Parameter]:
        """The parameters that training changes, by name; the others are frozen."""
        if self._looked_at != CHANGES[0]:
            self._look()
        return self._trainable

    def _look(self) -> None:
        """Find out which parameters are frozen, and how far a gradient has to go back."""
        self._looked_at = CHANGES[0]
        self._trainable = {name: each for name, each in self.parameters.items() if each.trainable}
        self._frozen = [each for name, each in self.parameters.items() if name not in self._trainable]
        learns: list[bool] = []  # whether a gradient at a layer's output reaches any parameter that is not frozen
        for layer, parents in zip(self.wiring.layers, self.wiring.parents):
            itself = any(parameter.trainable for parameter in layer.parameters.values())
            learns.append(itself or any(learns[parent] for parent in parents))
        layers = [  # (index, layer, parents, takes it several?, is it a user's own?)
            (i, layer, parents, layer.merges, layer.is_users_own)
            for i, (layer, parents) in enumerate(zip(self.wiring.layers, self.wiring.parents))
        ]
        self._computing = [each for each in layers if each[2]]  # all but the Inputs
        self._learning = [  # the same backwards, with: does it learn or a parent, and the parents that do
            (*each, learns[each[0]], [parent for parent in each[2] if learns[parent]]) for each in reversed(layers)
        ]

    def forward(self, k: Any, inputs: list[Any], training: bool) -> list[Any]:
        """A matrix for each output, from a matrix for each input."""
        self.forget()
        self.thread = get_ident()
        values: list[Any] = [None] * len(self.wiring.layers)
        for i, x in zip(self.wiring.inputs, inputs):
            values[i] = x
        for i, layer, parents, merges, is_own in self._computing:
            x = [values[parent] for parent in parents] if merges else values[parents[0]]
            values[i] = layer.forward(x, training)
            if is_own:
                rows = k.shape(values[parents[0]])[0]
                check_matrix(k, f"{layer.name}.forward", values[i], (rows, layer.units))
        self.values = values
        self.is_uncommitted = training
        return [values[i] for i in self.wiring.outputs]

    def rows(self, k: Any, name: str = "") -> int:
        """Rows of the last forward pass. With a method's name, ValueError also if weights have changed since."""
        if self.values is None:
            raise ValueError("no forward pass yet on this backend; call net.forward(inputs, training=True) first")
        if name and (self.are_stale or self.thread != get_ident()):
            self.check(name)
        return k.shape(self.values[self.wiring.outputs[0]])[0]

    def check(self, name: str) -> None:
        """Raise ValueError if weights have changed since the last forward pass, or if it was another thread's."""
        self.check_thread(name)
        if self.are_stale:
            way = "call net.forward(inputs, training=True) again"
            raise ValueError(f"{name}: weights have changed since the forward pass; {way}")

    def check_thread(self, name: str) -> None:
        """Raise ValueError if the last forward pass was another thread's."""
        if self.thread is not None and self.thread != get_ident():
            way = "give each thread a network of its own, copy.deepcopy(net), or let them take turns step by step"
            raise ValueError(f"{name}: another thread has used the network since; {way}")

    def backward(self, k: Any, arriving: dict[int, list[tuple[int, Any]]], input_gradient: bool) -> list[Any]:
        """From ∂L/∂output of some layers to the gradient of every parameter that is not frozen; returns ∂L/∂input for
        each input.

        arriving: for a layer's index, the gradients that arrive at its output as (index of the consumer, gradient);
        those of several consumers are added in the order of the consumers.
        """
        deltas = self.deltas = {}
        if self._looked_at != CHANGES[0]:
            self._look()
        for i, layer, parents, merges, is_own, learns, learning in self._learning:
            sent = arriving.get(i)
            if sent is None:
                continue
            d = deltas[i] = sent[0][1] if len(sent) == 1 else _added(k, sent)
            wanted = parents if input_gradient else learning
            if not wanted:
                if learns:
                    layer.backward(d, False)
                continue
            gradients = layer.backward(d, True)
            for parent, gradient in zip(parents, gradients if merges else (gradients,)):
                if parent in wanted:
                    if is_own:
                        check_matrix(k, f"{layer.name}.backward", gradient, k.shape(self.values[parent]))
                    arriving.setdefault(parent, []).append((i, gradient))
        for first, *others in self.uses:
            for use in others if first.trainable else ():
                first.gradient = k.add(first.gradient, use.gradient)
        for parameter in self._frozen:
            parameter.gradient = None
        return list(map(deltas.get, self.wiring.inputs))

    def commit(self) -> None:
        """Let layers update statistics and counters, as the training step of the last forward pass is done."""
        if self.is_uncommitted:
            self.is_uncommitted = False
            for layer in self._committing:
                layer.commit()

    def forget(self) -> None:
        """Drop the results of the last passes."""
        self.values, self.deltas, self.targets, self.thread = None, {}, None, None
        self.is_uncommitted = self.are_stale = False


def _added(k: Any, sent: list[tuple[int, Any]]) -> Any:
    """The sum of the gradients that several consumers have sent, in the order of the consumers."""
    (_, total), *others = sorted(sent, key=lambda pair: pair[0])
    for _, gradient in others:
        total = k.add(total, gradient)
    return total
