"""What does a layer compute, forward and backward? Each layer's mathematics, once, on any backend's matrices."""

from refnet.layers.activations import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from refnet.layers.activity import ActivityPenalty, KLSparsity
from refnet.layers.base import Input, Layer, Parameter
from refnet.layers.dense import Dense
from refnet.layers.noise import Dropout, GaussianNoise, Jitter, MultiplicativeNoise
from refnet.layers.normalization import BatchNorm, Standardize

__all__ = [
    "Dense", "Input", "Layer", "LeakyReLU", "Parameter", "ReLU", "Sigmoid", "Softmax", "Standardize", "Tanh",
    "ActivityPenalty", "BatchNorm", "Dropout", "GaussianNoise", "Jitter", "KLSparsity", "MultiplicativeNoise",
]
