"""What happens when Ctrl-C is pressed during training? It is noted, and ends the training between two steps."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable


@contextmanager
def interrupt_at_step() -> Iterator[Callable[[], bool]]:
    """During training Ctrl-C is only noted. Yields a function that tells, between two steps, whether it was pressed.

    Only the main thread may set a handler, and only it receives Ctrl-C. A program that ignores Ctrl-C goes on doing so.
    """
    pressed: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: False
        return
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
