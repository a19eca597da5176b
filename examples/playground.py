"""The playground's network, 2-8-8-2, learns four data sets in the plane. `--plot FILE` draws what each unit has learnt.

A unit's picture is its output over the plane, from blue (−1; 0 for the last unit) to red (1). Points of class 1 are
white and should lie on red, points of class 0 are black.
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
    return make.__name__, net, train


def plot(figure, learnt):
    """A row for each data set, a picture for each unit: first layer, second, third, output."""
    for axes, (name, net, data) in zip(figure.subplots(len(learnt), 8 + 8 + 2 + 1), learnt):
        size = 1.1 * max(abs(v) for row in data.inputs for v in row)
        steps = [size * (i / 30.0 - 1.0) for i in range(61)]
        activations, x = [], net.k.matrix([[x, y] for y in steps for x in steps])
        for layer in net.layers:
            x = layer.forward(x)
            if isinstance(layer, (rn.Tanh, rn.Sigmoid)):
                lowest = 0.0 if isinstance(layer, rn.Sigmoid) else -1.0
                activations += [(lowest, unit) for unit in zip(*net.k.tolist(x))]
        for one, (lowest, unit) in zip(axes, activations):
            rows = [unit[start : start + 61] for start in range(0, 61 * 61, 61)]
            one.imshow(rows, origin="lower", extent=(-size, size) * 2, vmin=lowest, vmax=1.0, cmap="coolwarm")
            one.set_axis_off()
        axes[0].set_title(name, loc="left")
        axes[-1].scatter(*zip(*data.inputs), s=0.2, c=["white" if target else "black" for target in data.targets])


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--plot", metavar="FILE", help="where to draw what each unit has learnt (needs matplotlib)")
path = parser.parse_args().plot
if path:
    try:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(20, 5), layout="constrained")
        figure.savefig(path)  # what cannot be drawn or written is said before the training, not after it
    except (ImportError, OSError, ValueError) as error:
        parser.error(f"--plot {path}: {error}")
print("data       epochs     loss  accuracy      AUC")
learnt = [learn(make, epochs) for make, epochs in SETS]
if path:
    plot(figure, learnt)
    figure.savefig(path, dpi=100)
