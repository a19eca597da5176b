"""Bias or variance, and what to do? (lecture 001)"""

from __future__ import annotations

from typing import NamedTuple

from refnet import checks

REMEDIES = {
    "bias": (
        "more hidden units or layers",
        "less regularisation: a smaller λ, less dropout",
        "longer training, another rate or optimizer, random restarts",
    ),
    "variance": (
        "more examples, or noise added to those there are",
        "more regularisation: a larger λ, dropout, early stopping",
        "fewer hidden units or layers",
        "validation examples of the same distribution as the training examples, if they are of another",
    ),
}


class Diagnosis(NamedTuple):
    """verdict: "bias", "variance", "bias and variance" or "neither"; print it for a sentence or two."""

    verdict: str
    bias: float
    variance: float
    remedies: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{self.verdict}: training error − desired = {self.bias:.4g}, "
                 f"validation error − training error = {self.variance:.4g}"]
        return "\n".join([*lines, *(f"  try {remedy}" for remedy in self.remedies)])


def bias_or_variance(training_error: float, validation_error: float, desired: float = 0.0,
                     tolerance: float = 0.05) -> Diagnosis:
    """Bias is the training error above the desired one, variance the validation error above the training error.

    Either is high when it is above `tolerance`. The slide's training error of 1 % and test error of 10 % are
    variance: it grew by 9 %. Both errors high and close together are bias.

    desired   the error to be had at best: a person's, or that of the noise in the targets
    The errors: 1 − accuracy, say; a loss wants a tolerance of its own.
    """
    training_error = checks.number("training_error", training_error, least=0)
    validation_error = checks.number("validation_error", validation_error, least=0)
    desired = checks.number("desired", desired, least=0)
    tolerance = checks.number("tolerance", tolerance, least=0)
    gaps = {"bias": training_error - desired, "variance": validation_error - training_error}
    high = [name for name, gap in gaps.items() if gap > tolerance]
    remedies = tuple(remedy for name in high for remedy in REMEDIES[name])
    return Diagnosis(" and ".join(high) or "neither", gaps["bias"], gaps["variance"], remedies)
