"""What happens to data before training? Splitting, one-hot targets, standardisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Union

from refnet import checks
from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import SPLIT_STREAM
from refnet.data import door
from refnet.data.containers import ByteMatrix, Dataset

Rows = Union[Sequence[Sequence[float]], ByteMatrix]


def one_hot(labels: Sequence[Any], classes: int | Sequence[Any] | None = None) -> list[list[float]]:
    """Class indices as rows (len(labels), classes): 1.0 at the label, 0.0 elsewhere.

    classes  the number of classes or their names; default: the largest label + 1

    Raises ValueError if a label is not a whole number from 0 to classes − 1.
    """
    n = classes if classes is None or isinstance(classes, int) else len(classes)
    if n is not None:
        checks.count("classes", n)
    indices = []
    for i, label in enumerate(door.as_list("labels", labels)):
        try:
            index = int(label)
        except (TypeError, ValueError, OverflowError):
            index = -1
        if index != label or index < 0 or (n is not None and index >= n):  # int("3") != "3", int(2.5) != 2.5
            allowed = "whole numbers >= 0" if n is None else f"0 to {n - 1}"
            raise ValueError(f"labels[{i}]: {checks.shown(label)}; allowed: {allowed}")
        indices.append(index)
    units = max(indices, default=0) + 1 if n is None else n
    try:
        rows = [[0.0] * units for _ in indices]
    except (MemoryError, OverflowError):
        size = f"{len(indices)} × {checks.shown(units)}"
        raise MemoryError(f"labels: not enough memory for {size} numbers, one for each class in a row") from None
    for row, index in zip(rows, indices):
        row[index] = 1.0
    return rows


def split(dataset: Dataset, *held_out: float, seed: int = 0, stratify: bool = False) -> tuple[Dataset, ...]:
    """Shuffle, then hold parts out of the training data; each number is the fraction of one part.

        train, test = split(data, 0.2, seed=1)
        train, validation, test = split(data, 0.2, 0.2, seed=1)

    The seed decides the order, the same on every platform. A part has ⌊fraction·n + ½⌋ examples, the training part the
    rest. With stratify=True this holds within each class, so that all parts have the classes in the same proportions.

    Raises TypeError if it is not a Dataset (split(Dataset(inputs, targets), 0.2)); TypeError or ValueError for a seed
    that is not a whole number and fractions that are not between 0 and 1; ValueError if the fractions add up to 1 or
    more, or if some part would be empty (with stratify: of some class).
    """
    if not isinstance(dataset, Dataset):
        kind = type(dataset).__name__
        raise TypeError(f"dataset: a {kind}; expected a Dataset: split(Dataset(inputs, targets), 0.2)")
    if not held_out:
        raise ValueError("held_out: nothing; allowed: the fractions of one part or more, as in split(data, 0.2)")
    total = 0.0
    for i, fraction in enumerate(held_out):
        total += checks.number(f"held_out[{i}]", fraction, above=0, below=1)
    if total >= 1.0:
        raise ValueError(f"held_out: {checks.shown(held_out)}; allowed: fractions that add up to less than 1")
    seed = checks.count("seed", seed, least=None)
    if stratify and (dataset.classes is None or not dataset.targets):
        raise ValueError("stratify: True, but the data set has no classes")

    order = permutation(stream_key(seed, SPLIT_STREAM), len(dataset))
    groups = {"the data set": order}
    if stratify and dataset.classes is not None:
        members: list[list[int]] = [[] for _ in dataset.classes]
        for i in order:
            members[dataset.targets[i]].append(i)
        groups = {f"class {name!r}": group for name, group in zip(dataset.classes, members) if group}

    part_of = [0] * len(dataset)
    for name, group in groups.items():
        sizes = [math.floor(fraction * len(group) + 0.5) for fraction in held_out]
        start = len(group)
        for size in sizes:
            start -= size
        if start < 1 or 0 in sizes:
            raise ValueError(
                f"{name} has {checks.counted(len(group), 'example')}, too few: the training part would have "
                f"{max(start, 0)}, the parts held_out={checks.shown(held_out)} {', '.join(map(str, sizes))}"
            )
        # The training part ends before `start`; the held-out parts follow in their order.
        for part, size in enumerate(sizes, 1):
            for i in group[start : start + size]:
                part_of[i] = part
            start += size
    return tuple(dataset.take([i for i in order if part_of[i] == part]) for part in range(len(held_out) + 1))


def column_statistics(rows: Rows) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each column: mean = Σx / n, std = √(Σ(x − mean)² / n).

    Two passes; each sum starts from 0.0 and takes the rows in order. A column of equal values gets std 1.0, as
    (x − mean)/0 would make it NaN.

    Raises TypeError if a value is not a number; ValueError if there are no rows, their lengths differ, a value is not
    finite or a sum overflows.
    """
    table = door.rows("rows", rows, finite=True).tolist()
    n = len(table)
    first = table[0]
    sums = [0.0] * len(first)
    constant = [True] * len(first)
    for row in table:
        for j, x in enumerate(row):
            sums[j] += x
            if x != first[j]:
                constant[j] = False
    means = [total / n for total in sums]

    squares = [0.0] * len(means)
    for row in table:
        for j, x in enumerate(row):
            squares[j] += (x - means[j]) * (x - means[j])
    stds = [math.sqrt(total / n) for total in squares]

    for j, std in enumerate(stds):
        if std - std != 0.0:
            raise ValueError(f"rows: column {j}: the values are too large: their sum or their squares overflow")
        # Equal values may give a std above 0.0, as their mean is rounded; different values may give 0.0, by underflow.
        if constant[j] or std == 0.0:
            stds[j] = 1.0
    return means, stds


class Standardizer:
    """Standardisation (x − mean)/std, with the mean and std of each column of the training part.

        scale = Standardizer().fit(train.inputs)
        outputs = net.predict(scale.transform(test.inputs))

    `mean` and `std` are lists with a number for each column, None before `fit`. Standardizer(mean, std) takes a pair
    that was saved. Raises TypeError or ValueError unless both are as long, finite, and every std > 0.
    """

    def __init__(self, mean: Sequence[float] | None = None, std: Sequence[float] | None = None) -> None:
        if (mean is None) != (std is None):
            raise ValueError(f"mean, std: {checks.shown(mean)}, {checks.shown(std)}; allowed: both or neither")
        self.mean: Any = None
        self.std: Any = None
        if mean is not None:
            (self.mean,), (self.std,) = door.rows("mean", [mean]).tolist(), door.rows("std", [std], len(mean)).tolist()
            for j in range(len(mean)):
                checks.number(f"mean[{j}]", self.mean[j])
                checks.number(f"std[{j}]", self.std[j], above=0)

    def fit(self, rows: Rows) -> Standardizer:
        """Measure mean and std of these rows with `column_statistics`, which raises the errors. Returns itself."""
        self.mean, self.std = column_statistics(rows)
        return self

    def transform(self, rows: Rows) -> Any:
        """(x − mean)/std of each row, as new rows: an array for an array. NaN stays NaN.

        Raises ValueError before `fit`, and if a row has another length; TypeError if a value is not a number.
        """
        if self.mean is None:
            raise ValueError("Standardizer: fit it to the training rows first")
        table = door.rows("rows", rows, len(self.mean)).tolist() if len(rows) else []
        standardized = [[(x - mean) / std for x, mean, std in zip(row, self.mean, self.std)] for row in table]
        return door.like(rows, list, standardized) if table else table
