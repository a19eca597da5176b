"""Which networks do the tests of exchange try? Random chains and graphs with every layer, and rows for them."""

import random

import refnet as rn


def layers(rng, width):
    """Every layer that keeps the width, each with settings of its own."""
    numbers = [rng.uniform(-1, 1) for _ in range(width)]
    return [
        rn.Linear(), rn.Sigmoid(), rn.Tanh(), rn.ReLU(), rn.ReLU(gradient_at_zero=1), rn.LeakyReLU(rng.uniform(-1, 1)),
        rn.PReLU(rng.uniform(0, 1)), rn.PReLU(shared=True), rn.ELU(rng.uniform(0.1, 2)), rn.Softplus(), rn.SiLU(),
        rn.GELU(), rn.Softmax(), rn.Softmax(rng.uniform(-2, 2)), rn.LogSoftmax(), rn.LogSoftmax(0.5), rn.Scale(0.3),
        rn.Standardize(numbers, [rng.uniform(0.1, 2) for _ in range(width)]), rn.BatchNorm(),
        rn.BatchNorm(momentum=0.5, eps=0.25), rn.Dropout(0.3), rn.Dropout(0.3, scaling="prediction"),
        rn.GaussianNoise(0.1), rn.MultiplicativeNoise(0.5), rn.Jitter(width, 1), rn.ActivityPenalty(0.01),
        rn.KLSparsity(),
    ]  # fmt: skip


def graph(rng):
    """An output, or several, of one to three inputs: dense layers, others, merging ones and shared ones."""
    values = [(rn.Input(width), width) for width in [rng.randint(1, 6) for _ in range(rng.randint(1, 3))]]
    for _ in range(rng.randint(2, 9)):
        value, width = rng.choice(values[-3:])
        kind = rng.random()
        if kind < 0.35:
            new = rng.randint(1, 8)
            values.append((rn.Dense(new, bias=rng.random() < 0.8, penalty=rn.L2(0.1))(value), new))
        elif kind < 0.75:
            values.append((rng.choice(layers(rng, width))(value), width))
        elif kind < 0.85:  # a layer called on itself
            layer = rng.choice([rn.Dense(width), rn.BatchNorm(), rn.PReLU()])
            values.append((layer(rn.Tanh()(layer(value))), width))
        else:
            alike = [each for each, other in values if other == width]
            merge = rng.choice([rn.Add(), rn.Subtract(), rn.Multiply(), rn.Maximum(), rn.Concatenate()])
            chosen = [rng.choice(alike) for _ in range(rng.randint(2, 3))]
            values.append((merge(*chosen), width * (len(chosen) if isinstance(merge, rn.Concatenate) else 1)))
    inside = [value for value, _ in values if isinstance(value, rn.layers.Node)]
    taken = {id(parent) for node in inside for parent in node.parents}
    ends = [value for value in inside if id(value) not in taken]
    return [*ends, inside[0]] if inside[0] not in ends and rng.random() < 0.3 else ends


def network(seed, number, backend="auto"):
    """A network and rows for each of its inputs. Its weights and running numbers are those of no training."""
    rng = random.Random(seed)
    if seed % 2:
        ends = graph(rng)
        net = rn.Network(ends if len(ends) > 1 else ends[0], backend, seed, number=number)
    else:
        chain, width = [rn.Input(rng.randint(1, 6))], 0
        for _ in range(rng.randint(1, 5)):
            width = rng.randint(1, 9)
            chain += [rn.Dense(width, bias=rng.random() < 0.8), rng.choice(layers(rng, width))]
        net = rn.Network(chain, backend, seed, number=number)
    for parameter in net.parameters.values():
        rows, columns = net.k.shape(parameter.value)
        net.k.assign(parameter.value, [[rng.gauss(0, 1) for _ in range(columns)] for _ in range(rows)])
    for layer in net.layers:
        if isinstance(layer, rn.BatchNorm):
            for name, matrix in layer.buffers.items():
                low = 0.0 if name == "variance" else -1.0
                net.k.assign(matrix, [[rng.uniform(low, 1) for _ in range(net.k.shape(matrix)[1])]])
    inputs = [[[rng.gauss(0, 1) for _ in range(width)] for _ in range(5)] for width in net.input_units]
    return net, inputs


def predicted(net, inputs):
    """The rows of each output."""
    outputs = net.predict(inputs if len(inputs) > 1 else inputs[0])
    return outputs if len(net.output_units) > 1 else [outputs]
