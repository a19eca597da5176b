"""What does a network cost? Parameters, operations and memory, layer by layer.

Nothing is known of any layer here: the network runs on matrices without numbers (refnet.diagnosis.sizes), and each
kernel call that it makes is counted (refnet.diagnosis.operations).
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from refnet import checks
from refnet.arithmetic.formats import BINARY64, Format
from refnet.checks import counted
from refnet.checks.settings import named
from refnet.diagnosis.operations import Operations, operations_of
from refnet.diagnosis.places import BETWEEN, LOSS, OPTIMIZER, Place
from refnet.diagnosis.sizes import Shape, Sizes
from refnet.kernels.choosing import format_of
from refnet.losses import checked_objective
from refnet.model import check_network
from refnet.optimizers import SGD, Optimizer
from refnet.training.examples import Batch
from refnet.training.steps import train_step


class Cost(NamedTuple):
    """What a layer costs, or the loss, the optimizer, what stands between layers, or all.

    name, kind  "dense1", "Dense"; of what is no layer the kind is ""
    units       numbers in a row of its outputs
    parameters  numbers that it owns, and how many of them are trained
    forward     Operations of a forward pass, as in a prediction
    step        Operations of a training step: forward, loss, backward, update
    *_memory    bytes of its parameters and buffers, of what forward in training leaves for backward (outputs
                included), and of the optimizer's numbers for it
    """

    name: str
    kind: str
    units: int
    parameters: int
    trained: int
    forward: Operations
    step: Operations
    parameter_memory: int
    forward_memory: int
    optimizer_memory: int


class Summary:
    """The costs of a network, `layers`, a Cost each; `total`, their sum; for `batch` rows. print() shows a table."""

    def __init__(self, layers: list[Cost], batch: int, optimizer: str, form: Format) -> None:
        self.layers, self.batch, self.optimizer, self.form = layers, batch, optimizer, form
        numbers = [Operations(), Operations()]
        for each in layers:
            numbers = [own.plus(more) for own, more in zip(numbers, (each.forward, each.step))]
        totals = [0, 0, 0, 0, 0]
        for each in layers:
            totals = [own + more for own, more in zip(totals, (each.parameters, each.trained, *each[7:]))]
        self.total = Cost("total", "", layers[-1].units, totals[0], totals[1], numbers[0], numbers[1], *totals[2:])

    def __str__(self) -> str:
        rows = [["layer", "units", "parameters", "forward ×", "forward +", "step ×", "step +", "weights", "activations",
                 "optimizer"]]
        for each in (*self.layers, self.total):
            shown = [f"{each.units:,}" if each.kind else "", f"{each.parameters:,}"]
            shown += [f"{number:,}" for both in (each.forward, each.step) for number in both[:2]]
            rows.append([each.name, *shown, *(size(memory) for memory in each[7:])])
        rows = [[cell if cell not in ("0", "0 B") else "·" for cell in row] for row in rows]
        lines = aligned(rows if self.total.optimizer_memory else [row[:-1] for row in rows], 1)
        lines.insert(-1, "")
        frozen = self.total.parameters - self.total.trained
        notes = [f"{counted(self.batch, 'row')} at a time; multiplications (×) and additions (+) of a forward pass and "
                 f"of a training step with {self.optimizer}"]
        for what, those in (("a forward pass", self.total.forward), ("a training step", self.total.step)):
            notes.append(f"{what} also takes {counted(those.divisions, 'division')} and "
                         f"{counted(those.functions, 'function')} (exp, log, sqrt, …)")
        if self.form != BINARY64:
            notes.append(f"a number of {self.form} takes {counted(self.form.size, 'byte')}")
        if frozen:
            notes.append(f"{frozen:,} of {self.total.parameters:,} parameters are frozen")
        return "\n".join([*lines, "", *notes])

    def document(self) -> dict[str, Any]:
        """All of it as dicts, lists, text and numbers, as JSON has them."""
        costs = [{**each._asdict(), "forward": each.forward._asdict(), "step": each.step._asdict()}
                 for each in (*self.layers, self.total)]
        return {"batch": self.batch, "optimizer": self.optimizer, "number": self.form.name, "layers": costs[:-1],
                "total": costs[-1]}


def aligned(rows: list[list[str]], left: int) -> list[str]:
    """Lines with aligned columns, the first `left` of them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) if i < left else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]


def size(memory: int) -> str:
    """1536 → "1.5 KiB" """
    number, unit = float(memory), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if number < 1024.0:
            break
        number, unit = number / 1024.0, larger
    return f"{memory} B" if unit == "B" else f"{number:.1f} {unit}"


def summary(network: Any, batch: int = 1, loss: Any = None, optimizer: Any = None) -> Summary:
    """What the network costs for `batch` rows at a time: parameters, operations, memory, layer by layer.

    loss       default: the one used last, else the default for the last layer
    optimizer  an optimizer, or the name of one; default: the network's, else SGD(), as in `fit`

    The operations are counted on the code of the reference, so they are those of every backend, and of a user's own
    layers too (lecture 002, "Debugging Training": compute flops and number of parameters). Of a Dense layer of n inputs
    and u units they are n·u multiplications a row, and n·u additions with the bias.
    The network stays as it is. Raises TypeError or ValueError if batch, loss or optimizer is not allowed.
    """
    check_network(network)
    batch = checks.count("batch", batch)
    given = checked_optimizer(network, optimizer)
    twin = copy.deepcopy(network)
    twin.abandon_epoch()
    if given is not None:
        given.attach(twin)
    calls: dict[tuple[str, str], Operations] = {}

    def told(kernel: str, sizes: dict[str, int], which: tuple[bool, ...]) -> None:
        calls[place.now] = calls.get(place.now, Operations()).plus(operations_of(kernel, sizes, which))

    k = Sizes(told)
    twin.to(k)
    optimizer = twin.optimizer
    twin.objective = checked_objective(twin, loss, [])
    place = Place(twin)
    inputs = [Shape(batch, units) for units in twin.input_units]
    targets = [Shape(batch, units) for units in twin.output_units]
    twin.forward_matrices(inputs)
    forward = {owner: operations for (_, owner), operations in calls.items()}
    twin.forward_matrices(inputs, True)
    left = _left(twin, inputs)
    calls.clear()
    train_step(twin, Batch(inputs, targets), Shape(1, 1))
    step: dict[str, Operations] = {}
    for (_, owner), operations in calls.items():
        step[owner or OPTIMIZER] = step.get(owner or OPTIMIZER, Operations()).plus(operations)
    form = format_of(network.k)
    costs = []
    for i, layer in enumerate(twin.layers):
        own = layer.parameters if twin.owners[i] == i else {}
        parameters = [each.value.shape for each in own.values()]
        trained = [each.value.shape for each in own.values() if each.trainable]
        state = [matrix.shape for name in own for matrix in optimizer.state.get(f"{layer.name}.{name}", {}).values()]
        buffers = [[matrix.shape for name, matrix in layer.buffers.items() if (name in layer.wide) == is_wide]
                   for is_wide in (False, True)]
        memory = [_numbers([*parameters, *buffers[0]]), left.get(layer.name, 0), _numbers(state)]
        memory = [form.size * numbers for numbers in memory]
        memory[0] += BINARY64.size * _numbers(buffers[1])
        costs.append(Cost(layer.name, type(layer).__name__, layer.units, _numbers(parameters), _numbers(trained),
                          forward.get(layer.name, Operations()), step.get(layer.name, Operations()),
                          *memory))
    for owner in (LOSS, BETWEEN, OPTIMIZER):
        if step.get(owner, Operations()) != Operations():
            costs.append(Cost(owner, "", 0, 0, 0, forward.get(owner, Operations()), step[owner], 0, 0, 0))
    return Summary(costs, batch, type(optimizer).__name__, form)


def checked_optimizer(network: Any, optimizer: Any) -> Any:
    """A copy of the optimizer given, for a copy of the network; None if the network's own goes on, which has one.

    Raises TypeError or ValueError if it is no optimizer or belongs to another network.
    """
    if optimizer is None:
        return SGD() if network.optimizer is None else None
    if isinstance(optimizer, str):
        optimizer = named("optimizer", Optimizer, optimizer)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer: {checks.shown(optimizer)}; allowed: optimizers such as SGD(0.1)")
    if optimizer is network.optimizer:
        return None
    optimizer.check_free(network)
    return copy.deepcopy(optimizer)


def _numbers(shapes: list[tuple[int, int]]) -> int:
    total = 0
    for rows, columns in shapes:
        total += rows * columns
    return total


def _left(network: Any, inputs: list[Any]) -> dict[str, int]:
    """How many numbers each layer leaves after a forward pass: its output and its cache, each matrix counted once."""
    seen = {id(matrix) for matrix in (*inputs, *(parameter.value for parameter in network.parameters.values()))}
    found: dict[str, int] = {}
    for layer, output in zip(network.layers, network.passes.values):
        kept = [output, *(vars(layer)[name] for name in layer.cache if name in vars(layer))]
        for matrix in kept:
            if isinstance(matrix, Shape) and id(matrix) not in seen:
                seen.add(id(matrix))
                found[layer.name] = found.get(layer.name, 0) + _numbers([matrix.shape])
    return found
