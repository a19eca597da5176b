"""What happens between two epochs? Stop early, stop at a loss, keep checkpoints, look at the layers.

    net.fit(x, y, epochs=100, validation=(xv, yv), callbacks=[EarlyStopping(patience=5), Checkpoint("net.refnet")])

Your own callback defines `epoch_end(network, line)`, where line is the epoch's line of the history; returning True
ends the training. It may define `training_begin(network)` and `training_end(network)` too. `state` names the attributes
that a saved network keeps, so that a loaded one goes on the same way.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from refnet import checks
from refnet.checks import Choice, Count, Number, Setting, Settings, Text
from refnet.checks.owned import Owned
from refnet.checks.settings import Configured
from refnet.kernels.reference.sums import total_of
from refnet.optimizers.monitoring import check_monitor, checked_mode, monitored
from refnet.training.examples import Examples


class Callback(Owned, Configured, abstract=True):
    """Base of all callbacks. A constructor raises TypeError or ValueError for a setting that is not allowed."""

    comes_last = False  # called after all others, so that what it saves is complete
    monitor = ""  # the name in the history that it needs, if any

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_owner"}

    def check(self, network: Any, names: Optional[list[str]]) -> None:
        """Raise, before anything has changed, if this callback cannot work.

        names: what the history will have; None if unknown, because a user's own callback may add to it.
        """
        if self.monitor:
            check_monitor(self.monitor, names)

    def check_place(self, network: Any) -> None:
        """Raise ValueError if its state belongs to another network."""
        if self.state:
            self.check_owner("callbacks", network)

    def training_begin(self, network: Any) -> None:
        """Called when all is checked and the first step is about to be taken."""

    def epoch_end(self, network: Any, line: dict[str, float]) -> Optional[bool]:
        """Called after each epoch with its line of the history; True ends the training."""
        raise TypeError(f"{type(self).__name__} defines no epoch_end")

    def training_end(self, network: Any) -> None:
        """Called when the epochs have run out or a callback has ended the training; not after an error or a signal."""


class StopAtLoss(Callback):
    """Stop when `monitor` is at most `threshold` (lecture 003: a new epoch while the loss is above θ); where larger is
    better, when it is at least that.

    "loss" is measured in the course of the epoch; at its end the weights are those after its last update.
    mode  "min": smaller is better; "max": larger is; default: as the name says ("accuracy", "rmse", …)
    """

    settings = Settings(threshold=Number(), monitor=Text(), mode=Choice("min", "max"))

    def __init__(self, threshold: float, monitor: str = "loss", mode: Optional[str] = None) -> None:
        self.monitor, self.threshold = monitor, threshold
        self.mode = checked_mode(mode, self.monitor)

    def epoch_end(self, network: Any, line: dict[str, float]) -> bool:
        value = monitored(line, self.monitor)
        return value <= self.threshold if self.mode == "min" else value >= self.threshold


class TerminateOnNaN(Callback):
    """Stop when the loss, or that of the validation, is NaN or infinite: the training has diverged."""

    def epoch_end(self, network: Any, line: dict[str, float]) -> bool:
        return not all(math.isfinite(line[name]) for name in ("loss", "validation_loss") if name in line)


def _path(path: Any) -> str:
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise TypeError(f"path: {checks.shown(path)} is a {type(path).__name__}; allowed: text or a path")
    return checks.text("path", os.fsdecode(path))


class Checkpoint(Callback, saved=False):
    """Save the network after every `every` epochs; "{epoch}" in the path becomes the number of epochs completed.

    After `load`, `fit` goes on bit for bit, early stopping and annealing included. The file does not keep the
    Checkpoint (a file must not say where to write): fit(…, callbacks=[*net.callbacks, Checkpoint(path)]).
    `fit` raises FileNotFoundError if the folder does not exist, FileError if a layer cannot be saved.
    """

    settings = Settings(path=Setting(_path), every=Count())
    comes_last = True

    def __init__(self, path: Any, every: int = 1) -> None:
        self.path, self.every = path, every

    def check(self, network: Any, names: Optional[list[str]]) -> None:
        folder = os.path.dirname(os.path.realpath(self.path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, "no such folder", folder)
        network.check_savable()

    def epoch_end(self, network: Any, line: dict[str, float]) -> None:
        if network.epoch % self.every == 0:
            network.save(self.path.replace("{epoch}", str(network.epoch)))


class LayerStatistics(Callback, saved=False):
    """After each epoch, for these rows: how large are a layer's activations and gradients? Appended to `lines`.

    For each layer by name: "mean" (mean |o|), "dead" (the share of units that are 0 for every row), "saturated" (for
    layers with bounded outputs: the share beyond `beyond` times the bound), "delta" (mean |∂L/∂o|) and "gradient" (for
    layers with parameters: ‖∂L/∂w‖₂ over all of them). Gradients that shrink from layer to layer are the vanishing
    gradients of lecture 000.
    """

    settings = Settings(beyond=Number(above=0, below=1))
    inputs: Any = None
    targets: Any = None
    lines: Any = None

    def __init__(self, inputs: Any, targets: Any, beyond: float = 0.99) -> None:
        self.inputs, self.targets, self.beyond = inputs, targets, beyond
        self.lines: list[dict[str, dict[str, float]]] = []

    def check(self, network: Any, names: Optional[list[str]]) -> None:
        Examples(network, self.inputs, self.targets, name="LayerStatistics ")

    def epoch_end(self, network: Any, line: dict[str, float]) -> None:
        with passes_of(network, self.inputs, self.targets):
            self.lines.append(layer_statistics(network, self.beyond))


@contextmanager
def passes_of(network: Any, inputs: Any, targets: Any) -> Iterator[None]:
    """Within the block the network has what a forward and a backward pass on these rows leave; then nothing of it."""
    kept = [(parameter, parameter.gradient) for layer in network.layers for parameter in layer.parameters.values()]
    try:
        network.forward(inputs)
        network.loss(targets, network.objective)
        network.backward(input_gradient=True)
        yield
    finally:
        for parameter, gradient in kept:  # the gradients of the last training step
            parameter.gradient = gradient
        network.forget()


def layer_statistics(network: Any, beyond: float = 0.99) -> dict[str, dict[str, float]]:
    """The numbers of LayerStatistics for the network's last forward and backward pass."""
    outputs, deltas = network.activations, network.deltas
    lines: dict[str, dict[str, float]] = {}
    for layer in network.layers[1:]:
        rows = outputs[layer.name]
        line = {"mean": _mean_magnitude(rows)}
        dead = [all(value == 0.0 for value in column) for column in zip(*rows)]
        line["dead"] = dead.count(True) / len(dead)
        if layer.largest is not None and all(map(math.isfinite, (layer.largest, layer.smallest or 0.0))):
            limit, count = beyond * layer.largest, len(rows) * len(dead)
            low = 1.0 - limit if layer.smallest == 0.0 else -limit
            line["saturated"] = len([1 for row in rows for o in row if o > limit or o < low]) / count
        if layer.name in deltas:
            line["delta"] = _mean_magnitude(deltas[layer.name])
        gradients = [each.gradient for each in layer.parameters.values() if each.gradient is not None]
        if gradients:
            squares = [network.k.sum_of_squares(gradient) for gradient in gradients]
            line["gradient"] = math.sqrt(total_of(network.k.tolist(square)[0][0] for square in squares))
        lines[layer.name] = line
    return lines


def as_callbacks(callbacks: Any) -> list[Callback]:
    """One callback or several, as a list."""
    several = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for one in several:
        if not isinstance(one, Callback):
            allowed = "EarlyStopping(…), Checkpoint(…), … or a list of them"
            raise TypeError(f"callbacks: {checks.shown(one)}; allowed: {allowed}")
    return several


def _mean_magnitude(rows: list[list[float]]) -> float:
    return total_of(math.fabs(value) for row in rows for value in row) / (len(rows) * len(rows[0]))
