"""What of a network outlives a training step? Its matrices, wherever they are kept, and its settings."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from refnet.kernels import BackendError, choose
from refnet.kernels.checked import kernels_for
from refnet.kernels.native.recording import Traced
from refnet.network.wiring import Graph


class Persistent(Graph):
    """A graph of layers with all its state: it can be moved to another backend, copied and pickled."""

    objective: Any
    optimizer: Any
    callbacks: list[Any]
    penalties: tuple
    _had: list[Any]
    is_training: bool
    _targets: Any

    @property
    def optimizers(self) -> list[Any]:
        """All that the network has had and that somebody still holds: their state moves with it."""
        return [optimizer for optimizer in (reference() for reference in self._had) if optimizer is not None]

    def remember_optimizer(self, optimizer: Any) -> None:
        """Take in an optimizer that begins to work for this network."""
        self._had = [reference for reference in self._had if reference() is not None]
        self._had.append(weakref.ref(optimizer))

    def to(self, backend: Any) -> Any:
        """Move the network, its optimizer's state included, to another backend; no bit changes. Returns it."""
        new, old = choose(backend), self.k
        if new is old:
            return self
        if self.is_training:
            raise ValueError("to: the network is being trained; move it before or after fit")
        self.map_matrices(lambda matrix: new.matrix(old.tolist(matrix)))
        self._run_on(new)
        return self

    def _run_on(self, k: Any) -> None:
        self.forget()
        self.k = k
        for layer in self.layers:
            layer.k = kernels_for(layer, k)
        if self.objective is not None:
            self.objective = self.objective.on(k)

    def persistent(self, gradients: bool = True) -> Iterator[tuple[dict, str]]:
        """Where each matrix is kept that outlives a step (a dict and its key): parameters, buffers, optimizers."""
        for layer in self.layers:
            for parameter in layer.parameters.values():
                yield parameter.__dict__, "value"
                if gradients and parameter.gradient is not None:
                    yield parameter.__dict__, "gradient"
            for name in layer.buffers:
                yield layer.buffers, name
        for optimizer in self.optimizers:
            yield optimizer.__dict__, "rate_matrix"
            for matrices in optimizer.state.values():
                for name in matrices:
                    yield matrices, name

    def map_matrices(self, convert: Callable[[Any], Any]) -> None:
        """Replace every matrix that outlives a step by convert(it): all of them, or none where it raises."""
        places = list(self.persistent())
        converted: dict[int, Any] = {}
        for kept, name in places:
            if id(kept[name]) not in converted:  # two layers may share one
                converted[id(kept[name])] = convert(kept[name])
        for kept, name in places:
            kept[name] = converted[id(kept[name])]

    def forget_pass(self) -> None:
        """Drop the activations and deltas of the last forward and backward pass."""
        self._targets = self._values = None
        self._deltas = {}

    def forget(self) -> None:
        """Drop the last forward pass: backward needs a new one, and what layers kept of it is out of date."""
        self.forget_pass()
        for layer in self.layers:
            for name in [n for n, kept in vars(layer).items() if n in layer.remembers or isinstance(kept, Traced)]:
                delattr(layer, name)

    def settings(self) -> list[Any]:
        """What a training step depends on besides matrices: when it changes, a recorded step is out of date."""
        own = [*self.layers, self.objective, *getattr(self.objective, "losses", ()), self.optimizer]
        own += [getattr(self.optimizer, name, None) for name in ("schedule", "clip")]
        own += [penalty for _, penalty in self.penalties_in_force()]
        own += [constraint for parameter in self.parameters.values() for constraint in parameter.constraints]
        return [(_described(one), plain_values(one)) for one in own]

    def penalties_in_force(self) -> Iterator[tuple[Any, Any]]:
        raise NotImplementedError

    # --- copies and pickles: the last forward pass and the gradients stay behind ---

    def __copy__(self) -> Any:
        return copy.deepcopy(self)  # two networks with the same layers would train each other

    def __getstate__(self) -> dict[str, Any]:
        if self.is_training:
            raise ValueError("copy: the network is being trained; copy it before or after fit")
        state = {name: value for name, value in vars(self).items() if name not in ("_values", "_deltas", "_targets")}
        matrices = [kept[name] for kept, name in self.persistent(gradients=False)]
        state["matrices"] = [self.k.tolist(matrix) for matrix in matrices]
        state["_had"] = self.optimizers
        state["k"] = self.k.name if self.k.name in ("python", "c") else self.k
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        matrices = state.pop("matrices")
        try:
            k = choose(state.pop("k"))
        except BackendError:
            k = choose("auto")  # a machine without a compiler goes on in Python, with the same bits
        had = state["_had"]
        self.__dict__.update(state, _had=[weakref.ref(optimizer) for optimizer in had])
        self._values, self._deltas, self._targets, self.k = None, {}, None, k
        for (kept, name), rows in zip(list(self.persistent(gradients=False)), matrices):
            kept[name] = k.matrix(rows)
        for uses in self._uses.values():
            for use in uses:
                use.value = uses[0].value
        self._uses = {id(uses[0]): uses for uses in self._uses.values()}
        for each in (*had, *self.callbacks):
            each.network = self
        self._run_on(k)


def plain_values(thing: Any) -> dict[str, Any]:
    """The numbers, words and flags that it holds as attributes, but for what changes by itself."""
    changing = (*getattr(thing, "remembers", ()), *getattr(thing, "remembered", ()))
    return {
        name: value
        for name, value in getattr(thing, "__dict__", {}).items()
        if isinstance(value, (bool, int, float, str, type(None))) and name not in changing
    }


def _described(value: Any) -> Any:
    """A copy of a setting that stays as it is when the setting changes: objects by class and settings of their own."""
    if hasattr(value, "settings") and not isinstance(value, type):
        return type(value), [_described(getattr(value, name)) for name in value.settings]
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return value  # a table of numbers, which nobody can change
    if isinstance(value, (list, tuple)):
        return [_described(each) for each in value]
    return copy.deepcopy(value)
