"""refnet: one neural network library, two backends, the same bits.

    import refnet as rn

    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], seed=1)
    net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], optimizer=rn.SGD(1.0), epochs=2000, batch_size=1)

The pure-Python reference is the specification; the C core is right when no bit differs from it.
"""

from typing import TYPE_CHECKING, Any

from refnet import data
from refnet.arithmetic import CONTRACT
from refnet.kernels import BackendError
from refnet.model import Network
from refnet.layers import (
    Layer, Parameter, Input, Dense, Add, Concatenate, Merge, Linear, Sigmoid, Tanh, ReLU, LeakyReLU, PReLU, ELU,
    Softplus, SiLU, GELU, Softmax, LogSoftmax, Dropout, GaussianNoise, MultiplicativeNoise, Jitter, BatchNorm,
    Standardize, ActivityPenalty, KLSparsity,
)
from refnet.losses import (
    Loss, HalfSquaredError, MeanSquaredError, MeanAbsoluteError, Huber, BinaryCrossEntropy, CrossEntropy,
    NegativeLogLikelihood, Hinge, SquaredHinge, MultiTask, one_versus_all,
)
from refnet.optimizers import (
    Optimizer, SGD, Momentum, Nesterov, AdaGrad, Adadelta, RMSprop, Adam, AdamW, AMSGrad, Nadam,
)
from refnet.optimizers.schedules import (
    Schedule, InverseTimeDecay, StepDecay, ExponentialDecay, CosineDecay, Warmup, LinearScaling, PiecewiseConstant,
    Plateau,
)
from refnet.parameters.penalties import Penalty, L1, L2
from refnet.optimizers.clipping import Clip, ClipNorm, ClipValue
from refnet.parameters.constraints import Constraint, Clamp, MaxNorm, NonNegative
from refnet.parameters.initializers import Constant, Glorot, He, LeCun, Normal, Orthogonal, Uniform, Zeros
from refnet.training.lsuv import lsuv
from refnet.training.callbacks import Callback, Checkpoint, EarlyStopping, LayerStatistics, StopAtLoss
from refnet.training import gradient_check

if TYPE_CHECKING:
    from refnet.training import metrics
    from refnet import selection
    from refnet.files import FileError, load, register, save

__version__ = "0.1.0"

__all__ = [
    "ActivityPenalty", "Adadelta", "AdaGrad", "Adam", "AdamW", "Add", "AMSGrad", "BackendError", "BatchNorm",
    "BinaryCrossEntropy", "Callback", "Checkpoint", "Clamp", "Clip", "ClipNorm", "ClipValue", "Concatenate",
    "Constant", "Constraint", "CONTRACT", "CosineDecay", "CrossEntropy", "data", "Dense", "Dropout", "EarlyStopping",
    "ELU", "ExponentialDecay", "FileError", "GaussianNoise", "GELU", "Glorot", "gradient_check", "HalfSquaredError",
    "He", "Hinge", "Huber", "Input", "InverseTimeDecay", "Jitter", "KLSparsity", "L1", "L2", "Layer",
    "LayerStatistics", "LeakyReLU", "LeCun", "Linear", "LinearScaling", "load", "LogSoftmax", "Loss", "lsuv",
    "MaxNorm", "MeanAbsoluteError", "MeanSquaredError", "Merge", "metrics", "Momentum", "MultiplicativeNoise",
    "MultiTask", "Nadam", "NegativeLogLikelihood", "Nesterov", "Network", "NonNegative", "Normal", "one_versus_all",
    "Optimizer", "Orthogonal", "Parameter", "Penalty", "PiecewiseConstant", "Plateau", "PReLU", "register", "ReLU",
    "RMSprop", "save", "Schedule", "SGD", "Sigmoid", "SiLU", "Softmax", "Softplus", "SquaredHinge", "Standardize",
    "selection",
    "StepDecay", "StopAtLoss", "Tanh", "Uniform", "Warmup", "Zeros",
]


def __getattr__(name: str) -> Any:
    """Files are a room of their own, opened when first asked for: `import refnet` stays light."""
    if name in ("FileError", "load", "register", "save"):
        from refnet import files

        return getattr(files, name)
    if name == "metrics":
        import importlib

        return importlib.import_module("refnet.training.metrics")  # `from refnet import` would ask here again
    if name == "selection":
        import importlib

        return importlib.import_module("refnet.selection")
    raise AttributeError(f"module 'refnet' has no attribute {name!r}")
