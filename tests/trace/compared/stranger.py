"""How would a stranger write a training step? Plain Python, without refnet, with the liberties that people take."""

import math


def dot(start, a, b):
    for p, q in zip(a, b):
        start += p * q
    return start


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z))


def step(x, y, weights, biases, rate, total=dot, activation=sigmoid, over=lambda a, m: a / m, net=None):
    """One step of a network of dense layers with one activation, half squared error, SGD; all numbers by name.

    total(start, a, b): a sum of products; over(a, m): the division by the number of rows; net(bias, w, x): net input
    """
    found, outputs = {"input.o": x}, [x]
    for n, (ws, bs) in enumerate(zip(weights, biases), 1):
        z = [[(net or total)(b, w, row) for w, b in zip(ws, bs)] for row in outputs[-1]]
        outputs.append([[activation(each) for each in row] for row in z])
        found[f"dense{n}.weights"], found[f"dense{n}.bias"] = ws, bs
        found[f"dense{n}.z"], found[f"sigmoid{n}.o"] = z, outputs[-1]
    found["targets"] = y
    m = float(len(x))
    d = [[over(p - q, m) for p, q in zip(*rows)] for rows in zip(outputs[-1], y)]
    for n in range(len(weights), 0, -1):
        found[f"sigmoid{n}.delta"] = d
        delta = [[g * (o * (1.0 - o)) for o, g in zip(*rows)] for rows in zip(outputs[n], d)]
        found[f"dense{n}.delta"] = delta
        columns = list(zip(*delta))
        gradient = [[total(0.0, column, values) for values in zip(*outputs[n - 1])] for column in columns]
        found[f"dense{n}.weights.gradient"] = gradient
        found[f"dense{n}.bias.gradient"] = [total(0.0, column, [1.0] * len(x)) for column in columns]
        d = [[total(0.0, row, column) for column in zip(*weights[n - 1])] for row in delta]
    for n, ws in enumerate(weights, 1):
        found[f"dense{n}.weights.new"] = [[w - rate * g for w, g in zip(*rows)]
                                          for rows in zip(ws, found[f"dense{n}.weights.gradient"])]
        found[f"dense{n}.bias.new"] = [b - rate * g for b, g in zip(biases[n - 1], found[f"dense{n}.bias.gradient"])]
    return found
