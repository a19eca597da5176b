"""A network with dead units, what `diagnose` says of it, and the same network with a remedy that it names.

Look at: the lines, where the net input of a hidden unit is 0. Those of the dead units, dotted, pass by the points,
so these units are 0 for all of them and no gradient moves them. With biases of 0 to begin with, all eight learn.
"""

import sys

import refnet as rn
from refnet.plots.canvas import BLUE, MARKERS, MIDDLE, ORANGE, RED, finish, new_figure

points = rn.data.circle(200, seed=2)
x, y = [[0.4 * value for value in row] for row in points.inputs], points.targets
AXIS = [-4.5 + 9.0 * i / 60 for i in range(61)]


def network(biases):
    hidden = rn.Dense(8, weights=rn.He(), biases=biases)
    return rn.Network([rn.Input(2), hidden, rn.ReLU(), rn.Dense(2), rn.Softmax()], seed=1)


networks = {"before": network([-5.0] * 6 + [0.5] * 2), "after": network([0.0] * 8)}
for name, net in networks.items():
    found = rn.diagnose(net, x, y, optimizer=rn.SGD(0.3))
    for each in found.findings:
        print(f"{name}: {each.name}, {each.layer}: {each.sentence}; try {each.remedies[1]}")
    if not found:
        print(f"{name}: {repr(found)[1:-1]}")
    net.fit(x, y, optimizer=rn.SGD(0.3), epochs=60)
    scores = net.evaluate(x, y)
    print(f"{name}: after 60 epochs accuracy {scores['accuracy']:.3f}, loss {scores['loss']:.3f}")

if len(sys.argv) > 1:
    figure = new_figure(height=4.8)
    for axes, (name, net) in zip(figure.subplots(1, 2), networks.items()):
        surface = net.predict([[u, v] for v in AXIS for u in AXIS])
        rows = [[o for _, o in surface[61 * i : 61 * i + 61]] for i in range(61)]
        axes.contourf(AXIS, AXIS, rows, levels=[0.0, 0.5, 1.0], colors=["#FFFFFF", "#CCCCCC"])
        for kind, color in ((0, BLUE), (1, ORANGE)):
            chosen = [row for row, label in zip(x, y) if label == kind]
            axes.scatter(*zip(*chosen), s=16, color=color, marker=MARKERS[kind], label=points.classes[kind])
        for (a, b), c in zip(net.weights[0], net.biases[0]):  # a x1 + b x2 + c = 0
            start = -a * c / (a * a + b * b), -b * c / (a * a + b * b)
            ends = [(start[0] + t * b, start[1] - t * a) for t in (-20.0, 20.0)]
            is_dead = not any(a * x1 + b * x2 + c > 0.0 for x1, x2 in x)
            how = {"color": RED, "linestyle": ":", "linewidth": 3} if is_dead else {"color": "black", "linestyle": "--"}
            axes.plot(*zip(*ends), label="dead unit" if is_dead else "unit", **how)
        axes.set(xlim=(-4.5, 4.5), ylim=(-4.5, 4.5), aspect="equal")
        finish(axes, f"{name}: accuracy {net.evaluate(x, y)['accuracy']:.3f}", "x1", "x2", grid=False)
    found = {text: line for axes in figure.axes for line, text in zip(*axes.get_legend_handles_labels())}
    figure.legend(found.values(), found, loc="outside lower center", ncols=len(found), fontsize=MIDDLE)
    figure.suptitle("Grey: what is taken for inside; lines: net input 0 of a hidden unit", fontsize=MIDDLE)
    figure.savefig(sys.argv[1])
