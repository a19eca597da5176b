"""How do a layer and a loss become one operation each? With their own forward and backward, on the reference.

A layer's operation makes one unit whose value is a matrix, and a unit for each number of it. So a softmax, a batch
normalisation or a layer of a user's own sends back the bits of its own backward, whatever it computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from refnet.graph.units import Operation, Unit, apply
from refnet.kernels import REFERENCE
from refnet.losses import objective
from refnet.network.regularisation import penalties_in_force

Rows = list[list[Unit]]


def layer_units(layer: Any, inputs: list[Rows], parameters: list[Rows], training: bool) -> Rows:
    """The units of a layer's output. layer: a layer of the reference, which the operation uses for its own."""
    matrices = [*inputs, *parameters]
    shapes = [REFERENCE.shape(rows) for rows in matrices]  # type: ignore[arg-type]
    whole = apply(_OfLayer(layer, len(inputs), shapes, training), *flat(matrices), kind=WholeLayer)
    whole.name = layer.name
    rows, columns = REFERENCE.shape(whole.value)
    return [[apply(_element(i, j), whole) for j in range(columns)] for i in range(rows)]


class WholeLayer(Unit):
    """The output of a layer: value and gradient are matrices."""

    __slots__ = ()

    def _gathered(self) -> list[list[float]]:
        """∂L/∂output, from (row, unit, gradient) of its elements; 0.0 for those that L does not depend on."""
        d = [[0.0] * len(row) for row in self.value]
        for i, j, part in self._arrived:
            d[i][j] = part
        self._arrived.clear()
        return d

    def backward(self, gradient: float = 1.0) -> None:
        raise TypeError(f"backward: {self.label} is a whole layer; call it on one of its units")


def _element(i: int, j: int) -> Operation:
    return Operation(f"[{i}][{j}]", lambda o: o[i][j], lambda d, value, o: [(i, j, d)])


class _OfLayer:
    """Forward and backward of a layer, of the numbers of its inputs and parameters, row after row."""

    def __init__(self, layer: Any, inputs: int, shapes: list[tuple[int, int]], training: bool) -> None:
        self.layer, self.inputs, self.shapes, self.training = layer, inputs, shapes, training
        self.sign = type(layer).__name__.lower()

    def forward(self, *values: float) -> list[list[float]]:
        matrices = _cut(values, self.shapes)
        for parameter, numbers in zip(self.layer.parameters.values(), matrices[self.inputs :]):
            REFERENCE.assign(parameter.value, numbers)
        x = matrices[: self.inputs] if self.layer.merges else matrices[0]
        return REFERENCE.tolist(self.layer.forward(x, self.training))

    def backward(self, d: list[list[float]], o: Any, *values: float) -> list[float]:
        self.forward(*values)  # what it keeps for backward may be that of a copy of this graph
        gradients = self.layer.backward(d, True)
        several = gradients if self.layer.merges else [gradients]
        return flat([*several, *(parameter.gradient for parameter in self.layer.parameters.values())])


class OfLoss:
    """The loss of a network, with penalties, and the gradients from which its backward pass starts.

    operands: what each (place, consumer) takes, as objective.gradients has them: the outputs of the layer at this
    place, for a consumer that is the loss (a place after all layers) or an activation that is fused with it; then for
    each penalty its parameter.
    """

    def __init__(self, network: Any, consumed: list[tuple[int, int]]) -> None:
        self.network, self.consumed = network, consumed
        self.targets = network.passes.targets
        self.penalties = list(penalties_in_force(network))
        k, values = network.k, network.passes.values
        matrices = [values[place] for place, _ in consumed] + [parameter.value for parameter, _ in self.penalties]
        self.shapes = [k.shape(matrix) for matrix in matrices]
        self.sign = type(network.objective).__name__

    def _run(self, values: Sequence[float]) -> Any:
        network, matrices = self.network, iter(_cut(values, self.shapes))
        for (place, consumer), matrix in zip(self.consumed, matrices):
            if consumer < len(network.layers):
                place, matrix = consumer, network.layers[consumer].forward(matrix)
            network.passes.values[place] = matrix
        for (parameter, _), matrix in zip(self.penalties, matrices):
            REFERENCE.assign(parameter.value, matrix)
        return network.loss_matrix(*self.targets)

    def forward(self, *values: float) -> float:
        total = self._run(values)[0][0]
        rows, units = self.shapes[0]
        return self.network.penalty_cost(total / self.network.objective.divisor(rows, units))

    def backward(self, d: float, loss: float, *values: float) -> list[float]:
        self._run(values)
        network, k = self.network, self.network.k
        arriving = objective.gradients(network, *self.targets)
        sent = [dict(arriving[place])[consumer] for place, consumer in self.consumed]
        sent += [penalty.gradient(k, k.zeros(*k.shape(parameter.value)), parameter.value)
                 for parameter, penalty in self.penalties]
        return [d * part for part in flat(sent)]


def flat(matrices: Any) -> list[Any]:
    return [number for matrix in matrices for row in matrix for number in row]


def _cut(values: Sequence[float], shapes: list[tuple[int, int]]) -> list[list[list[float]]]:
    numbers = iter(values)
    return [[[next(numbers) for _ in range(columns)] for _ in range(rows)] for rows, columns in shapes]
