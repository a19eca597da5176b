"""What can be set on the page? One table of all settings: the session checks by it, the page is built from it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from refnet import checks
from refnet.data.playground import FEATURES

RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


class Refused(ValueError):
    """What a reader of the page may do by mistake. The error is one like any other; the page shows `words`."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(error)
        self.words = words


@contextmanager
def in_words(words: str) -> Iterator[None]:
    """What is refused in here, the page says in these words. Raises Refused for any TypeError or ValueError."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise Refused(str(error), words) from None


class Control(NamedTuple):
    """One setting.

    kind     "choice" of values; "number" or "count" (a whole number) from least to most; "list" of up to `longest`
             whole numbers from least to most; "subset" of values, in any order, at least one
    step     of a number, between two that the page offers; any between them is allowed
    is_data  whether it makes other points
    anew     whether the training starts again when it is changed; else it goes on with the network as it is
    """

    label: str
    kind: str
    default: Any
    values: tuple = ()
    least: float = 0
    most: float = 0
    step: float = 0
    longest: int = 0
    is_data: bool = False
    anew: bool = True

    def checked(self, name: str, value: Any) -> Any:
        """The value to keep. Raises TypeError or ValueError, naming the setting, if it is not allowed."""
        if self.kind == "choice":
            return checks.choice(name, value, self.values)
        if self.kind == "number":
            return checks.number(name, value, least=self.least, most=self.most)
        if self.kind == "count":
            return checks.count(name, value, int(self.least), int(self.most))
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{name}: {checks.shown(value)}; expected a list")
        if self.kind == "list":
            if len(value) > self.longest:
                raise ValueError(f"{name}: {len(value)} of them; allowed: at most {self.longest}")
            return [checks.count(f"{name}[{i}]", each, int(self.least), int(self.most)) for i, each in enumerate(value)]
        found = [checks.choice(f"{name}[{i}]", each, self.values) for i, each in enumerate(value)]
        if not found or len(set(found)) < len(found):
            raise ValueError(f"{name}: {checks.shown(value)}; allowed: at least one, each once")
        return found

    def words(self, value: Any) -> str:
        """What the page says of a value that is not allowed."""
        least, most = (f"{bound:,}" for bound in (self.least, self.most))
        takes = {
            "choice": f"It is one of {', '.join(map(str, self.values))}",
            "number": f"It takes a number from {least} to {most}",
            "count": f"It takes a whole number from {least} to {most}",
            "list": f"It takes up to {self.longest} numbers from {least} to {most}",
            "subset": f"at least one of {', '.join(map(str, self.values))} has to be chosen",
        }[self.kind]
        is_empty = isinstance(value, (str, list)) and not value
        found = "" if self.kind == "subset" and is_empty else \
            "nothing is entered. " if is_empty else f"{checks.shown(value)} is not allowed. "
        return f"{self.label[0].upper()}{self.label[1:]}: {found}{takes}."

    @property
    def described(self) -> dict[str, Any]:
        """What the page has to know to build its control."""
        bounds: dict[str, Any] = {"values": list(self.values)}
        if not self.values:
            bounds = {"least": self.least, "most": self.most}
        more = {name: getattr(self, name) for name in ("step", "longest") if getattr(self, name)}
        return {"label": self.label, "kind": self.kind, "anew": self.anew, **bounds, **more}


TABLE = {
    "data": Control("data", "choice", "circle", ("circle", "xor", "spiral", "two_moons"), is_data=True),
    "noise": Control("noise", "number", 0.0, least=0.0, most=0.5, step=0.05, is_data=True),
    "examples": Control("examples", "count", 200, least=10, most=1000, is_data=True),
    "test_share": Control("share for the test", "number", 0.5, least=0.1, most=0.9, step=0.1, is_data=True),
    "seed": Control("seed", "count", 0, least=0, most=1 << 53, is_data=True),
    "features": Control("features", "subset", ["x", "y"], tuple(FEATURES)),
    "hidden": Control("hidden layers", "list", [4, 2], least=1, most=8, longest=6),
    "activation": Control("activation", "choice", "tanh", ("tanh", "relu", "sigmoid", "linear")),
    "rate": Control("learning rate", "choice", 0.03, RATES, anew=False),
    "penalty": Control("penalty", "choice", "none", ("none", "L1", "L2"), anew=False),
    "penalty_rate": Control("penalty rate", "choice", 0.001, (0.0, *RATES[2:]), anew=False),
    "batch_size": Control("batch size", "count", 10, least=1, most=100, anew=False),
}
"""The settings by name. noise is the standard deviation of the points as a share of the set's radius (5; 1 of the two
moons)."""

DATA = [name for name, control in TABLE.items() if control.is_data]
ANEW = [name for name, control in TABLE.items() if control.anew]


def defaults() -> dict[str, Any]:
    return {name: copy.copy(control.default) for name, control in TABLE.items()}


def changed(settings: dict[str, Any], others: Any) -> dict[str, Any]:
    """The settings with some others in their places. Raises TypeError or ValueError for what is not allowed, Refused
    if a setting has another value than its control gives."""
    if not isinstance(others, dict):
        raise TypeError(f"settings: {checks.shown(others)}; expected an object of settings by name")
    found = dict(settings)
    for name, value in others.items():
        control = TABLE[checks.choice("settings", name, TABLE)]
        with in_words(control.words(value)):
            found[name] = control.checked(name, value)
    return found
