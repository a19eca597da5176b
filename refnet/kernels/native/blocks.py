"""Which kernel calls of a step go through the rows of a minibatch together, block by block?

A tall minibatch leaves the caches: each kernel would write all rows to memory before the next one reads them. So calls
that go row by row, and those that add up rows, form a group, and C runs the group for one block of rows after another.
A call that needs all rows at once (a mean that is subtracted from them) ends a group.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from refnet.kernels.seam import SEAM

BY_ROWS, ADDS_ROWS, BY_ITS_ROWS = 1, 2, 3
"""What refnet_kernel_rows says of a kernel; 0: it needs all rows at once; BY_ITS_ROWS: it adds up rows, and the rows of
its result can be computed one by one."""


class Operand(NamedTuple):
    """A matrix of a kernel call: where it is, and its shape in letters of the signature."""

    address: int
    rows: str
    columns: str
    is_read: bool
    is_written: bool


class Call(NamedTuple):
    """A kernel call: its matrices, what it does with rows, and its sizes m and n."""

    matrices: list[Operand]
    way: int
    m: int
    n: int

    @property
    def read(self) -> set[int]:
        return {each.address for each in self.matrices if each.is_read}

    @property
    def written(self) -> set[int]:
        return {each.address for each in self.matrices if each.is_written}


class Group(NamedTuple):
    """Calls by their places in the recording. rows: of the minibatch or of weights, 0 if each runs for all rows at
    once; block: at most so many rows at a time; parts: of weights, there is memory for so many blocks; else 0."""

    calls: list[int]
    rows: int = 0
    block: int = 0
    parts: int = 0

    def goes_by_row(self, call: Call, operand: Operand) -> bool:
        """Whether this operand of a call inside is used block by block."""
        if self.parts:
            return operand.is_written if call.way == BY_ITS_ROWS else operand.rows == "m"
        return self.block > 0 and (call.way == BY_ROWS or not operand.is_written)


def operands(name: str, addresses: tuple[int, ...]) -> list[Operand]:
    """The matrices of a call of this kernel, which lie at these addresses (0: left out)."""
    return [Operand(where, *shape) for where, shape in zip(addresses, _shapes(name)) if where]


@cache
def _shapes(name: str) -> list[tuple[str, str, bool, bool]]:
    """The fields of Operand but the address, of each matrix of a kernel."""
    signature = SEAM[name]
    kinds = [each for each in signature.arguments if each.kind in ("matrix", "bytes", "floats")]
    result = [(*signature.result, False, True)] if signature.result else []
    return [*((each.rows, each.columns, True, each.updated) for each in kinds), *result]


class _Open:
    """A group that is being collected, and the calls that must run before and after it."""

    def __init__(self) -> None:
        self.before: list[int] = []
        self.by_row: list[int] = []
        self.sums: list[int] = []  # over rows: they run after those by row, so that threads meet twice a block
        self.after: list[int] = []
        self.read: set[int] = set()  # by the calls inside
        self.written: set[int] = set()
        self.summed: set[int] = set()  # complete only after the last block
        self.read_after: set[int] = set()
        self.written_after: set[int] = set()

    def takes(self, read: set[int]) -> bool:
        """Whether a call that writes to new memory only may join the calls inside."""
        return not read & (self.summed | self.written_after)

    def can_precede(self, read: set[int], written: set[int]) -> bool:
        """Whether a call may run before all calls inside and after."""
        return not (
            (read | written) & (self.written | self.written_after) or written & (self.read | self.read_after)
        )


def grouped(calls: list[Call], batch: int, rows: int) -> list[Group]:
    """The calls of a step in an order with the same results: groups that go through the rows together, and between
    them, in groups that do not, the other calls.

    batch: the address of the minibatch's row numbers; rows: how many they are.
    """
    groups: list[Group] = []
    of_rows = {batch}  # matrices that have a row for each of the minibatch
    now = _Open()

    def close() -> None:
        nonlocal now
        for some, block in ((now.before, 0), (now.by_row + now.sums, rows), (now.after, 0)):
            if some:
                groups.append(Group(some, block, block))
        now = _Open()

    for place, call in enumerate(calls):
        matrices, read, written = call.matrices, call.read, call.written
        way = call.way if call.m == rows else 0
        letters = {each.columns if each.address == batch else each.rows for each in matrices if each.address in of_rows}
        makes_rows = all(each.rows == "m" and not each.is_read for each in matrices if each.is_written)
        adds = bool(way & ADDS_ROWS)
        if letters == {"m"} and (adds or (way == BY_ROWS and makes_rows)):
            if not now.takes(read):
                close()
            (now.sums if adds else now.by_row).append(place)
            now.read |= read
            now.written |= written
            now.summed |= written if adds else set()
        elif now.can_precede(read, written):
            now.before.append(place)
        else:
            now.after.append(place)
            now.read_after |= read
            now.written_after |= written
        if letters == {"m"}:
            of_rows |= {each.address for each in matrices if each.is_written and each.rows == "m"}
    close()
    return groups
