"""Which columns of a table say which row it is? They are noticed before a network learns them by heart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from refnet.data.tables import Table

FEW = 10
"""A column of so few rows may count them by accident."""


def identifiers(table: Table) -> dict[int, str]:
    """Columns that say which row it is rather than anything about it, by number, with what shows it.

    A network learns them by heart on sorted data: 93 % there, 33 % on new data. Row numbers count from 0 or 1; a column
    whose whole numbers all differ is an identifier by its name (Id, PassengerId, no, index, …), or as the
    first of a table without names.
    """
    found: dict[int, str] = {}
    n = len(table)
    for j in range(table.width):
        if n < FEW or table.has_words(j) or not _all_differ(table.cells(j, 0, FEW)) or not _all_differ(table.cells(j)):
            continue
        cells = table.cells(j)
        first = min(cells)
        if first in (0.0, 1.0) and max(cells) - first == n - 1:
            found[j] = "counts the rows"
        elif is_identifier(table.columns[j]) if table.columns else j == 0 and max(cells) - first > 2.0 * n:
            found[j] = "an identifier: whole numbers that all differ"
    return found


def _all_differ(cells: Sequence[float]) -> bool:
    """Whether these are different whole numbers."""
    return len(set(cells)) == len(cells) and all(map(math.isfinite, cells)) and all(map(float.is_integer, cells))


def is_identifier(name: str) -> bool:
    """Whether a column is called Id, PassengerId, patient_id, no, number, row, index or nothing, or Unnamed: 0."""
    word = name.strip().lower()
    return (word in ("", "id", "no", "no.", "nr", "number", "row", "index", "unnamed: 0", "uuid", "key")
            or word.endswith(("_id", " id", "-id")) or name.endswith(("Id", "ID")))
