"""Bias or variance, and what to do? (lecture 001)"""

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
        "validation examples from the same distribution as the training examples",
    ),
}


class Diagnosis(NamedTuple):
    """verdict is "bias", "variance", "bias and variance" or "neither"; print() adds what to try."""

    verdict: str
    bias: float
    variance: float
    remedies: tuple[str, ...]

    def __str__(self) -> str:
        gaps = (f"{self.verdict}: training error − desired = {self.bias:.4g}, "
                f"validation error − training error = {self.variance:.4g}")
        return "\n  try ".join([gaps, *self.remedies])


def bias_or_variance(training_error: float, validation_error: float, desired: float = 0.0,
                     tolerance: float = 0.05) -> Diagnosis:
    """Bias is training_error − desired, variance is validation_error − training_error; each is high above `tolerance`.

    The lecture's example, a training error of 1 % and a test error of 10 %, is variance: a gap of 9 %. Two high
    errors close together are bias.

    desired   the lowest error that can be reached: a person's, or the error that noise in the targets causes
    The default tolerance suits errors such as 1 − accuracy; for a loss choose another.
    Raises TypeError or ValueError if an argument is not a finite number >= 0.
    """
    training_error = checks.number("training_error", training_error, least=0)
    validation_error = checks.number("validation_error", validation_error, least=0)
    desired = checks.number("desired", desired, least=0)
    tolerance = checks.number("tolerance", tolerance, least=0)
    gaps = {"bias": training_error - desired, "variance": validation_error - training_error}
    high = [name for name, gap in gaps.items() if gap > tolerance]
    remedies = tuple(remedy for name in high for remedy in REMEDIES[name])
    return Diagnosis(" and ".join(high) or "neither", gaps["bias"], gaps["variance"], remedies)
