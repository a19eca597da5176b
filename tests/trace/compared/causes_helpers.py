"""What do the tests of causes share? A step of a network, a stranger's step of it, and what is found between them."""

import struct
from fractions import Fraction

import stranger

import refnet as rn
from refnet.arithmetic import elementary
from refnet.arithmetic.random import uniform
from refnet.trace import traced


def draws(seed, rows, columns, scale=1.0):
    return [[(uniform(seed, i * columns + j) * 2.0 - 1.0) * scale for j in range(columns)] for i in range(rows)]


X, Y = draws(1, 19, 21), [[abs(each) for each in row] for row in draws(2, 19, 3)]


def network(activation=rn.Sigmoid):
    net = rn.Network([rn.Input(21), rn.Dense(9), activation(), rn.Dense(3), activation()], "python", seed=3)
    net.biases = [draws(4, 1, 9)[0], draws(5, 1, 3)[0]]
    return net


NET = network()
TRACE = traced(NET, X, Y, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.3))


def theirs(**liberties):
    """A stranger's step on the same network, with refnet's own sigmoid unless it is taken otherwise."""
    return stranger.step(X, Y, NET.weights, NET.biases, 0.3, **{"activation": elementary.sigmoid, **liberties})


def causes(found):
    assert found, "no difference"
    return found.deviation.causes


def fused(a, b, c):
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def added(values, start=0.0):
    for value in values:
        start += value
    return start


def single(value):
    return struct.unpack("f", struct.pack("f", value))[0]
