"""How likely is each class? The net inputs of a row as shares of 1, or as logarithms of them."""

import math
from typing import Any

from refnet.checks import Number, Settings
from refnet.layers.base import Layer


class Softmax(Layer):
    """o_j = e^(βz_j) / Σ_k e^(βz_k), ∂o_i/∂z_j = β o_i ((i = j) − o_j).

    Lecture 002, "Softmax module", prints the energy form e^(−βx): use a negative β for it.
    """

    settings = Settings(beta=Number())

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z, self.o = x, self.k.softmax(x, self.beta)
        return self.o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.softmax_backward(self.o, d, self.beta)


class LogSoftmax(Layer):
    """o_j = ln(e^(βz_j) / Σ_k e^(βz_k)), ∂o_i/∂z_j = β((i = j) − e^(o_j)).

    For NegativeLogLikelihood; the two together are Softmax and CrossEntropy, split at another point.
    Computed as (t − m) − ln Σ e^(t−m) with t = βz and m = max t, so that no logit is too large.
    """

    smallest, largest = -math.inf, 0.0

    settings = Settings(beta=Number())

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, x: Any, training: bool = False) -> Any:
        self.o = self.k.log_softmax(x, self.beta)
        return self.o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.log_softmax_backward(self.o, d, self.beta)
