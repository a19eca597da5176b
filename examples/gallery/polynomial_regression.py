"""Polynomial regression with a penalty: h = θ0 + θ1x + … + θ8x⁸ is a network of one linear unit over x, x², …, x⁸.

Look at: with λ = 0 the curve runs through every one of the nine points and swings between them; with λ = 0.1 it follows
the sine; with λ = 10 all weights are small, and so is what it can follow.
"""

import sys

import refnet as rn
from refnet.arithmetic import elementary, random
from refnet.plots import canvas

POWERS, M = 8, 9


def row(x):
    powers = [x]
    while len(powers) < POWERS:
        powers.append(powers[-1] * x)
    return powers


x = [-1.0 + 0.25 * i for i in range(M)]
y = [elementary.sin(3.0 * each) + 0.3 * random.normal(7, i) for i, each in enumerate(x)]
line = [-1.0 + 0.01 * i for i in range(201)]
curves = {}
for lam in (0.0, 0.1, 10.0):
    penalty = rn.L2(lam / M, half=True)  # λ/2m Σ θ_j², without θ0
    net = rn.Network([rn.Input(POWERS), rn.Dense(1, weights=rn.Zeros(), penalty=penalty)])
    net.fit([row(each) for each in x], y, loss=rn.HalfSquaredError(), optimizer=rn.Nesterov(0.1, mu=0.999),
            epochs=20000, batch_size=M, shuffle=False)
    squares = sum(weight * weight for weight in net.weights[0][0])
    error = net.evaluate([row(each) for each in x], y)["loss"]
    print(f"λ = {lam:<5g} 1/2m Σ (h − y)² = {error:.4f}, Σ θ² = {squares:.4g}")
    curves[lam] = net.predict([row(each) for each in line])

if len(sys.argv) > 1:
    axes = canvas.axes_or_new()
    axes.plot(line, [elementary.sin(3.0 * each) for each in line], color="black", linestyle=":", label="sin 3x")
    for i, (lam, curve) in enumerate(curves.items()):
        axes.plot(line, curve, label=f"λ = {lam:g}", **canvas.style(i))
    axes.plot(x, y, "o", color="black", label="examples")
    axes.set_ylim(-2.5, 2.5)
    axes.legend(fontsize=canvas.SMALL, frameon=False)
    canvas.finish(axes, "A polynomial of degree 8 through nine points", "x", "y")
    axes.figure.savefig(sys.argv[1])
