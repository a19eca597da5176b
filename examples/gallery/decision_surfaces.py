"""What networks of one, two and three layers can tell apart (lecture 002, "Representational Power").

Above, weights set by hand: a unit of the first layer decides for one side of a line, one of the second for what lies on
all its sides, one of the third for what lies in any of them. Below, networks of one, two and three layers, trained on
the third region: how near do they come?

Look at: the dashed lines, which are the units of the first layer; corners are where two of them cross. Below, one layer
has only a line to draw. Two and three layers find the region, with round corners.
"""

import sys

import refnet as rn
from refnet.lectures import representational_power_002 as lecture
from refnet.plots import canvas

REGIONS = {"1 layer": [[lecture.HALF_PLANE]], "2 layers": [lecture.DIAMOND],
           "3 layers": [lecture.UPRIGHT, lecture.FOOT]}
HIDDEN = {"1 layer": [], "2 layers": [8], "3 layers": [8, 4]}
LINE = [i / 50 - 1 for i in range(101)]
POINTS = [(x, y) for y in LINE for x in LINE]
corner = [float(lecture.contains(REGIONS["3 layers"], *point)) for point in lecture.GRID]


def draw(axes, net, title):
    outputs = [o for [o] in net.predict(POINTS)]
    table = [outputs[start : start + 101] for start in range(0, len(outputs), 101)]
    image = axes.imshow(table, extent=(-1, 1, -1, 1), origin="lower", cmap=canvas.UNIT, vmin=0, vmax=1, alpha=0.6)
    axes.contour(LINE, LINE, table, levels=[0.5], colors="black", linewidths=2)
    if title in REGIONS:
        for w1, w2, b in [plane for region in REGIONS[title] for plane in region]:
            axes.contour(LINE, LINE, [[w1 * x + w2 * y + b for x in LINE] for y in LINE], levels=[0], colors="black",
                         linestyles="dashed", linewidths=1)
    canvas.finish(axes, title, "x1", "x2", grid=False)
    return image


figure = canvas.new_figure(height=5.8)
panels = figure.subplots(2, 3)
for above, below, (name, regions) in zip(*panels, REGIONS.items()):
    net = lecture.network("auto", regions)
    inside = [float(lecture.contains(regions, *point)) for point in lecture.GRID]
    right = net.evaluate(lecture.GRID, inside, rn.BinaryCrossEntropy())["accuracy"]
    print(f"{name:<8}  by hand: {right:.1%} right", end="")
    draw(above, net, name)
    layers = [layer for units in HIDDEN[name] for layer in (rn.Dense(units), rn.Tanh())]
    net = rn.Network([rn.Input(2), *layers, rn.Dense(1), rn.Sigmoid()], seed=1)
    net.fit(lecture.GRID, corner, loss=rn.BinaryCrossEntropy(), optimizer=rn.Adam(0.02), epochs=600)
    accuracy = net.evaluate(lecture.GRID, corner)["accuracy"]
    print(f"; trained on the third region: {accuracy:.1%}")
    image = draw(below, net, f"trained: {accuracy:.0%} right")
figure.colorbar(image, ax=panels, shrink=0.6).set_label("output", fontsize=canvas.SMALL)
if len(sys.argv) > 1:
    figure.savefig(sys.argv[1])
