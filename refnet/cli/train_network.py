"""Which network do the options of `refnet train` ask for, and how is it to be trained? Names, defaults, the objects."""

import math
import re
from collections.abc import Sequence
from itertools import count
from typing import Any

import refnet as rn
from refnet.checks.settings import subclasses
from refnet.cli.errors import CommandError
from refnet.data import Dataset, column_statistics
from refnet.layers import activations


def classes(base: type, module: str = "refnet.") -> dict[str, Any]:
    """refnet's classes of one kind, defined in this module, by the names that a user types.

    A hyphen follows a word of four letters or more: LeakyReLU → leaky-relu, CrossEntropy → cross-entropy, but
    AdaGrad → adagrad and AdamW → adamw.
    """
    return {
        re.sub(r"(?<=[A-Za-z][a-z]{3})(?=[A-Z]\w)", "-", name).lower(): cls
        for name, cls in sorted(subclasses(base).items()) if cls.__module__.startswith(module)
    }


ACTIVATIONS = classes(rn.Layer, activations.__name__)
SYMMETRIC = ("sigmoid", "tanh", "linear")  # Glorot's weights; the others are like the ReLU and have He's
OPTIMIZERS = classes(rn.Optimizer)
RATES = {"sgd": 0.1, "momentum": 0.1, "nesterov": 0.1, "adagrad": 0.1, "adadelta": 1.0}
OTHER_RATE = 0.003  # of the optimizers that RATES does not name
BY_THE_GRADIENT = ("sgd", "momentum", "nesterov")  # a gradient twice as large is a step twice as large
SCHEDULES = ("constant", "inverse", "step", "exponential", "cosine")
SQUARED = ("mean-squared-error", "half-squared-error")  # the losses of a regression
LOSSES = {name: classes(rn.Loss)[name] for name in ("cross-entropy", "binary-cross-entropy", *SQUARED)}
CHOICES: dict[str, Any] = {"activation": ACTIVATIONS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES, "loss": LOSSES}

# What training depends on, with its defaults; a file keeps what was chosen. None: it follows from the rest.
DEFAULTS: dict[str, Any] = {
    "layers": None, "activation": "tanh", "batch_norm": False, "dropout": 0.0, "noise": 0.0, "jitter": 0, "loss": None,
    "standardize": True, "seed": 0, "optimizer": "sgd", "rate": None, "momentum": None, "schedule": None, "decay": None,
    "factor": None, "every": None, "epochs": 50, "batch_size": 16, "l2": 0.0, "l1": 0.0, "clip_norm": None,
    "patience": None, "test": 0.2, "validation": None, "label": -1, "header": "auto", "delimiter": "auto",
    "decimal": "auto", "missing": "median", "missing_values": None, "drop": None, "categories": None,
    "regression": False, "number": "binary64",
}
SINCE = {"decimal": "auto", "missing_values": None}  # settings that the files of refnet 0.1 do not have
IDX_DEFAULTS = {"epochs": 10, "test": None, "standardize": False}  # of a folder of images, where they are others
HIDDEN_UNITS = (16, 30)  # if no layers are asked for; the second number is for images
PATIENCE_VALIDATION = 0.2  # the share held out for --patience

# An option that goes only with some choices of another one, with its default for each of these.
GOES_WITH: dict[str, tuple[str, dict[str, Any]]] = {
    "momentum": ("optimizer", {"momentum": rn.Momentum().mu, "nesterov": rn.Nesterov().mu}),
    "decay": ("schedule", {"inverse": rn.InverseTimeDecay(1.0).decay}),
    "factor": ("schedule", {"step": rn.StepDecay(1.0).factor, "exponential": rn.ExponentialDecay(1.0).factor}),
    "every": ("schedule", {"step": None}),
}

# What the help of the options is filled in with.
HELP_WORDS: dict[str, Any] = {
    **DEFAULTS, "images": IDX_DEFAULTS, "hidden": HIDDEN_UNITS, "patience_validation": PATIENCE_VALIDATION,
    "activations": ", ".join(ACTIVATIONS), "optimizers": ", ".join(OPTIMIZERS), "other_rate": OTHER_RATE,
    "rates": "; ".join(f"{rate:g} for {', '.join(name for name in RATES if RATES[name] == rate)}"
                       for rate in dict.fromkeys(RATES.values())),
    "by_the_gradient": ", ".join(BY_THE_GRADIENT), "weight_decay": rn.AdamW().weight_decay,
    "momentum": GOES_WITH["momentum"][1]["momentum"], "decay": GOES_WITH["decay"][1], "factor": GOES_WITH["factor"][1],
}


def settle(settings: dict[str, Any]) -> None:
    """Fill in what follows from other options; raise CommandError for those that contradict each other."""
    if settings["schedule"] is None:
        settings["schedule"] = "constant" if settings["decay"] is None else "inverse"
    for name, (other, defaults) in GOES_WITH.items():
        if settings[name] is None:
            settings[name] = defaults.get(settings[other])
        elif settings[other] not in defaults:
            raise CommandError(f"--{name} {settings[name]}: only with --{other} {' or '.join(defaults)}")
    if settings["schedule"] == "step" and settings["every"] is None:
        settings["every"] = -(-settings["epochs"] // 3)
    if settings["rate"] is None:
        settings["rate"] = RATES.get(settings["optimizer"], OTHER_RATE)
    if settings["loss"] is None:
        settings["loss"] = SQUARED[0] if settings["regression"] else "cross-entropy"
    if settings["regression"] and settings["loss"] not in SQUARED:
        raise CommandError(f"--loss {settings['loss']}: is for classes; with --regression: {' or '.join(SQUARED)}")
    if settings["validation"] is None:
        settings["validation"] = PATIENCE_VALIDATION if settings["patience"] else 0.0
    elif settings["patience"] and not settings["validation"]:
        raise CommandError(f"--validation {settings['validation']:g}: --patience {settings['patience']} needs > 0")


def built(settings: dict[str, Any], train: Dataset, backend: str, indicators: Sequence[int] = ()) -> Any:
    """The untrained network: [standardisation] – dense – activation – … – dense – what the loss asks for.

    indicators  features that are 0 or 1 and stay so: standardised, a rare category would be a number of 50
    """
    sizes = settings["layers"]
    layers: list[Any] = [rn.Input(sizes[0])]
    if settings["jitter"]:
        side = math.isqrt(sizes[0])
        layers.append(rn.Jitter(side, side, settings["jitter"]))
    if settings["standardize"]:
        means, stds = column_statistics(train.inputs)
        for j in indicators:
            means[j], stds[j] = 0.0, 1.0
        layers.append(rn.Standardize(means, stds))
    if settings["noise"]:
        layers.append(rn.GaussianNoise(settings["noise"]))
    for units in sizes[1:-1]:
        layers += hidden(units, settings)
    layers.append(rn.Dense(sizes[-1]))
    scale = 1.0
    if train.classes is not None:
        layers.append(rn.Softmax() if settings["loss"] == "cross-entropy" else rn.Sigmoid())
    elif settings["standardize"]:
        # Standardisation the other way round, o·std + mean: the network learns standardised targets and puts out real
        # ones. This makes the gradient at its last Dense layer std² times as large, which the optimizer has to know.
        (mean,), (std,) = column_statistics([[target] for target in train.targets])
        layers.append(rn.Standardize([-mean / std], [1.0 / std]))
        scale = std * std
    network = rn.Network(layers, backend=backend, seed=settings["seed"], number=settings["number"])
    network.objective = LOSSES[settings["loss"]]()
    network.optimizer = optimizer(settings, scale)
    network.penalties = tuple(
        penalty(settings[name]) for name, penalty in (("l2", rn.L2), ("l1", rn.L1)) if settings[name]
    )
    if settings["patience"]:
        network.callbacks = [rn.EarlyStopping(settings["patience"])]
    return network


def hidden(units: int, settings: dict[str, Any]) -> list[Any]:
    """A hidden layer: dense – [normalisation, whose β is the bias] – activation – [dropout]."""
    weights = rn.Glorot() if settings["activation"] in SYMMETRIC else rn.He()
    layers: list[Any] = [rn.Dense(units, bias=not settings["batch_norm"], weights=weights)]
    if settings["batch_norm"]:
        layers.append(rn.BatchNorm())
    layers.append(ACTIVATIONS[settings["activation"]]())
    if settings["dropout"]:
        layers.append(rn.Dropout(settings["dropout"]))
    return layers


def optimizer(settings: dict[str, Any], scale: float = 1.0) -> Any:
    """The optimizer with its schedule, for gradients `scale` times as large as those the rate and the norm are for."""
    name = settings["optimizer"]
    rate = settings["rate"] / scale if name in BY_THE_GRADIENT else settings["rate"]
    schedules: dict[str, Any] = {
        "constant": lambda: rate,
        "inverse": lambda: rn.InverseTimeDecay(rate, settings["decay"]),
        "step": lambda: rn.StepDecay(rate, settings["factor"], settings["every"]),
        "exponential": lambda: rn.ExponentialDecay(rate, settings["factor"]),
        "cosine": lambda: rn.CosineDecay(rate, settings["epochs"]),
    }
    schedule = schedules[settings["schedule"]]()
    clip = None if settings["clip_norm"] is None else rn.ClipNorm(settings["clip_norm"] * scale)
    more = {} if settings["momentum"] is None else {"mu": settings["momentum"]}
    made = OPTIMIZERS[name](schedule, clip=clip, **more)
    if name not in (*BY_THE_GRADIENT, "adadelta"):  # where ε is added to the size of a gradient
        made.epsilon *= scale
    return made


def check_rate(network: Any, settings: dict[str, Any]) -> None:
    """Raise CommandError for more epochs than the schedule has rates for: a cosine ends, and products underflow."""
    schedule = network.optimizer.schedule
    if schedule(settings["epochs"] - 1) > 0:
        return
    most = next(epoch for epoch in count() if not schedule(epoch) > 0)
    raise CommandError(
        f"--epochs {settings['epochs']}; allowed with this --schedule {settings['schedule']}: at most {most}; from "
        "then on the rate is 0"
    )
