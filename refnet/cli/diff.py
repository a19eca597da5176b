"""`refnet diff`: where does another implementation leave refnet's bits, and why?"""

import csv
import os
from typing import Any

import refnet
from refnet import trace
from refnet.cli.errors import CommandError
from refnet.cli.options import BACKEND, add_command, add_options, filename, real, whole
from refnet.cli.screen import say
from refnet.cli.train_network import OPTIMIZERS, OTHER_RATE, RATES, classes

LOSSES = classes(refnet.Loss)
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
        ("--input", "rows of a network: 0.5,1;0.25,2 or a CSV file of numbers", filename, "ROWS"),
        ("--target", "as many targets, of which a training step is computed: 0.1;0.9 or a CSV file", filename, "ROWS"),
        ("--loss", f"{', '.join(LOSSES)} (the network's own)", LOSSES, "NAME"),
        ("--optimizer", f"{', '.join(OPTIMIZERS)} (the network's own, else none)", OPTIMIZERS, "NAME"),
        ("--rate", "learning rate of --optimizer", real(above=0.0), "RATE"),
        ("--steps", "training steps, each on all rows (1)", whole(1), "N"),
        ("--training", "without targets: a forward pass of training, with dropout and the like", True),
    ])
    add_options(command, [BACKEND], default="auto")


def run(arguments: Any) -> int:
    """Print the first difference; 1 if there is one."""
    found = trace.difference(ours_of(arguments), arguments.theirs)
    say(str(found))
    return 1 if found else 0


def ours_of(arguments: Any) -> Any:
    """The trace of a network, or the name of a file of numbers."""
    given = {name: value for name in OF_A_NETWORK if (value := getattr(arguments, name)) not in (None, False)}
    path = arguments.ours
    if os.path.splitext(path)[1].lower() in DUMPS:
        if given:
            raise CommandError(f"--{next(iter(given))}: only with a network; {path} holds numbers")
        return path
    if not arguments.input:
        raise CommandError(f"--input: missing; {path} is a network, of which a step is to be computed")
    for name in ("loss", "optimizer", "steps"):
        if name in given and not arguments.target:
            raise CommandError(f"--{name} {given[name]}: only with --target")
    if "rate" in given and "optimizer" not in given:
        raise CommandError(f"--rate {given['rate']}: only with --optimizer")
    name = arguments.optimizer
    rate = arguments.rate or (RATES.get(name, OTHER_RATE) if name else None)
    inputs = rows("--input", arguments.input)
    targets = rows("--target", arguments.target) if arguments.target else None
    if targets is not None and all(len(row) == 1 for row in targets):
        targets = [number for (number,) in targets]  # classes, or the targets of one output
    return refnet.traced(
        refnet.load(path, backend=arguments.backend), inputs, targets, steps=arguments.steps or 1,
        loss=LOSSES[arguments.loss]() if arguments.loss else None, optimizer=OPTIMIZERS[name](rate) if name else None,
        training=True if arguments.training else None,
    )


def rows(option: str, text: str) -> list[list[Any]]:
    """0.5,1;0.25,2 → [[0.5, 1], [0.25, 2]]; of the name of a file what is in it, a line a row."""
    if os.path.isfile(text):
        with open(text, encoding="utf-8-sig", newline="") as file:
            cells = [row for row in csv.reader(file) if row]
    else:
        cells = [row.split(",") for row in text.split(";")]
    try:
        return [[int(cell) if cell.strip().isdigit() else float(cell) for cell in row] for row in cells]
    except ValueError as error:
        where = "" if os.path.isfile(text) else "; there is no such file either"
        raise CommandError(f"{option} {text}: {error}; expected rows of numbers such as 0.5,1;0.25,2{where}") from None
