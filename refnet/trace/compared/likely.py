"""Which of the usual causes gives somebody else's bits? Each is tried, then two and three together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from refnet.trace.calls import Numbers
from refnet.trace.compared.causes import ways
from refnet.trace.compared.origins import TooLong
from refnet.trace.compared.ulps import same
from refnet.trace.compared.ways import Expression, Way
from refnet.trace.element import KERNELS

FEWEST, MOST = 24, 1_000  # of the numbers that differ, and of those that do not, a cause is tried on so many:
WORK = 20_000  # on more than the fewest only while their operations are not more than these
TOGETHER = 2_000  # operations behind a number, up to which causes are also tried together


class Likely(NamedTuple):
    """The causes that give another's bits of a matrix.

    names      each cause, or several that meet: "fused multiply-add, bias added last"; empty if none gives all bits
    differing  on how many numbers that differ they were tried
    equal      and on how many that do not
    unknown    why there is no cause, where it is not that none gives the bits
    """

    names: list[str]
    differing: int
    equal: int
    unknown: str = ""


def places_of(ours: Numbers, theirs: Numbers) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(row, unit) of the numbers that differ, and of those that do not."""
    differing: list[tuple[int, int]] = []
    equal: list[tuple[int, int]] = []
    for i in range(ours.rows):
        for j in range(ours.columns):
            (equal if same(ours.at(i, j), theirs.at(i, j)) else differing).append((i, j))
    return differing, equal


def likely(opener: Callable[[dict[str, Callable]], Callable[[int, int], Expression]], ours: Numbers,
           theirs: Numbers) -> Likely:
    """The causes of the differences of a matrix.

    opener: for kernels by name, the function (row, unit) → the expression of a number of the matrix, made by them
    """
    differing, equal = places_of(ours, theirs)
    openers: dict[int, Callable[[int, int], Expression]] = {}
    expressions: dict[tuple[int, int, int], Expression] = {}
    left_out: list[Any] = []  # ways

    def value(way: Any, row: int, unit: int) -> float:
        key = id(way.kernels), row, unit
        if key not in expressions:
            if key[0] not in openers:
                openers[key[0]] = opener({**KERNELS, **way.kernels})
            expressions[key] = openers[key[0]](row, unit)
        return expressions[key].value(way)

    def gives_theirs(way: Any, places: list[tuple[int, int]]) -> bool:
        try:
            return all(same(value(way, *place), theirs.at(*place)) for place in places)
        except TooLong:  # of this cause's kernels, which may go back through all steps
            left_out.append(way)
            return False

    try:
        value(Way(), *differing[0])
        ((_, expression),) = expressions.items()
        operations = 1 + expression.size
        most = max(FEWEST, min(MOST, WORK // operations))
        differing, equal = differing[:most], equal[:most]
        for size in (1, 2, 3) if operations <= TOGETHER else (1,):
            found = [group for group, way in ways(expression.kernels, size)
                     if gives_theirs(way, differing + equal)]
            if found:
                names = dict.fromkeys(", ".join(cause.name for cause in group) for group in found)
                return Likely(list(names), len(differing), len(equal))
    except TooLong:
        return Likely([], 0, 0, "not looked for, as too many operations lead here from what both have")
    unknown = "none found, though not all were tried, as too many operations lead here" if left_out else ""
    return Likely([], len(differing), len(equal), unknown)
