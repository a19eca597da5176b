"""How are layers wired? As a directed acyclic graph.

    x = Input(4)                          a list of layers is a chain:
    h = Dense(8)(x)                       Network([Input(4), Dense(8), Tanh()])
    y = Add()(Dense(8)(h), h)
    net = Network(y)                      several outputs: Network([y, z])

No function here is recursive, as a network may be thousands of layers deep.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from refnet.checks import shown
from refnet.checks.settings import named
from refnet.layers import Input, Layer, Node


class Wiring(NamedTuple):
    """The layers, each after its parents; the parents of each, the inputs and the outputs are indices into them."""

    layers: tuple[Layer, ...]
    parents: tuple[tuple[int, ...], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def wire(layers: Any, inputs: Any = None) -> Wiring:
    """The wiring of a list of layers, or of the graph that ends in one node or in a list of nodes.

    In a list the name of a layer that needs no argument, "relu" or "ReLU", stands for a new one.

    inputs  the Inputs of a graph, in the order in which their rows will be given; default: as they were made

    Raises TypeError or ValueError if an element is not a Layer, an Input is not the first, or a layer is in use.
    """
    if isinstance(layers, Wiring):
        return layers
    several = list(layers) if isinstance(layers, (list, tuple)) else [layers]
    if any(isinstance(each, Node) for each in several):
        several = [each.node if isinstance(each, Input) else each for each in several]
    if several and all(isinstance(each, Node) for each in several):
        wiring = _acyclic(several, inputs)
    elif inputs is not None:
        raise TypeError(f"inputs: {shown(inputs)}; allowed: None, as a list of layers has one Input")
    else:
        wiring = _chain(layers)
    found: set[int] = set()
    for i, layer in enumerate(wiring.layers):
        if id(layer) in found or layer.name:
            raise ValueError(f"layers: the {type(layer).__name__} at {i} is already in use; make a new one")
        found.add(id(layer))
    for i, layer in enumerate(wiring.layers):
        if layer.original and layer.original.name and id(layer.original) not in found:
            kind, name = type(layer).__name__, layer.original.name
            raise ValueError(f"layers: the {kind} at {i} shares its parameters with {name} of another network")
    return wiring


def _chain(layers: Any) -> Wiring:
    if not isinstance(layers, (list, tuple)) or not layers:
        raise TypeError(f"layers: {shown(layers)}; expected a list of layers that starts with Input(features)")
    layers = [named("layers", Layer, each) if isinstance(each, str) else each for each in layers]
    for i, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"layers: {shown(layer)} at {i}; allowed: layers")
        if isinstance(layer, Input) != (i == 0):
            raise ValueError(f"layers: {type(layer).__name__} at {i}; allowed: Input(features) at 0 and only there")
        if layer.merges:
            kind = type(layer).__name__
            raise ValueError(f"layers: {kind} at {i} takes several inputs; call it on them: {kind}()(a, b)")
    parents = ((), *((i,) for i in range(len(layers) - 1)))
    return Wiring(tuple(layers), parents, (0,), (len(layers) - 1,))


def _acyclic(outputs: list[Node], inputs: Any) -> Wiring:
    found: dict[int, Node] = {}
    pending = list(outputs)
    while pending:
        node = pending.pop()
        if node.number not in found:
            found[node.number] = node
            pending.extend(node.parents)
    nodes = [found[number] for number in sorted(found)]  # a node is made after its parents
    index = {node.number: i for i, node in enumerate(nodes)}
    starts = [node for node in nodes if isinstance(node.layer, Input)]
    if inputs is not None:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if not all(isinstance(each, Input) for each in given):
            raise TypeError(f"inputs: {shown(inputs)}; expected the Inputs of the graph")
        if sorted(each.node.number for each in given) != [node.number for node in starts]:
            raise ValueError(
                f"inputs: got {len(given)}; expected each of the {len(starts)} Inputs that lead to an output, once"
            )
        starts = [each.node for each in given]
    ends = [index[node.number] for node in outputs]
    if len(set(ends)) < len(ends):
        raise ValueError("layers: the same output is given twice")
    return Wiring(
        tuple(node.layer for node in nodes),
        tuple(tuple(index[parent.number] for parent in node.parents) for node in nodes),
        tuple(index[node.number] for node in starts),
        tuple(ends),
    )
