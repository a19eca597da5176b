"""Which file formats are there? Each reader says which paths it can read; all others are read as CSV files."""

from collections.abc import Callable
from typing import Any

FORMATS: list[tuple[Callable[[Any], bool], Callable]] = []
"""(recognizes a path, reads it) of each format, in the order of definition."""


def reads(recognizes: Callable[[Any], bool]) -> Callable[[Callable], Callable]:
    """Register a function from a path to a Dataset, for the paths that `recognizes` accepts."""

    def register(reader: Callable) -> Callable:
        FORMATS.append((recognizes, reader))
        return reader

    return register
