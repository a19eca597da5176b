"""Can this network be written as C, and how is it to be? What is given is checked before a file is made."""

from __future__ import annotations

import copy
import os
import re
from array import array
from typing import Any, Optional

from refnet import checks, files
from refnet.checks.settings import named
from refnet.data import door
from refnet.exchange.c.writer import RESERVED
from refnet.exchange.c.writing import CFile
from refnet.kernels.choosing import moved_to
from refnet.losses import Loss, objective
from refnet.model import Network
from refnet.optimizers import Optimizer

NUMBERS = ("binary64", "binary32")


def save_c(network: Any, path: Any, *, training: bool = False, loss: Any = None, optimizer: Any = None,
           batch_size: int = 1, name: Optional[str] = None) -> dict[str, int]:
    """Write the network as one C99 file without any dependency: the prediction for one row and, with training=True,
    one training step. Its bits are refnet's. An existing file is replaced at once.

    path              of the file, "xor.c"
    loss, optimizer   of the step, objects or names; default: those that the network was trained with
    batch_size        rows of a step
    name              what all names in the file begin with; default: the file's, "xor"; a - in it becomes _

    Returns the bytes of its memory: "weights", "other numbers kept", "work of predict" and "work of train".
    Raises TypeError or ValueError if the network's format is neither binary64 nor binary32, there is no optimizer, or
    the step cannot be recorded.
    """
    path = os.fsdecode(path)
    file = as_c(network, named_by(path) if name is None else name, training=training, loss=loss, optimizer=optimizer,
                batch_size=batch_size)
    files.replace(path, file.text.encode())
    return file.sizes


def named_by(path: str) -> str:
    """What the names of the file with this path begin with, when nothing else is said. Raises ValueError if C can have
    no such name."""
    name = re.sub(r"\.c$", "", os.path.basename(path)).replace("-", "_")
    if not _is_name(name):
        raise ValueError(f"path: {checks.shown(path)}; allowed: a file name of letters, digits, - and _, a letter "
                         "first, or any with a `name` for C")
    return name


def as_c(network: Any, name: Any, *, training: bool = False, loss: Any = None, optimizer: Any = None,
         batch_size: int = 1) -> CFile:
    """The file, not written to a disk. Arguments and errors are those of save_c."""
    if not isinstance(network, Network):
        raise TypeError(f"network: {checks.shown(network)}; expected a Network")
    if network.number not in NUMBERS:
        raise ValueError(f"number: {network.number!r}; allowed in a C file: {' and '.join(map(repr, NUMBERS))}")
    if not _is_name(name):
        raise ValueError(f"name: {checks.shown(name)}; allowed: letters, digits and _, a letter first; no word of C")
    rows = checks.count("batch_size", batch_size)
    if not checks.choice("training", training, [True, False]):
        if (loss, optimizer, rows) != (None, None, 1):
            raise ValueError("loss, optimizer, batch_size: they are of a training step; allowed with training=True")
        rows = 0
    twin = copy.deepcopy(network)
    twin.to(moved_to(twin.k, "auto"))
    if training:
        twin.objective = _loss(twin, loss)
        _optimizer(network, twin, optimizer).attach(twin)
    return CFile(twin, name, rows)


def _is_name(name: Any) -> bool:
    """Whether this is a name in C."""
    return isinstance(name, str) and bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)) and name not in RESERVED


def _loss(twin: Any, loss: Any) -> Loss:
    no_rows = [door.Targets(array("d")) for _ in twin.output_units]  # the loss is held against the last layers alone
    return objective.checked_objective(twin, loss, no_rows)


def _optimizer(network: Any, twin: Any, optimizer: Any) -> Optimizer:
    """The optimizer of the step, for the copy: the network's own with its state, or a copy of the one given."""
    if optimizer is None or optimizer is network.optimizer:
        if twin.optimizer is None:
            raise ValueError("optimizer: None, and the network has none; give one, such as SGD(0.1)")
        return twin.optimizer
    if isinstance(optimizer, str):
        optimizer = named("optimizer", Optimizer, optimizer)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer: {checks.shown(optimizer)}; allowed: optimizers such as SGD(0.1)")
    optimizer.check_free(network)
    return copy.deepcopy(optimizer)
