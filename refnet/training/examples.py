"""What does a network learn from? Rows of inputs, targets and weights: checked once, taken batch by batch."""

from __future__ import annotations

import copy
import sys
from array import array
from binascii import crc32
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, Callable, NamedTuple, Optional

from refnet import checks
from refnet.data import ByteMatrix, door
from refnet.kernels.conversion import binary64_of, in_format

NO_TARGETS: Any = object()


class Batch(NamedTuple):
    """A minibatch on a backend: a matrix for each input, one for each output, and the rows' weights (rows, 1)."""

    inputs: list[Any]
    targets: list[Any]
    weights: Any = None


class Examples:
    """Rows for each input of a network and targets for each output, the same number of each.

    inputs   for each input of the network what door.opened returns
    targets  door.Targets for each output; empty if none are given
    weights  None, or a column with the factor of each row's loss

    With finite=True every number is looked at now, else arrays wait until a minibatch of them is taken.
    Raises TypeError or ValueError if they do not fit the network; messages put `name` before "inputs".
    """

    def __init__(self, network: Any, inputs: Any, targets: Any = NO_TARGETS, finite: bool = False,
                 name: str = "", names: Optional[list[str]] = None) -> None:
        self.inputs = check_inputs(network, inputs, finite, name)
        self.rows = len(self.inputs[0])
        given = targets is not NO_TARGETS
        self.targets = check_targets(network, targets, self.rows, finite, name, names) if given else []
        self.units = network.output_units
        self.weights: Optional[list[list[float]]] = None
        self._sources: dict[int, Callable[[Any], Batch]] = {}

    def weigh(self, sample_weight: Any, class_weight: Any) -> None:
        """Weigh the rows, the classes, or both: a row's weight is then the product of the two.

        sample_weight: a number >= 0 for each row. class_weight: {class, or its name: number >= 0}, 1 for a class left
        out; or "balanced", n/(classes · rows of the class) for n rows, so that all classes together weigh the same.
        Raises TypeError or ValueError for other weights.
        """
        if sample_weight is not None:
            column = door.targets("sample_weight", sample_weight, self.rows, 1, finite=True).rows.tolist()
            self.weights = [[checks.number(f"sample_weight[{i}]", w, least=0)] for i, (w,) in enumerate(column)]
        if class_weight is not None:
            factors, labels = self._class_weights(class_weight)
            rows = self.weights or [[1.0]] * self.rows
            self.weights = [[weight * factors.get(label, 1.0)] for (weight,), label in zip(rows, labels)]

    def _class_weights(self, given: Any) -> tuple[dict[int, float], list[int]]:
        """The weight of each class, and the class of each row."""
        if len(self.targets) > 1:
            raise ValueError(f"class_weight: the network has {len(self.targets)} outputs; allowed: one")
        labels = self.labels()
        if labels is None:
            raise ValueError("class_weight: the targets are not classes; allowed: class indices, one-hot rows, 0 and 1")
        if isinstance(given, str) and given == "balanced":
            counts = Counter(labels)
            return {label: self.rows / (len(counts) * count) for label, count in counts.items()}, labels
        if not isinstance(given, dict):
            raise TypeError(f"class_weight: {checks.shown(given)}; expected a dict {{class: weight}}, or 'balanced'")
        classes, names = max(self.units[0], 2), self.targets[0].names or []
        factors = {}
        for label, weight in given.items():
            index = names.index(label) if label in names else label
            if not checks.is_whole(index) or not 0 <= index < classes:
                allowed = f"0 to {classes - 1}" + "".join(f", {name!r}" for name in names)
                raise ValueError(f"class_weight: class {checks.shown(label)}; allowed: {allowed}")
            factors[int(index)] = checks.number(f"class_weight[{checks.shown(label)}]", weight, least=0)
        return factors, labels

    def labels(self) -> Optional[list[int]]:
        """The class of each row; None if the targets are not classes, or those of several outputs."""
        if len(self.targets) > 1:
            return None
        rows, are_classes = self.targets[0].rows.tolist(), self.targets[0].are_classes
        if are_classes or (self.units[0] == 1 and all(row[0] in (0.0, 1.0) for row in rows)):
            return [int(row[0]) for row in rows]
        if self.units[0] > 1 and all(sorted(row)[-1] == 1.0 and row.count(0.0) == len(row) - 1 for row in rows):
            return [row.index(1.0) for row in rows]
        return None

    def part(self, rows: list[int]) -> Examples:
        """The examples with these row numbers, in this order."""
        some = copy.copy(self)
        some.rows, some._sources = len(rows), {}
        some.inputs = [_rows_of(table, rows) for table in self.inputs]
        some.targets = [each._replace(rows=_rows_of(each.rows, rows)) for each in self.targets]
        some.weights = [self.weights[i] for i in rows] if self.weights else None
        return some

    def checksum(self, start: int = 0) -> int:
        """CRC-32 of all rows, targets and weights, the same on every machine; it goes on from `start`."""
        for table in (*self.inputs, *(each.rows for each in self.targets), self.weights or [[1.0]]):
            for first in range(0, len(table), 4096):
                part = table[first : first + 4096] if len(table) > 4096 else table  # no slice for PyPy to lose bytes of
                start = crc32(_bytes_of(part), crc32(repr(len(part)).encode(), start))
        return start

    def on(self, k: Any) -> Callable[[Any], Batch]:
        """A function from the row numbers of a minibatch (1×m) to its Batch on the backend k; made once per backend."""
        if id(k) in self._sources:
            return self._sources[id(k)]
        inputs = [source(k, rows) for rows in self.inputs]
        targets = [target_source(k, each, units) for each, units in zip(self.targets, self.units)]
        weights = source(k, self.weights) if self.weights else None

        def take(batch: Any) -> Batch:
            return Batch([x(batch) for x in inputs], [y(batch) for y in targets], weights(batch) if weights else None)

        self._sources[id(k)] = take
        return take

    def in_order(self, k: Any, size: int) -> Iterator[Batch]:
        """All rows, in minibatches of `size`. Arrays are converted minibatch by minibatch, or not at all."""
        for start in range(0, self.rows, size):
            part = slice(start, min(start + size, self.rows))
            targets = [
                k.one_hot(k.wide(each.rows[part]), units) if each.are_classes else k.matrix(each.rows[part])
                for each, units in zip(self.targets, self.units)
            ]
            weights = k.matrix(self.weights[part]) if self.weights else None
            yield Batch([taken(k, rows[part]) for rows in self.inputs], targets, weights)


def check_inputs(network: Any, inputs: Any, finite: bool = False, name: str = "") -> list[Any]:
    """Opened rows for each input of a network, the same number of each."""
    name, units = f"{name}inputs", network.input_units
    if len(units) == 1:
        return [_opened(name, inputs, units[0], finite)]
    several = [_opened(*each, finite) for each in _each(name, inputs, units)]
    for i, rows in enumerate(several):
        if len(rows) != len(several[0]):
            found = checks.counted(len(rows), "row")
            raise ValueError(f"{name}[{i}]: {found}; the first input has {len(several[0])}")
    return several


def check_targets(network: Any, targets: Any, rows: int, finite: bool = False, name: str = "",
                  names: Optional[list[str]] = None) -> list[door.Targets]:
    """Targets for each output of a network. Names of classes are those given, or those of its notes, if it has some."""
    names = names or network.notes.get("classes")
    several = _each(f"{name}targets", targets, network.output_units)
    checked = [door.targets(where, data, rows, width, finite, names) for where, data, width in several]
    if len(checked) > 1 and any(each.names for each in checked):
        raise ValueError(f"{name}targets: names of classes; allowed for {len(checked)} outputs: numbers")
    return checked


def check_gradient(network: Any, gradient: Any, rows: int) -> list[Any]:
    """Rows of ∂L/∂output for each output of a network, as many as the last forward pass had, as `taken` has them."""
    tables = []
    for name, data, width in _each("gradient", gradient, network.output_units):
        table = door.rows(name, data, width)
        if len(table) != rows:
            raise ValueError(f"{name}: {checks.counted(len(table), 'row')}; the last forward pass had {rows}")
        tables.append(taken(network.k, table))
    return tables


def _opened(name: str, data: Any, width: int, finite: bool) -> Any:
    table = door.opened(name, data, width)
    floats = door.in_place(table, "f")
    if floats is not None:
        if finite:
            door.check_finite(name, floats)
        return floats
    return table if not finite and not isinstance(table, (list, tuple)) else door.rows(name, table, width, finite)


def _each(name: str, data: Any, units: list[int]) -> list[tuple[str, Any, int]]:
    """(name, rows, width) of each input or output. If there are several, data is a list with the rows of each."""
    if len(units) == 1:
        return [(name, data, units[0])]
    if not isinstance(data, (list, tuple)) or len(data) != len(units):
        found = checks.counted(len(data), "thing") if isinstance(data, (list, tuple)) else f"a {type(data).__name__}"
        raise ValueError(f"{name}: {found}; the network has {len(units)}, so expected is a list of the rows of each")
    return [(f"{name}[{i}]", each, width) for i, (each, width) in enumerate(zip(data, units))]


def _rows_of(table: Any, rows: list[int]) -> Any:
    """Some of the opened rows."""
    if isinstance(table, ByteMatrix):
        return table.take(rows)
    numbers: Any = door.in_place(table, "f") or door.as_doubles(table)
    data, size = numbers.cast("B"), numbers.itemsize * numbers.shape[1]
    some = b"".join([data[size * i : size * (i + 1)] for i in rows])
    return memoryview(some).cast(numbers.format, (len(rows), numbers.shape[1]))


def _bytes_of(table: Any) -> Any:
    """The bytes of opened rows; doubles as a little-endian machine has them."""
    if isinstance(table, ByteMatrix):
        return table.values
    doubles = door.rows("rows", table) if isinstance(table, list) else door.as_doubles(table)
    if sys.byteorder == "little":
        return doubles
    swapped = array("d", doubles.tobytes())
    swapped.byteswap()
    return swapped


def rows_or_one(network: Any, inputs: Any, targets: Any) -> tuple[Any, Any]:
    """Rows as they are; the numbers of one row as a row, and its target with it."""
    one = len(network.input_places) == 1 and isinstance(inputs, (list, tuple)) and network.inputs > 1
    if not one or not inputs or not all(checks.as_number(value) is not None for value in inputs):
        return inputs, targets
    if targets is None:
        return [inputs], None
    outputs = network.outputs if len(network.output_places) == 1 else 0
    is_row = isinstance(targets, (list, tuple)) and len(targets) == outputs > 1
    return [inputs], [targets] if is_row or not isinstance(targets, (list, tuple)) else targets


def taken(k: Any, rows: Any) -> Any:
    """Opened rows to read from: bytes as a matrix in the backend's format, binary32 numbers as they are, others as a
    wide matrix. kernels.conversion.in_format makes a matrix in the format of each."""
    if isinstance(rows, ByteMatrix):
        return k.take_byte_rows(rows, k.wide([[float(i) for i in range(len(rows))]]))
    floats = door.in_place(rows, "f")
    if floats is not None and hasattr(k, "take_float_rows"):
        return floats
    wide = binary64_of(k)
    return getattr(wide, "borrowed", wide.matrix)(door.as_doubles(rows))


def taken_targets(network: Any, targets: list[door.Targets], tables: Any) -> list[Any]:
    """What `taken` made of the targets of each output, as losses take it: classes as rows of 0 and 1."""
    k = network.k
    each_output = zip(targets, tables, network.output_units)
    return [k.one_hot(x, units) if each.are_classes else in_format(k, x) for each, x, units in each_output]


def source(k: Any, rows: Any) -> Callable[[Any], Any]:
    """A function from the row numbers of a minibatch (1×m) to its rows, rounded to the format; until then bytes stay
    bytes."""
    if isinstance(rows, ByteMatrix):
        return partial(k.take_byte_rows, rows)
    data = k.wide(rows) if isinstance(rows, list) else taken(k, rows)
    if getattr(data, "format", "d") == "f":
        return partial(k.take_float_rows, data)
    return partial(k.take_rows, data)


def target_source(k: Any, targets: door.Targets, units: int) -> Callable[[Any], Any]:
    """The same for targets; class indices become one-hot rows."""
    if not targets.are_classes:
        return source(k, targets.rows)
    labels = taken(k, targets.rows)
    return lambda batch: k.one_hot(k.take_wide_rows(labels, batch), units)
