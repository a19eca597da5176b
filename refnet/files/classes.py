"""What may a file name, and which settings and notes can it keep? The table of classes and its guard, `register`.

A file keeps an object as its class's name and its settings, and reading makes it again from the two.
"""

from __future__ import annotations

import copy
import math
import os
import reprlib
from typing import Any, TypeVar, Union

from refnet.checks.scalars import MOST_BITS, shown
from refnet.checks.settings import ARGUMENTS, CLASSES, described, signature, what_was_told
from refnet.layers import Dense, Layer
from refnet.losses import Loss
from refnet.optimizers import Clip, Optimizer, Schedule
from refnet.parameters import Constraint, Penalty
from refnet.training import Callback

FORMAT = "refnet network"
VERSION = 3  # of the file of a network in binary64
NEWEST = 4  # of one in another number format, whose name it has
_DEEPEST = 100  # levels of lists and objects in notes and settings

BASES = (Layer, Loss, Optimizer, Penalty, Schedule, Callback, Clip, Constraint)

Path = Union[str, "os.PathLike[str]"]
Class = TypeVar("Class", bound=type)


class FileError(ValueError):
    """A network that cannot be saved or a file that cannot be loaded; the message says where in it and why."""


def register(cls: Class) -> Class:
    """Let files name a layer, loss, optimizer, penalty, schedule, callback, clipping or constraint of your own.

    Usable as a decorator. `settings` names all arguments of the constructor, and attributes of the same names hold the
    values: numbers, text, True, False, None, lists of these, or objects that can be saved themselves. (For an optimizer
    "rate" means what was given, a number or a schedule; for a Dense "penalty" and "constraint" mean what was given.)
    `state` names the attributes that change from epoch to epoch. An object other than a callback is saved if one made
    from its settings is the same; FileError says where it is not.
    Raises TypeError for another class, ValueError if settings and constructor do not fit or the name is taken.
    """
    if not (isinstance(cls, type) and issubclass(cls, BASES)) or cls in BASES:
        raise TypeError(f"register: {cls!r}; allowed: classes derived from {', '.join(b.__name__ for b in BASES)}")
    other = CLASSES.get(cls.__name__, cls)
    same = (other.__module__, other.__qualname__) == (cls.__module__, cls.__qualname__)
    # The same class may be defined again, as in a notebook.
    if other is not cls and (other.__module__.startswith("refnet.") or not same):
        raise ValueError(f"register: the name {cls.__name__} is taken by {other.__module__}.{other.__qualname__}")
    check_settings(cls)
    CLASSES[cls.__name__] = cls
    return cls


def arguments_of(cls: Any) -> dict[str, str]:
    """The arguments of the constructor that a file keeps, each with the name of the attribute that holds it."""
    parameters = signature(cls).parameters
    attributes = list(cls.settings)
    if "penalty" in parameters and not {"penalty", "penalties"} & set(attributes):
        attributes.append("penalties")
    return {name if name in parameters else ARGUMENTS.get(name, name): what_was_told(cls, name) for name in attributes}


def check_settings(cls: Any) -> None:
    """Raise ValueError if the settings are not the constructor's arguments, so that a loaded object would differ."""
    arguments = arguments_of(cls)
    parameters = signature(cls).parameters.values()
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    unknown = [] if takes_any else [argument for argument in arguments if argument not in named]
    if unknown:
        raise ValueError(f"register: {cls.__name__}.settings names {unknown}, which its constructor does not take")
    # Of initial values a file has the numbers, and it names the frozen parameters.
    elsewhere = {"weights", "biases", "trainable"} if issubclass(cls, Dense) else {"trainable"}
    left_out = sorted(named - set(arguments) - elsewhere) + [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY]
    if left_out:
        raise ValueError(
            f"register: {cls.__name__}'s constructor takes {left_out}; name it in {cls.__name__}.settings and keep it "
            "as an attribute, so that a file can keep it"
        )


def entry_of(where: str, thing: Any) -> dict[str, Any]:
    """An object as the name of its class, its settings and its state."""
    cls = type(thing)
    if CLASSES.get(cls.__name__) is not cls:
        raise FileError(
            f"{where}: {cls.__module__}.{cls.__qualname__} is not known to files; "
            f"call rn.register({cls.__name__}) first, before saving and before loading"
        )
    settings = {}
    for argument, attribute in arguments_of(cls).items():
        if not hasattr(thing, attribute):
            raise FileError(f"{where}: {cls.__name__}.settings names {attribute!r}, but there is no such attribute")
        settings[argument] = plain(f"{where}.settings.{argument}", getattr(thing, attribute))
    if cls.is_users_own and not isinstance(thing, Callback):  # making one may open a file; it is no part of the numbers
        _check_made_again(where, thing)
    entry = {"class": cls.__name__, "settings": settings}
    if cls.state:
        entry["state"] = {name: stored(f"{where}.state.{name}", getattr(thing, name)) for name in cls.state}
    return entry


def _check_made_again(where: str, thing: Any) -> None:
    """Raise FileError if the object of a user's own class that reading makes from the settings would be another."""
    cls = type(thing)
    arguments = arguments_of(cls)
    try:
        again = cls(**{name: copy.deepcopy(getattr(thing, attribute)) for name, attribute in arguments.items()})
    except Exception as error:
        raise FileError(f"{where}: {cls.__name__} cannot be made again from its settings: {error}") from error
    others = [name for name in cls._table if what_was_told(cls, name) == name]
    for name in dict.fromkeys([*arguments.values(), *others]):
        now, then = (getattr(each, name, None) for each in (thing, again))
        if described(now) != described(then):
            how = "keep it as it was given" if name in arguments.values() else f"name it in {cls.__name__}.settings"
            raise FileError(f"{where}: {name} is {shown(now)}, but in a {cls.__name__} made again from its settings "
                            f"{shown(then)}; {how}")


def stored(where: str, value: Any) -> Any:
    """A value of an object's state for JSON: numbers (NaN and infinity too), text, None, lists and dicts of these."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"binary64": repr(value)}
    if isinstance(value, (list, tuple)):
        return [stored(f"{where}[{i}]", item) for i, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: stored(f"{where}.{key}", item) for key, item in value.items()}
    return plain(where, value)


def restored(value: Any) -> Any:
    """The value from which `stored` made this one."""
    if isinstance(value, dict):
        if set(value) == {"binary64"}:
            if value["binary64"] not in ("nan", "inf", "-inf"):
                raise ValueError(f'binary64: {short(value["binary64"])}; expected "nan", "inf" or "-inf"')
            return float(value["binary64"])
        return {key: restored(item) for key, item in value.items()}
    return [restored(item) for item in value] if isinstance(value, list) else value


def plain(where: str, value: Any, is_note: bool = False, depth: int = 0) -> Any:
    """A setting or a note for JSON. Raises FileError if it would not be read back the same.

    A JSON object is a dict in a note, and an object of a class in a setting.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise FileError(f"{where}: a whole number of {value.bit_length()} bits; at most {MOST_BITS} are allowed")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise FileError(f"{where}: {value!r}; allowed: finite numbers")
        return value
    if depth == _DEEPEST:
        raise FileError(f"{where[:60]}…: nested deeper than {_DEEPEST} levels")
    if isinstance(value, (list, tuple)):
        return [plain(f"{where}[{i}]", item, is_note, depth + 1) for i, item in enumerate(value)]
    if is_note and isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise FileError(f"{where}: the key {shown(key)} is a {type(key).__name__}; allowed: text")
        return {key: plain(f"{where}.{key}", item, is_note, depth + 1) for key, item in value.items()}
    if not is_note and isinstance(value, BASES):
        return entry_of(where, value)
    also = "dicts" if is_note else "objects of refnet's or registered classes"
    raise FileError(f"{where}: a {type(value).__name__}; allowed: numbers, text, True, False, None, lists and {also}")


def short(value: Any) -> str:
    """A value for a message, shortened."""
    return reprlib.repr(value)
