"""Which kernel calls of a step go through the rows of a weight matrix together, from its gradient to its change?

The gradient of many weights leaves the near caches before a penalty or the optimizer reads it again. So the product
that makes it, and what goes on with it row by row, form a group that C runs for some rows of the weights at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from refnet.kernels.native.blocks import BY_ITS_ROWS, BY_ROWS, Call, Group


class _Open:
    """A gradient, and the calls that use it row by row, while they are being collected."""

    def __init__(self, place: int, call: Call, block: int) -> None:
        self.calls, self.rows, self.block = [place], call.n, block
        self.read, self.written = call.read, call.written
        self.by_row = set(call.written)  # matrices whose rows all calls inside that use them take one by one

    def takes(self, call: Call) -> bool:
        """Whether a call that meets these may join them."""
        own = {each.address for each in call.matrices if each.rows == "m"}
        others = {each.address for each in call.matrices if each.rows != "m"}
        touched = self.read | self.written
        return (call.way == BY_ROWS and call.m == self.rows and call.written <= own and not others & self.written
                and own & touched <= self.by_row and not own & others)

    def add(self, place: int, call: Call) -> None:
        self.calls.append(place)
        self.read |= call.read
        self.written |= call.written
        self.by_row |= {each.address for each in call.matrices if each.rows == "m"}
        self.by_row -= {each.address for each in call.matrices if each.rows != "m"}


def with_updates(calls: list[Call], block_of: Callable[[Call], int]) -> list[Group]:
    """The calls of a step in an order with the same results: groups from a gradient on, of which `rows` are those of
    the weights, and between them, in groups that run for all rows at once, the other calls.

    block_of: how many rows to take at a time of the gradient that a call makes; 0: all, and no group begins with it.
    """
    groups: list[Group] = []
    others: list[int] = []
    reading: dict[int, list[_Open]] = {}  # by address, those that read it
    writing: dict[int, _Open] = {}
    is_open: dict[_Open, None] = {}  # in their order

    def close(those: Iterable[_Open]) -> None:
        nonlocal others
        for one in [*those]:
            del is_open[one]
            if len(one.calls) == 1:
                others += one.calls
                continue
            if others:
                groups.append(Group(others))
                others = []
            groups.append(Group(one.calls, one.rows, one.block, parts=1))

    def note(one: _Open, call: Call) -> None:
        for where in call.read:
            reading.setdefault(where, []).append(one)
        writing.update(dict.fromkeys(call.written, one))

    for place, call in enumerate(calls):
        before = [*(writing[where] for where in call.read | call.written if where in writing),
                  *(one for where in call.written for one in reading.get(where, ()))]
        met = [one for one in dict.fromkeys(before) if one in is_open]
        if len(met) == 1 and met[0].takes(call):
            met[0].add(place, call)
            note(met[0], call)
            continue
        close(met)
        block = block_of(call) if call.way == BY_ITS_ROWS else 0
        if block:
            one = _Open(place, call, block)
            is_open[one] = None
            note(one, call)
        else:
            others.append(place)
    close(is_open)
    if others:
        groups.append(Group(others))
    return groups
