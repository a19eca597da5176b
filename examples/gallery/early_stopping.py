"""Overfitting and early stopping: a network, 1-10-1 with tanh, learns ten noisy points of a sine.

Look at: on the left both errors fall at first; then the training error goes on falling, and the validation one rises.
The ring is where early stopping ends the training. On the right the network of that epoch is a smooth curve; the one
that went on bends through the points, that is, through their noise.
"""

import sys

import refnet as rn
from refnet.arithmetic import elementary, random
from refnet.plots import canvas, history


def points(m, seed, noise=0.6):
    """m points of y = sin 3x with noise."""
    x = [2.0 * (i + 0.5) / m - 1.0 for i in range(m)]
    return [[each] for each in x], [elementary.sin(3.0 * x[i]) + noise * random.normal(seed, i) for i in range(m)]


training, validation = points(10, seed=4), points(25, seed=104)
networks = {}
for name, callbacks in (("stopped early", [rn.EarlyStopping(patience=20)]), ("after 200 epochs", [])):
    net = rn.Network([rn.Input(1), rn.Dense(10), rn.Tanh(), rn.Dense(1)], seed=4)
    net.fit(*training, loss=rn.HalfSquaredError(), optimizer=rn.Adam(0.1), epochs=200, validation=validation,
            callbacks=callbacks)
    errors = [net.evaluate(*each)["loss"] for each in (training, validation)]
    print(f"{name:17} training error {errors[0]:.4f}, validation error {errors[1]:.4f}")
    networks[name] = net

if len(sys.argv) > 1:
    figure = canvas.new_figure(8.0, 4.5)
    left, right = figure.subfigures(1, 2)
    history(networks["after 200 epochs"].history, "loss", figure=left)
    axes = right.subplots()
    line = [-1.0 + 0.01 * i for i in range(201)]
    axes.plot(line, [elementary.sin(3.0 * x) for x in line], color="black", linestyle=":", label="sin 3x")
    for i, (name, net) in enumerate(networks.items()):
        axes.plot(line, net.predict([[x] for x in line]), label=name, **canvas.style(i))
    axes.plot(*training, "o", color="black", label="training examples")
    axes.legend(fontsize=canvas.SMALL, frameon=False)
    canvas.finish(axes, "What it has learnt", "x", "y")
    figure.savefig(sys.argv[1])
