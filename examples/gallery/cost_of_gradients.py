"""What a gradient costs: numerical differentiation evaluates the network twice for each weight.

Look at: the lines, on logarithmic axes. For 100 times as many weights the numerical gradient costs 100 times as much;
that of backpropagation stays below three evaluations, whatever the size: one forward, up to two back, as each layer
has a product for its weights and one for the layer before. Counted are multiplications with weights.
"""

import sys

import refnet as rn
from refnet.kernels import Wrapper
from refnet.plots.canvas import MARKERS, SMALL, finish, new_figure, style

x, y = [[0.5, -1.0], [1.5, 0.2], [-0.3, 0.8]], [[1.0], [0.0], [1.0]]


class Counting(Wrapper):
    """A backend that counts the multiplications with weights."""

    records, count = False, 0

    def call(self, name, kernel, *values):
        if name.startswith("affine"):
            (rows, columns), second = self.inner.shape(values[0]), self.inner.shape(values[1])
            self.count += rows * columns * second[0 if name == "affine" else 1]
        return kernel(*values)


def measure(units):
    """Weights, what both gradients cost in evaluations of the network, and how far apart they are."""
    k = Counting()
    net = rn.Network([rn.Input(2), rn.Dense(units, bias=False), rn.Tanh(), rn.Dense(units, bias=False), rn.Tanh(),
                      rn.Dense(1, bias=False), rn.Sigmoid()], k, seed=1)
    net.forward(x)
    evaluation = k.count
    net.loss(y, rn.HalfSquaredError())
    net.backward()
    backpropagation = k.count
    apart = rn.gradient_check(net, x, y, rn.HalfSquaredError())  # two-sided, beside another backpropagation
    numerical = k.count - 2 * backpropagation
    weights = 2 * units + units * units + units
    return weights, numerical / evaluation, backpropagation / evaluation, apart


found = [measure(units) for units in (2, 4, 8, 16, 32)]
print("weights  evaluations, two-sided difference  backpropagation  relative distance")
for line in found:
    print("{:7} {:34.0f} {:16.2f}  {:16.0e}".format(*line))
if len(sys.argv) > 1:
    figure = new_figure(height=4.2)
    axes, weights = figure.subplots(), [line[0] for line in found]
    for i, name in enumerate(("two-sided difference", "backpropagation")):
        axes.loglog(weights, [line[i + 1] for line in found], marker=MARKERS[i], label=name, **style(i))
    axes.legend(fontsize=SMALL)
    finish(axes, "Cost of a gradient", "weights", "evaluations of the network")
    figure.savefig(sys.argv[1])
