"""How large should weights start, when nobody knows what the activations do to them? So large that Var(z) = 1."""

from __future__ import annotations

import math
from typing import Any

from refnet import checks
from refnet.training.examples import Examples


def lsuv(network: Any, inputs: Any, tolerance: float = 0.1, most: int = 10) -> dict[str, float]:
    """Layer-sequential unit variance: D. Mishkin and J. Matas, "All you need is a good init", ICLR 2016.

    For each layer with weights, from first to last, until Var(z) is within `tolerance` of 1, at most `most` times:

        forward pass;  W ← W / √Var(z)

    where Var(z) is the variance of all net inputs of the layer for `inputs`, a minibatch of the training part. The
    paper starts from Dense(…, weights=Orthogonal()). Biases do not change.

    Returns the last Var(z) by layer. Raises ValueError if one is 0 or not finite; all weights are then unchanged.
    """
    Examples(network, inputs, finite=True)
    tolerance, most = checks.number("tolerance", tolerance, above=0), checks.count("most", most)
    k, found = network.k, {}
    layers = [
        layer
        for i, layer in enumerate(network.layers)
        # Shared weights: in their first use only. Frozen ones stay as they are.
        if "weights" in layer.parameters and network.owners[i] == i and layer.parameters["weights"].trainable
    ]
    before = [k.tolist(layer.parameters["weights"].value) for layer in layers]
    try:
        for layer in layers:
            weights = layer.parameters["weights"].value
            variance, times = _variance(network, layer, inputs), 0
            while abs(variance - 1.0) > tolerance and times < most:
                deviation = math.sqrt(variance)
                k.assign(weights, [[w / deviation for w in unit] for unit in k.tolist(weights)])
                variance, times = _variance(network, layer, inputs), times + 1
            found[layer.name] = variance
    except BaseException:
        for layer, table in zip(layers, before):
            k.assign(layer.parameters["weights"].value, table)
        raise
    return found


def _variance(network: Any, layer: Any, inputs: Any) -> float:
    """The variance of all outputs of the layer in a forward pass of the network."""
    k = network.k
    network.forward(inputs)
    z = k.matrix([[value] for row in network.activations[layer.name] for value in row])
    network.forget()
    variance = k.tolist(k.column_variances(z, k.column_means(z)))[0][0]
    return checks.number(f"inputs: the variance of {layer.name}", variance, above=0)
