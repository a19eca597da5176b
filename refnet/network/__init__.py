"""How are layers wired? Their graph, how they are built, the two passes, and what outlives a step."""

from refnet.network.building import Built
from refnet.network.passes import Passes
from refnet.network.wiring import Wiring, wire

__all__ = ["Built", "Passes", "Wiring", "wire"]
