"""Which logical functions can units compute? AND, OR, NOT, NOR and NAND one alone, XNOR and XOR three of them."""

from __future__ import annotations

from itertools import product
from typing import Any

from refnet import checks
from refnet.layers import Dense, Input, Sigmoid
from refnet.model import Network

# A layer is [[w1, w2], …] and its biases, a row and a number for each unit. With 20 a sigmoid is within 5e-5 of 0 or 1.
GATES: dict[str, Any] = {
    "AND": [([[20.0, 20.0]], [-30.0])],  # g(−30 + 20x1 + 20x2)
    "OR": [([[20.0, 20.0]], [-10.0])],
    "NOT": [([[-20.0]], [10.0])],
    "NOR": [([[-20.0, -20.0]], [10.0])],  # (NOT x1) AND (NOT x2)
    "NAND": [([[-20.0, -20.0]], [30.0])],
    "XNOR": [([[20.0, 20.0], [-20.0, -20.0]], [-30.0, 10.0]), ([[20.0, 20.0]], [-10.0])],  # (AND) OR (NOR)
    "XOR": [([[20.0, 20.0], [-20.0, -20.0]], [-10.0, 30.0]), ([[20.0, 20.0]], [-30.0])],  # (OR) AND (NAND)
}


def gate(name: str, backend: Any = "auto") -> Network:
    """A logical function of 0 and 1 as a network of sigmoid units, with the weights of lecture 004, "XOR/XNOR".

    name  "AND", "OR", "NOT", "NOR", "NAND", or one of the two for which a single unit is not enough, "XNOR" and "XOR";
          ValueError for another one
    """
    layers = GATES[checks.choice("name", name, GATES)]
    chain: list[Any] = [Input(len(layers[0][0][0]))]
    for weights, biases in layers:
        chain += [Dense(len(weights), weights=weights, biases=biases), Sigmoid()]
    return Network(chain, backend)


def truth_table(unit: Any) -> list[tuple[list[float], float]]:
    """(inputs, output) for all inputs of 0 and 1: of a gate, another network of one output, or a neuron.

    The output is as it is computed, 0.99995 rather than 1. Raises TypeError for anything else.
    """
    net = unit if isinstance(unit, Network) else getattr(unit, "network", None)
    if not isinstance(net, Network) or not isinstance(net.inputs, int) or net.outputs != 1:
        raise TypeError(f"unit: {checks.shown(unit)}; allowed: a Neuron, or a Network with one output")
    rows = [list(row) for row in product([0.0, 1.0], repeat=net.inputs)]
    return [(row, net.forward([row])[0][0] if unit is net else unit(row)) for row in rows]
