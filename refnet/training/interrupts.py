"""What happens when a signal arrives during training? It is noted, and its handler is called between two steps.

A handler runs between any two instructions of Python. One that raises (Ctrl-C's, a time limit's, one that exits on
SIGTERM) would leave weights of half a step; one that saves the network would save them. Between two steps weights,
optimizer and progress agree.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = [number for number in signal.valid_signals() if isinstance(number, signal.Signals)]  # those with a name


class Deferred:
    """The signals that have arrived while their handlers waited."""

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {}  # the program's own, by number
        self.arrived: dict[int, Any] = {}  # number → the frame that it interrupted, in the order of arrival
        self.waits = True

    def note(self, number: int, frame: Any) -> None:
        """The handler of all signals meanwhile."""
        self.arrived.setdefault(number, frame)
        if not self.waits:
            self.deliver()

    def have_arrived(self) -> bool:
        return bool(self.arrived)

    def deliver(self) -> None:
        """Call the handlers of the signals that have arrived; what one raises ends the training."""
        while self.arrived:
            number = next(iter(self.arrived))
            frame = self.arrived.pop(number)
            handler = self.handlers[number]
            while isinstance(getattr(handler, "__self__", None), Deferred):  # of a fit around this one
                handler = handler.__self__.handlers[number]
            handler(number, frame)
            if self.waits:
                self.take_over()  # the handler may have set another: often one that ends at the second Ctrl-C

    def take_over(self) -> None:
        """Put `note` in the place of every handler in Python. Signals that the program ignores stay ignored."""
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if callable(handler) and handler != self.note:
                self.handlers[number] = handler
                try:
                    signal.signal(number, self.note)
                except ValueError:  # not the main thread: handlers never run in this one
                    return

    def give_back(self) -> None:
        for number, handler in self.handlers.items():
            if signal.getsignal(number) == self.note:
                signal.signal(number, handler)


@contextmanager
def between_steps() -> Iterator[Deferred]:
    """Meanwhile handlers of signals are called by `deliver` only; those still waiting at the end are called then."""
    deferred = Deferred()
    try:
        deferred.take_over()
        yield deferred
    finally:
        try:
            deferred.give_back()
        finally:
            deferred.give_back()  # the rest, if a handler that was given back has raised at once
            deferred.waits = False
            deferred.deliver()
