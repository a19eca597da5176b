"""With which settings was an object made, and which classes are there? Each class says so when it is defined.

    class Momentum(Optimizer):
        settings = Settings(Optimizer.settings, mu=Number(least=0, below=1), form=Choice("velocity", "average", "sum"))

A setting is checked and converted whenever it is set, by the constructor (`self.mu = mu`) or later. A file keeps the
settings, repr shows them, and what was recorded before one changed is out of date.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple, Optional

from refnet.checks import scalars
from refnet.checks.names import did_you_mean

CLASSES: dict[str, type] = {}
"""The classes that a file may name, by name: refnet's own and those that a user has registered."""

_PUBLIC: list[type] = []
CHANGES = [0]
"""How often a setting of any object has been set to another value since the object was made, in this process."""


def count_change() -> None:
    """Note such a change, also of what is no setting."""
    CHANGES[0] += 1


class Settings(dict[str, Any]):
    """The table of a class: for each argument of its constructor the Setting that the attribute of that name has to be.

    None: a property of that name sees to it. In a user's own class the names alone, in a tuple, are enough.
    """


class Setting:
    """One setting of a class, kept in the attribute of its name. `convert` returns the value to keep, or raises.

    fixed   whether it stays what the constructor made it
    """

    name = ""

    def __init__(self, convert: Optional[Callable[[Any], Any]] = None, *, fixed: bool = False) -> None:
        self.convert, self.fixed = convert, fixed

    def set(self, thing: Any, attribute: str, value: Any) -> None:
        """Keep it in an attribute of the object, checked and converted; if it is refused, nothing has changed."""
        before, value = getattr(thing, attribute, self), self.checked(value)  # self: not set yet
        is_other = before is not self and not _is_same(before, value)
        if is_other and self.fixed:
            kind, given, kept = type(thing).__name__, scalars.shown(value), scalars.shown(before)
            raise ValueError(f"{self.name}: {given}; it stays {kept} in this {kind}; make a new {kind}")
        object.__setattr__(thing, attribute, value)  # vars(thing)[…] would make every attribute slower to read
        try:
            if (is_other or thing.checks_together) and thing.has_all_settings():
                thing.check_together()
                if is_other:
                    self.changed(thing)
        except BaseException:
            if before is self:
                object.__delattr__(thing, attribute)
            else:
                object.__setattr__(thing, attribute, before)
            raise

    def changed(self, thing: Any) -> None:
        """Called when the constructor is done and the setting has changed. Raise to undo it."""
        count_change()

    def as_property(self, name: str) -> property:
        """A property of a class that sets this setting."""
        attribute = f"_{name}"
        return property(
            attrgetter(attribute), lambda thing, value: self.set(thing, attribute, value),
            lambda thing: object.__delattr__(thing, attribute),
        )

    def checked(self, value: Any) -> Any:
        """The value to keep. Raises TypeError or ValueError, naming the setting, if it is not allowed."""
        return self.convert(value) if self.convert else value

    def shown(self, value: Any) -> str:
        """How repr shows it: as a list, if it is a tuple only to be unchangeable."""
        return repr(value)


class Number(Setting):
    """A finite number within bounds, kept as a float; with optional=True also None."""

    def __init__(self, *, above: Optional[float] = None, least: Optional[float] = None, below: Optional[float] = None,
                 most: Optional[float] = None, optional: bool = False, **how: Any) -> None:
        super().__init__(**how)
        self.bounds = {"above": above, "least": least, "below": below, "most": most}
        self.optional = optional

    def checked(self, value: Any) -> Optional[float]:
        return None if value is None and self.optional else scalars.number(self.name, value, **self.bounds)


class Count(Setting):
    """A whole number of at least 1, or `least`, and at most 2⁵³, which a binary64 holds too; kept as an int."""

    def __init__(self, least: int = 1, **how: Any) -> None:
        super().__init__(**how)
        self.least = least

    def checked(self, value: Any) -> int:
        return scalars.count(self.name, value, self.least, 1 << 53)


class Choice(Setting):
    """One of several values."""

    def __init__(self, *allowed: Any, **how: Any) -> None:
        super().__init__(**how)
        self.allowed = allowed

    def checked(self, value: Any) -> Any:
        return scalars.choice(self.name, value, self.allowed)


class Text(Setting):
    """Text that is not empty."""

    def checked(self, value: Any) -> str:
        return scalars.text(self.name, value)


class Several(Setting):
    """A list, kept as a tuple, so that no element is set unchecked. `each` is called with (name, element)."""

    def __init__(self, of: str, each: Callable[[str, Any], Any], **how: Any) -> None:
        super().__init__(**how)
        self.of, self.each = of, each

    def checked(self, value: Any) -> tuple:
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{self.name}: {scalars.shown(value)}; expected a list of {self.of}")
        return tuple(self.each(f"{self.name}[{i}]", element) for i, element in enumerate(value))

    def shown(self, value: Any) -> str:
        return repr(list(value))


def _is_same(a: Any, b: Any) -> bool:
    """Whether a setting stays what it is. 0.0 and −0.0, 1 and True are not the same."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_is_same, a, b))
    return a is b or (type(a) is type(b) and isinstance(a, (int, float, str)) and repr(a) == repr(b))


class _Arguments(NamedTuple):
    """What a constructor takes: names by position, all names, and those without a default; None: anything."""

    positional: tuple[str, ...]
    known: Any
    required: frozenset[str]

    def fit(self, values: tuple, named: dict[str, Any]) -> bool:
        """Whether a call is surely right. inspect.Signature.bind says what is wrong, but takes 40 µs."""
        if self.known is None or not (values or named):  # no arguments at all: also a copy that is being made
            return True
        given = self.positional[: len(values)]
        return (len(values) <= len(self.positional) and self.known.issuperset(named) and named.keys().isdisjoint(given)
                and self.required.issubset((*given, *named)))


@functools.lru_cache(None)
def _arguments(cls: Any) -> _Arguments:
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    if any(each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in parameters):
        return _Arguments((), None, frozenset())
    positional = tuple(each.name for each in parameters if each.kind is not each.KEYWORD_ONLY)
    required = frozenset(each.name for each in parameters if each.default is each.empty)
    return _Arguments(positional, frozenset(each.name for each in parameters), required)


class Configured:
    """Base of layers, losses, optimizers, callbacks and the like.

    settings  the constructor's arguments, in attributes of the same names; see Settings
    state     names of attributes (not matrices) that change from epoch to epoch and are saved
    cache     names of attributes that forward leaves for backward

    refnet's own classes register themselves. Keywords of the class statement: abstract=True for a base class,
    saved=False if files do not keep it (of a user's own callback: and need not say so), public=False if its room does
    not export it.
    """

    settings: Any = Settings()
    state: Any = ()
    cache: tuple[str, ...] = ()
    is_users_own = False  # whether the class is not one of refnet's
    is_saved = True  # as the class statement says
    checks_together = False  # whether it has a check_together of its own
    _table: dict[str, Setting] = Settings()  # also of a user's own class
    _sets_often = False  # whether its methods set attributes in each step; then only its settings are watched

    def __init_subclass__(cls, abstract: bool = False, saved: bool = True, public: bool = True, **others: Any) -> None:
        super().__init_subclass__(**others)
        cls.is_saved = saved
        cls.is_users_own = not cls.__module__.startswith("refnet.")
        cls.checks_together = cls.check_together is not Configured.check_together
        has_table = isinstance(cls.settings, dict)
        if cls.is_users_own and not has_table:
            cls.settings = tuple(what_was_told(cls, name) for name in cls.settings)
        own = cls.settings if has_table else {name: cls._table.get(name, Setting()) for name in cls.settings}
        table = {**cls._table, **{name: setting for name, setting in own.items() if setting}}
        cls._table = {name: each for name, each in table.items() if not isinstance(vars(cls).get(name), property)}
        for name, setting in cls._table.items():
            setting.name = name
            if cls._sets_often and has_table and name not in vars(cls):
                setattr(cls, name, setting.as_property(name))
        if cls.is_users_own or cls.__name__.startswith("_"):
            return
        if public:
            _PUBLIC.append(cls)
        if saved and not abstract:
            CLASSES.setdefault(cls.__name__, cls)

    def __new__(cls, *values: Any, **named: Any) -> Any:
        """Raise TypeError, naming the class and its arguments, if these are not they."""
        made: Any = cls
        if not _arguments(made).fit(values, named):
            try:
                inspect.signature(cls.__init__).bind(None, *values, **named)
            except TypeError as error:
                known = signature(cls)
                hints = "".join(did_you_mean(name, known.parameters) for name in named if name not in known.parameters)
                raise TypeError(f"{cls.__name__}{known}: {error}{hints}") from None
        return super().__new__(cls)

    def __init__(self) -> None:
        pass

    def __setattr__(self, name: str, value: Any) -> None:
        """Raise AttributeError for an attribute that a class of refnet's does not have."""
        if name in self._table:
            self._table[name].set(self, name, value)
        elif self.is_users_own or name[0] == "_" or hasattr(type(self), name) or name in type(self).state:
            super().__setattr__(name, value)
        else:
            raise unknown_attribute(self, name)

    def has_all_settings(self) -> bool:
        """Whether the constructor has set them all."""
        return False not in [hasattr(self, name) for name in self._table]

    def check_together(self) -> None:
        """Raise ValueError if settings that are allowed one by one do not fit each other: a change is then undone."""

    def check_state(self) -> None:
        """Raise ValueError if an attribute of `state` has an impossible value, as a damaged or invented file may."""

    def __repr__(self) -> str:
        return _called(self, self.settings, repr)


def _called(thing: Any, names: Iterable[str], show: Callable[[Any], str]) -> str:
    """An object as its constructor is called with the settings of these names."""
    arguments = []
    for name in names:
        if hasattr(thing, name):
            value = getattr(thing, name)
            text = thing._table[name].shown(value) if name in thing._table else repr(value)
            arguments.append(f"{ARGUMENTS.get(name, name)}={show(value) if isinstance(value, Configured) else text}")
    return f"{type(thing).__name__}({', '.join(arguments)})"


def brief(value: Any) -> str:
    """As repr has it, but an object without the settings that its constructor gives it by itself."""
    if isinstance(value, (list, tuple)) and any(isinstance(each, Configured) for each in value):
        return f"[{', '.join(map(brief, value))}]"
    if not isinstance(value, Configured) or type(value).__repr__ is not Configured.__repr__:
        return repr(value)
    cls: Any = type(value)
    required, arguments = _arguments(cls).required, {name: ARGUMENTS.get(name, name) for name in value.settings}
    try:
        plain = cls(**{each: getattr(value, name) for name, each in arguments.items() if each in required})
    except Exception:  # a user's own constructor may raise anything
        return repr(value)
    names = [name for name, each in arguments.items()
             if each in required or described(getattr(value, name, None)) != described(getattr(plain, name, None))]
    return _called(value, names, brief)


def described(thing: Any) -> Any:
    """The class and the settings of an object, to compare it by."""
    if isinstance(thing, (list, tuple)):
        return tuple([described(each) for each in thing])
    if not isinstance(thing, Configured):
        return thing
    return (type(thing), *[described(getattr(thing, name)) for name in thing.settings])


# Attributes whose argument has another name.
ARGUMENTS = {"schedule": "rate", "penalties": "penalty", "constraints": "constraint"}


def what_was_told(cls: Any, argument: str) -> str:
    """The attribute of a user's own class that keeps what was given for an argument.

    An optimizer's `rate` is the number in effect; the schedule that was given is in `schedule`.
    """
    for attribute, other in ARGUMENTS.items():
        if other == argument and (attribute in cls._table or isinstance(getattr(cls, attribute, None), property)):
            return attribute
    return argument


def signature(cls: Any) -> inspect.Signature:
    """The arguments of a class's constructor, without types."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    return inspect.Signature([each.replace(annotation=inspect.Parameter.empty) for each in parameters])


def unknown_attribute(thing: Any, name: str) -> AttributeError:
    """The error for an attribute that nobody would read."""
    kind = type(thing)
    names = [ARGUMENTS[each] if hasattr(kind, ARGUMENTS.get(each, "")) else each for each in thing.settings]
    meant = [attribute for attribute, argument in ARGUMENTS.items() if argument == name and hasattr(kind, attribute)]
    hint = f"; did you mean {meant[0]}?" if meant else did_you_mean(name, names)
    listed = ", ".join(names) or "none"
    return AttributeError(f"{kind.__name__} has no attribute {name!r}; its settings: {listed}{hint}")


class Refused:
    """An attribute that a class of refnet's does not have, although one might think so: setting it is an error.

    Layers set attributes in every step, so that checking all of them, as Configured does, would cost too much. A user's
    own class may have it.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, thing: Any, owner: Any = None) -> Any:
        if thing is None or self.name not in vars(thing):
            raise AttributeError(f"{owner.__name__} has no attribute {self.name!r}")
        return vars(thing)[self.name]

    def __set__(self, thing: Any, value: Any) -> None:
        if not thing.is_users_own:
            raise unknown_attribute(thing, self.name)
        vars(thing)[self.name] = value

    def __delete__(self, thing: Any) -> None:
        del vars(thing)[self.name]


def exported(room: str) -> list[str]:
    """The names of a room's public classes, for its `__all__`."""
    return [cls.__name__ for cls in _PUBLIC if cls.__module__.startswith(f"{room}.")]


def subclasses(base: Any) -> dict[str, Any]:
    """The registered classes derived from a base (or from one of several), by name."""
    return {name: cls for name, cls in CLASSES.items() if issubclass(cls, base)}


def named(argument: str, base: Any, name: str) -> Any:
    """A new object of the registered class of this name, with its defaults: "CrossEntropy" or "cross_entropy".

    Raises ValueError if there is no such class, or if it cannot be made without arguments.
    """
    known = {each: cls for each, cls in subclasses(base).items() if not _arguments(cls).required}
    for each, cls in known.items():
        if each.lower() == name.replace("_", "").lower():
            return cls()
    hint = did_you_mean(name, known)
    raise ValueError(f"{argument}: {scalars.shown(name)}; allowed names: {', '.join(sorted(known))}{hint}")
