"""What do activation functions look like, and their derivatives? Each as its layer computes it.

Look at: the derivative of the sigmoid is at most ¼, so that six layers of it leave at most 1/4,096 of a gradient; those
of tanh and the ReLU reach 1, and the ReLU's stays there for all z > 0 and is 0 for all z < 0.
"""

import sys

import refnet as rn

print("layer      largest do/dz   at z = -4    at z = 4")
for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu"):
    net = rn.Network([rn.Input(1), name])
    net.forward([[z / 100.0] for z in range(-400, 401)])
    derivative = [d for (d,) in net.backward([[1.0]] * 801, input_gradient=True)]
    print(f"{name:10} {max(derivative):13.4f}   {derivative[0]:9.4f}   {derivative[-1]:9.4f}")

if len(sys.argv) > 1:
    rn.plots.activation_functions().savefig(sys.argv[1])
