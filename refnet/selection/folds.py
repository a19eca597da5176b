"""Which examples train, which validate, from which seed? Folds, values to try and seeds, the same on every machine."""

from collections.abc import Hashable, Sequence

from refnet import checks
from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import FOLD_STREAM, SEED_STREAM, SIZE_STREAM
from refnet.data import door


def k_folds(examples: int, folds: int, seed: int = 0) -> list[list[int]]:
    """The row numbers 0 … examples − 1, split into `folds` lists; each list is in ascending order.

    The rows are put in random order and dealt out like cards, so the sizes of the folds differ by at most 1.
    Raises TypeError or ValueError if an argument is not a whole number, folds < 2 or folds > examples.
    """
    examples = checks.count("examples", examples)
    if checks.count("folds", folds, least=2) > examples:
        raise ValueError(f"folds: {folds}; allowed: whole numbers from 2 to {examples}, the number of examples")
    return stratified_folds([0] * examples, folds, seed)


def stratified_folds(labels: Sequence[Hashable], folds: int, seed: int = 0) -> list[list[int]]:
    """As k_folds, and the number of examples of each class, too, differs by at most 1. labels: one for each example.

    The random order is sorted by class before it is dealt out.
    Raises ValueError if a class has fewer than `folds` examples.
    """
    checks.count("folds", folds, least=2)
    labels = door.as_list("labels", labels)
    key = stream_key(checks.count("seed", seed, least=None), FOLD_STREAM)
    members: dict[Hashable, list[int]] = {label: [] for label in labels}
    for i in permutation(key, checks.count("examples", len(labels))):
        members[labels[i]].append(i)
    for label, group in members.items():
        if len(group) < folds:
            found = checks.counted(len(group), "example")
            raise ValueError(f"stratified folds: class {checks.shown(label)} has {found}; allowed: at least {folds}, "
                             "one for each fold (are the targets classes?)")
    order = [i for group in members.values() for i in group]
    return [sorted(order[fold::folds]) for fold in range(folds)]


def doubling(first: float, last: float) -> list[float]:
    """first, 2·first, 4·first, … up to `last`, such as the values of λ in lecture 001: 0.01, 0.02, 0.04, …

    Doubling is exact. The slide's last value is 10; exact doubling leads to 10.24: doubling(0.01, 10.24).
    """
    values = [checks.number("first", first, above=0)]
    last = checks.number("last", last, least=values[0])
    while 2.0 * values[-1] <= last:
        values.append(2.0 * values[-1])
    return values


def seeds(times: int, seed: int = 0) -> list[int]:
    """`times` seeds derived from one, which is the first of them: the first fit is then the same as without restarts.

    The others are keys of its random streams without their lowest 11 bits: whole numbers below 2⁵³, which a double
    holds exactly. Some languages read no other numbers from a file.
    """
    seed = checks.count("seed", seed, least=None)
    return [seed, *(stream_key(seed, SEED_STREAM + i) >> 11 for i in range(1, checks.count("times", times)))]


def shuffled(rows: list[int], seed: int) -> list[int]:
    """These rows in the order in which a learning curve adds them."""
    return [rows[i] for i in permutation(stream_key(seed, SIZE_STREAM), len(rows))]
