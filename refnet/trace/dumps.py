"""How does a run become a file that any program can read? As JSON with the bits of every number, and back.

    dumps.write(traced(net, x, y, optimizer=SGD(0.2), steps=3), "run.json")
    steps = dumps.read("run.json")               # [{"dense1.z": Numbers, …}, …], as another program may write them

    {"format": "refnet vectors 1", "contract": 1, "kind": "run",
     "network": {"seed": …, "layers": [{"name", "class", "settings", "after", "shares"}, …], "inputs", "outputs",
                 "penalties"},
     "loss": {"class", "settings"}, "optimizer": {"class", "settings"},
     "steps": [{"number": 1, "training": true, "rows": 2,
                "values": {"dense1.z": {"shape": [2, 3], "bits": ["3fb999999999999a", …], "decimal": [0.1, …]}, …}}, …]}

The values stand in the order of computation, under the names that refnet.trace.steps lists, row after row. Reading asks
for "steps", "values", "shape" and "bits" alone: `decimal` is for people.

A run in another number format than binary64 has "number": "binary32" beside "contract". A number has as many digits as
its format has bits: 8 in binary32, 4 in binary16, bfloat16 and Q7.8 (two's complement; of other fixed point two for
each byte that it needs); what stays binary64 in such a run has 16.
"""

from __future__ import annotations

import json
import math
import os
import re
from array import array
from collections.abc import Iterable
from typing import Any, Union

from refnet.arithmetic import CONTRACT
from refnet.arithmetic.formats import BINARY64, Format, as_format
from refnet.checks import shown
from refnet.files import FileError, entry_of, layout, replace
from refnet.trace.calls import Numbers

FORMAT = "refnet vectors 1"
Path = Union[str, "os.PathLike[str]"]


def write(trace: Any, path: Path) -> None:
    """Write a trace to a file. Raises FileError for a layer or loss of one's own that is not registered."""
    replace(path, (layout(document(trace)) + "\n").encode("ascii"))


def read(path: Path) -> list[dict[str, Numbers]]:
    """The numbers of each step by name. Raises FileError, with the file and the place in it, if it is no such file."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        values = [dict(step["values"]) for step in found["steps"]]
        form = as_format(found.get("number", "binary64"))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = str(error) if isinstance(error, ValueError) else 'expected {"steps": [{"values": {…}}, …]}'
        raise FileError(f"{os.fsdecode(path)}: {problem}") from None
    where = f"{os.fsdecode(path)}: steps[%d].values[%s]"
    return [{name: decoded(where % (i, name), entry, form) for name, entry in step.items()}
            for i, step in enumerate(values)]


def document(trace: Any) -> dict[str, Any]:
    """What the file says of a trace, as dicts and lists for JSON."""
    network = trace.network
    layers = [
        {"name": layer.name, **entry_of(f"layers[{i}]", layer), "after": list(network.parents[i]),
         "shares": None if network.owners[i] == i else network.owners[i]}
        for i, layer in enumerate(network.layers)
    ]
    return {
        "format": FORMAT, "contract": CONTRACT, **named(trace.number), "kind": "run",
        "network": {"seed": network.seed, "layers": layers, "inputs": list(network.input_places),
                    "outputs": list(network.output_places),
                    "penalties": [entry_of(f"penalties[{i}]", each) for i, each in enumerate(network.penalties)]},
        "loss": None if network.objective is None else entry_of("loss", network.objective),
        "optimizer": None if network.optimizer is None else entry_of("optimizer", network.optimizer),
        "steps": [
            {"number": step.number, "training": step.is_training, "rows": step.rows,
             "values": {name: encoded(numbers.shape, numbers.values, as_format(numbers.number))
                        for name, numbers in step.values.items()}}
            for step in trace
        ],
    }


def named(number: str) -> dict[str, str]:
    """What a file says of its number format: nothing of binary64."""
    return {} if number == "binary64" else {"number": number}


def encoded(shape: Iterable[int], values: Iterable[Any], form: Format = BINARY64) -> dict[str, Any]:
    """Numbers with their bits as hexadecimal digits, and as decimals that read back as the same number."""
    numbers = [float(value) for value in values]
    decimals = [value if math.isfinite(value) else repr(value) for value in numbers]
    return {"shape": list(shape), "bits": [bits_of(value, form) for value in numbers], "decimal": decimals}


def decoded(where: str, entry: Any, form: Format = BINARY64) -> Numbers:
    """The Numbers of an entry; a plain number, whose shape is [], is 1×1. Raises FileError that begins with `where`."""
    try:
        shape, digits = entry["shape"], entry["bits"]
        rows, columns = shape or (1, 1)
        is_right = type(rows) is type(columns) is int and min(rows, columns) > 0 and len(digits) == rows * columns
    except (KeyError, TypeError, ValueError):
        is_right = False
    if not is_right:
        raise FileError(f"{where}: {shown(entry)}; expected a shape [rows, columns] and as many bits")
    own = BINARY64 if isinstance(digits[0], str) and len(digits[0]) == digits_of(BINARY64) else form
    for place, each in enumerate(digits):
        if not isinstance(each, str) or not re.fullmatch(f"[0-9a-fA-F]{{{digits_of(own)}}}", each):
            raise FileError(f"{where}.bits[{place}]: {shown(each)}; expected {digits_of(own)} hexadecimal digits")
    return Numbers(rows, columns, array("d", [number_of(each, own) for each in digits]), own.name)


def digits_of(form: Format) -> int:
    """How many hexadecimal digits a number of the format has."""
    return 2 * form.size


def bits_of(value: float, form: Format = BINARY64) -> str:
    """The bits as hexadecimal digits, the sign first; every NaN is one and the same, 7ff8000000000000."""
    return form.packed([value])[::-1].hex()


def number_of(digits: str, form: Format = BINARY64) -> float:
    """The number with these bits."""
    return form.unpacked(bytes.fromhex(digits)[::-1])
