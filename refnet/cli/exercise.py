"""`refnet exercise`: what would a class be asked? Sheet, solution and marking scheme of one training step by hand."""

import argparse
import json
import os
import re
from typing import Any

import refnet as rn
from refnet.checks import counted
from refnet.cli.errors import CommandError
from refnet.cli.one_step import OPTIONS, step_of
from refnet.cli.options import add_command, add_options, filename, sizes, whole
from refnet.cli.screen import say, verbatim
from refnet.cli.train_network import ACTIVATIONS
from refnet.exercises import ASKED, Exercise, invented, load
from refnet.exercises.answers import FORMS, decoded
from refnet.exercises.papers import ENDINGS
from refnet.files import replace
from refnet.lectures import STEPS

PAPERS = ("sheet", "solution", "marking")
MODEL_DECIMALS = 2  # of a model's weights, unless --decimals says otherwise
FILES = [*(paper + ending for paper in PAPERS for ending in ENDINGS), *(f"answers{ending}" for ending in FORMS),
         "exercise.json"]
NUMBER = re.compile(r"\d+(?=\.\w+$)")  # of a sheet, at the end of its file's name
STUDENTS, TEACHER = "students", "teacher"  # folders of a class
MOST_NAMED = 5  # files in a message
MOST_SEEDS = 20  # tried for each sheet of a class; small ones have few numbers to draw
KINDS = [*ACTIVATIONS, "softmax"]
DECIMALS = whole(1)
OWN = ("weights", "activation", "last", "rows", "sheets", "seed", "bias")  # options for a network of one's own


def decimals(text: str) -> Any:
    """2 → 2, exact → "exact" """
    return text if text == "exact" else DECIMALS(text)


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
        "sheet. --sheets 5 draws five for a class: sheets and answer forms stand in FOLDER/students, the others in "
        "FOLDER/teacher. A lecture is 002 or 003; a model is a file that `refnet train --save` or net.save wrote.\n"
        "--weights is JSON, or a file of it: a matrix for each layer with a row for each unit, [[[0.1, 0.2]], [[0.3]]] "
        'or {"weights": …, "biases": …}. Numbers that begin with a minus follow an equals sign: --input=-0.1,0.7.',
        "refnet exercise 2-3-1 class1 --seed 5 --rate 0.2\nrefnet exercise 2-2-1 class2 --weights numbers.json "
        "--input=-0.1,0.7 --target 0.9 --rate 0.2 --format latex\nrefnet exercise 003 class3 --ask delta,new\n"
        "refnet exercise 2-2-1 class4 --sheets 5 --seed 1",
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
        ("--sheets", "so many different ones, with seeds from --seed on", whole(1), "N"),
        ("--rows", "how many examples are drawn (1)", whole(1), "M"),
        ("--decimals", "digits behind the point of numbers that are drawn (1); a model's weights are rounded to "
         f"them ({MODEL_DECIMALS}), but for exact", decimals, "N|exact"),
        ("--no-bias", "no biases are drawn", False),
        ("--digits", "significant digits that are asked for, 2 to 12 (4)", whole(2), "N"),
        ("--ask", f"what is asked: {', '.join(ASKED)} (all)", asked, "KINDS"),
        ("--no-formulas", "the sheet has no formulas", False),
        ("--format", f"{', '.join(ENDINGS.values())} (html)", ENDINGS.values(), "NAME"),
        ("--answers", f"form of the answer sheet: {', '.join(FORMS.values())} (csv)", FORMS.values(), "NAME"),
        ("--title", "of the papers", str, "TEXT"),
        ("--force", "write over the files of an earlier exercise, and remove those of its papers and empty forms that "
         "are not written anew", True),
    ])
    command.set_defaults(digits=4, ask=list(ASKED), format="html", answers="csv", formulas=True, bias=True)


def run(arguments: Any) -> int:
    """Write the papers into the folder, of a class into two folders in it."""
    made = _class(arguments) if arguments.sheets else {"": _exercise(arguments)}
    if os.path.exists(arguments.folder) and not os.path.isdir(arguments.folder):
        raise CommandError(f"{arguments.folder}: is a file; expected the name of a folder")
    students, teacher = (STUDENTS, TEACHER) if arguments.sheets else ("", "")
    there = _earlier(arguments.folder, students, teacher)
    if there and not arguments.force:
        names = ", ".join(there[:MOST_NAMED]) + (", …" if len(there) > MOST_NAMED else "")
        raise CommandError(f"{arguments.folder}: has {names} of an earlier exercise; name another folder, "
                           "or say --force to write over them")
    left = _to_remove(arguments.folder, there)
    ending = next(ending for ending, form in ENDINGS.items() if form == arguments.format)
    form = next(each for each, kind in FORMS.items() if kind == arguments.answers)
    written = set()

    def place(part: str, name: str) -> str:
        os.makedirs(os.path.join(arguments.folder, part), exist_ok=True)
        written.add(os.path.join(part, name))
        return os.path.join(arguments.folder, part, name)

    for number, exercise in made.items():
        for paper in PAPERS:
            part = students if paper == "sheet" else teacher
            getattr(exercise, paper)().save(place(part, f"{paper}{number}{ending}"))
        replace(place(students, f"answers{number}{form}"), exercise.answer_form(arguments.answers).encode())
        exercise.save(place(teacher, f"exercise{number}.json"))
        if arguments.sheets:
            say(f"sheet {number}: {exercise.letters}, seed {exercise.seed}, {counted(len(exercise.gaps), 'gap')}")
    for name in left - written:  # papers of another format would be those of the earlier one
        os.remove(os.path.join(arguments.folder, name))
    if arguments.sheets:
        say(f"written to {verbatim(arguments.folder)}: sheets and answer forms in {STUDENTS}; solutions, marking "
            f"schemes and exercises in {TEACHER}")
    else:
        say(f"{counted(len(exercise.gaps), 'gap')}: {', '.join(f'{paper}{ending}' for paper in PAPERS)}, answers{form} "
            f"and exercise.json written to {verbatim(arguments.folder)}")
    if arguments.what not in STEPS and os.path.exists(arguments.what) and arguments.decimals != "exact":
        say(f"weights and biases are rounded to {counted(arguments.decimals, 'decimal')}; --decimals exact leaves them")
    return 0


def _class(arguments: Any) -> dict[str, Exercise]:
    """So many exercises by their numbers, with letters that differ: each answer form is to find its own."""
    made: dict[str, Exercise] = {}
    first, most = arguments.seed or 0, arguments.sheets
    for seed in range(first, first + MOST_SEEDS * most):
        exercise = _exercise(argparse.Namespace(**{**vars(arguments), "seed": seed}))
        if exercise.seed is None:
            raise CommandError(f"--sheets {most}: all numbers are given; expected some that --seed draws")
        if exercise.letters not in {each.letters for each in made.values()}:
            made[f"{len(made) + 1:0{len(str(most))}}"] = exercise
        if len(made) == most:
            return made
    raise CommandError(f"--sheets {most}: found {len(made)} different ones; expected fewer, or more numbers to draw")


def _earlier(folder: str, students: str, teacher: str) -> list[str]:
    """The files in these parts of a folder that have names of an exercise's, as they are called from the folder."""
    found = []
    for part in dict.fromkeys((students, teacher)):
        inside = os.path.join(folder, part)
        for name in os.listdir(inside) if os.path.isdir(inside) else ():
            plain = NUMBER.sub("", name) if part else name
            if plain in FILES and (plain == name) == (part == ""):
                found.append((part, FILES.index(plain), os.path.join(part, name)))
    return [name for _, _, name in sorted(found)]


def _to_remove(folder: str, names: list[str]) -> set[str]:
    """Those of the files that an earlier run wrote: an exercise, with its papers and empty forms, which have its
    letters. None of an exercise whose form somebody has filled in."""
    found: set[str] = set()
    for number in {_number(name) for name in names}:
        own = {NUMBER.sub("", os.path.basename(name)): name for name in names if _number(name) == number}
        try:
            exercise = load(os.path.join(folder, own["exercise.json"]))
            texts = {kind: _text(os.path.join(folder, name)) for kind, name in own.items()}
        except (KeyError, OSError, ValueError):  # not this command's
            continue
        forms = {f"answers{ending}": exercise.answer_form(kind) for ending, kind in FORMS.items()}
        if all(texts[kind] == forms[kind] for kind in own if kind in forms):
            found |= {name for kind, name in own.items() if kind in forms or kind == "exercise.json"
                      or f"Sheet {exercise.letters}" in texts[kind]}
    return found


def _number(name: str) -> str:
    """Of a sheet of a class, as its file has it: 07 of students/sheet07.html; "" if there is none."""
    return "".join(NUMBER.findall(name))


def _text(path: str) -> str:
    with open(path, "rb") as file:
        return decoded(file.read())


def _exercise(arguments: Any) -> Exercise:
    chosen = {"digits": arguments.digits, "asked": arguments.ask, "formulas": arguments.formulas,
              "title": arguments.title or ""}
    given = [name for name in OWN if getattr(arguments, name) not in (None, True)]
    if arguments.what in STEPS and not os.path.exists(arguments.what):
        for name in (*given, "input", "target", "loss", "optimizer", "rate"):
            if name in given or getattr(arguments, name) is not None:
                raise CommandError(f"--{name}: not for a lecture, which has its own numbers")
        step = STEPS[arguments.what]("python")
        chosen["title"] = chosen["title"] or f"Lecture {arguments.what}: a training step by hand"
        return Exercise(step.network, step.inputs, step.targets, loss=step.loss, optimizer=step.optimizer, **chosen)
    if os.path.exists(arguments.what):
        if given:
            raise CommandError(f"--{given[0]}: not for the file of a network, which has its own numbers")
        network: Any = rn.load(arguments.what, backend="python")
        places = arguments.decimals = arguments.decimals or MODEL_DECIMALS
        if places != "exact":
            network.weights = _rounded(network.weights, places)
            network.biases = _rounded(network.biases, places)
        if network.optimizer is None:
            arguments.optimizer = arguments.optimizer or "sgd"
        return _of_network(arguments, network, chosen)
    if arguments.decimals == "exact":
        raise CommandError("--decimals exact: only for the file of a network")
    try:
        units = sizes(arguments.what)
    except argparse.ArgumentTypeError:
        raise CommandError(f"{arguments.what}: no such file; expected units such as 2-3-1, a lecture "
                           f"({', '.join(STEPS)}) or the file of a network") from None
    kinds = {"activation": (arguments.activation or "sigmoid").replace("-", ""),
             "last": arguments.last and arguments.last.replace("-", "")}
    made = invented(units, arguments.seed or 0, bias=arguments.bias, rows=arguments.rows or 1,
                    decimals=arguments.decimals or 1, **kinds)
    network = made.network
    if arguments.weights is not None:
        network = _with_weights(arguments.weights, units, kinds)
    if None in (arguments.weights, arguments.input, arguments.target):
        chosen["seed"] = arguments.seed or 0
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
    if arguments.input is not None and arguments.target is None:
        raise CommandError("--target: missing; an exercise is a training step")
    inputs, targets, settings = step_of(arguments, network)
    return Exercise(network, inputs, targets, loss=settings["loss"], optimizer=settings["optimizer"], **chosen)


def _not_finite(text: str) -> Any:
    raise ValueError(f"{text}; allowed: finite numbers")


def _with_weights(text: str, units: list[int], kinds: dict[str, Any]) -> Any:
    """A network with the weights that were given; with biases if some were."""
    where = "--weights"
    if os.path.exists(text):
        where = f"--weights {text}"
        text = _text(text)
    elif not text.lstrip().startswith(("[", "{")):
        raise CommandError(f"--weights {text}: no such file; expected one, or JSON such as [[[0.1, 0.2]]]")
    try:
        numbers = json.loads(text, parse_constant=_not_finite)
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


