"""What is a unit? A number that knows how it was made, so that the chain rule finds its derivatives.

    x, y = Unit(3.0, "x"), Unit(2.0)
    f = (x + y) * x
    f.backward()
    x.gradient                      # ∂f/∂x = (x + y) + x = 8.0

The units u_i of lecture 000, "Feedforward networks"; the operators are after A. Karpathy's micrograd, 2020.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import fabs, floor
from typing import Any, NamedTuple

from refnet import checks
from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import divide


class Operation(NamedTuple):
    """How a number is made of others.

    sign      "+", "·", "sigmoid"
    forward   (values of the operands) → the value
    backward  (d, the value, values of the operands) → for each operand d times the derivative, d = ∂L/∂value
    """

    sign: str
    forward: Callable[..., Any]
    backward: Callable[..., Sequence[Any]]


def _operator(sign: str, forward: Callable, backward: Callable) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The methods of an operator of Python: with a unit on its left, and with a number there."""
    operation = Operation(sign, forward, backward)

    def run(a: Any, b: Any) -> Any:
        return apply(operation, a, b) if _is_operand(b) else NotImplemented

    def run_reversed(b: Any, a: Any) -> Any:
        return apply(operation, a, b) if _is_operand(a) else NotImplemented

    return run, run_reversed


class Unit:
    """A number of the graph: a leaf, or made of other units by + − · / ** abs and the functions of refnet.graph.

    value      a float; a new one may be assigned to a leaf, and `forward` computes the others anew
    gradient   ∂L/∂u, L being the unit whose `backward` was the last to reach this one; None before
    name       "w1"; one may be assigned at any time
    operation  what it was made by; None for a leaf
    operands   the units it was made of
    number     units are numbered as they are made: operands have lower numbers

    A number beside a unit, as in 2.0 * x, becomes a leaf. Units are compared as objects: == does not look at values.
    """

    __slots__ = ("value", "gradient", "name", "operation", "operands", "number", "_arrived")
    _arrived: list[Any]  # during backward: what its consumers have sent
    __array_ufunc__ = None  # an array of NumPy beside a unit is an error, not an array of units

    def __init__(self, value: float, name: str = "") -> None:
        """A leaf. Raises TypeError if the value is no number, ValueError for a whole number beyond binary64; NaN and
        infinity are allowed."""
        self.value: Any = value if type(value) is float else _as_float("value", value)
        self._set(name, None, ())

    def _set(self, name: str, operation: Any, operands: tuple[Unit, ...]) -> None:
        self.name, self.operation, self.operands = name, operation, operands
        self.gradient: Any = None
        self.number = next(_numbers)

    # --- the two passes ---

    def units(self) -> list[Unit]:
        """All units that this one depends on, and itself as the last, each after its operands: as they were made."""
        found, waiting = {self.number: self}, [self]
        while waiting:
            for operand in waiting.pop().operands:
                if operand.number not in found:
                    found[operand.number] = operand
                    waiting.append(operand)
        return [found[number] for number in sorted(found)]

    def forward(self) -> float:
        """Compute the value anew from the leaves' present values; returns it."""
        for unit in self.units():
            if unit.operands:
                unit.value = unit.operation.forward(*[operand.value for operand in unit.operands])
        return self.value

    def backward(self, gradient: float = 1.0) -> None:
        """Give each unit u of `units()` its gradient ∂L/∂u, where L is this unit, and `gradient` is what arrives at it.

        Each unit is visited once, after all that were made of it, and sends each operand d times the derivative. An
        operand's gradient is what its first consumer sends plus what the others send, in the order in which they were
        made. Gradients are those of the last backward: they replace those of an earlier one, and do not pile up.

        Raises TypeError if the gradient is no number, ValueError if an operation of your own does not return a number
        for each operand.
        """
        arriving = _as_float("gradient", gradient)
        order = self.units()
        for unit in order:
            unit._arrived = []
        self._arrived.append(arriving)
        for unit in reversed(order):
            d = unit.gradient = unit._gathered()
            if unit.operands:
                sent = unit.operation.backward(d, unit.value, *[operand.value for operand in unit.operands])
                if len(sent) != len(unit.operands):
                    raise ValueError(f"{unit.operation.sign}: backward returned {checks.counted(len(sent), 'number')} "
                                     f"for {checks.counted(len(unit.operands), 'operand')}")
                for operand, part in zip(reversed(unit.operands), reversed(sent)):
                    operand._arrived.append(part)

    def _gathered(self) -> Any:
        """The sum of what has arrived. The last consumer was the first to send."""
        arrived = self._arrived
        total = arrived.pop()
        while arrived:
            total += arrived.pop()
        return total

    # --- expressions ---

    __add__, __radd__ = _operator("+", lambda a, b: a + b, lambda d, o, a, b: (d, d))
    __sub__, __rsub__ = _operator("−", lambda a, b: a - b, lambda d, o, a, b: (d, -d))
    __mul__, __rmul__ = _operator("·", lambda a, b: a * b, lambda d, o, a, b: (d * b, d * a))
    __truediv__, __rtruediv__ = _operator("/", divide, lambda d, o, a, b: (divide(d, b), divide(-(d * o), b)))

    def __neg__(self) -> Unit:
        return apply(NEGATIVE, self)

    def __abs__(self) -> Unit:
        return apply(ABSOLUTE, self)

    def __pow__(self, exponent: float) -> Unit:
        """xᵖ for a constant p; whole numbers p of at most 1,000 in size."""
        p = checks.number("exponent", exponent)
        if p == floor(p) and fabs(p) > MOST_FACTORS:
            raise ValueError(f"exponent: {checks.shown(exponent)}; allowed: whole numbers from -{MOST_FACTORS} to "
                             f"{MOST_FACTORS}, and others")
        return apply(Operation(f"^{p:g}", lambda x: power(x, p), lambda d, o, x: (d * power_slope(x, p),)), self)

    # --- copies, and how it is printed: without recursion, as a graph may be as deep as it likes ---

    def __deepcopy__(self, memo: dict[int, Any]) -> Unit:
        for unit in self.units():
            if id(unit) not in memo:
                memo[id(unit)] = unit._copy(tuple(memo[id(operand)] for operand in unit.operands))
        return memo[id(self)]

    def __copy__(self) -> Unit:
        return self._copy(self.operands)

    def _copy(self, operands: tuple[Unit, ...]) -> Unit:
        twin = type(self).__new__(type(self))
        twin.value = self.value
        twin._set(self.name, self.operation, operands)
        twin.gradient = self.gradient
        return twin

    def __reduce__(self) -> Any:
        raise TypeError("a Unit cannot be pickled; copy.deepcopy copies a graph, and numbers can be kept by name")

    @property
    def label(self) -> str:
        """Its name, or u and its number."""
        return self.name or f"u{self.number}"

    def __repr__(self) -> str:
        """<f = u2 · x = 15.0, gradient 1.0>"""
        gradient = "" if self.gradient is None else f", gradient {self.gradient!r}"
        return f"<{self.label}{self._formula()} = {self.value!r}{gradient}>"

    def _formula(self) -> str:
        if self.operation is None:
            return ""
        sign, names = self.operation.sign, [operand.label for operand in self.operands[:SHOWN]]
        if len(names) == 2 and not sign.isalpha():
            return f" = {names[0]} {sign} {names[1]}"
        if sign[0] in "^[":
            return f" = {names[0]}{sign}"
        more = ", …" if len(self.operands) > SHOWN else ""
        return f" = {sign}({', '.join(names)}{more})" if sign.isalpha() else f" = {sign}{names[0]}"


SHOWN = 7  # operands that are printed
MOST_FACTORS = 1000
_numbers = itertools.count(1)


def _is_operand(value: Any) -> bool:
    return isinstance(value, Unit) or checks.as_number(value) is not None


def unit(value: Any) -> Unit:
    """A unit as it is, a number as a new leaf. Raises TypeError."""
    return value if isinstance(value, Unit) else Unit(value)


def apply(operation: Any, *operands: Any, kind: type[Unit] = Unit) -> Unit:
    """A new unit, made of units and numbers by an operation; `Operation(…)` may be one of your own.

    Raises TypeError if an operand is neither a unit nor a number.
    """
    made = kind.__new__(kind)
    units = tuple([operand if isinstance(operand, Unit) else Unit(operand) for operand in operands])
    made.value = operation.forward(*[operand.value for operand in units])
    made._set("", operation, units)
    return made


def _as_float(name: str, value: Any) -> float:
    number = checks.as_number(value)
    if number is None:
        raise TypeError(f"{name}: {checks.shown(value)} is a {type(value).__name__}; allowed: numbers")
    try:
        return float(number)
    except OverflowError:
        raise ValueError(f"{name}: {checks.shown(value)}; allowed: numbers of binary64") from None


def power(x: float, p: float) -> float:
    """xᵖ. For whole p it is 1·x·x·…, p factors from the left, and 1 divided by that for p < 0; else e^(p·log x)."""
    if p != floor(p):
        return elementary.exp(p * elementary.log(x))
    product = 1.0
    for _ in range(int(fabs(p))):
        product *= x
    return divide(1.0, product) if p < 0.0 else product


def power_slope(x: float, p: float) -> float:
    """p·xᵖ⁻¹"""
    return p * power(x, p - 1.0) if p != 0.0 else 0.0


def sign(x: float) -> float:
    """1 or −1; 0 for 0, and NaN stays NaN."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


NEGATIVE = Operation("−", lambda a: -a, lambda d, o, a: (-d,))
ABSOLUTE = Operation("abs", abs, lambda d, o, a: (d * sign(a),))
