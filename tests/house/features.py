"""Which features does test_features try? One line each.

An entry is a name, as in docs/features.md (the table of features), and a function that makes the feature. A layer
follows Dense(3) in a network 2-3-…-2. A loss follows Dense(2), or the activation that it needs.
"""

import refnet as rn

INPUTS = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5]]


@rn.register
class Square(rn.Layer):
    """A user's own layer, made of kernels: o = z²/8, do/dz = z/4."""

    def forward(self, x, training=False):
        self.x = x
        return self.k.scale(self.k.multiply(x, x), 0.125)

    def backward(self, d, input_gradient=True):
        return self.k.multiply(d, self.k.scale(self.x, 0.25))


LAYERS = {
    "a user's own layer": lambda: Square(),
    "Dense": lambda: rn.Dense(3),
    "Dense(3, bias=False)": lambda: rn.Dense(3, bias=False),
    "Dense(3, penalty=L2(0.01))": lambda: rn.Dense(3, penalty=rn.L2(0.01)),
    "MaxNorm": lambda: rn.Dense(3, constraint=rn.MaxNorm(0.5)),
    "Clamp": lambda: rn.Dense(3, constraint=rn.Clamp(-0.5, 0.25)),
    "NonNegative": lambda: rn.Dense(3, constraint=[rn.NonNegative(), rn.MaxNorm(0.5)]),
    "Dense(3, trainable=False)": lambda: rn.Dense(3, penalty=rn.L2(0.5), constraint=rn.MaxNorm(0.1), trainable=False),
    "BatchNorm(trainable=False)": lambda: rn.BatchNorm(trainable=False),
    "PReLU(trainable=False)": lambda: rn.PReLU(trainable=False),
    "Sigmoid": lambda: rn.Sigmoid(),
    "Tanh": lambda: rn.Tanh(),
    "ReLU": lambda: rn.ReLU(),
    "ReLU(gradient_at_zero=1)": lambda: rn.ReLU(gradient_at_zero=1),
    "LeakyReLU": lambda: rn.LeakyReLU(0.02),
    "LeakyReLU(0.01)": lambda: rn.LeakyReLU(0.01),
    "Softmax": lambda: rn.Softmax(beta=2.0),
    "Linear": lambda: rn.Linear(),
    "PReLU": lambda: rn.PReLU(),
    "PReLU(shared=True)": lambda: rn.PReLU(0.1, shared=True),
    "ELU": lambda: rn.ELU(alpha=1.5),
    "Softplus": lambda: rn.Softplus(),
    "SiLU": lambda: rn.SiLU(),
    "GELU": lambda: rn.GELU(),
    "LogSoftmax": lambda: rn.LogSoftmax(beta=0.5),
    "Scale": lambda: rn.Scale(-0.75),
    "Standardize": lambda: rn.Standardize([0.5, -1.0, 2.0], [2.0, 0.5, 3.0]),
    "BatchNorm": lambda: rn.BatchNorm(),
    "BatchNorm(momentum=0.5, eps=0.25)": lambda: rn.BatchNorm(momentum=0.5, eps=0.25),
    "Dropout": lambda: rn.Dropout(0.3),
    "Dropout(0.3, scaling='prediction')": lambda: rn.Dropout(0.3, scaling="prediction"),
    "GaussianNoise": lambda: rn.GaussianNoise(0.1),
    "MultiplicativeNoise": lambda: rn.MultiplicativeNoise(0.5),
    "Jitter": lambda: rn.Jitter(width=3, height=1),
    "ActivityPenalty": lambda: rn.ActivityPenalty(0.01),
    "ActivityPenalty(0.01, kind='L2')": lambda: rn.ActivityPenalty(0.01, kind="L2"),
}

# name → (what makes it, the last layers it needs, targets of four rows and two outputs)
NUMBERS = [[0.5, -1.0], [2.0, 0.25], [-0.5, 1.5], [0.0, 3.0]]
SHARES = [[0.25, 0.5], [1.0, 0.0], [0.0, 0.125], [0.75, 1.0]]
CLASSES = [1, 0, 0, 1]
SIGNS = [[1.0, -1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]
LOSSES = {
    "HalfSquaredError": (lambda: rn.HalfSquaredError(), [], NUMBERS),
    "MeanSquaredError": (lambda: rn.MeanSquaredError(), [], NUMBERS),
    "MeanSquaredError(over='elements')": (lambda: rn.MeanSquaredError(over="elements"), [], NUMBERS),
    "MeanSquaredError(over='sum')": (lambda: rn.MeanSquaredError(over="sum"), [], NUMBERS),
    "BinaryCrossEntropy": (lambda: rn.BinaryCrossEntropy(), [rn.Sigmoid], SHARES),
    "BinaryCrossEntropy(fused=False)": (lambda: rn.BinaryCrossEntropy(fused=False), [rn.Sigmoid], SHARES),
    "BinaryCrossEntropy(from_logits=True)": (lambda: rn.BinaryCrossEntropy(from_logits=True), [], SHARES),
    "CrossEntropy": (lambda: rn.CrossEntropy(), [rn.Softmax], CLASSES),
    "CrossEntropy(fused=False)": (lambda: rn.CrossEntropy(fused=False), [rn.Softmax], CLASSES),
    "CrossEntropy(from_logits=True)": (lambda: rn.CrossEntropy(from_logits=True), [], CLASSES),
    "HalfSquaredError(over='sum')": (lambda: rn.HalfSquaredError(over="sum"), [], NUMBERS),
    "BinaryCrossEntropy(over='elements')": (lambda: rn.BinaryCrossEntropy(over="elements"), [rn.Sigmoid], SHARES),
    "MeanAbsoluteError": (lambda: rn.MeanAbsoluteError(), [], NUMBERS),
    "Huber": (lambda: rn.Huber(delta=0.5), [], NUMBERS),
    "Hinge": (lambda: rn.Hinge(), [], SIGNS),
    "SquaredHinge": (lambda: rn.SquaredHinge(over="elements"), [], SIGNS),
    "MulticlassHinge": (lambda: rn.MulticlassHinge(), [], CLASSES),
    "NegativeLogLikelihood": (lambda: rn.NegativeLogLikelihood(), [rn.LogSoftmax], CLASSES),
}

OPTIMIZERS = {
    "SGD": lambda: rn.SGD(0.1),
    "Momentum": lambda: rn.Momentum(0.1, mu=0.5),
    "Nesterov": lambda: rn.Nesterov(0.1, mu=0.5),
    "Momentum(form='average')": lambda: rn.Momentum(0.1, mu=0.5, form="average"),
    "Momentum(form='sum')": lambda: rn.Momentum(0.1, mu=0.5, form="sum"),
    "Nesterov(form='sum')": lambda: rn.Nesterov(0.1, mu=0.5, form="sum"),
    "AdaGrad": lambda: rn.AdaGrad(0.1),
    "AdaGrad(epsilon=0)": lambda: rn.AdaGrad(0.1, epsilon=0),
    "AdaGrad(initial=0.1)": lambda: rn.AdaGrad(0.1, initial=0.1),
    "Adadelta": lambda: rn.Adadelta(),
    "RMSprop": lambda: rn.RMSprop(0.1),
    "RMSprop(inside=True)": lambda: rn.RMSprop(0.1, beta=0.999, inside=True),
    "RMSprop(centred=True)": lambda: rn.RMSprop(0.01, centred=True),
    "Adam": lambda: rn.Adam(0.1),
    "Adam(inside=True)": lambda: rn.Adam(0.1, inside=True),
    "AdamW": lambda: rn.AdamW(0.1),
    "AMSGrad": lambda: rn.AMSGrad(0.1),
    "AMSGrad(corrected=False)": lambda: rn.AMSGrad(0.1, corrected=False),
    "Nadam": lambda: rn.Nadam(0.1),
    "SGD(weight_decay=0.1)": lambda: rn.SGD(0.1, weight_decay=0.1),
    "Nesterov(weight_decay=0.1)": lambda: rn.Nesterov(0.1, mu=0.5, weight_decay=0.1),
    "ClipValue": lambda: rn.SGD(0.1, clip=rn.ClipValue(0.1)),
    "ClipNorm": lambda: rn.SGD(0.1, clip=rn.ClipNorm(0.1)),
    "ClipNorm(0.1, per_parameter=True)": lambda: rn.Adam(0.1, clip=rn.ClipNorm(0.1, per_parameter=True)),
}

SCHEDULES = {
    "constant rate": lambda: 0.2,
    "InverseTimeDecay": lambda: rn.InverseTimeDecay(0.2, decay=1.0),
    "StepDecay": lambda: rn.StepDecay(0.2, factor=0.5, every=2),
    "ExponentialDecay": lambda: rn.ExponentialDecay(0.2, factor=0.7),
    "CosineDecay": lambda: rn.CosineDecay(0.2, 5),
    "Warmup": lambda: rn.Warmup(rn.ExponentialDecay(0.2, 0.7), 3, start=0.01),
    "LinearScaling": lambda: rn.LinearScaling(0.8, batch_size=3),
    "PiecewiseConstant": lambda: rn.PiecewiseConstant([0.2, 0.1, 0.05], [1, 3]),
    "Plateau": lambda: rn.Plateau(0.2, monitor="loss"),
}

PENALTIES = {
    "L2": lambda: rn.L2(0.01),
    "L2(0.01, half=True)": lambda: rn.L2(0.01, half=True),
    "L1": lambda: rn.L1(0.01),
    "L2([[0.01, 0.5]])": lambda: rn.L2([[0.01, 0.0], [0.02, 0.03], [0.5, 0.04]]),
    "L2([[0.01, 0.5]], half=True)": lambda: rn.L2([[0.01, 0.0], [0.02, 0.03], [0.5, 0.04]], half=True),
    "L1([[0.01, 0.5]])": lambda: rn.L1([[0.01, 0.0], [0.02, 0.03], [0.5, 0.04]]),
    "[L1(0.01), L2(0.02)]": lambda: [rn.L1(0.01), rn.L2(0.02)],
    "L2(0.01, start=2)": lambda: rn.L2(0.01, start=2),
    "[L1(0.01, start=1), L2(0.01, start=2)]": lambda: [rn.L1(0.01, start=1), rn.L2(0.01, start=2)],
}

INITIALIZERS = {
    "weights as numbers": lambda: [[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]],
    "Constant": lambda: rn.Constant(0.25),
    "Zeros": lambda: rn.Zeros(),
    "Normal": lambda: rn.Normal(0.5),
    "Uniform": lambda: rn.Uniform(0.5),
    "Glorot": lambda: rn.Glorot(),
    "Glorot('normal')": lambda: rn.Glorot("normal"),
    "He": lambda: rn.He(),
    "He('uniform')": lambda: rn.He("uniform"),
    "LeCun": lambda: rn.LeCun(),
    "LeCun('uniform')": lambda: rn.LeCun("uniform"),
    "Orthogonal": lambda: rn.Orthogonal(1.5),
}


# --- Graphs: what makes the outputs, and the rows of each input and of each output ---


def plus():
    x = rn.Input(2)
    return rn.Dense(2)(rn.Add()(rn.Dense(3)(x), rn.Tanh()(rn.Dense(3)(x)), rn.Sigmoid()(rn.Dense(3)(x))))


def merged(layer):
    """Three values put together number by number, one of them twice, and one an input of another layer too."""
    x = rn.Input(2)
    a, b, c = rn.Dense(3)(x), rn.Tanh()(rn.Dense(3)(x)), rn.Sigmoid()(rn.Dense(3)(x))
    return rn.Dense(2)(rn.Concatenate()(layer(a, b, c, b), rn.Tanh()(a)))


def residual():
    """h + f(h), twice, with a batch normalisation on the way."""
    h = rn.Dense(3)(rn.Input(2))
    for _ in range(2):
        h = rn.Add()(rn.Dense(3, bias=False)(rn.Tanh()(rn.BatchNorm()(h))), h)
    return rn.Dense(2)(h)


def branch():
    """One value with three consumers, one of which takes it twice."""
    h = rn.Sigmoid()(rn.Dense(3)(rn.Input(2)))
    return rn.Dense(2)(rn.Add()(h, rn.Tanh()(h), rn.Dropout(0.25)(h), h))


def side_by_side():
    """Concatenated twice, with an input that bypasses all layers."""
    x = rn.Input(2)
    h = rn.Sigmoid()(rn.Dense(3)(x))
    return rn.Dense(2)(rn.Concatenate()(rn.Concatenate()(x, rn.Tanh()(h), h), h))


def twice(layer, units):
    """The same layer twice, one after the other: one set of parameters."""
    h = rn.Tanh()(rn.Dense(units)(rn.Input(2)))
    return rn.Dense(2)(layer(rn.Tanh()(layer(h))))


def siamese():
    """Two inputs, each through the same layers."""
    first, second = rn.Dense(3), rn.PReLU()
    a, b = (second(first(rn.Input(2))) for _ in range(2))
    return rn.Dense(2)(rn.Concatenate()(a, b))


def two_inputs():
    a, b = rn.Input(2), rn.Input(1)
    return rn.Dense(2)(rn.Add()(rn.Dense(3)(a), rn.Tanh()(rn.Dense(3)(b))))


def two_outputs():
    """The second output's class, and the first output itself is an input of the second."""
    h = rn.Tanh()(rn.Dense(3)(rn.Input(2)))
    numbers = rn.Dense(2)(h)
    return [numbers, rn.Softmax()(rn.Dense(2)(rn.Concatenate()(h, numbers)))]


def everything():
    """Two inputs, a shared layer, a branch, plus and concatenation, and two outputs; one of them is an input too."""
    a, b, shared = rn.Input(2), rn.Input(1), rn.Dense(3)
    h = rn.Tanh()(shared(a))
    g = rn.Sigmoid()(shared(rn.Concatenate()(b, rn.Dense(1)(a))))
    numbers = rn.Dense(2)(rn.Add()(h, g))
    return [numbers, rn.Softmax()(rn.Dense(2)(rn.Concatenate()(numbers, g)))]


def sparse():
    """A sparsity target needs outputs between 0 and 1."""
    return rn.Dense(2)(rn.KLSparsity(0.25, weight=0.5)(rn.Sigmoid()(rn.Dense(3)(rn.Input(2)))))


def noisy_inputs():
    return rn.Dense(2)(rn.Tanh()(rn.Dense(3)(rn.Jitter(width=2, height=1)(rn.GaussianNoise(0.1)(rn.Input(2))))))


LAST = [[0.5], [-1.0], [0.25], [2.0]]
HALF, BOTH = (lambda: rn.HalfSquaredError()), [NUMBERS, CLASSES]
GRAPHS = {
    "any directed acyclic graph": (everything, [INPUTS, LAST], lambda: None, BOTH),
    "Add": (plus, INPUTS, HALF, NUMBERS),
    "Subtract": (lambda: merged(rn.Subtract()), INPUTS, HALF, NUMBERS),
    "Multiply": (lambda: merged(rn.Multiply()), INPUTS, HALF, NUMBERS),
    "Maximum": (lambda: merged(rn.Maximum()), INPUTS, HALF, NUMBERS),
    "branch": (branch, INPUTS, HALF, NUMBERS),
    "Concatenate": (side_by_side, INPUTS, HALF, NUMBERS),
    "residual network": (residual, INPUTS, HALF, NUMBERS),
    "weight sharing": (lambda: twice(rn.Dense(3), 3), INPUTS, HALF, NUMBERS),
    "weight sharing, penalty and constraint": (
        lambda: twice(rn.Dense(3, penalty=rn.L2(0.1), constraint=rn.MaxNorm(0.5)), 3), INPUTS, HALF, NUMBERS),
    "weight sharing, BatchNorm": (lambda: twice(rn.BatchNorm(), 3), INPUTS, HALF, NUMBERS),
    "weight sharing, Dropout": (lambda: twice(rn.Dropout(0.25), 3), INPUTS, HALF, NUMBERS),
    "weight sharing, two inputs": (siamese, [INPUTS, NUMBERS], HALF, NUMBERS),
    "several inputs": (two_inputs, [INPUTS, LAST], HALF, NUMBERS),
    "several outputs": (two_outputs, INPUTS, lambda: None, BOTH),
    "MultiTask": (
        two_outputs, INPUTS, lambda: rn.MultiTask([rn.Huber(), rn.CrossEntropy()], weights=[0.25, 3.0]), BOTH),
    "MultiTask, not fused": (
        two_outputs, INPUTS, lambda: rn.MultiTask([rn.HalfSquaredError("sum"), rn.CrossEntropy("sum", fused=False)]),
        BOTH),
    "KLSparsity": (sparse, INPUTS, HALF, NUMBERS),
    "noise on the inputs": (noisy_inputs, INPUTS, HALF, NUMBERS),
}

# --- Settings of fit, of a network with CrossEntropy and, where they say no other "last", Softmax: what makes them,
# given a folder for files ---

VALIDATION = (NUMBERS, [0, 1, 1, 0])
METRICS = [rn.metrics.accuracy, rn.metrics.precision, rn.metrics.recall, rn.metrics.f1, rn.metrics.auc,
           rn.metrics.log_loss]
FITTING = {
    "sample_weight": lambda folder: {"sample_weight": [1.0, 0.25, 0.0, 3.0]},
    "class_weight": lambda folder: {"class_weight": {0: 0.3, 1: 2.0}},
    "sample_weight, class_weight": lambda folder: {"sample_weight": [1, 2, 3, 4], "class_weight": {1: 0.1}},
    "one_versus_all": lambda folder: {"last": rn.Sigmoid(), **rn.one_versus_all(0.5, examples=4)},
    "penalty": lambda folder: {"penalty": rn.L2(0.1)},
    "batch gradient descent": lambda folder: {"batch_size": 4, "shuffle": False},
    "stochastic gradient descent": lambda folder: {"batch_size": 1},
    "progress=True": lambda folder: {"progress": True},
    "drop_last": lambda folder: {"drop_last": True},
    "validation": lambda folder: {"validation": VALIDATION},
    "validation, metrics": lambda folder: {"validation": VALIDATION, "metrics": METRICS},
    "metrics of a regression": lambda folder: {
        "validation": (INPUTS, NUMBERS), "metrics": [rn.metrics.r2, rn.metrics.mean_absolute_error],
        "loss": rn.HalfSquaredError()},
    "StopAtLoss": lambda folder: {"callbacks": rn.StopAtLoss(1e-3)},
    "TerminateOnNaN": lambda folder: {"callbacks": rn.TerminateOnNaN(), "validation": VALIDATION},
    "class_weight='balanced'": lambda folder: {"class_weight": "balanced"},
    "validation=0.5": lambda folder: {"validation": 0.5},
    "validation, weights": lambda folder: {"validation": (*VALIDATION, [1.0, 0.25, 0.0, 3.0])},
    "EarlyStopping": lambda folder: {"callbacks": rn.EarlyStopping(patience=9), "validation": VALIDATION},
    "Checkpoint": lambda folder: {"callbacks": rn.Checkpoint(folder / "{epoch}.refnet")},
    "LayerStatistics": lambda folder: {"callbacks": rn.LayerStatistics(INPUTS, CLASSES)},
    "LayerSizes": lambda folder: {"callbacks": rn.LayerSizes(INPUTS, CLASSES)},
    "Plateau(0.2, factor=0.5, patience=1)": lambda folder: {
        "optimizer": rn.Momentum(rn.Plateau(0.2, factor=0.5, patience=1)), "validation": VALIDATION},
}
