"""How do weights of other libraries come into a network? By name and shape; all of them, or none.

    load_weights(net, model.state_dict(), "torch")       a mapping from names to arrays, or a file of one
    load_weights(net, model.get_weights(), "keras")      a list of arrays, layer by layer
    load_weights(net, "weights.safetensors")             refnet's own names: dense1.weights, dense1.bias, …
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.data import door
from refnet.data.archives import read_npz
from refnet.exchange.safetensors_files import read_tensors
from refnet.files import FileError
from refnet.kernels.conversion import warn_if_beyond
from refnet.layers import BatchNorm, Dense, PReLU
from refnet.model import Network
from refnet.network import state


class Layout(NamedTuple):
    """How another library calls the weights of a layer, in the order in which it lists them, and how they lie.

    separator      what stands between the layer's name and the weight's
    is_transposed  whether Dense has (inputs, units)
    left_out       names of what refnet has no use for
    """

    names: dict[type, dict[str, str]]
    separator: str
    is_transposed: bool
    left_out: tuple[str, ...] = ()


LAYOUTS = {
    "torch": Layout({
        Dense: {"weights": "weight", "bias": "bias"},
        BatchNorm: {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"},
        PReLU: {"slope": "weight"},
    }, ".", False, ("num_batches_tracked",)),
    "keras": Layout({
        Dense: {"weights": "kernel", "bias": "bias"},
        BatchNorm: {"gamma": "gamma", "beta": "beta", "mean": "moving_mean", "variance": "moving_variance"},
        PReLU: {"slope": "alpha"},
    }, "/", True),
}  # fmt: skip


class Arrays(NamedTuple):
    """Arrays by name. has_names: whether they were named at all; has_order: whether they stand in the model's order."""

    arrays: dict[str, Any]
    has_names: bool = True
    has_order: bool = True


def load_weights(network: Network, source: Any, layout: str = "refnet", names: Optional[dict[str, str]] = None) -> None:
    """Copy weights that another program has trained into a network that was built alike.

    source  a mapping from names to arrays or tensors; a .npz or .safetensors file of one; for "keras" also a list of
            arrays in order, as model.get_weights() returns it, or a .npz file of one
    layout  "torch": layer.weight (units, inputs), layer.bias, running_mean, running_var; "keras": layer/kernel (inputs,
            units), bias, gamma, beta, moving_mean, moving_variance, alpha; "refnet": the names of net.parameters
    names   {"dense1": "fc1", …}: the other library's name of each layer that has weights; default: they are alike, or
            the layers stand in the same order

    A BatchNorm's ε is no weight: build it with the other library's (1e-3 in Keras).
    Raises KeyError, TypeError or ValueError that names the first that is missing, left over, not finite or of another
    shape, before anything has changed.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network: {checks.shown(network)}; expected a Network")
    checks.choice("layout", layout, ["refnet", *LAYOUTS])
    given = _opened(source, layout)
    if names is not None and (layout == "refnet" or not given.has_names):
        why = "the source has no names" if layout != "refnet" else "layout='refnet' has the network's own names"
        raise ValueError(f"names: {checks.shown(names)}; allowed: None, as {why}")
    if layout == "refnet":
        pairs = _by_own_names(network, given)
    else:
        pairs = _by_layers(network, given, LAYOUTS[layout], names)
    standing, is_turned = state.standing(network), layout != "refnet" and LAYOUTS[layout].is_transposed
    settled = {f"{layer.name}.{name}" for layer in network.layers if not layer.parameters for name in layer.buffers}
    tables = {}
    for name, theirs in pairs.items():
        rows, columns = network.k.shape(standing[name])
        is_matrix = name in network.parameters and not network.parameters[name].is_row
        shape = (rows, columns) if is_matrix else (columns,)
        tables[name] = _table(name, theirs, given.arrays[theirs], shape, is_matrix and is_turned)
        if name in settled and network.k.tolist(network.k.matrix(tables[name])) != network.k.tolist(standing[name]):
            raise ValueError(f"{name}: other numbers than the network was built with; build it with these")
    for name, table in tables.items():
        warn_if_beyond(network.k, name, table, stacklevel=3)
    with network.turns.lock:
        network.turns.check()
        network.passes.are_stale = True
        for name, table in tables.items():
            network.k.assign(standing[name], table)


def _opened(source: Any, layout: str) -> Arrays:
    if isinstance(source, Mapping):
        return Arrays({str(name): array for name, array in source.items()})
    if isinstance(source, (list, tuple)):
        if layout != "keras":
            raise TypeError(f"source: a list of arrays; expected names with them for layout={layout!r}")
        return Arrays({f"array {i}": array for i, array in enumerate(source)}, has_names=False)
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(f"source: {checks.shown(source)}; expected a mapping from names to arrays, or a file of one")
    path = os.fsdecode(source)
    if path.endswith(".safetensors"):
        return Arrays(dict(read_tensors(path)[1]), has_order=False)  # PyTorch's writer sorts them by name
    if path.endswith(".npz"):
        return _npz(path)
    raise FileError(f"{path}: expected a .npz or .safetensors file; the library that wrote it makes a .npz: "
                    "numpy.savez(path, **{name: tensor.numpy() for name, tensor in model.state_dict().items()}), or "
                    "numpy.savez(path, *model.get_weights())")


def _npz(path: str) -> Arrays:
    try:
        arrays = read_npz(path)
    except ValueError as error:
        raise FileError(str(error)) from error
    return Arrays(arrays, has_names=not all(re.fullmatch(r"arr_\d+", name) for name in arrays))


def _by_own_names(network: Network, given: Arrays) -> dict[str, str]:
    """The names of the network's parameters, and of the other numbers that the source has beside them."""
    buffers = [f"{layer.name}.{name}" for layer in network.layers for name in layer.buffers if name not in layer.wide]
    known = [*network.parameters, *buffers]
    for name in network.parameters:
        if name not in given.arrays:
            raise KeyError(f"{name}: it is missing; the source has {_listed(given.arrays)}")
    for name in given.arrays:
        if name not in known:
            raise KeyError(f"{checks.shown(name)}; the network has {_listed(known)}")
    return {name: name for name in known if name in given.arrays}


def _by_layers(network: Network, given: Arrays, layout: Layout, names: Optional[dict[str, str]]) -> dict[str, str]:
    """The other library's name of each parameter and running number of the network."""
    wanted: dict[str, dict[str, str]] = {}
    for i, layer in enumerate(network.layers):
        if layer.parameters and network.owners[i] == i:
            known = layout.names.get(type(layer))
            if known is None:
                raise TypeError(f"{layer.name}: a {type(layer).__name__}; weights are known of Dense, BatchNorm, PReLU")
            wanted[layer.name] = {each: theirs for each, theirs in known.items()
                                  if each in layer.parameters or each in layer.buffers}
    if not given.has_names:
        places = [f"{layer}.{each}" for layer, known in wanted.items() for each in known]
        if len(places) != len(given.arrays):
            raise ValueError(f"source: {checks.counted(len(given.arrays), 'array')}; the network has "
                             f"{len(places)}: {', '.join(places)}")
        return dict(zip(places, given.arrays))
    groups: dict[str, dict[str, str]] = {}  # a layer of theirs → its weights' short names → the whole ones
    for whole in given.arrays:
        group, _, short = whole.partition(":")[0].rpartition(layout.separator)
        if short not in layout.left_out:
            groups.setdefault(group, {})[short] = whole
    pairs = {}
    for ours, theirs in _paired(list(wanted), groups, names, given.has_order).items():
        found = groups[theirs]
        if set(found) != set(wanted[ours].values()):
            missing = set(wanted[ours].values()) - set(found)
            way = "; a layer without it is Dense(…, bias=False)" if missing == {"bias"} and len(found) == 1 else ""
            raise ValueError(f"{theirs}: it has {_listed(found)}; {ours} needs {_listed(wanted[ours].values())}{way}")
        pairs.update({f"{ours}.{each}": found[short] for each, short in wanted[ours].items()})
    return pairs


def _paired(layers: list[str], groups: dict[str, Any], names: Optional[dict[str, str]],
            has_order: bool) -> dict[str, str]:
    """Each layer with weights, and the other library's name of it."""
    if names is not None:
        for layer in (*layers, *names):
            if layer not in names or layer not in layers:
                raise KeyError(f"names: {checks.shown(list(names))}; expected each of {_listed(layers)}")
        for layer, theirs in names.items():
            if theirs not in groups:
                raise KeyError(f"names[{layer!r}]: {checks.shown(theirs)}; the source has {_listed(groups)}")
            first = next(each for each in names if names[each] == theirs)
            if first != layer:
                raise ValueError(f"names[{layer!r}]: {checks.shown(theirs)}, as names[{first!r}]; allowed: each layer "
                                 "of the source once")
        return names
    if set(groups) == set(layers):
        return {layer: layer for layer in layers}
    if len(groups) != len(layers):
        raise ValueError(f"source: {checks.counted(len(groups), 'layer')} with weights, {_listed(groups)}; the network "
                         f"has {len(layers)}: {_listed(layers)}")
    found = list(groups)
    if not has_order:
        if len({re.sub(r"\d+", "#", each) for each in found}) > 1:
            raise ValueError(f"source: this file has lost the order of its layers, {_listed(found)}; say which is "
                             f"which: names={{{layers[0]!r}: {found[0]!r}, …}}")
        found.sort(key=lambda each: [int(number) for number in re.findall(r"\d+", each)])
    return dict(zip(layers, found))


def _table(name: str, theirs: str, array: Any, expected: tuple[int, ...], is_transposed: bool) -> list[list[float]]:
    """The array as rows of a matrix: a row for (units,), turned for (inputs, units)."""
    what = f"{theirs}, for {name}" if theirs != name else name
    numbers = door.listed(what, array)
    shape = getattr(numbers, "shape", None)
    if shape is None:
        shape = (len(numbers), *[len(row) for row in numbers[:1] if hasattr(row, "__len__")])
    if is_transposed:
        expected = expected[::-1]
    if tuple(shape) != expected:
        raise ValueError(f"{what}: shape {tuple(shape)}; expected {expected}")
    table = door.rows(what, [list(numbers)] if len(expected) == 1 else numbers).tolist()
    for i, row in enumerate(table):
        for j, value in enumerate(row):
            if value - value != 0.0 or (value < 0.0 and name.endswith(".variance")):
                allowed = "numbers >= 0" if value < 0.0 else "finite numbers"
                raise ValueError(f"{what}: {value!r} in row {i}, column {j}; allowed: {allowed}")
    return [list(column) for column in zip(*table)] if is_transposed else table


def _listed(names: Any) -> str:
    found = [str(name) or "''" for name in names]
    return ", ".join(found if len(found) < 13 else [*found[:6], "…", *found[-6:]]) or "nothing"
