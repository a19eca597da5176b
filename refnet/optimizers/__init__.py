"""How does a gradient change a weight? The optimizers, schedules of the rate, clipping, and what they monitor."""

from refnet.checks.settings import exported
from refnet.optimizers.adaptive import *  # noqa: F403
from refnet.optimizers.base import *  # noqa: F403
from refnet.optimizers.clipping import *  # noqa: F403
from refnet.optimizers.momentum import *  # noqa: F403
from refnet.optimizers.schedules import *  # noqa: F403
from refnet.optimizers.schedules import as_schedule

classes = exported(__name__)

__all__ = ["as_schedule", *classes]
