"""How are wired layers built? Each gets its name, its streams of random numbers and its parameters."""

from __future__ import annotations

from typing import Any

from refnet.arithmetic import environment
from refnet.arithmetic.random import stream_key
from refnet.arithmetic.streams import INITIALIZE_STREAM, LAYER_STREAM
from refnet.checks import counted
from refnet.kernels.observers import kernels_for
from refnet.layers import Dense, Layer
from refnet.network.wiring import Wiring
from refnet.parameters import Parameter


class Built:
    """Layers built on a backend.

    parameters  all parameters by name, "dense1.weights"; a shared one once, under the name of its first layer
    owners      for each layer the index of the layer that owns its parameters: its own index unless they are shared
    uses        for each shared parameter, the Parameter of each layer that uses it, in layer order
    """

    def __init__(self, wiring: Wiring, k: Any, seed: int) -> None:
        """Raises ValueError if a layer does not fit its inputs; all layers can then be used in another network."""
        environment.check()
        self.parameters: dict[str, Parameter] = {}
        self.owners: list[int] = []
        self.uses: list[list[Parameter]] = []
        try:
            for layer, name in zip(wiring.layers, names(wiring)):
                layer.name = name
            keys = (stream_key(seed, INITIALIZE_STREAM + i) for i in range(1 << 32))
            for i, (layer, parents) in enumerate(zip(wiring.layers, wiring.parents)):
                layer.key = stream_key(seed, LAYER_STREAM + i)
                units: Any = [wiring.layers[parent].units for parent in parents]
                layer.build(units if layer.merges else units[0] if units else 0, kernels_for(layer, k), keys)
                for name, parameter in layer.parameters.items():
                    if parameter.value is None:  # a user's own layer made it, from numbers, after super().build()
                        parameter.build(k, keys, None, f"{layer.name}.{name}")
            self._share(wiring.layers, k)
        except BaseException:
            for layer in wiring.layers:
                layer.name = ""
            raise

    def _share(self, layers: Any, k: Any) -> None:
        """Collect the parameters; further uses of a layer get the parameters of its first use."""
        first: dict[int, int] = {}
        uses: dict[int, list[Parameter]] = {}
        for i, layer in enumerate(layers):
            self.owners.append(first.setdefault(id(layer.original or layer), i))
            owner = layers[self.owners[i]]
            for name, parameter in layer.parameters.items():
                if owner is layer:
                    self.parameters[f"{layer.name}.{name}"] = parameter
                    continue
                shared = owner.parameters[name]
                if k.shape(parameter.value) != k.shape(shared.value):
                    raise ValueError(
                        f"layers: {layer.name} shares the {name} of {owner.name}, shape {k.shape(shared.value)}; after "
                        f"a layer of {counted(layer.inputs, 'unit')} it needs {k.shape(parameter.value)}"
                    )
                parameter.value, parameter.owner = shared.value, shared
                uses.setdefault(id(shared), [shared]).append(parameter)
        self.uses = list(uses.values())


def names(wiring: Wiring) -> list[str]:
    """A name for each layer: dense1, dense2, tanh1, …; a single Input is "input"."""
    counts: dict[str, int] = {}
    found = []
    for layer in wiring.layers:
        kind = type(layer).__name__.lower()
        counts[kind] = counts.get(kind, 0) + 1
        found.append(kind if kind == "input" and len(wiring.inputs) == 1 else f"{kind}{counts[kind]}")
    return found


def output_name(layer: Layer) -> str:
    """The name of a layer's output: of a Dense its net input z, of every other layer o."""
    return f"{layer.name}.{'z' if isinstance(layer, Dense) else 'o'}"
