"""How does a file become a network again? Nothing is believed: every byte, name, shape and number is checked first.

Each error names the place in the file, what was found there and what is expected.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Union

from refnet.arithmetic import CONTRACT
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
from refnet.files.fields import COUNT, as_fields, as_integer, as_list, as_number, as_rows, in_place
from refnet.files.versions import upgraded
from refnet.kernels import choose
from refnet.layers import Dense, Input, Layer
from refnet.losses import Loss
from refnet.model import Network
from refnet.network.wiring import Wiring
from refnet.optimizers import Optimizer
from refnet.parameters.initializers import Initializer
from refnet.parameters.penalties import Penalty
from refnet.training.callbacks import Callback
from refnet.training.progress import Plan, Progress


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
    return upgraded(contents) if version == 1 else contents


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
    as_fields("top level", contents, (
        "format", "version", "contract", "seed", "layers", "inputs", "outputs", "parameters", "buffers", "loss",
        "penalties", "optimizer", "callbacks", "progress", "notes", "sha256",
    ))
    seed = as_integer("seed", contents["seed"])
    entries = as_list("layers", contents["layers"])
    layers = [_object(Layer, f"layers[{i}]", entry, "after", "shares") for i, entry in enumerate(entries)]
    wiring = _wiring(layers, entries, contents["inputs"], contents["outputs"])
    penalties = [
        _object(Penalty, f"penalties[{i}]", entry)
        for i, entry in enumerate(as_list("penalties", contents["penalties"]))
    ]
    parameters = contents["parameters"]
    if not isinstance(parameters, dict):
        raise FileError(f"parameters: {short(parameters)}; expected an object")
    filled: set[str] = set()
    with in_place("layers"), _weights_from(parameters, layers, filled):
        network: Any = Network(wiring, k, seed)

    as_fields("parameters", parameters, network.parameters)
    for name, parameter in network.parameters.items():
        if name not in filled:
            _fill(k, f"parameters.{name}", parameter.value, parameters[name])
    buffers = buffers_of(network)
    as_fields("buffers", contents["buffers"], buffers)
    for name, values in buffers.items():
        _fill(k, f"buffers.{name}", values, contents["buffers"][name])
    for layer in layers:
        with in_place(f"buffers.{layer.name}"):
            layer.check_buffers()

    if contents["loss"] is not None:
        network.set_objective(_object(Loss, "loss", contents["loss"]))
    with in_place("penalties"):
        network.check_penalties(penalties)
    network.penalties = tuple(penalties)
    for i, entry in enumerate(as_list("callbacks", contents["callbacks"])):
        callback = _object(Callback, f"callbacks[{i}]", entry)
        with in_place(f"callbacks[{i}]"):
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
        after = as_list(f"{where}.after", entry["after"])
        for j, place in enumerate(after):
            as_integer(f"{where}.after[{j}]", place, 0, i - 1)
        takes = 0 if isinstance(layer, Input) else 1
        if len(after) < 2 if layer.merges else len(after) != takes:
            raise FileError(f"{where}.after: {len(after)} places; a {type(layer).__name__} takes "
                            f"{'two or more' if layer.merges else takes}")
        parents.append(tuple(after))
        if entry["shares"] is not None:
            owner = layers[as_integer(f"{where}.shares", entry["shares"], 0, i - 1)]
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
    found = [as_integer(f"{where}[{i}]", place, 0, layers - 1) for i, place in enumerate(as_list(where, places))]
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
        return k.matrix(as_rows(f"parameters.{name}", self.parameters[name], units, inputs))


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
    as_fields("progress", entry, ("epoch", "step", "position", "loss_sum", "plan"))
    progress = Progress()
    for name in ("epoch", "step", "position"):
        setattr(progress, name, as_integer(f"progress.{name}", entry[name], 0, COUNT))
    progress.loss_sum = as_number("progress.loss_sum", entry["loss_sum"])
    plan, position = entry["plan"], progress.position
    if plan is None:
        if position:
            raise FileError(f"progress.position: {position}, in the middle of an epoch that has no plan")
        return progress
    as_fields("progress.plan", plan, Plan._fields)
    rows, size = (as_integer(f"progress.plan.{name}", plan[name], 1, COUNT) for name in ("rows", "batch_size"))
    if not isinstance(plan["shuffle"], bool):
        raise FileError(f"progress.plan.shuffle: {short(plan['shuffle'])}; expected true or false")
    if not 0 < position < rows or position % size:
        raise FileError(f"progress.position: {position}; no batch of {size} ends there and leaves some of {rows} rows")
    progress.plan = Plan(rows, size, plan["shuffle"], as_integer("progress.plan.seed", plan["seed"]))
    return progress


def _restore_optimizer(network: Any, entry: Any) -> None:
    """With the rate of the last step: the schedule may have none for the epoch reached, as a cosine at its end."""
    optimizer = _object(Optimizer, "optimizer", entry, "rate", "state")
    rate, state = entry["rate"], entry["state"]
    if rate is None and state is None:
        network.optimizer = optimizer
        return
    rate = as_number("optimizer.rate", rate)
    with in_place("optimizer"):
        optimizer.attach(network, rate)
    as_fields("optimizer.state", state, optimizer.state)
    for name, matrices in optimizer.state.items():
        as_fields(f"optimizer.state.{name}", state[name], matrices)
        for matrix, values in matrices.items():
            _fill(network.k, f"optimizer.state.{name}.{matrix}", values, state[name][matrix])


def _object(base: Any, where: str, entry: Any, *more: str) -> Any:
    """The object that an entry describes: a class of the table, derived from base, and its constructor's arguments."""
    if not isinstance(entry, dict) or "class" not in entry:
        as_fields(where, entry, ("class", "settings", *more))
    name = entry["class"]
    cls: Any = CLASSES.get(name) if isinstance(name, str) else None
    if cls is None or not issubclass(cls, base):
        names = sorted(each.__name__ for each in CLASSES.values() if issubclass(each, base))
        kind, known = base.__name__.lower() if base is not BASES else "class", f"; known are {', '.join(names)}"
        raise FileError(
            f"{where}.class: {short(name)} is no {kind} known here{known if base is not BASES else ''} "
            "(a class of your own: refnet.files.register(cls) before loading)"
        )
    as_fields(where, entry, ("class", "settings", *(["state"] if cls.remembered else []), *more))
    settings = entry["settings"]
    as_fields(f"{where}.settings", settings, arguments_of(cls))
    arguments = {argument: _setting(f"{where}.settings.{argument}", value) for argument, value in settings.items()}
    with in_place(where):
        thing = cls(**arguments)
    if cls.remembered:
        as_fields(f"{where}.state", entry["state"], cls.remembered)
        with in_place(where):
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
    k.assign(target, as_rows(where, entry, *k.shape(target)))
