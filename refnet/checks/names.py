"""Which name was meant? A misspelt one, or another library's word for the same thing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# refnet's word, and those of other libraries.
WORDS = {
    "rate": ("lr", "learning_rate", "learning_rate_init", "eta"), "mu": ("momentum",), "weight_decay": ("decay",),
    "beta": ("alpha", "rho"), "beta1": ("betas", "beta_1"), "beta2": ("betas", "beta_2"), "epsilon": ("eps",),
    "eps": ("epsilon",), "initial": ("initial_accumulator_value",), "form": ("nesterov",), "centred": ("centered",),
    "clip": ("clipvalue", "clipnorm", "global_clipnorm"), "units": ("out_features", "size", "neurons"),
    "bias": ("use_bias",), "weights": ("kernel_initializer", "initializer"), "biases": ("bias_initializer",),
    "penalty": ("kernel_regularizer", "regularizer"), "constraint": ("kernel_constraint",),
    "p": ("rate",), "slope": ("negative_slope", "alpha"), "sigma": ("stddev", "std"), "over": ("reduction",),
    "lam": ("l1", "l2", "lambda_"), "factor": ("gamma", "decay_rate"), "every": ("step_size", "decay_steps"),
    "epochs": ("T_max", "decay_steps"), "least": ("min_lr", "eta_min"), "boundaries": ("milestones",),
    "restore": ("restore_best_weights",), "path": ("filepath",), "MeanSquaredError": ("mse",),
    "MeanAbsoluteError": ("mae",), "mean_absolute_error": ("mae",), "BinaryCrossEntropy": ("bce",),
    "torch": ("pytorch",), "keras": ("tensorflow", "tf"), "optimizer": ("optim",), "callbacks": ("callback",),
    "CrossEntropy": ("categorical_crossentropy", "sparse_categorical_crossentropy"),
}
HINTS = {
    "activation": "an activation is a layer of its own: Dense(8), ReLU()",
    "input_shape": "the first layer says how many features there are: Input(4)",
    "weights": 'the numbers are in the network: net.set("dense1.weights", …)',
    "biases": 'the numbers are in the network: net.set("dense1.bias", …)',
}


def did_you_mean(wrong: str, names: Iterable[str]) -> str:
    """ "; did you mean rate?", or another hint, or nothing."""
    names = list(names)
    meant = [name for name in names if wrong in WORDS.get(name, ())]
    close = [] if wrong in HINTS else difflib.get_close_matches(wrong.lower(), [name.lower() for name in names], n=1)
    meant = meant or [name for name in names if name.lower() in close]
    return f"; did you mean {' or '.join(meant)}?" if meant else f"; {HINTS[wrong]}" if wrong in HINTS else ""
