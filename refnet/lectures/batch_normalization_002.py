"""Batch normalisation, algorithm 1: lecture file 002_f454bcaa3b381492.txt.

Golden entry 11. The slide shows the forward half of S. Ioffe and C. Szegedy, arXiv:1502.03167; the gradients follow
from it by the chain rule, with μ and σ² as functions of every x_i.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("002_f454bcaa3b381492.txt", {11: "Batch Normalization"})

# Numbers chosen here: a minibatch of m = 4 numbers x, targets t of the loss L = ½ Σ (y − t)².
X, T = [[0.5], [-1.5], [2.0], [3.0]], [[0.0], [1.0], [-1.0], [2.0]]
GAMMA, BETA, EPSILON = 1.5, -0.25, 0.001

ALGORITHM = {
    "μ": ("1/m Σ x_i", "1.000000000000"), "σ²": ("1/m Σ (x_i − μ)²", "2.875000000000"),
    "x̂_1": ("(x_1 − μ)/√(σ² + ε)", "-0.294832641526"), "x̂_2": ("(x_2 − μ)/√(σ² + ε)", "-1.474163207629"),
    "x̂_3": ("(x_3 − μ)/√(σ² + ε)", "0.589665283051"), "x̂_4": ("(x_4 − μ)/√(σ² + ε)", "1.179330566103"),
    "y_1": ("γ x̂_1 + β", "-0.692248962289"), "y_2": ("γ x̂_2 + β", "-2.461244811443"),
    "y_3": ("γ x̂_3 + β", "0.634497924577"), "y_4": ("γ x̂_4 + β", "1.518995849154"),
    "L": ("½ Σ (y_i − t_i)²", "7.681186364554"),
    "∂L/∂y_1": ("y_1 − t_1", "-0.692248962289"), "∂L/∂y_2": ("y_2 − t_2", "-3.461244811443"),
    "∂L/∂y_3": ("y_3 − t_3", "1.634497924577"), "∂L/∂y_4": ("y_4 − t_4", "-0.481004150846"),
    "∂L/∂γ": ("Σ ∂L/∂y_i x̂_i", "5.703081127598"), "∂L/∂β": ("Σ ∂L/∂y_i", "-3.000000000000"),
    "∂L/∂x_1": ("through x̂_1, μ and σ²", "0.422891421059"), "∂L/∂x_2": ("through x̂_2, μ and σ²", "-0.539036668435"),
    "∂L/∂x_3": ("through x̂_3, μ and σ²", "1.365461969324"), "∂L/∂x_4": ("through x̂_4, μ and σ²", "-1.249316721949"),
    "1/m Σ x̂_i²": ("σ²/(σ² + ε)", "0.999652294854"),
}


def algorithm_1(backend: Any) -> Iterator[Result]:
    """11. "Batch Normalization": mean, variance, x̂, y = γx̂ + β, and the gradients of γ, β and x."""
    net = rn.Network([rn.Input(1), rn.BatchNorm(eps=EPSILON)], backend)
    layer: Any = net.layers[1]
    net.set("batchnorm1.gamma", [GAMMA])
    net.set("batchnorm1.beta", [BETA])
    y = net.forward(X, training=True)
    computed = {"L": net.loss(T, rn.HalfSquaredError(over="sum"))}
    d_x = net.backward(input_gradient=True)
    [[computed["μ"]]], [[computed["σ²"]]] = net.k.tolist(layer.mean), net.k.tolist(layer.variance)
    [computed["∂L/∂γ"]], [computed["∂L/∂β"]] = net.gradients["batchnorm1.gamma"], net.gradients["batchnorm1.beta"]
    x_hat = [value for [value] in net.k.tolist(layer.xhat)]
    columns = {"x̂": x_hat, "y": [value for [value] in y], "∂L/∂x": [value for [value] in d_x],
               "∂L/∂y": [value for [value] in net.deltas["batchnorm1"]]}
    for name, values in columns.items():
        for i, value in enumerate(values, 1):
            computed[f"{name}_{i}"] = value
    computed["1/m Σ x̂_i²"] = total_of([value * value for value in x_hat]) / len(X)
    for quantity, (formula, digits) in ALGORITHM.items():
        yield lecture.follows(11, quantity, formula, digits, computed[quantity])

    # A number added to every x changes nothing after it: x̂ has the mean 0, and the gradients of x add up to 0.
    yield lecture.stays_below(11, "|Σ x̂_i|", "1e-15", abs(total_of(x_hat)))
    yield lecture.stays_below(11, "|Σ ∂L/∂x_i|", "1e-14", abs(total_of(columns["∂L/∂x"])))


WORKED_EXAMPLES = (algorithm_1,)
