"""What did somebody else's program write down? Matrices by name, step by step, out of memory or from a file.

    {"dense1.z": [[0.1, 0.2]], "dense1.weights.new": array, …}     one step; several steps as a list of these,
                                                                   or with names such as "step2/dense1.z"
    run.json      as dumps.write writes it, or plain: {"dense1.z": [[0.1, 0.2]]}
    run.npz       NumPy's archive of arrays with such names
    run.csv       a line for each number, name,row,unit,value: dense1.z,0,1,0.25 or step2/dense1.z,0,1,0x1.0p-2
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from refnet.checks import as_number, shown
from refnet.data.archives import read_npz
from refnet.trace import dumps
from refnet.trace.calls import Numbers

Steps = dict[int, dict[str, Numbers]]
COLUMNS = ["name", "row", "unit", "value"]


def steps_of(other: Any) -> Steps:
    """Somebody's numbers by step and name: of a Trace, a dict, a list of dicts, or a file (.json, .npz or .csv).

    Raises TypeError or ValueError if it is none of these, OSError if the file cannot be read.
    """
    if hasattr(other, "steps"):  # a Trace
        return {step.number: dict(step.values) for step in other.steps}
    if isinstance(other, (str, os.PathLike)):
        return _read(os.fspath(other))
    if isinstance(other, Mapping):
        return _by_step(other)
    if isinstance(other, (list, tuple)) and other and all(isinstance(each, Mapping) for each in other):
        return {i: _named(each) for i, each in enumerate(other, 1)}
    raise TypeError(f"other: {shown(other)}; allowed: a Trace, a dict of matrices by name, a list of such dicts, or "
                    "the name of a file (.json, .npz, .csv)")


def _read(path: str) -> Steps:
    kind = os.path.splitext(path)[1].lower()
    readers = {".json": _json, ".npz": _npz, ".csv": _csv}
    if kind not in readers:
        raise ValueError(f"{path}: allowed are files that end in .json, .npz or .csv")
    try:
        return readers[kind](path)
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None


def _json(path: str) -> Steps:
    with open(path, encoding="utf-8") as file:
        found = json.load(file)
    if isinstance(found, dict) and "steps" in found:
        return dict(enumerate(dumps.read(path), 1))
    return steps_of(found) if isinstance(found, (dict, list)) else steps_of(None)


def _npz(path: str) -> Steps:
    try:
        return _by_step(read_npz(path))
    except ImportError as error:
        raise ValueError(str(error)) from None


def _csv(path: str) -> Steps:
    tables: dict[str, dict[tuple[int, int], float]] = {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        for number, cells in enumerate(csv.reader(file), 1):
            cells = [cell.strip() for cell in cells]
            if not any(cells) or (number == 1 and cells == COLUMNS):
                continue
            try:
                name, row, unit, text = cells
                value = float.fromhex(text) if "0x" in text.lower() else float(text)
                place = int(row), int(unit)
            except (ValueError, OverflowError):
                raise ValueError(f"line {number}: {','.join(cells)}; expected name,row,unit,value such as "
                                 "dense1.z,0,1,0.25 or dense1.z,0,1,0x1.0p-2") from None
            if min(place) < 0 or place in tables.setdefault(name, {}):
                raise ValueError(f"line {number}: {name}, row {row}, unit {unit}: "
                                 f"{'below 0' if min(place) < 0 else 'a second time'}")
            tables[name][place] = value
    return _by_step({name: _table(name, table) for name, table in tables.items()})


def _table(name: str, table: dict[tuple[int, int], float]) -> list[list[float]]:
    rows, columns = (max(place[i] for place in table) + 1 for i in (0, 1))
    for place in ((i, j) for i in range(rows) for j in range(columns)):
        if place not in table:
            raise ValueError(f"{name}: row {place[0]}, unit {place[1]} is missing")
    return [[table[i, j] for j in range(columns)] for i in range(rows)]


def _by_step(matrices: Mapping[Any, Any]) -> Steps:
    """Names such as "step2/dense1.z" sorted by their step; without one they belong to step 1."""
    sorted_by_step: dict[int, dict[Any, Any]] = {}
    for name, value in matrices.items():
        found = re.fullmatch(r"step([1-9][0-9]*)/(.+)", name) if isinstance(name, str) else None
        sorted_by_step.setdefault(int(found[1]) if found else 1, {})[found[2] if found else name] = value
    return {number: _named(step) for number, step in sorted(sorted_by_step.items())}


def _named(matrices: Mapping[Any, Any]) -> dict[str, Numbers]:
    for name in matrices:
        if not isinstance(name, str):
            raise TypeError(f"names of matrices: {shown(name)}; allowed: text such as 'dense1.z'")
    return {name: _numbers(name, value) for name, value in matrices.items()}


def _numbers(name: str, value: Any) -> Numbers:
    """A matrix, a row or a number, of any kind that has numbers in it."""
    if isinstance(value, Numbers):
        return value
    value = value.tolist() if hasattr(value, "tolist") else value
    value = value if isinstance(value, (list, tuple)) else [value]
    rows = value if value and all(isinstance(row, (list, tuple)) for row in value) else [value]
    flat = [as_number(each) for row in rows for each in row]
    if not flat or any(number is None for number in flat) or len({len(row) for row in rows}) > 1:
        raise ValueError(f"{name}: {shown(value)}; allowed: a number, a row of numbers, or rows of one length")
    try:
        return Numbers(len(rows), len(rows[0]), [float(number) for number in flat if number is not None], "")
    except OverflowError:
        raise ValueError(f"{name}: a whole number beyond the largest of binary64") from None
