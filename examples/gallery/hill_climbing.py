"""Hill climbing by trying neighbours against gradient descent (lecture 003, "Gradient descent").

Both start from the same random weights and train until the loss is at most θ = 0.03. To choose a move, hill climbing
evaluates every weight a little larger and a little smaller; a step of gradient descent costs three: one forward,
at most two back.

Look at: what more weights cost. Each move of hill climbing needs two evaluations a weight, so its line moves to the
right with the size of the network; that of gradient descent hardly does.
"""

import sys

import refnet as rn
from refnet.lectures import hill_climbing_003 as lecture
from refnet.plots import canvas

figure = canvas.new_figure()
axes = figure.subplots()
print("weights  method            evaluations  loss")
for number, hidden in enumerate([4, 16]):
    net = rn.Network([rn.Input(3), rn.Dense(hidden, bias=False), rn.Tanh(), rn.Dense(1, bias=False), rn.Sigmoid()],
                     seed=2)
    start, weights = net.weights, 4 * hidden
    for name, cost, train in (("neighbours", 2 * weights, lambda net: lecture.climb(net, 0.5, lecture.THETA)),
                              ("gradient descent", 3, lambda net: lecture.descend(net, 4.0, lecture.THETA))):
        net.weights = start
        losses = train(net)
        evaluations = [1 + cost * move for move in range(len(losses))]
        print(f"{weights:>7}  {name:<16}  {evaluations[-1]:>11}  {losses[-1]:.4f}")
        style = {**canvas.style(2 * number + (name != "neighbours")), "marker": canvas.MARKERS[number], "markersize": 4}
        axes.plot(evaluations, losses, label=f"{name}, {weights} weights", **style)
axes.axhline(lecture.THETA, color="black", linewidth=1)
axes.text(1, lecture.THETA, f" θ = {lecture.THETA}: low enough", fontsize=canvas.MIDDLE, verticalalignment="bottom")
axes.set_xscale("log")
canvas.finish(axes, "What does it take to find the way down?", "evaluations of the network (log scale)",
              "loss, mean of ½(y − ŷ)²")
axes.legend(fontsize=canvas.SMALL, frameon=False, loc="lower left", bbox_to_anchor=(0.0, 0.14))
if len(sys.argv) > 1:
    figure.savefig(sys.argv[1])
