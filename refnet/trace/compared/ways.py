"""How else can the same formula be computed? An expression, evaluated with other sums, roundings and functions.

An expression is the operations that made one number, as refnet.trace.element has them. A Way is a way to evaluate it;
without choices it gives refnet's own bits:

    order(way, start, terms)         a sum: how its terms are added to its start
    bias_last                        whether the start is added last
    fused                            whether a product is added in one rounding
    rounded(value)                   the number that takes the place of each operand and result
    wide                             whether a network of another format computes in binary64 and rounds at the end
    format(form, own)                the format that takes the place of an operation's; own: the network's
    narrowed(way, value)             how a result of the accumulator becomes one of the format
    quotient(way, a, b, factors)     a / b; factors (p, q) if a is the product p·q
    exp, log, tanh, sigmoid, …       functions of (way, value)
    kernels                          kernels that give another expression, by name
    written(value)                   what is done to the result, when all is computed
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, NamedTuple, Optional

from refnet.arithmetic import elementary
from refnet.arithmetic.formats import Format
from refnet.trace.compared.ulps import fma
from refnet.trace.element import Told, leading_to


class Term(NamedTuple):
    """A term of a sum, and its two factors if it is a product."""

    value: float
    factors: Optional[tuple[float, float]]


def ascending(way: Way, start: float, terms: list[Term]) -> float:
    for term in terms:
        start = way.add(start, term)
    return start


def unchanged(value: float) -> float:
    return value


def quotient(way: Way, a: float, b: float, factors: Optional[tuple[float, float]]) -> float:
    return way.divided(a, b)


def narrowed(way: Way, value: float) -> float:
    return way.kept(value)


def function(plain: Callable) -> Callable:
    """A function of numbers as a Way has it."""
    return lambda way, *values: way.kept(plain(*values))


def whole(name: str, formula: Callable) -> Callable:
    """A function that is a formula in binary64, and in other formats binary64's function rounded once."""
    return lambda way, z: way.kept(getattr(elementary, name)(z)) if way.form else formula(way, z)


def sigmoid(way: Way, z: float) -> float:
    return way.over(1.0, way.plus(1.0, way.exp(way, -z)))


def softplus(way: Way, z: float) -> float:
    return way.plus(z if z > 0.0 else 0.0, way.log1p(way, way.exp(way, -abs(z))))


REFNETS: dict[str, Any] = {
    "order": ascending, "bias_last": False, "fused": False, "rounded": unchanged, "written": unchanged,
    "quotient": quotient, "kernels": {}, "sigmoid": whole("sigmoid", sigmoid), "softplus": whole("softplus", softplus),
    "wide": False, "format": lambda form, own: form, "narrowed": narrowed,
    **{name: function(getattr(elementary, name)) for name in ("exp", "log", "expm1", "log1p", "tanh", "sqrt")},
}


class Way:
    """Ways to compute: refnet's, but for these choices.

    form  the number format of the operation that is computed at this moment; None: binary64
    """

    form: Optional[Format] = None
    order: Callable
    rounded: Callable
    quotient: Callable
    written: Callable
    exp: Callable
    log: Callable
    log1p: Callable
    tanh: Callable
    sigmoid: Callable
    bias_last: bool
    fused: bool
    wide: bool
    format: Callable
    narrowed: Callable
    kernels: dict[str, Callable]

    def __init__(self, **choices: Any) -> None:
        vars(self).update(REFNETS)
        vars(self).update(choices)

    def kept(self, value: float) -> float:
        """A result in the format of its operation."""
        return self.rounded(float(self.form.number(value)) if self.form else value)

    def plus(self, a: float, b: float) -> float:
        return self.rounded(float(self.form.number(a) + b) if self.form else a + b)

    def times(self, a: float, b: float) -> float:
        return self.rounded(float(self.form.number(a) * b) if self.form else a * b)

    def divided(self, a: float, b: float) -> float:
        return self.rounded(float(self.form.divide(a, b)) if self.form else elementary.divide(a, b))

    def over(self, a: float, b: float) -> float:
        return self.quotient(self, a, b, None)

    def add(self, total: float, term: Term) -> float:
        """The next partial sum."""
        if self.fused and term.factors:
            return self.rounded(fma(*term.factors, total, self.form))
        return self.plus(total, term.value)

    def total(self, start: Optional[Term], terms: list[Term]) -> float:
        """A sum; start: None for the constant 0.0."""
        if start is not None and self.bias_last:
            return self.add(self.order(self, 0.0, terms), start)
        return self.order(self, 0.0 if start is None else start.value, terms)


class Summed(NamedTuple):
    """A term of a sum by its place: whether it is subtracted, and the places of its factors if it is a product."""

    is_subtracted: bool
    place: int
    factors: Optional[tuple[int, int]]


class Expression:
    """The operations behind a number, to be evaluated in any Way.

    made     the number itself, as refnet.trace.element has it
    given    the numbers that it begins with
    steps    the operations in order: (sign, places of the operands, factors of a dividend, the format), or a whole sum
             as one, ("Σ", start, terms, the format)
    size     how many operations they are
    kernels  the kernels that they stand in
    """

    def __init__(self, result: Any, kernels: Collection[str] = ()) -> None:
        self.made, self.kernels = result, kernels
        self.given: list[float] = []
        self.steps: list[tuple[str, Any, Any, Optional[Format]]] = []
        self.form = getattr(result, "form", None)
        nodes = leading_to(result)
        operands = [operand for node in nodes.values() for operand in node.made[1]]
        uses = Counter(operand.order for operand in operands if isinstance(operand, Told))
        self.size = len(nodes)
        sums: dict[int, tuple[Any, list[tuple[bool, Any]]]] = {}
        inside: set[int] = set()
        for order in sorted(nodes, reverse=True):
            if _is_sum(nodes[order]) and order not in inside:
                sums[order] = _sum(nodes[order], uses, inside)
        places: dict[Any, int] = {}
        for operand in [result, *operands]:
            if not getattr(operand, "order", 0) and id(operand) not in places:
                places[id(operand)] = len(self.given)
                self.given.append(float(operand))

        def place(operand: Any) -> int:
            return places[getattr(operand, "order", 0) or id(operand)]

        def summed(is_subtracted: bool, operand: Any) -> Summed:
            sign, factors = (isinstance(operand, Told) and operand.made) or ("", ())
            both = (place(factors[0]), place(factors[1])) if sign == "·" else None
            return Summed(is_subtracted, place(operand), both)

        for order in sorted(set(nodes) - inside):
            sign, parts = nodes[order].made
            if order in sums:
                start, terms = sums[order]
                is_constant = not isinstance(start, Told) and start == 0.0
                self.steps.append(("Σ", None if is_constant else summed(False, start),
                                   [summed(*each) for each in terms], nodes[order].form))
            else:
                factors = summed(False, parts[0]).factors if sign == "/" else None
                self.steps.append((sign, [place(part) for part in parts], factors, nodes[order].form))
            places[order] = len(self.given) + len(self.steps) - 1
        self.result = place(result)

    def value(self, way: Way) -> float:
        """The number that this way of computing gives."""
        numbers = list(map(way.rounded, self.given))

        def term(each: Summed) -> Term:
            value, factors = numbers[each.place], None
            if each.factors:
                a, b = each.factors
                factors = -numbers[a] if each.is_subtracted else numbers[a], numbers[b]
            return Term(-value if each.is_subtracted else value, factors)

        for sign, operands, more, form in self.steps:
            way.form = None if way.wide or form is None else way.format(form, self.form)
            if sign == "Σ":
                value = way.total(operands and term(operands), list(map(term, more)))
            elif sign == "·":
                value = way.times(numbers[operands[0]], numbers[operands[1]])
            elif sign == "/":
                factors = more and (numbers[more[0]], numbers[more[1]])
                value = way.quotient(way, numbers[operands[0]], numbers[operands[1]], factors)
            elif sign == "−":
                value = way.kept(-numbers[operands[0]])
            elif sign == "rounded":
                value = way.narrowed(way, numbers[operands[0]])
            elif sign == "abs":
                value = abs(numbers[operands[0]])
            else:
                value = getattr(way, sign)(way, *(numbers[place] for place in operands))
            numbers.append(value)
        way.form = self.form
        return way.written(way.kept(numbers[self.result]) if way.wide else numbers[self.result])


def _sum(node: Told, uses: Counter[int], inside: set[int]) -> tuple[Any, list[tuple[bool, Any]]]:
    """The start and the terms, each (is it subtracted?, operand), of the sum that ends with this node."""
    terms = []
    while True:
        sign, (left, right) = node.made  # type: ignore[misc]
        terms.append((sign == "−", right))
        if not isinstance(left, Told) or not _is_sum(left) or uses[left.order] > 1:
            return left, terms[::-1]
        inside.add(left.order)
        node = left


def _is_sum(node: Told) -> bool:
    sign, operands = node.made or ("", ())
    return sign in ("+", "−") and len(operands) == 2
