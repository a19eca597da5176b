"""What do the lectures print, and what does refnet compute? The worked examples, a module for each lecture's file.

A module reads like its slides: the network, forward, the error back, the update, each number beside the printed one.
If a lecture prints only a formula, the number is computed from it ("formula = digits"): see refnet.lectures.agreement.
"""

from __future__ import annotations

from typing import Any

from refnet.lectures import (
    backpropagation_002,
    deep_networks_004,
    gradient_descent_000,
    multilayer_networks_003,
    training_001,
)
from refnet.lectures.agreement import Result

__all__ = ["Result", "results"]

# In the order of the entries, not of the files.
LECTURES = (multilayer_networks_003, backpropagation_002, deep_networks_004, training_001, gradient_descent_000)


def results(backend: Any = "python") -> list[Result]:
    """Every number of every worked example, computed on one backend ("python", "c" or a backend itself)."""
    return [result for lecture in LECTURES for example in lecture.WORKED_EXAMPLES for result in example(backend)]
