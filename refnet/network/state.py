"""What of a network outlives a training step? Its matrices, wherever they are: to replace, move and copy them."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from refnet.arithmetic import CONTRACT
from refnet.arithmetic.formats import BINARY64
from refnet.kernels.choosing import format_of
from refnet.kernels.conversion import warn_if_beyond
from refnet.kernels.native.recording import Recorded
from refnet.kernels.observers import kernels_for


def places(network: Any, gradients: bool = True) -> Iterator[tuple[dict, str, bool]]:
    """The dict and the key of each matrix that outlives a step, of parameters, buffers and optimizers, and whether its
    numbers are binary64 in every format."""
    for layer in network.layers:
        for parameter in layer.parameters.values():
            yield parameter.__dict__, "value", False
            if gradients and parameter.gradient is not None:
                yield parameter.__dict__, "gradient", False
        for name in layer.buffers:
            yield layer.buffers, name, name in layer.wide
    for optimizer in network.optimizers:
        yield optimizer.__dict__, "rate_matrix", True
        for owner, matrices in optimizer.state.items():
            for name in matrices:
                yield matrices, name, owner == "step"


def matrices(network: Any) -> list[Any]:
    """The matrices that outlive a step, without the gradients."""
    return [owner[name] for owner, name, _ in places(network, gradients=False)]


def replace_matrices(network: Any, convert: Callable[[Any, bool], Any]) -> None:
    """Replace every matrix that outlives a step by convert(matrix, is it binary64 in every format?): all of them, or
    none if `convert` raises."""
    found = list(places(network))
    converted: dict[int, Any] = {}
    for owner, name, is_wide in found:
        if id(owner[name]) not in converted:  # two layers may share one
            converted[id(owner[name])] = convert(owner[name], is_wide)
    for owner, name, _ in found:
        owner[name] = converted[id(owner[name])]


def move_matrices(network: Any, old: Any, new: Any) -> None:
    """Replace every matrix that outlives a step, of the kernels `old`, by one of the kernels `new`."""
    if format_of(new) != format_of(old):
        for name, parameter in network.parameters.items():
            warn_if_beyond(new, name, old.tolist(parameter.value), stacklevel=4)
    replace_matrices(network, lambda matrix, is_wide: (new.wide if is_wide else new.matrix)(old.tolist(matrix)))


def standing(network: Any) -> dict[str, Any]:
    """The matrices that predictions depend on, by name: parameters and buffers."""
    return {**{name: parameter.value for name, parameter in network.parameters.items()}, **buffers(network)}


def buffers(network: Any) -> dict[str, Any]:
    """The layers' matrices that are not parameters, by name."""
    return {f"{layer.name}.{name}": matrix for layer in network.layers for name, matrix in layer.buffers.items()}


def snapshot(network: Any) -> dict[str, list[list[float]]]:
    """All numbers that training changes, by name: parameters, buffers and the optimizer's matrices."""
    return {name: network.k.tolist(matrix) for name, matrix in _trained(network).items()}


def put_back(network: Any, tables: dict[str, list[list[float]]]) -> None:
    """Put numbers of a snapshot back. Those of an optimizer that is no longer the network's are left out."""
    here = _trained(network)
    for name, rows in tables.items():
        network.passes.are_stale = True
        if name in here and network.k.shape(here[name]) == (len(rows), len(rows[0])):
            network.k.assign(here[name], rows)


def _trained(network: Any) -> dict[str, Any]:
    state = network.optimizer.state if network.optimizer else {}
    own = {f"optimizer.{owner}.{name}": each for owner, several in state.items() for name, each in several.items()}
    return {**standing(network), **own}


def fingerprint(network: Any) -> str:
    """SHA-256 of the contract's version, the format if it is not binary64, and every parameter's bits, in order."""
    form = format_of(network.k)
    digest = hashlib.sha256(f"refnet contract {CONTRACT}{'' if form == BINARY64 else f' {form}'}\n".encode())
    for name, parameter in network.parameters.items():
        rows = network.k.tolist(parameter.value)
        digest.update(f"{name} {len(rows)} {len(rows[0])}\n".encode())
        for row in rows:  # all NaNs count as equal: sign and payload are not part of the contract
            digest.update(form.packed(row))
    return digest.hexdigest()


def run_on(network: Any, k: Any) -> None:
    """Let the layers compute with the kernels k. Drops the last passes."""
    network.k = k
    for layer in network.layers:
        layer.k = kernels_for(layer, k)
    network.forget()


def drop_caches(layers: Any) -> None:
    """Delete the attributes that forward has left in layers for backward, and those that recording a step has left."""
    for layer in layers:
        names = layer.cache
        if layer.is_users_own:  # only then, as vars(layer) makes every attribute slower to read from then on
            names = [name for name, value in vars(layer).items() if name in layer.cache or isinstance(value, Recorded)]
        for name in names:
            with suppress(AttributeError):  # forward has not set it
                delattr(layer, name)


# --- Copies and pickles, without the last passes and the gradients ---


def packed(network: Any) -> dict[str, Any]:
    """The network's attributes with its matrices as lists of rows."""
    state = {**vars(network), "rows": [network.k.tolist(matrix) for matrix in matrices(network)]}
    state["_had"] = network.optimizers
    del state["passes"], state["phases"], state["turns"]
    return state


def unpack(network: Any, state: dict[str, Any]) -> None:
    """Restore a network's attributes from the result of `packed`, except its passes."""
    rows, had = state.pop("rows"), state.pop("_had")
    network.__dict__.update(state, _had=[weakref.ref(optimizer) for optimizer in had])
    for (owner, name, is_wide), numbers in zip(list(places(network, gradients=False)), rows):
        owner[name] = (network.k.wide if is_wide else network.k.matrix)(numbers)
    for first, *others in network.uses:
        for use in others:
            use.value = first.value
    for each in (*had, *network.callbacks):
        each.network = network
