"""Symmetry: hidden units that start equal stay equal, so three of them can do no more than one.

Look at: what each of the three hidden units and the output have learnt, after the same training on the playground's
circle. From equal weights all units have found the same edge, and the output can only move it. From random weights each
has found an edge of its own, and the output puts them together. Yellow is a large output, a white line the middle.
"""

import sys

import refnet as rn
from refnet.plots import canvas, hidden_units

data = rn.data.circle(120, seed=1)
networks = {}
for name, start in (("equal weights", rn.Constant(0.5)), ("random weights", rn.Normal(0.5))):
    net = rn.Network([rn.Input(2), rn.Dense(3, weights=start), rn.Tanh(), rn.Dense(1, weights=start), rn.Sigmoid()],
                     seed=1)
    net.fit(data.inputs, data.targets, optimizer=rn.Adam(0.05), epochs=120)
    different = len({tuple(unit) for unit in net.get("dense1.weights")})
    accuracy = net.evaluate(data.inputs, data.targets)["accuracy"]
    print(f"{name:14} different hidden units: {different}, accuracy {accuracy:.3f}")
    networks[name] = net

if len(sys.argv) > 1:
    figure = canvas.new_figure(8.0, 6.4)
    for part, (name, net) in zip(figure.subfigures(2, 1), networks.items()):
        part.suptitle(f"From {name}", fontsize=canvas.LARGE)
        hidden_units(net, data.inputs, data.targets, figure=part)
    figure.savefig(sys.argv[1])
