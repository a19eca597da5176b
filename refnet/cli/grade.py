"""`refnet grade`: where did a student go wrong? Answer sheets, held against an exercise."""

import json
from collections import Counter
from typing import Any

from refnet import exercises
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.options import add_command, add_options, filename
from refnet.cli.screen import say


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
    exercise = exercises.load(arguments.exercise)
    grades = {path: exercises.grade(exercise, path) for path in arguments.answers}
    if arguments.json:
        documents = {path: grade.as_dict() for path, grade in grades.items()}
        print(json.dumps(documents if len(documents) > 1 else next(iter(documents.values())), indent=1))
    elif len(grades) == 1:
        for line in str(next(iter(grades.values()))).splitlines():
            say(line)
    else:
        for line in table(grades):
            say(line)
    return 0


def table(grades: dict[str, exercises.Grade]) -> list[str]:
    """A line for each sheet, and one for each reason that was the likeliest of a first wrong step."""
    names = {path: reading.name_of(path) for path in grades}
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
