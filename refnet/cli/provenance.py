"""Where does a network come from? What `refnet train` notes in its file, and the same data and settings again.

Notes hold what follows from the training alone: the same training is the same bytes, on every machine, in Python and C.
So neither time nor machine nor backend nor the name of the data's file is among them.
"""

import hashlib
import math
import os
import re
from typing import Any, Optional

import refnet
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.reading import Model
from refnet.cli.tables import note_of
from refnet.cli.train_data import Parts, read
from refnet.cli.train_network import DEFAULTS, SINCE

PIECE = 1 << 20  # bytes read at a time


def noted(path: str, parts: Parts) -> dict[str, Any]:
    """The notes of a new network, without those that training adds: settings and history.

    table   how a table was read and prepared
    data    SHA-256 of the numbers, targets and class names that training sees, in their order
    refnet  the versions of refnet that have trained it; files: SHA-256 of the data's files as they are on the disk
    """
    return {
        "task": "regression" if parts.train.classes is None else "classification",
        "classes": parts.train.classes,
        "columns": parts.train.columns,
        "data": reading.digest(parts.train, parts.validation),
        **({"table": parts.table.note()} if parts.table else {}),
        "provenance": {"refnet": [refnet.__version__], "files": digests(path)},
    }


def texts_of(notes: dict[str, Any], name: str) -> list[str]:
    """The versions ("refnet") or digests ("files") in the notes of a file; [] if it has none."""
    provenance = notes.get("provenance")
    found = provenance.get(name) if isinstance(provenance, dict) else None
    return found if isinstance(found, list) and all(isinstance(each, str) for each in found) else []


def digests(path: str) -> Optional[list[str]]:
    """SHA-256 of a file, or of a folder's IDX files by name; None for a pipe, which can be read only once."""
    if not os.path.isdir(path):
        return [digest_of(path)] if os.path.isfile(path) else None
    names = sorted(name for name in os.listdir(path) if name.startswith(("train-", "t10k-")))
    return [digest_of(os.path.join(path, name)) for name in names]


def digest_of(path: str) -> str:
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(PIECE):
            sha.update(piece)
    return sha.hexdigest()


def settings_of(model: Model, purpose: str) -> dict[str, Any]:
    """What the network was trained with. Raises CommandError if the file does not say all of it."""
    settings = {**SINCE, **model.settings}
    if set(settings) != set(DEFAULTS):
        raise CommandError(f"{model.path}: not saved by this version's `refnet train`, so it cannot be {purpose}")
    return settings


def same_data(path: str, model: Model, settings: dict[str, Any]) -> Parts:
    """The data, divided as it was. Raises CommandError if the numbers are others."""
    sources = note_of(model)["preparation"].sources
    words = [each.place for each in sources if each.categories is not None]  # whatever cells they have
    try:
        parts = read(path, {**settings, "categories": words}, again=True)
    except CommandError as error:  # which may speak of options that were given in training alone
        why = re.sub(r"--(?=[a-z])", "", str(error).removeprefix(f"{path}: "))
        raise CommandError(f"{path}: not the data that {model.path} was trained on: {why}") from None
    found, before = reading.digest(parts.train, parts.validation), model.notes.get("data")
    if found != before:
        raise CommandError(f"{path}: not the data that {model.path} was trained on (the SHA-256 of its numbers is "
                           f"{found}, of those in training {before})")
    return parts


def history_of(network: Any) -> dict[str, list[Optional[float]]]:
    """That in the notes with that of the last fit; what is not finite, for which JSON has no number, is None."""
    past, last = network.notes.get("history", {}), network.history
    return {name: past.get(name, []) + [each if math.isfinite(each) else None for each in last.get(name, [])]
            for name in {**past, **last}}
