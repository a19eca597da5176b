"""What stands in a cell of the tables of `refnet bench`? A time, a ratio, a share, or – where there is none."""

from collections.abc import Sequence
from typing import Any, Callable, Optional

from refnet.cli.screen import columns, table
from refnet.plots import digits, duration, in_order

NONE = duration(None)


def times(value: Optional[float]) -> str:
    return NONE if value is None else f"{digits(value)}×"


def percent(share: Optional[float]) -> str:
    return NONE if share is None else f"{100 * share:.0f} %"


def giga(value: Optional[float]) -> str:
    return NONE if value is None else digits(value / 1e9)


def micro(seconds: Optional[float]) -> str:
    return NONE if seconds is None else digits(seconds * 1e6)


def names_of(records: Sequence[dict[str, Any]]) -> list[str]:
    """The contestants of these records, in order."""
    return in_order(name for each in records for name in each["times"])


def seconds_of(record: dict[str, Any], name: str) -> Optional[float]:
    return record["times"].get(name, {}).get("seconds")


def time_of(record: dict[str, Any], name: str) -> str:
    return duration(seconds_of(record, name))


def ratio_of(record: dict[str, Any], name: str) -> str:
    return times(record["times"].get(name, {}).get("ratio"))


def fits(lines: Sequence[str]) -> bool:
    return max(map(len, lines)) <= columns(elsewhere=1000)


def in_parts(parts: Sequence[Any], table_of: Callable[[Sequence[Any]], list[str]]) -> list[str]:
    """The table of these parts; where it does not fit the terminal several of them, one below the other."""
    lines: list[str] = []
    while parts:
        across = len(parts)
        while across > 1 and not fits(table_of(parts[:across])):
            across -= 1
        lines += [""] * bool(lines) + table_of(parts[:across])
        parts = parts[across:]
    return lines


def thinned(count: int, table_of: Callable[[Sequence[int]], list[str]]) -> list[str]:
    """The table of so many places; where it does not fit the terminal, of every second one, the last among them."""
    kept: Sequence[int] = range(count)
    while len(kept) > 2 and not fits(table_of(kept)):
        kept = kept[::-1][::2][::-1]
    return table_of(kept)


def stacked(first: Sequence[str], *stacks: Sequence[str]) -> list[str]:
    """A table of these columns; where it does not fit the terminal several of them, each with the first column."""
    return in_parts(stacks, lambda some: table(list(zip(first, *some)), "l" + "r" * len(some)))
