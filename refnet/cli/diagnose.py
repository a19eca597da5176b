"""`refnet diagnose`: what ails a network, or a training that has not begun? Figures, plain words, and what to try."""

import argparse
import json
import math
import os
import re
from typing import Any

import refnet as rn
from refnet.cli import reading
from refnet.cli.errors import CommandError, option
from refnet.cli.evaluate import labelled_data
from refnet.cli.options import BACKEND, add_command, add_options, filename
from refnet.cli.reading import Model
from refnet.cli.screen import fold, labelled, say, verbatim
from refnet.cli.tables import TABLE_OPTIONS
from refnet.cli.train import SETTINGS
from refnet.cli.train_data import prepared
from refnet.cli.train_network import DEFAULTS, HELP_WORDS, built
from refnet.diagnosis import remedies
from refnet.files import finite

GROUPS = ("network", "training", "learning rate", "data")  # the options of `refnet train` that a new network takes

# Remedies as options of `refnet train`, where it has one; the others are shown as they are, code as Python's.
BALANCED = "class_weight='balanced' of Network.fit, in Python (refnet train has no option for it)"
OPTIONS = {
    "a smaller rate": "a smaller --rate", remedies.CLIPPED: "--clip-norm 1",
    remedies.STANDARDIZE: "refnet train without --no-standardize",
    remedies.STANDARDISED: "refnet train without --no-standardize",
    "(target − mean) / standard deviation as targets, and the outputs scaled back":
        "refnet train without --no-standardize",
    "fit(…, class_weight='balanced')": BALANCED, remedies.BALANCED: BALANCED,
    "a smaller rate: refnet.range_test shows which": "a smaller --rate", remedies.LEAKY: "--activation leaky-relu",
    "a larger rate: refnet.range_test shows which": "a larger --rate", remedies.RELU: "--activation relu",
    remedies.RATE: "another --rate", remedies.NORMALISED: "--batch-norm",
    "a schedule that lets it fall": "--schedule cosine", remedies.DROPOUT: "--dropout 0.2",
    remedies.PENALTY: "a smaller --l2 or --l1", "more hidden units": "--layers with more hidden units",
    "one more hidden layer": "--layers with one more hidden layer", "fewer units": "--layers with fewer hidden units",
    "dropout, a penalty, early stopping": "--dropout 0.2, --l2 0.001, --patience 10",
}


def add(commands: Any) -> None:
    command = add_command(
        commands, "diagnose", "[MODEL] DATA", run, "say what is wrong with a network and what to try",
        "Examines a saved network on data as `refnet evaluate` reads it, or without MODEL the network that `refnet "
        "train` would begin with, by the same options: is a gradient wrong, are units dead or saturated, is the rate "
        "too small or too large, is the network too small, are the data as they should be? Nothing is changed. Exit "
        "status 1 when something is found.",
        "refnet diagnose iris.refnet iris.csv\nrefnet diagnose wine.csv --layers 13-8-3 --rate 0.1 --no-standardize",
    )
    command.add_argument("files", metavar="[MODEL] DATA", nargs="+", type=filename,
                         help="a file that `refnet train --save` wrote; CSV file or folder of IDX files")
    command.add_argument("--json", action="store_true", help="print one JSON document")
    add_options(command, [BACKEND], default="auto")
    for title in GROUPS:
        group = command.add_argument_group(f"{title}, as of `refnet train`")
        add_options(group, [(flag, words.format_map(HELP_WORDS), *rest) for flag, words, *rest in SETTINGS[title]],
                    default=argparse.SUPPRESS)


def run(arguments: Any) -> int:
    """Print what was found; 1 if anything was, else 0."""
    given = {name: value for name, value in vars(arguments).items() if name in DEFAULTS}
    if len(arguments.files) > 2:
        raise CommandError(f"{arguments.files[2]}: expected [MODEL] DATA, at most two files")
    arguments.data, history = arguments.files[-1], None
    if len(arguments.files) == 1 and is_model(arguments.data):
        raise CommandError(f"DATA: missing; expected the data to examine {arguments.data} on")
    if len(arguments.files) == 2:
        for name, value in given.items():
            if name not in TABLE_OPTIONS:
                raise CommandError(f"{option(name, value)}: only without a model; {arguments.files[0]} has its own")
        model = Model(arguments.files[0], arguments.backend)
        data, network, validation = labelled_data(arguments, model), model.network, None
        noted = network.notes.get("history") or {}
        history = {name: [math.nan if each is None else each for each in values] for name, values in noted.items()}
    else:
        settings, parts = prepared(arguments.data, given)
        data, network = parts.train, built(settings, parts.train, arguments.backend, parts.indicators)
        validation = parts.validation and (parts.validation.inputs, parts.validation.targets)
    if data.classes:
        network.notes["classes"] = data.classes if arguments.json else [verbatim(name) for name in data.classes]
    found = rn.diagnose(network, data.inputs, data.targets, history=history, validation=validation)
    if arguments.json:
        print(json.dumps(finite(found.document()), indent=1, allow_nan=False))
        return 1 if found else 0
    labelled("network", repr(network))
    labelled("data", reading.described(arguments.data, data))
    say()
    found.findings = [each._replace(remedies=tuple(map(as_options, each.remedies))) for each in found.findings]
    for line in str(found).splitlines():
        say("\n".join(fold(line, 6 if line.startswith(" ") else 2)))
    return 1 if found else 0


def as_options(remedy: str) -> str:
    """A remedy in words of the command line, as far as it has some."""
    is_code = re.search(r"\w\(|refnet\.", remedy)
    return OPTIONS.get(remedy, f"{remedy}, in Python" if is_code else remedy)


def is_model(path: str) -> bool:
    """Whether this is a file that `save` has written."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return b'"refnet network"' in file.read(100)
