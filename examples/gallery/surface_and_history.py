"""What does a network decide where, and how did it come to that? The two moons, with noise, by 2-8-1.

Look at: for sixty epochs the loss is what one unit alone, a straight line, reaches; then the hidden units bend the
line, and it falls again. A few points stay on the wrong side: that is the noise.
"""

import sys

import refnet as rn

data = rn.data.two_moons(200, noise=0.2, seed=1)
how = {"optimizer": rn.Adam(0.02), "batch_size": 20, "validation": 0.25}
line = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], seed=3)
print(f"one unit, a straight line: loss {line.fit(data.inputs, data.targets, epochs=300, **how)['loss'][-1]:.4f}")

net = rn.Network([rn.Input(2), rn.Dense(8), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], seed=3)
history = net.fit(data.inputs, data.targets, epochs=120, **{**how, "optimizer": rn.Adam(0.02)})
for epoch in (1, 30, 60, 90, 120):
    found = {name: values[epoch - 1] for name, values in history.items()}
    print(f"2-8-1, epoch {epoch:3}: loss {found['loss']:.4f}; validation: loss {found['validation_loss']:.4f}, "
          f"accuracy {found['validation_accuracy']:.1%}")

if len(sys.argv) > 1:
    figure = rn.plots.new_figure(height=10.0)
    above, below = figure.subfigures(2, 1, height_ratios=[5.2, 4.8])
    rn.plots.decision_surface(net, data.inputs, data.targets, axes=above.subplots())
    rn.plots.history(history, figure=below)
    figure.savefig(sys.argv[1])
