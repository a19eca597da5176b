"""What is a number that can write down how it was made? A term: a sign, its parts, and the value that they give.

The reference's own kernels, run on terms, give the formulas; no formula stands here a second time. A comparison is
answered both ways, one run after the other, and the results are put together: where z ≤ 0 it is 0, else z.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Optional

from refnet.arithmetic import elementary
from refnet.kernels.lifted import Lifted
from refnet.trace.element import kernel_format

MOST_COMPARISONS = 5  # a number that depends on more keeps the way it has taken: 2⁵ ways are enough to read


class Term:
    """A number: a constant, one that has a name, or what a sign makes of its parts.

    sign   "" for a constant or a name; "+", "−", "·", "/", "negative", "abs", "max", "min", a function's name such as
           "exp"; "if" with the parts condition, then, else; a condition's sign is "<", "<=", ">", ">=", "==" or "!="
    value  the float it is; of a condition whether it is so
    name   where it stands in the trace, (name, row, unit), or the letter of a setting, such as "mu"; None without one
    """

    __slots__ = ("sign", "parts", "value", "name")
    __hash__ = object.__hash__

    def __init__(self, sign: str, parts: tuple[Term, ...], value: Any, name: Any = None) -> None:
        self.sign, self.parts, self.value, self.name = sign, parts, value, name

    @property
    def is_constant(self) -> bool:
        return not self.sign and not isinstance(self.name, tuple)

    def __add__(self, other: Any) -> Term:
        return made("+", self, other)

    def __radd__(self, other: Any) -> Term:
        return made("+", other, self)

    def __sub__(self, other: Any) -> Term:
        return made("−", self, other)

    def __rsub__(self, other: Any) -> Term:
        return made("−", other, self)

    def __mul__(self, other: Any) -> Term:
        return made("·", self, other)

    def __rmul__(self, other: Any) -> Term:
        return made("·", other, self)

    def __truediv__(self, other: Any) -> Term:
        return made("/", self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return made("/", other, self)

    def __neg__(self) -> Term:
        return made("negative", self)

    def __abs__(self) -> Term:
        return made("abs", self)

    def __lt__(self, other: Any) -> bool:
        return _answer("<", self, other)

    def __le__(self, other: Any) -> bool:
        return _answer("<=", self, other)

    def __gt__(self, other: Any) -> bool:
        return _answer(">", self, other)

    def __ge__(self, other: Any) -> bool:
        return _answer(">=", self, other)

    def __eq__(self, other: object) -> bool:
        return _answer("==", self, other)

    def __ne__(self, other: object) -> bool:
        return _answer("!=", self, other)

    def __int__(self) -> int:
        return int(self.value)

    def __repr__(self) -> str:
        return f"<{self.sign or self.name or 'constant'} = {self.value!r}>"


def _largest(*values: float) -> float:
    return max(values)


SIGNS: dict[str, Callable] = {
    "+": operator.add, "−": operator.sub, "·": operator.mul, "/": elementary.divide, "negative": operator.neg,
    "abs": abs, "max": _largest, "min": lambda *values: min(values),
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}


OPERATIONS = ("+", "−", "·", "/", "negative", "abs")  # of which binary64's are those of numbers that stay wide


def computed(sign: str, *values: Any) -> Any:
    """What a sign or function makes of plain numbers, in the format in which a kernel computes at this moment."""
    form = kernel_format.get()
    if sign not in SIGNS:
        return getattr(form or elementary, sign)(*map(float, values))
    if form and sign in OPERATIONS and any(type(value) is not float for value in values):
        first, *rest = (form.number(float(value)) for value in values)
        return form.divide(first, *rest) if sign == "/" else SIGNS[sign](first, *rest)
    return SIGNS[sign](*values)


def term_of(number: Any) -> Term:
    """A term as it is; a plain number as a constant."""
    if isinstance(number, Term):
        return number
    return Term("", (), number if isinstance(number, float) else float(number))


def made(sign: str, *given: Any) -> Term:
    """The term of a sign and its parts, without what changes nothing: 0 + a, 1 · a, a / 1."""
    parts = tuple(map(term_of, given))
    if len(parts) == 2 and sign in "+−·/":
        first, second = parts
        if (sign == "+" and _is(first, 0.0)) or (sign == "·" and _is(first, 1.0)):
            return second
        if sign in "·/" and _is(second, 1.0):
            return first
        if sign == "−" and _is(first, 0.0):
            sign, parts = "negative", (second,)
    value = computed(sign, *(part.value for part in parts))
    is_plain = all(not part.sign and part.name is None for part in parts)
    return Term("", (), value) if is_plain else Term(sign, parts, value)


def _is(term: Term, number: float) -> bool:
    return term.is_constant and term.value == number


# --- Comparisons ---


class _Way:
    """The comparisons of one run, and what they are told: the answers given, then what is so."""

    def __init__(self, answers: list[bool]) -> None:
        self.answers = answers
        self.asked: list[Term] = []


_way: ContextVar[Optional[_Way]] = ContextVar("way", default=None)
"""The run that goes on at this moment, in this thread."""


def _answer(sign: str, left: Any, right: Any) -> bool:
    first, second = term_of(left), term_of(right)
    truth = computed(sign, first.value, second.value)
    if first is second or (first.is_constant and second.is_constant) or not (way := _way.get()):
        return truth
    way.asked.append(Term(sign, (first, second), truth))
    return way.answers[len(way.asked) - 1] if len(way.asked) <= len(way.answers) else truth


def explored(run: Callable[[], dict[Any, Any]]) -> dict[Any, Term]:
    """The terms that `run` returns, for every way that its comparisons can go."""

    def on(answers: list[bool]) -> dict[Any, Term]:
        before = _way.set(way := _Way(answers))
        try:
            found = {key: term_of(value) for key, value in run().items()}
        finally:
            _way.reset(before)
        if len(way.asked) > MOST_COMPARISONS or len(way.asked) <= len(answers):
            return found
        condition = way.asked[len(answers)]
        yes, no = on([*answers, True]), on([*answers, False])
        return {key: chosen(condition, yes[key], no[key]) for key in found}

    return on([])


def chosen(condition: Term, yes: Term, no: Term) -> Term:
    """`yes` where the condition holds, else `no`; the larger or smaller of two where it is that."""
    if same(yes, no):
        return yes
    value = yes.value if condition.value else no.value
    left, right = condition.parts
    for takes, leaves, signs in ((yes, no, "<"), (no, yes, ">")):
        if same(takes, right) and same(leaves, left) and condition.sign != "==" and condition.sign != "!=":
            return Term("max" if condition.sign[0] == signs else "min", (right, left), value)
    return Term("if", (condition, yes, no), value)


def same(one: Term, other: Term) -> bool:
    """Whether two terms are written alike."""
    pairs = [(one, other)]
    while pairs:
        a, b = pairs.pop()
        if a is b or (a.name is not None and a.name == b.name):
            continue
        if a.name is not b.name or a.sign != b.sign or len(a.parts) != len(b.parts):
            return False
        if not a.sign and repr(a.value) != repr(b.value):
            return False
        pairs.extend(zip(a.parts, b.parts))
    return True


# --- Kernels ---


class _Arithmetic:
    number = staticmethod(term_of)

    def __getattr__(self, name: str) -> Any:
        sign = "/" if name == "divide" else name
        return lambda *numbers: made(sign, *numbers)


def _one_by_one(function: Callable) -> Callable:
    """A function of single numbers within a kernel goes all its ways by itself; the largest of several is one sign."""
    if function.__name__ == "maximum_of":
        return lambda values: made("max", *values) if len(values) > 1 else values[0]

    def run(*values: Any) -> Any:
        if all(isinstance(value, (Term, float)) for value in values):
            return explored(lambda: {"": function(*values)})[""]
        return function(*values)

    return run


KERNELS = Lifted("terms", _Arithmetic(), _one_by_one)


# --- Reading a term ---


def branch(term: Term) -> Term:
    """What an "if" has come to, and a bound next to 0 or 1 that was not reached; any other term as it is."""
    while True:
        if term.sign == "if":
            term = term.parts[1] if term.parts[0].value else term.parts[2]
        elif _is_unreached(term):
            term = term.parts[1]
        else:
            return term


def _is_unreached(term: Term) -> bool:
    return term.sign in ("max", "min") and _is_bound(term.parts[0]) and term.value == term.parts[1].value


def _is_bound(term: Term) -> bool:
    """Whether this is a constant that keeps a probability from 0 or 1, 2⁻¹⁰²² or 1 − 2⁻⁵³."""
    return term.is_constant and (0.0 < term.value < 1e-300 or 0.0 < 1.0 - term.value < 1e-15)


def inside(term: Term, is_taken_only: bool = True) -> Iterator[tuple[Term, bool]]:
    """Every term within, (term, is it a leaf?), in the order of writing; of an "if" what it has come to, or all."""
    waiting = [term]
    while waiting:
        each = waiting.pop()
        if is_taken_only:
            each = branch(each)
        is_leaf = not each.sign or (each.name is not None and each is not term)
        yield each, is_leaf
        if not is_leaf:
            waiting.extend(reversed(each.parts))


def conditions(term: Term) -> list[Term]:
    """The comparisons that led to this value, but for guards: "≠ 0" of a divisor and such bounds go without saying."""
    found: list[Term] = []
    waiting = [term]
    while waiting:
        each = waiting.pop()
        if each.sign == "if":
            condition = each.parts[0]
            is_guard = condition.sign in ("==", "!=") and condition.value != (condition.sign == "==")
            is_guard = is_guard or any(_is_bound(part) for part in condition.parts)
            if not is_guard and not any(same(condition, other) for other in found):
                found.append(condition)
            waiting.append(branch(each))
        elif each is term or each.name is None:
            waiting.extend(reversed(each.parts))
    return found


def evaluated(term: Term, value_of: Callable[[Term], Optional[float]], asks_again: bool = False) -> Any:
    """The value of a term where value_of gives another number for some of the terms within it (None: its parts').

    asks_again  whether its comparisons are answered by these numbers; else they stay as they were. Bounds that were not
                reached stay away: no reader of the formula sees them
    """

    def holds(condition: Term) -> bool:
        if any(map(_is_bound, condition.parts)):
            return condition.value
        return computed(condition.sign, *(evaluated(part, value_of, True) for part in condition.parts))

    def taken(term: Term) -> Term:
        while asks_again and (term.sign == "if" or _is_unreached(term)):
            term = term.parts[1] if _is_unreached(term) or holds(term.parts[0]) else term.parts[2]
        return term if asks_again else branch(term)

    spine = []  # sums are deep on their left: no recursion there
    term = taken(term)
    while (known := value_of(term)) is None and term.sign:
        spine.append(term)
        term = taken(term.parts[0])
    value = term.value if known is None else known
    while spine:
        each = spine.pop()
        value = computed(each.sign, value, *(evaluated(part, value_of, asks_again) for part in each.parts[1:]))
    return value
