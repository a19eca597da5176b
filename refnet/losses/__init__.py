"""How wrong is an output?"""

from refnet.losses.base import Loss
from refnet.losses.classification import BinaryCrossEntropy, CrossEntropy, NegativeLogLikelihood
from refnet.losses.margins import Hinge, SquaredHinge
from refnet.losses.multitask import MultiTask
from refnet.losses.objective import checked_objective, default_loss, one_versus_all
from refnet.losses.regression import HalfSquaredError, Huber, MeanAbsoluteError, MeanSquaredError

__all__ = [
    "BinaryCrossEntropy", "CrossEntropy", "HalfSquaredError", "Loss", "MeanSquaredError", "MultiTask",
    "checked_objective",
    "default_loss",
    "Hinge", "Huber", "MeanAbsoluteError", "NegativeLogLikelihood", "SquaredHinge", "one_versus_all",
]
