"""How to choose λ, and what learning curves say: bias and variance of a polynomial θ0 + θ1x + … + θ7x⁷.

Look at: from left to right λ grows. The training error can only rise with it; the validation error has its lowest point
in between: variance to the left of it, bias to the right. Below, the straight line (left) has bias: both errors soon
meet, far above what the noise alone costs. The polynomial (right) has variance: a gap, which more examples close.
"""

import sys

import refnet as rn
from refnet import selection
from refnet.arithmetic import elementary, random
from refnet.plots import canvas, error_against_lambda, learning_curve

NOISE, POWERS, M = 0.4, 7, 8


def examples(m, seed, powers=POWERS):
    """m points of y = sin 3x with noise; the inputs are x, x², …"""
    rows, targets = [], []
    for i in range(m):
        x = 2.0 * (i + 0.5) / m - 1.0
        rows.append([x])
        while len(rows[-1]) < powers:
            rows[-1].append(rows[-1][-1] * x)
        targets.append(elementary.sin(3.0 * x) + NOISE * random.normal(seed, i))
    return rows, targets


def make(seed, lam=0.0, powers=POWERS):
    return rn.Network([rn.Input(powers), rn.Dense(1, weights=rn.Zeros(), penalty=rn.L2(lam / M, half=True))], seed=seed)


settings = {"loss": rn.HalfSquaredError(), "optimizer": rn.Momentum(0.3, mu=0.95), "epochs": 400, "batch_size": 100,
            "executor": "serial"}
chosen = selection.grid(make, {"lam": selection.doubling(0.01, 10.24)}, *examples(M, seed=5),
                        validation=examples(40, seed=105), **settings)
print(chosen)

curves = {}
for name, powers in (("straight line", 1), ("polynomial", POWERS)):
    curves[name] = selection.learning_curve(
        lambda seed, powers=powers: make(seed, powers=powers), [8, 9, 10, 12, 16, 24, 40, 60],
        *examples(60, 5, powers), validation=examples(40, 105, powers), **settings)
    first, *_, last = [(line.training["loss"], line.validation["loss"]) for line in curves[name]]
    print(f"{name:14} m = 8: J_train {first[0]:.3f}, J_validation {first[1]:.3f};"
          f" m = 60: {last[0]:.3f}, {last[1]:.3f}")

if len(sys.argv) > 1:
    figure = canvas.new_figure(8.0, 8.0)
    above, below = figure.subfigures(2, 1)
    error_against_lambda(chosen, axes=above.subplots())
    for axes, (name, lines) in zip(below.subplots(1, 2, sharey=True), curves.items()):
        learning_curve(lines, desired=0.5 * NOISE * NOISE, axes=axes)
        axes.set_title(f"Learning curve: {name}", fontsize=canvas.MIDDLE)
        canvas.log_scale(axes, "y")
    figure.savefig(sys.argv[1])
