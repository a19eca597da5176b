"""In which other orders is a sum computed? From behind, in pairs, in lanes of a vector unit, in blocks, exactly."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from refnet.trace.compared.ulps import nearest
from refnet.trace.compared.ways import Term, Way, ascending


def descending(way: Way, start: float, terms: list[Term]) -> float:
    return ascending(way, start, terms[::-1])


def from_the_first_term(way: Way, start: float, terms: list[Term]) -> float:
    return ascending(way, terms[0].value, terms[1:]) if start == 0.0 else ascending(way, start, terms)


def with_start(start: float, terms: list[Term]) -> list[Term]:
    """The start as the first term, where the terms are not added to it one by one."""
    return [Term(start, None), *terms] if start != 0.0 else terms


def in_pairs(way: Way, start: float, terms: list[Term]) -> float:
    """The sum of the first half and the sum of the second, and so on down."""
    terms = with_start(start, terms)

    def half(first: int, end: int) -> float:
        if end - first == 1:
            return terms[first].value
        middle = (first + end) // 2
        return way.plus(half(first, middle), half(middle, end))

    return half(0, len(terms))


def as_numpy(way: Way, start: float, terms: list[Term]) -> float:
    """NumPy's sum of a row: in halves down to 128 numbers, those in 8 partial sums."""
    terms = with_start(start, terms)

    def part(first: int, end: int) -> float:
        n = end - first
        if n > 128:
            half = n // 2 - n // 2 % 8
            return way.plus(part(first, first + half), part(first + half, end))
        return in_lanes(8, neighbours, False)(way, 0.0, terms[first:end])

    return part(0, len(terms))


def neighbours(way: Way, sums: list[float]) -> float:
    """((s0 + s1) + (s2 + s3)) + …"""
    while len(sums) > 1:
        sums = [way.plus(sums[i], sums[i + 1]) for i in range(0, len(sums), 2)]
    return sums[0]


def halves(way: Way, sums: list[float]) -> float:
    """The upper half of the lanes is added to the lower half, until one is left."""
    while len(sums) > 1:
        middle = len(sums) // 2
        sums = [way.plus(sums[i], sums[i + middle]) for i in range(middle)]
    return sums[0]


def one_by_one(way: Way, sums: list[float]) -> float:
    total = sums[0]
    for each in sums[1:]:
        total = way.plus(total, each)
    return total


def in_lanes(lanes: int, joined: Callable, is_padded: bool) -> Callable:
    """Partial sums of every `lanes`-th term. is_padded: the last terms go into lanes too, else they are added last."""

    def order(way: Way, start: float, terms: list[Term]) -> float:
        end = len(terms) if is_padded else len(terms) - len(terms) % lanes
        sums = [start] + [0.0] * (lanes - 1)
        for i, term in enumerate(terms[:end]):
            sums[i % lanes] = way.add(sums[i % lanes], term)
        return ascending(way, joined(way, sums), terms[end:])

    return order


def in_blocks(blocks: int) -> Callable:
    """As many threads: each the sum of its own block, then these one by one."""

    def order(way: Way, start: float, terms: list[Term]) -> float:
        terms = with_start(start, terms)
        size = -(-len(terms) // blocks)
        return one_by_one(way, [ascending(way, 0.0, terms[i : i + size]) for i in range(0, len(terms), size)])

    return order


def exactly(way: Way, start: float, terms: list[Term]) -> float:
    """One rounding at the end, as math.fsum, a compensated sum or a wide accumulator has it; fused: of the products."""
    if any(value - value != 0.0 for value in (start, *(term.value for term in terms))):
        return ascending(way, start, terms)
    total = Fraction(start)
    for term in terms:
        total += Fraction(term.factors[0]) * Fraction(term.factors[1]) if way.fused and term.factors \
            else Fraction(term.value)
    return way.rounded(nearest(total, way.form)) if total else ascending(way, start, terms)


def in_binary64(way: Way, start: float, terms: list[Term]) -> float:
    """As a dot product of a wide accumulator: products and sums in binary64, in order, and one rounding."""
    total = start
    for term in terms:
        total += term.factors[0] * term.factors[1] if term.factors else term.value
    return way.kept(total)


def accumulated_in(rounded: Callable) -> Callable:
    """Each partial sum is rounded to another format, not to the network's: that alone at the end. There a product is
    whole."""

    def order(way: Way, start: float, terms: list[Term]) -> float:
        own, way.form = way.form, None
        total = rounded(start)
        for term in terms:
            term = term._replace(value=term.factors[0] * term.factors[1]) if own and term.factors else term
            total = rounded(way.add(total, term))
        way.form = own
        return way.kept(total) if own else total

    return order
