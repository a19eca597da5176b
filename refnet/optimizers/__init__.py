"""How does a gradient change a weight?"""

from refnet.optimizers.base import Optimizer
from refnet.optimizers.momentum import SGD, Momentum, Nesterov

__all__ = ["Momentum", "Nesterov", "Optimizer", "SGD"]
