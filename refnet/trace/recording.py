"""How is a step written down? By an observer between the layers and their kernels, which also knows who is calling."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, Optional

from refnet.kernels import SEAM, Wrapper
from refnet.network.building import output_name
from refnet.network.state import buffers
from refnet.trace.calls import Call, Numbers, note_sources, numbers_of
from refnet.trace.steps import Step, Trace

PHASES = {"forward_matrices": "forward", "loss_matrix": "loss", "backward_matrices": "backward",
          "_finish_backward": "backward", "commit": "update"}


class Recorder(Wrapper):
    """The observer. It writes down the calls of the network's phases; those in between (batches, metrics) pass.

    While it listens, some methods of the network, its layers and its optimizers are wrapped, so that it knows for whom
    a kernel works. A matrix gets its name when it turns up in its place: as a layer's output, as a gradient.
    """

    records = False  # C replays nothing: the recorder sees each call

    def __init__(self, network: Any, layers: Optional[list[str]]) -> None:
        super().__init__(network.k)
        self.network, self.layers, self.trace = network, layers, Trace(network)
        self.step: Optional[Step] = None
        self.phase = self.owner = ""
        self.names: dict[int, str] = {}  # of the step's matrices, by id
        self.alive: list[Any] = []  # the same: no other matrix may get one of these ids
        self.made: list[tuple[Call, str, Any]] = []  # (call, argument or "→" + result, matrix), to be named at the end
        self.undo: list[tuple[dict[str, Any], str]] = []

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.inner  # a copy of the network is not traced

    def __reduce__(self) -> Any:
        return copy.copy, (self.inner,)

    # --- who is calling ---

    def listen(self) -> None:
        network = self.network
        for method, phase in PHASES.items():
            self._wrap(network, method, self._in_phase(phase))
        for layer in network.layers:
            for method in ("forward", "backward", "commit"):
                self._wrap(layer, method, self._in_layer(layer, method))
        self._wrap(network, "remember_optimizer", self._with_optimizer)
        for optimizer in network.optimizers:
            self._listen_to(optimizer)

    def end(self) -> None:
        self._close()
        while self.undo:
            owner, name = self.undo.pop()
            owner.pop(name, None)

    def _wrap(self, owner: Any, name: str, around: Callable) -> None:
        method = getattr(owner, name)

        def run(*values: Any, **named: Any) -> Any:
            return around(method, *values, **named)

        vars(owner)[name] = run
        self.undo.append((vars(owner), name))

    def _with_optimizer(self, method: Callable, optimizer: Any) -> None:
        method(optimizer)
        self._listen_to(optimizer)

    def _listen_to(self, optimizer: Any) -> None:
        if not any(owner is vars(optimizer) for owner, _ in self.undo):
            self._wrap(optimizer, "before_forward", self._in_phase("ahead"))
            self._wrap(optimizer, "_update", self._in_phase("update"))
            self._wrap(optimizer, "update_parameter", self._in_parameter)

    def _in_phase(self, phase: str) -> Callable:
        def run(method: Callable, *values: Any, **named: Any) -> Any:
            if self.phase:  # backward_matrices goes on to _finish_backward, _update to commit
                result = method(*values, **named)
                if method.__name__ == "commit":
                    self._ended("commit", values, None)
                return result
            self._begin(phase, values, named)
            self.phase = phase
            try:
                result = method(*values, **named)
            finally:
                self.phase = self.owner = ""
            self._ended(method.__name__ if phase == "update" else phase, values, result)
            return result

        return run

    def _in_layer(self, layer: Any, name: str) -> Callable:
        def run(method: Callable, *values: Any, **named: Any) -> Any:
            before, self.owner = self.owner, layer.name
            if name == "backward":
                self._name(f"{layer.name}.delta", values[0])
            try:
                result = method(*values, **named)
            finally:
                self.owner = before
            if name == "forward":
                made = {id(matrix) for _, part, matrix in self.made if part == "→"}
                for each in layer.cache:
                    if each not in ("x", "z", "o") and id(vars(layer).get(each)) in made:
                        where = f"{layer.name}.{'batch_' if each in layer.buffers else ''}{each}"
                        self._name(where, vars(layer)[each])
                self._name(output_name(layer), result)
            elif name == "backward":
                for each, parameter in layer.parameters.items():
                    if parameter.gradient is not None:
                        self._name(f"{layer.name}.{each}.gradient.data", parameter.gradient)
            return result

        return run

    def _in_parameter(self, method: Callable, k: Any, w: Any, g: Any, state: Any) -> None:
        name = self.names.get(id(w), "")
        self.owner = name
        if name and self.names.get(id(g)) != f"{name}.gradient":
            self._name(f"{name}.gradient.clipped", g)
        try:
            method(k, w, g, state)
        finally:
            self.owner = ""

    # --- steps ---

    def _begin(self, phase: str, values: tuple, named: dict[str, Any]) -> None:
        has_begun = self.step and "forward" not in {call.phase for call in self.step.calls} and not self.step.rows
        if phase == "ahead" or (phase == "forward" and not has_begun):
            self._close()
            self.step = Step(len(self.trace.steps) + 1, True)
            self.trace.steps.append(self.step)
            self._note_state("")
        if self.step is None:
            return
        if phase == "forward":
            self.step.is_training = bool(values[1] if len(values) > 1 else named.get("training", False))
            self.step.rows = self.inner.shape(values[0][0])[0]
            for name, parameter in self.network.parameters.items():
                if getattr(self.network.optimizer, "is_ahead", False):
                    self._keep(f"{name}.ahead", parameter.value, None)
            for layer, x in zip((self.network.layers[i] for i in self.network.input_places), values[0]):
                self._name(output_name(layer), x)
        elif phase == "loss":
            for i, y in enumerate(values[0]):
                self._name(f"targets{i + 1}" if len(values[0]) > 1 else "targets", y)
            if (values[1] if len(values) > 1 else named.get("weights")) is not None:
                self._name("row_weights", values[1] if len(values) > 1 else named["weights"])
        elif phase == "update":
            self._note_state("")

    def _ended(self, phase: str, values: tuple, result: Any) -> None:
        step, network = self.step, self.network
        if step is None:
            return
        if phase == "loss":
            self._name_losses()
            self._name("loss.sum", result)
            rows = network.objective.divisor(step.rows, network.output_units[0])
            step.loss = network.penalty_cost(self.inner.tolist(result)[0][0] / rows)
            step.values["loss"] = Numbers(1, 1, [step.loss])
        elif phase == "backward":
            for i, delta in network.passes.deltas.items():
                self._name(f"{network.layers[i].name}.delta", delta)
            for name, parameter in network.parameters.items():
                if parameter.gradient is not None:
                    self._rename(f"{name}.gradient", parameter.gradient)
        elif phase == "commit":
            self._note_state(".new")

    def _name_losses(self) -> None:
        """The losses of the rows are what the batch's sum adds up; of weighted rows, what is multiplied first."""
        found = {part: matrix for call, part, matrix in self.made if call.phase == "loss"
                 and ((call.kernel, part) in (("column_sums", "x"), ("multiply", "a")))}
        for part in ("a", "x"):
            if part in found and self.names.get(id(found[part])) is None:
                self._name("loss.rows" if part == "a" or "a" not in found else "loss.rows.weighted", found[part])

    def _note_state(self, suffix: str) -> None:
        """Keep the numbers that outlive a step: those that are not kept yet, or as they are at its end."""
        for name, matrix in self._state():
            self._keep(name, matrix, suffix)

    def _state(self) -> Iterator[tuple[str, Any]]:
        for name, parameter in self.network.parameters.items():
            yield name, parameter.value
        yield from buffers(self.network).items()
        optimizer = self.network.optimizer
        if optimizer is not None and optimizer.rate_matrix is not None:
            yield "rate", optimizer.rate_matrix
            for owner, matrices in optimizer.state.items():
                for name, matrix in matrices.items():
                    if name != "start":  # of Nesterov: the weights as the step began
                        yield f"{owner}.{name}", matrix

    # --- what is kept ---

    def _is_kept(self, name: str) -> bool:
        return self.layers is None or name.split(".")[0] in self.layers

    def _keep(self, name: str, matrix: Any, suffix: Optional[str]) -> None:
        """Note a matrix's numbers. suffix: ".new" for those at the end of the step; None: it keeps the name it has."""
        if self.step is None:
            return
        if suffix == ".new":
            if name != "rate" and self._is_kept(name):
                self.step.values[f"{name}.new"] = numbers_of(self.inner, matrix)
            return
        if suffix is not None:
            self.names.setdefault(id(matrix), name)
            self.alive.append(matrix)
        if name not in self.step.values and (self._is_kept(name) or name == "rate"):
            self.step.values[name] = numbers_of(self.inner, matrix)

    def _name(self, name: str, matrix: Any) -> None:
        """A matrix has turned up in this place. One that has a name (a layer passed it on) keeps that one too."""
        if self.step is None or name in self.step.values:
            return
        self.names.setdefault(id(matrix), name)
        self.alive.append(matrix)
        if self._is_kept(name) or "." not in name or name.startswith("loss."):
            self.step.values[name] = numbers_of(self.inner, matrix)
            origin = next(((call, part[1:]) for call, part, made in self.made if made is matrix and part[0] == "→"),
                          None)
            if origin:
                self.step.origins[name] = origin

    def _rename(self, name: str, matrix: Any) -> None:
        """The gradient of a parameter, after penalties; without any it is that of the data, which needs no name."""
        old = f"{name}.data"
        if self.step is None or self.names.get(id(matrix)) != old:
            self._name(name, matrix)
            return
        self.names[id(matrix)] = name
        if old in self.step.values:
            self.step.values[name] = self.step.values.pop(old)
        if old in self.step.origins:
            self.step.origins[name] = self.step.origins.pop(old)

    def call(self, name: str, kernel: Callable, *values: Any) -> Any:
        step, phase = self.step, self.phase
        if step is None or not phase:
            return kernel(*values)
        signature = SEAM[name]
        pairs = list(zip(signature.arguments, values))
        if self.layers is not None and not self._concerns(pairs):
            return kernel(*values)
        owner = self.owner or ("" if phase != "update" else next(
            (self.names[id(value)] for argument, value in pairs if argument.updated and id(value) in self.names), ""))
        call = Call(len(step.calls), name, phase, owner, {
            argument.name: numbers_of(self.inner, value) if argument.kind == "matrix" and value is not None else value
            for argument, value in pairs}, self.trace.number)
        result = kernel(*values)
        for argument, value in pairs:
            if argument.kind == "matrix" and value is not None:
                self._remember(call, argument.name, value)
                if argument.updated:
                    call.results[argument.name] = numbers_of(self.inner, value)
        if signature.result:
            call.results[""] = numbers_of(self.inner, result)
            self._remember(call, "→", result)
        step.calls.append(call)
        return result

    def _concerns(self, pairs: list) -> bool:
        """Whether a call works for one of the chosen layers."""
        names = [self.owner, *(self.names.get(id(value), "") for argument, value in pairs if argument.updated)]
        return any(name.split(".")[0] in (self.layers or ()) for name in names)

    def _remember(self, call: Call, part: str, matrix: Any) -> None:
        self.made.append((call, part, matrix))
        self.alive.append(matrix)

    def _close(self) -> None:
        """The step is over: its calls learn the names of their matrices."""
        step = self.step
        note_sources(self.made)
        if step is not None:
            now = dict(self.names)  # the names of the matrices as they are at this point of the step
            for call, part, matrix in self.made:
                name = now.get(id(matrix), "")
                if name and part != "→":
                    call.names[part] = name
                base = self.names.get(id(matrix))
                if part in call.results and base:  # changed in place
                    after = f"{base}.{'ahead' if call.phase == 'ahead' else 'new'}"
                    if step.values.get(after) == call.results[part]:
                        step.origins[after] = call, part
                        now[id(matrix)] = after
                    else:  # changed again: what lies between has no name
                        now.pop(id(matrix), None)
            for name, (call, part) in step.origins.items():
                call.names.setdefault(f"→{part}", name)
            step.sort()
        self.step, self.names, self.alive, self.made = None, {}, [], []
