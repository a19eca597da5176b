"""Dropout as an ensemble (lecture 002, "DropOut").

A network with 4 hidden units and dropout ½ is 16 networks, one for each mask, which share their weights. At prediction
one network stands for all of them: the one without a mask.

Look at: the crosses (the network) and the bars (the mean of its 16 members). They are the same number where the output
is linear. With a softmax, or with another hidden layer in between, the network is only near the mean.
"""

import sys

import refnet as rn
from refnet.lectures import dropout_002 as lecture
from refnet.plots import canvas

CASES = {"linear output": [], "softmax": [rn.Softmax()], "a second hidden layer": [rn.Tanh(), rn.Dense(3, bias=False)]}

figure = canvas.new_figure(height=4.5)
print("                       output  mean of 16  network  difference")
for number, (axes, (name, layers)) in enumerate(zip(figure.subplots(1, 3), CASES.items())):
    members, network = lecture.members("auto", *layers)
    labels = ["a member", "their mean", "the network"]  # of the first output
    for output, (mean, own) in enumerate(zip(lecture.means(members), network), 1):
        print(f"{name:<21}  {output:>6}  {mean:>10.4f}  {own:>7.4f}  {own - mean:>10.4f}")
        # Members side by side, in the order of their masks.
        places = [output - 0.25 + 0.5 * mask / 15 for mask in range(16)]
        axes.plot(places, [row[output - 1] for row in members], canvas.MARKERS[0], color=canvas.SKY, markersize=5,
                  label=labels[0])
        axes.plot([output - 0.35, output + 0.35], [mean, mean], color=canvas.RED, linewidth=2.5,
                  label=labels[1])
        axes.plot([output], [own], "kx", markersize=10, markeredgewidth=2.5, label=labels[2])
        labels = [None] * 3
    canvas.finish(axes, name[0].upper() + name[1:], "output unit", "" if number else "output")
    axes.set_xticks([1, 2, 3])
figure.axes[1].legend(fontsize=canvas.SMALL, loc="upper right")
if len(sys.argv) > 1:
    figure.savefig(sys.argv[1])
