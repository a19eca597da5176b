"""`refnet diff`: where does another implementation leave refnet's bits, and why?"""

import os
from typing import Any

import refnet
from refnet import trace
from refnet.cli.errors import CommandError
from refnet.cli.one_step import OPTIONS, step_of
from refnet.cli.options import BACKEND, add_command, add_options, filename
from refnet.cli.screen import say

DUMPS = (".json", ".npz", ".csv")
OF_A_NETWORK = ("input", "target", "loss", "optimizer", "rate", "steps", "training")


def add(commands: Any) -> None:
    command = add_command(
        commands, "diff", "THEIRS OURS", run, "the first number of another implementation that differs, and why",
        "THEIRS are numbers that another program wrote down, OURS a network of refnet, of which a step is computed, or "
        "numbers too. Numbers are a JSON file as refnet writes it or {name: rows}, an .npz archive, or a CSV file with "
        "lines name,row,unit,value (dense1.z,0,1,0.25); names are those of docs/trace.md, step2/dense1.z in later "
        "steps.\nPrints the first value that differs in the order of computation, with the likely cause. Exit status "
        "0: the same bits, 1: they differ.",
        "refnet diff theirs.json net.refnet --input 0.1,0.1 --target 0.1 --optimizer sgd --rate 0.2\n"
        "refnet diff theirs.csv ours.json",
    )
    add_options(command, [
        ("theirs", "numbers: .json, .npz or .csv", filename, "THEIRS"),
        ("ours", "a network's file, or numbers", filename, "OURS"),
        *OPTIONS,
        ("--training", "without targets: a forward pass of training, with dropout and the like", True),
    ])
    add_options(command, [BACKEND], default="auto")


def run(arguments: Any) -> int:
    """Print the first difference; 1 if there is one."""
    found = trace.difference(ours_of(arguments), arguments.theirs)
    say(str(found).replace("has no optimizer", "has no optimizer, see --optimizer"))
    return 1 if found else 0


def ours_of(arguments: Any) -> Any:
    """The trace of a network, or the name of a file of numbers."""
    given = {name: value for name in OF_A_NETWORK if (value := getattr(arguments, name)) not in (None, False)}
    path = arguments.ours
    if os.path.splitext(path)[1].lower() in DUMPS:
        if given:
            raise CommandError(f"--{next(iter(given))}: only with a network; {path} holds numbers")
        return path
    network = refnet.load(path, backend=arguments.backend)
    inputs, targets, settings = step_of(arguments, network)
    return refnet.traced(network, inputs, targets, **settings, training=True if arguments.training else None)
