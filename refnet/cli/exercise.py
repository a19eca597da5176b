"""`refnet exercise`: what would a class be asked? Sheet, solution and marking scheme of one training step by hand."""

import argparse
import json
import os
from typing import Any

import refnet as rn
from refnet.checks import counted
from refnet.cli.errors import CommandError
from refnet.cli.one_step import OPTIONS, step_of
from refnet.cli.options import add_command, add_options, filename, sizes, whole
from refnet.cli.screen import say
from refnet.cli.train_network import ACTIVATIONS
from refnet.exercises import ASKED, Exercise, invented
from refnet.exercises.answers import FORMS
from refnet.exercises.papers import ENDINGS
from refnet.lectures import STEPS, heading

PAPERS = ("sheet", "solution", "marking")
KINDS = [*ACTIVATIONS, "softmax"]
OWN = ("weights", "activation", "last", "rows", "seed", "bias")  # options for a network of one's own


def asked(text: str) -> list[str]:
    """delta,new → ["delta", "new"]"""
    kinds = [part.strip() for part in text.split(",")]
    for kind in kinds:
        if kind not in ASKED:
            raise argparse.ArgumentTypeError(f"{kind!r}; expected some of {','.join(ASKED)}")
    return kinds


def add(commands: Any) -> None:
    command = add_command(
        commands, "exercise", "SIZES|LECTURE|MODEL FOLDER", run, "write an exercise sheet, solution and marking scheme",
        "Writes into a folder: the sheet with numbered gaps, the worked solution, the marking scheme, an empty answer "
        "form, and exercise.json, which `refnet grade` reads. SIZES, such as 2-3-1, is a network with the numbers of "
        "--weights, --input and --target, or with numbers of one decimal that --seed draws: another seed, another "
        "sheet. A lecture is 002 or 003; a model is a file that `refnet train --save` or net.save wrote.\n"
        "--weights is JSON, or a file of it: a matrix for each layer with a row for each unit, [[[0.1, 0.2]], [[0.3]]] "
        'or {"weights": …, "biases": …}.',
        "refnet exercise 2-3-1 class1 --seed 5 --rate 0.2\nrefnet exercise 2-2-1 class2 --weights numbers.json "
        "--input 0.1,0.7 --target 0.9 --rate 0.2 --format latex\nrefnet exercise 003 class3 --ask delta,new",
    )
    options = [option for option in OPTIONS if option[0] != "--steps"]
    add_options(command, [
        ("what", f"units from inputs to outputs; {', '.join(STEPS)}; or the file of a network", filename, "WHAT"),
        ("folder", "folder to write to; it is made if there is none", filename, "FOLDER"),
        ("--weights", "the weights, and biases if there are some", str, "JSON|FILE"),
        ("--activation", f"of the units: {', '.join(KINDS)} (sigmoid)", KINDS, "NAME"),
        ("--last", "of the last layer, if it is another", KINDS, "NAME"),
        *options,
        ("--seed", "draws the numbers that are not given (0)", whole(), "S"),
        ("--rows", "how many examples are drawn (1)", whole(1), "M"),
        ("--decimals", "digits behind the point of numbers that are drawn (1); a model's weights are rounded to them",
         whole(1), "N"),
        ("--no-bias", "no biases are drawn", False),
        ("--digits", "significant digits that are asked for, 2 to 12 (4)", whole(2), "N"),
        ("--ask", f"what is asked: {', '.join(ASKED)} (all)", asked, "KINDS"),
        ("--no-formulas", "the sheet has no formulas", False),
        ("--format", f"{', '.join(ENDINGS.values())} (html)", ENDINGS.values(), "NAME"),
        ("--answers", f"form of the answer sheet: {', '.join(FORMS.values())} (csv)", FORMS.values(), "NAME"),
        ("--title", "of the papers", str, "TEXT"),
    ])
    command.set_defaults(digits=4, ask=list(ASKED), format="html", answers="csv", formulas=True, bias=True)


def run(arguments: Any) -> int:
    """Write the papers into the folder."""
    exercise = _exercise(arguments)
    if os.path.exists(arguments.folder) and not os.path.isdir(arguments.folder):
        raise CommandError(f"{arguments.folder}: is a file; expected the name of a folder")
    os.makedirs(arguments.folder, exist_ok=True)
    ending = next(ending for ending, form in ENDINGS.items() if form == arguments.format)
    for paper in PAPERS:
        getattr(exercise, paper)().save(os.path.join(arguments.folder, paper + ending))
    form = next(each for each, kind in FORMS.items() if kind == arguments.answers)
    with open(os.path.join(arguments.folder, f"answers{form}"), "w", encoding="utf-8", newline="\n") as file:
        file.write(exercise.answer_form(arguments.answers))
    exercise.save(os.path.join(arguments.folder, "exercise.json"))
    say(f"{counted(len(exercise.gaps), 'gap')}: {', '.join(f'{paper}{ending}' for paper in PAPERS)}, answers{form} and "
        f"exercise.json written to {arguments.folder}")
    return 0


def _exercise(arguments: Any) -> Exercise:
    chosen = {"digits": arguments.digits, "asked": arguments.ask, "formulas": arguments.formulas,
              "title": arguments.title or ""}
    given = [name for name in OWN if getattr(arguments, name) not in (None, True)]
    if arguments.what in STEPS and not os.path.exists(arguments.what):
        for name in (*given, "input", "target", "loss", "optimizer", "rate"):
            if name in given or getattr(arguments, name) is not None:
                raise CommandError(f"--{name}: not for a lecture, which has its own numbers")
        step = STEPS[arguments.what]("python")
        title, slide = heading(step.source, step.entry)
        chosen["title"] = chosen["title"] or f"{title}: {slide}"
        return Exercise(step.network, step.inputs, step.targets, loss=step.loss, optimizer=step.optimizer, **chosen)
    if os.path.exists(arguments.what):
        if given:
            raise CommandError(f"--{given[0]}: not for the file of a network, which has its own numbers")
        network: Any = rn.load(arguments.what, backend="python")
        if arguments.decimals:
            network.weights = _rounded(network.weights, arguments.decimals)
            network.biases = _rounded(network.biases, arguments.decimals)
        return _of_network(arguments, network, chosen)
    try:
        units = sizes(arguments.what)
    except argparse.ArgumentTypeError:
        raise CommandError(f"{arguments.what}: no such file; expected units such as 2-3-1, a lecture "
                           f"({', '.join(STEPS)}) or the file of a network") from None
    kinds = {"activation": arguments.activation or "sigmoid", "last": arguments.last}
    made = invented(units, arguments.seed or 0, bias=arguments.bias, rows=arguments.rows or 1,
                    decimals=arguments.decimals or 1, **kinds)
    network = made.network
    if arguments.weights is not None:
        network = _with_weights(arguments.weights, units, kinds)
    arguments.optimizer = arguments.optimizer or "sgd"
    arguments.loss = arguments.loss or ("half-squared-error" if (arguments.last or arguments.activation) != "softmax"
                                        else "cross-entropy")
    if arguments.input is None:
        arguments.input = made.inputs
    if arguments.target is None:
        if len(arguments.input) != len(made.targets):
            raise CommandError(f"--target: missing; expected {counted(len(arguments.input), 'row')} of "
                               f"{counted(units[-1], 'number')}")
        arguments.target = made.targets
    return _of_network(arguments, network, chosen)


def _rounded(numbers: Any, decimals: int) -> Any:
    return [_rounded(each, decimals) for each in numbers] if isinstance(numbers, list) else round(numbers, decimals)


def _of_network(arguments: Any, network: Any, chosen: dict[str, Any]) -> Exercise:
    """The exercise of a network with the options' inputs, targets, loss and optimizer."""
    arguments.steps = None
    inputs, targets, settings = step_of(arguments, network)
    if targets is None:
        raise CommandError("--target: missing; an exercise is a training step")
    return Exercise(network, inputs, targets, loss=settings["loss"], optimizer=settings["optimizer"], **chosen)


def _with_weights(text: str, units: list[int], kinds: dict[str, Any]) -> Any:
    """A network with the weights that were given; with biases if some were."""
    where = "--weights"
    if os.path.exists(text):
        where = f"--weights {text}"
        with open(text, encoding="utf-8-sig") as file:
            text = file.read()
    try:
        numbers = json.loads(text)
    except ValueError as error:
        raise CommandError(f"{where}: {error}; expected JSON such as [[[0.1, 0.2]]], or a file of it") from None
    if isinstance(numbers, list):
        numbers = {"weights": numbers}
    if not isinstance(numbers, dict) or not {"weights"} <= set(numbers) <= {"weights", "biases"}:
        raise CommandError(f'{where}: expected a list of matrices, or {{"weights": …, "biases": …}}')
    biases = numbers.get("biases")
    network = invented(units, bias=biases is not None, **kinds).network
    try:
        network.weights = numbers["weights"]
        if biases is not None:
            network.biases = biases
    except (TypeError, ValueError) as error:
        raise CommandError(f"{where}: {error}") from None
    return network


