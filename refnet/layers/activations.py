"""What does a unit do with its net input? The activation functions, each a layer without weights."""

from __future__ import annotations

from typing import Any

from refnet import checks
from refnet.layers.base import Layer


class Sigmoid(Layer):
    """o = 1 / (1 + e⁻ᶻ), do/dz = o(1 − o) (lectures 001–004)."""

    smallest, largest = 0.0, 1.0

    def forward(self, x: Any, training: bool = False) -> Any:
        o = self.k.sigmoid(x)
        self.z, self.o = x, o
        return o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.sigmoid_backward(self.o, d)


class Tanh(Layer):
    """o = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ), do/dz = 1 − o² (lectures 001, 002, 004)."""

    smallest, largest = -1.0, 1.0

    def forward(self, x: Any, training: bool = False) -> Any:
        o = self.k.tanh(x)
        self.o = o
        return o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.tanh_backward(self.o, d)


class ReLU(Layer):
    """o = max(0, z); do/dz = 1 for z > 0, 0 for z < 0, and at z = 0 as told: 0 (lectures 002, 004) or 1 (001)."""

    settings = ("gradient_at_zero",)

    def __init__(self, gradient_at_zero: int = 0) -> None:
        super().__init__()
        self.gradient_at_zero = checks.choice("gradient_at_zero", gradient_at_zero, [0, 1])

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.relu(x)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.relu_backward(self.z, d, float(self.gradient_at_zero))


class LeakyReLU(Layer):
    """o = z for z ≥ 0, slope·z below (slope 0.01 in lecture 001, 0.02 in 002)."""

    settings = ("slope",)

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = checks.number("slope", slope)

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.leaky_relu(x, self.slope)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.leaky_relu_backward(self.z, d, self.slope)


class Softmax(Layer):
    """o_j = e^(βz_j) / Σ_k e^(βz_k), ∂o_i/∂z_j = β o_i ((i = j) − o_j).

    Lecture 002, "Softmax module", prints e^(−βx), the energy form: that is β negative here.
    """

    settings = ("beta",)

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = checks.number("beta", beta)

    def forward(self, x: Any, training: bool = False) -> Any:
        o = self.k.softmax(x, self.beta)
        self.z, self.o = x, o
        return o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.softmax_backward(self.o, d, self.beta)
