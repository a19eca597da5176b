"""`refnet predict`: what does a saved network say about new data?"""

import csv
import io
import os
from typing import Any

from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.options import add_command, add_model_and_data, add_options, filename
from refnet.cli.reading import Model
from refnet.cli.screen import say, shown
from refnet.cli.tables import read_for
from refnet.data import ByteMatrix, Dataset, is_idx_file, read_idx
from refnet.training import metrics


def add(commands: Any) -> None:
    command = add_command(
        commands, "predict", "MODEL DATA", run, "print what a trained network says about new data",
        "Prints a class name (or for a regression a number) for each line of a table, with or without its label "
        "column, or for each image of an IDX file or folder (t10k-… if it is there).",
        "refnet predict iris.refnet new.csv\n"
        "refnet predict iris.refnet iris.csv --label species --proba --output probabilities.csv",
    )
    add_options(command, [
        ("--proba", "a CSV table instead: the class, then the probability of each class, to the last bit", True),
        ("--output", "write there instead of on the screen", filename, "FILE"),
    ])
    add_model_and_data(command, "table, IDX file of images, or folder of IDX files",
                       "a label column to leave out (that of training)")


def run(arguments: Any) -> int:
    """Print, or write to a file, a line for each example."""
    if arguments.output:
        reading.writable("--output", arguments.output, arguments.data, arguments.model)
    model = Model(arguments.model, arguments.backend)
    if arguments.proba and model.task == "regression":
        raise CommandError(f"--proba: {arguments.model} predicts a number, not classes")
    data = inputs_of(arguments, model)
    text = lines(model, model.predict(data), arguments.proba)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        say(f"{counted(len(data), 'prediction')} written to {arguments.output}")
    else:
        print(shown(text), end="", flush=True)
    return 0


def inputs_of(arguments: Any, model: Model) -> Dataset:
    """The data to predict, without its labels."""
    path, options = arguments.data, reading.table_options(arguments)
    if os.path.isdir(path):
        data = reading.folder(path, options)
    elif is_idx_file(path):
        reading.no_table_options(path, options)
        images = read_idx(path)
        if not isinstance(images, ByteMatrix):
            raise CommandError(f"{path}: holds labels; expected images, or the folder that has both")
        data = Dataset(images)
    else:
        hint = "" if "label" in options else " (--label NAME or --label NUMBER leaves out a label column)"
        return read_for(model, path, options, with_label=False, hint=hint)
    model.check(path, data)
    return data


def lines(model: Model, outputs: list[list[float]], proba: bool) -> str:
    """A line for each row of outputs: a class or a number; with proba a CSV table with a header."""
    if model.task == "regression":
        return "".join(",".join(map(repr, row)) + "\n" for row in outputs)
    names = [model.classes[i] for i in metrics.decide(outputs)]
    if not proba:
        return "".join(f"{name}\n" for name in names)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["prediction", *(model.classes if model.outputs > 1 else model.classes[1:])])
    writer.writerows([name, *map(repr, row)] for name, row in zip(names, outputs))
    return text.getvalue()
