"""What do the tests of losses share? A loss and its gradient, from outputs."""

import refnet as rn


def measured(backend, loss, outputs, targets, last=()):
    """The loss of these outputs (or of what the last layers make of them) and its gradient."""
    net = rn.Network([rn.Input(len(outputs[0])), *last], backend=backend)
    net.forward(outputs)
    return net.loss(targets, loss), net.backward(input_gradient=True)
