"""A network with its numbers: the first step of lecture 003's example, two layers without thresholds, η = 0.2.

Look at: δ3 = −0.0025 and δ4 = 0.0025 have the signs of w35 and w45, through which the error comes back; each weight
changes by −η·δ·o, so that w24 falls and w13 grows by the same amount.
"""

import sys

import refnet as rn

net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()])
net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
step = ([0.1, 0.1], [0.1], rn.HalfSquaredError(), rn.SGD(0.2))

trace = rn.traced(net, *step[:2], loss=step[2], optimizer=step[3])
for name in ("sigmoid1.o", "sigmoid2.o", "dense2.delta", "dense1.delta", "dense2.weights.new", "dense1.weights.new"):
    print(f"{name:18}", "  ".join(f"{value:.5f}" for row in trace[name] for value in row))

if len(sys.argv) > 1:
    rn.plots.network(net, *step, digits=5).figure.savefig(sys.argv[1])
