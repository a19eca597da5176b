"""What shape has a derivative, and what does the chain rule multiply? Lecture file 002_f454bcaa3b381492.txt.

Golden entries 33 and 37. The slides write the derivative of a scalar by an [n × m] matrix as an [m × n] matrix; refnet
keeps a gradient in the shape of its weights, the transposed.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.lectures.agreement import Lecture, Result, differences

lecture = Lecture("002_f454bcaa3b381492.txt", {33: "Computing gradients: chain rule", 37: "Computing gradients"})

# Numbers chosen here: u = g(x) = tanh(W1 x), z = f(u) = tanh(W2 u); |x| = 4, |u| = 2, |z| = 1 as on the slide.
X = [0.5, -1.0, 0.25, 2.0]
W1, W2 = [[0.4, -0.6, 0.1, 0.2], [0.7, 0.1, -0.3, -0.2]], [[-0.5, 0.9]]


def jacobian(net: rn.Network, x: list[float]) -> list[list[float]]:
    """[m × n]: row i is what backward makes of a gradient that is 1 for output i and 0 for the others."""
    [m] = net.output_units
    net.forward([x] * m)
    found: list[list[float]] = net.backward([[float(i == j) for j in range(m)] for i in range(m)], input_gradient=True)
    return found


def shape(entry: int, name: str, matrix: list[list[float]], rows: int, columns: int) -> Iterator[Result]:
    """A Jacobian has a row for each output and a column for each input."""
    yield lecture.equals(entry, f"rows of {name}", rows, float(len(matrix)))
    yield lecture.equals(entry, f"columns of {name}", columns, float(len(matrix[0])))


CHAIN = {
    "∂u_1/∂x_1": ("(1 − u1²) w11", "0.117004905740"), "∂u_1/∂x_2": ("(1 − u1²) w12", "-0.175507358610"),
    "∂u_1/∂x_3": ("(1 − u1²) w13", "0.029251226435"), "∂u_1/∂x_4": ("(1 − u1²) w14", "0.058502452870"),
    "∂u_2/∂x_1": ("(1 − u2²) w21", "0.665725087751"), "∂u_2/∂x_2": ("(1 − u2²) w22", "0.095103583964"),
    "∂u_2/∂x_3": ("(1 − u2²) w23", "-0.285310751893"), "∂u_2/∂x_4": ("(1 − u2²) w24", "-0.190207167929"),
    "∂z_1/∂u_1": ("(1 − z²) v1", "-0.348239431357"), "∂z_1/∂u_2": ("(1 − z²) v2", "0.626830976443"),
    "∂z_1/∂x_1": ("Σ ∂z/∂u_p ∂u_p/∂x_1", "0.376551384957"), "∂z_1/∂x_2": ("Σ ∂z/∂u_p ∂u_p/∂x_2", "0.120732455161"),
    "∂z_1/∂x_3": ("Σ ∂z/∂u_p ∂u_p/∂x_3", "-0.189028047659"), "∂z_1/∂x_4": ("Σ ∂z/∂u_p ∂u_p/∂x_4", "-0.139600605720"),
}


def shapes_in_the_chain_rule(backend: Any) -> Iterator[Result]:
    """33. "Chain rule": dz/dx = dz/du · du/dx, [m × n] = [m × p] [p × n], with |z| = 1, |u| = 2, |x| = 4."""
    g = rn.Network([rn.Input(4), rn.Dense(2, bias=False), rn.Tanh()], backend)
    f = rn.Network([rn.Input(2), rn.Dense(1, bias=False), rn.Tanh()], backend)
    h = rn.Network([rn.Input(4), rn.Dense(2, bias=False), rn.Tanh(), rn.Dense(1, bias=False), rn.Tanh()], backend)
    g.weights, f.weights, h.weights = [W1], [W2], [W1, W2]
    [u] = g.forward([X])
    found = {"u/∂x": jacobian(g, X), "z/∂u": jacobian(f, u), "z/∂x": jacobian(h, X)}
    yield from shape(33, "du/dx", found["u/∂x"], 2, 4)
    yield from shape(33, "dz/du", found["z/∂u"], 1, 2)
    yield from shape(33, "dz/dx", found["z/∂x"], 1, 4)
    for quantity, (formula, digits) in CHAIN.items():
        above, _, below = quantity[1:].partition("/")
        matrix = found[f"{above[0]}/{below[:2]}"]
        yield lecture.follows(33, quantity, formula, digits, matrix[int(above[-1]) - 1][int(below[-1]) - 1])
    k = h.k
    product = k.tolist(k.affine_backward_input(k.matrix(found["z/∂u"]), k.matrix(found["u/∂x"])))
    distance = max(abs(p - q) for p, q in zip(product[0], found["z/∂x"][0]))
    yield lecture.stays_below(33, "distance of dz/du · du/dx from dz/dx", "1e-15", distance)


# The linear module x_out = W x_in + b with 3 inputs and 2 outputs, C = ½ ‖x_out − y‖².
X_LINEAR, Y_LINEAR = [0.5, -1.0, 2.0], [1.0, -0.5]
W_LINEAR, B_LINEAR = [[0.4, -0.6, 0.1], [0.7, 0.2, -0.3]], [0.1, -0.2]

LINEAR = {
    "x_out_1": ("Σ W_1j x_j + b_1", "1.100000000000"), "x_out_2": ("Σ W_2j x_j + b_2", "-0.650000000000"),
    "∂C/∂x_out_1": ("x_out_1 − y_1", "0.100000000000"), "∂C/∂x_out_2": ("x_out_2 − y_2", "-0.150000000000"),
    "∂C/∂x_in_1": ("(∂C/∂x_out · W)_1", "-0.065000000000"), "∂C/∂x_in_2": ("(∂C/∂x_out · W)_2", "-0.090000000000"),
    "∂C/∂x_in_3": ("(∂C/∂x_out · W)_3", "0.055000000000"),
    "∂C/∂W_11": ("∂C/∂x_out_1 x_1", "0.050000000000"), "∂C/∂W_12": ("∂C/∂x_out_1 x_2", "-0.100000000000"),
    "∂C/∂W_13": ("∂C/∂x_out_1 x_3", "0.200000000000"),
    "∂C/∂W_21": ("∂C/∂x_out_2 x_1", "-0.075000000000"), "∂C/∂W_22": ("∂C/∂x_out_2 x_2", "0.150000000000"),
    "∂C/∂W_23": ("∂C/∂x_out_2 x_3", "-0.300000000000"),
    "∂C/∂b_1": ("∂C/∂x_out_1", "0.100000000000"), "∂C/∂b_2": ("∂C/∂x_out_2", "-0.150000000000"),
}


def linear_module(backend: Any) -> Iterator[Result]:
    """37. "Linear Module": ∂x_out/∂x_in = W; a scalar's derivative by a vector is a row, by W it is x_in ∂C/∂x_out.

    In refnet a row is an example, so ∂C/∂x_in = ∂C/∂x_out · W needs no transposing.
    """
    net = rn.Network([rn.Input(3), rn.Dense(2)], backend)
    net.weights, net.biases = [W_LINEAR], [B_LINEAR]
    by_input = jacobian(net, X_LINEAR)
    yield from shape(37, "∂x_out/∂x_in, vector by vector", by_input, 2, 3)
    yield lecture.equals(37, "numbers in ∂x_out/∂x_in that differ from W", 0, differences(by_input, W_LINEAR))

    [out] = net.forward([X_LINEAR])
    net.loss([Y_LINEAR], rn.HalfSquaredError())
    d_in = net.backward(input_gradient=True)
    [d_out] = net.deltas["dense1"]
    d_w = net.gradients["dense1.weights"]
    yield from shape(37, "∂C/∂x_in, scalar by vector", d_in, 1, 3)
    yield from shape(37, "∂C/∂W, scalar by matrix: those of W", d_w, 2, 3)
    as_printed = [[x * d for d in d_out] for x in X_LINEAR]  # 3 × 2
    yield lecture.equals(37, "numbers in ∂C/∂W, transposed, that differ from x_in ∂C/∂x_out", 0,
                         differences([list(column) for column in zip(*d_w)], as_printed))

    computed = {}
    for name, values in (("x_out", out), ("∂C/∂x_out", d_out), ("∂C/∂x_in", d_in[0]), ("∂C/∂W_1", d_w[0]),
                         ("∂C/∂W_2", d_w[1]), ("∂C/∂b", net.gradients["dense1.bias"])):
        for i, value in enumerate(values, 1):
            computed[f"{name}{i}" if "W" in name else f"{name}_{i}"] = value
    for quantity, (formula, digits) in LINEAR.items():
        yield lecture.follows(37, quantity, formula, digits, computed[quantity])


WORKED_EXAMPLES = (shapes_in_the_chain_rule, linear_module)
