"""A computational graph and its backward pass: lecture file 003_c85a712d8489c438.txt.

Golden entry 3. The graph f = (x + y)·z, on the scalar graph of units and with the layers of a network.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.graph import Unit
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("003_c85a712d8489c438.txt", {3: "We can compute these derivatives step by step"})

X, Y, Z, ARRIVING = 1.0, 2.0, 2.0, 2.0  # ∂L/∂f = 2 arrives from what comes after f


def graph_of_units(backend: Any) -> Iterator[Result]:
    """3. q = x + y, f = q·z: first the derivatives of each node by its operands, then 2 arrives at f."""
    x, y, z = Unit(X, "x"), Unit(Y, "y"), Unit(Z, "z")
    q = x + y
    f = q * z
    yield lecture.equals(3, "q = x + y", 3, q.value)
    yield lecture.equals(3, "f = q·z", 6, f.value)

    q.backward()
    yield lecture.equals(3, "∂q/∂x", 1, x.gradient)
    yield lecture.equals(3, "∂q/∂y", 1, y.gradient)
    f.backward()
    yield lecture.equals(3, "∂f/∂q = z", 2, q.gradient)
    yield lecture.equals(3, "∂f/∂z = q", 3, z.gradient)

    f.backward(ARRIVING)
    yield lecture.equals(3, "∂L/∂q = 2·2", 4, q.gradient)
    yield lecture.equals(3, "∂L/∂z = 2·(1 + 2)", 6, z.gradient)
    yield lecture.equals(3, "∂L/∂x = 2·2·1", 4, x.gradient)
    yield lecture.equals(3, "∂L/∂y = 2·2·1", 4, y.gradient)


def graph_of_layers(backend: Any) -> Iterator[Result]:
    """3. The same graph as a network of a plus and a product, on the backend's kernels."""
    x, y, z = rn.Input(1), rn.Input(1), rn.Input(1)
    net = rn.Network(rn.Multiply()(rn.Add()(x, y), z), backend, inputs=[x, y, z])
    [[f]] = net.forward([[[X]], [[Y]], [[Z]]])
    [[d_x]], [[d_y]], [[d_z]] = net.backward([[ARRIVING]], input_gradient=True)
    [[q]], [[d_q]] = net.activations["add1"], net.deltas["add1"]
    yield lecture.equals(3, "q by layers", 3, q)
    yield lecture.equals(3, "f by layers", 6, f)
    yield lecture.equals(3, "∂L/∂q by layers", 4, d_q)
    yield lecture.equals(3, "∂L/∂z by layers", 6, d_z)
    yield lecture.equals(3, "∂L/∂x by layers", 4, d_x)
    yield lecture.equals(3, "∂L/∂y by layers", 4, d_y)


WORKED_EXAMPLES = (graph_of_units, graph_of_layers)
