"""What do the lectures print, and what does refnet compute? The worked examples, a module for each lecture's file.

A module reads like its slides: the network, forward, the error back, the update, each number beside the printed one.
If a lecture prints only a formula, the number is computed from it ("formula = digits"): see refnet.lectures.agreement.
"""

from typing import Any

from refnet.lectures import (
    backpropagation_002,
    deep_networks_004,
    gradient_descent_000,
    multilayer_networks_003,
    training_001,
)
from refnet.lectures.agreement import Result, Step

__all__ = ["STEPS", "Result", "Step", "heading", "results"]

# In the order of the entries, not of the files.
LECTURES = (multilayer_networks_003, backpropagation_002, deep_networks_004, training_001, gradient_descent_000)

# Worked training steps by the lecture's number: functions that make one on a backend.
STEPS = {"002": backpropagation_002.step_to_explain, "003": multilayer_networks_003.step_to_explain}

# By the file that holds a lecture's text: its title, and its slides with the examples of these numbers.
HEADINGS = {
    "000_85791a8fc5735753.txt": ("Deep FeedForward Neural Networks", {25: "Mini-Batch Gradient Descent"}),
    "001_64b240ec3fb16f33.txt": ("Training Deep Neural Networks", {17: "Learning Rate Decay", 18: "Gradient Checking"}),
    "002_f454bcaa3b381492.txt": ("Neural Networks, lecture 2", {
        7: "Back propagation example", 8: "Toy Code: Neural Net Trainer in MATLAB"}),
    "003_c85a712d8489c438.txt": ("Neural Networks: multi-layer networks and the backpropagation model", {
        1: "Feeding data through the NN with the Sigmoid Activation function",
        2: "Example of loss computation: 1 output node", 4: "A simple neuron with sigmoid activation",
        5: "In class exercise", 6: "Example: forwarding pass, back-propagate the error"}),
    "004_fb3d458fd167ea13.txt": ("Introduction to Deep Neural Networks", {
        12: "AND function", 13: "NOT function", 14: "XNOR = NOT XOR", 15: "Cost function for neural networks",
        16: "Backpropagation Steps; Initialization of θ"}),
}


def heading(source: str, entry: int) -> tuple[str, str]:
    """Where a worked example stands: the lecture's title and the slide's."""
    title, slides = HEADINGS[source]
    return title, slides[entry]


def results(backend: Any = "python") -> list[Result]:
    """Every number of every worked example, computed on one backend ("python", "c" or a backend itself)."""
    return [result for lecture in LECTURES for example in lecture.WORKED_EXAMPLES for result in example(backend)]
