"""How large are the gradients in each of six layers, epoch by epoch? Sigmoid and ReLU side by side.

Look at: with sigmoid units the gradients shrink from layer to layer on their way back, from dense7 to a thousandth of
that in dense2: they vanish. With ReLU units and He's initial weights those of all layers are of one size.
"""

import sys

import refnet as rn

data = rn.data.circle(100, seed=1)
records = {}
for activation, weights in ((rn.Sigmoid, rn.Glorot()), (rn.ReLU, rn.He())):
    hidden = [layer for _ in range(6) for layer in (rn.Dense(8, weights=weights), activation())]
    net = rn.Network([rn.Input(2), *hidden, rn.Dense(1), rn.Sigmoid()], seed=1)
    sizes = rn.LayerSizes(data.inputs, data.targets)
    net.fit(data.inputs, data.targets, optimizer=rn.SGD(0.05), epochs=20, batch_size=10, callbacks=[sizes])
    records[activation.__name__] = sizes.records
    gradients = [sizes.records[-1]["gradient"][f"dense{i}"] for i in range(1, 8)]
    print(f"{activation.__name__:8} rms of the gradients, first to last layer: ", *(f"{g:.1e}" for g in gradients))

if len(sys.argv) > 1:
    figure = rn.plots.new_figure(height=6.5)
    for part, (name, found) in zip(figure.subfigures(2, 1), records.items()):
        rn.plots.layer_sizes(found, "gradient", figure=part)
        part.axes[0].set_title(f"{name}: gradients of each layer's weights", fontsize=14)
    figure.savefig(sys.argv[1])
