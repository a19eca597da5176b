"""What do the lectures say, and what does refnet compute? Worked examples and demonstrations, in modules by topic.

A module reads like its slides: the network, forward, the error back, the update, each number beside the printed one.
If a lecture prints only a formula, the number is computed from it ("formula = digits"). If it says something without a
number, a small experiment shows it, and the statement is a comparison of its numbers: see refnet.lectures.agreement.
A module's name ends with the number of its lecture's file.
"""

from typing import Any, Optional

from refnet import checks
from refnet.lectures import (
    activations_001,
    backpropagation_000,
    backpropagation_002,
    batch_normalization_002,
    computational_graph_003,
    debugging_002,
    deep_networks_004,
    dropout_002,
    gradient_descent_000,
    hill_climbing_003,
    in_passing_000,
    integrate_and_fire_000,
    jacobians_002,
    mnist_000,
    model_selection_001,
    modules_002,
    multilayer_networks_003,
    optimizers_001,
    optimizers_002,
    regression_001,
    regularisation_000,
    representation_000,
    representation_004,
    representational_power_002,
    training_001,
    training_004,
    vanishing_gradients_000,
)
from refnet.lectures.agreement import Result, Step

__all__ = ["STEPS", "Result", "Step", "heading", "results"]

LECTURES = (
    backpropagation_000, vanishing_gradients_000, gradient_descent_000, regularisation_000, integrate_and_fire_000,
    representation_000, mnist_000, in_passing_000,
    training_001, optimizers_001, model_selection_001, activations_001, regression_001,
    backpropagation_002, modules_002, optimizers_002, batch_normalization_002, dropout_002, jacobians_002,
    representational_power_002, debugging_002,
    multilayer_networks_003, computational_graph_003, hill_climbing_003,
    deep_networks_004, representation_004, training_004,
)

# Worked training steps by the lecture's number: functions that make one on a backend.
STEPS = {"002": backpropagation_002.step_to_explain, "003": multilayer_networks_003.step_to_explain}

TITLES = {
    "000_85791a8fc5735753.txt": "Deep FeedForward Neural Networks",
    "001_64b240ec3fb16f33.txt": "Training Deep Neural Networks",
    "002_f454bcaa3b381492.txt": "Neural Networks, lecture 2",
    "003_c85a712d8489c438.txt": "Neural Networks: multi-layer networks and the backpropagation model",
    "004_fb3d458fd167ea13.txt": "Introduction to Deep Neural Networks",
}


def heading(source: str, entry: int) -> tuple[str, str]:
    """Where a worked example stands: the lecture's title and the slide's, or the slides' if it has several."""
    slides = [each.lecture.slides.get(entry) for each in LECTURES if each.lecture.source == source]
    return TITLES[source], "; ".join(filter(None, slides))


def last_entry() -> int:
    """The number of the last worked example."""
    return max(number for each in LECTURES for number in each.lecture.slides)


def results(backend: Any = "python", entry: Optional[int] = None) -> list[Result]:
    """Every number of every example in the order of the entries, computed on a backend ("python", "c" or itself).

    entry   only this one's numbers; ValueError if there is no such entry, TypeError if it is no whole number
    """
    if entry is not None:
        checks.count("entry", entry, most=last_entry())
    chosen = [each for each in LECTURES if entry is None or entry in each.lecture.slides]
    found = [result for each in chosen for example in each.WORKED_EXAMPLES for result in example(backend)]
    return sorted([each for each in found if entry in (None, each.entry)], key=lambda result: result.entry)
