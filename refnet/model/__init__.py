"""What can be done with a network? The one object that a user holds."""

from refnet.model.checking import check_network
from refnet.model.loading import load, save
from refnet.model.network import Network

__all__ = ["Network", "check_network", "load", "save"]
