"""With which settings was an object made, and which classes are there? Each class says so when it is defined.

A file keeps the settings, repr shows them, and replay notices when one changes.
"""

from typing import Any

CLASSES: dict[str, type] = {}
"""The classes that a file may name, by name: refnet's own and those that a user has registered."""

_PUBLIC: list[type] = []


def changes() -> int:
    """How often any setting has changed."""
    return 0


class Configured:
    """Base of layers, losses, optimizers, callbacks and the like.

    settings  names of the constructor's arguments; attributes hold their values
    state     names of attributes (not matrices) that change from epoch to epoch and are saved
    cache     names of attributes that forward leaves for backward

    refnet's own classes register themselves. Keywords of the class statement: abstract=True for a base class,
    saved=False if files do not keep it, public=False if its room does not export it.
    """

    settings: tuple[str, ...] = ()
    state: Any = ()
    cache: tuple[str, ...] = ()
    is_users_own = False  # whether the class is not one of refnet's

    def __init_subclass__(cls, abstract: bool = False, saved: bool = True, public: bool = True, **others: Any) -> None:
        super().__init_subclass__(**others)
        cls.is_users_own = not cls.__module__.startswith("refnet.")
        if cls.is_users_own or cls.__name__.startswith("_"):
            return
        if public:
            _PUBLIC.append(cls)
        if saved and not abstract:
            CLASSES.setdefault(cls.__name__, cls)

    def check_state(self) -> None:
        """Raise ValueError if an attribute of `state` has an impossible value, as a damaged or invented file may."""

    def __repr__(self) -> str:
        arguments = [f"{ARGUMENTS.get(n, n)}={getattr(self, n)!r}" for n in self.settings if hasattr(self, n)]
        return f"{type(self).__name__}({', '.join(arguments)})"


def described(thing: Any) -> Any:
    """The class and the settings of an object, to compare it by."""
    if isinstance(thing, (list, tuple)):
        return tuple([described(each) for each in thing])
    if not isinstance(thing, Configured):
        return thing
    return (type(thing), *[described(getattr(thing, name)) for name in thing.settings])


# Attributes whose argument has another name.
ARGUMENTS = {"schedule": "rate", "penalties": "penalty", "constraints": "constraint"}


def exported(room: str) -> list[str]:
    """The names of a room's public classes, for its `__all__`."""
    return [cls.__name__ for cls in _PUBLIC if cls.__module__.startswith(f"{room}.")]


def subclasses(base: Any) -> dict[str, Any]:
    """The registered classes derived from a base (or from one of several), by name."""
    return {name: cls for name, cls in CLASSES.items() if issubclass(cls, base)}
