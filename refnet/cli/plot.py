"""`refnet plot`: what does a saved network look like, and what it does with data? A picture in a file."""

import argparse
import os
import re
from typing import Any, Callable, Optional

from refnet import plots
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.evaluate import labelled_data
from refnet.cli.one_step import OPTIONS, step_of
from refnet.cli.options import BACKEND, add_command, add_options, filename, table_options
from refnet.cli.reading import Model
from refnet.cli.screen import say, verbatim
from refnet.data import Dataset
from refnet.plots.canvas import new_figure, plain, save

ENDINGS = (".png", ".svg", ".pdf")
STEP_OPTIONS = [row for row in OPTIONS if row[0] != "--steps"]


def shape(text: str) -> tuple[int, int]:
    """28x28 → (28, 28)"""
    found = re.fullmatch(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r}; expected rows and columns, such as 28x28")
    return int(found[1]), int(found[2])


# --- The pictures: each takes the arguments, the model and the data that it needs, and returns a Figure ---


def _surface(arguments: Any, model: Model, data: Dataset) -> Any:
    axes = plots.decision_surface(model.network, data.inputs, data.targets)
    if model.columns:
        axes.set(xlabel=plain(model.columns[0]), ylabel=plain(model.columns[1]))
    return axes.figure


def _units(arguments: Any, model: Model, data: Dataset) -> Any:
    targets = data.targets if model.task == "classification" else None
    return plots.hidden_units(model.network, data.inputs, targets)


def _weights(arguments: Any, model: Model, data: None) -> Any:
    return plots.first_layer(model.network, arguments.shape)


def _confusion(arguments: Any, model: Model, data: Dataset) -> Any:
    return plots.confusion_matrix(data.targets, model.predict(data), model.classes).figure


def _roc(arguments: Any, model: Model, data: Dataset) -> Any:
    return plots.roc(data.targets, model.predict(data), model.classes).figure


def _network(arguments: Any, model: Model, data: None) -> Any:
    if all(getattr(arguments, name) is None for name in ("input", "target", "loss", "optimizer", "rate")):
        return plots.network(model.network).figure
    inputs, targets, settings = step_of(arguments, model.network)
    return plots.network(model.network, inputs, targets, settings["loss"], settings["optimizer"]).figure


def _history(arguments: Any, model: Model, data: None) -> Any:
    noted = model.notes.get("history")
    if not noted:
        hint = "`refnet train --save` keeps it, and Python's net.notes[\"history\"] = net.history"
        raise CommandError(f"{model.path}: has no history ({hint})")
    nan = float("nan")  # a file has no number for a loss that is not finite
    return plots.history({name: [nan if each is None else each for each in values] for name, values in noted.items()})


def _activations(arguments: Any, model: None, data: None) -> Any:
    return plots.activation_functions()


# name → what draws it, how many of MODEL and DATA it takes, whether it needs classes, what it shows
PICTURES: dict[str, tuple[Callable[..., Any], int, bool, str]] = {
    "surface": (_surface, 2, True, "MODEL DATA: where a network of two inputs decides for which class"),
    "units": (_units, 2, False, "MODEL DATA: what each unit of a network of two inputs has learnt"),
    "confusion": (_confusion, 2, True, "MODEL DATA: who is taken for whom"),
    "roc": (_roc, 2, True, "MODEL DATA: the ROC curve of two classes"),
    "weights": (_weights, 1, False, "MODEL: the first layer's weights as images"),
    "network": (_network, 1, False, "MODEL: units and weights with their numbers, with --input those of a step"),
    "history": (_history, 1, False, "MODEL: loss and metrics, epoch by epoch"),
    "activations": (_activations, 0, False, "the activation functions and their derivatives"),
}


def add(commands: Any) -> None:
    pictures = "\n".join(f"  {name} {words}" for name, (*_, words) in PICTURES.items())
    command = add_command(
        commands, "plot", "WHAT [MODEL [DATA]]", run, "draw a picture of a saved network, with or without data",
        f"Draws a picture into a PNG, SVG or PDF file. WHAT is one of\n{pictures}\n"
        "MODEL is a file that `refnet train --save` or net.save wrote, DATA a CSV file with the labels, or a folder of "
        "IDX files, as refnet evaluate takes them. The pictures are those of refnet.plots in Python. Needs "
        "matplotlib: pip install 'refnet[plot]'.",
        "refnet plot confusion iris.refnet iris.csv -o confusion.png\nrefnet plot history iris.refnet -o history.svg\n"
        "refnet plot network net.refnet --input 0.1,0.1 --target 0.1 --optimizer sgd --rate 0.2\n"
        "refnet plot weights mnist.refnet --shape 28x28\nrefnet plot activations",
    )
    add_options(command, [("what", f"one of {', '.join(PICTURES)}", PICTURES, "WHAT")])
    command.add_argument("model", nargs="?", type=filename, metavar="MODEL", help="the file of a network")
    command.add_argument("data", nargs="?", type=filename, metavar="DATA", help="CSV file or folder of IDX files")
    command.add_argument("-o", "--output", type=filename, metavar="FILE",
                         help="write there; its ending chooses the format (WHAT.png)")
    add_options(command, [("--shape", "of weights: rows and columns of an image (a square)", shape, "28x28")])
    add_options(command.add_argument_group("data"), table_options("the label's column (as in training)"),
                default=argparse.SUPPRESS)
    add_options(command.add_argument_group("network: the step whose numbers are drawn"), STEP_OPTIONS)
    add_options(command, [BACKEND], default="auto")
    command.set_defaults(steps=None)


def run(arguments: Any) -> int:
    """Draw the picture, and say where it is."""
    draw, files, needs_classes, _ = PICTURES[arguments.what]
    given = [each for each in (arguments.model, arguments.data) if each is not None]
    output = _output(arguments, given)
    _check_arguments(arguments, given, files)
    model = Model(arguments.model, arguments.backend) if files else None
    if model and needs_classes and model.task == "regression":
        raise CommandError(f"{arguments.what}: {arguments.model} predicts a number, not classes")
    data: Optional[Dataset] = labelled_data(arguments, model) if model and files == 2 else None
    try:
        figure = draw(arguments, model, data)
    except TypeError as error:
        raise CommandError(str(error)) from None
    save(figure, output)
    with_data = f" of {counted(len(data), 'example')}" if data else ""
    say(f"{arguments.what}{with_data} written to {verbatim(output)}")
    return 0


def _output(arguments: Any, given: list[str]) -> str:
    """The file to write: it can be written, and matplotlib is there."""
    output = arguments.output or f"{arguments.what}.png"
    if os.path.splitext(output)[1].lower() not in ENDINGS:
        raise CommandError(f"--output {output}: allowed endings: {', '.join(ENDINGS)}")
    reading.writable("--output", output, *given)
    try:
        new_figure()
    except ImportError as error:
        raise CommandError(f"plot: {error}") from None
    return output


def _check_arguments(arguments: Any, given: list[str], files: int) -> None:
    """Raise CommandError for a file or an option that this picture does not take, or a file that is missing."""
    names = ("MODEL", "DATA")[:files]
    if len(given) < files:
        raise CommandError(f"{names[len(given)]}: missing; expected refnet plot {arguments.what} {' '.join(names)}")
    if len(given) > files:
        raise CommandError(f"{given[files]}: not used; expected refnet plot {' '.join((arguments.what, *names))}")
    others = {"shape": "weights", **{row[0].lstrip("-"): "network" for row in STEP_OPTIONS}}
    for name, what in others.items():
        if getattr(arguments, name) is not None and arguments.what != what:
            raise CommandError(f"--{name}: only for refnet plot {what}")
    for name in reading.table_options(arguments):
        if files < 2:
            raise CommandError(f"--{name}: only where DATA is read")
