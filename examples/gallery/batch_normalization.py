"""Batch normalisation in a deep sigmoid network (lecture 002, "Batch Normalization").

The same network on the playground's circle, with 3 and with 5 hidden layers, with and without BatchNorm before each
sigmoid: the loss after each epoch.

Look at: five hidden layers, which learn nothing without it, because little of the gradient arrives at the first of
them. At three: without it the loss hardly falls for 40 epochs, but is the lower one in the end. With it the loss stays
noisy, because the mean and variance of each minibatch are others.
"""

import sys

import refnet as rn
from refnet.plots import canvas

EPOCHS = 150
data = rn.data.circle(400, seed=1)


def network(hidden, normalized):
    layers = [rn.Input(2)]
    for _ in range(hidden):
        layers += [rn.Dense(8), rn.BatchNorm(), rn.Sigmoid()] if normalized else [rn.Dense(8), rn.Sigmoid()]
    return rn.Network([*layers, rn.Dense(1), rn.Sigmoid()], seed=1)


figure = canvas.new_figure()
axes = figure.subplots()
print("hidden layers  BatchNorm  loss after 10, 50, 150 epochs  largest first ∂L/∂W of layer 1")
for number, (hidden, normalized) in enumerate([(3, False), (3, True), (5, False), (5, True)]):
    net = network(hidden, normalized)
    net.forward(data.inputs, training=True)
    net.loss(data.targets, rn.BinaryCrossEntropy())
    net.backward()
    largest = max(abs(g) for unit in net.gradients["dense1.weights"] for g in unit)
    history = net.fit(data.inputs, data.targets, loss=rn.BinaryCrossEntropy(), optimizer=rn.SGD(1.0), epochs=EPOCHS,
                      batch_size=50)
    losses = history["loss"]
    cells = "  ".join(f"{losses[epoch - 1]:.3f}" for epoch in (10, 50, EPOCHS))
    print(f"{hidden:>13}  {'yes' if normalized else 'no':>9}  {cells:>29}  {largest:>29.6f}")
    label = f"{hidden} hidden layers, {'BatchNorm' if normalized else 'without'}"
    axes.plot(range(1, EPOCHS + 1), losses, label=label, marker=canvas.MARKERS[number], markersize=5,
              markevery=(3 * number, 12), **canvas.style(number))
canvas.finish(axes, "Batch normalisation: the loss of a sigmoid network", "epoch", "mean cross-entropy")
axes.legend(fontsize=canvas.SMALL, frameon=False)
if len(sys.argv) > 1:
    figure.savefig(sys.argv[1])
