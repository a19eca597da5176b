"""`refnet grade`: where did a student go wrong? Answer sheets, held against an exercise."""

import json
import os
from collections import Counter
from typing import Any

from refnet import exercises
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.options import add_command, add_options, filename
from refnet.cli.screen import say, verbatim, warn
from refnet.files import FileError


def add(commands: Any) -> None:
    command = add_command(
        commands, "grade", "EXERCISE ANSWERS [ANSWERS …]", run, "grade students' numbers, name the first wrong step",
        "Accepts any rounding of a right number to the digits that were written, and what follows from the student's "
        "own numbers. Of a wrong number it says what the usual slips would have given: the sign of δ, a forgotten "
        "derivative, η twice, updated weights in the hidden δ, and so on. EXERCISE is the exercise.json that `refnet "
        "exercise` wrote, ANSWERS its answer form, filled in: CSV, Markdown or JSON. Several are a class: a line each.",
        "refnet grade class1/exercise.json anna.csv\nrefnet grade class1/exercise.json *.csv\n"
        "refnet grade class1/exercise.json anna.csv --json > anna.json",
    )
    add_options(command, [("exercise", "the exercise", filename, "EXERCISE")])
    command.add_argument("answers", help="the answers", type=filename, metavar="ANSWERS", nargs="+")
    add_options(command, [("--json", "print one JSON document instead", True)])


def run(arguments: Any) -> int:
    """Print the grade; of several sheets a line each, and which reasons came first how often."""
    exercise, grades = _exercise(arguments.exercise), {}
    for path in arguments.answers:  # one that cannot be read does not keep the others from being graded
        try:
            grades[path] = exercises.grade(exercise, path)
        except OSError as error:
            warn(f"{path}: {error.strerror}")
        except ValueError as error:
            warn(str(error) if str(error).startswith(path) else f"{path}: {error}")
    failed = 2 if len(grades) < len(set(arguments.answers)) else 0
    if not grades:
        return failed
    if arguments.json:
        documents = {path: grade.as_dict() for path, grade in grades.items()}
        print(json.dumps(documents if len(arguments.answers) > 1 else next(iter(documents.values())), indent=1))
    elif len(arguments.answers) == 1:
        for line in str(next(iter(grades.values()))).splitlines():
            say(line)
    else:
        for line in table(grades):
            say(line)
    return failed


def _exercise(path: str) -> exercises.Exercise:
    if os.path.isdir(path):
        raise CommandError(f"{path}: is a folder; expected the exercise.json that `refnet exercise` wrote into it")
    try:
        return exercises.load(path)
    except FileError as error:
        what = str(error).partition("; expected")[0]
        raise CommandError(f"{what}; expected the exercise.json that `refnet exercise` wrote") from None


def table(grades: dict[str, exercises.Grade]) -> list[str]:
    """A line for each sheet, and one for each reason that was the likeliest of a first wrong step."""
    names = {path: verbatim(reading.name_of(path)) for path in grades}
    width, reasons, lines = max(map(len, names.values())), Counter[str](), []
    for path, grade in grades.items():
        line, first = f"{names[path]:{width}}  {grade.points:4} of {grade.most}", grade.first_wrong
        if first:
            line += f"  gap {first.gap.number}, {first.gap.symbol}"
            if first.reasons:
                line += f": {first.reasons[0].words}"
                reasons[first.reasons[0].key] += 1
        lines.append(line)
    return [*lines, *(f"{counted(count, 'sheet')}: {key}" for key, count in reasons.most_common())]
