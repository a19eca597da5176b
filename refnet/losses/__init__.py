"""How wrong is an output?"""

from refnet.checks.settings import exported
from refnet.losses.base import *  # noqa: F403
from refnet.losses.classification import *  # noqa: F403
from refnet.losses.multitask import *  # noqa: F403
from refnet.losses.objective import checked_objective, default_loss, one_versus_all
from refnet.losses.regression import *  # noqa: F403

classes = exported(__name__)

__all__ = ["checked_objective", "default_loss", "one_versus_all", *classes]
