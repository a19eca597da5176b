"""Which way do optimizers take down a long valley, ½(w1² + 25w2²)? The same 40 steps by each.

Look at: SGD swings across the valley and creeps along it: a rate that suits one direction suits no other. Momentum
builds up speed along the valley, and overshoots. RMSprop and Adam set out diagonally: each weight has its own rate.
"""

import sys

import refnet as rn

OPTIMIZERS = [rn.SGD(0.07), rn.Momentum(0.01), rn.RMSprop(0.2), rn.Adam(0.6)]
STEPS, START = 40, (-8.0, 2.0)

if len(sys.argv) > 1:
    axes = rn.plots.optimizer_paths(OPTIMIZERS, steps=STEPS, start=START, steepness=25.0)
    axes.figure.savefig(sys.argv[1])

for optimizer in OPTIMIZERS:  # the same steps by fit: two weights, and rows whose half squared error is the valley
    net = rn.Network([rn.Input(2), rn.Dense(1, bias=False, weights=[list(START)])])
    net.fit([[1.0, 0.0], [0.0, 5.0]], [[0.0], [0.0]], loss=rn.HalfSquaredError(over="sum"), optimizer=optimizer,
            epochs=STEPS, batch_size=2)
    (w1, w2), = net.weights[0]
    print(f"{type(optimizer).__name__:9} after {STEPS} steps: w1 = {w1:8.5f}, w2 = {w2:8.5f}")
