"""What is a data set? Inputs, targets, and the names of the classes and columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from refnet.checks import counted, shown

# Every byte divided by 255: a look-up here gives the same bits as a division.
FRACTIONS = [byte / 255.0 for byte in range(256)]


class Rows:
    """Rows that are kept in a form of their own, and of which `take` makes others of that form."""

    __slots__ = ()

    def __len__(self) -> int:
        raise NotImplementedError

    def take(self, indices: Iterable[int]) -> Any:
        """The rows with these indices, in this order. Raises IndexError if one is out of range."""
        raise NotImplementedError


class ByteMatrix(Rows):
    """A matrix kept as unsigned bytes: one byte for each number instead of the 8 to 32 of a float.

    `values` holds the rows one after the other, `columns` bytes each. `row` and iteration convert a row to numbers
    x/255.0. Raises TypeError if values are not bytes, ValueError if they are not rows · columns of them.
    """

    __slots__ = ("values", "rows", "columns")

    def __init__(self, values: bytes, rows: int, columns: int) -> None:
        if not isinstance(values, bytes):
            raise TypeError(f"values: a {type(values).__name__}; allowed: bytes")
        if rows < 0 or columns < 1:
            raise ValueError(f"rows, columns: {rows}, {columns}; allowed: rows >= 0, columns >= 1")
        if len(values) != rows * columns:
            what = f"{counted(rows, 'row')} of {counted(columns, 'column')}"
            raise ValueError(f"values: {counted(len(values), 'byte')}; {what} need {rows * columns}")
        self.values = values
        self.rows = rows
        self.columns = columns

    def __len__(self) -> int:
        return self.rows

    def row(self, i: int) -> list[float]:
        """Row i as numbers from 0.0 to 1.0: each byte divided by 255."""
        if not 0 <= i < self.rows:
            raise IndexError(f"row {i}; allowed: 0 to {self.rows - 1}")
        start = i * self.columns
        return [FRACTIONS[byte] for byte in self.values[start : start + self.columns]]

    def __iter__(self) -> Iterator[list[float]]:
        return map(self.row, range(self.rows))

    def tolist(self) -> list[list[float]]:
        """All rows as numbers from 0.0 to 1.0."""
        return list(self)

    def __getitem__(self, part: slice) -> ByteMatrix:
        """m[a:b]: these rows as a new ByteMatrix."""
        if not isinstance(part, slice):
            raise TypeError(f"m[{shown(part)}]: allowed: slices such as m[0:10]; one row is m.row(i)")
        start, stop, step = part.indices(self.rows)
        if step != 1:
            return self.take(range(start, stop, step))
        stop = max(start, stop)
        return ByteMatrix(self.values[start * self.columns : stop * self.columns], stop - start, self.columns)

    def take(self, indices: Iterable[int]) -> ByteMatrix:
        """The rows with these indices, in this order, as a new ByteMatrix. Raises IndexError if one is out of range."""
        rows = checked_indices(indices, self.rows)
        whole, width = memoryview(self.values), self.columns  # slices of a memoryview copy nothing
        return ByteMatrix(b"".join([whole[i * width : (i + 1) * width] for i in rows]), len(rows), width)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ByteMatrix):
            return NotImplemented
        return (self.rows, self.columns, self.values) == (other.rows, other.columns, other.values)

    def __repr__(self) -> str:
        return f"ByteMatrix({counted(self.rows, 'row')}, {counted(self.columns, 'column')})"


class FloatMatrix(Rows, Sequence):
    """A matrix kept as doubles, 8 bytes for each number instead of the 32 of a float in a list. It reads like a list
    of rows: m[i] is a row as a list, m[a:b] a matrix of some; it equals a list of the same rows.

    `view` holds the numbers as a memoryview of doubles (rows, columns), which networks read where it is. Raises
    ValueError if values are not rows of `columns` numbers.
    """

    __slots__ = ("values", "columns", "rows")

    def __init__(self, values: array[float], columns: int) -> None:
        if columns < 1 or len(values) % columns:
            raise ValueError(f"values: {counted(len(values), 'number')}; allowed: rows of {columns}")
        self.values = values
        self.columns = columns
        self.rows = len(values) // columns

    @property
    def view(self) -> Any:
        """The numbers, row after row, in two dimensions."""
        return memoryview(self.values).cast("B").cast("d", (self.rows, self.columns))

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            start, stop, step = place.indices(self.rows)
            if step != 1:
                return self.take(range(start, stop, step))
            return FloatMatrix(self.values[start * self.columns : max(start, stop) * self.columns], self.columns)
        i = place + self.rows if place < 0 else place
        if not 0 <= i < self.rows:
            raise IndexError(f"row {place}; allowed: 0 to {self.rows - 1}")
        return self.values[i * self.columns : (i + 1) * self.columns].tolist()

    def tolist(self) -> list[list[float]]:
        """All rows as lists."""
        return list(self)

    def take(self, indices: Iterable[int]) -> FloatMatrix:
        """The rows with these indices, in this order, as a new FloatMatrix. IndexError if one is out of range."""
        taken, n = array("d"), self.columns
        for i in checked_indices(indices, self.rows):
            taken.extend(self.values[i * n : (i + 1) * n])
        return FloatMatrix(taken, n)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FloatMatrix):
            return (self.columns, self.values) == (other.columns, other.values)
        return self.tolist() == other if isinstance(other, list) else NotImplemented

    def __repr__(self) -> str:
        return f"FloatMatrix({counted(self.rows, 'row')}, {counted(self.columns, 'column')})"


class Dataset:
    """Examples: each is a row of `inputs` and an element of `targets`.

    inputs   list of rows of floats, a FloatMatrix, a ByteMatrix, or a Table, of which Preparation makes numbers
    targets  class indices (classification) or floats (regression); empty if there are none
    classes  names of the classes in the order of their index; None for regression
    columns  names of the features, or None

    Raises ValueError if the numbers of inputs and targets differ or a target is not the index of a class.
    """

    __slots__ = ("inputs", "targets", "classes", "columns")

    def __init__(self, inputs: list[list[float]] | Rows, targets: Sequence[Any] = (),
                 classes: Sequence[str] | None = None, columns: Sequence[str] | None = None) -> None:
        if len(targets) not in (0, len(inputs)):
            rows = counted(len(inputs), "input")
            raise ValueError(f"targets: {len(targets)} for {rows}; allowed: one for each, or none")
        if classes is not None:
            for i, target in enumerate(targets):
                if target not in range(len(classes)):
                    raise ValueError(f"targets[{i}]: {shown(target)}; allowed: 0 to {len(classes) - 1}")
        self.inputs: Any = inputs
        self.targets: list[Any] = list(targets)
        self.classes = None if classes is None else list(classes)
        self.columns = None if columns is None else list(columns)

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, indices: Iterable[int]) -> Dataset:
        """The examples with these indices, in this order. Lists of floats are shared, a matrix is copied."""
        rows = checked_indices(indices, len(self))
        targets = [self.targets[i] for i in rows] if self.targets else []
        if isinstance(self.inputs, Rows):
            return Dataset(self.inputs.take(rows), targets, self.classes, self.columns)
        return Dataset([self.inputs[i] for i in rows], targets, self.classes, self.columns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __repr__(self) -> str:
        goal = "regression" if self.classes is None else counted(len(self.classes), "class")
        return f"Dataset({counted(len(self), 'example')}, {goal if self.targets else 'no targets'})"


def checked_indices(indices: Iterable[int], n: int) -> list[int]:
    """The indices as a list. Raises IndexError unless all are 0 to n − 1: a negative one is usually a mistake."""
    checked = list(indices)
    for position, i in enumerate(checked):
        if not 0 <= i < n:
            raise IndexError(f"indices[{position}]: {i}; allowed: 0 to {n - 1}")
    return checked
