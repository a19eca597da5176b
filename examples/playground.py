"""The playground's network, 2-8-8-2, learns four data sets in the plane. `--plot FILE` draws what each unit has learnt.

A unit's picture is its output over the plane, from dark (−1; 0 for the last unit) to bright (1). Points of class 1 are
black and should lie on bright ground, points of class 0 are white.
"""

import argparse

import refnet as rn

SETS = [(rn.data.circle, 200), (rn.data.xor, 200), (rn.data.two_moons, 200), (rn.data.spiral, 2000)]


def learn(make, epochs):
    train, test = make(400, seed=1), make(1000, seed=2)
    hidden = [layer for units in (8, 8, 2) for layer in (rn.Dense(units), rn.Tanh())]
    net = rn.Network([rn.Input(2), *hidden, rn.Dense(1), rn.Sigmoid()], seed=2)
    history = net.fit(train.inputs, train.targets, optimizer=rn.Momentum(0.003), epochs=epochs, batch_size=10)
    outputs = net.predict(test.inputs)
    accuracy, auc = rn.metrics.accuracy(test.targets, outputs), rn.metrics.auc(test.targets, outputs)
    print(f"{make.__name__:10} {epochs:6} {history['loss'][-1]:8.5f} {accuracy:9.1%} {auc:8.4f}", flush=True)
    return net, train


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--plot", metavar="FILE", help="where to draw what each unit has learnt (needs matplotlib)")
path = parser.parse_args().plot
if path:
    try:
        figure = rn.plots.new_figure(16.0, 11.0)  # four pictures of 800 pixels
        figure.savefig(path)  # what cannot be drawn or written is said before the training, not after it
    except (ImportError, OSError, ValueError) as error:
        parser.error(f"--plot {path}: {error}")
print("data       epochs     loss  accuracy      AUC")
learnt = [learn(make, epochs) for make, epochs in SETS]
if path:
    for part, (net, data) in zip(figure.subfigures(2, 2, wspace=0.03, hspace=0.03).flat, learnt):
        rn.plots.hidden_units(net, data.inputs, data.targets, figure=part)
    figure.savefig(path)
