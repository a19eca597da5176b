"""In which order does a recorded step run, block by block or not, and where does each result lie?

A plan for C, made of addresses and sizes alone.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from refnet.kernels.native import memory
from refnet.kernels.native.blocks import BY_ROWS, Call, Group, grouped
from refnet.kernels.native.memory import lives_of, placed, spans_of
from refnet.kernels.native.updates import with_updates


class Layout(NamedTuple):
    """groups   the calls in the order in which they run
    offsets     of results, by address, in one block of memory of `size` bytes
    row_bytes   of those results that have memory for a block of rows only
    """

    groups: list[Group]
    offsets: dict[int, int]
    row_bytes: dict[int, int]
    size: int


def groups_of(calls: list[Call], batch: int, rows: int, sizes: dict[int, int], threads: int) -> list[Group]:
    """The calls in groups. batch: address of the minibatch's row numbers; rows: how many; sizes: bytes of each result;
    threads: at most so many share the work."""
    if rows > memory.LEAST_ROWS:
        return [_by_minibatch(group, calls, sizes, threads) for group in grouped(calls, batch, rows)]
    groups = with_updates(calls, lambda call: _block_of_gradient(call, sizes))
    return [_by_weights(group, threads) if group.block else group for group in groups]


def _by_weights(group: Group, threads: int) -> Group:
    """The group with a block for each thread at least, if there are as many rows."""
    block = min(group.block, -(-group.rows // threads))
    return group._replace(block=block, parts=min(threads, -(-group.rows // block)))


def _by_minibatch(group: Group, calls: list[Call], sizes: dict[int, int], threads: int) -> Group:
    """The group with the number of rows to take at a time; none if that is all of them."""
    if not group.rows:
        return group
    tall = {each.address for place in group.calls for each in calls[place].matrices if each.rows == "m"}
    *_, size = accumulate([sizes.get(where, 0) for where in tall], initial=0)
    block = memory.block_rows(group.rows, size // group.rows, threads)
    return group._replace(block=block) if block < group.rows else Group(group.calls)


def _block_of_gradient(call: Call, sizes: dict[int, int]) -> int:
    """How many rows to take at a time of the gradient that this call makes; 0: all."""
    (gradient,) = call.written
    return memory.block_of_weights(call.n, sizes[gradient] // call.n) if gradient in sizes else 0


def laid_out(groups: list[Group], calls: list[Call], sizes: dict[int, int], kept: set[int]) -> Layout:
    """The layout of these groups. sizes: bytes of each result; kept: those that the user may read after the step, which
    have a place in it only if one group alone uses them row by row."""
    lives = lives_of(groups, calls, sizes)
    lives = {where: life for where, life in lives.items() if life.group is not None or where not in kept}
    row_bytes, needed = {}, {}
    for where, life in lives.items():
        needed[where] = sizes[where]
        if life.group is not None:
            group = groups[life.group]
            row_bytes[where] = sizes[where] // group.rows
            needed[where] = row_bytes[where] * group.block * max(1, group.parts)
    offsets, size = placed(lives, needed, spans_of(groups))
    return Layout(groups, offsets, row_bytes, size)


def packs(group: Group, call: Call) -> bool:
    """Whether a product in this group has its right-hand matrix packed once for all blocks."""
    return group.block > 0 and (call.way == BY_ROWS or group.parts > 0)
