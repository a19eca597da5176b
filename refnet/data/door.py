"""Which rows and targets may a user hand in? Every table of numbers comes through here, checked in one pass.

Each error names the argument, the position in it, the value and what is allowed.
"""

import math
import sys
from typing import Any, Optional, Union

from refnet.data.containers import ByteMatrix

Rows = Union[list[list[float]], memoryview, ByteMatrix]


def rows(name: str, data: Any, width: Optional[int] = None, finite: bool = False) -> Rows:
    """Rows of numbers, each `width` long: nested sequences, a two-dimensional buffer (NumPy), or a ByteMatrix.

    Returns a ByteMatrix unchanged, a buffer of doubles as a memoryview of it, anything else as new lists of floats.
    Raises TypeError if something is not a number, ValueError if there is no row, if a row is empty or not `width` long
    (None: as long as the first), and with finite=True for NaN and infinity.
    """
    table = data if isinstance(data, ByteMatrix) else _nested(name, data)
    if len(table) == 0:
        raise ValueError(f"{name}: no rows; allowed: at least one")
    if isinstance(table, (ByteMatrix, memoryview)):
        columns = table.columns if isinstance(table, ByteMatrix) else table.shape[1]  # type: ignore[index]
        if columns != (width or columns) or columns == 0:
            raise ValueError(f"{name}: rows have {columns} numbers; expected {width or 'at least one'}")
        if finite and isinstance(table, memoryview):
            numbers = table.cast("B").cast("d")
            for i in range(len(table)):
                _check_finite(name, numbers[i * columns : (i + 1) * columns], i)
        return table
    result = []
    for i, row in enumerate(table):
        if isinstance(row, (str, bytes, dict, set, frozenset)) or not hasattr(row, "__len__"):
            raise TypeError(f"{name}: row {i} is {row!r}; expected rows of numbers (one example is [[…]])")
        if len(row) != (width or len(row)) or len(row) == 0:
            raise ValueError(f"{name}: row {i} has {len(row)} numbers; expected {width or 'at least one'}")
        width = len(row)
        result.append([v if type(v) is float else _float(name, v, i, j) for j, v in enumerate(row)])
        if finite:
            _check_finite(name, result[-1], i)
    return result


def _check_finite(name: str, row: Any, i: int) -> None:
    if not all(map(math.isfinite, row)):
        j = next(j for j, v in enumerate(row) if not math.isfinite(v))
        raise ValueError(
            f"{name}: {row[j]!r} in row {i}, column {j}; allowed: finite numbers (in fit with allow_nonfinite=True any)"
        )


def targets(name: str, data: Any, examples: int, units: int, finite: bool = False) -> tuple[list[list[float]], bool]:
    """Targets for `examples` rows of `units` outputs: (rows, False), or (a column of class indices, True).

    A flat list holds numbers if there is one output, class indices 0 … units−1 if there are more. Raises what `rows`
    raises, and ValueError if a label is not one of the classes or the number of targets is not that of the examples.
    """
    data = _nested(name, data)
    if len(data) != examples:
        raise ValueError(f"{name}: {len(data)} targets for {examples} rows of inputs; expected one for each")
    if isinstance(data, memoryview):
        data = data.tolist()
    flat = len(data) > 0 and (isinstance(data[0], (str, bytes)) or not hasattr(data[0], "__len__"))
    if not flat:
        if units > 1 and len(data) > 0 and isinstance(data[0], (list, tuple)) and len(data[0]) == 1:
            raise ValueError(
                f"{name}: row 0 has 1 number; expected {units}, or all class indices in one flat list: "
                f"[row[0] for row in {name.split()[-1]}]"
            )
        return rows(name, data, units, finite), False  # type: ignore[return-value]
    column = []
    for i, value in enumerate(data):
        label = _float(name, value, i, None)
        if units > 1 and not (0 <= label < units and label == math.floor(label)):
            raise ValueError(
                f"{name}: label {value!r} at {i}; allowed for {units} outputs: class indices 0 to {units - 1}"
            )
        if finite and not math.isfinite(label):
            raise ValueError(f"{name}: {value!r} at {i}; allowed: finite numbers")
        column.append([label])
    return column, units > 1


def _nested(name: str, data: Any) -> Any:
    """The data as nested sequences; a two-dimensional buffer of doubles as a memoryview, other buffers as lists."""
    if not isinstance(data, (str, bytes, bytearray, dict, set, frozenset)):
        if isinstance(data, (list, tuple)):
            return data
        if _is_masked(data):
            raise TypeError(f"{name}: a masked array would lose its mask; expected rows of numbers "
                            "(filled(value) replaces masked elements)")
        try:
            view = memoryview(data)
            if view.ndim == 2 and view.format == "d" and view.c_contiguous and 0 not in (view.shape or ()):
                return view
        except (TypeError, ValueError, BufferError):
            pass  # not a buffer, or one of a type that memoryview does not know; it may have its own `tolist`
        try:
            nested = data.tolist() if hasattr(data, "tolist") else data
        except NotImplementedError as error:
            raise TypeError(f"{name}: {type(data).__name__}: {error}; expected rows of numbers") from None
        if hasattr(nested, "__len__") and hasattr(nested, "__getitem__"):
            return nested
    raise TypeError(f"{name}: {type(data).__name__}; expected rows of numbers")


def _is_masked(value: Any) -> bool:
    """Whether this is a masked array of NumPy or a masked element of one; numpy.ma is imported then."""
    return isinstance(value, getattr(sys.modules.get("numpy.ma"), "MaskedArray", ()))


def _float(name: str, value: Any, row: int, column: Optional[int]) -> float:
    where = f"{row}" if column is None else f"row {row}, column {column}"
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__") or _is_masked(value):
        raise TypeError(f"{name}: {value!r} in {where} is a {type(value).__name__}; expected a number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name}: {value!r} in {where}: {error}") from None
