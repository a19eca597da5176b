"""The range test: how does a network learn at other rates? A short trial for each, from the same start.

Look at: the flat part, where the rate is too small to change anything in 40 steps, the valley, and the wall behind it.
A good rate is in the valley, well before the wall. What `fit` then reaches in 20 epochs bears it out.
"""

import sys

import refnet as rn
from refnet.plots.canvas import SMALL, axes_or_new, finish, style

points = rn.data.circle(200, seed=1)
x, y = [[0.4 * value for value in row] for row in points.inputs], points.targets


def network():
    return rn.Network([rn.Input(2), rn.Dense(8), rn.Tanh(), rn.Dense(2), rn.Softmax()], seed=1)


factors = [10.0 ** (power / 4) for power in range(-16, 9)]
curves = {
    "SGD": rn.range_test(network(), x, y, optimizer=rn.SGD(1.0), factors=factors),
    "Adam": rn.range_test(network(), x, y, optimizer=rn.Adam(1.0), factors=factors),
}
for name, trials in curves.items():
    best = min(trials, key=lambda trial: trial.after)
    print(f"{name:4}  loss {best.before:.3f}, after 40 steps at the best rate {best.rate:.2g}: {best.after:.3f}")
print("fit, 20 epochs with SGD")
for rate in (0.001, 1.0, 100.0):
    net = network()
    net.fit(x, y, optimizer=rn.SGD(rate), epochs=20)
    names = ", ".join(rn.diagnose(network(), x, y, optimizer=rn.SGD(rate)).names) or "nothing found"
    print(f"rate {rate:<6g} loss {net.evaluate(x, y)['loss']:7.3f}   diagnose: {names}")

if len(sys.argv) > 1:
    axes = axes_or_new(height=4.2)
    for i, (name, trials) in enumerate(curves.items()):
        axes.loglog([trial.rate for trial in trials], [trial.after for trial in trials], label=name, **style(i))
    axes.axhline(trials[0].before, color="black", linewidth=1, label="loss before")
    axes.legend(fontsize=SMALL)
    finish(axes, "Range test: loss after 40 steps", "learning rate η", "cross-entropy, mean of 200 rows")
    axes.figure.savefig(sys.argv[1])
