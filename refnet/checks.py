"""What may a user hand in? Every check of rows, labels and settings, done before anything has changed.

Each error names the argument, where in it, the value found and what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Optional, Union

from refnet.data import ByteMatrix

Rows = Union[list[list[float]], ByteMatrix]


def number(name: str, value: Any, *, above: Optional[float] = None, least: Optional[float] = None,
           below: Optional[float] = None, most: Optional[float] = None) -> float:
    """A finite float within bounds (above and below exclusive, least and most inclusive), else ValueError."""
    bounds = [(">", above), (">=", least), ("<", below), ("<=", most)]
    allowed = "numbers " + " and ".join(f"{sign} {bound}" for sign, bound in bounds if bound is not None)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}: {value!r} is a {type(value).__name__}; allowed are {allowed.strip()}")
    inside = (
        math.isfinite(value)
        and (above is None or value > above) and (least is None or value >= least)
        and (below is None or value < below) and (most is None or value <= most)
    )
    if not inside:
        raise ValueError(f"{name}: {value!r}; allowed are finite {allowed.strip()}")
    return float(value)


def count(name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`, else ValueError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: {value!r} is a {type(value).__name__}; allowed are whole numbers >= {least}")
    if value < least:
        raise ValueError(f"{name}: {value!r}; allowed are whole numbers >= {least}")
    return value


def choice(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """One of the allowed values, else ValueError."""
    allowed = list(allowed)
    if value not in allowed:
        raise ValueError(f"{name}: {value!r}; allowed are {', '.join(map(repr, allowed))}")
    return value


def rows(name: str, data: Any, width: Optional[int] = None, finite: bool = False) -> Rows:
    """Rows of numbers, each `width` long: nested sequences, a two-dimensional buffer (NumPy), or a ByteMatrix.

    Returns the ByteMatrix itself, else new lists of floats. Raises TypeError for what is not a number, ValueError
    for no rows, ragged rows, a wrong width, and (with finite=True) for NaN and infinity.
    """
    if isinstance(data, ByteMatrix):
        if width is not None and data.columns != width:
            raise ValueError(f"{name}: rows have {data.columns} numbers; expected {width}")
        if data.rows == 0:
            raise ValueError(f"{name}: no rows; at least one is needed")
        return data
    table = _nested(name, data)
    if len(table) == 0:
        raise ValueError(f"{name}: no rows; at least one is needed")
    result = []
    for i, row in enumerate(table):
        if isinstance(row, (str, bytes)) or not hasattr(row, "__len__"):
            raise TypeError(f"{name}: row {i} is {row!r}; expected rows of numbers (one example is [[…]])")
        if width is None:
            width = len(row)
            if width == 0:
                raise ValueError(f"{name}: row {i} is empty; at least one number is needed")
        if len(row) != width:
            raise ValueError(f"{name}: row {i} has {len(row)} numbers; expected {width}")
        result.append([v if type(v) is float else _float(name, v, i, j) for j, v in enumerate(row)])
        if finite and not all(map(math.isfinite, result[-1])):
            j = next(j for j, v in enumerate(result[-1]) if not math.isfinite(v))
            raise ValueError(
                f"{name}: {result[-1][j]!r} in row {i}, column {j}; allowed are finite numbers "
                "(allow_nonfinite=True lets others through)"
            )
    return result


def targets(name: str, data: Any, examples: int, units: int, finite: bool = False) -> tuple[list[list[float]], bool]:
    """Targets for `examples` rows of `units` outputs: (rows, False), or (a column of class indices, True).

    A flat list is a column of numbers for one output, class indices 0 … units−1 for more. Raises like `rows`, and
    ValueError for a label that is no class of this network, or another number of targets than examples.
    """
    data = _nested(name, data)
    if len(data) != examples:
        raise ValueError(f"{name}: {len(data)} targets for {examples} rows of inputs; expected one for each")
    flat = len(data) > 0 and (isinstance(data[0], (str, bytes)) or not hasattr(data[0], "__len__"))
    if not flat:
        return rows(name, data, units, finite), False  # type: ignore[return-value]
    column = []
    for i, value in enumerate(data):
        label = _float(name, value, i, None)
        if units > 1 and not (0 <= label < units and label == math.floor(label)):
            raise ValueError(
                f"{name}: label {value!r} at {i}; the network has {units} outputs, so allowed are the class indices "
                f"0 to {units - 1}"
            )
        if finite and not math.isfinite(label):
            raise ValueError(f"{name}: {value!r} at {i}; allowed are finite numbers")
        column.append([label])
    return column, units > 1


def _nested(name: str, data: Any) -> Any:
    """The data as nested sequences; buffers (NumPy arrays, the C core's matrices) become lists."""
    if isinstance(data, (str, bytes, dict, set)) or data is None:
        raise TypeError(f"{name}: {type(data).__name__}; expected rows of numbers")
    try:
        view = memoryview(data)
    except TypeError:
        if not hasattr(data, "__len__") or not hasattr(data, "__getitem__"):
            raise TypeError(f"{name}: {type(data).__name__}; expected rows of numbers") from None
        return data
    return view.tolist()


def _float(name: str, value: Any, row: int, column: Optional[int]) -> float:
    where = f"row {row}, column {column}" if column is not None else f"{row}"
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"{name}: {value!r} in {where} is a {type(value).__name__}; expected a number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name}: {value!r} in {where}: {error}") from None
