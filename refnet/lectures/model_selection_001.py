"""How to choose λ, and learning curves: bias and variance: lecture file 001_64b240ec3fb16f33.txt.

Golden entry 20. The slide's λ are 0.01, 0.02, 0.04, …, 10; doubling leads to 10.24, which 10 is rounded from.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet import selection
from refnet.arithmetic import elementary, random
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("001_64b240ec3fb16f33.txt", {20: "How to choose λ?; Learning curves"})

# The experiment: y = sin 3x with noise. An error is ½(h − y)²; that of the noise alone is half its variance.
NOISE = 0.4
NOISE_ERROR = 0.5 * NOISE * NOISE
POWERS, FEW, MANY = 7, 8, 48  # h = θ0 + θ1x + … + θ7x⁷ goes through 8 points; so it learns their noise
SETTINGS = {"loss": rn.HalfSquaredError(), "optimizer": rn.Momentum(0.3, mu=0.95), "epochs": 100, "batch_size": MANY,
            "executor": "serial"}


def examples(m: int, seed: int) -> tuple[list[list[float]], list[float]]:
    """m points from −1 to 1, with the rows x, x², …, x⁷."""
    rows, targets = [], []
    for i in range(m):
        x = 2.0 * (i + 0.5) / m - 1.0
        row = [x]
        while len(row) < POWERS:
            row.append(row[-1] * x)
        rows.append(row)
        targets.append(elementary.sin(3.0 * x) + NOISE * random.normal(seed, i))
    return rows, targets


def choice_of_lambda(backend: Any) -> Iterator[Result]:
    """20. "How to choose λ?": for each λ minimise J, then take the λ with the smallest error on the validation set."""
    grid = selection.doubling(0.01, 10.24)
    for i, digits in enumerate(("0.01", "0.02", "0.04"), 1):
        yield lecture.prints(20, f"λ {i}", digits, grid[i - 1])
    yield lecture.follows(20, "λ 11", "0.01·2¹⁰", "10.24", grid[-1])
    yield lecture.prints(20, "λ 11, on the slide", "10", grid[-1])

    def polynomial(lam: float, seed: int) -> rn.Network:
        return _linear(POWERS, lam / FEW, backend)

    x, y = examples(FEW, seed=5)
    found = selection.grid(polynomial, {"lam": grid}, x, y, validation=examples(40, seed=105), **SETTINGS)
    errors = [(line.training["loss"], line.validation["loss"]) for line in found.table]
    best = min(validation for _, validation in errors)
    chosen = found.best.validation["loss"] if found.best else float("nan")
    yield lecture.equals(20, "J_cv of the chosen λ − smallest J_cv", 0, chosen - best)
    yield lecture.is_less(20, "J_cv of the chosen λ, not the first", chosen, "λ = 0.01", errors[0][1])
    yield lecture.is_less(20, "J_cv of the chosen λ, not the last", chosen, "λ = 10.24", errors[-1][1])

    # "How is bias and variance effected by regularization?"
    lowered = len([1 for (before, _), (after, _) in zip(errors, errors[1:]) if after < before])
    yield lecture.equals(20, "doublings of λ that make J_train smaller", 0, float(lowered))
    little, much = (selection.bias_or_variance(*each, desired=0.0) for each in (errors[0], errors[-1]))
    yield lecture.is_more(20, "λ = 0.01: J_cv − J_train, variance", little.variance, "J_train, bias", little.bias)
    yield lecture.is_more(20, "λ = 10.24: J_train, bias", much.bias, "J_cv − J_train, variance", much.variance)


def learning_curves(backend: Any) -> Iterator[Result]:
    """20. "Learning curves": J_train(m) and J_validation(m) over the number m of training examples.

    Bias: the two errors are close together and high, and more examples do not help. Variance: there is a gap between
    them, and more examples close it.
    """
    (x, y), (xv, yv) = examples(MANY, seed=5), examples(40, seed=105)

    def curve(powers: int) -> list[tuple[float, float]]:
        first = [row[:powers] for row in x]
        lines = selection.learning_curve(lambda seed: _linear(powers, 0.0, backend), [FEW, MANY], first, y,
                                         validation=([row[:powers] for row in xv], yv), **SETTINGS)
        return [(line.training["loss"], line.validation["loss"]) for line in lines]

    _, (training, validation) = curve(1)
    gap = abs(validation - training)
    yield lecture.is_more(20, f"straight line: J_train, m = {MANY}", training, "noise alone", NOISE_ERROR)
    yield lecture.is_less(20, f"straight line: |J_validation − J_train|, m = {MANY}", gap, "its bias",
                          training - NOISE_ERROR)

    (few, few_validation), (many, many_validation) = curve(POWERS)
    yield lecture.is_more(20, f"θ0 … θ7: J_validation − J_train, m = {FEW}", few_validation - few, "J_train", few)
    yield lecture.is_less(20, f"θ0 … θ7: J_validation − J_train, m = {MANY}", abs(many_validation - many),
                          f"m = {FEW}", few_validation - few)
    yield lecture.is_more(20, f"θ0 … θ7: J_train, m = {MANY}", many, f"m = {FEW}", few)
    yield lecture.is_less(20, f"θ0 … θ7: J_validation, m = {MANY}", many_validation, f"m = {FEW}", few_validation)
    yield lecture.is_less(20, f"J_validation of θ0 … θ7, m = {MANY}", many_validation, "the line's", validation)


def _linear(powers: int, lam: float, backend: Any) -> rn.Network:
    """h = θ0 + θ1x + θ2x² + …, from θ = 0, with the penalty ½ lam Σ θ_j²."""
    penalty = rn.L2(lam, half=True)
    return rn.Network([rn.Input(powers), rn.Dense(1, weights=rn.Zeros(), penalty=penalty)], backend)


WORKED_EXAMPLES = (choice_of_lambda, learning_curves)
