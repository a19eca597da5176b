"""What does a layer compute, forward and backward? Each layer's mathematics, once, on any backend's matrices."""

from refnet.layers.activations import ELU, GELU, LeakyReLU, Linear, PReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from refnet.layers.base import Input, Layer, Parameter
from refnet.layers.dense import Dense
from refnet.layers.normalization import Standardize
from refnet.layers.softmax import LogSoftmax, Softmax

__all__ = [
    "Dense", "Input", "Layer", "LeakyReLU", "Parameter", "ReLU", "Sigmoid", "Softmax", "Standardize", "Tanh",
    "ELU", "GELU", "Linear", "LogSoftmax", "PReLU", "SiLU", "Softplus",
]
