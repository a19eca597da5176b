"""What is a data set? Inputs, targets, and the names of the classes and columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from refnet.checks import counted, shown

# Every byte divided by 255: a look-up here gives the same bits as a division.
FRACTIONS = [byte / 255.0 for byte in range(256)]


class ByteMatrix:
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


class Dataset:
    """Examples: each is a row of `inputs` and an element of `targets`.

    inputs   list of rows of floats, or a ByteMatrix
    targets  class indices (classification) or floats (regression); empty if there are none
    classes  names of the classes in the order of their index; None for regression
    columns  names of the features, or None

    Raises ValueError if the numbers of inputs and targets differ or a target is not the index of a class.
    """

    __slots__ = ("inputs", "targets", "classes", "columns")

    def __init__(self, inputs: list[list[float]] | ByteMatrix, targets: Sequence[Any] = (),
                 classes: Sequence[str] | None = None, columns: Sequence[str] | None = None) -> None:
        if len(targets) not in (0, len(inputs)):
            rows = counted(len(inputs), "input")
            raise ValueError(f"targets: {len(targets)} for {rows}; allowed: one for each, or none")
        if classes is not None:
            for i, target in enumerate(targets):
                if target not in range(len(classes)):
                    raise ValueError(f"targets[{i}]: {shown(target)}; allowed: 0 to {len(classes) - 1}")
        self.inputs = inputs
        self.targets: list[Any] = list(targets)
        self.classes = None if classes is None else list(classes)
        self.columns = None if columns is None else list(columns)

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, indices: Iterable[int]) -> Dataset:
        """The examples with these indices, in this order. Rows of floats are shared, bytes are copied."""
        rows = checked_indices(indices, len(self))
        targets = [self.targets[i] for i in rows] if self.targets else []
        if isinstance(self.inputs, ByteMatrix):
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
