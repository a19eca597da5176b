"""What lies in the folder of vectors, and is one what it should be? All its files as texts, written and compared.

Comparing is writing anew and looking for the first byte that differs. Where it stands in the JSON is found by going
through the text as it should be.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from refnet.arithmetic import CONTRACT
from refnet.arithmetic.formats import as_format
from refnet.files import FileError, layout, replace
from refnet.kernels import choose
from refnet.kernels.seam import SEAM
from refnet.trace.dumps import FORMAT, named
from refnet.verify.vectors.calls import ALL, INITIALIZERS, ONLY_BINARY64, function_case, initializer_case, kernel_case
from refnet.verify.vectors.page import page
from refnet.verify.vectors.runs import NETWORKS, OPTIMIZERS, run_case

MANIFEST = "manifest.json"


class Extent(NamedTuple):
    """Which cases, and how many numbers: calls of each kernel, epochs of each run (two steps each).

    only    names of cases, or patterns of them, in one text: "functions/*,runs/sgd"
    number  the name of the number format
    """

    calls: int = 8
    epochs: int = 2
    seed: int = 0
    only: str = "*"
    number: str = "binary64"


def _cases(extent: Extent, backend: Any) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """The name of each case, and what makes it."""
    calls, epochs, seed, _, number = extent
    for name in ALL:
        if number == "binary64" or name not in ONLY_BINARY64:
            yield f"functions/{name}", partial(function_case, name, 4 * calls, seed, as_format(number))
    for name in dict.fromkeys(type(each).__name__ for each in INITIALIZERS):
        yield f"initializers/{name}", partial(initializer_case, name, seed, backend)
    for name in SEAM:
        yield f"kernels/{name}", partial(kernel_case, name, calls, seed, backend)
    for name in (*OPTIMIZERS, *NETWORKS):
        yield f"runs/{name}", partial(run_case, name, epochs, seed, backend)


def chosen(extent: Extent, backend: Any) -> dict[str, Callable[[], dict[str, Any]]]:
    """The cases of this extent. Raises ValueError for a pattern that names none."""
    every = dict(_cases(extent, backend))
    found = set()
    for pattern in extent.only.split(","):
        names = [name for name in every if fnmatchcase(name, pattern.strip())]
        if not names:
            allowed = "functions/*, initializers/*, kernels/*, runs/*, or one of them, kernels/affine"
            raise ValueError(f"only: {pattern.strip()!r} names no case; allowed: {allowed}")
        found.update(names)
    return {name: make for name, make in every.items() if name in found}


def texts(extent: Extent, backend: str = "python") -> Iterator[tuple[str, str]]:
    """(name, text) of each file of the folder, the manifest last."""
    cases = chosen(extent, choose(backend, extent.number))
    sums, says = {}, {"format": FORMAT, "contract": CONTRACT, **named(extent.number)}
    for name, text in _files(cases, says):
        sums[name] = hashlib.sha256(text.encode("utf-8")).hexdigest()
        yield name, text
    made_from = {"calls": extent.calls, "epochs": extent.epochs, "seed": extent.seed}
    yield MANIFEST, layout({**says, **made_from, "sha256": sums}) + "\n"


def _files(cases: dict[str, Callable[[], dict[str, Any]]], says: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Numbers first: where they differ, that is what `difference` names."""
    for name, make in cases.items():
        yield f"{name}.json", layout({**says, **make()}) + "\n"
    yield "schema.json", Path(__file__).with_name("schema.json").read_text(encoding="utf-8")
    yield "FORMAT.md", page()


def write(folder: Any, extent: Extent, backend: str = "python") -> int:
    """Write the folder, which may be there already; returns the number of files. Raises ValueError for the extent."""
    number = 0
    for name, text in texts(extent, backend):
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, text.encode("utf-8"))
        number += 1
    return number


def difference(folder: Any, backend: str = "python") -> str:
    """The first place where a folder is not what `write` writes, with both values; "" if it is.

    Raises FileError if its manifest does not say what the cases were made from.
    """
    extent, manifest = _extent(folder), Path(folder, MANIFEST).read_bytes()
    for name, text in texts(extent, backend):
        path = Path(folder, name)
        try:
            found = path.read_bytes()
        except FileNotFoundError:
            return f"{name} is missing"
        if found != text.encode("utf-8"):
            place = f"{name}: {_place(text, found.decode('utf-8', errors='replace'))}"
            if hashlib.sha256(found).hexdigest().encode("ascii") not in manifest:
                return place
            return (f"{place} (its SHA-256 is the manifest's: another version of refnet has written the folder, or it "
                    f"is not as {MANIFEST} says from calls {extent.calls}, epochs {extent.epochs}, seed {extent.seed})")
    return ""


def _extent(folder: Any) -> Extent:
    """What the manifest says, whatever else is wrong in it: its numbers, and the cases among its names."""
    path = Path(folder, MANIFEST)
    text = path.read_text(encoding="utf-8", errors="replace")
    found: dict[str, Any] = {}
    for name, pattern in (("calls", "[1-9][0-9]*"), ("epochs", "[1-9][0-9]*"), ("seed", "-?[0-9]+")):
        match = re.search(rf'^  "{name}": ({pattern}),$', text, re.MULTILINE)
        if not match:
            line = next((each for each in text.splitlines() if name[1:] in each), "no line")  # one bit may be wrong
            raise FileError(f"{os.fsdecode(path)}: {name}: {line.strip()!r}; expected it as `refnet vectors` writes it")
        found[name] = int(match[1])
    match = re.search(r'^  "number": "([^"]*)",$', text, re.MULTILINE)
    found["number"] = match[1] if match else "binary64"
    try:
        as_format(found["number"])
    except ValueError as error:
        raise FileError(f"{os.fsdecode(path)}: {error}") from None
    known = {name for name, _ in _cases(Extent(), None)}
    names = [name for name in re.findall(r'"([^"]*)\.json": ', text) if name in known]
    if not names:
        raise FileError(f"{os.fsdecode(path)}: sha256: it names no case; expected it as `refnet vectors` writes it")
    return Extent(**found, only=",".join(names))


def _place(expected: str, found: str) -> str:
    """Where two texts first differ: the path in the JSON, or the line, and both values."""
    at = next((i for i, (a, b) in enumerate(zip(expected, found)) if a != b), min(len(expected), len(found)))
    line = expected.count("\n", 0, at) + 1
    where = path_at(expected, at) if expected.startswith("{") else ""
    element = re.search(r"\.(?:bits|decimal|words)\[(\d+)\]$", where)
    if element:
        columns = int(re.findall(r'"shape": \[(?:\d+, (\d+))?\]', expected[:at])[-1] or 1)
        where += " (row {}, unit {})".format(*divmod(int(element[1]), columns))
    ours, theirs = (_value(text, at) for text in (expected, found))
    return f"line {line}{where and ', '}{where}: {theirs}; expected {ours}"


def _value(text: str, at: int) -> str:
    """The element of a list, or else the words of the line, that this place is in; at most 120 characters."""
    if at >= len(text):
        return "the end of the file"
    start, end = text.rfind("\n", 0, at) + 1, re.compile(r"[],\n}]|$").search(text, at)
    left = max(start, at - 60, *(text.rfind(mark, start, at) + len(mark) for mark in ("[", ", ", "{", ": ")))
    value = text[left : min(end.start() if end else at, at + 60)].strip()
    return value if value.isprintable() and text[at] in value else repr(text[at])


def path_at(text: str, at: int) -> str:
    """The path of what stands at this place of a JSON text: steps[0].values.dense1.z.bits[3]."""
    path: list[Any] = []
    for token in re.finditer(r'"((?:[^"\\]|\\.)*)"(:?)|[][{},]', text):
        if token.start() > at:
            break
        mark = token[0]
        if token[2]:
            path[-1] = token[1]
        elif mark in "{[":
            path.append("" if mark == "{" else 0)
        elif mark in "}]":
            path.pop()
        elif mark == "," and isinstance(path[-1], int):
            path[-1] += 1
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path if each != "").lstrip(".")
