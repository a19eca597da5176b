"""How is a network a graph of units? Its layers run once more, with the reference's own kernels, on units.

    g = expand(net, x, y, loss=HalfSquaredError())
    g.loss.backward()
    g.gradients("dense1.weights")       # the bits of net.gradients["dense1.weights"], by the chain rule

A value that several layers take goes through a branch for each of them (the branch module of lecture 002): what a layer
sends back is a sum of its own, and these sums are added.
"""

from __future__ import annotations

import copy
from types import SimpleNamespace
from typing import Any, Optional

from refnet.checks import choice, shown
from refnet.checks.names import did_you_mean
from refnet.graph.functions import affine, relu, sigmoid, tanh
from refnet.graph.units import Operation, Unit, apply, unit
from refnet.graph.whole import OfLoss, Rows, flat, layer_units
from refnet.kernels.lifted import Lifted
from refnet.layers import Add, Concatenate, Dense, Linear, Multiply, ReLU, Scale, Sigmoid, Subtract, Tanh
from refnet.losses import objective
from refnet.model import check_network
from refnet.network.building import output_name
from refnet.training.examples import rows_or_one


class Expansion:
    """A network as a graph of units; expansion["dense1.z"] are rows of units, by the names that a trace has.

    units    name → rows of units: of the inputs, the parameters, and each layer's outputs
    outputs  the rows of units of the output; of several outputs a list of them
    loss     the unit of the loss with penalties, which net.loss(…) gives; None without targets

    Assign values to leaves, and loss.forward() computes all others anew; loss.backward() gives each its gradient.
    """

    def __init__(self, units: dict[str, Rows], outputs: Any, loss: Optional[Unit]) -> None:
        self.units, self.outputs, self.loss = units, outputs, loss

    def __getitem__(self, name: str) -> Rows:
        """The rows of units of this name. Raises KeyError."""
        if name not in self.units:
            hint = did_you_mean(name, self.units) if isinstance(name, str) else ""
            raise KeyError(f"{shown(name)}{hint or '; there are: ' + ', '.join(self.units)}")
        return self.units[name]

    def values(self, name: str) -> list[list[float]]:
        """The values of the units of this name, as rows. Raises KeyError."""
        return [[each.value for each in row] for row in self[name]]

    def gradients(self, name: str) -> list[list[Any]]:
        """Their gradients after the last backward, as rows: of "dense1.z" δ. None for a unit that none has reached."""
        return [[each.gradient for each in row] for row in self[name]]


def expand(network: Any, inputs: Any, targets: Any = None, *, loss: Any = None,
           training: Optional[bool] = None) -> Expansion:
    """A network, with these rows, as a graph of units. The network itself stays as it is.

    inputs    rows, or the numbers of one row, [0.1, 0.9]
    targets   as `net.loss` takes them; for one row its target, [0.9]; without them the graph ends with the outputs
    loss      default: the loss used last, else the default for the last layer
    training  whether dropout, noise and batch statistics are those of the next training step (default: with targets
              they are, as in `traced`)

    Values and gradients have the bits that net.forward, net.loss and net.backward(input_gradient=True) give on either
    backend. The neurons of Dense layers, sigmoid, tanh, ReLU, sums and products are units. Every other layer, one of
    your own too, is one operation from all its inputs to all its outputs, with its own backward; so is the loss.

    Raises TypeError or ValueError if rows, targets or loss do not fit the network, or its numbers are not binary64.
    """
    check_network(network)
    if network.number != "binary64":
        way = "copy.deepcopy(net).to(number='binary64') is a copy that does"
        raise ValueError(f"network: it computes in {network.number}, and units in binary64; {way}")
    training = targets is not None if training is None else choice("training", training, [True, False])
    inputs, targets = rows_or_one(network, inputs, targets)
    numbers = copy.deepcopy(network).to("python")
    numbers.forward(inputs, training)
    takers: list[tuple[int, int]] = []
    if targets is not None:
        numbers.loss(targets, loss)
        arriving = objective.gradients(numbers, *numbers.passes.targets)
        takers = [(place, consumer) for place, sent in arriving.items() for consumer, _ in sent]
    return _Expanding(numbers, copy.deepcopy(network).to(UnitKernels()), takers).run(training)


class UnitKernels(Lifted):
    """The reference's kernels on units. Two make one unit of what would be many: a neuron's net input, and ReLU, whose
    case distinction has to be made anew when a value changes."""

    def __init__(self) -> None:
        super().__init__("units", SimpleNamespace(number=unit, sigmoid=sigmoid, tanh=tanh))
        self.affine, self.relu = _affine, _relu


def _affine(x: Rows, weights: Rows, bias: Optional[Rows] = None) -> Rows:
    none: list[Any] = [None] * len(weights)
    starts = bias[0] if bias else none
    return [[affine(row, own, b) for own, b in zip(weights, starts)] for row in x]


def _relu(z: Rows) -> Rows:
    return [[relu(net) for net in row] for row in z]


def _is_expanded(layer: Any) -> Any:
    """Whether a layer's backward is the chain rule of its forward, operation by operation."""
    if type(layer) is ReLU:
        return layer.gradient_at_zero == 0
    if type(layer) is Multiply:
        return len(layer.inputs) == 2  # type: ignore[arg-type]  # of three the products are grouped in another way
    return type(layer) in (Dense, Linear, Sigmoid, Tanh, Add, Subtract, Concatenate, Scale)


class _Expanding:
    """The layers on units, one after the other.

    numbers  the network on the reference, after forward and loss
    twin     the network on units
    takers   (place of a layer, consumer) for each matrix that the loss takes: the consumer is the place after all
             layers, or that of an activation that is fused with the loss
    given    (place, (consumer, is it a layer?)) → the branches for this consumer
    """

    def __init__(self, numbers: Any, twin: Any, takers: list[tuple[int, int]]) -> None:
        self.numbers, self.twin, self.takers = numbers, twin, takers
        self.given: dict[Any, list[Rows]] = {}
        self.values: list[Rows] = []
        self.units: dict[str, Rows] = {}
        self.shared = {id(use) for uses in twin.uses for use in uses}

    def consumers(self) -> list[list[tuple[int, bool]]]:
        """For each layer who takes its outputs, in the order in which what they send back is added: those through which
        the loss sends something, or all if there is none."""
        found: list[list[tuple[int, bool]]] = [[] for _ in self.twin.layers]
        for place, consumer in self.takers:
            found[place].append((consumer, False))
        for i, parents in reversed(list(enumerate(self.twin.parents))):
            if found[i] or not self.takers:
                for parent in parents:
                    found[parent].append((i, True))
        return [sorted(each) for each in found]

    def run(self, training: bool) -> Expansion:
        twin, units = self.twin, self.units
        for name, parameter in twin.parameters.items():
            units[name] = _named(name, parameter.value)
        for i, (layer, consumers) in enumerate(zip(twin.layers, self.consumers())):
            is_input = i in twin.input_places
            rows = twin.k.matrix(self.numbers.passes.values[i]) if is_input else self.outputs_of(i, layer, training)
            units[output_name(layer)] = _named(output_name(layer), rows)
            self.values.append(rows)
            if len(consumers) > 1:
                for consumer in consumers:
                    self.given.setdefault((i, consumer), []).append(_branch(rows))
        outputs = [self.values[i] for i in twin.output_places]
        return Expansion(units, outputs if len(outputs) > 1 else outputs[0], self.loss() if self.takers else None)

    def taken(self, place: int, consumer: tuple[int, bool]) -> Rows:
        """The units of a layer's output, for one that takes them."""
        branches = self.given.get((place, consumer))
        return branches.pop(0) if branches else self.values[place]

    def outputs_of(self, i: int, layer: Any, training: bool) -> Rows:
        inputs = [self.taken(parent, (i, True)) for parent in self.twin.parents[i]]
        for parameter in layer.parameters.values():
            if id(parameter) in self.shared:
                parameter.value = _branch(parameter.value)
        if _is_expanded(layer):
            return layer.forward(inputs if layer.merges else inputs[0], training)
        parameters = [parameter.value for parameter in layer.parameters.values()]
        return layer_units(self.numbers.layers[i], inputs, parameters, training)

    def loss(self) -> Unit:
        operation = OfLoss(self.numbers, self.takers)
        rows = [self.taken(place, (consumer, False)) for place, consumer in self.takers]
        names = {id(parameter): name for name, parameter in self.numbers.parameters.items()}
        penalised = [self.units[names[id(parameter)]] for parameter, _ in operation.penalties]
        made = apply(operation, *flat([*rows, *penalised]))
        made.name = "loss"
        return made


BRANCH = Operation("branch", lambda x: x, lambda d, o, x: (d,))


def _branch(rows: Rows) -> Rows:
    return [[apply(BRANCH, each) for each in row] for row in rows]


def _named(name: str, rows: Rows) -> Rows:
    """The units with names such as dense1.z[0][1]; those that a layer has passed on keep the names they have."""
    for i, row in enumerate(rows):
        for j, each in enumerate(row):
            each.name = each.name or f"{name}[{i}][{j}]"
    return rows
