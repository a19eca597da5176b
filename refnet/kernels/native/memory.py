"""Where do the results of a recorded step lie? In one block of memory, where the space of each is free again after its
last use, and in which a block of rows has room for its own rows only.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container
from itertools import accumulate
from typing import Any, NamedTuple, Optional

from refnet.kernels.native.blocks import Call, Group

NEAR = 256 << 10
"""Bytes that the rows of a block may take at least: they stay in a second-level cache."""

LEAST_ROWS = 256
"""Rows of a block at least, however wide they are: the sums over rows are read and written once a block."""

ROWS_OF_THREAD = 128
"""The same for each thread that shares a block."""

NEAR_GRADIENT = 128 << 10
"""Bytes of a block of a gradient: it stays near until the weights are changed by it."""

LEAST_GRADIENT = 256 << 10
"""Bytes of a gradient that is made block by block: a smaller one stays in a second-level cache as it is."""

LINE = 64
"""Bytes of a cache line: each result begins on one."""


class Life(NamedTuple):
    """When a result is needed: from the first to the last of these places in the order of the calls; and the group
    that alone uses it, row by row, or None."""

    first: int
    last: int
    group: Optional[int]


def spans_of(groups: list[Group]) -> list[tuple[int, int]]:
    """The places of each group's first and last call in the order of the calls."""
    ends = list(accumulate(len(group.calls) for group in groups))
    return [(end - len(group.calls), end - 1) for group, end in zip(groups, ends)]


def lives_of(groups: list[Group], calls: list[Call], results: Container[int]) -> dict[int, Life]:
    """The life of each of the results, by address.

    What several groups use, or what is summed up over the rows, must last for the whole of a group that is run block
    by block; what is used row by row in one group alone lasts as long as in a list of calls.
    """
    lives: dict[int, Life] = {}
    users: dict[int, set[int]] = {}
    whole: set[int] = set()
    spans = spans_of(groups)
    for number, group in enumerate(groups):
        for place, call in enumerate(group.calls, spans[number][0]):
            for each in calls[call].matrices:
                if each.address not in results:
                    continue
                users.setdefault(each.address, set()).add(number)
                if not group.goes_by_row(calls[call], each):
                    whole.add(each.address)
                first = lives[each.address].first if each.address in lives else place
                lives[each.address] = Life(first, place, number)
    for where, (first, last, _) in lives.items():
        if len(users[where]) > 1 or where in whole:
            for user in users[where]:
                if groups[user].block:
                    first, last = min(first, spans[user][0]), max(last, spans[user][1])
            lives[where] = Life(first, last, None)
    return lives


def block_rows(rows: int, bytes_of_row: int, threads: int) -> int:
    """How many rows of a minibatch to take at a time: equal parts, in multiples of 8."""
    most = max(LEAST_ROWS, ROWS_OF_THREAD * threads, NEAR // max(1, bytes_of_row))
    parts = -(-rows // most)
    return min(rows, -(-rows // parts // 8) * 8)


def block_of_weights(rows: int, bytes_of_row: int) -> int:
    """How many rows of weights to take at a time, in whole tiles of a product; 0: all, as they are few or long."""
    most = NEAR_GRADIENT // bytes_of_row
    if rows * bytes_of_row < LEAST_GRADIENT or most < 4:
        return 0
    tiles = 12 if most >= 12 else 4
    return most // tiles * tiles


def placed(lives: dict[int, Life], sizes: dict[int, int], spans: list[tuple[int, int]]) -> tuple[dict[int, int], int]:
    """The offset of each result, and the bytes that all take: results that are needed at the same time lie apart.

    Threads that share a block are at different calls, each in rows of its own. So the memory of a result is used again
    within the block only for rows of the same length, which then lie where those before them lay.
    """
    places: dict[Any, tuple[int, int]] = {}  # of results, and of what several results of a group use one by one
    shared: dict[int, Any] = {}
    free: dict[Any, list[tuple[int, int]]] = {}  # by group and size: (place since when it is free, number)
    for where, (first, last, group) in sorted(lives.items(), key=lambda one: one[1].first):
        if group is None:
            places[where] = first, last
            continue
        kind = group, sizes[where]
        own = free.setdefault(kind, [])
        number = next((number for until, number in own if until < first), len(own))
        own[number : number + 1] = [(last, number)]
        shared[where] = *kind, number
        places[shared[where]] = spans[group]
    bytes_of = {name: sizes[name] if isinstance(name, int) else name[1] for name in places}
    offsets, total = _apart(places, {name: -(-size // LINE) for name, size in bytes_of.items()})
    return {where: LINE * offsets[shared.get(where, where)] for where in lives}, LINE * total


def _apart(places: dict[Any, tuple[int, int]], units: dict[Any, int]) -> tuple[dict[Any, int], int]:
    """The offset of each thing that takes so many units from a first to a last place, and how many all take."""
    offsets: dict[Any, int] = {}
    holes: list[tuple[int, int]] = []  # (size, offset), the smallest first
    total = 0
    begins: dict[int, list[Any]] = {}
    ends: dict[int, list[Any]] = {}
    for name, (first, last) in places.items():
        begins.setdefault(first, []).append(name)
        ends.setdefault(last, []).append(name)
    for place in sorted({*begins, *ends}):
        for name in begins.get(place, ()):
            found = bisect_left(holes, (units[name], 0))
            size, offsets[name] = holes.pop(found) if found < len(holes) else (units[name], total)
            total = max(total, offsets[name] + units[name])
            if size > units[name]:
                insort(holes, (size - units[name], offsets[name] + units[name]))
        for name in ends.get(place, ()):
            insort(holes, (units[name], offsets[name]))
    return offsets, total
