"""The two-layer example of a lecture, number by number: forward, loss, backward, update.

Inputs are nodes 1 and 2, hidden units 3 and 4, output 5; sigmoid units, no thresholds, learning rate 0.2.
"""

import refnet as rn

net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()])
net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
optimizer = rn.SGD(0.2)

for inputs, target in [([0.1, 0.1], 0.1), ([0.1, 0.9], 0.9), ([0.9, 0.1], 0.9), ([0.9, 0.9], 0.1)]:
    (output,) = net.forward([inputs])
    loss = net.loss([[target]], rn.HalfSquaredError())
    net.backward()
    optimizer.update(net)
    ((w13, w23), (w14, w24)), ((w35, w45),) = net.weights
    print(f"{inputs} → o5 = {output[0]:.6f}, target {target}, loss {loss:.6f}, gradients {net.gradients}")
    print(f"    w13 {w13:.5f}  w23 {w23:.5f}  w14 {w14:.5f}  w24 {w24:.5f}  w35 {w35:.5f}  w45 {w45:.5f}")
