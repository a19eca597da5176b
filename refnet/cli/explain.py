"""`refnet explain`: what would a lecturer write on the board? A lecture's worked step, or a step of a saved network."""

import argparse
import os
from typing import Any, Callable, Optional

import refnet as rn
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.one_step import OPTIONS, step_of
from refnet.cli.options import BACKEND, add_command, add_options, filename, whole
from refnet.cli.screen import say, shown, verbatim
from refnet.lectures import STEPS, heading
from refnet.trace.explained import FORMS, Explanation, form_of

DIGITS = whole(1)


def digits(text: str) -> Optional[int]:
    """4 → 4, exact → None"""
    return None if text == "exact" else DIGITS(text)


def units(text: str) -> Any:
    """all, or dense1:0,5;dense2:1 → {"dense1": [0, 5], "dense2": [1]}"""
    if text == "all":
        return text
    chosen = {}
    for part in text.split(";"):
        name, colon, places = part.partition(":")
        if not colon:
            raise argparse.ArgumentTypeError(f"{text!r}; expected all, or layers with units such as dense1:0,5")
        chosen[name.strip()] = whole_numbers(places)
    return chosen


def whole_numbers(text: str) -> list[int]:
    """0,5 → [0, 5]"""
    number: Callable[[str], int] = whole(0)
    return [number(part.strip()) for part in text.split(",")]


def add(commands: Any) -> None:
    command = add_command(
        commands, "explain", "LECTURE|MODEL", run, "write a training step as a worked solution",
        "Writes a step as a lecturer does: forward, loss, backward, update, each formula with its numbers put in. "
        "A lecture is 002 or 003, whose worked step is written; a model is a file that `refnet train --save` or "
        "net.save wrote. Without --target a model's forward pass is written. Numbers that begin with a minus follow an "
        "equals sign: --input=-0.1,0.9.",
        "refnet explain 003\nrefnet explain 002 --digits exact --output step.html\n"
        "refnet explain net.refnet --input 0.1,0.1 --target 0.1 --optimizer sgd --rate 0.2 --format markdown",
    )
    add_options(command, [
        ("what", f"{', '.join(STEPS)}, or the file of a network", filename, "LECTURE|MODEL"),
        *OPTIONS,
        ("--digits", "significant digits, or exact: every number to the bit (4)", digits, "N|exact"),
        ("--units", "which units of a large network: dense1:0,5;dense2:1, or all", units, "UNITS"),
        ("--rows", "which examples, counted from 0", whole_numbers, "ROWS"),
        ("--format", f"{', '.join(FORMS)} (that of the file's ending; else text)", FORMS, "NAME"),
        ("--output", "write there; its ending chooses the format", filename, "FILE"),
        BACKEND,
    ])
    command.set_defaults(backend="auto", digits=4)


def run(arguments: Any) -> int:
    """Print the worked solution, or write it to a file."""
    form = _form(arguments)
    explanation = _explanation(arguments)
    if not arguments.output:
        print(shown(getattr(explanation, form)()), flush=True)
        return 0
    try:
        explanation.save(arguments.output, form)
    except ImportError as error:
        raise CommandError(f"--output {arguments.output}: {error}") from None
    say(f"{counted(len(explanation.steps), 'step')} written to {verbatim(arguments.output)}")
    return 0


def _form(arguments: Any) -> str:
    """The format, by its name or by the ending of the file's name."""
    if arguments.output:
        reading.writable("--output", arguments.output, arguments.what)
        if arguments.format:
            return arguments.format
        try:
            return form_of(arguments.output)
        except ValueError as error:
            raise CommandError(f"--output: {str(error).removeprefix('path: ')}, or say --format") from None
    if arguments.format == "xlsx":
        raise CommandError("--format xlsx: a spreadsheet is a file; say --output FILE")
    return arguments.format or "text"


def _explanation(arguments: Any) -> Explanation:
    chosen = {"digits": arguments.digits, "units": arguments.units, "rows": arguments.rows}
    if arguments.what in STEPS and not os.path.exists(arguments.what):
        for name in ("input", "target", "loss", "optimizer", "rate"):
            if getattr(arguments, name) is not None:
                raise CommandError(f"--{name}: only for a model; lecture {arguments.what} has its own numbers")
        step = STEPS[arguments.what](arguments.backend)
        title, slide = heading(step.source, step.entry)
        return rn.explain(step.network, step.inputs, step.targets, loss=step.loss, optimizer=step.optimizer,
                          steps=arguments.steps or 1, title=f"{title}: {slide}", **chosen)
    if not os.path.exists(arguments.what):
        raise CommandError(f"{arguments.what}: no such file; lectures with a worked step: {', '.join(STEPS)}")
    network: Any = rn.load(arguments.what, backend=arguments.backend)
    inputs, targets, settings = step_of(arguments, network)
    return rn.explain(network, inputs, targets, **settings, **chosen)
