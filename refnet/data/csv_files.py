"""What is in this CSV file? Rows of numbers, each with a label, checked cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from refnet.data.containers import Dataset
from refnet.data.encoding import Preparation
from refnet.data.streams import Path
from refnet.data.table_files import read_table
from refnet.data.tables import not_a_number


def read_csv(path: Path, label: int | str | None = -1, header: bool | str = "auto",
             classes: Sequence[Any] | None = None, regression: bool = False, delimiter: str = "auto",
             allow_nonfinite: bool = False, missing: str = "refuse",
             drop: Sequence[int | str] | None = None, decimal: str = "auto",
             missing_values: Iterable[str] = ()) -> Dataset:
    """Read a table of numbers, one example on each line, with one label column.

    `read_table` has the forms of the file and the other options.

    allow_nonfinite  accept cells such as nan and inf; a missing value is NaN then
    missing          what to do about a missing value: "refuse" it, "drop" the row, or fill the gap with the "mean" or
                     "median" of the column in this file. To measure them in the training part alone, and for columns
                     of words: read_table and Preparation
    drop             columns to leave out, by name or number; None: none, with a warning of those that look like row
                     numbers

    Returns a Dataset. Raises what read_table raises; ValueError if a cell is missing, not a number or not finite.
    """
    data = read_table(path, label, header, classes, regression, delimiter, missing, allow_nonfinite, decimal,
                      missing_values)
    table, preparation = data.inputs, Preparation(missing, drop, allow_nonfinite=allow_nonfinite)
    dropped = {table.place(each, "drop") for each in drop or ()}
    for column in range(table.width):
        if table.has_words(column) and column not in dropped:
            raise ValueError(not_a_number(table, column) + " (read_table takes columns of words)")
    return preparation.fit(data).transform(data)
