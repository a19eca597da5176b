"""What was an object told when it was made, and which classes are there? Each class says so when it is defined.

The names of its settings serve files, repr and replay, which notices when one changes.
"""

from __future__ import annotations

from typing import Any

CLASSES: dict[str, type] = {}
"""The classes that a file may name, by name: refnet's own, and those that a user has registered."""

_PUBLIC: list[type] = []


class Configured:
    """Base of layers, losses, optimizers, callbacks and their kin.

    settings  names of the constructor's arguments, kept as attributes
    state     names of attributes without matrices that change from epoch to epoch and are saved
    cache     names of attributes that forward leaves for backward

    A class of refnet's own registers itself. As keywords of its definition it may say abstract=True (a base of
    others), saved=False (a file does not keep it) and public=False (its room does not export it).
    """

    settings: tuple[str, ...] = ()
    state: Any = ()
    cache: tuple[str, ...] = ()

    def __init_subclass__(cls, abstract: bool = False, saved: bool = True, public: bool = True, **others: Any) -> None:
        super().__init_subclass__(**others)
        if not cls.__module__.startswith("refnet.") or cls.__name__.startswith("_"):
            return
        if public:
            _PUBLIC.append(cls)
        if saved and not abstract:
            CLASSES.setdefault(cls.__name__, cls)

    def check_state(self) -> None:
        """Raise ValueError for what a damaged or invented file has put into the attributes that `state` names."""

    def __repr__(self) -> str:
        told = [f"{ARGUMENTS.get(n, n)}={getattr(self, n)!r}" for n in self.settings if hasattr(self, n)]
        return f"{type(self).__name__}({', '.join(told)})"


# Attributes with another name than their argument.
ARGUMENTS = {"schedule": "rate", "penalties": "penalty", "constraints": "constraint"}


def exported(room: str) -> list[str]:
    """The names of the public classes that a room has defined, for its `__all__`."""
    return [cls.__name__ for cls in _PUBLIC if cls.__module__.startswith(f"{room}.")]


def subclasses(base: Any) -> dict[str, Any]:
    """The registered classes of one kind (a base, or several), by name."""
    return {name: cls for name, cls in CLASSES.items() if issubclass(cls, base)}
