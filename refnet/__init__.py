"""refnet: one neural network library, two backends, the same bits.

    import refnet as rn

    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], seed=1)
    net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], optimizer=rn.SGD(1.0), epochs=2000, batch_size=1)

The pure-Python reference is the specification; the C core is right when no bit differs from it.
"""

from typing import TYPE_CHECKING, Any

from refnet import data
from refnet.arithmetic import CONTRACT
from refnet.clipping import Clip, ClipNorm, ClipValue
from refnet.constraints import Clamp, Constraint, MaxNorm, NonNegative
from refnet.initializers import Constant, Glorot, He, LeCun, Normal, Uniform, Zeros
from refnet.kernels import BackendError
from refnet.layers import Dense, Input, Layer, LeakyReLU, Parameter, ReLU, Sigmoid, Softmax, Standardize, Tanh
from refnet.losses import BinaryCrossEntropy, CrossEntropy, HalfSquaredError, Loss, MeanSquaredError
from refnet.network import Network
from refnet.optimizers import SGD, Momentum, Nesterov, Optimizer
from refnet.optimizers.adam import Adam, AdamW, AMSGrad, Nadam
from refnet.optimizers.adaptive import Adadelta, AdaGrad, RMSprop
from refnet.penalties import L1, L2, Penalty
from refnet.schedules import (
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LinearScaling,
    PiecewiseConstant,
    Plateau,
    Schedule,
    StepDecay,
    Warmup,
)
from refnet.training import gradient_check

if TYPE_CHECKING:
    from refnet.files import FileError, load, register, save

__version__ = "0.1.0"

__all__ = [
    "CONTRACT", "BackendError", "BinaryCrossEntropy", "Constant", "CrossEntropy", "Dense", "FileError", "Glorot",
    "HalfSquaredError", "He", "Input", "InverseTimeDecay", "L1", "L2", "Layer", "LeCun", "LeakyReLU", "Loss",
    "MeanSquaredError", "Momentum", "Nesterov", "Network", "Normal", "Optimizer", "Parameter", "Penalty", "ReLU", "SGD",
    "Schedule", "Sigmoid", "Softmax", "Standardize", "Tanh", "Uniform", "Zeros", "data", "gradient_check", "load",
    "register", "save",
    "AMSGrad", "AdaGrad", "Adadelta", "Adam", "AdamW", "Nadam", "RMSprop",
    "Clip", "ClipNorm", "ClipValue", "Clamp", "Constraint", "MaxNorm", "NonNegative",
    "CosineDecay", "ExponentialDecay", "LinearScaling", "PiecewiseConstant", "Plateau", "StepDecay", "Warmup",
]


def __getattr__(name: str) -> Any:
    """Files are a room of their own, opened when first asked for: `import refnet` stays light."""
    if name in ("FileError", "load", "register", "save"):
        from refnet import files

        return getattr(files, name)
    raise AttributeError(f"module 'refnet' has no attribute {name!r}")
