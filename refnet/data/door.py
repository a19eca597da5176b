"""Which numbers may a user hand in? Whatever holds them, they come in here, and become one buffer of doubles.

Lists, NumPy arrays of any kind and layout, tables and columns of pandas, polars and Arrow, `array`, memoryview.
Integers, booleans and smaller floats are converted as Python's float() does. Each error names the argument, the
position in it, the value and what is allowed.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from typing import Any, Callable, NamedTuple, Optional

from refnet.checks import counted, shown
from refnet.data.containers import ByteMatrix, FloatMatrix, Rows
from refnet.kernels import at_hand

NUMBERS_OF = {
    "M": "x.astype('int64')", "m": "x.astype('int64')", "c": "x.real",
    "V": "numpy.lib.recfunctions.structured_to_unstructured(x)",
}
"""For kinds of NumPy arrays that are refused: how the user gets numbers out of them."""

ARRAYS = {"binary32": "float32", "binary16": "float16"}
"""The type of NumPy's arrays for a number format, where there is one."""

NOT_ROWS = (str, bytes, bytearray, dict, set, frozenset)


class Targets(NamedTuple):
    """The targets of one output: as many columns as it has units, or one column of class indices.

    names   the names of the classes, if the targets were names
    """

    rows: Any
    are_classes: bool = False
    names: Optional[list[str]] = None


def rows(name: str, data: Any, width: Optional[int] = None, finite: bool = False) -> Any:
    """Rows of numbers, each `width` long (None: as long as the first): a memoryview of doubles (rows, columns), or a
    ByteMatrix as it is, which stays bytes until a minibatch of it is taken.

    Doubles in a buffer, row after row, are not copied. Raises TypeError if something is not a number; ValueError if
    there is no row, if a row is empty or not `width` long, and with finite=True for NaN and infinity.
    """
    table = opened(name, data, width)
    if isinstance(table, ByteMatrix):
        return table
    doubles: Any = _from_lists(name, table, width) if isinstance(table, (list, tuple)) else as_doubles(table)
    if finite:
        check_finite(name, doubles)
    return doubles


def check_finite(name: str, numbers: Any) -> None:
    """Raise ValueError for NaN and infinity in rows of doubles or floats."""
    place = at_hand().first_not_finite(numbers)
    if place is not None:
        i, j = divmod(place, numbers.shape[1])
        allowed = "finite numbers (in fit with allow_nonfinite=True any)"
        raise ValueError(f"{name}: {numbers[i, j]!r} in row {i}, column {j}; allowed: {allowed}")


def opened(name: str, data: Any, width: Optional[int] = None) -> Any:
    """The rows before any number is looked at: a list or tuple, a ByteMatrix, a memoryview, or a NumPy array.

    Raises what `rows` raises for anything that cannot be rows of numbers.
    """
    if isinstance(data, (bytes, bytearray)):
        hint = "data.ByteMatrix(values, rows, columns) has them"
        raise TypeError(f"{name}: {type(data).__name__}; expected rows of numbers ({hint})")
    table = listed(name, data)
    if len(table) == 0:
        raise ValueError(f"{name}: no rows; allowed: at least one")
    if not isinstance(table, (list, tuple)):
        if not isinstance(table, ByteMatrix) and table.ndim != 2:
            raise ValueError(f"{name}: shape {tuple(table.shape)}; expected rows of numbers (one example is [[…]])")
        columns = table.columns if isinstance(table, ByteMatrix) else table.shape[1]
        if columns != (width or columns) or columns == 0:
            raise ValueError(f"{name}: rows have {counted(columns, 'number')}; expected {width or 'at least one'}")
    return table


def as_doubles(table: Any) -> memoryview:
    """An opened memoryview or NumPy array as doubles; the same memory if it holds doubles, row after row."""
    view = in_place(table, "d")
    if view is not None:
        return view
    if not isinstance(table, memoryview):
        return memoryview(table.astype("float64", order="C"))
    numbers = struct.unpack(_layout(table), table.tobytes())
    return _shaped(array("d", numbers), *(table.shape or ()))


def in_place(table: Any, code: str) -> Optional[memoryview]:
    """The memory of an opened memoryview or NumPy array, if it holds numbers of this kind ("d", "f"), row after row."""
    if isinstance(table, memoryview):
        return table if table.format == code and table.c_contiguous else None
    if isinstance(table, (list, tuple, ByteMatrix)) or table.dtype.char != code or not table.dtype.isnative:
        return None
    return memoryview(table) if table.flags.c_contiguous and table.flags.aligned else None


def targets(name: str, data: Any, examples: int, units: int, finite: bool = False,
            names: Optional[list[str]] = None) -> Targets:
    """Targets for `examples` rows of `units` outputs.

    A flat list has numbers for a single output, class indices 0 … units−1 for more. Or it has names of classes, as
    text: those in `names`, else the names found, in alphabetical order. Raises what `rows` raises; ValueError if a
    label is not one of the classes or the number of targets is not that of the examples.
    """
    table = listed(name, data)
    if len(table) != examples:
        found = f"{counted(len(table), 'target')} for {counted(examples, 'row')} of inputs"
        raise ValueError(f"{name}: {found}; expected one for each")
    first = table[0] if isinstance(table, (list, tuple)) and examples else None
    is_column = len(first) == 1 if isinstance(first, (list, tuple)) else getattr(table, "shape", ())[1:] == (1,)
    if is_column and units > 1:
        raise ValueError(f"{name}: row 0 has 1 number; expected {units}, or all class indices in one flat list: "
                         f"[row[0] for row in {name.split()[-1]}]")
    if isinstance(first, str):
        labels, names = _numbered(name, table, units, names)
    elif _is_flat(table, first):
        labels, names = _column(name, table), None
    else:
        found = rows(name, table, units, finite)
        return Targets(found if isinstance(found, memoryview) else _from_lists(name, list(found), units))
    strange = {x for x in set(labels) if units > 1 and not (0.0 <= x < units and x == math.floor(x))}
    if strange:
        i = next(i for i, label in enumerate(labels) if label in strange or label != label)
        allowed = f"allowed for {units} outputs: class indices 0 to {units - 1}"
        raise ValueError(f"{name}: label {table[i]!r} at {i}; {allowed}")
    if finite and not all(map(math.isfinite, labels)):
        i = next(i for i, label in enumerate(labels) if not math.isfinite(label))
        raise ValueError(f"{name}: {shown(labels[i])} at {i}; allowed: finite numbers")
    return Targets(_shaped(labels, examples, 1), units > 1, names)


def as_list(name: str, data: Any) -> list[Any]:
    """Numbers, names or rows as a list: of one dimension or two. Raises what `rows` raises for anything else."""
    table = listed(name, data)
    return list(table) if isinstance(table, (list, tuple)) else (table if not isinstance(table, memoryview)
                                                                 else as_doubles(table)).tolist()


def like(data: Any, tolist: Callable[[Any], list], matrix: Any, number: str = "binary64") -> Any:
    """A copy of a matrix, of the kind that `data` is: an array for arrays and tables of other libraries, else lists.

    tolist  the backend's, which makes lists of its matrices
    number  the matrix's format: arrays are float32 for binary32, float16 for binary16, float64 for all others
    """
    if hasattr(data[0] if isinstance(data, (list, tuple)) else data, "__array__"):
        import numpy

        return numpy.array(matrix, ARRAYS.get(number.partition(":")[0], "float64"))
    return tolist(matrix)


def joined(parts: list[Any]) -> Any:
    """Results of `like`, one below the other."""
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], list):
        return [row for part in parts for row in part]
    import numpy

    return numpy.concatenate(parts)


# --- What holds the numbers? ---


def listed(name: str, data: Any) -> Any:
    """Data of one or more dimensions as a list, tuple, ByteMatrix, memoryview of numbers, or NumPy array of numbers."""
    if isinstance(data, (list, tuple, ByteMatrix)):
        return data
    if isinstance(data, FloatMatrix):
        return data.view if len(data) else []
    if not isinstance(data, (str, dict, set, frozenset)):
        if type(data) is getattr(sys.modules.get("numpy"), "ndarray", None) and data.dtype.kind in "biuf" and data.ndim:
            return data
        if hasattr(data, "__array__"):
            return _array(name, data)
        view = _view(data)
        if view is not None and view.ndim:
            return view
        nested = data.tolist() if hasattr(data, "tolist") else data
        if hasattr(nested, "__len__") and hasattr(nested, "__getitem__") and not hasattr(nested, "toarray"):
            return [nested[i] for i in range(len(nested))]
    hint = ""
    if isinstance(data, Rows):
        hint = " (data.Preparation makes them of a table)"
    elif hasattr(data, "toarray"):
        hint = " (toarray() makes them of a sparse matrix)"
    elif hasattr(data, "__next__"):
        hint = " (list(…) makes them)"
    raise TypeError(f"{name}: {type(data).__name__}; expected rows of numbers{hint}")


def _array(name: str, data: Any) -> Any:
    """An array of NumPy, or anything that can become one: itself if it holds numbers, lists if it holds objects."""
    try:
        import numpy

        found = data if isinstance(data, numpy.ndarray) else numpy.asarray(data)
    except Exception as error:  # tables are of many libraries, which raise what they like
        raise TypeError(f"{name}: {type(data).__name__}: {error}; expected rows of numbers") from error
    if _is_masked(data):
        raise TypeError(f"{name}: a masked array would lose its mask; expected rows of numbers "
                        "(filled(value) replaces masked elements)")
    kind = found.dtype.kind
    if kind in NUMBERS_OF or found.ndim == 0:
        hint = f" ({NUMBERS_OF[kind]} has numbers)" if kind in NUMBERS_OF else ""
        raise TypeError(f"{name}: {type(data).__name__} of {found.dtype}; expected rows of numbers{hint}")
    if found is not data:
        _check_complete(name, data)
    return found if kind in "biuf" else found.tolist()


def _check_complete(name: str, data: Any) -> None:
    """Raise ValueError if a table or column of polars or Arrow has nulls, which NumPy would read as NaN."""
    names = getattr(data, "column_names", getattr(data, "columns", None))
    for column in [data] if names is None else [data[each] for each in names]:
        count = getattr(column, "null_count", 0)
        if count() if callable(count) else count:
            raise ValueError(f"{name}: nulls in {'this column' if column is data else getattr(column, 'name', names)}; "
                             "expected numbers (fill_null(value) replaces nulls)")


def _is_masked(value: Any) -> bool:
    """Whether this is a masked array of NumPy or a masked element of one; numpy.ma is imported then."""
    return isinstance(value, getattr(sys.modules.get("numpy.ma"), "MaskedArray", ()))


def _view(data: Any) -> Optional[memoryview]:
    """The buffer of some data, if it has one whose numbers can be read."""
    try:
        view = memoryview(data)
        return view if struct.calcsize(_layout(view)) == view.nbytes else None
    except (TypeError, ValueError, BufferError, struct.error):
        return None


def _layout(view: memoryview) -> str:
    """The form of all its numbers for the module struct: byte order, count and type. ValueError if they are none."""
    order, code = (view.format[0], view.format[1:]) if view.format[0] in "@=<>!" else ("", view.format)
    if code not in tuple("?bBhHiIlLqQefd"):
        raise ValueError(f"buffer of format {view.format!r}")
    return f"{order}{view.nbytes // view.itemsize}{code}"


def _is_flat(table: Any, first: Any) -> bool:
    """Whether these are numbers and not rows of numbers."""
    if isinstance(table, (list, tuple)):
        return isinstance(first, bytes) or (len(table) > 0 and not hasattr(first, "__len__"))
    return not isinstance(table, ByteMatrix) and table.ndim == 1


# --- Lists, element by element where something is wrong ---


def _from_lists(name: str, table: Any, width: Optional[int]) -> memoryview:
    numbers = array("d")
    for i, row in enumerate(table):
        if isinstance(row, NOT_ROWS) or not hasattr(row, "__len__"):
            raise TypeError(f"{name}: row {i} is {shown(row)}; expected rows of numbers (one example is [[…]])")
        if len(row) != (width or len(row)) or len(row) == 0:
            raise ValueError(f"{name}: row {i} has {counted(len(row), 'number')}; expected {width or 'at least one'}")
        width = len(row)
        _append(numbers, name, row, f"row {i}, column ")
    return _shaped(numbers, len(table), width or 0)


def _column(name: str, table: Any) -> array:
    """Numbers in one dimension as doubles."""
    if not isinstance(table, (list, tuple)):
        return array("d", as_doubles(table).tobytes())
    numbers = array("d")
    _append(numbers, name, table, "")
    return numbers


def _append(numbers: array, name: str, values: Any, where: str) -> None:
    """Append values, all at once if they are numbers; else one by one, to say what is wrong with which."""
    try:
        start = len(numbers)
        numbers.fromlist(values if isinstance(values, list) else list(values))
        if "numpy.ma" not in sys.modules or not any(map(math.isnan, numbers[start:])):
            return
        del numbers[start:]  # a masked element becomes NaN
    except (TypeError, ValueError, OverflowError):
        pass
    numbers.extend(_float(name, value, f"{where}{place}") for place, value in enumerate(values))


def _numbered(name: str, table: Any, units: int, names: Optional[list[str]]) -> tuple[array, list[str]]:
    """Names of classes as their numbers, and all names in order."""
    for i, label in enumerate(table):
        if not isinstance(label, str):
            found = f"{shown(label)} at {i} is a {type(label).__name__}"
            raise TypeError(f"{name}: {found}; expected text, as {table[0]!r} is")
    known = sorted(set(table)) if names is None else names
    if len(known) > max(units, 2):
        raise ValueError(f"{name}: {len(known)} names of classes, {', '.join(known[:10])}, …; allowed: {max(units, 2)}")
    numbers = {label: float(i) for i, label in enumerate(known)}
    for i, label in enumerate(table):
        if label not in numbers:
            raise ValueError(f"{name}: label {shown(label)} at {i}; allowed: {', '.join(known)}")
    return array("d", [numbers[label] for label in table]), list(known)


def _shaped(numbers: array, *shape: int) -> Any:
    return memoryview(numbers).cast("B").cast("d", shape)


def _float(name: str, value: Any, where: str) -> float:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__") or _is_masked(value):
        raise TypeError(f"{name}: {shown(value)} in {where} is a {type(value).__name__}; expected a number")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name}: {shown(value)} in {where}: {error}") from None
