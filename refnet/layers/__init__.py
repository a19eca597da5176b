"""What does a layer compute, forward and backward? Each layer's mathematics, once, on any backend's matrices."""

from refnet.checks.settings import exported
from refnet.layers.activations import *  # noqa: F403
from refnet.layers.activity import *  # noqa: F403
from refnet.layers.base import *  # noqa: F403
from refnet.layers.base import Node
from refnet.layers.dense import *  # noqa: F403
from refnet.layers.merging import *  # noqa: F403
from refnet.layers.noise import *  # noqa: F403
from refnet.layers.normalization import *  # noqa: F403
from refnet.layers.softmax import *  # noqa: F403

classes = exported(__name__)

__all__ = ["Node", *classes]
