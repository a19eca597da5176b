"""How wrong is an output?"""

from refnet.losses.base import Loss
from refnet.losses.classification import BinaryCrossEntropy, CrossEntropy
from refnet.losses.multitask import MultiTask
from refnet.losses.objective import checked_objective, default_loss
from refnet.losses.regression import HalfSquaredError, MeanSquaredError

__all__ = [
    "BinaryCrossEntropy", "CrossEntropy", "HalfSquaredError", "Loss", "MeanSquaredError", "MultiTask",
    "checked_objective",
    "default_loss",
]
