"""One hidden layer approximates sin 2πx, as any continuous function, the better the more units it has.

Look at: what 1, 2, 4 and 16 tanh units have learnt of the curve, the best of three trainings each, and how their error
falls with the width. The dashed line is not trained but constructed: a polygon with a corner for each ReLU; for up to 4
units these are all where the sine is 0.
"""

import sys
from math import sqrt, tau

import refnet as rn
from refnet.arithmetic.elementary import sin  # the same on every machine
from refnet.plots.canvas import MARKERS, SMALL, finish, new_figure, style

WIDTHS, xs = (1, 2, 4, 8, 16), [i / 30.0 - 1.0 for i in range(61)]
rows, ys = [[x] for x in xs], [sin(tau * x) for x in xs]


def error(net):
    """The root of the mean of (ŷ − y)²."""
    return sqrt(net.evaluate(rows, ys, loss=rn.MeanSquaredError())["loss"])


def trained(width, seed):
    hidden = rn.Dense(width, weights=rn.Normal(3.0), biases=rn.Uniform(3.0))
    net = rn.Network([rn.Input(1), hidden, rn.Tanh(), rn.Dense(1)], seed=seed)
    net.fit(rows, ys, optimizer=rn.Adam(rn.CosineDecay(0.05, epochs=1500)), epochs=1500, batch_size=len(xs))
    return net


def polygon(width):
    """Straight lines between points of the curve: each ReLU changes the slope where it begins."""
    step = 2.0 / width
    corners = [i * step - 1.0 for i in range(width)]
    slopes = [(sin(tau * (x + step)) - sin(tau * x)) / step for x in corners]
    turns = [slope - before for slope, before in zip(slopes, [0.0, *slopes])]
    return rn.Network([rn.Input(1), rn.Dense(width, weights=[[1.0]] * width, biases=[-x for x in corners]), rn.ReLU(),
                       rn.Dense(1, weights=[turns], biases=[sin(-tau)])])


best = {width: min((trained(width, seed) for seed in (1, 2, 3)), key=error) for width in WIDTHS}
learnt, built = [error(best[width]) for width in WIDTHS], [error(polygon(width)) for width in WIDTHS]
print("units  error, trained tanh  polygon of ReLUs")
for row in zip(WIDTHS, learnt, built):
    print("{:5} {:20.4f} {:17.4f}".format(*row))
if len(sys.argv) > 1:
    figure = new_figure(height=3.9)
    left, right = figure.subplots(1, 2)
    left.plot(xs, ys, ".", color="black", label="sin 2πx")
    for i, width in enumerate((1, 2, 4, 16)):
        left.plot(xs, [o for (o,) in best[width].predict(rows)], label=f"{width} unit{'s' * (width > 1)}", **style(i))
    for i, (name, errors) in enumerate((("trained tanh units", learnt), ("polygon of ReLUs", built))):
        right.loglog(WIDTHS, errors, marker=MARKERS[i], label=name, **style(i))
    right.set_xticks(WIDTHS, WIDTHS, minor=False)
    right.minorticks_off()
    left.legend(fontsize=SMALL, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    right.legend(fontsize=SMALL, loc="lower left")
    finish(left, "What was learnt", "x", "ŷ")
    finish(right, "Error against width", "hidden units", "root mean square error")
    figure.savefig(sys.argv[1])
