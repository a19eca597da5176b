"""What does the file of a network say? Layers, training, classes, and where it comes from."""

import os
from typing import Any

import refnet
from refnet.checks import counted
from refnet.cli.errors import option
from refnet.cli.provenance import texts_of
from refnet.cli.screen import columns, labelled, say, table, verbatim
from refnet.cli.train_network import DEFAULTS
from refnet.cli.train_screen import number
from refnet.files import entry_of

EPOCHS = 5  # of the history, the last ones


def document(path: str) -> dict[str, Any]:
    """All that `refnet info MODEL` shows, for JSON."""
    network = refnet.load(path)
    names, optimizer = [layer.name for layer in network.layers], network.optimizer
    layers = []
    for i, layer in enumerate(network.layers):
        shapes = {name: list(network.k.shape(each.value)) for name, each in layer.parameters.items()}
        owner = network.owners[i]
        layers.append({
            "name": layer.name, **entry_of(layer.name, layer), "after": [names[j] for j in network.parents[i]],
            "shares": None if owner == i else names[owner], "units": layer.units, "parameters": shapes,
            "frozen": [name for name in shapes if f"{names[owner]}.{name}" not in network.trainable_parameters],
        })
    used = optimizer is not None and not optimizer.is_unused
    return {
        "file": os.fsdecode(path), "contract": refnet.CONTRACT, "number": network.number, "seed": network.seed,
        "fingerprint": network.fingerprint(),
        "inputs": [names[i] for i in network.input_places], "outputs": [names[i] for i in network.output_places],
        "layers": layers,
        "numbers": sum(rows * n for rows, n in map(network.k.shape, (p.value for p in network.parameters.values()))),
        "loss": None if network.objective is None else entry_of("loss", network.objective),
        "penalties": [entry_of("penalties", each) for each in network.penalties],
        "optimizer": None if optimizer is None else entry_of("optimizer", optimizer),
        "rate": network.k.tolist(optimizer.rate_matrix)[0][0] if used else None,
        "callbacks": [{key: value for key, value in entry_of("callbacks", each).items() if key != "state"}
                      for each in network.callbacks],
        "epochs": network.epoch, "steps": network.progress.step, "position": network.progress.position,
        "notes": network.notes,
    }


def show(found: dict[str, Any]) -> None:
    """The document as lines of text."""
    notes = found["notes"]
    versions = texts_of(notes, "refnet")
    labelled("file", f"{verbatim(found['file'])}, contract {found['contract']}, "
             + (f"trained by refnet {' and '.join(versions)}" if versions else "not noted by which refnet"))
    for name in ("number", "seed"):
        labelled(name, str(found[name]))
    say("\n".join(["", *layer_table(found), ""]))
    for name in ("loss", "optimizer", "penalties", "callbacks"):
        entries = found[name] if isinstance(found[name], list) else [found[name]] if found[name] else []
        labelled(name, ", ".join(map(described, entries)) or "none")
    where = f"{counted(found['epochs'], 'epoch')}, {counted(found['steps'], 'step')}"
    if found["position"]:
        where += f" and {counted(found['position'], 'row')} of the next epoch"
    labelled("trained", where)
    labelled("task", str(notes.get("task", "not noted")))
    for name in ("classes", "columns"):
        if isinstance(notes.get(name), list) and notes[name]:
            labelled(name, ", ".join(verbatim(str(each)) for each in notes[name]))
    if isinstance(notes.get("settings"), dict):
        chosen = {name: value for name, value in notes["settings"].items() if value != DEFAULTS.get(name, value)}
        if chosen.get("drop"):  # all that are left out
            chosen["drop"] = ["none", *chosen["drop"]]
        labelled("options", verbatim(" ".join(option(name, value) for name, value in chosen.items())) or "none")
    labelled("data", f"SHA-256 of the numbers {notes.get('data', 'not noted')}")
    for each in texts_of(notes, "files"):
        labelled("", f"of a file {each}")
    labelled("weights", f"fingerprint {found['fingerprint']}")
    labelled("backend", "any: Python and C train to the same bits, so the file does not say which did")
    lines = history_table(notes.get("history"))
    if lines:
        say("\n".join(["", *lines]))


def layer_table(found: dict[str, Any]) -> list[str]:
    """A line for each layer: its name, what it is, units, the shapes of its parameters."""
    rows, before = [["layer", "", "units", "parameters"]], ""
    for layer in found["layers"]:
        shapes = [f"{name} {m}×{n}" + ", frozen" * (name in layer["frozen"])
                  for name, (m, n) in layer["parameters"].items()]
        if layer["shares"]:
            shapes = [f"those of {layer['shares']}"]
        after = f" after {', '.join(layer['after'])}" if layer["after"] not in ([], [before]) else ""
        rows.append([layer["name"], described(layer) + after, str(layer["units"]), "; ".join(shapes)])
        before = layer["name"]
    return [*table(rows, "lLrL", columns()), f"{counted(found['numbers'], 'parameter')} in all"]


def described(entry: dict[str, Any]) -> str:
    """`Momentum(rate=0.1, mu=0.9)`: a class with those of its settings that say something."""
    told, settings = [], entry["settings"]
    if entry["class"] == "Fixed":  # a rate without a schedule
        return f"{settings['rate']:g}"
    for name, value in settings.items():
        if value not in (None, False, [], 0.0):
            told.append(f"{name}={described(value) if isinstance(value, dict) else value}")
    return entry["class"] + (f"({', '.join(told)})" if told else "")


def history_table(history: Any) -> list[str]:
    """The last epochs of the history; [] if there is none."""
    if not isinstance(history, dict) or not history or not all(isinstance(each, list) for each in history.values()):
        return []
    epochs = max(map(len, history.values()))
    rows = [["epoch", *(name.replace("_", " ") for name in history)]]
    for epoch in range(max(0, epochs - EPOCHS), epochs):
        values = [each[epoch] if epoch < len(each) else None for each in history.values()]
        rows.append([f"{epoch + 1}", *(number(each) if isinstance(each, float) else "—" for each in values)])
    return table(rows, "r" * len(rows[0]), columns())
