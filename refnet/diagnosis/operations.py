"""How many operations does a kernel take? Its code in the reference is run on numbers that count them.

No formula stands here. A kernel's counts are linear in each size of its signature (m rows, n columns, …), so runs with
sizes of 2 and 3 tell those of any size: `tests/diagnosis/test_operations.py` tries it with all kernels.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from refnet.arithmetic import elementary
from refnet.data import ByteMatrix
from refnet.kernels.lifted import rebound
from refnet.kernels.seam import NUMBERS, SEAM, SIZES, Argument, size_of

KINDS = ("multiplications", "additions", "divisions", "functions")


class Operations(NamedTuple):
    """Counts. Additions are subtractions too; functions are sqrt, exp, log and what is built on them, each as one.

    Where the numbers decide which operations there are (a ReLU's slope below 0), these are the most there can be.
    """

    multiplications: int = 0
    additions: int = 0
    divisions: int = 0
    functions: int = 0

    def plus(self, other: Operations, times: int = 1) -> Operations:
        return Operations(*(own + times * more for own, more in zip(self, other)))


class _Counted(float):
    """A number that counts the operations it takes part in. A sign costs nothing."""

    def __neg__(self) -> _Counted:
        return _Counted(-float(self))

    def __abs__(self) -> _Counted:
        return _Counted(abs(float(self)))


_counts = dict.fromkeys(KINDS, 0)


def _operator(method: str, kind: str, plain: Callable) -> None:
    def run(self: float, other: Any) -> Any:
        _counts[kind] += 1
        return _Counted(plain(float(self), float(other)))

    setattr(_Counted, method, run)


for _name, _kind in (("mul", "multiplications"), ("add", "additions"), ("sub", "additions")):
    _operator(f"__{_name}__", _kind, getattr(float, f"__{_name}__"))
    _operator(f"__r{_name}__", _kind, getattr(float, f"__r{_name}__"))
_operator("__truediv__", "divisions", elementary.divide)
_operator("__rtruediv__", "divisions", lambda divisor, number: elementary.divide(number, divisor))


class _Arithmetic:
    """The elementary functions on such numbers."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(elementary, name)

        def run(*values: Any) -> Any:
            _counts["divisions" if name == "divide" else "functions"] += 1
            return _Counted(function(*map(float, values)))

        return run


_KERNELS = rebound(_Arithmetic())


def operations_of(kernel: str, sizes: Mapping[str, int], given: tuple[bool, ...]) -> Operations:
    """The operations of a call with these sizes by letter. given: for each argument whether it is there."""
    letters = [letter for letter in SIZES if letter in sizes]
    total = Operations()
    for corner in itertools.product((2, 3), repeat=len(letters)):  # a plane through two points, in each direction
        weight = 1
        for letter, size in zip(letters, corner):
            weight *= 3 - sizes[letter] if size == 2 else sizes[letter] - 2
        if weight:
            total = total.plus(_counted(kernel, tuple(zip(letters, corner)), given), weight)
    return total


@functools.lru_cache(None)
def _counted(kernel: str, sizes: tuple[tuple[str, int], ...], given: tuple[bool, ...]) -> Operations:
    """The operations of one run of a kernel, the most of numbers above 0 and below."""
    runs = []
    for number in (0.5, -0.5):
        of = {"1": 1, **dict(sizes)}
        values = [_value(argument, of, number) if is_given else None
                  for argument, is_given in zip(SEAM[kernel].arguments, given)]
        _counts.update(dict.fromkeys(KINDS, 0))
        _KERNELS[kernel](*values)
        runs.append(tuple(_counts.values()))
    return Operations(*map(max, *runs))


def _value(argument: Argument, sizes: Mapping[str, int], number: float) -> Any:
    """A value for an argument of these sizes, full of the number where it holds any."""
    kind = argument.kind
    if kind in NUMBERS or kind == "key":
        return {"flag": 0.0, "key": 1}.get(kind, _Counted(1e-9))  # as the share of a dropout it drops nothing
    rows, columns = (size_of(dict(sizes), letter) for letter in (argument.rows, argument.columns or "1"))
    if kind == "count":
        return rows
    if kind == "bytes":
        return ByteMatrix(bytes(rows * columns), rows, columns)
    fill = 0.0 if argument.below else _Counted(number)
    table = [[fill] * columns for _ in range(rows)]
    return memoryview(bytes(4 * rows * columns)).cast("B").cast("f", (rows, columns)) if kind == "floats" else table
