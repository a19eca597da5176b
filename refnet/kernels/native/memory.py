"""Where do the results of a recorded step lie? In one block of memory, where the space of each is free again after its
last use, and in which a block of rows has room for its own rows only.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import NamedTuple, Optional

from refnet.kernels.native.blocks import BY_ROWS, Group, Operand

NEAR = 192 << 10
"""Bytes that the rows of a block may take: they and the weights stay in a second-level cache."""

LINE = 64
"""Bytes of a cache line: each result begins on one."""


class Lives(NamedTuple):
    """When a result is needed: from the first to the last of these places in the order of the calls; and the group
    that alone uses it, row by row, or None."""

    first: int
    last: int
    group: Optional[int]


def lives_of(groups: list[Group], matrices: list[list[Operand]], ways: list[int],
             results: set[int]) -> dict[int, Lives]:
    """The life of each of the results, by address.

    What several groups use, or what is summed up over the rows, must last for the whole of a group that is run block
    by block; what is used row by row in one group alone lasts as long as in a list of calls.
    """
    lives: dict[int, Lives] = {}
    users: dict[int, set[int]] = {}
    whole: set[int] = set()
    spans, start = [], 0
    for number, group in enumerate(groups):
        spans.append((start, start + len(group.calls) - 1))
        for place, call in enumerate(group.calls, start):
            for each in matrices[call]:
                if each.address not in results:
                    continue
                users.setdefault(each.address, set()).add(number)
                if not group.block or (each.is_written and ways[call] != BY_ROWS):
                    whole.add(each.address)
                first = lives[each.address].first if each.address in lives else place
                lives[each.address] = Lives(first, place, number)
        start += len(group.calls)
    for where, (first, last, _) in lives.items():
        if len(users[where]) > 1 or where in whole:
            for user in users[where]:
                if groups[user].block:
                    first, last = min(first, spans[user][0]), max(last, spans[user][1])
            lives[where] = Lives(first, last, None)
    return lives


def block_rows(rows: int, bytes_of_row: int) -> int:
    """How many of these rows to take at a time: near NEAR bytes, in equal parts, and multiples of 8."""
    most = max(48, NEAR // max(1, bytes_of_row))
    parts = -(-rows // most)
    return min(rows, -(-rows // parts // 8) * 8)


def placed(lives: dict[int, Lives], sizes: dict[int, int]) -> tuple[dict[int, int], int]:
    """The offset of each result, and the bytes that all take: results that live at the same time lie apart."""
    units = {where: -(-sizes[where] // LINE) for where in lives}
    offsets: dict[int, int] = {}
    holes: list[tuple[int, int]] = []  # (size, offset), the smallest first
    total = 0
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for where, (first, last, _) in lives.items():
        begins.setdefault(first, []).append(where)
        ends.setdefault(last, []).append(where)
    for place in sorted({*begins, *ends}):
        for where in begins.get(place, ()):
            found = bisect_left(holes, (units[where], 0))
            size, offsets[where] = holes.pop(found) if found < len(holes) else (units[where], total)
            total = max(total, offsets[where] + units[where])
            if size > units[where]:
                insort(holes, (size - units[where], offsets[where] + units[where]))
        for where in ends.get(place, ()):
            insort(holes, (units[where], offsets[where]))
    return {where: LINE * offset for where, offset in offsets.items()}, LINE * total
