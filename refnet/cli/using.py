"""`refnet predict` and `refnet evaluate`: what a saved network says about data, and how often it is right."""

from __future__ import annotations

import csv
import io
import math
import os
from typing import Any

from refnet.cli import reading
from refnet.cli.reading import CommandError, Model
from refnet.cli.screen import Bar, columns, labelled, say, shown, table
from refnet.cli.training import score
from refnet.data import Dataset, is_idx_file, read_idx_folder
from refnet.training import metrics

PIECE = 1000  # rows between two looks at the progress bar


def predict(arguments: Any) -> int:
    """Print, or write to a file, a line for each example."""
    if arguments.output:
        reading.writable("--output", arguments.output, arguments.data, arguments.model)
    model = Model(arguments.model, arguments.backend)
    if arguments.proba and model.task == "regression":
        raise CommandError(f"--proba: {arguments.model} predicts a number, not classes")
    data = inputs_of(arguments, model)
    text = lines(model, outputs_of(model, data), arguments.proba)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        say(f"{reading.counted(len(data), 'prediction')} written to {arguments.output}")
    else:
        print(shown(text), end="", flush=True)
    return 0


def inputs_of(arguments: Any, model: Model) -> Dataset:
    """The data to predict, without its labels."""
    path, options = arguments.data, options_of(arguments)
    if os.path.isdir(path):
        no_table_options(path, options)
        data = reading.test_folder(path) or read_idx_folder(path)
    elif is_idx_file(path):
        no_table_options(path, options)
        data = Dataset(reading.images(path))
    else:
        hint = "" if "label" in options else " (--label NAME or --label NUMBER leaves out a label column)"
        if "label" not in options:
            data = reading.table(path, {**options, "label": None}, hint)
        elif model.task == "regression":
            data = reading.table(path, {**options, "regression": True})
        else:
            data = reading.table(path, options)
        model.check(path, data, hint)
        return data
    model.check(path, data)
    return data


def evaluate(arguments: Any) -> int:
    """Print loss and accuracy, how well each class is told, and who was taken for whom."""
    model = Model(arguments.model, arguments.backend)
    data = labelled_data(arguments, model)
    network = model.network
    labelled("data", reading.described(arguments.data, data))
    text = score(network.evaluate(data.inputs, data.targets), data, network)
    if model.task == "regression":
        labelled("result", text)
        return 0
    outputs = outputs_of(model, data)
    area = metrics.auc(data.targets, outputs) if len(model.classes) == 2 else math.nan
    labelled("result", text if math.isnan(area) else f"{text}, ROC AUC {area:.4f}")
    counts = metrics.confusion_matrix(data.targets, outputs)
    say()
    for line in by_class(model.classes, data.targets, outputs, counts):
        say(line)
    say()
    say("Confusion matrix: rows true, columns predicted")
    for line in confusion(model.classes, counts, columns()):
        say(line)
    return 0


def labelled_data(arguments: Any, model: Model) -> Dataset:
    """The data to evaluate, with its labels as this model's classes."""
    path, options = arguments.data, options_of(arguments)
    if os.path.isdir(path):
        no_table_options(path, options)
        data = reading.test_folder(path) or read_idx_folder(path)
        data = known_classes(path, model, data)
    elif is_idx_file(path):
        raise CommandError(f"{path}: one IDX file; to evaluate, name the folder that holds images and labels")
    else:
        trained = model.settings
        options.setdefault("label", trained.get("label", -1))
        options.setdefault("delimiter", trained.get("delimiter", ","))
        kind: dict[str, Any] = {"regression": True} if model.task == "regression" else {"classes": model.classes}
        data = reading.table(path, {**options, **kind})
    model.check(path, data)
    return data


def known_classes(path: str, model: Model, data: Dataset) -> Dataset:
    """Images whose labels are numbers, with the model's class names."""
    names = data.classes or []
    for name in names:
        if name not in model.classes:
            raise CommandError(f"{path}: label {name!r} is not one of the classes {', '.join(model.classes)}")
    targets = [model.classes.index(names[target]) for target in data.targets]
    return Dataset(data.inputs, targets, model.classes, data.columns)


def options_of(arguments: Any) -> dict[str, Any]:
    """The options of reading a table that were given."""
    given = vars(arguments)
    return {name: given[name] for name in ("label", "header", "delimiter") if name in given}


def no_table_options(path: str, options: dict[str, Any]) -> None:
    if options:
        raise CommandError(f"--{next(iter(options))}: only for CSV files; {path} is IDX")


def outputs_of(model: Model, data: Dataset) -> list[list[float]]:
    """The network's outputs, with a progress bar where there are many rows."""
    bar = Bar()
    outputs: list[list[float]] = []
    for start in range(0, len(data), PIECE):
        if len(data) > PIECE:
            bar.show(start / len(data), "predicting", f"{start:,} of {len(data):,}")
        outputs += model.network.predict(data.inputs[start : start + PIECE])
    bar.clear()
    return outputs


def lines(model: Model, outputs: list[list[float]], proba: bool) -> str:
    """A line for each row of outputs: a class or a number; with `proba` a CSV table with a header."""
    if model.task == "regression":
        return "".join(",".join(map(repr, row)) + "\n" for row in outputs)
    if not proba:
        return "".join(model.classes[model.decide(row)] + "\n" for row in outputs)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["prediction", *(model.classes if model.outputs > 1 else model.classes[1:])])
    for row in outputs:
        writer.writerow([model.classes[model.decide(row)], *map(repr, row)])
    return text.getvalue()


def by_class(classes: list[str], targets: list[int], outputs: list[list[float]], counts: list[list[int]]) -> list[str]:
    """A table of precision, recall and F1 of each class, — where one is 0/0; the last line has their means."""
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
    """An aligned table, rows true, columns predicted; columns are headed by numbers where names are too wide."""
    body = [[str(n) if n else "·" for n in row] for row in counts]
    align = "L" + "r" * len(classes)
    named = table([["", *classes], *([name, *row] for name, row in zip(classes, body))], align)
    if max(map(len, named)) <= width:
        return named
    numbers = [str(i) for i in range(len(classes))]
    rows = [[f"{i} {name}", *row] for i, name, row in zip(numbers, classes, body)]
    return table([["", *numbers], *rows], align, width)
