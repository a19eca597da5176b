"""Are these the right bits? Worked examples, kernels, one trained network, and the verdict of `refnet check`."""

from refnet.verify.canonical import (
    CANONICAL_HASH,
    CANONICAL_HASHES,
    Training,
    canonical_data,
    canonical_network,
    train_canonical,
)
from refnet.verify.examples import Example, worked_examples
from refnet.verify.kernels import (
    COMPARE_STREAM,
    Comparison,
    Draws,
    compare_kernels,
    first_difference,
    random_arguments,
    run,
    same_bits,
)
from refnet.verify.verdict import Findings, check, compared, failures, other_losses

__all__ = [
    "CANONICAL_HASH", "CANONICAL_HASHES", "COMPARE_STREAM", "Comparison", "Draws", "Example", "Findings", "Training",
    "canonical_data", "canonical_network", "check", "compare_kernels", "compared", "failures", "first_difference",
    "other_losses", "random_arguments", "run", "same_bits", "train_canonical", "worked_examples",
]
