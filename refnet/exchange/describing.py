"""What is a network besides its numbers? A text that other people's files keep beside the weights, to build it from.

It is what refnet's own file says (refnet.files), without the numbers, which the other file has under the same names,
and without the state of the training: layers and how they are wired, settings, penalties, loss, seed, notes.
"""

from __future__ import annotations

import json
from typing import Any

from refnet import files
from refnet.model import Network
from refnet.model.loading import built

KEY = "refnet"
"""Where a file keeps the text, among its metadata."""

Table = list[list[float]]


def described(network: Network) -> tuple[str, dict[str, Table]]:
    """The text, and the rows of each matrix by name: parameters, and buffers such as running means.

    Raises FileError for what a file cannot keep, ValueError in the midst of a training step.
    """
    with network.turns.lock:
        network.turns.check()
        contents = files.contents(network, network.notes, training=False)
    counters = {f"{layer.name}.{name}" for layer in network.layers for name in layer.wide}  # they stay in the text
    tables = {}
    for entries in (contents["parameters"], contents["buffers"]):
        for name, entry in entries.items():
            if name not in counters:
                tables[name] = files.as_table(name, entry)
                del entry["rows"]
    return json.dumps(contents), tables


def names_of(network: Network) -> dict[str, list[str]]:
    """The names of the "inputs" and of the "outputs", in their order, as far as notes has as many: those of a table's
    columns and of the classes. One output alone is the second of two classes."""
    columns, classes = network.notes.get("columns"), network.notes.get("classes")
    if network.output_units == [1] and isinstance(classes, list):
        classes = classes[1:]
    found = {"inputs": (columns, network.input_units), "outputs": (classes, network.output_units)}
    return {name: names for name, (names, units) in found.items()
            if isinstance(names, list) and [len(names)] == list(units) and all(isinstance(each, str) for each in names)}


def rebuilt(text: str, tables: dict[str, Table], backend: Any) -> Network:
    """The network that `described` has described. Tables that it does not name are let be.

    Raises FileError if the text is damaged, or a table is missing or does not fit.
    """
    contents = files.contents_in(text)
    for kind in ("parameters", "buffers"):
        entries = contents.get(kind)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if isinstance(entry, dict) and "rows" not in entry:
                if name not in tables:
                    raise files.FileError(f"{name}: it is missing")
                entry["rows"] = files.rows_of(tables[name])
    return built(files.described(files.of_this_version(contents)), backend)
