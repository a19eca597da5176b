"""`refnet summary`: what does a network cost? Parameters, operations and memory of each layer, with --time its time."""

import argparse
import json
import os
import re
from typing import Any

import refnet as rn
from refnet.cli.errors import CommandError, option
from refnet.cli.one_step import LOSSES
from refnet.cli.options import BACKEND, add_command, add_options, filename, number_format, sizes, whole
from refnet.cli.screen import fold, say
from refnet.cli.train_network import ACTIVATIONS, DEFAULTS, OPTIMIZERS, built, settle
from refnet.data import Dataset

MOST = 20_000_000  # parameters: the network is made, and a few copies of them fit any memory


def add(commands: Any) -> None:
    command = add_command(
        commands, "summary", "MODEL|SIZES", run, "parameters, multiplications, memory and time of each layer",
        "MODEL is a file that `refnet train --save` or net.save wrote, SIZES are the units of a network that is yet to "
        "be made, such as 784-30-10. Counts what a forward pass and a training step compute, on the kernels' own code.",
        "refnet summary 784-30-10\nrefnet summary 784-512-512-10 --activation relu --optimizer adam --batch-size 128\n"
        "refnet summary iris.refnet --time",
    )
    add_options(command, [
        ("what", "the file of a network, or units from inputs to outputs", filename, "MODEL|SIZES"),
        ("--activation", f"of the hidden layers, with SIZES: {', '.join(ACTIVATIONS)} (tanh)", ACTIVATIONS, "NAME"),
        ("--number", "number format, with SIZES, as refnet train has it (binary64)", number_format, "FORMAT"),
        ("--batch-size", "rows at a time (1)", whole(1), "M"),
        ("--optimizer", "an optimizer as refnet train has it (the network's, else sgd)", OPTIMIZERS, "NAME"),
        ("--loss", f"{', '.join(LOSSES)} (the network's)", LOSSES, "LOSS"),
        ("--time", "also time each kernel and layer, in steps on rows of ½", True),
        ("--steps", "how many steps to time (20)", whole(1), "N"),
        ("--json", "print one JSON document", True),
        BACKEND,
    ])
    command.set_defaults(backend="auto")


def run(arguments: Any) -> int:
    """Print the table, with --time that of the times."""
    if arguments.steps and not arguments.time:
        raise CommandError(f"--steps {arguments.steps}: expected with --time")
    network = network_of(arguments)
    settings = {
        "loss": LOSSES[arguments.loss]() if arguments.loss else None,
        "optimizer": OPTIMIZERS[arguments.optimizer]() if arguments.optimizer else None,
    }
    rows = arguments.batch_size or 1
    found = rn.summary(network, rows, **settings)
    times = None
    if arguments.time:
        inputs = [[[0.5] * units] * rows for units in network.input_units]
        targets = [[0] * rows] * len(network.output_units)
        times = rn.profile(network, inputs if len(inputs) > 1 else inputs[0],
                           targets if len(targets) > 1 else targets[0], steps=arguments.steps or 20, **settings)
    if arguments.json:
        print(json.dumps({**found.document(), **({"time": times.document()} if times else {})}, indent=1))
        return 0
    for line in [*str(found).splitlines(), *(["", *str(times).splitlines()] if times else [])]:
        say(line if "  " in line else "\n".join(fold(line, 2)))
    return 0


def network_of(arguments: Any) -> Any:
    """The saved network, or a new one of these sizes, as `refnet train` makes it."""
    if re.fullmatch(r"[0-9]+(-[0-9]+)+", arguments.what) and not os.path.exists(arguments.what):
        try:
            layers = sizes(arguments.what)
        except argparse.ArgumentTypeError as error:
            raise CommandError(f"SIZES: {error}") from None
        given = {"activation": arguments.activation, "number": arguments.number}
        chosen = {name: value for name, value in given.items() if value}
        settings = {**DEFAULTS, **chosen, "layers": layers, "standardize": False, "regression": layers[-1] == 1}
        settle(settings)
        numbers = sum(units * (inputs + 1) for inputs, units in zip(layers, layers[1:]))
        if numbers > MOST:
            raise CommandError(f"SIZES: {arguments.what} has {numbers:,} parameters; expected at most {MOST:,}")
        return built(settings, Dataset([], classes=None if layers[-1] == 1 else [""] * layers[-1]), arguments.backend)
    for name in ("activation", "number"):
        value = getattr(arguments, name)
        if value:
            raise CommandError(f"{option(name, value)}: only with sizes; {arguments.what} has its own")
    if not os.path.exists(arguments.what):
        raise CommandError(f"{arguments.what}: no such file; expected a saved network, or sizes such as 784-30-10")
    return rn.load(arguments.what, backend=arguments.backend)
