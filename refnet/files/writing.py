"""How does a network become a file? As JSON, a matrix row per line, which replaces the old file in a single step."""

from __future__ import annotations

import json
import math
import os
import warnings
from typing import Any, Optional, Union

from refnet.arithmetic import CONTRACT, environment
from refnet.files.classes import CLASSES, FORMAT, NEWEST, VERSION, FileError, Path, entry_of, plain
from refnet.files.description import progress_from
from refnet.files.reading import checksum_lines
from refnet.files.replacing import replace
from refnet.kernels.choosing import format_of
from refnet.network.state import buffers
from refnet.training.progress import Progress


def write(network: Any, path: Path, notes: Optional[dict] = None) -> None:
    """Write a network to a file; see refnet.save."""
    data = packed(network, notes)
    own = [each for each in network.callbacks if each.is_users_own and each.is_saved]
    for name in dict.fromkeys(type(each).__name__ for each in own if not _is_known(each)):
        warnings.warn(f"save: the file leaves out the callback {name} and its state; call rn.register({name}) first, "
                      f"or write class {name}(rn.Callback, saved=False) if that is meant", stacklevel=3)
    if os.path.exists(path) and not os.path.isfile(path):
        raise FileError(f"{os.fsdecode(path)}: not a file")
    replace(path, data)


def packed(network: Any, notes: Optional[dict] = None) -> bytes:
    """The bytes of a network's file, checksum included."""
    environment.check()
    with network.turns.lock:
        network.turns.check()
        text = layout(contents(network, network.notes if notes is None else notes))
    body = (text[: -len("\n}")] + ",\n").encode("ascii")
    return body + checksum_lines(body)


def check_savable(network: Any) -> None:
    """Raise FileError if a layer cannot be saved."""
    for i, layer in enumerate(network.layers):
        entry_of(f"layers[{i}]", layer)


def contents(network: Any, notes: Any, training: bool = True) -> dict[str, Any]:
    """What the file of a network says, without the checksum, as dicts and lists for JSON.

    training=False: as if it had never been trained, without optimizer, callbacks and progress.
    """
    k, optimizer, callbacks, progress = network.k, network.optimizer, network.callbacks, network.progress
    if not training:
        optimizer, callbacks, progress = None, [], Progress()
    if not isinstance(notes, dict):
        raise FileError(f"notes: a {type(notes).__name__}; expected a dict")
    progress_entry = {
        "epoch": progress.epoch,
        "step": progress.step,
        "position": progress.position,
        "loss_sum": _decimal(progress.loss_sum),
        "plan": progress.plan and {**progress.plan._asdict(), "shuffle": bool(progress.plan.shuffle)},  # 1 is True
    }
    progress_from(progress_entry)  # do not save what load would refuse
    number = format_of(k).name
    return {
        "format": FORMAT,
        "version": VERSION if number == "binary64" else NEWEST,
        "contract": CONTRACT,
        "seed": plain("seed", network.seed),
        **({} if number == "binary64" else {"number": number}),
        "layers": [_layer_entry(network, i) for i in range(len(network.layers))],
        "inputs": list(network.input_places),
        "outputs": list(network.output_places),
        "parameters": {name: _table(k, parameter.value) for name, parameter in network.parameters.items()},
        "frozen": [name for name in network.parameters if name not in network.trainable_parameters],
        "buffers": {name: _table(k, values) for name, values in buffers(network).items()},
        "loss": None if network.objective is None else entry_of("loss", network.objective),
        "penalties": [entry_of(f"penalties[{i}]", penalty) for i, penalty in enumerate(network.penalties)],
        "optimizer": None if optimizer is None else _optimizer_entry(network, optimizer),
        "callbacks": [
            entry_of(f"callbacks[{i}]", callback)
            for i, callback in enumerate(callbacks)
            if _is_known(callback)
        ],
        "progress": progress_entry,
        "notes": plain("notes", notes, is_note=True),
    }


def _is_known(thing: Any) -> bool:
    return CLASSES.get(type(thing).__name__) is type(thing)


def _layer_entry(network: Any, i: int) -> dict[str, Any]:
    """A layer, the indices of its parents, and the index of the layer whose parameters it uses, if not its own."""
    shares = None if network.owners[i] == i else network.owners[i]
    return {**entry_of(f"layers[{i}]", network.layers[i]), "after": list(network.parents[i]), "shares": shares}


def _optimizer_entry(network: Any, optimizer: Any) -> dict[str, Any]:
    k, entry = network.k, entry_of("optimizer", optimizer)
    if optimizer.is_unused:
        return {**entry, "rate": None, "state": None}
    if optimizer.network is not network:
        raise FileError("optimizer: it belongs to another network")
    if getattr(optimizer, "is_ahead", False):  # Nesterov has moved the weights ahead
        raise FileError("optimizer: in the middle of a training step; call update or abandon before saving")
    state = {
        name: {matrix: _table(k, values) for matrix, values in matrices.items()}
        for name, matrices in optimizer.state.items()
    }
    return {**entry, "rate": _decimal(k.tolist(optimizer.rate_matrix)[0][0]), "state": state}


def _table(k: Any, matrix: Any) -> dict[str, Any]:
    rows = k.tolist(matrix)
    return {"shape": [len(rows), len(rows[0])], "rows": rows_of(rows)}


def rows_of(rows: list[list[float]]) -> list[list[Any]]:
    """Rows of numbers for JSON, which has no NaN and no infinity."""
    return [list(row if all(map(math.isfinite, row)) else map(_decimal, row)) for row in rows]


def finite(value: Any) -> Any:
    """A document in which numbers that JSON does not have, NaN and infinity, are null."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _decimal(value: float) -> Union[float, str]:
    return value if math.isfinite(value) else repr(value)


_line = json.JSONEncoder(allow_nan=False).encode  # json writes floats as repr does: shortest and exact


def layout(value: Any, indent: str = "") -> str:
    """JSON in which each list or object that holds no others is one line."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not any(isinstance(item, (dict, list)) and item for item in items):
        return _line(value)
    deeper = indent + "  "
    if isinstance(value, dict):
        lines = [f"{deeper}{_line(key)}: {layout(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join([deeper + layout(item, deeper) for item in value]) + f"\n{indent}]"
