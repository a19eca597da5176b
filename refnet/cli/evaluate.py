"""`refnet evaluate`: how often is a saved network right, and whom does it take for whom?"""

import math
import os
from typing import Any

from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.options import add_command, add_model_and_data
from refnet.cli.reading import Model
from refnet.cli.screen import columns, labelled, say, table
from refnet.cli.tables import read_for
from refnet.cli.train_screen import score
from refnet.data import Dataset
from refnet.training import metrics


def add(commands: Any) -> None:
    command = add_command(
        commands, "evaluate", "MODEL DATA", run, "loss, accuracy, confusion matrix … of a trained network",
        "DATA is a table with the label column that the network was trained with, or a folder of IDX files (t10k-… "
        "if it is there). Prints loss and accuracy, precision, recall and F1 of each class (and their means over the "
        "classes that occur) and the confusion matrix, for two classes also the area under the ROC curve; for a "
        "regression the root mean squared error and R².",
        "refnet evaluate iris.refnet iris.csv",
    )
    add_model_and_data(command, "table or folder of IDX files", "the label's column (as in training)")


def run(arguments: Any) -> int:
    """Print loss and accuracy, how well each class is told, and who was taken for whom."""
    model = Model(arguments.model, arguments.backend)
    data = labelled_data(arguments, model)
    network = model.network
    labelled("data", reading.described(arguments.data, data))
    text = score(network.evaluate(data.inputs, data.targets), data, network)
    if model.task == "regression":
        labelled("result", text)
        return 0
    outputs = model.predict(data)
    area = metrics.auc(data.targets, outputs) if len(model.classes) == 2 else math.nan
    labelled("result", text if math.isnan(area) else f"{text}, ROC AUC {area:.4f}")
    counts = metrics.confusion_matrix(data.targets, outputs)
    say("\n".join([
        "", *by_class(model.classes, data.targets, outputs, counts),
        "", "Confusion matrix: rows true, columns predicted", *confusion(model.classes, counts, columns()),
    ]))
    return 0


def labelled_data(arguments: Any, model: Model) -> Dataset:
    """The data to evaluate, with its labels as this model's classes."""
    path, options = arguments.data, reading.table_options(arguments)
    if not os.path.isdir(path):
        return read_for(model, path, options, with_label=True)
    data = known_classes(path, model, reading.folder(path, options))
    model.check(path, data)
    return data


def known_classes(path: str, model: Model, data: Dataset) -> Dataset:
    """The same images; their labels, which are numbers, as this model's classes."""
    names = data.classes or []
    for name in names:
        if name not in model.classes:
            raise CommandError(f"{path}: label {name!r} is not one of the classes {', '.join(model.classes)}")
    targets = [model.classes.index(names[target]) for target in data.targets]
    return Dataset(data.inputs, targets, model.classes, data.columns)


def by_class(classes: list[str], targets: list[int], outputs: list[list[float]], counts: list[list[int]]) -> list[str]:
    """A table of precision, recall and F1 of each class, — for 0/0; the last line has their means."""
    ratios = [metric(targets, outputs, average=None) for metric in (metrics.precision, metrics.recall, metrics.f1)]
    means = [metric(targets, outputs, average="macro") for metric in (metrics.precision, metrics.recall, metrics.f1)]
    rows = [["class", "precision", "recall", "F1", "examples"]]
    for i, (name, line) in enumerate(zip(classes, counts)):
        true, decided = sum(line), sum(other[i] for other in counts)
        cells = [f"{ratio[i]:.4f}" if below else "—" for ratio, below in zip(ratios, (decided, true, true + decided))]
        rows.append([name, *cells, f"{true:,}"])
    rows.append(["mean", *(f"{mean:.4f}" for mean in means), f"{len(targets):,}"])
    return table(rows, "Lrrrr", columns())


def confusion(classes: list[str], counts: list[list[int]], width: int) -> list[str]:
    """An aligned table, rows true, columns predicted; columns are headed by numbers if names are too wide."""
    body = [[str(n) if n else "·" for n in row] for row in counts]
    align = "L" + "r" * len(classes)
    named = table([["", *classes], *([name, *row] for name, row in zip(classes, body))], align)
    if max(map(len, named)) <= width:
        return named
    numbers = [str(i) for i in range(len(classes))]
    rows = [[f"{i} {name}", *row] for i, name, row in zip(numbers, classes, body)]
    return table([["", *numbers], *rows], align, width)
