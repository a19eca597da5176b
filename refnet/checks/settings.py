"""What was an object told when it was made? The names of its settings, for files, for repr and for noticing changes."""

from __future__ import annotations


class Configured:
    """Base of layers, losses, optimizers, callbacks, …

    settings    names of the constructor's arguments, kept as attributes
    remembered  names of attributes without matrices that change from epoch to epoch and belong into a saved file
    """

    settings: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ()

    def check_remembered(self) -> None:
        """Raise ValueError for what a damaged or invented file has put into those attributes."""

    def __repr__(self) -> str:
        told = [f"{ARGUMENTS.get(n, n)}={getattr(self, n)!r}" for n in self.settings if hasattr(self, n)]
        return f"{type(self).__name__}({', '.join(told)})"


# Attributes that are named otherwise than their argument.
ARGUMENTS = {"schedule": "rate", "penalties": "penalty", "constraints": "constraint"}
