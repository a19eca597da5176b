"""How are layers wired? Their wiring, building them, the two passes, and the matrices that outlive a step."""

from refnet.network.building import Built
from refnet.network.passes import Passes
from refnet.network.phases import Phases
from refnet.network.turns import Turns
from refnet.network.wiring import Wiring, wire

__all__ = ["Built", "Passes", "Phases", "Turns", "Wiring", "wire"]
