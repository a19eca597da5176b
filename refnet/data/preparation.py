"""What happens to data before training? Splitting, one-hot targets, standardisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Union

from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import SPLIT_STREAM
from refnet.data.containers import ByteMatrix, Dataset

Rows = Union[Sequence[Sequence[float]], ByteMatrix]


def one_hot(labels: Sequence[Any], classes: int | Sequence[Any] | None = None) -> list[list[float]]:
    """Class indices as rows of (len(labels), classes): 1.0 at the label, 0.0 elsewhere.

    `classes` is the number of classes or their names; without it, the largest label + 1.
    ValueError for a label that is not a whole number from 0 to classes − 1.
    """
    n = classes if classes is None or isinstance(classes, int) else len(classes)
    if n is not None and n < 1:
        raise ValueError(f"classes={classes!r}: must be at least 1")
    indices = []
    for i, label in enumerate(labels):
        try:
            index = int(label)
        except (TypeError, ValueError, OverflowError):
            index = -1
        if index != label or index < 0:  # int("3") is not "3", int(2.5) not 2.5
            raise ValueError(f"labels[{i}] = {label!r}: must be a whole number, at least 0")
        if n is not None and index >= n:
            raise ValueError(f"labels[{i}] = {label!r}: allowed: 0 to {n - 1}")
        indices.append(index)
    if n is None:
        n = max(indices, default=0) + 1
    rows = []
    for index in indices:
        row = [0.0] * n
        row[index] = 1.0
        rows.append(row)
    return rows


def split(dataset: Dataset, *held_out: float, seed: int = 0, stratify: bool = False) -> tuple[Dataset, ...]:
    """Shuffle, then hold parts out of the training data; each number is the fraction of one part.

        train, test = split(data, 0.2, seed=1)
        train, validation, test = split(data, 0.2, 0.2, seed=1)

    The seed decides the order, on every platform the same. A part has ⌊fraction·n + ½⌋ examples, and the
    training part what remains. With stratify=True this holds within each class, so that all parts have the
    classes in the same proportions.

    ValueError for fractions that are not between 0 and 1 or leave nothing to train with, and for data (with
    stratify: a class) with too few examples to give each part one.
    """
    if not held_out:
        raise ValueError("split: give the fraction of at least one part to hold out, as in split(data, 0.2)")
    total = 0.0
    for fraction in held_out:
        if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0.0 < fraction < 1.0:
            raise ValueError(f"held_out={held_out!r}: {fraction!r} must be a fraction between 0 and 1")
        total += fraction
    if total >= 1.0:
        raise ValueError(f"held_out={held_out!r}: must add up to less than 1, to leave a training part")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"seed={seed!r}: must be a whole number")
    if stratify and (dataset.classes is None or not dataset.targets):
        raise ValueError("stratify=True: the data set has no classes")

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
                f"{name} has {len(group)} examples, too few: the training part would have {max(start, 0)}, "
                f"held_out={held_out!r} {', '.join(map(str, sizes))}"
            )
        # The training part is what comes before `start`, then the held-out parts in their order.
        for part, size in enumerate(sizes, 1):
            for i in group[start : start + size]:
                part_of[i] = part
            start += size
    return tuple(dataset.take([i for i in order if part_of[i] == part]) for part in range(len(held_out) + 1))


def column_statistics(rows: Rows) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each column: mean = Σx / n, std = √(Σ(x − mean)² / n).

    Two passes, each sum from 0.0 with the rows in order. A column of equal values gets std 1.0: it carries no
    information, and (x − mean)/0 would make it NaN.

    ValueError for no rows, rows of different widths, values that are not finite numbers, sums that overflow.
    """
    _check_rows(rows, "column_statistics")
    n = len(rows)
    first = next(iter(rows))
    sums = [0.0] * len(first)
    constant = [True] * len(first)
    for row in rows:
        for j, x in enumerate(row):
            sums[j] += x
            if x != first[j]:
                constant[j] = False
    means = [total / n for total in sums]

    squares = [0.0] * len(means)
    for row in rows:
        for j, x in enumerate(row):
            squares[j] += (x - means[j]) * (x - means[j])
    stds = [math.sqrt(total / n) for total in squares]

    for j, std in enumerate(stds):
        if std - std != 0.0:
            raise ValueError(f"column {j}: the values are too large, their sum or its squares overflow")
        # Equal values need not give exactly 0.0, as their mean is rounded; different ones may, by underflow.
        if constant[j] or std == 0.0:
            stds[j] = 1.0
    return means, stds


class Standardizer:
    """Standardisation (x − mean)/std, with the mean and std of each column of the training part alone.

        scale = Standardizer().fit(train.inputs)
        outputs = net.predict(scale.transform(test.inputs))

    `mean` and `std` are lists, one number a column, None before `fit`. A pair that was saved is given back
    as Standardizer(mean, std).
    """

    def __init__(self, mean: Sequence[float] | None = None, std: Sequence[float] | None = None) -> None:
        if (mean is None) != (std is None):
            raise ValueError("Standardizer: mean and std go together, one is missing")
        if mean is not None and std is not None:
            if len(mean) != len(std):
                raise ValueError(f"mean has {len(mean)} columns, std {len(std)}")
            _check_rows([mean], "mean")
            _check_rows([std], "std")
            for j, each in enumerate(std):
                if each <= 0.0:
                    raise ValueError(f"std[{j}] = {each!r}: must be greater than 0")
        self.mean = None if mean is None else list(mean)
        self.std = None if std is None else list(std)

    def fit(self, rows: Rows) -> Standardizer:
        """Take mean and std from these rows by `column_statistics`, with its errors. Returns itself."""
        self.mean, self.std = column_statistics(rows)
        return self

    def transform(self, rows: Rows) -> list[list[float]]:
        """(x − mean)/std of each row, as new rows of floats. NaN stays NaN.

        ValueError before `fit`, and for a row of another width.
        """
        if self.mean is None or self.std is None:
            raise ValueError("Standardizer: fit it to the training rows, then transform")
        width = len(self.mean)
        for i, row in enumerate(rows):
            if len(row) != width:
                raise ValueError(f"rows[{i}] has {len(row)} columns, the standardizer {width}")
        return [[(x - mean) / std for x, mean, std in zip(row, self.mean, self.std)] for row in rows]


def _check_rows(rows: Rows, name: str) -> None:
    """ValueError unless there is a row, all have one width, and every value is a finite number."""
    if len(rows) == 0:
        raise ValueError(f"{name}: there are no rows")
    if isinstance(rows, ByteMatrix):
        return
    width = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != width:
            raise ValueError(f"{name}: row {i} has {len(row)} columns, but row 0 has {width}")
        for j, x in enumerate(row):
            try:
                finite = x - x == 0.0
            except TypeError:
                raise ValueError(f"{name}: row {i}, column {j}: {x!r} is not a number") from None
            if not finite:
                raise ValueError(f"{name}: row {i}, column {j}: {x!r} is not finite")
