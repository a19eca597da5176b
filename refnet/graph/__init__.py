"""What is the chain rule? The scalar graph: units u_i made by expressions, and their derivatives.

    from refnet.graph import Unit, affine, sigmoid

    w = [Unit(0.1, "w0"), Unit(0.1, "w1"), Unit(-0.1, "w2")]
    o = sigmoid(affine([0.1, 0.9], w[1:], w[0]))
    loss = (o - 0.9) ** 2 / 2.0
    loss.backward()
    w[1].gradient                   # ∂L/∂w1

    g = expand(net, inputs, targets)     # a whole network, unit by unit
"""

from refnet.graph.functions import affine, cos, exp, log, relu, sigmoid, sin, sqrt, tanh
from refnet.graph.networks import Expansion, expand
from refnet.graph.units import Operation, Unit, apply

__all__ = ["Expansion", "Operation", "Unit", "affine", "apply", "cos", "exp", "expand", "log", "relu", "sigmoid", "sin",
           "sqrt", "tanh"]
