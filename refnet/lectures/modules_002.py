"""The softmax, plus, branch and pointwise modules: lecture file 002_f454bcaa3b381492.txt.

Golden entries 9, 10 and 33.

Misprints. Entry 9: the Jacobian lacks the factor β; ∂E/∂x_i is z_i − y_i, not x_i − y_i; and with the slide's exp(−βx),
which is Softmax(−β), the sign of the gradient turns: β(y_i − z_i). Entry 33: the leaky ReLU's 1[z < 0]·max(0, αz) is 0
for every z; αz is meant.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.lectures.agreement import Lecture, Result, differences

lecture = Lecture("002_f454bcaa3b381492.txt", {
    9: "Softmax Module", 10: "Branch / Plus Module", 33: "Pointwise function; Non-linearities: Leaky RELU",
})

X, Y = [1.0, 2.0, 0.5], [0.0, 1.0, 0.0]

SOFTMAX = {
    "z_1": ("e^x1 / Σ e^xk", "0.231223897622"), "z_2": ("e^x2 / Σ e^xk", "0.628531719212"),
    "z_3": ("e^x3 / Σ e^xk", "0.140244383166"),
    "∂z_1/∂x_1": ("z1(1 − z1)", "0.177759406791"), "∂z_1/∂x_2": ("−z1 z2", "-0.145331553895"),
    "∂z_1/∂x_3": ("−z1 z3", "-0.032427852895"),
    "∂z_2/∂x_1": ("−z2 z1", "-0.145331553895"), "∂z_2/∂x_2": ("z2(1 − z2)", "0.233479597156"),
    "∂z_2/∂x_3": ("−z2 z3", "-0.088148043261"),
    "∂z_3/∂x_1": ("−z3 z1", "-0.032427852895"), "∂z_3/∂x_2": ("−z3 z2", "-0.088148043261"),
    "∂z_3/∂x_3": ("z3(1 − z3)", "0.120575896156"),
    "E": ("−Σ yc log zc", "0.464368784108"),
    "∂E/∂x_1": ("z1 − y1", "0.231223897622"), "∂E/∂x_2": ("z2 − y2", "-0.371468280788"),
    "∂E/∂x_3": ("z3 − y3", "0.140244383166"),
    "z_1, β = 0.5": ("e^βx1 / Σ e^βxk", "0.291755963729"), "z_2, β = 0.5": ("e^βx2 / Σ e^βxk", "0.481024263253"),
    "z_3, β = 0.5": ("e^βx3 / Σ e^βxk", "0.227219773018"),
    "∂z_1/∂x_1, β = 0.5": ("β z1(1 − z1)", "0.103317210679"), "∂z_1/∂x_2, β = 0.5": ("−β z1 z2", "-0.070170848751"),
    "∂E/∂x_1, β = 0.5": ("β(z1 − y1)", "0.145877981864"), "∂E/∂x_2, β = 0.5": ("β(z2 − y2)", "-0.259487868373"),
    "z_1, exp(−x)": ("e^−x1 / Σ e^−xk", "0.331498960424"), "z_2, exp(−x)": ("e^−x2 / Σ e^−xk", "0.121951652310"),
    "z_3, exp(−x)": ("e^−x3 / Σ e^−xk", "0.546549387266"),
    "∂z_1/∂x_1, exp(−x)": ("−z1(1 − z1)", "-0.221607399662"), "∂z_1/∂x_2, exp(−x)": ("z1 z2", "0.040426845963"),
    "∂E/∂x_1, exp(−x)": ("y1 − z1", "-0.331498960424"), "∂E/∂x_2, exp(−x)": ("y2 − z2", "0.878048347690"),
}


def softmax_module(backend: Any) -> Iterator[Result]:
    """9. "Softmax Module": z, its Jacobian, and with the cross-entropy ∂E/∂x = z − y; for β = 1, β = ½ and exp(−x).

    A Jacobian's row i is what backward makes of a gradient that is 1 for z_i and 0 for the others.
    """
    computed: dict[str, float] = {}
    for case, beta in (("", 1.0), (", β = 0.5", 0.5), (", exp(−x)", -1.0)):
        net = rn.Network([rn.Input(3), rn.Softmax(beta)], backend)
        [z, _, _] = net.forward([X, X, X])
        jacobian = net.backward([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], input_gradient=True)
        net.forward([X])
        computed["E" + case] = net.loss([Y], rn.CrossEntropy())
        [fused] = net.backward(input_gradient=True)  # the loss and the softmax in one
        net.loss([Y], rn.CrossEntropy(fused=False))
        [in_two_steps] = net.backward(input_gradient=True)
        for i in range(3):
            computed[f"z_{i + 1}{case}"], computed[f"∂E/∂x_{i + 1}{case}"] = z[i], fused[i]
            for j in range(3):
                computed[f"∂z_{i + 1}/∂x_{j + 1}{case}"] = jacobian[i][j]
        distance = max(abs(p - q) for p, q in zip(fused, in_two_steps))
        yield lecture.stays_below(9, f"distance of ∂E/∂x in two steps from z − y{case}", "1e-15", distance)
    for quantity, (formula, digits) in SOFTMAX.items():
        yield lecture.follows(9, quantity, formula, digits, computed[quantity])
    printed = min(abs(X[i] - Y[i] - computed[f"∂E/∂x_{i + 1}"]) for i in range(3))
    yield lecture.is_at_least(9, "smallest distance of the slide's x_i − y_i from ∂E/∂x_i", "0.3", printed)


# Entry 10 with numbers chosen here: x goes to tanh, to the sigmoid and as it is to the plus, E = ½ Σ (out − target)².
X_BRANCH, TARGET_BRANCH = [0.5, -1.0], [1.0, 0.5]
W_SHARED = [[0.4, -0.6], [0.7, 0.1]]

BRANCH_AND_PLUS = {
    "x_out_1": ("tanh x1 + σ(x1) + x1", "1.584576488462"), "x_out_2": ("tanh x2 + σ(x2) + x2", "-1.492652734586"),
    "∂E/∂x_out_1": ("x_out_1 − target1", "0.584576488462"), "∂E/∂x_out_2": ("x_out_2 − target2", "-1.992652734586"),
    "∂E/∂x_in_1": ("Σ ∂E/∂x_k", "1.181692987412"), "∂E/∂x_in_2": ("Σ ∂E/∂x_k", "-3.221295061285"),
}
SHARED = {
    "∂E/∂W_11": ("the sum of both uses", "-0.685873196433"), "∂E/∂W_12": ("the sum of both uses", "-0.014589033024"),
    "∂E/∂W_21": ("the sum of both uses", "0.240945232765"), "∂E/∂W_22": ("the sum of both uses", "-0.498693788900"),
}


def branch_and_plus(backend: Any) -> Iterator[Result]:
    """10. "Branch / Plus Module": the plus sends its gradient to every input, the branch sums what comes back.

    A layer that is used twice is a branch of its weights.
    """
    x = rn.Input(2)
    net = rn.Network(rn.Add()(rn.Tanh()(x), rn.Sigmoid()(x), x), backend)
    computed = {}
    [out] = net.forward([X_BRANCH])
    net.loss([TARGET_BRANCH], rn.HalfSquaredError())
    [d_in] = net.backward(input_gradient=True)
    [d_out] = net.deltas["add1"]
    for i in (0, 1):
        computed[f"x_out_{i + 1}"], computed[f"∂E/∂x_out_{i + 1}"] = out[i], d_out[i]
        computed[f"∂E/∂x_in_{i + 1}"] = d_in[i]
    for quantity, (formula, digits) in BRANCH_AND_PLUS.items():
        yield lecture.follows(10, quantity, formula, digits, computed[quantity])
    for branch in ("tanh1", "sigmoid1"):
        yield lecture.equals(10, f"numbers in ∂E/∂x_k of {branch} that differ from ∂E/∂x_out", 0,
                             differences(net.deltas[branch], [d_out]))

    x, shared = rn.Input(2), rn.Dense(2, bias=False)
    net = rn.Network(shared(rn.Tanh()(shared(x))), backend)
    net.weights = [W_SHARED]
    net.forward([X_BRANCH])
    net.loss([TARGET_BRANCH], rn.HalfSquaredError())
    net.backward()
    for i, row in enumerate(net.gradients["dense1.weights"], 1):
        for j, value in enumerate(row, 1):
            formula, digits = SHARED[f"∂E/∂W_{i}{j}"]
            yield lecture.follows(10, f"∂E/∂W_{i}{j}", formula, digits, value)


# Entry 33: y = h(x + b), C = ½ Σ (y − target)².
X_POINTWISE, B_POINTWISE, TARGET_POINTWISE = [0.5, -1.0, -0.3], [0.1, -0.2, 0.5], [1.0, 0.5, -1.0]

POINTWISE = {
    "tanh, y_1": ("tanh(x1 + b1)", "0.537049566998"), "tanh, y_2": ("tanh(x2 + b2)", "-0.833654607012"),
    "tanh, y_3": ("tanh(x3 + b3)", "0.197375320225"),
    "tanh, ∂C/∂x_1": ("∂C/∂y1 (1 − y1²)", "-0.329425233304"),
    "tanh, ∂C/∂x_2": ("∂C/∂y2 (1 − y2²)", "-0.406791323173"),
    "tanh, ∂C/∂x_3": ("∂C/∂y3 (1 − y3²)", "1.150729149479"),
    "relu, y_1": ("max(0, x1 + b1)", "0.600000000000"), "relu, y_2": ("max(0, x2 + b2)", "0.000000000000"),
    "relu, y_3": ("max(0, x3 + b3)", "0.200000000000"),
    "relu, ∂C/∂x_1": ("∂C/∂y1 [x1 + b1 > 0]", "-0.400000000000"),
    "relu, ∂C/∂x_2": ("∂C/∂y2 [x2 + b2 > 0]", "0.000000000000"),
    "relu, ∂C/∂x_3": ("∂C/∂y3 [x3 + b3 > 0]", "1.200000000000"),
}


def pointwise_module(backend: Any) -> Iterator[Result]:
    """33. "Pointwise function": y_i = h(x_i + b_i), ∂C/∂x_i = ∂C/∂y_i h'(x_i + b_i), and the same for b_i.

    In refnet it is a Dense layer whose weights are the unit matrix, and an activation.
    """
    for name, activation in (("tanh", rn.Tanh()), ("relu", rn.ReLU())):
        net = rn.Network([rn.Input(3), rn.Dense(3), activation], backend)
        net.weights, net.biases = [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]], [B_POINTWISE]
        [y] = net.forward([X_POINTWISE])
        net.loss([TARGET_POINTWISE], rn.HalfSquaredError())
        d_x = net.backward(input_gradient=True)
        for i in range(3):
            for quantity, value in ((f"{name}, y_{i + 1}", y[i]), (f"{name}, ∂C/∂x_{i + 1}", d_x[0][i])):
                formula, digits = POINTWISE[quantity]
                yield lecture.follows(33, quantity, formula, digits, value)
        yield lecture.equals(33, f"{name}, numbers in ∂C/∂b that differ from ∂C/∂x", 0,
                             differences([net.gradients["dense1.bias"]], d_x))


def leaky_relu(backend: Any) -> Iterator[Result]:
    """33. "Leaky RELU" with α = 0.02 at z = −2: αz, and what is printed, max(0, αz). Its gradient is not 0."""
    net = rn.Network([rn.Input(1), rn.LeakyReLU(0.02)], backend)
    k, z = net.k, [[-2.0]]
    [[o]] = net.forward(z)
    [[slope]] = net.backward([[1.0]], input_gradient=True)
    [[printed]] = k.tolist(k.relu(k.scale(k.matrix(z), 0.02)))
    yield lecture.follows(33, "leaky ReLU at −2", "αz", "-0.040000000000", o)
    yield lecture.follows(33, "leaky ReLU's gradient at −2", "α", "0.020000000000", slope)
    yield lecture.equals(33, "max(0, αz) at −2, as printed", 0, printed)


WORKED_EXAMPLES = (softmax_module, branch_and_plus, pointwise_module, leaky_relu)
