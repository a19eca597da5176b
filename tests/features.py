"""The toolbox, one line a feature: what every layer, loss, optimizer, … has to show is in test_features.

Each entry is a name (as the features table of the documentation has it) and what makes the thing. A layer stands
behind Dense(3) in a network 2-3-…-2; a loss behind Dense(2) or the activation it wants.
"""

import refnet as rn

LAYERS = {
    "Dense": lambda: rn.Dense(3),
    "Dense(constraint=MaxNorm)": lambda: rn.Dense(3, constraint=rn.MaxNorm(0.5)),
    "Dense(constraint=Clamp)": lambda: rn.Dense(3, constraint=rn.Clamp(-0.5, 0.25)),
    "Dense(constraint=NonNegative)": lambda: rn.Dense(3, constraint=[rn.NonNegative(), rn.MaxNorm(0.5)]),
    "Sigmoid": lambda: rn.Sigmoid(),
    "Tanh": lambda: rn.Tanh(),
    "ReLU": lambda: rn.ReLU(),
    "ReLU(gradient_at_zero=1)": lambda: rn.ReLU(gradient_at_zero=1),
    "LeakyReLU": lambda: rn.LeakyReLU(0.02),
    "Softmax": lambda: rn.Softmax(beta=2.0),
    "Linear": lambda: rn.Linear(),
    "PReLU": lambda: rn.PReLU(),
    "PReLU(shared=True)": lambda: rn.PReLU(0.1, shared=True),
    "ELU": lambda: rn.ELU(alpha=1.5),
    "Softplus": lambda: rn.Softplus(),
    "SiLU": lambda: rn.SiLU(),
    "GELU": lambda: rn.GELU(),
    "LogSoftmax": lambda: rn.LogSoftmax(beta=0.5),
    "Standardize": lambda: rn.Standardize([0.5, -1.0, 2.0], [2.0, 0.5, 3.0]),
    "BatchNorm": lambda: rn.BatchNorm(),
    "BatchNorm(momentum=0.5)": lambda: rn.BatchNorm(momentum=0.5, eps=0.25),
    "Dropout": lambda: rn.Dropout(0.3),
    "Dropout(scaling='prediction')": lambda: rn.Dropout(0.3, scaling="prediction"),
    "GaussianNoise": lambda: rn.GaussianNoise(0.1),
    "MultiplicativeNoise": lambda: rn.MultiplicativeNoise(0.5),
    "Jitter": lambda: rn.Jitter(width=3, height=1),
    "ActivityPenalty": lambda: rn.ActivityPenalty(0.01),
    "ActivityPenalty(kind='L2')": lambda: rn.ActivityPenalty(0.01, kind="L2"),
}

# name → (what makes it, the last layers it wants, targets of four rows and two outputs)
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
    "weight decay": lambda: rn.SGD(0.1, weight_decay=0.1),
    "weight decay, Nesterov": lambda: rn.Nesterov(0.1, mu=0.5, weight_decay=0.1),
    "ClipValue": lambda: rn.SGD(0.1, clip=rn.ClipValue(0.1)),
    "ClipNorm": lambda: rn.SGD(0.1, clip=rn.ClipNorm(0.1)),
    "ClipNorm(per_parameter=True)": lambda: rn.Adam(0.1, clip=rn.ClipNorm(0.1, per_parameter=True)),
}

SCHEDULES = {
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
    "L2(half=True)": lambda: rn.L2(0.01, half=True),
    "L1": lambda: rn.L1(0.01),
    "L2, λ per weight": lambda: rn.L2([[0.01, 0.0], [0.02, 0.03], [0.5, 0.04]]),
    "L2(half=True), λ per weight": lambda: rn.L2([[0.01, 0.0], [0.02, 0.03], [0.5, 0.04]], half=True),
    "L1, λ per weight": lambda: rn.L1([[0.01, 0.0], [0.02, 0.03], [0.5, 0.04]]),
    "elastic net": lambda: [rn.L1(0.01), rn.L2(0.02)],
}
