"""What holds for a weight? Its initial value, its cost, and the values it may have."""

from refnet.checks.settings import exported
from refnet.parameters.constraints import *  # noqa: F403
from refnet.parameters.constraints import as_constraints
from refnet.parameters.initializers import *  # noqa: F403
from refnet.parameters.parameter import Parameter
from refnet.parameters.penalties import *  # noqa: F403
from refnet.parameters.penalties import as_penalties

classes = exported(__name__)

__all__ = ["Parameter", "as_constraints", "as_penalties", *classes]
