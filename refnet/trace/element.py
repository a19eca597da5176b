"""How did this number come about? Its kernel is run once more, on numbers that remember what they were made of.

    print(trace.element("dense1.z", row=0, unit=1))

    dense1.z[0][1] = 0.05499532535249911 (0x1.c2859b3b6ee88p-5), by affine
      dense1.weights[1][0] · input.o[0][0] = -0.3147116041301541 · 0.1 = -0.03147116041301541 (-0x1.01cfd74f0b0c4p-5)
      …
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Optional

from refnet.arithmetic import elementary
from refnet.arithmetic.formats import Format, as_format
from refnet.kernels import SEAM
from refnet.kernels.lifted import rebound
from refnet.kernels.seam import NUMBERS, Signature
from refnet.trace.calls import Call, Numbers
from refnet.trace.needs import Needs


class Operation(NamedTuple):
    """One operation: its sign or function ("+", "·", "exp"), its operands and its result, each (name, value).

    In another number format than binary64 "rounded" is one too: of a result of the accumulator, or of what stays wide.
    An operand's name is that of a number in the trace, "dense1.weights[1][0]"; "" for the result of an operation before
    it; of a constant its digits.
    """

    sign: str
    operands: list[tuple[str, float]]
    result: float


class Element:
    """One number of a trace, and the operations that made it, in order.

    name        "dense1.z[0][1]"
    value       the number
    kernel      the kernel that computed it; "" for a number that was given: an input, a target, a weight
    operations  the Operations that lead to it, the last of which gives its value; none if it was copied
    source      the name of the number that it is a copy of, or "a constant", if it is either
    """

    def __init__(self, name: str, value: float, kernel: str, operations: list[Operation], source: str) -> None:
        self.name, self.value, self.kernel = name, value, kernel
        self.operations, self.source = operations, source

    def __str__(self) -> str:
        by = f", by {self.kernel}" if self.kernel else ", as given"
        lines = [f"{self.name} = {both(self.value)}{by}"]
        if self.source:
            lines.append(f"  as {self.source}")
        return "\n".join([*lines, *(f"  {_line(each)}" for each in self.operations)])

    def __repr__(self) -> str:
        return f"<{self.name} = {self.value!r}: {len(self.operations)} operations>"


def both(value: float) -> str:
    """A number in decimal and in hexadecimal, from which its bits can be read."""
    return f"{value!r} ({float(value).hex()})"


def _line(operation: Operation) -> str:
    names = [name or repr(value) for name, value in operation.operands]
    values = [repr(value) for _, value in operation.operands]
    written = _written(operation.sign, names)
    return f"{written} = {f'{_written(operation.sign, values)} = ' if names != values else ''}{both(operation.result)}"


def _written(sign: str, operands: list[str]) -> str:
    if len(operands) == 2 and not sign.isalpha():
        return f"{operands[0]} {sign} {operands[1]}"
    return f"{sign}({', '.join(operands)})" if sign.isalpha() else f"{sign}{operands[0]}"


class Told(float):
    """A number that remembers its name, or the operation and the operands that it was made of, and when.

    form     the number format that it is of; None: binary64
    literal  of a setting, such as mu: the binary64 number that was rounded to the format
    """

    name = ""
    made: Optional[tuple[str, tuple[Any, ...]]] = None
    order = 0
    form: Optional[Format] = None
    literal: Optional[float] = None


MEETING = ("+", "−", "·", "/", "sqrt")  # operations of the format alone; a function takes a number as it is
_clock = itertools.count(1)
kernel_format: ContextVar[Optional[Format]] = ContextVar("kernel_format", default=None)
"""The number format in which a kernel computes at this moment, in this thread; None: binary64."""
promoting: ContextVar[bool] = ContextVar("promoting", default=False)
"""Whether binary64 wins where a number of it meets one of the format, as in C a double literal meets a float."""


@contextmanager
def computing_in(form: Optional[Format]) -> Iterator[None]:
    """A kernel computes in this format while the block runs."""
    before = kernel_format.set(form)
    try:
        yield
    finally:
        kernel_format.reset(before)


def made_by(value: float, sign: str, operands: tuple, form: Optional[Format] = None) -> Told:
    """A number that remembers this operation."""
    told = Told(value)
    told.made, told.order, told.form = (sign, operands), next(_clock), form
    return told


_DIVISIONS: dict[str, Callable] = {  # by 0 too, which Python refuses
    "__truediv__": lambda value, divisor: elementary.divide(float(value), float(divisor)),
    "__rtruediv__": lambda divisor, value: elementary.divide(float(value), float(divisor))}


def _operator(method: str, sign: str, is_reversed: bool = False) -> None:
    plain = _DIVISIONS.get(method) or getattr(float, method)

    def run(self: Told, *others: Any) -> Any:
        operands = (*others, self) if is_reversed else (self, *others)
        form, are = kernel_format.get(), all if promoting.get() else any
        if form is None or not are(isinstance(each, Told) and each.form for each in operands):  # binary64 with binary64
            form, value = None, plain(self, *others)
        else:
            value = getattr(form.number(float(self)), method)(*map(float, others))
        return value if value is NotImplemented else made_by(value, sign, operands, form)

    setattr(Told, method, run)


for _method, _sign in (("add", "+"), ("sub", "−"), ("mul", "·"), ("truediv", "/")):
    _operator(f"__{_method}__", _sign)
    _operator(f"__r{_method}__", _sign, is_reversed=True)
_operator("__neg__", "−")
_operator("__abs__", "abs")


class Arithmetic:
    """The elementary functions on such numbers: each is one operation."""

    def __getattr__(self, name: str) -> Any:
        getattr(elementary, name)  # AttributeError for what is none

        def run(*values: float) -> Told:
            form = kernel_format.get()
            function = getattr(form or elementary, name)
            return made_by(function(*map(float, values)), "/" if name == "divide" else name, values, form)

        return run


KERNELS = rebound(Arithmetic())


def element_of(call: Call, part: str, name: str, row: int, unit: int) -> Element:
    """The element [row][unit] of a call's result (part: "" or the argument that was changed in place)."""

    def named(argument: str, i: int, j: int) -> Told:
        return named_number(call, argument, i, j)

    found = computed(call, part, row, unit, named)
    source = getattr(found, "name", "") or ("" if isinstance(found, Told) else "a constant")
    return Element(f"{name}[{row}][{unit}]", float(found), call.kernel, _operations(found), source)


def named_number(call: Call, argument: str, row: int, unit: int) -> Told:
    """A number of an argument, with its name in the trace."""
    value = call.arguments[argument].at(row, unit)
    number = Told(value)
    number.form = as_format(call.form) if type(value) is not float else None
    number.name = f"{call.names.get(argument, argument)}[{row}][{unit}]"
    return number


def computed(call: Call, part: str, row: int, unit: int, number: Callable[[str, int, int], Any],
             kernels: dict[str, Callable] = KERNELS) -> Any:
    """The element [row][unit] of a call's result, computed once more from number(argument, row, column)."""
    signature, own = SEAM[call.kernel], as_format(call.form)
    needs, form = Needs(signature, part, row, unit), form_of(signature, own)
    values = []
    for argument in signature.arguments:
        value = call.arguments[argument.name]
        if isinstance(value, Numbers):
            rows, columns = needs.of(argument, value)
            value = [[number(argument.name, i, j) for j in columns] for i in rows]
        elif argument.kind == "count" and argument.rows in needs.one:
            value = 1
        elif form and argument.kind in NUMBERS and argument.kind != "flag" and not argument.wide:
            literal, value = value, Told(own.number(value))
            value.form, value.literal = form, float(literal)
        values.append(value)
    with computing_in(form):
        made = kernels[call.kernel](*values)
    table = made if not part else values[[argument.name for argument in signature.arguments].index(part)]
    found = table[needs.at[0]][needs.at[1]]
    stays_wide = any(each.wide for each in signature.arguments if each.name == part) if part else signature.wide_result
    is_of_another = form is not own or (isinstance(found, Told) and found.form is None)
    if form is None or stays_wide or not is_of_another:
        return found
    return made_by(own.number(float(found)), "rounded", (found,), own)


def form_of(signature: Signature, own: Format) -> Optional[Format]:
    """The format in which a kernel of a network of the format `own` computes; None: binary64."""
    if own.name == "binary64" or signature.is_wide:
        return None
    return own.accumulator if signature.accumulates and own.accumulator else own


def leading_to(result: Any) -> dict[int, Any]:
    """The numbers that a number was made of by operations, and itself, by their order; those that were given are not
    among them."""
    found: dict[int, Any] = {}
    waiting = [result]
    while waiting:
        number = waiting.pop()
        if isinstance(number, Told) and number.made and number.order not in found:
            found[number.order] = number
            waiting.extend(number.made[1])
    return dict(sorted(found.items()))


def _operations(result: Any) -> list[Operation]:
    """The operations that a number was made by, in order."""
    return [
        Operation(number.made[0], [(_name_of(operand), _met(operand, number)) for operand in number.made[1]],
                  float(number))
        for number in leading_to(result).values()
    ]


def _met(operand: Any, result: Told) -> float:
    """An operand as it was computed with: a wide number or a literal is rounded where it meets the format."""
    meets = result.form is not None and result.made is not None and result.made[0] in MEETING
    return float(result.form.number(float(operand)) if meets else operand)  # type: ignore[union-attr]


def _name_of(operand: Any) -> str:
    if isinstance(operand, Told):
        return operand.name
    return repr(operand)
