"""Which file formats are there? Each reader says which paths are its own; a CSV file is what nobody claims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FORMATS: list[tuple[Callable[[Any], bool], Callable]] = []
"""(recognizes a path, reads it) of each format, in the order of definition."""


def reads(recognizes: Callable[[Any], bool]) -> Callable[[Callable], Callable]:
    """Register a function that makes a Dataset of a path, for the paths that `recognizes` says are of its format."""

    def register(reader: Callable) -> Callable:
        FORMATS.append((recognizes, reader))
        return reader

    return register
