"""How do tools that read no JSON get the numbers? As C headers, as .npy arrays, as files for $readmemh."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LINE = 4  # numbers a line of a C header


def export(folder: Any, form: str) -> int:
    """Write every number of a folder's cases once more, into a folder of its own in it; returns the number of files.

    form: a name of EXPORTS. An array's place is that in the JSON: kernels/affine/call1/x, runs/sgd/step2/dense1.z.
    """
    number = 0
    for path in sorted(Path(folder).glob("*/*.json")):
        case = f"{path.parent.name}/{path.stem}"
        document = json.loads(path.read_text(encoding="utf-8"))
        for name, data in EXPORTS[form](case, list(_arrays(document))):
            target = Path(folder, form, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            number += 1
    return number


def _arrays(document: dict[str, Any]) -> Iterator[tuple[str, list[int], list[int]]]:
    """(place, shape, 64 bits each) of all numbers and words of a case."""
    places: dict[str, Any] = {f"data/{name}": entry for name, entry in document.get("data", {}).items()}
    for step in document.get("steps", []):
        places.update({f"step{step['number']}/{name}": entry for name, entry in step["values"].items()})
    for i, call in enumerate(document.get("calls", []), 1):
        places.update({f"call{i}/{name}": entry for name, entry in call["arguments"].items()})
        places.update({f"call{i}/{'result.' * (name in call['arguments'])}{name}": entry
                       for name, entry in call["results"].items()})
    for place, entry in places.items():
        digits = entry.get("bits") or entry.get("words") if isinstance(entry, dict) else None
        if digits:
            yield place, entry["shape"] or [1, 1], [int(each, 16) for each in digits]


def _header(case: str, arrays: Any) -> Iterator[tuple[str, bytes]]:
    """One header a case, an array of uint64_t for each place: reinterpret its numbers as double with memcpy."""
    guard = f"REFNET_{_identifier(case).upper()}_H"
    lines = [f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", ""]
    for place, (rows, columns), words in arrays:
        lines.append(f"static const uint64_t {_identifier(f'{case}/{place}')}[{rows * columns}] = {{  /* {rows} x "
                     f"{columns} */")
        for i in range(0, len(words), LINE):
            lines.append("    " + " ".join(f"0x{word:016x}u," for word in words[i : i + LINE]))
        lines.append("};")
    yield f"{case}.h", "\n".join([*lines, "", "#endif", ""]).encode("ascii")


def _identifier(place: str) -> str:
    return re.sub(r"\W", "_", place)


def _npy(case: str, arrays: Any) -> Iterator[tuple[str, bytes]]:
    """NumPy's format, version 1.0; keys, seeds and draws come as numbers too, whose bits are the words."""
    for place, (rows, columns), words in arrays:
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
        header = header.ljust(-(len(header) + 11) % 64 + len(header)) + "\n"
        start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii")
        yield f"{case}/{place}.npy", start + struct.pack(f"<{len(words)}Q", *words)


def _readmemh(case: str, arrays: Any) -> Iterator[tuple[str, bytes]]:
    """A number a line, row after row."""
    for place, _, words in arrays:
        yield f"{case}/{place}.hex", "".join(f"{word:016x}\n" for word in words).encode("ascii")


EXPORTS = {"c": _header, "npy": _npy, "readmemh": _readmemh}
