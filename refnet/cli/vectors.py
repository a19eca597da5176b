"""`refnet vectors`: what does an implementation in another language hold itself against?"""

import argparse
import json
from itertools import islice
from typing import Any

from refnet.cli.errors import CommandError
from refnet.cli.options import BACKEND, add_command, add_options, filename, number_format, whole
from refnet.cli.screen import mark, say, verbatim
from refnet.kernels import choose
from refnet.trace import dumps
from refnet.verify import vectors


def add(commands: Any) -> None:
    command = add_command(
        commands, "vectors", "[OUT]", run, "write the contract and its test vectors, or check a folder of them",
        "Writes a conformance kit for implementers into the folder OUT: FORMAT.md, from which alone the bits can be "
        "reproduced, one JSON file for each kernel, function, initializer and training run with the bits of every "
        "number, a JSON Schema, and manifest.json with the SHA-256 of each file. The bytes are the same on every "
        "machine. --check names the first number of a folder that is not what refnet computes (exit status 1). "
        "--stream writes calls of one kernel or function, one a line, for a program that reads a pipe.",
        "refnet vectors OUT\nrefnet vectors OUT --number binary32\n"
        "refnet vectors OUT --c --readmemh --only 'functions/*,runs/sgd'\n"
        "refnet vectors --check OUT --backend c\nrefnet vectors --stream sigmoid --seed 7 --count 5",
    )
    command.add_argument("out", nargs="?", type=filename, metavar="OUT", help="folder to write into")
    add_options(command, [
        ("--calls", "calls of each kernel (8)", whole(1), "N"),
        ("--epochs", "epochs of each training run, two steps each (2)", whole(1), "N"),
        ("--only", "only these cases: names with * and ?, after commas", str, "NAMES"),
        ("--number", "number format, such as binary32 or Q7.8 (binary64)", number_format, "FORMAT"),
        ("--seed", "seed of all random numbers (0)", whole(), "S"),
        ("--c", "also write C headers, into OUT/c", True),
        ("--npy", "also write NumPy's arrays, into OUT/npy", True),
        ("--readmemh", "also write files for Verilog's $readmemh, into OUT/readmemh", True),
        ("--check", "compare this folder with what refnet computes", filename, "FOLDER"),
        ("--stream", "write calls of this kernel or function to standard output", vectors.SUBJECTS, "NAME"),
        ("--count", "lines of --stream (1000)", whole(1), "N"),
        BACKEND,
    ])
    command.set_defaults(backend="python")


def run(arguments: Any) -> int:
    """Write, check or stream; 1 if a folder differs, else 0."""
    wanted = [arguments.out, arguments.check, arguments.stream]
    if wanted.count(None) != 2:
        raise CommandError("give a folder OUT, or --check FOLDER, or --stream NAME (see refnet vectors --help)")
    _refuse_what_does_not_belong(arguments)
    if arguments.stream:
        return _stream(arguments)
    if arguments.check:
        return _check(arguments)
    given = {name: getattr(arguments, name) for name in vectors.Extent._fields if getattr(arguments, name) is not None}
    try:
        number = vectors.write(arguments.out, vectors.Extent(**given), arguments.backend)
    except ValueError as error:  # of --only
        raise CommandError(f"--{error}") from None
    say(f"{verbatim(arguments.out)}: {number} files")
    for form in vectors.EXPORTS:
        if getattr(arguments, form):
            say(f"{verbatim(arguments.out)}/{form}: {vectors.export(arguments.out, form)} files")
    return 0


def _refuse_what_does_not_belong(arguments: argparse.Namespace) -> None:
    """Raise CommandError for an option that would say nothing here."""
    of_out, of_stream = ("calls", "epochs", "only", *vectors.EXPORTS), ("count",)
    foreign = {"out": of_stream, "check": (*of_out, *of_stream, "seed", "number"), "stream": of_out}
    way = "out" if arguments.out else "check" if arguments.check else "stream"
    for name in foreign[way]:
        if getattr(arguments, name):
            raise CommandError(f"--{name}: it has no effect {'with OUT' if way == 'out' else f'with --{way}'}")


def _check(arguments: argparse.Namespace) -> int:
    difference = vectors.difference(arguments.check, arguments.backend)
    say(f"{mark(not difference)} {difference or f'{verbatim(arguments.check)}: every byte is right'}")
    return 1 if difference else 0


def _stream(arguments: argparse.Namespace) -> int:
    calls = vectors.stream(arguments.stream, arguments.seed or 0, choose(arguments.backend, arguments.number))
    for call in islice(calls, arguments.count or 1000):
        print(json.dumps({"name": arguments.stream, **dumps.named(arguments.number or "binary64"), **call}), flush=True)
    return 0
