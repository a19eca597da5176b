"""Which kernels does a step call, on which matrices? An observer writes down two steps, which have to be alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Optional

from refnet.kernels import SEAM, Wrapper
from refnet.kernels.seam import Signature
from refnet.network.building import output_name
from refnet.network.state import buffers

CONSTANT = "constant"


class Matrix:
    """A matrix of the C file.

    name          as it is called in a trace: "dense1.weights"
    is_wide       whether it is binary64 in every format
    is_kept       whether it outlives a step: weights, state, constants
    is_constant   whether it belongs to nothing: a layer has made it from numbers
    rows          the numbers that it begins with, if it is kept
    changes       whether a step changes it
    """

    def __init__(self, name: str, shape: tuple[int, int], is_wide: bool, is_kept: bool = False,
                 rows: Optional[list[list[float]]] = None) -> None:
        self.name, self.shape, self.is_wide, self.is_kept, self.rows = name, shape, is_wide, is_kept, rows
        self.changes = False
        self.is_constant = name == CONSTANT

    @property
    def numbers(self) -> int:
        return self.shape[0] * self.shape[1]


class Call(NamedTuple):
    """A kernel call: values are Matrix objects, None for one left out, and numbers; result a Matrix or None."""

    phase: str
    signature: Signature
    values: list[Any]
    result: Optional[Matrix]


class Tape(Wrapper):
    """The observer. Between `begin` and `end` it writes down every kernel call."""

    records = False

    def __init__(self, network: Any) -> None:
        super().__init__(network.k)
        self.network, self.phase = network, ""
        self.calls: list[Call] = []
        self.known: dict[int, Matrix] = {}
        self.alive: list[Any] = []  # all matrices of the step: none may get the id of another

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.inner

    def begin(self) -> None:
        """Start a step. Matrices of the network keep their places in the C file."""
        self.calls, self.alive = [], []
        self.known = {id(matrix): self._kept(name, matrix, is_wide) for name, matrix, is_wide in standing(self.network)}

    def _kept(self, name: str, matrix: Any, is_wide: bool) -> Matrix:
        self.alive.append(matrix)
        return Matrix(name, tuple(self.inner.shape(matrix)), is_wide, True, self.inner.tolist(matrix))

    def enter(self, phase: str) -> None:
        """What is called from now on belongs to this phase; "": to none, and is not written down."""
        self.phase = phase

    def give(self, name: str, matrix: Any) -> Any:
        """A matrix that the caller of the C function gives."""
        self.alive.append(matrix)
        self.known[id(matrix)] = Matrix(name, tuple(self.inner.shape(matrix)), False)
        return matrix

    def call(self, name: str, kernel: Callable, *values: Any) -> Any:
        signature = SEAM[name]
        before = [self._seen(argument, value) for argument, value in zip(signature.arguments, values)]
        result = kernel(*values)
        if not self.phase:
            return result
        made = None
        if signature.result:
            self.alive.append(result)
            made = self.known[id(result)] = Matrix("", tuple(self.inner.shape(result)), signature.wide_result)
        for argument, value in zip(signature.arguments, before):
            if argument.updated:
                if value.is_constant:
                    raise ValueError(f"export: {name} changes a matrix that is none of the layers' or the optimizer's "
                                     "own; a layer keeps such a matrix in its `buffers`")
                value.changes = True
        self.calls.append(Call(self.phase, signature, before, made))
        return result

    def _seen(self, argument: Any, value: Any) -> Any:
        """A value of a call, a matrix as a Matrix: one that no kernel has made is a constant."""
        if argument.kind != "matrix" or value is None or not self.phase:
            return value
        if id(value) not in self.known:
            self.known[id(value)] = self._kept(CONSTANT, value, argument.wide)
        return self.known[id(value)]

    def tolist(self, x: Any) -> Any:
        if self.phase:
            raise ValueError("export: the step looks at a number; what it computes would not be the same in C")
        return self.inner.tolist(x)

    def name_results(self) -> None:
        """Give the results of the step's calls the names of the places where they have been left."""
        network = self.network
        for layer, value in zip(network.layers, network.passes.values):
            self._name(output_name(layer), value)
        for i, delta in network.passes.deltas.items():
            self._name(f"{network.layers[i].name}.delta", delta)
        for name, parameter in network.parameters.items():
            self._name(f"{name}.gradient", parameter.gradient)
        for layer in network.layers:
            for each in layer.cache:
                self._name(f"{layer.name}.{each}", vars(layer).get(each))
        kernels = {id(call.result): call.signature.name for call in self.calls}
        numbers: Counter[str] = Counter()
        for matrix in self.known.values():
            if matrix.is_constant or not matrix.name:
                word = kernels.get(id(matrix), CONSTANT)
                numbers[word] += 1
                matrix.name = f"{word}{numbers[word]}"

    def _name(self, name: str, matrix: Any) -> None:
        found = self.known.get(id(matrix))
        if found is not None and not found.name:
            found.name = name

    def form(self) -> list[Any]:
        """The calls, in a form that two steps can be compared by."""
        numbers: dict[int, Any] = {id(call.result): i for i, call in enumerate(self.calls)}

        def what(value: Any) -> Any:
            if not isinstance(value, Matrix):
                return value
            return value.rows if value.is_constant else numbers.get(id(value), value.name)

        return [(call.signature.name, call.phase, *map(what, call.values)) for call in self.calls]


def standing(network: Any) -> Iterator[tuple[str, Any, bool]]:
    """(name, matrix, whether it is binary64 in every format) of what outlives a step."""
    for name, parameter in network.parameters.items():
        yield name, parameter.value, False
    wide = {f"{layer.name}.{name}" for layer in network.layers for name in layer.wide}
    for name, matrix in buffers(network).items():
        yield name, matrix, name in wide
    optimizer = network.optimizer
    if optimizer is not None and optimizer.rate_matrix is not None:
        yield "rate", optimizer.rate_matrix, True
        for owner, matrices in optimizer.state.items():
            for name, matrix in matrices.items():
                yield f"{owner}.{name}", matrix, owner == "step"


class Program(NamedTuple):
    """A forward pass or a training step, recorded.

    inputs, targets  the matrices that are given; outputs: what a forward pass returns
    loss, divisor    of a training step: the matrix (1×1) with the sum of the losses, and what it is divided by
    """

    rows: int
    calls: list[Call]
    inputs: list[Matrix]
    targets: list[Matrix]
    outputs: list[Matrix]
    loss: Optional[Matrix]
    divisor: float


def test_inputs(network: Any, rows: int, step: int) -> list[list[list[float]]]:
    """The inputs of the self-test: c / 128 with c from −100 to 100, counted on; C makes the same."""
    count = 7 * step
    tables = []
    for units in network.input_units:
        table = []
        for _ in range(rows):
            table.append([float((count + 37 * j) % 201 - 100) / 128.0 for j in range(units)])
            count += 37 * units
        tables.append(table)
    return tables


def test_targets(network: Any, rows: int, step: int) -> list[list[list[float]]]:
    """The targets of the self-test: 1 in one column of each row, 0 elsewhere; of one unit 0 and 1 in turn."""
    return [[[1.0 if (i + step) % max(units, 2) == j else 0.0 for j in range(units)] for i in range(rows)]
            for units in network.output_units]


def train(network: Any, inputs: list[Any], targets: list[Any], during: Callable[[str], Any] = str) -> Any:
    """One training step; returns the sum of its losses (1×1). during: called with the name of each phase as it begins.
    """
    during("ahead")
    network.optimizer.before_forward(network)
    during("forward")
    network.forward_matrices(inputs, training=True)
    during("loss")
    loss = network.loss_matrix(targets)
    during("backward")
    network.backward_matrices()
    during("update")
    network.optimizer.update(network)
    return loss


def recorded(network: Any, rows: int, is_training: bool) -> Program:
    """The prediction, or the training step with the network's loss and optimizer, for this many rows.

    The network is a copy of one's own; of a training step it runs two. Raises ValueError if the two are not the same
    kernels on the same matrices.
    """
    before, tape = network.k, Tape(network)
    network.to(tape)
    programs, forms = [], []
    try:
        for number in range(2):
            tape.begin()
            inputs = _given(tape, "in", test_inputs(network, rows, number))
            targets, outputs, loss = [], [], None
            try:
                if is_training:
                    targets = _given(tape, "target", test_targets(network, rows, number))
                    loss = train(network, inputs, targets, tape.enter)
                else:
                    tape.enter("forward")
                    outputs = network.forward_matrices(inputs, False)
            finally:
                tape.enter("")
            forms.append(tape.form())
            tape.name_results()
            given, wanted, made = ([tape.known[id(each)] for each in several] for several in (inputs, targets, outputs))
            divisor = network.objective.divisor(rows, network.output_units[0]) if is_training else 1.0
            programs.append(Program(rows, tape.calls, given, wanted, made, tape.known.get(id(loss)), divisor))
    finally:
        network.to(before)
    if forms[0] != forms[1]:
        raise ValueError("export: two steps were not the same kernels on the same matrices; a layer, loss or optimizer "
                         "decides by a number that is in no matrix")
    return programs[0]


def _given(tape: Tape, name: str, tables: list[Any]) -> list[Any]:
    several = len(tables) > 1
    return [tape.give(f"{name}{i}" if several else name, tape.inner.matrix(rows)) for i, rows in enumerate(tables, 1)]
