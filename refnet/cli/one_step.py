"""Which step of a network is meant? The options of `refnet explain` and `refnet diff`: rows, loss, optimizer."""

import argparse
import csv
import os
import re
from typing import Any

import refnet as rn
from refnet.checks import counted
from refnet.cli.errors import CommandError
from refnet.cli.options import real, whole
from refnet.cli.train_network import OPTIMIZERS, OTHER_RATE, RATES, classes

LOSSES = {name: cls for name, cls in classes(rn.Loss).items() if cls is not rn.MultiTask}


def numbers(text: str) -> list[list[float]]:
    """0.1,0.9;0.9,0.1 → two rows; of the name of a CSV file the rows in it"""
    number = real()
    if re.fullmatch(r"[^,;]*[^,;.0-9][^,;]*\.[a-z]+", text, re.IGNORECASE) and not os.path.exists(text):
        raise argparse.ArgumentTypeError(f"{text}: No such file; allowed: numbers, or a CSV file of numbers")
    if os.path.isfile(text):
        with open(text, encoding="utf-8-sig", newline="") as file:
            return [[number(cell.strip()) for cell in row] for row in csv.reader(file) if row]
    return [[number(part.strip()) for part in row.split(",")] for row in text.split(";")]


OPTIONS: list[tuple[Any, ...]] = [
    ("--input", "the numbers of an example; several: '0.1,0.1;0.9,0.1', or a CSV file of numbers", numbers, "NUMBERS"),
    ("--target", "its targets, or for several classes the class's number, from 0", numbers, "NUMBERS"),
    ("--loss", f"{', '.join(LOSSES)} (the network's)", LOSSES, "LOSS"),
    ("--optimizer", "an optimizer as refnet train has it (the network's; if it has none, no update)", OPTIMIZERS,
     "NAME"),
    ("--rate", "its learning rate", real(above=0), "R"),
    ("--steps", "training steps on these examples (1)", whole(1), "N"),
]


def step_of(arguments: Any, network: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Inputs, targets and the settings loss, optimizer and steps that the options ask for."""
    if arguments.input is None:
        raise CommandError(f"--input: missing; expected {counted(network.inputs, 'number')}, such as --input 0.1,0.9")
    targets = arguments.target
    if targets is None and (arguments.optimizer or arguments.rate or arguments.loss or arguments.steps):
        raise CommandError("--target: missing; without it there is a forward pass and no training step")
    if targets is not None and network.outputs > 1 and all(len(row) == 1 for row in targets):
        targets = [int(value) if value == int(value) else value for (value,) in targets]
    optimizer = None
    if arguments.optimizer:
        rate = arguments.rate or RATES.get(arguments.optimizer, OTHER_RATE)
        optimizer = OPTIMIZERS[arguments.optimizer](rate)
    elif arguments.rate:
        raise CommandError("--rate: expected with --optimizer")
    loss = LOSSES[arguments.loss]() if arguments.loss else None
    return arguments.input, targets, {"loss": loss, "optimizer": optimizer, "steps": arguments.steps or 1}
