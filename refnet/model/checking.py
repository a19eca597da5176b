"""Is this a network? What is not is told so, whoever asked for one."""

from __future__ import annotations

from typing import Any

from refnet import checks
from refnet.model.network import Network


def check_network(network: Any) -> None:
    """Raise TypeError for anything but a Network."""
    if not isinstance(network, Network):
        raise TypeError(f"network: {checks.shown(network)}; expected a Network")
