"""For which class does an output decide, and is that right? The one rule of `evaluate` and of the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional


def decided(k: Any, outputs: Any, threshold: float = 0.5) -> list[Optional[int]]:
    """The class that each row of a matrix (rows, units) decides for: its largest number, the first among equals.

    A single number decides for class 1 from the threshold up, else for 0. A row with NaN decides for none: None.
    """
    if k.shape(outputs)[1] == 1:
        return [None if o != o else int(o >= threshold) for (o,) in k.tolist(outputs)]
    best, largest = k.tolist(k.row_argmax(outputs)), k.tolist(k.row_maxima(outputs))
    return [int(column) if value == value else None for (column,), (value,) in zip(best, largest)]


def are_right(wanted: Sequence[Optional[int]], found: Sequence[Optional[int]]) -> list[bool]:
    """Whether each decision is the one wanted. One for no class is wrong, whatever is wanted."""
    return [d == w and d is not None for w, d in zip(wanted, found)]
