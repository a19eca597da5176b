"""What ends a command from outside? Ctrl-C, SIGTERM or SIGHUP: the first is an exception, later ones do nothing."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class Stopped(KeyboardInterrupt):
    """One of the signals has arrived; the exit status tells which."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


def status_of(stop: KeyboardInterrupt) -> int:
    """The exit status of a command that was stopped; a plain KeyboardInterrupt is Ctrl-C's."""
    return stop.status if isinstance(stop, Stopped) else 128 + signal.SIGINT


@contextmanager
def as_exceptions() -> Iterator[None]:
    """Within the block the first of the signals raises Stopped, and those after it do not disturb what is saved then.

    One that is ignored, as with nohup, or that the calling program handles itself stays as it is.
    """
    before: dict[int, Any] = {}
    arrived: list[int] = []

    def stop(number: int, frame: Any) -> None:
        if not arrived:
            arrived.append(number)
            for each in before:
                signal.signal(each, signal.SIG_IGN)
            raise Stopped(number)

    try:
        if threading.current_thread() is threading.main_thread():  # the only one at which signals arrive
            for number in SIGNALS:
                if signal.getsignal(number) in DEFAULTS:
                    before[number] = signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ignored() -> Iterator[None]:
    """Within the block none of the signals does anything."""
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS} if is_main else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
