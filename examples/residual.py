"""A graph: two residual blocks, h + f(h), and two outputs for a point of a spiral: its arm and its distance from 0."""

import math

import refnet as rn


def block(h):
    return rn.Add()(h, rn.Dense(16)(rn.Tanh()(rn.Dense(16)(h))))


def network(backend):
    h = block(block(rn.Dense(16)(rn.Input(2))))
    h = rn.Tanh()(h)
    return rn.Network([rn.Sigmoid()(rn.Dense(1)(h)), rn.Dense(1)(h)], backend=backend, seed=1)


def examples(seed):
    data = rn.data.spiral(400, seed=seed)
    return data.inputs, [data.targets, [math.sqrt(x * x + y * y) for x, y in data.inputs]]


inputs, targets = examples(seed=1)
test_inputs, test_targets = examples(seed=2)
loss = rn.MultiTask([rn.BinaryCrossEntropy(), rn.HalfSquaredError()], weights=[1.0, 0.1])

for backend in ("python", "auto"):
    net = network(backend)
    net.fit(inputs, targets, optimizer=rn.Adam(0.003), epochs=2, batch_size=20, loss=loss)
    print(f"{net.backend:6} 2 epochs  {net.fingerprint()}")

net.fit(inputs, targets, epochs=298, batch_size=20)
arms, distances = net.predict(test_inputs)
print(net)
print(f"arm {rn.metrics.accuracy(test_targets[0], arms):.1%} right, "
      f"distance wrong by {rn.metrics.mean_absolute_error(test_targets[1], distances):.4f}")
