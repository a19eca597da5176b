"""How are layers wired? As a directed acyclic graph, forward one way, backward the other.

    x = Input(4)                          a list of layers is a chain:
    h = Dense(8)(x)                       Network([Input(4), Dense(8), Tanh()])
    y = Add()(Dense(8)(h), h)
    net = Network(y)                      several outputs: Network([y, z])

Nothing here calls itself: a network may be thousands of layers deep.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from refnet.arithmetic.random import INITIALIZE_STREAM, LAYER_STREAM, stream_key
from refnet.kernels.checked import check_matrix, is_users_own, kernels_for
from refnet.layers import Input, Layer, Node, Parameter


class Wiring(NamedTuple):
    """The layers, each after all it takes: by their places, the parents of each, the inputs and the outputs."""

    layers: tuple[Layer, ...]
    parents: tuple[tuple[int, ...], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def wire(layers: Any, inputs: Any = None) -> Wiring:
    """The wiring of a list of layers, or of the graph that ends in a node or in several.

    inputs: the Inputs of a graph in the order their rows will be given; default: in the order they were made.
    Raises TypeError or ValueError for what is no layer, for an Input elsewhere than first and for a layer in use.
    """
    if isinstance(layers, Wiring):
        return layers
    several = list(layers) if isinstance(layers, (list, tuple)) else [layers]
    if any(isinstance(each, Node) for each in several):
        several = [each.node if isinstance(each, Input) else each for each in several]
    if several and all(isinstance(each, Node) for each in several):
        wiring = _graph(several, inputs)
    elif inputs is not None:
        raise TypeError(f"inputs: {inputs!r}; a list of layers has one Input, its first")
    else:
        wiring = _chain(layers)
    found: set[int] = set()
    for i, layer in enumerate(wiring.layers):
        if id(layer) in found or layer.name:
            raise ValueError(f"layers: the {type(layer).__name__} at {i} is in use already; make a new one")
        found.add(id(layer))
    for i, layer in enumerate(wiring.layers):
        if layer.original and layer.original.name and id(layer.original) not in found:
            kind, name = type(layer).__name__, layer.original.name
            raise ValueError(f"layers: the {kind} at {i} shares its parameters with {name} of another network")
    return wiring


def _chain(layers: Any) -> Wiring:
    if not isinstance(layers, (list, tuple)) or not layers:
        raise TypeError(f"layers: {layers!r}; expected a list of layers that starts with Input(features)")
    for i, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"layers: {layer!r} at {i} is no layer")
        if isinstance(layer, Input) != (i == 0):
            raise ValueError(f"layers: {type(layer).__name__} at {i}; Input(features) comes first and only there")
        if layer.merges:
            kind = type(layer).__name__
            raise ValueError(f"layers: {kind} at {i} takes several inputs; call it on them: {kind}()(a, b)")
    parents = ((), *((i,) for i in range(len(layers) - 1)))
    return Wiring(tuple(layers), parents, (0,), (len(layers) - 1,))


def _graph(outputs: list[Node], inputs: Any) -> Wiring:
    found: dict[int, Node] = {}
    pending = list(outputs)
    while pending:
        node = pending.pop()
        if node.number not in found:
            found[node.number] = node
            pending.extend(node.parents)
    nodes = [found[number] for number in sorted(found)]  # a node is made after its parents
    places = {node.number: i for i, node in enumerate(nodes)}
    starts = [node for node in nodes if isinstance(node.layer, Input)]
    if inputs is not None:
        given = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if not all(isinstance(each, Input) for each in given):
            raise TypeError(f"inputs: {inputs!r}; expected the Inputs of the graph")
        if sorted(each.node.number for each in given) != [node.number for node in starts]:
            raise ValueError(f"inputs: {len(given)} given; expected each Input that leads to an output, once "
                             f"(there are {len(starts)})")
        starts = [each.node for each in given]
    ends = [places[node.number] for node in outputs]
    if len(set(ends)) < len(ends):
        raise ValueError("layers: the same output is given twice")
    return Wiring(
        tuple(node.layer for node in nodes),
        tuple(tuple(places[parent.number] for parent in node.parents) for node in nodes),
        tuple(places[node.number] for node in starts),
        tuple(ends),
    )


class Graph:
    """Layers wired, and their two passes on the backend's own matrices.

    parameters  those of all layers by name, "dense1.weights"; a shared one once, under its first layer's name
    """

    k: Any

    def __init__(self, wiring: Wiring, seed: int) -> None:
        self.layers, self.parents, self.input_places, self.output_places = self.wiring = wiring
        self.parameters: dict[str, Parameter] = {}
        self._uses: dict[int, list[Parameter]] = {}  # of each shared parameter, in layer order
        try:
            self._build(seed)
            self._share()
        except BaseException:
            for layer in self.layers:  # free for another network again
                layer.name = ""
            raise
        learns = self._places_with_parameters()
        self._steps = [  # (place, layer, parents, is it a user's own?, its parents that gradients have to reach)
            (i, layer, parents, is_users_own(layer), [learns[parent] for parent in parents])
            for i, (layer, parents) in enumerate(zip(self.layers, self.parents))
        ]
        self.committing = [layer for layer in self.layers if type(layer).commit is not Layer.commit]
        self.is_chain = all(parents == (i - 1,)[: i] for i, parents in enumerate(self.parents))
        self._values: Any = None
        self._deltas: dict[int, Any] = {}

    def _build(self, seed: int) -> None:
        counts: dict[str, int] = {}
        for layer in self.layers:
            kind = type(layer).__name__.lower()
            counts[kind] = counts.get(kind, 0) + 1
            layer.name = kind if kind == "input" and len(self.input_places) == 1 else f"{kind}{counts[kind]}"
        keys = (stream_key(seed, INITIALIZE_STREAM + i) for i in range(1 << 32))
        for i, (layer, parents) in enumerate(zip(self.layers, self.parents)):
            layer.key = stream_key(seed, LAYER_STREAM + i)
            units: Any = [self.layers[parent].units for parent in parents]
            layer.build(units if layer.merges else units[0] if units else 0, kernels_for(layer, self.k), keys)

    def _share(self) -> None:
        """Name the parameters; those of a layer's further uses become those of its first."""
        first: dict[int, int] = {}
        self.owners: list[int] = []  # for each layer, the place of the one whose parameters it uses
        for i, layer in enumerate(self.layers):
            self.owners.append(first.setdefault(id(layer.original or layer), i))
            owner = self.layers[self.owners[i]]
            for name, parameter in layer.parameters.items():
                if owner is layer:
                    self.parameters[f"{layer.name}.{name}"] = parameter
                    continue
                shared = owner.parameters[name]
                if self.k.shape(parameter.value) != self.k.shape(shared.value):
                    raise ValueError(
                        f"layers: {layer.name} shares the {name} of {owner.name}, {self.k.shape(shared.value)}; after "
                        f"a layer of {layer.inputs} units it needs {self.k.shape(parameter.value)}"
                    )
                parameter.value = shared.value
                self._uses.setdefault(id(shared), [shared]).append(parameter)

    def _places_with_parameters(self) -> list[bool]:
        """Whether a gradient at a layer's output leads to any parameter."""
        learns: list[bool] = []
        for layer, parents in zip(self.layers, self.parents):
            learns.append(bool(layer.parameters) or any(learns[parent] for parent in parents))
        return learns

    def run_forward(self, inputs: list[Any], training: bool) -> list[Any]:
        """The matrices of the outputs for those of the inputs."""
        self._deltas = {}
        values: list[Any] = [None] * len(self.layers)
        for place, x in zip(self.input_places, inputs):
            values[place] = x
        for i, layer, parents, is_own, _ in self._steps:
            if not parents:
                continue
            x = [values[parent] for parent in parents] if layer.merges else values[parents[0]]
            values[i] = layer.forward(x, training)
            if is_own:
                rows = self.k.shape(values[parents[0]])[0]
                check_matrix(self.k, f"{layer.name}.forward", values[i], (rows, layer.units))
        self._values = values
        return [values[place] for place in self.output_places]

    def run_backward(self, arriving: dict[int, list[tuple[int, Any]]], input_gradient: bool) -> list[Any]:
        """From ∂L/∂output at some places to every parameter's gradient; returns ∂L/∂input of each input.

        arriving: for each place the gradients with the place of the consumer that sends each. Where a value has
        several consumers, their gradients are added in the order in which these stand in the network.
        """
        for i, layer, parents, is_own, wanted in reversed(self._steps):
            if i not in arriving:
                continue
            sent = arriving[i]
            if len(sent) > 1:
                sent.sort(key=_place)
            d = sent[0][1]
            for _, other in sent[1:]:
                d = self.k.add(d, other)
            self._deltas[i] = d
            goes_on = input_gradient or True in wanted
            if not goes_on and not layer.parameters:  # stops when all parameters have theirs
                continue
            gradients = layer.backward(d, goes_on)
            for parent, gradient, is_wanted in zip(parents, gradients if layer.merges else (gradients,), wanted):
                if is_wanted or input_gradient:
                    if is_own:
                        shape = self.k.shape(self._values[parent])
                        check_matrix(self.k, f"{layer.name}.backward", gradient, shape)
                    arriving.setdefault(parent, []).append((i, gradient))
        for uses in self._uses.values():
            for use in uses[1:]:
                uses[0].gradient = self.k.add(uses[0].gradient, use.gradient)
        return [self._deltas.get(place) for place in self.input_places]


def _place(sent: tuple[int, Any]) -> int:
    return sent[0]
