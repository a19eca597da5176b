"""How does a file become a network again? Nothing is believed: every byte, name, shape and number is checked first.

Each error names the place in the file, what was found there and what is expected.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Optional, Union

from refnet.arithmetic import CONTRACT
from refnet.callbacks import Callback
from refnet.epochs import Plan
from refnet.files.classes import (
    BASES,
    CLASSES,
    FORMAT,
    MOST_BITS,
    VERSION,
    FileError,
    Path,
    arguments_of,
    plain,
    restored,
    short,
)
from refnet.initializers import Initializer
from refnet.kernels import choose
from refnet.layers import Dense, Input, Layer
from refnet.losses import Loss
from refnet.network import Network, Progress
from refnet.optimizers import Optimizer
from refnet.penalties import Penalty
from refnet.wiring import Wiring

_NONFINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_COUNT = 2**53  # epochs, steps and rows are counted in numbers that a binary64 holds too


def load(path: Path, backend: Any = "auto") -> Network:
    """The network of a file, on any backend, ready to predict or to go on training.

    Raises FileNotFoundError for no file; FileError for any that `save` has not written, or that was damaged, cut off
    or changed since; what refnet.kernels.choose raises for the backend.
    """
    kernels = choose(backend)
    name = os.fsdecode(path)
    try:
        return _network(_parsed(_read(name)), kernels)
    except RecursionError:
        raise FileError(f"{name}: nested too deeply for a refnet file") from None
    except FileError as error:
        raise FileError(f"{name}: {error}") from error.__cause__


def _read(name: str) -> bytes:
    try:
        mode = os.stat(name).st_mode
        if not stat.S_ISREG(mode):  # asked before opening: a pipe would wait for ever
            raise FileError("a folder, not a file" if stat.S_ISDIR(mode) else "not a file")
        with open(name, "rb") as file:
            head = file.read(64)
            if not head.lstrip().startswith(b"{"):  # whatever it is, it may be large
                raise FileError(f"not a refnet file: it starts with {head[:16]!r}" if head else "the file is empty")
            return head + file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror or error}") from error


def _parsed(data: bytes) -> dict[str, Any]:
    """The contents, when they are of this format and version and no byte has changed."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise FileError(f"not a refnet file, or damaged: byte {data[error.start]:#04x} at {error.start}") from None
    try:
        contents = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_int=_whole_number, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        raise FileError(f"not JSON, cut off or damaged: {error}") from None
    if not isinstance(contents, dict) or "format" not in contents:
        raise FileError("not a refnet file: 'format' is missing")
    if contents["format"] != FORMAT:
        raise FileError(f"format: {short(contents['format'])}; expected {FORMAT!r}")
    version = contents.get("version")
    if type(version) is not int or version < 1:
        raise FileError(f"version: {short(version)}; expected {VERSION}")
    if version > VERSION:
        raise FileError(f"version: {version} is newer than this refnet, which reads versions up to {VERSION}")
    if "sha256" not in contents:
        raise FileError("sha256: the checksum is missing")
    body = data[: -len(checksum_lines(b""))]
    if data != body + checksum_lines(body):
        why = "; line ends were changed to CRLF" if b"\r\n" in data else ""
        raise FileError(f"sha256: the checksum does not fit; the file was damaged, cut off or edited{why}")
    contract = contents.get("contract")
    if type(contract) is not int or contract != CONTRACT:
        raise FileError(f"contract: {short(contract)}; this refnet computes the bits of contract {CONTRACT}")
    return _upgraded(contents) if version == 1 else contents


def _upgraded(contents: dict[str, Any]) -> dict[str, Any]:
    """A file of version 1, whose layers are a chain and which has no callbacks, as one of version 2."""
    layers = [
        {**entry, "after": [i - 1] if i else [], "shares": None} if isinstance(entry, dict) else entry
        for i, entry in enumerate(_list("layers", _with_defaults(contents.get("layers"))))
    ]
    named = [name for name in ("loss", "penalties", "optimizer") if name in contents]
    entries: dict[str, Any] = {name: _with_defaults(contents[name]) for name in named}
    wiring = {"layers": layers, "inputs": [0], "outputs": [len(layers) - 1], "callbacks": []}
    return {**contents, **entries, **wiring}


def _with_defaults(entry: Any) -> Any:
    """An entry of version 1, and those in it, with the settings that its class has got since."""
    if isinstance(entry, list):
        return [_with_defaults(each) for each in entry]
    if not isinstance(entry, dict):
        return entry
    filled = {key: _with_defaults(value) for key, value in entry.items()}
    cls: Any = CLASSES.get(entry["class"]) if isinstance(entry.get("class"), str) else None
    if cls is None or not isinstance(filled.get("settings"), dict):
        return filled
    parameters = inspect.signature(cls).parameters
    defaults = {name: parameters[name].default for name in arguments_of(cls) if name in parameters}
    known = {name: value for name, value in defaults.items() if value is not inspect.Parameter.empty}
    return {**filled, "settings": {**known, **filled["settings"]}}


def checksum_lines(body: bytes) -> bytes:
    """The last two lines of a file, over all bytes before them."""
    return f'  "sha256": "{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode("ascii")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise FileError(f"the key {short(key)} stands twice in one object")
        result[key] = value
    return result


def _whole_number(text: str) -> Union[int, float]:
    if text == "-0":
        return -0.0  # C's printf writes −0.0 so
    if len(text) > MOST_BITS // 3:
        raise FileError(f"a whole number of {len(text)} digits, {text[:16]}…; at most {MOST_BITS} bits are allowed")
    return int(text)


def _no_constant(text: str) -> Any:
    raise FileError(f'{text} is no number of JSON; expected "nan", "inf" or "-inf"')


def _network(contents: dict[str, Any], k: Any) -> Network:
    """The network that the contents describe. Raises FileError with the place of what does not fit."""
    _fields("top level", contents, (
        "format", "version", "contract", "seed", "layers", "inputs", "outputs", "parameters", "buffers", "loss",
        "penalties", "optimizer", "callbacks", "progress", "notes", "sha256",
    ))
    seed = _integer("seed", contents["seed"])
    entries = _list("layers", contents["layers"])
    layers = [_object(Layer, f"layers[{i}]", entry, "after", "shares") for i, entry in enumerate(entries)]
    wiring = _wiring(layers, entries, contents["inputs"], contents["outputs"])
    penalties = [
        _object(Penalty, f"penalties[{i}]", entry)
        for i, entry in enumerate(_list("penalties", contents["penalties"]))
    ]
    parameters = contents["parameters"]
    if not isinstance(parameters, dict):
        raise FileError(f"parameters: {short(parameters)}; expected an object")
    filled: set[str] = set()
    with _place("layers"), _weights_from(parameters, layers, filled):
        network: Any = Network(wiring, k, seed)

    _fields("parameters", parameters, network.parameters)
    for name, parameter in network.parameters.items():
        if name not in filled:
            _fill(k, f"parameters.{name}", parameter.value, parameters[name])
    buffers = buffers_of(network)
    _fields("buffers", contents["buffers"], buffers)
    for name, values in buffers.items():
        _fill(k, f"buffers.{name}", values, contents["buffers"][name])
    for layer in layers:
        with _place(f"buffers.{layer.name}"):
            layer.check_buffers()

    if contents["loss"] is not None:
        network.set_objective(_object(Loss, "loss", contents["loss"]))
    with _place("penalties"):
        network.check_penalties(penalties)
    network.penalties = tuple(penalties)
    for i, entry in enumerate(_list("callbacks", contents["callbacks"])):
        callback = _object(Callback, f"callbacks[{i}]", entry)
        with _place(f"callbacks[{i}]"):
            callback.check_place(network)
        callback.network = network
        network.callbacks.append(callback)
    network.progress = progress_from(contents["progress"])
    if contents["optimizer"] is not None:
        _restore_optimizer(network, contents["optimizer"])
    notes = contents["notes"]
    if not isinstance(notes, dict):
        raise FileError(f"notes: {short(notes)}; expected an object")
    network.notes = plain("notes", notes, is_note=True)
    return network


def _wiring(layers: list[Any], entries: list[Any], inputs: Any, outputs: Any) -> Wiring:
    """How the file says that the layers are wired: each after the places it names, all of them before its own."""
    if not layers:
        raise FileError("layers: []; expected a list of layers")
    parents = []
    for i, (layer, entry) in enumerate(zip(layers, entries)):
        where = f"layers[{i}]"
        after = _list(f"{where}.after", entry["after"])
        for j, place in enumerate(after):
            _integer(f"{where}.after[{j}]", place, 0, i - 1)
        takes = 0 if isinstance(layer, Input) else 1
        if len(after) < 2 if layer.merges else len(after) != takes:
            raise FileError(f"{where}.after: {len(after)} places; a {type(layer).__name__} takes "
                            f"{'two or more' if layer.merges else takes}")
        parents.append(tuple(after))
        if entry["shares"] is not None:
            owner = layers[_integer(f"{where}.shares", entry["shares"], 0, i - 1)]
            if type(owner) is not type(layer):
                raise FileError(f"{where}.shares: the layer there is no {type(layer).__name__}")
            layer.original = owner.original or owner
    starts = [i for i, layer in enumerate(layers) if isinstance(layer, Input)]
    if sorted(_places("inputs", inputs, len(layers))) != starts:
        raise FileError(f"inputs: {short(inputs)}; the Inputs are at {short(starts)}")
    ends = _places("outputs", outputs, len(layers))
    if not ends:
        raise FileError("outputs: none; expected at least one place")
    used = set(ends)
    for i in range(len(layers) - 1, -1, -1):
        if i not in used:
            raise FileError(f"layers[{i}]: it leads to no output")
        used.update(parents[i])
    return Wiring(tuple(layers), tuple(parents), tuple(inputs), tuple(ends))


def _places(where: str, places: Any, layers: int) -> list[int]:
    found = [_integer(f"{where}[{i}]", place, 0, layers - 1) for i, place in enumerate(_list(where, places))]
    if len(set(found)) < len(found):
        raise FileError(f"{where}: {short(places)}; a place stands twice")
    return found


def buffers_of(network: Any) -> dict[str, Any]:
    """The layers' matrices that are no parameters, under the names they have in a file."""
    return {f"{layer.name}.{name}": values for layer in network.layers for name, values in layer.buffers.items()}


class _FromFile(Initializer):
    """The file's numbers for one parameter of a Dense layer."""

    def __init__(self, layer: Layer, name: str, parameters: dict[str, Any], filled: set[str]) -> None:
        self.layer, self.name, self.parameters, self.filled = layer, name, parameters, filled

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        name = f"{self.layer.name}.{self.name}"
        if name not in self.parameters:
            raise FileError(f"parameters: {name!r} is missing")
        self.filled.add(name)
        return k.matrix(_rows(f"parameters.{name}", self.parameters[name], units, inputs))


@contextmanager
def _weights_from(parameters: dict[str, Any], layers: list[Any], filled: set[str]) -> Iterator[None]:
    """Dense layers built meanwhile take the file's numbers instead of random ones.

    That saves making the latter, and an absurd number of units is noticed before memory for them is asked for.
    """
    dense = [
        (layer, layer.initial_weights, layer.initial_biases)
        for layer in layers
        if isinstance(layer, Dense) and layer.original is None
    ]
    for layer, _, _ in dense:
        layer.initial_weights = _FromFile(layer, "weights", parameters, filled)
        layer.initial_biases = _FromFile(layer, "bias", parameters, filled)
    try:
        yield
    finally:
        for layer, weights, biases in dense:
            layer.initial_weights, layer.initial_biases = weights, biases


def progress_from(entry: Any) -> Progress:
    """Where the training stands, when it is a place that training can come to."""
    _fields("progress", entry, ("epoch", "step", "position", "loss_sum", "plan"))
    progress = Progress()
    for name in ("epoch", "step", "position"):
        setattr(progress, name, _integer(f"progress.{name}", entry[name], 0, _COUNT))
    progress.loss_sum = _number("progress.loss_sum", entry["loss_sum"])
    plan, position = entry["plan"], progress.position
    if plan is None:
        if position:
            raise FileError(f"progress.position: {position}, in the middle of an epoch that has no plan")
        return progress
    _fields("progress.plan", plan, Plan._fields)
    rows, size = (_integer(f"progress.plan.{name}", plan[name], 1, _COUNT) for name in ("rows", "batch_size"))
    if not isinstance(plan["shuffle"], bool):
        raise FileError(f"progress.plan.shuffle: {short(plan['shuffle'])}; expected true or false")
    if not 0 < position < rows or position % size:
        raise FileError(f"progress.position: {position}; no batch of {size} ends there and leaves some of {rows} rows")
    progress.plan = Plan(rows, size, plan["shuffle"], _integer("progress.plan.seed", plan["seed"]))
    return progress


def _restore_optimizer(network: Any, entry: Any) -> None:
    """With the rate of the last step: the schedule may have none for the epoch reached, as a cosine at its end."""
    optimizer = _object(Optimizer, "optimizer", entry, "rate", "state")
    rate, state = entry["rate"], entry["state"]
    if rate is None and state is None:
        network.optimizer = optimizer
        return
    rate = _number("optimizer.rate", rate)
    with _place("optimizer"):
        optimizer.attach(network, rate)
    _fields("optimizer.state", state, optimizer.state)
    for name, matrices in optimizer.state.items():
        _fields(f"optimizer.state.{name}", state[name], matrices)
        for matrix, values in matrices.items():
            _fill(network.k, f"optimizer.state.{name}.{matrix}", values, state[name][matrix])


def _object(base: Any, where: str, entry: Any, *more: str) -> Any:
    """The object that an entry describes: a class of the table, derived from base, and its constructor's arguments."""
    if not isinstance(entry, dict) or "class" not in entry:
        _fields(where, entry, ("class", "settings", *more))
    name = entry["class"]
    cls: Any = CLASSES.get(name) if isinstance(name, str) else None
    if cls is None or not issubclass(cls, base):
        names = sorted(each.__name__ for each in CLASSES.values() if issubclass(each, base))
        kind, known = base.__name__.lower() if base is not BASES else "class", f"; known are {', '.join(names)}"
        raise FileError(
            f"{where}.class: {short(name)} is no {kind} known here{known if base is not BASES else ''} "
            "(a class of your own: refnet.files.register(cls) before loading)"
        )
    _fields(where, entry, ("class", "settings", *(["state"] if cls.remembered else []), *more))
    settings = entry["settings"]
    _fields(f"{where}.settings", settings, arguments_of(cls))
    arguments = {argument: _setting(f"{where}.settings.{argument}", value) for argument, value in settings.items()}
    with _place(where):
        thing = cls(**arguments)
    if cls.remembered:
        _fields(f"{where}.state", entry["state"], cls.remembered)
        with _place(where):
            for attribute, value in entry["state"].items():
                setattr(thing, attribute, restored(value))
            thing.check_remembered()
    return thing


def _setting(where: str, value: Any) -> Any:
    """A setting's value, with the objects in it made."""
    if isinstance(value, list):
        return [_setting(f"{where}[{i}]", item) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return _object(BASES, where, value)
    return plain(where, value)


def _fill(k: Any, where: str, target: Any, entry: Any) -> None:
    k.assign(target, _rows(where, entry, *k.shape(target)))


def _rows(where: str, entry: Any, units: int, inputs: int) -> list[list[float]]:
    """The rows of a matrix that has to have this shape."""
    _fields(where, entry, ("shape", "rows"))
    shape, rows = entry["shape"], _list(f"{where}.rows", entry["rows"])
    if repr(shape) != repr([units, inputs]):  # 1.0 and True equal 1
        raise FileError(f"{where}: shape {short(shape)}; the network's layers make it [{units}, {inputs}]")
    if len(rows) != units:
        raise FileError(f"{where}: {len(rows)} rows; expected {units}")
    return [_row(where, i, row, inputs) for i, row in enumerate(rows)]


def _row(where: str, i: int, row: Any, inputs: int) -> list[float]:
    if not isinstance(row, list):
        raise FileError(f"{where}: row {i} is {short(row)}; expected {inputs} numbers")
    if len(row) != inputs:
        raise FileError(f"{where}: row {i} has {len(row)} numbers; expected {inputs}")
    if set(map(type, row)) == {float} and all(map(math.isfinite, row)):  # nearly always, and fast
        return row
    return [_number(f"{where}: row {i}, column {j}", value) for j, value in enumerate(row)]


def _number(where: str, value: Any) -> float:
    if isinstance(value, str) and value in _NONFINITE:
        return _NONFINITE[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(float(value)):  # 1e999 reads as infinity
                return float(value)
        raise FileError(f"{where}: a number beyond the range of binary64")
    raise FileError(f'{where}: {short(value)}; expected a number, "nan", "inf" or "-inf"')


def _integer(where: str, value: Any, least: Optional[int] = None, most: Optional[int] = None) -> int:
    if type(value) is not int:  # nor True
        raise FileError(f"{where}: {short(value)}; expected a whole number")
    if (least is not None and value < least) or (most is not None and value > most):
        raise FileError(f"{where}: {short(value)}; expected a whole number from {least} to {most}")
    plain(where, value)
    return value


def _list(where: str, value: Any) -> list:
    if not isinstance(value, list):
        raise FileError(f"{where}: {short(value)}; expected a list")
    return value


def _fields(where: str, entry: Any, names: Iterable[str]) -> None:
    """Raise FileError unless the entry is an object with exactly these keys."""
    names = list(names)
    if not isinstance(entry, dict):
        raise FileError(f"{where}: {short(entry)}; expected an object with {', '.join(names) or 'no keys'}")
    for name in names:
        if name not in entry:
            raise FileError(f"{where}: {name!r} is missing")
    for name in entry:
        if name not in names:
            raise FileError(f"{where}: {short(name)} is not expected; allowed are {', '.join(names) or 'no keys'}")


@contextmanager
def _place(where: str) -> Iterator[None]:
    """Name the place in the file for whatever a constructor, perhaps a user's, has to object to."""
    try:
        yield
    except (FileError, RecursionError):
        raise
    except Exception as error:
        message = str(error).removeprefix(f"{where}: ") or type(error).__name__
        raise FileError(f"{where}: {message[:500]}") from error
