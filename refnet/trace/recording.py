"""How is a step written down? By an observer between the layers and their kernels, which also knows who is calling.

    trace = refnet.traced(net, x, y, optimizer=SGD(0.2))      # one training step of a copy: net stays as it is
    trace = refnet.traced(net, x)                             # a forward pass
    with refnet.tracing(net) as trace:                        # whatever happens here, step by step
        net.fit(x, y, epochs=3)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Optional

from refnet import checks
from refnet.kernels import SEAM, Wrapper
from refnet.layers import Dense
from refnet.network.state import buffers
from refnet.optimizers import Optimizer
from refnet.trace.calls import Call, Numbers, note_sources, numbers_of
from refnet.trace.steps import Step, Trace

PHASES = {"forward_matrices": "forward", "loss_matrix": "loss", "backward_matrices": "backward",
          "_finish_backward": "backward", "commit": "update"}


def traced(network: Any, inputs: Any, targets: Any = None, *, loss: Any = None, optimizer: Any = None, steps: int = 1,
           training: Optional[bool] = None, layers: Any = None) -> Trace:
    """The trace of a forward pass, or with targets of training steps on all these rows, on a copy of the network.

    inputs     rows, or the numbers of one row, [0.1, 0.9]; NaN and infinity are allowed
    targets    as `net.loss` takes them; for one row its target, [0.9]
    loss       default: the loss used last, else the default for the last layer
    optimizer  one that is not in use yet, or one of the network's, of which a copy goes on; default: the network's, and
               if it has none the step ends with the gradients
    steps      how many training steps, each on all the rows
    training   whether a forward pass without targets is one of training, with dropout and the like (default: it is not)
    layers     names of layers, ["dense1"]: only their calls and numbers are kept; default: all

    Raises TypeError or ValueError if the rows do not fit the network, a layer is not its own, or the optimizer belongs
    to another network.
    """
    steps = checks.count("steps", steps)
    twin = copy.deepcopy(network)
    inputs, targets = _rows(twin, inputs, targets)
    if isinstance(optimizer, Optimizer):
        own = [id(each) for each in network.optimizers]
        optimizer = twin.optimizers[own.index(id(optimizer))] if id(optimizer) in own else _unused(optimizer, network)
    elif optimizer is not None:
        raise TypeError(f"optimizer: {checks.shown(optimizer)}; allowed: optimizers such as SGD(0.1)")
    optimizer = optimizer or twin.optimizer
    if training is not None:
        training = checks.choice("training", training, [True, False])
    with tracing(twin, layers) as trace:
        if targets is None:
            twin.forward(inputs, training=bool(training))
            return trace
        if optimizer:
            optimizer.attach(twin)
        for _ in range(steps):
            if optimizer:
                optimizer.before_forward(twin)
            twin.forward(inputs, training=training is not False)
            twin.loss(targets, loss)
            twin.backward()
            if optimizer:
                optimizer.update(twin)
    return trace


def _unused(optimizer: Any, network: Any) -> Any:
    optimizer.check_free(network)
    return copy.deepcopy(optimizer)


def _rows(network: Any, inputs: Any, targets: Any) -> tuple[Any, Any]:
    """Rows as they are; the numbers of one row as a row, and its target with it."""
    one = len(network.input_places) == 1 and isinstance(inputs, (list, tuple)) and network.inputs > 1
    if not one or not inputs or not all(checks.as_number(value) is not None for value in inputs):
        return inputs, targets
    if targets is None:
        return [inputs], None
    outputs = network.outputs if len(network.output_places) == 1 else 0
    is_row = isinstance(targets, (list, tuple)) and len(targets) == outputs > 1
    return [inputs], [targets] if is_row or not isinstance(targets, (list, tuple)) else targets


@contextmanager
def tracing(network: Any, layers: Any = None) -> Iterator[Trace]:
    """While this block runs, all that the network computes is written down, in `fit`, `predict` or a loop by hand.

    layers: names of layers, ["dense1"]; only their calls and numbers are kept. Every kernel is called by Python, as in
    a loop by hand; no bit of the network changes by it. Raises ValueError if the network is being trained, or for the
    name of a layer that it does not have.
    """
    known = [layer.name for layer in network.layers]
    chosen = None if layers is None else [checks.choice("layers", name, known) for name in _listed(layers)]
    before, recorder = network.k, Recorder(network, chosen)
    network.to(recorder)
    recorder.listen()
    try:
        yield recorder.trace
    finally:
        recorder.end()
        if network.k is recorder:
            network.to(before)


def _listed(layers: Any) -> list[Any]:
    return [layers] if isinstance(layers, str) else list(layers)


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
            self._name("loss.sum", result)
            self._name_losses()
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
        if self.names.get(id(matrix)) == f"{name}.data" and self.step is not None:
            del self.names[id(matrix)]
            self.step.values.pop(f"{name}.data", None)
            self.step.origins.pop(f"{name}.data", None)
        self._name(name, matrix)

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
            for argument, value in pairs})
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
        self.step, self.names, self.alive, self.made = None, {}, [], []


def output_name(layer: Any) -> str:
    """The name of a layer's output: of a Dense its net input z, of every other layer o."""
    return f"{layer.name}.{'z' if isinstance(layer, Dense) else 'o'}"
