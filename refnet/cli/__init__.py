"""The command line: `refnet check`, `train`, `predict`, `evaluate`, `bench`, `info`. This file reads the options.

Exit status: 0 all is well, 1 `check` found a difference, 2 bad input (one line on stderr says what and where),
130 stopped by Ctrl-C, 141 nobody read the output to its end (`train --save` goes on all the same).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Sequence
from typing import Any, Callable, Optional

from refnet.cli.screen import columns, hush, shown, stand_in, warn


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; returns the exit status."""
    from refnet.cli.reading import CommandError, in_options
    from refnet.kernels import BackendError

    stand_in()
    try:
        try:
            arguments = parser().parse_args(argv)
            return arguments.run(arguments)
        finally:
            sys.stdout.flush()
    except SystemExit as error:  # --help and --version
        return int(error.code or 0)
    except BrokenPipeError:
        hush()
        return 141
    except KeyboardInterrupt:
        warn("stopped")
        return 130
    except OSError as error:
        name = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
        warn(f"{name}{error.strerror or error}")
        return 2
    except (CommandError, ValueError, BackendError, MemoryError) as error:
        warn(in_options(str(error)) or type(error).__name__)
        return 2


class Help(argparse.RawDescriptionHelpFormatter):
    """argparse's help, as wide as everything else here, and no line ends within half-squared-error."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=columns())

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)


class Parser(argparse.ArgumentParser):
    """argparse, with errors as this command line has them: one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=Help, allow_abbrev=False, **settings)

    def error(self, message: str) -> Any:
        from refnet.cli.reading import CommandError

        raise CommandError(f"{re.sub('^argument ', '', message)} (see {self.prog} --help)")


def parser() -> Parser:
    """All commands with their options."""
    import refnet

    by_module = os.path.basename(sys.argv[0]) == "__main__.py"
    top = Parser(
        prog="python -m refnet" if by_module else "refnet",
        description=textwrap.fill("refnet: one neural network library in Python and C, the same bits everywhere.",
                                  columns()),
        epilog="Start with:  refnet check\nOptions of a command:  refnet train --help",
    )
    top.add_argument("--version", action="version", version=f"refnet {refnet.__version__} (contract {refnet.CONTRACT})")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")
    add_check(commands)
    add_train(commands)
    add_predict(commands)
    add_evaluate(commands)
    add_bench(commands)
    add_info(commands)
    return top


def add_check(commands: Any) -> None:
    command = add(
        commands, "check", "", "compare both backends with each other and with the published digits",
        "Runs every worked example of the lectures, compares every kernel of the two backends bit by bit on random "
        "cases, and trains one small network from scratch whose weights have a known SHA-256. Needs nothing but "
        "the package. Exit status 1 when anything differs.",
        "refnet check\nrefnet check --cases 100000 --seed 7\nrefnet check --json > report.json",
    )
    command.add_argument("--cases", type=whole(1), default=2000, metavar="N", help="random cases a kernel (2000)")
    command.add_argument("--seed", type=whole(), default=0, metavar="S", help="of the random cases (0)")
    command.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    command.set_defaults(run=lazily("checking", "run"))


def add_train(commands: Any) -> None:
    from refnet.cli import building

    command = add(
        commands, "train", "DATA", "train a network on a CSV file or a folder of IDX files",
        "DATA is a CSV file with one example a line (also a pipe: /dev/stdin), or a folder with "
        "train-images-idx3-ubyte and train-labels-idx1-ubyte and the same for t10k-… (test data), plain or .gz, as "
        "MNIST has them. A part of a CSV file is held out to test with; features are standardised inside the network, "
        "so it predicts from the raw ones.\n"
        "Ctrl-C stops between two steps, saves what was reached, and says how to go on from there; --resume does.",
        "refnet train iris.csv --save iris.refnet\n"
        "refnet train iris.csv --resume iris.refnet --epochs 100\n"
        "refnet train mnist --layers 784-30-10 --activation sigmoid --batch-size 10 --save mnist.refnet\n"
        "refnet train wine-quality.csv --regression --layers 11-32-16-1 --optimizer adam --patience 5\n"
        "refnet train mnist --layers 784-128-10 --activation relu --optimizer adam --schedule cosine --jitter 2 "
        "--dropout 0.2",
    )
    default = argparse.SUPPRESS  # an option that is not given leaves no trace: a resumed file has its own
    command.add_argument("data", metavar="DATA", type=filename, help="CSV file or folder of IDX files")
    group = command.add_argument_group("network")
    group.add_argument("--layers", type=sizes, default=default, metavar="784-30-10",
                       help="units from inputs to outputs (inputs-16-classes; for images inputs-30-classes)")
    group.add_argument("--activation", choices=list(building.ACTIVATIONS), default=default, metavar="NAME",
                       help=f"of the hidden layers: {', '.join(building.ACTIVATIONS)} (tanh)")
    group.add_argument("--batch-norm", action="store_true", default=default,
                       help="batch normalisation before each hidden activation")
    group.add_argument("--loss", default=default,
                       choices=list(building.LOSSES), metavar="LOSS",
                       help="cross-entropy (the default for classes, with softmax outputs); binary-cross-entropy, "
                            "half-squared-error, mean-squared-error (with sigmoid outputs; for a number: linear ones, "
                            "and mean-squared-error is the default)")
    group.add_argument("--no-standardize", dest="standardize", action="store_false", default=default,
                       help="use the features (and a regression's targets) as they are; images are never standardised")
    group.add_argument("--seed", type=whole(), default=default, metavar="S",
                       help="of the split, the initial weights and the shuffling (0)")
    group = command.add_argument_group("training")
    group.add_argument("--epochs", type=whole(1), default=default, metavar="N", help="in all (50; 10 for images)")
    group.add_argument("--batch-size", type=whole(1), default=default, metavar="M", help="examples a step (16)")
    group.add_argument("--optimizer", choices=list(building.OPTIMIZERS), default=default, metavar="NAME",
                       help=f"{', '.join(building.OPTIMIZERS)} (sgd); adamw has a weight decay of 0.01")
    group.add_argument("--momentum", type=real(least=0, below=1), default=default, metavar="MU",
                       help="of momentum and nesterov (0.9)")
    group.add_argument("--clip-norm", type=real(above=0), default=default, metavar="LIMIT",
                       help="shorten the gradient to this length where it is longer; with --regression it is that of "
                            "standardised targets")
    group = command.add_argument_group("learning rate")
    group.add_argument("--rate", type=real(above=0), default=default, metavar="R",
                       help="0.1 for sgd, momentum, nesterov and adagrad, 1 for adadelta, 0.003 for the others; with "
                            "--regression that of the first three is divided by the variance of the targets")
    group.add_argument("--schedule", choices=list(building.SCHEDULES), default=default, metavar="NAME",
                       help="how it falls from epoch to epoch, counted from 0: constant (the default); inverse, "
                            "R / (1 + D * epoch); step, times F every K epochs; exponential, times F every epoch; "
                            "cosine, from R to 0 over the epochs")
    group.add_argument("--decay", type=real(least=0), default=default, metavar="D",
                       help="for the schedule inverse (1), and asks for it")
    group.add_argument("--factor", type=real(above=0, most=1), default=default, metavar="F",
                       help="for the schedules step (0.1) and exponential (0.95)")
    group.add_argument("--every", type=whole(1), default=default, metavar="K",
                       help="for the schedule step (a third of the epochs)")
    group = command.add_argument_group("against overfitting")
    group.add_argument("--patience", type=whole(1), default=default, metavar="N",
                       help="stop after N epochs without a smaller loss on the validation part, and go back to the "
                            "best weights")
    group.add_argument("--dropout", type=real(least=0, below=1), default=default, metavar="P",
                       help="switch off a share P of each hidden layer's outputs in training (0)")
    group.add_argument("--noise", type=real(least=0), default=default, metavar="SIGMA",
                       help="standard deviation of noise on the inputs in training, after their standardisation (0)")
    group.add_argument("--jitter", type=whole(0), default=default, metavar="N",
                       help="move images by up to N pixels up, down, left and right in training (0)")
    group.add_argument("--l2", type=real(least=0), default=default, metavar="LAMBDA",
                       help="adds LAMBDA times the sum of squared weights to the loss (0)")
    group.add_argument("--l1", type=real(least=0), default=default, metavar="LAMBDA",
                       help="adds LAMBDA times the sum of the weights' magnitudes (0)")
    group = command.add_argument_group("data")
    group.add_argument("--test", type=real(least=0, below=1), default=default, metavar="SHARE",
                       help="of the examples, held out to test with, of each class alike (0.2); 0: none")
    group.add_argument("--validation", type=real(least=0, below=1), default=default, metavar="SHARE",
                       help="of the examples that are then left, held out to look at after each epoch (0; with "
                            "--patience 0.2)")
    group.add_argument("--regression", action="store_true", default=default, help="the label is a number, not a class")
    add_table_options(group, "the label's column (-1, the last)")
    group = command.add_argument_group("files and backend")
    group.add_argument("--save", type=filename, metavar="FILE", help="keep the network here")
    group.add_argument("--resume", type=filename, metavar="FILE",
                       help="go on with this file, on the same data with the settings it was trained with, to the "
                            "same weights as if training had never stopped; --epochs may ask for more; "
                            "saved to FILE again unless --save says otherwise")
    add_backend(group)
    command.set_defaults(run=lazily("training", "run"))


def add_predict(commands: Any) -> None:
    command = add(
        commands, "predict", "MODEL DATA", "print what a trained network says about new data",
        "Prints a class name (or for a regression a number) for each line of a CSV file without label column, or for "
        "each image of an IDX file or folder (t10k-… if it is there).",
        "refnet predict iris.refnet new.csv\n"
        "refnet predict iris.refnet iris.csv --label species --proba --output probabilities.csv",
    )
    command.add_argument("model", metavar="MODEL", type=filename, help="file that `refnet train --save` wrote")
    command.add_argument("data", metavar="DATA", type=filename,
                         help="CSV file, IDX file of images, or folder of IDX files")
    command.add_argument("--proba", action="store_true",
                         help="a CSV table instead: the class, then the probability of each class, to the last bit")
    command.add_argument("--output", type=filename, metavar="FILE", help="write there instead of on the screen")
    add_table_options(command, "a label column to leave out")
    add_backend(command)
    command.set_defaults(run=lazily("using", "predict"))


def add_evaluate(commands: Any) -> None:
    command = add(
        commands, "evaluate", "MODEL DATA", "loss, accuracy, confusion matrix … of a trained network",
        "DATA is a CSV file with the label column that the network was trained with, or a folder of IDX files (t10k-… "
        "if it is there). Prints loss and accuracy, precision, recall and F1 of each class (and their means over the "
        "classes that occur) and the confusion matrix, for two classes also the area under the ROC curve; for a "
        "regression the root mean squared error and R².",
        "refnet evaluate iris.refnet iris.csv",
    )
    command.add_argument("model", metavar="MODEL", type=filename, help="file that `refnet train --save` wrote")
    command.add_argument("data", metavar="DATA", type=filename, help="CSV file or folder of IDX files")
    add_table_options(command, "the label's column (as in training)")
    add_backend(command)
    command.set_defaults(run=lazily("using", "evaluate"))


def add_bench(commands: Any) -> None:
    from refnet import bench

    command = add(
        commands, "bench", "[SECTION ...]", "time Python against C, and against NumPy, scikit-learn and PyTorch",
        bench.DESCRIPTION, bench.EXAMPLE,
    )
    bench.add_arguments(command)
    command.set_defaults(run=bench.run)


def add_info(commands: Any) -> None:
    command = add(
        commands, "info", "", "which backend runs here and why, and what it was built with",
        "Versions, the backend chosen and the reason, compiler, instruction set, threads.\n"
        "REFNET_BACKEND=python, c or auto chooses; REFNET_REQUIRE_C=1 makes a missing C core an error.",
        "refnet info",
    )
    command.add_argument("--json", action="store_true", help="print one JSON document")
    command.set_defaults(run=lazily("information", "run"))


# --- Parts of commands ---


def add(commands: Any, name: str, arguments: str, summary: str, description: str, examples: str) -> Any:
    """A command with its description above and its examples below the options."""
    width = columns()
    paragraphs = [textwrap.fill(text, width, break_on_hyphens=False) for text in description.split("\n")]
    lines = ["example:"]
    for example in examples.split("\n"):  # one too long goes on in the next line, as a shell takes it
        parts = textwrap.wrap(example, width - 4, subsequent_indent="    ", break_on_hyphens=False)
        lines.append("  " + " \\\n  ".join(parts))
    return commands.add_parser(
        name, help=summary, usage=" ".join(["%(prog)s [options]", arguments]).rstrip(),
        description=shown("\n".join(paragraphs)), epilog="\n".join(lines)
    )


def add_table_options(group: Any, label: str) -> None:
    """Options of reading a CSV file."""
    default = argparse.SUPPRESS
    group.add_argument("--label", type=column, default=default, metavar="NAME|NUMBER",
                       help=f"{label}; numbers count from 0, from the end when negative")
    group.add_argument("--header", action="store_true", default=default,
                       help="the first line has the columns' names (normally found out)")
    group.add_argument("--no-header", dest="header", action="store_false", default=default,
                       help="the first line is an example")
    group.add_argument("--delimiter", default=default, metavar="CHAR", help="between two cells of a CSV file (,)")


def add_backend(group: Any) -> None:
    group.add_argument("--backend", choices=["python", "c", "auto"], default="auto", metavar="NAME",
                       help="python, c or auto (C where it is built); the bits are the same")


def lazily(module: str, function: str) -> Callable[[Any], int]:
    """The command's function, imported when the command runs."""

    def run(arguments: Any) -> int:
        from importlib import import_module

        return getattr(import_module(f"refnet.cli.{module}"), function)(arguments)

    return run


# --- What an option may be ---


def sizes(text: str) -> list[int]:
    """784-30-10 → [784, 30, 10]"""
    if not re.fullmatch(r"[1-9][0-9]{0,8}(-[1-9][0-9]{0,8})+", text):
        raise argparse.ArgumentTypeError(f"{text!r}; expected units from inputs to outputs, such as 784-30-10")
    return [int(part) for part in text.split("-")]


def filename(text: str) -> str:
    """A name, whatever it names."""
    if not text:
        raise argparse.ArgumentTypeError("''; expected the name of a file")
    return text


def column(text: str) -> Any:
    """A column's number, or else its name."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else text


def whole(least: Optional[int] = None) -> Callable[[str], int]:
    """Whole numbers from `least` on."""

    def parse(text: str) -> int:
        allowed = "whole numbers" + (f" >= {least}" if least is not None else "")
        if not re.fullmatch(r"-?[0-9]{1,18}", text) or (least is not None and int(text) < least):
            raise argparse.ArgumentTypeError(f"{text!r}; allowed: {allowed}")
        return int(text)

    return parse


def real(**bounds: float) -> Callable[[str], float]:
    """Finite numbers within the bounds of refnet.checks.number."""

    def parse(text: str) -> float:
        from refnet import checks

        try:
            return checks.number("", float(text), **bounds)
        except ValueError:
            signs = {"above": ">", "least": ">=", "below": "<", "most": "<="}
            allowed = " and ".join(f"{signs[name]} {bound}" for name, bound in bounds.items())
            raise argparse.ArgumentTypeError(f"{text!r}; allowed: finite numbers {allowed}") from None

    return parse
