"""Layers without an activation function are one layer: three of them decide by a straight line, however they train.

Look at: the same network, 2-8-8-1, on the same examples, four clouds in two classes. On the left its hidden layers are
linear; a single layer with the product of their weights gives the same outputs. On the right they have a tanh.
"""

import sys

import refnet as rn
from refnet.plots import canvas, decision_surface

data = rn.data.xor(120, noise=0.1, seed=1)
networks = {}
for name, activation in (("linear", rn.Linear), ("tanh", rn.Tanh)):
    net = rn.Network([rn.Input(2), rn.Dense(8), activation(), rn.Dense(8), activation(), rn.Dense(1), rn.Sigmoid()],
                     seed=1)
    net.fit(data.inputs, data.targets, optimizer=rn.Adam(0.02), epochs=60)
    print(f"{name:6} accuracy {net.evaluate(data.inputs, data.targets)['accuracy']:.3f}")
    networks[name] = net


def product(first, second):
    return [[sum(p * q for p, q in zip(row, column)) for column in zip(*second)] for row in first]


w1, w2, w3 = networks["linear"].weights
[weights] = product(w3, product(w2, w1))
networks["linear"].forward([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
[bias], [at_10], [at_01] = networks["linear"].activations["dense3"]  # net inputs of the output unit
print(f"product of the three weight matrices: {weights[0]:.6f}, {weights[1]:.6f}")
print(f"what the network adds for x1 and x2:  {at_10 - bias:.6f}, {at_01 - bias:.6f}")

if len(sys.argv) > 1:
    figure = canvas.new_figure(8.0, 4.6)
    for axes, (name, net) in zip(figure.subplots(1, 2), networks.items()):
        decision_surface(net, data.inputs, data.targets, axes=axes)
        accuracy = net.evaluate(data.inputs, data.targets)["accuracy"]
        axes.set_title(f"{name}: accuracy {100.0 * accuracy:.1f} %", fontsize=canvas.MIDDLE)
    figure.savefig(sys.argv[1])
