"""How does a gradient change a weight?"""

from refnet.optimizers.adam import Adam, AdamW, AMSGrad, Nadam
from refnet.optimizers.adaptive import Adadelta, AdaGrad, RMSprop
from refnet.optimizers.base import Optimizer
from refnet.optimizers.momentum import SGD, Momentum, Nesterov

__all__ = [
    "AMSGrad", "AdaGrad", "Adadelta", "Adam", "AdamW", "Momentum", "Nadam", "Nesterov", "Optimizer", "RMSprop", "SGD",
]
