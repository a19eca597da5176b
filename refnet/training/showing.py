"""How is a training shown while it runs? With fit(progress=True): a bar of tqdm where that is installed, else lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional

LINES = 20  # about so many without tqdm


@contextmanager
def showing(is_wanted: bool, first_epoch: int, last_epoch: int,
            report: Optional[Callable[[Any], None]]) -> Iterator[Optional[Callable[[Any], None]]]:
    """What `fit` reports to: `report` itself, or what shows each Report on standard error and then passes it on."""
    if not is_wanted:
        yield report
        return
    display = _display(first_epoch, last_epoch)

    def tell(told: Any) -> None:
        display.show(told)
        if report:
            report(told)

    try:
        yield tell
    finally:
        display.close()


def _display(first_epoch: int, last_epoch: int) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Lines(first_epoch, last_epoch)
    return _Bar(tqdm, first_epoch, last_epoch)


class _Bar:
    """Counts rows, so that a long epoch moves too."""

    def __init__(self, tqdm: Any, first_epoch: int, last_epoch: int) -> None:
        self.tqdm, self.first_epoch, self.last_epoch = tqdm, first_epoch, last_epoch
        self.bar: Any = None
        self.told: Any = None
        self.until = 0.0

    def show(self, told: Any) -> None:
        self.told = told
        if self.bar is None:  # how many rows there are is known now
            self.bar = self.tqdm(total=(self.last_epoch - self.first_epoch) * told.rows, unit="row", unit_scale=True)
        if time.monotonic() >= self.until:  # an epoch may take a microsecond, this takes many
            self._draw()
            self.until = time.monotonic() + 0.1

    def _draw(self) -> None:
        told = self.told
        self.bar.set_postfix_str(_text(told), refresh=False)
        self.bar.update((told.epoch - 1 - self.first_epoch) * told.rows + told.row - self.bar.n)

    def close(self) -> None:
        if self.bar is not None:
            self._draw()
            self.bar.close()


class _Lines:
    """A line now and then, and one for the last epoch."""

    def __init__(self, first_epoch: int, last_epoch: int) -> None:
        self.every = -(-(last_epoch - first_epoch) // LINES)
        self.waiting: Any = None

    def show(self, told: Any) -> None:
        if told.finished:
            self.waiting = told
            if told.epoch % self.every == 0:
                self.close()

    def close(self) -> None:
        if self.waiting:
            print(_text(self.waiting), file=sys.stderr, flush=True)
        self.waiting = None


def _text(told: Any) -> str:
    """epoch 3/10, loss 0.25, validation_loss 0.5, …"""
    numbers = told.finished or {"loss": told.loss}
    words = [f"{name} {value:.6g}" for name, value in numbers.items() if name != "rate"]
    return ", ".join([f"epoch {told.epoch}/{told.epochs}", *words])
