"""What does a neuron compute? z = b + w_1 x_1 + w_2 x_2 + …, and o = f(z). It is a network of one Dense(1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from refnet import checks
from refnet.checks.settings import named
from refnet.layers import Dense, Input, Layer
from refnet.model import Network


class Neuron:
    """o = f(b + Σ w_i x_i), the neuron unit of lecture 000, "Why is it a Neural Network?".

    weights      a number for each input
    activation   f: a name, such as "sigmoid", "tanh", "relu", "linear", or a layer
    network      the same as a Network of one unit: neuron([1, 2]) is neuron.network.forward([[1, 2]])[0][0]

    Raises TypeError or ValueError for weights that are no list of finite numbers, another activation, and what Network
    raises.
    """

    def __init__(self, weights: Sequence[float], bias: float = 0.0, activation: Any = "sigmoid",
                 backend: Any = "auto") -> None:
        row = _numbers(weights)
        dense = Dense(1, weights=[row], biases=[checks.number("bias", bias)])
        self.network = Network([Input(len(row)), dense, _layer(activation)], backend)

    @property
    def weights(self) -> list[float]:
        """w_1, w_2, …; assign as many."""
        return self.network.weights[0][0]

    @weights.setter
    def weights(self, values: Sequence[float]) -> None:
        self.network.weights = [[_numbers(values)]]

    @property
    def bias(self) -> float:
        return self.network.biases[0][0]

    @bias.setter
    def bias(self, value: float) -> None:
        self.network.biases = [[checks.number("bias", value)]]

    def net_input(self, x: Sequence[float]) -> float:
        """z of one row of inputs."""
        self.network.forward([x])
        return self.network.activations["dense1"][0][0]

    def __call__(self, x: Sequence[float]) -> float:
        """o of one row of inputs. Raises TypeError or ValueError if it has not a number for each weight."""
        return self.network.forward([x])[0][0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(weights={self.weights}, bias={self.bias})"


def _layer(activation: Any) -> Layer:
    layer = named("activation", Layer, activation) if isinstance(activation, str) else activation
    if not isinstance(layer, Layer):
        raise TypeError(f"activation: {checks.shown(activation)}; allowed: a name such as 'tanh', or a layer")
    return layer


def _numbers(weights: Any) -> list[float]:
    given = weights.tolist() if hasattr(weights, "tolist") else weights
    if not isinstance(given, (list, tuple)) or not given:
        raise TypeError(f"weights: {checks.shown(weights)}; allowed: a list with a number for each input")
    return [checks.number(f"weights[{i}]", value) for i, value in enumerate(given)]
