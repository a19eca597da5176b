"""How does a network outlive its program? It is written to a file, and built again from it."""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks, files
from refnet.files import Saved
from refnet.kernels import choose
from refnet.kernels.choosing import format_of
from refnet.model.checking import check_network
from refnet.model.network import Network
from refnet.network import state
from refnet.network.regularisation import check_penalties


def save(network: Network, path: Any, notes: Optional[dict] = None) -> None:
    """Write the network, its optimizer and the progress of its training to a file; an existing file is replaced.

    notes   a dict of JSON values to keep with it (`network.notes` after load); default: network.notes

    The new file replaces the old one at once, when all of it is on the disk. After an exception the old file is
    unchanged; a crash may leave a `.refnet-….tmp` beside it.
    Raises TypeError if it is not a Network, FileError if a file cannot keep some part of it (before anything is
    written), OSError if the system refuses.
    """
    check_network(network)
    files.write(network, path, notes)


def load(path: Any, backend: Any = "auto", number: Any = None) -> Network:
    """Read a network from a file, for any backend, ready to predict or to continue its training.

    It computes in the number format that the file names. number: the format that you expect; another one than the
    file's is an error, as rounding makes another network: load(path).to(number=…).

    Raises FileNotFoundError if there is no file; FileError if `save` has not written it or if it was damaged, cut off
    or changed since, or for another `number`; and what refnet.kernels.choose raises for backend and format.
    """
    choose(backend, number)  # refused before the file is read
    with files.about(path):
        return built(files.read(path), backend, number)


def built(saved: Saved, backend: Any, number: Any = None) -> Network:
    """The network that a file describes. Raises FileError, with the position in the file, if something does not fit."""
    # A backend that is an object has a format of its own.
    k = choose(backend, saved.number if number is None and isinstance(backend, str) else number)
    form = format_of(k).name
    if form != saved.number:
        raise files.FileError(f"number: {saved.number!r} in the file, not {form!r}; load it as it is, then round it: "
                              f"load(path).to(number={form!r})")
    with files.in_place("layers"):
        network = Network(saved.wiring, k, saved.seed)
    for parameter, initial in saved.initials:
        parameter.initial = initial
    files.as_fields("parameters", saved.parameters, network.parameters)
    for name, parameter in network.parameters.items():
        files.fill(k, f"parameters.{name}", parameter.value, saved.parameters[name])
    for parameter in network.parameters.values():
        parameter.trainable = True
    for i, name in enumerate(saved.frozen):
        if not isinstance(name, str) or name not in network.trainable_parameters:
            raise files.FileError(f"frozen[{i}]: {checks.shown(name)}; expected the name of a parameter, once")
        network.parameters[name].trainable = False
    buffers = state.buffers(network)
    files.as_fields("buffers", saved.buffers, buffers)
    for name, matrix in buffers.items():
        files.fill(k, f"buffers.{name}", matrix, saved.buffers[name])
    for layer in network.layers:
        with files.in_place(f"buffers.{layer.name}"):
            layer.check_buffers()
    with files.in_place("penalties"):
        check_penalties(network, saved.penalties)
    for i, callback in enumerate(saved.callbacks):
        with files.in_place(f"callbacks[{i}]"):
            callback.check_place(network)
        callback.network = network
    network.objective, network.penalties, network.callbacks = saved.loss, saved.penalties, saved.callbacks
    network.progress, network.notes, network.optimizer = saved.progress, saved.notes, saved.optimizer
    if saved.rate is not None:
        _attach(network, saved)
    return network


def _attach(network: Network, saved: Saved) -> None:
    """Attach the optimizer with the rate of the last step, as its schedule may have ended (a cosine, for example)."""
    optimizer = network.optimizer
    with files.in_place("optimizer"):
        optimizer.attach(network, saved.rate)
    files.as_fields("optimizer.state", saved.state, optimizer.state)
    for name, matrices in optimizer.state.items():
        where = f"optimizer.state.{name}"
        files.as_fields(where, saved.state[name], matrices)
        for kind, matrix in matrices.items():
            rows = files.as_table(f"{where}.{kind}", saved.state[name][kind])
            files.fill(network.k, f"{where}.{kind}", matrix, rows)
