"""Six hidden layers: with sigmoid units the gradient vanishes on its way back to the first, with ReLU it does not.

Look at: how it shrinks from the last layer to the first, after one epoch. A sigmoid's derivative is at most ¼, so each
layer takes its part. After 40 epochs that network still gives a constant answer, whose loss is ln 2 = 0.693.
"""

import sys

import refnet as rn
from refnet.plots.canvas import MARKERS, SMALL, finish, new_figure, style

points = rn.data.circle(100, seed=1)
gradients, losses = {}, {}
for activation in (rn.Sigmoid, rn.Tanh, rn.ReLU):
    hidden = [layer for _ in range(6) for layer in (rn.Dense(12, weights=rn.He()), activation())]
    net = rn.Network([rn.Input(2), *hidden, rn.Dense(1), rn.Sigmoid()], seed=1)
    sizes = rn.LayerSizes(points.inputs, points.targets)
    net.fit(points.inputs, points.targets, optimizer=rn.SGD(0.05), epochs=40, batch_size=10, callbacks=sizes)
    name = {"Sigmoid": "sigmoid", "Tanh": "tanh"}.get(activation.__name__, "ReLU")
    gradients[name] = list(sizes.records[0]["gradient"].values())
    losses[name] = net.history["loss"]

print("root mean square of ∂L/∂W, layer by layer; loss after 40 epochs")
for name, sizes in gradients.items():
    print(f"{name:8}", *[f"{size:.1e}" for size in sizes], f"  loss {losses[name][-1]:.3f}")
if len(sys.argv) > 1:
    figure = new_figure(height=3.8)
    left, right = figure.subplots(1, 2)
    for i, (name, sizes) in enumerate(gradients.items()):
        left.semilogy(range(1, 8), sizes, marker=MARKERS[i], label=name, **style(i))
        right.plot(range(1, 41), losses[name], label=name, **style(i))
    for axes in (left, right):
        axes.legend(fontsize=SMALL)
    finish(left, "Gradient after the first epoch", "layer", "root mean square of ∂L/∂W")
    finish(right, "Training", "epoch", "loss")
    figure.savefig(sys.argv[1])
