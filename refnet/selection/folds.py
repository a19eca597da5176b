"""Which examples train, which validate, from which seed? Folds, values to try and seeds, the same on every machine."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from refnet import checks
from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import FOLD_STREAM, SEED_STREAM, SIZE_STREAM


def k_folds(examples: int, folds: int, seed: int = 0) -> list[list[int]]:
    """The numbers 0 … examples − 1 in `folds` parts; each number is in one of them, each part in ascending order.

    They are put in a random order and dealt out like cards: the parts' sizes differ by one at most.
    """
    examples = checks.count("examples", examples)
    if checks.count("folds", folds, least=2) > examples:
        raise ValueError(f"folds: {folds}; allowed: whole numbers from 2 to {examples}, the number of examples")
    return _dealt(_order(examples, seed), folds)


def stratified_folds(labels: Sequence[Hashable], folds: int, seed: int = 0) -> list[list[int]]:
    """k_folds where the numbers of each class in the parts, too, differ by one at most. labels: one an example.

    The random order is sorted by class before it is dealt out. ValueError for a class with fewer than `folds` examples.
    """
    checks.count("folds", folds, least=2)
    members: dict[Hashable, list[int]] = {label: [] for label in labels}
    for i in _order(checks.count("examples", len(labels)), seed):
        members[labels[i]].append(i)
    for label, group in members.items():
        if len(group) < folds:
            raise ValueError(f"stratified folds: class {label!r} has {len(group)} examples; each of the {folds} folds "
                             "needs one (are the targets classes?)")
    return _dealt([i for group in members.values() for i in group], folds)


def _order(examples: int, seed: int) -> list[int]:
    return permutation(stream_key(checks.count("seed", seed, least=None), FOLD_STREAM), examples)


def _dealt(order: list[int], folds: int) -> list[list[int]]:
    return [sorted(order[fold::folds]) for fold in range(folds)]


def doubling(first: float, last: float) -> list[float]:
    """first, 2·first, 4·first, … up to `last`: the λ to try are 0.01, 0.02, 0.04, … (lecture 001).

    A doubling rounds nothing. The slide ends at 10; what doubling comes to is 10.24: doubling(0.01, 10.24).
    """
    value = checks.number("first", first, above=0)
    last = checks.number("last", last, least=value)
    values = []
    while value <= last:
        values.append(value)
        value = 2.0 * value
    return values


def seeds(times: int, seed: int = 0) -> list[int]:
    """As many seeds as asked for, made of one, which is the first: a single fit is the one that a plain fit would be.

    The others are its streams' keys, without their lowest 11 bits: numbers that are exact in a double too, which
    is all that some languages read from a file.
    """
    seed = checks.count("seed", seed, least=None)
    return [seed, *(stream_key(seed, SEED_STREAM + i) >> 11 for i in range(1, checks.count("times", times)))]


def shuffled(rows: list[int], seed: int) -> list[int]:
    """These rows in the order in which a learning curve adds them."""
    return [rows[i] for i in permutation(stream_key(seed, SIZE_STREAM), len(rows))]
