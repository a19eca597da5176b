"""refnet: one neural network library, two backends, the same bits.

    import refnet as rn

    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], seed=1)
    net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], optimizer=rn.SGD(1.0), epochs=2000, batch_size=1)

The pure-Python reference is the specification; the C core is right when no bit differs from it.
"""

from typing import TYPE_CHECKING, Any

from refnet import data
from refnet.arithmetic import CONTRACT
from refnet.callbacks import Callback, Checkpoint, EarlyStopping, LayerStatistics, StopAtLoss
from refnet.initializers import Constant, Glorot, He, LeCun, Normal, Orthogonal, Uniform, Zeros
from refnet.kernels import BackendError
from refnet.layers import (
    ELU,
    GELU,
    Add,
    Concatenate,
    Dense,
    Input,
    Layer,
    LeakyReLU,
    Linear,
    LogSoftmax,
    Merge,
    Parameter,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Standardize,
    Tanh,
)
from refnet.layers.activity import ActivityPenalty, KLSparsity
from refnet.layers.noise import Dropout, GaussianNoise, Jitter, MultiplicativeNoise
from refnet.layers.normalization import BatchNorm
from refnet.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    HalfSquaredError,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    MultiTask,
    NegativeLogLikelihood,
    SquaredHinge,
    one_versus_all,
)
from refnet.lsuv import lsuv
from refnet.network import Network
from refnet.optimizers import SGD, Momentum, Nesterov, Optimizer
from refnet.penalties import L1, L2, Penalty
from refnet.schedules import InverseTimeDecay, Schedule
from refnet.training import gradient_check

if TYPE_CHECKING:
    from refnet import metrics
    from refnet.files import FileError, load, register, save

__version__ = "0.1.0"

__all__ = [
    "Add", "Callback", "Checkpoint", "Concatenate", "EarlyStopping", "LayerStatistics", "Merge", "MultiTask",
    "StopAtLoss",
    "CONTRACT", "BackendError", "BinaryCrossEntropy", "Constant", "CrossEntropy", "Dense", "FileError", "Glorot",
    "HalfSquaredError", "He", "Input", "InverseTimeDecay", "L1", "L2", "Layer", "LeCun", "LeakyReLU", "Loss",
    "MeanSquaredError", "Momentum", "Nesterov", "Network", "Normal", "Optimizer", "Parameter", "Penalty", "ReLU", "SGD",
    "Schedule", "Sigmoid", "Softmax", "Standardize", "Tanh", "Uniform", "Zeros", "data", "gradient_check", "load",
    "register", "save",
    "ELU", "GELU", "Linear", "LogSoftmax", "PReLU", "SiLU", "Softplus",
    "Hinge", "Huber", "MeanAbsoluteError", "NegativeLogLikelihood", "SquaredHinge", "one_versus_all",
    "metrics",
    "ActivityPenalty", "BatchNorm", "Dropout", "GaussianNoise", "Jitter", "KLSparsity", "MultiplicativeNoise",
    "Orthogonal", "lsuv",
]


def __getattr__(name: str) -> Any:
    """Files are a room of their own, opened when first asked for: `import refnet` stays light."""
    if name in ("FileError", "load", "register", "save"):
        from refnet import files

        return getattr(files, name)
    if name == "metrics":
        import importlib

        return importlib.import_module("refnet.metrics")  # `from refnet import` would ask here again
    raise AttributeError(f"module 'refnet' has no attribute {name!r}")
