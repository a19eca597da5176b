"""How does a network learn? Examples, steps, the loop over epochs, what happens between them, and measures of it."""

from refnet.checks.settings import exported
from refnet.training import metrics
from refnet.training.callbacks import *  # noqa: F403
from refnet.training.early_stopping import *  # noqa: F403
from refnet.training.evaluation import checked_metrics, evaluate, predict, predict_class
from refnet.training.gradients import gradient_check
from refnet.training.layer_sizes import *  # noqa: F403
from refnet.training.loop import Report, fit
from refnet.training.unit_variance import lsuv

classes = exported(__name__)

__all__ = ["Report", "checked_metrics", "evaluate", "fit", "gradient_check", "lsuv", "metrics", "predict",
           "predict_class", *classes]
