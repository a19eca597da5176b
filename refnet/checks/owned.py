"""Whose is it? An object with a state that fits one network belongs to the first that it works for."""

import weakref
from typing import Any


def nobody() -> None:
    """The owner of what no network has used yet."""
    return


class Owned:
    """Base of optimizers and of callbacks with a state. It does not keep its network alive, as the network keeps it."""

    _owner: Any = staticmethod(nobody)  # a weak reference

    @property
    def network(self) -> Any:
        """The network that it works for. None before there is one, and when it is gone."""
        return self._owner()

    @network.setter
    def network(self, network: Any) -> None:
        self._owner = nobody if network is None else weakref.ref(network)

    @property
    def is_unused(self) -> bool:
        """Whether it has worked for no network yet."""
        return self._owner is nobody

    def check_owner(self, what: str, network: Any) -> None:
        """Raise ValueError if it belongs to another network, also to one that is gone."""
        if not self.is_unused and self._owner() is not network:
            raise ValueError(f"{what}: this {type(self).__name__} belongs to another network; make a new one")
