"""Do networks of any shape end with the same bits, in whatever blocks of rows C runs their steps?"""

import random

import pytest
from blocks import in_blocks
from training_helpers import state

import refnet as rn

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("native")]

POINTWISE = [
    rn.Sigmoid, rn.Tanh, rn.ReLU, rn.LeakyReLU, rn.PReLU, rn.ELU, rn.Softplus, rn.SiLU, rn.GELU, rn.Softmax,
    rn.BatchNorm, lambda: rn.BatchNorm(trainable=False), lambda: rn.PReLU(shared=True), lambda: rn.Scale(-0.3),
    lambda: rn.Dropout(0.4), lambda: rn.GaussianNoise(0.1), lambda: rn.MultiplicativeNoise(0.2),
    lambda: rn.ActivityPenalty(0.1),
]
ENDS = [  # last layer, losses, whether the targets are classes
    (rn.Softmax, [rn.CrossEntropy, lambda: rn.CrossEntropy(fused=False)], True),
    (rn.LogSoftmax, [rn.NegativeLogLikelihood], True),
    (rn.Sigmoid, [rn.BinaryCrossEntropy, lambda: rn.BinaryCrossEntropy(over="elements")], False),
    (rn.Linear, [rn.HalfSquaredError, rn.MeanSquaredError, lambda: rn.MeanAbsoluteError("sum"), rn.Huber], False),
    (rn.Linear, [rn.MulticlassHinge, lambda: rn.CrossEntropy(from_logits=True)], True),
]
OPTIMIZERS = [
    lambda: rn.SGD(0.01), lambda: rn.Momentum(0.01, 0.9), lambda: rn.Nesterov(0.01, 0.5),
    lambda: rn.SGD(0.01, weight_decay=0.1), lambda: rn.Adam(0.01), lambda: rn.Nadam(0.01), lambda: rn.AMSGrad(0.01),
    lambda: rn.RMSprop(0.01, centred=True), lambda: rn.SGD(rn.StepDecay(0.01, 0.5, 1), clip=rn.ClipNorm(0.5)),
]


class Case:
    """A random network, its examples and the settings of fit, by number."""

    def __init__(self, seed):
        draws = random.Random(seed)
        self.seed, self.inputs = seed, draws.choice([1, 2, 5, 17])
        self.batch = draws.choice([1, 2, 9, 65, 130, 257, draws.randint(1, 700)])
        self.rows = self.batch + draws.choice([0, 1, self.batch // 2, self.batch])
        self.last, losses, are_classes = draws.choice(ENDS)
        self.units, self.loss = draws.choice([2, 3, 11]), draws.choice(losses)
        self.number = draws.choice(["binary64", "binary32"]) if self.rows < 150 else "binary64"  # the reference is slow
        self.x = [[draws.choice([0.0, draws.uniform(-2, 2)]) for _ in range(self.inputs)] for _ in range(self.rows)]
        self.y = [draws.randrange(self.units) if are_classes else [draws.random() for _ in range(self.units)]
                  for _ in range(self.rows)]
        self.settings = {
            "batch_size": self.batch, "epochs": 3, "penalty": draws.choice([None, rn.L2(0.1), rn.L1(0.01)]),
            "sample_weight": draws.choice([None, [draws.random() for _ in range(self.rows)]])}
        self.optimizer = draws.choice(OPTIMIZERS)

    def layers(self):
        draws = random.Random(self.seed)
        node = x = rn.Input(self.inputs)
        for _ in range(draws.randint(0, 2)):
            units = draws.choice([1, 3, 8, 21])
            shared = rn.Dense(units, bias=draws.random() < 0.7)
            node = draws.choice(POINTWISE)()(shared(node))
            if draws.random() < 0.4:
                other = rn.Dense(units)(x)
                node = draws.choice([rn.Add, rn.Multiply, rn.Maximum, rn.Concatenate])()(node, other, node)
            if draws.random() < 0.3:
                node = rn.Tanh()(rn.Dense(units)(node))
        return self.last()(rn.Dense(self.units)(node))

    def trained(self, backend):
        """All that can be seen after training."""
        net = rn.Network(self.layers(), backend=backend, seed=self.seed, number=self.number)
        history = net.fit(self.x, self.y, loss=self.loss(), optimizer=self.optimizer(), **self.settings)
        return state(net), history, net.gradients, net.predict(self.x[:50])


@pytest.mark.parametrize("seed", range(40))
def test_a_random_network(seed):
    case = Case(seed)
    expected = case.trained("python")
    assert case.trained("c") == expected
    for rows, threads in ((1, 1), (7, 3), (64, 2), (case.batch // 2 or 1, 2), (1 << 30, 1)):
        with in_blocks(rows, threads, case.number) as found:
            assert case.trained("c") == expected
        sizes = {block for blocks in found for block in blocks} - {0}
        assert rows in sizes if rows < case.batch else max(sizes, default=0) <= rows  # of the minibatch; of weights
