"""Linear and polynomial regression with the regularised J, bias or variance: lecture file 001_64b240ec3fb16f33.txt.

Golden entry 32. The slide's penalty runs over j = 1 … m, which are the examples; it is meant over the weights θ1 … θ4.
Descent ends where the normal equations (XᵀX + λD)θ = Xᵀy hold, D the identity without θ0: they give the digits.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet import selection
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("001_64b240ec3fb16f33.txt", {32: "Regularization; Bias and Variance"})

# Numbers chosen here.
LINE = {
    "J at θ = 0": "1.747500000000",
    "∂J/∂θ0 at θ = 0": "-1.550000000000", "∂J/∂θ1 at θ = 0": "-1.925000000000",
    "θ0 where descent ends": "1.090000000000", "θ1 where descent ends": "0.920000000000",
    "J where descent ends": "0.017250000000",
}
POLYNOMIAL = {
    "J at θ = 0": "0.165833333333",
    "∂J/∂θ0 at θ = 0": "-0.016666666667", "∂J/∂θ1 at θ = 0": "-0.283333333333", "∂J/∂θ2 at θ = 0": "0.010000000000",
    "∂J/∂θ3 at θ = 0": "-0.145733333333", "∂J/∂θ4 at θ = 0": "0.014480000000",
    "θ0 where descent ends": "0.053153500917", "θ1 where descent ends": "0.706592250822",
    "θ2 where descent ends": "-0.036489076201", "θ3 where descent ends": "-0.279240818473",
    "θ4 where descent ends": "-0.051605194546",
    "J where descent ends": "0.085081099276", "first half of J where descent ends": "0.060862657925",
}


def linear_regression(backend: Any) -> Iterator[Result]:
    """32. h = θ0 + θ1x, J = 1/2m Σ (h − y)²: one linear unit, and gradient descent with α = 0.8."""
    x, y = [-1.0, 0.0, 1.0, 2.0], [0.2, 0.9, 2.3, 2.8]
    yield from _descent("line", LINE, x, y, 1, 0.0, rn.SGD(0.8), 60, backend)


def polynomial_regression(backend: Any) -> Iterator[Result]:
    """32. h = θ0 + θ1x + … + θ4x⁴, J = 1/2m Σ (h − y)² + λ/2m Σ θ_j²: the same unit over x, x², x³, x⁴; λ = 0.5."""
    x, y = [-1.0, -0.6, -0.2, 0.2, 0.6, 1.0], [-0.3, -0.8, -0.4, 0.5, 0.9, 0.2]
    yield from _descent("polynomial", POLYNOMIAL, x, y, 4, 0.5, rn.Momentum(0.8, mu=0.5), 250, backend)


def bias_or_variance(backend: Any) -> Iterator[Result]:
    """32. "Bias and Variance": a training error of 1 % and a test error of 10 % are variance; two high ones are bias.

    The slide asks how to fix it. print() of what selection.bias_or_variance returns says what to try.
    """
    found = selection.bias_or_variance(0.01, 0.10)
    yield lecture.follows(32, "test error − training error", "10 % − 1 %", "0.09", found.variance)
    yield lecture.is_more(32, "1 %, 10 %: variance", found.variance, "bias", found.bias)
    yield lecture.equals(32, "1 %, 10 %: the verdict is variance (1: yes)", 1, float(found.verdict == "variance"))
    both = selection.bias_or_variance(0.15, 0.16)
    yield lecture.is_more(32, "15 %, 16 %: bias", both.bias, "variance", both.variance)
    yield lecture.equals(32, "15 %, 16 %: the verdict is bias (1: yes)", 1, float(both.verdict == "bias"))


def _descent(name: str, published: dict[str, str], x: list[float], y: list[float], powers: int, lam: float,
             optimizer: Any, steps: int, backend: Any) -> Iterator[Result]:
    """J and its gradient at θ = 0, then gradient descent over all examples until nothing changes any more."""
    rows = []
    for each in x:
        rows.append([each])
        while len(rows[-1]) < powers:
            rows[-1].append(rows[-1][-1] * each)
    penalty = rn.L2(lam / len(x), half=True)  # ½ (λ/m) Σ θ_j², without θ0
    net = rn.Network([rn.Input(powers), rn.Dense(1, weights=rn.Zeros(), penalty=penalty)], backend)

    def cost() -> float:
        net.forward(rows, training=True)
        return net.loss(y, rn.HalfSquaredError())

    computed = {"J at θ = 0": cost()}
    net.backward()
    for j, value in enumerate([*net.gradients["dense1.bias"], *net.gradients["dense1.weights"][0]]):
        computed[f"∂J/∂θ{j} at θ = 0"] = value
    net.fit(rows, y, loss=rn.HalfSquaredError(), optimizer=optimizer, epochs=steps, batch_size=len(x), shuffle=False)
    for j, value in enumerate([*net.biases[0], *net.weights[0][0]]):
        computed[f"θ{j} where descent ends"] = value
    computed["J where descent ends"] = cost()
    computed["first half of J where descent ends"] = net.evaluate(rows, y)["loss"]  # without the penalty
    formulas = {"J": "1/2m Σ (h − y)² + λ/2m Σ θ²", "first half of J": "1/2m Σ (h − y)²", "θ": "(XᵀX + λD)⁻¹ Xᵀy",
                "∂J/∂θ": "1/m Σ (h − y) xʲ"}
    for quantity, digits in published.items():
        formula = formulas[quantity.split(" where ")[0].split(" at ")[0].rstrip("01234")]
        yield lecture.follows(32, f"{name}: {quantity}", formula, digits, computed[quantity])


WORKED_EXAMPLES = (linear_regression, polynomial_regression, bias_or_variance)
