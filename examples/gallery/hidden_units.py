"""What has each unit of the playground's network, 2-8-8-2, learnt of the circle?

Look at: units of the first layer cut the plane by straight lines; those of the second join them to corners and patches;
each layer's pictures come nearer to the answer. Yellow is a large output, blue a small one, a white line their middle.
"""

import sys

import refnet as rn

data = rn.data.circle(300, seed=1)
hidden = [layer for units in (8, 8, 2) for layer in (rn.Dense(units), rn.Tanh())]
net = rn.Network([rn.Input(2), *hidden, rn.Dense(1), rn.Sigmoid()], seed=2)
history = net.fit(data.inputs, data.targets, optimizer=rn.Momentum(0.003), epochs=150, batch_size=10)

test = rn.data.circle(1000, seed=2)
print(f"loss after 150 epochs {history['loss'][-1]:.5f}")
print(f"accuracy on 1,000 new points {net.evaluate(test.inputs, test.targets)['accuracy']:.1%}")

if len(sys.argv) > 1:
    rn.plots.hidden_units(net, data.inputs, data.targets).savefig(sys.argv[1])
