"""What is in a safetensors file? A header in JSON that names each tensor, then their numbers, byte for byte.

    8 bytes     the length of the header, little-endian
    the header  {"__metadata__": {text: text}, name: {"dtype": "F64", "shape": [3, 2], "data_offsets": [0, 48]}, …}
    the rest    the numbers, little-endian, tensor after tensor without a gap, row after row

(https://huggingface.co/docs/safetensors) The format is so plain that no library is needed. refnet writes F32 for
binary32, and F64 for every other number format, whose numbers are binary64 numbers too.
"""

from __future__ import annotations

import json
import math
import os
import struct
from array import array
from typing import Any

from refnet import checks, files
from refnet.arithmetic.formats import as_format
from refnet.data import door
from refnet.exchange.describing import KEY, described, rebuilt
from refnet.files import FileError
from refnet.files.fields import COUNT, as_integer, as_list
from refnet.model import Network

CODES = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U8": "B", "BOOL": "?"}
"""How the module struct calls each type of number; BF16 is the upper half of an F32."""


def save_safetensors(network: Network, path: Any) -> None:
    """Write the network's weights, and its description as metadata, to a file; an existing one is replaced at once.

    A tensor has the name of its parameter, "dense1.weights" (units, inputs), "dense1.bias" (units,), or of a buffer
    that predictions need, "batchnorm1.mean". The state of the training is left out.
    Raises TypeError if it is not a Network, FileError if it cannot be kept, OSError if the system refuses.
    """
    files.replace(os.fsdecode(path), as_safetensors(network, path))


def as_safetensors(network: Network, path: Any) -> bytes:
    """The bytes of the file that is to have this path, not written to a disk. Errors are those of save_safetensors."""
    if not isinstance(network, Network):
        raise TypeError(f"network: {checks.shown(network)}; expected a Network")
    with files.about(path):
        text, tables = described(network)
    form = as_format("binary32" if network.number == "binary32" else "binary64")
    header: dict[str, Any] = {"__metadata__": {KEY: text}}
    data, end = [], 0
    for name, rows in tables.items():
        data += [form.packed(row) for row in rows]
        start, end = end, end + form.size * len(rows) * len(rows[0])
        parameter = network.parameters.get(name)
        shape = [len(rows), len(rows[0])] if parameter and not parameter.is_row else [len(rows[0])]
        header[name] = {"dtype": f"F{form.bits}", "shape": shape, "data_offsets": [start, end]}
    head = json.dumps(header).encode("ascii")
    head += b" " * (-len(head) % 8)  # so that the numbers are aligned
    return struct.pack("<Q", len(head)) + head + b"".join(data)


def load_safetensors(path: Any, backend: Any = "auto") -> Network:
    """The network that `save_safetensors` has written. (load_weights takes the weights of any such file by name.)

    Raises FileNotFoundError if there is no file, FileError if it is none of refnet's or was damaged.
    """
    metadata, tensors = read_tensors(path)
    with files.about(path):
        if KEY not in metadata:
            raise FileError(f"its metadata have no {KEY!r}: another program's file; build the network and call "
                            "load_weights(net, path)")
        tables = {name: door.rows(name, [each] if each.ndim == 1 else each).tolist()
                  for name, each in tensors.items() if each.ndim in (1, 2)}
        return rebuilt(metadata[KEY], tables, backend)


def read_tensors(path: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """The metadata and the tensors by name, as doubles, of any safetensors file. Raises FileError if it is none."""
    with files.about(path):
        data = files.bytes_of(path)
        size = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
        if not 2 <= size <= len(data) - 8:
            raise FileError(f"not a safetensors file, or cut off: {len(data)} bytes, a header of {size}")
        try:
            header = json.loads(data[8 : 8 + size].decode("utf-8"))
        except ValueError as error:
            raise FileError(f"not a safetensors file: its header is no JSON: {error}") from None
        if not isinstance(header, dict):
            raise FileError(f"header: {checks.shown(header)}; expected an object")
        metadata = header.pop("__metadata__", {})
        if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
            raise FileError(f"__metadata__: {checks.shown(metadata)}; expected an object of texts")
        tensors = {name: _tensor(name, entry, data, 8 + size) for name, entry in header.items()}
        end = 0
        for first, after, name in sorted((*entry["data_offsets"], name) for name, entry in header.items()):
            if first != end:
                raise FileError(f"{name}.data_offsets: begins at {first}; expected {end}, the end of the tensor before")
            end = after
        if end != len(data) - 8 - size:
            raise FileError(f"{len(data) - 8 - size} bytes of numbers; its header names {end}")
        return metadata, tensors


def _tensor(name: str, entry: Any, data: bytes, start: int) -> Any:
    files.as_fields(name, entry, ("dtype", "shape", "data_offsets"))
    code = "BF16" if entry["dtype"] == "BF16" else CODES.get(str(entry["dtype"]))
    if code is None:
        raise FileError(f"{name}.dtype: {checks.shown(entry['dtype'])}; allowed: BF16, {', '.join(CODES)}")
    shape = [as_integer(f"{name}.shape", size, 1, COUNT) for size in as_list(f"{name}.shape", entry["shape"])]
    offsets = as_list(f"{name}.data_offsets", entry["data_offsets"])
    if len(offsets) != 2:
        raise FileError(f"{name}.data_offsets: {checks.shown(offsets)}; expected where it begins and where it ends")
    first, end = (as_integer(f"{name}.data_offsets", place, 0, len(data) - start) for place in offsets)
    count = math.prod(shape)
    bits = data[start + first : start + end]
    if len(bits) != count * (2 if code == "BF16" else struct.calcsize(f"<{code}")):
        raise FileError(f"{name}: {len(bits)} bytes for the shape {shape} of {entry['dtype']}")
    if code == "BF16":
        bits = b"".join(b"\0\0" + bits[i : i + 2] for i in range(0, len(bits), 2))
        code = "f"
    numbers = array("d", struct.unpack(f"<{count}{code}", bits))
    return memoryview(numbers).cast("B").cast("d", shape)
