"""What do the tests of training share? Eleven rows, a small classifier, its state, and the loop of fit by hand."""

import math

import refnet as rn
from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import SHUFFLE_STREAM

X = [[math.sin(1.7 * i + j) for j in range(3)] for i in range(11)]
CLASSES = [i * 7 % 3 for i in range(11)]
ONE_HOT = [[float(c == j) for j in range(3)] for c in CLASSES]
SOFT = [[0.25, 0.5, 0.25] if c else [0.125, 0.125, 0.75] for c in CLASSES]


def softmax_net(backend, seed=3, penalty=None):
    layers = [rn.Input(3), rn.Dense(4, penalty=penalty), rn.Tanh(), rn.Dense(3), rn.Softmax()]
    return rn.Network(layers, backend=backend, seed=seed)


def state(net):
    """Everything that training needs to go on, as numbers."""
    optimizer = net.optimizer
    velocities = {} if optimizer is None else {
        f"{name}.{matrix}": net.k.tolist(values)
        for name, matrices in optimizer.state.items() for matrix, values in matrices.items()}
    progress = net.progress
    return net.fingerprint(), velocities, progress.epoch, progress.step, progress.position, progress.loss_sum


def by_hand(net, inputs, targets, optimizer, loss, epochs, size, steps=None):
    """The loop of fit, written with the network's public methods; stops after `steps` steps. Returns the losses."""
    history, done = [], 0
    for epoch in range(epochs):
        optimizer.attach(net)
        optimizer.set_rate(epoch)
        order = permutation(stream_key(net.seed, SHUFFLE_STREAM + epoch), len(inputs))
        total = 0.0
        for start in range(0, len(order), size):
            if done == steps:
                return history
            batch = order[start : start + size]
            optimizer.before_forward(net)
            net.forward([inputs[i] for i in batch], training=True)
            net.loss([targets[i] for i in batch], loss)
            total += net.k.tolist(net.loss_matrix(*net.passes.targets))[0][0]
            net.backward()
            optimizer.update(net)
            done += 1
        history.append(total / len(inputs))
    return history
