"""What does a file say of a network? Its contents, checked as far as they can be before the network is built."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from refnet.arithmetic.formats import BINARY64, as_format
from refnet.checks import counted
from refnet.checks.settings import subclasses
from refnet.files.classes import BASES, NEWEST, FileError, arguments_of, plain, restored, short
from refnet.files.fields import COUNT, as_fields, as_integer, as_list, as_number, as_table, check_shape, in_place
from refnet.layers import Input, Layer
from refnet.losses import Loss
from refnet.network import Wiring
from refnet.network.building import names
from refnet.optimizers import Optimizer
from refnet.parameters import Parameter, Penalty
from refnet.parameters.initializers import Initializer
from refnet.training import Callback
from refnet.training.progress import Plan, Progress


class Saved(NamedTuple):
    """A network as a file describes it.

    number      the name of the number format
    wiring      the layers, made and wired; their parameters start from the file's numbers
    parameters  name → rows; buffers: the same
    initials    (parameter, its `initial` before the file's numbers replaced it)
    frozen      the names of the frozen parameters
    rate, state the optimizer's rate in effect, and its matrices as the file has them; None if it was not used yet
    """

    seed: int
    number: str
    wiring: Wiring
    parameters: dict[str, list[list[float]]]
    initials: list[tuple[Parameter, Any]]
    frozen: list[Any]
    buffers: dict[str, list[list[float]]]
    loss: Optional[Loss]
    penalties: tuple[Penalty, ...]
    optimizer: Optional[Optimizer]
    rate: Optional[float]
    state: Any
    callbacks: list[Callback]
    progress: Progress
    notes: dict[str, Any]


def described(contents: dict[str, Any]) -> Saved:
    """The contents of a file, checked. Raises FileError naming the place in the file."""
    has_number = contents["version"] == NEWEST
    as_fields("top level", contents, (
        "format", "version", "contract", "seed", *(["number"] if has_number else []), "layers", "inputs", "outputs",
        "parameters", "frozen", "buffers", "loss", "penalties", "optimizer", "callbacks", "progress", "notes",
    ))
    with in_place("number"):
        form = as_format(contents["number"]) if has_number else BINARY64
    entries = as_list("layers", contents["layers"])
    layers = [_object(Layer, f"layers[{i}]", entry, "after", "shares") for i, entry in enumerate(entries)]
    wiring = _wiring(layers, entries, contents["inputs"], contents["outputs"])
    parameters, buffers = (_tables(name, contents[name]) for name in ("parameters", "buffers"))
    optimizer, rate, state = _optimizer(contents["optimizer"])
    notes = contents["notes"]
    if not isinstance(notes, dict):
        raise FileError(f"notes: {short(notes)}; expected an object")
    return Saved(
        as_integer("seed", contents["seed"]), form.name, wiring, parameters, _start_from(parameters, wiring),
        as_list("frozen", contents["frozen"]), buffers,
        None if contents["loss"] is None else _object(Loss, "loss", contents["loss"]),
        tuple(_objects(Penalty, "penalties", contents["penalties"])), optimizer, rate, state,
        _objects(Callback, "callbacks", contents["callbacks"]), progress_from(contents["progress"]),
        plain("notes", notes, is_note=True),
    )


def _tables(where: str, entries: Any) -> dict[str, list[list[float]]]:
    if not isinstance(entries, dict):
        raise FileError(f"{where}: {short(entries)}; expected an object")
    return {name: as_table(f"{where}.{name}", entry) for name, entry in entries.items()}


def _start_from(parameters: dict[str, list[list[float]]], wiring: Wiring) -> list[tuple[Parameter, Any]]:
    """Let the layers' parameters start from the file's numbers. Returns (parameter, its `initial` before that).

    So an absurd number of units is noticed before memory for it is allocated. (Parameters that a user's own layer makes
    in `build` are filled in later.)
    """
    initials, named = [], dict(zip(map(id, wiring.layers), names(wiring)))
    for layer in wiring.layers:
        owner = layer.original or layer
        for kind, parameter in layer.parameters.items():
            name = f"{named[id(owner)]}.{kind}"
            if name not in parameters:
                raise FileError(f"parameters: {name!r} is missing")
            initials.append((parameter, parameter.initial))
            parameter.initial = _FromFile(f"parameters.{name}", parameters[name])
    return initials


class _FromFile(Initializer):
    """A file's numbers for a parameter."""

    where: str = ""
    rows: Any = None

    def __init__(self, where: str, rows: list[list[float]]) -> None:
        self.where, self.rows = where, rows

    def check_shape(self, units: int, inputs: int) -> None:
        check_shape(self.where, self.rows, (units, inputs))

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        return k.matrix(self.rows)


def _wiring(layers: list[Any], entries: list[Any], inputs: Any, outputs: Any) -> Wiring:
    """The wiring that the file describes: each layer names the indices of its parents, which come before it."""
    if not layers:
        raise FileError("layers: []; expected a list of layers")
    parents = []
    for i, (layer, entry) in enumerate(zip(layers, entries)):
        where = f"layers[{i}]"
        after = as_list(f"{where}.after", entry["after"])
        for j, parent in enumerate(after):
            as_integer(f"{where}.after[{j}]", parent, 0, i - 1)
        kind, takes = type(layer).__name__, 0 if isinstance(layer, Input) else 1
        if len(after) < 2 if layer.merges else len(after) != takes:
            allowed = "two or more" if layer.merges else takes
            raise FileError(f"{where}.after: {counted(len(after), 'parent')}; a {kind} takes {allowed}")
        parents.append(tuple(after))
        if entry["shares"] is not None:
            owner = layers[as_integer(f"{where}.shares", entry["shares"], 0, i - 1)]
            if type(owner) is not type(layer):
                raise FileError(f"{where}.shares: {entry['shares']}; the layer there is not a {kind}")
            layer.original = owner.original or owner
    starts = [i for i, layer in enumerate(layers) if isinstance(layer, Input)]
    if sorted(_indices("inputs", inputs, len(layers))) != starts:
        raise FileError(f"inputs: {short(inputs)}; the Inputs are at {short(starts)}")
    ends = _indices("outputs", outputs, len(layers))
    if not ends:
        raise FileError("outputs: []; expected at least one index")
    used = set(ends)
    for i in range(len(layers) - 1, -1, -1):
        if i not in used:
            raise FileError(f"layers[{i}]: it leads to no output")
        used.update(parents[i])
    return Wiring(tuple(layers), tuple(parents), tuple(inputs), tuple(ends))


def _indices(where: str, indices: Any, layers: int) -> list[int]:
    found = [as_integer(f"{where}[{i}]", index, 0, layers - 1) for i, index in enumerate(as_list(where, indices))]
    if len(set(found)) < len(found):
        raise FileError(f"{where}: {short(indices)}; an index is given twice")
    return found


def progress_from(entry: Any) -> Progress:
    """Where the training stands. Raises FileError for a state that training cannot reach."""
    as_fields("progress", entry, ("epoch", "step", "position", "loss_sum", "plan"))
    progress = Progress()
    for name in ("epoch", "step", "position"):
        setattr(progress, name, as_integer(f"progress.{name}", entry[name], 0, COUNT))
    progress.loss_sum = as_number("progress.loss_sum", entry["loss_sum"])
    plan, position = entry["plan"], progress.position
    if plan is None:
        if position:
            raise FileError(f"progress.position: {position}; without a plan expected 0")
        return progress
    as_fields("progress.plan", plan, Plan._fields)
    rows, size = (as_integer(f"progress.plan.{name}", plan[name], 1, COUNT) for name in ("rows", "batch_size"))
    for name in ("shuffle", "drop_last"):
        if not isinstance(plan[name], bool):
            raise FileError(f"progress.plan.{name}: {short(plan[name])}; expected true or false")
    seed = as_integer("progress.plan.seed", plan["seed"])
    progress.plan = Plan(rows, size, plan["shuffle"], seed, plan["drop_last"])
    if not 0 < position < progress.plan.used or position % size:
        raise FileError(f"progress.position: {position}; not the end of a batch of {size} within {rows} rows")
    return progress


def _optimizer(entry: Any) -> tuple[Optional[Optimizer], Optional[float], Any]:
    if entry is None:
        return None, None, None
    optimizer = _object(Optimizer, "optimizer", entry, "rate", "state")
    if entry["rate"] is None and entry["state"] is None:
        return optimizer, None, None
    return optimizer, as_number("optimizer.rate", entry["rate"]), entry["state"]


def _objects(base: Any, where: str, entries: Any) -> list[Any]:
    return [_object(base, f"{where}[{i}]", entry) for i, entry in enumerate(as_list(where, entries))]


def _object(base: Any, where: str, entry: Any, *more: str) -> Any:
    """The object that an entry describes by a known class derived from base, its settings and its state."""
    if not isinstance(entry, dict) or "class" not in entry:
        as_fields(where, entry, ("class", "settings", *more))
    name, known = entry["class"], subclasses(base)
    cls: Any = known.get(name) if isinstance(name, str) else None
    if cls is None:
        kind = "class" if base is BASES else f"{base.__name__.lower()}; allowed: {', '.join(sorted(known))}"
        own = ("for your own class call rn.register(cls) before loading; on the command line, from a program that "
               "imports its module and calls refnet.cli.main()")
        raise FileError(f"{where}.class: {short(name)} is not a known {kind} ({own})")
    as_fields(where, entry, ("class", "settings", *(["state"] if cls.state else []), *more))
    settings = entry["settings"]
    as_fields(f"{where}.settings", settings, arguments_of(cls))
    arguments = {argument: _setting(f"{where}.settings.{argument}", value) for argument, value in settings.items()}
    with in_place(where):
        thing = cls(**arguments)
    if cls.state:
        as_fields(f"{where}.state", entry["state"], cls.state)
        with in_place(where):
            for attribute, value in entry["state"].items():
                setattr(thing, attribute, restored(value))
            thing.check_state()
    return thing


def _setting(where: str, value: Any) -> Any:
    """A setting's value, with the objects in it made."""
    if isinstance(value, list):
        return [_setting(f"{where}[{i}]", item) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return _object(BASES, where, value)
    return plain(where, value)
