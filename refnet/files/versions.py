"""How is a file of an earlier version read? Its contents are converted to this version before they are checked."""

from __future__ import annotations

import inspect
from typing import Any

from refnet.checks.settings import signature
from refnet.files.classes import CLASSES, arguments_of
from refnet.files.fields import as_list


def upgraded(contents: dict[str, Any], version: int) -> dict[str, Any]:
    """The contents of version 3 for those of version 2 or 1. Settings and state that were added since have the defaults
    of their classes."""
    if version == 1:
        contents = _as_version_2(contents)
    named = [name for name in ("layers", "loss", "penalties", "optimizer", "callbacks") if name in contents]
    contents = {"frozen": [], **contents, **{name: _with_defaults(contents[name]) for name in named}}
    progress = contents.get("progress")
    if isinstance(progress, dict) and isinstance(progress.get("plan"), dict):
        contents["progress"] = {**progress, "plan": {"drop_last": False, **progress["plan"]}}
    return contents


def _as_version_2(contents: dict[str, Any]) -> dict[str, Any]:
    """The contents of version 2 for those of version 1, whose layers are a chain and which has no callbacks."""
    layers = [
        {**entry, "after": [i - 1] if i else [], "shares": None} if isinstance(entry, dict) else entry
        for i, entry in enumerate(as_list("layers", contents.get("layers")))
    ]
    return {**contents, "layers": layers, "inputs": [0], "outputs": [len(layers) - 1], "callbacks": []}


def _with_defaults(entry: Any) -> Any:
    """An entry, and those in it, with the defaults of the settings and the state that were added since."""
    if isinstance(entry, list):
        return [_with_defaults(each) for each in entry]
    if not isinstance(entry, dict):
        return entry
    filled = {key: _with_defaults(value) for key, value in entry.items()}
    cls: Any = CLASSES.get(entry["class"]) if isinstance(entry.get("class"), str) else None
    if cls is None or not isinstance(filled.get("settings"), dict):
        return filled
    parameters = signature(cls).parameters
    defaults = {name: parameters[name].default for name in arguments_of(cls) if name in parameters}
    known = {name: value for name, value in defaults.items() if value is not inspect.Parameter.empty}
    filled["settings"] = {**known, **filled["settings"]}
    if isinstance(filled.get("state"), dict):
        added = {name: getattr(cls, name) for name in cls.state if hasattr(cls, name)}
        filled["state"] = {**added, **filled["state"]}
    return filled
