"""What does a layer compute, forward and backward? Each layer's mathematics, once, on any backend's matrices."""

from refnet.layers.activations import ELU, GELU, LeakyReLU, Linear, PReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from refnet.layers.activity import ActivityPenalty, KLSparsity
from refnet.layers.base import Input, Layer, Node, Parameter
from refnet.layers.dense import Dense
from refnet.layers.merging import Add, Concatenate, Merge
from refnet.layers.noise import Dropout, GaussianNoise, Jitter, MultiplicativeNoise
from refnet.layers.normalization import BatchNorm, Standardize
from refnet.layers.softmax import LogSoftmax, Softmax

__all__ = [
    "Add", "Concatenate", "Merge", "Node",
    "Dense", "Input", "Layer", "LeakyReLU", "Parameter", "ReLU", "Sigmoid", "Softmax", "Standardize", "Tanh",
    "ELU", "GELU", "Linear", "LogSoftmax", "PReLU", "SiLU", "Softplus",
    "ActivityPenalty", "BatchNorm", "Dropout", "GaussianNoise", "Jitter", "KLSparsity", "MultiplicativeNoise",
]
