"""Your own layer, made of kernels: o = z², do/dz = 2z. It runs on both backends and is replayed in C."""

import refnet as rn


class Square(rn.Layer):
    def forward(self, x, training=False):
        self.x = x
        return self.k.multiply(x, x)

    def backward(self, d, input_gradient=True):
        return self.k.multiply(d, self.k.scale(self.x, 2.0))


inputs = [[x / 8.0, y / 8.0] for x in range(-8, 9) for y in range(-8, 9)]
inside = [float(x * x + y * y < 0.5) for x, y in inputs]

for backend in ("python", "auto"):
    net = rn.Network([rn.Input(2), rn.Dense(4), Square(), rn.Dense(1), rn.Sigmoid()], backend=backend, seed=1)
    print("gradient check:", rn.gradient_check(net, inputs[:20], inside[:20]))
    net.fit(inputs, inside, optimizer=rn.Momentum(0.1), epochs=30, batch_size=16)
    print(net.backend, net.evaluate(inputs, inside), net.fingerprint())
