"""Learning rates too small, right and too large; and a local minimum that only a larger rate leaves.

The first picture is a network, 2-6-1 on the two moons. In the second a single weight learns h = tanh(θx): its loss has
a local minimum near θ = 0 and is lowest near θ = −15.

Look at: the three curves on the left are all that one needs to tell the rates apart. On the right the weight with
α = 1 rolls into the nearest valley and stays there; with α = 40 it jumps over the hill.
"""

import sys

import refnet as rn
from refnet.plots import canvas, compare_histories

RATES = {"too small, α = 0.01": 0.01, "right, α = 1": 1.0, "too large, α = 100": 100.0}
X, Y = [[1.0], [0.12], [0.1], [0.08]], [0.3, -0.95, -0.9, -0.85]


def one_weight(theta):
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False), rn.Tanh()])
    net.weights = [[[theta]]]
    return net


def cost(theta):
    return one_weight(theta).evaluate(X, Y, rn.HalfSquaredError())["loss"]


data = rn.data.two_moons(100, noise=0.1, seed=1)
histories = {}
for label, rate in RATES.items():
    net = rn.Network([rn.Input(2), rn.Dense(6), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], seed=1)
    histories[label] = net.fit(data.inputs, data.targets, optimizer=rn.SGD(rate), epochs=60, batch_size=100)
    print(f"{label:20} loss {histories[label]['loss'][0]:.3f} → {histories[label]['loss'][-1]:.3f}")

paths = {}
for rate in (1.0, 40.0):
    net, optimizer, paths[rate] = one_weight(2.0), rn.SGD(rate), [2.0]
    for _ in range(40):
        net.fit(X, Y, loss=rn.HalfSquaredError(), optimizer=optimizer)
        paths[rate].append(net.weights[0][0][0])
    print(f"one weight, α = {rate:<4g} θ = 2 → {paths[rate][-1]:.3f}, J = {cost(paths[rate][-1]):.3f}")

if len(sys.argv) > 1:
    figure = canvas.new_figure(8.0, 4.5)
    left, right = figure.subplots(1, 2)
    compare_histories(histories, log=True, axes=left)
    left.set_ylim(0.1, 3e3)  # room for the legend
    canvas.finish(left, "A network's loss", "epoch", "loss")
    line = [-30.0 + 0.1 * i for i in range(360)]
    right.plot(line, [cost(theta) for theta in line], color="black")
    for i, (rate, path) in enumerate(paths.items()):
        right.plot(path, [cost(theta) for theta in path], marker=canvas.MARKERS[i], markersize=7 - i,
                   label=f"α = {rate:g}", color=canvas.style(i)["color"], linewidth=0.7)
    right.legend(fontsize=canvas.SMALL, frameon=False)
    canvas.finish(right, "A loss with two valleys", "weight θ", "loss J(θ)")
    figure.savefig(sys.argv[1])
