"""How large are a layer's activations, gradients, weights and steps, epoch after epoch?"""

from __future__ import annotations

import math
from typing import Any, Optional

from refnet.arithmetic.elementary import divide
from refnet.checks import Settings
from refnet.training.callbacks import Callback, passes_of
from refnet.training.examples import Examples


class LayerSizes(Callback, saved=False):
    """After each epoch, for these rows: how large are a layer's numbers? Each is the root of the mean square (rms).

    `records` has a dict for each epoch:

        {"epoch": 1, "activation": {"dense1": …}, "gradient": {…}, "weight": {…}, "update": {…}}

    with, by the layer's name, the rms of its outputs; of ∂L/∂W, of its weights W, and of their change in the epoch
    divided by that of the weights, for the layers whose weights are trained. Gradients that shrink from layer to layer
    vanish (lecture 000, "Back-Propagation"); an update far above 1e-2 of the weights, or far below 1e-4, is a rate to
    try again. A layer used several times is one layer, named after its first use.
    """

    settings = Settings()
    inputs: Any = None
    targets: Any = None
    records: Any = None

    def __init__(self, inputs: Any, targets: Any) -> None:
        self.inputs, self.targets = inputs, targets
        self.records: list[dict[str, Any]] = []
        self._before: dict[str, Any] = {}

    def check(self, network: Any, names: Optional[list[str]]) -> None:
        Examples(network, self.inputs, self.targets, name="LayerSizes ")

    def training_begin(self, network: Any) -> None:
        self._before = {name: network.k.copy(each.value) for name, each in _weights(network).items()}

    def epoch_end(self, network: Any, line: dict[str, float]) -> None:
        k, weights = network.k, _weights(network)
        with passes_of(network, self.inputs, self.targets):
            values = zip(network.layers, network.passes.values)
            activation = {layer.name: rms(k, o) for layer, o in values if layer.inputs}
            gradient = {name: rms(k, each.gradient) for name, each in weights.items() if each.gradient is not None}
        size = {name: rms(k, each.value) for name, each in weights.items()}
        moved = {name: rms(k, k.subtract(each.value, self._before[name])) for name, each in weights.items()
                 if name in self._before}
        self.records.append({"epoch": network.epoch, "activation": activation, "gradient": gradient, "weight": size,
                             "update": {name: divide(change, size[name]) for name, change in moved.items()}})
        self.training_begin(network)


def rms(k: Any, matrix: Any) -> float:
    """The root of the mean of the squares of a matrix's numbers."""
    rows, columns = k.shape(matrix)
    return math.sqrt(k.tolist(k.sum_of_squares(matrix))[0][0] / (rows * columns))


def _weights(network: Any) -> dict[str, Any]:
    """The weights that training changes, by the layer's name."""
    names = {name.rpartition(".")[0]: name for name in network.trainable_parameters if name.endswith(".weights")}
    return {layer: network.parameters[name] for layer, name in names.items()}
