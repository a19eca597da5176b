"""A perceptron learns AND and OR, and never XOR.

Look at: the lines z = 0 after each epoch, from light to dark; the arrow points to where the answer is 1. The last one
separates the classes of AND and of OR. No line can do that for XOR: after an epoch the weights are the same again, and
its lines are those of one epoch, step by step.
"""

import sys
from math import dist

from refnet.neurons import Perceptron
from refnet.plots.canvas import BLUE, MARKERS, MIDDLE, RED, finish, lighter, new_figure

ROWS = [[0, 0], [0, 1], [1, 0], [1, 1]]
GATES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "XOR": [0, 1, 1, 0]}


def show(axes, name, targets, weights):
    for x, y in zip(ROWS, targets):
        axes.scatter(*x, s=260, marker=MARKERS[y], color=[RED, BLUE][y], edgecolors="black", zorder=3)
        axes.text(*x, str(y), color="white", size=11, weight="bold", ha="center", va="center", zorder=4)
    lines = [(b, w1, w2) for b, w1, w2 in weights if w1 or w2]
    for i, (b, w1, w2) in enumerate(lines, 1):
        size = w1 * w1 + w2 * w2  # −b (w1, w2)/size is on the line, (w2, −w1) along it
        x1, x2 = -b * w1 / size, -b * w2 / size
        axes.axline((x1, x2), (x1 + w2, x2 - w1), color=lighter("#000000", 0.8 * (1 - i / len(lines))), linewidth=1.5)
    # The arrow stands on the last line, as far from the points as it can.
    across, along = [0.4 * w / size**0.5 for w in (w1, w2)], [0.1 * w / size**0.5 for w in (w2, -w1)]
    arrows = [[(x + share * across[0], y + share * across[1]) for share in (0.0, 0.5, 1.0)]
              for x, y in ((x1 + t * along[0], x2 + t * along[1]) for t in range(-30, 31))]
    inside = [arrow for arrow in arrows if all(-0.5 < value < 1.7 for spot in arrow for value in spot)]
    start, _, end = max(inside, key=lambda arrow: min(dist(spot, row) for spot in arrow for row in ROWS))
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "linewidth": 2, "color": "black"}, zorder=5)
    axes.set(xlim=(-0.6, 1.8), ylim=(-0.6, 1.8), aspect="equal")
    finish(axes, name, "x1", "x2", grid=False)


units = {name: Perceptron([0, 0]) for name in GATES}
learnt = {name: units[name].fit(ROWS, targets) for name, targets in GATES.items()}
for name, (mistakes, weights, cycle) in learnt.items():
    b, w1, w2 = weights[-1]
    end = f"o = 1 where {b:g} + {w1:g} x1 + {w2:g} x2 ≥ 0" if not cycle else f"weights as {cycle} epoch before: never"
    print(f"{name:4} mistakes in each epoch {mistakes}; {end}")
steps = {name: each.weights[1:] for name, each in learnt.items()}
steps["XOR"] = []
for x, y in zip(ROWS, GATES["XOR"]):
    units["XOR"].learn(x, y)
    steps["XOR"].append([units["XOR"].bias, *units["XOR"].weights])
if len(sys.argv) > 1:
    figure = new_figure(height=3.6)
    figure.suptitle("Grey to black: z = 0, from the first to the last; arrow: to the side where o = 1", fontsize=MIDDLE)
    for axes, (name, targets) in zip(figure.subplots(1, 3), GATES.items()):
        show(axes, name, targets, steps[name])
    figure.savefig(sys.argv[1])
