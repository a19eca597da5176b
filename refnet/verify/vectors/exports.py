"""How do tools that read no JSON get the numbers? As C headers, as .npy arrays, as files for $readmemh."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from refnet.files import replace

LINE = 4  # numbers a line of a C header

Array = tuple[str, list[int], list[int], int]  # place, shape, the bits of each number, and how many digits they have


def export(folder: Any, form: str) -> int:
    """Write every number of a folder's cases once more, into a folder of its own in it; returns the number of files.

    form: a name of EXPORTS. An array's place is that in the JSON: kernels/affine/call1/x, runs/sgd/step2/dense1.z.
    """
    number = 0
    for path in sorted(Path(folder).glob("*/*.json")):
        case = f"{path.parent.name}/{path.stem}"
        document = json.loads(path.read_text(encoding="utf-8"))
        for name, data in EXPORTS[form](case, list(_arrays(document)), document.get("number", "binary64")):
            target = Path(folder, form, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            replace(target, data)
            number += 1
    return number


def _arrays(document: dict[str, Any]) -> Iterator[Array]:
    """All numbers and words of a case."""
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
            yield place, entry["shape"] or [1, 1], [int(each, 16) for each in digits], len(digits[0])


def _bytes_of(digits: int) -> int:
    """The bytes of the whole number of C or NumPy that has so many hexadecimal digits."""
    return next(size for size in (1, 2, 4, 8) if 2 * size >= digits)


def _header(case: str, arrays: list[Array], number: str) -> Iterator[tuple[str, bytes]]:
    """One header a case, an array of uint64_t for each place: reinterpret its numbers as double with memcpy; of another
    number format of as many bits as it has."""
    guard = f"REFNET_{_identifier(case).upper()}_H"
    lines = [f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", ""]
    for place, (rows, columns), words, digits in arrays:
        kind = f"uint{8 * _bytes_of(digits)}_t"
        lines.append(f"static const {kind} {_identifier(f'{case}/{place}')}[{rows * columns}] = {{  /* {rows} x "
                     f"{columns} */")
        for i in range(0, len(words), LINE):
            lines.append("    " + " ".join(f"0x{word:0{digits}x}u," for word in words[i : i + LINE]))
        lines.append("};")
    yield f"{case}.h", "\n".join([*lines, "", "#endif", ""]).encode("ascii")


def _identifier(place: str) -> str:
    return re.sub(r"\W", "_", place)


def _npy(case: str, arrays: list[Array], number: str) -> Iterator[tuple[str, bytes]]:
    """NumPy's format, version 1.0; keys, seeds and draws come as numbers too, whose bits are the words. Numbers of a
    format that NumPy lacks come as whole numbers: bfloat16's bits, and of fixed point k of each k·2^-f."""
    for place, (rows, columns), words, digits in arrays:
        size, is_fixed = _bytes_of(digits), number[0] == "Q" and digits < 16
        kind = "i" if is_fixed else "u" if digits < 16 and number.startswith("bfloat16") else "f"
        if is_fixed:  # two's complement of as many bytes as the array's numbers have
            words = [(word - (word >> 4 * digits - 1 << 4 * digits)) % (1 << 8 * size) for word in words]
        kind = f"{'|' if size == 1 else '<'}{kind}{size}"
        header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
        header = header.ljust(-(len(header) + 11) % 64 + len(header)) + "\n"
        start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii")
        yield f"{case}/{place}.npy", start + struct.pack(f"<{len(words)}{'BHIQ'[size.bit_length() - 1]}", *words)


def _readmemh(case: str, arrays: list[Array], number: str) -> Iterator[tuple[str, bytes]]:
    """A number a line, row after row; of fixed point two's complement, as registers have it."""
    for place, _, words, digits in arrays:
        yield f"{case}/{place}.hex", "".join(f"{word:0{digits}x}\n" for word in words).encode("ascii")


EXPORTS = {"c": _header, "npy": _npy, "readmemh": _readmemh}
