"""Whose turn is it? Threads use a network one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock, get_ident
from typing import Any, Optional


class Turns:
    """Who uses a network.

    lock        held by the thread that uses it; the others wait
    trained_by  the thread that trains it, if one does; the others are refused
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.trained_by: Optional[int] = None

    def check(self) -> None:
        """Raise ValueError if another thread is training the network."""
        if self.trained_by is not None and self.trained_by != get_ident():
            raise ValueError("network: another thread is training it; use it before or after fit, or use a copy")

    def check_idle(self) -> None:
        """Raise ValueError if any thread is training the network."""
        if self.trained_by is not None:
            raise ValueError("fit: this network is being trained already (fit within fit, or in another thread)")

    @contextmanager
    def training(self, network: Any) -> Iterator[None]:
        """While this thread trains the network, other threads may not use it."""
        with self.lock:
            self.check_idle()
            self.trained_by = get_ident()
        try:
            yield
        finally:
            with self.lock:
                self.trained_by = None
                network.forget()
