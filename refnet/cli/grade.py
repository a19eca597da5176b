"""`refnet grade`: where did a student go wrong? An answer sheet, held against an exercise."""

import json
from typing import Any

from refnet import exercises
from refnet.cli.options import add_command, add_options, filename
from refnet.cli.screen import say


def add(commands: Any) -> None:
    command = add_command(
        commands, "grade", "EXERCISE ANSWERS", run, "grade a student's numbers, and name the first wrong step",
        "Accepts any rounding of a right number to the digits that were written, and what follows from the student's "
        "own numbers. Of a wrong number it says what the usual slips would have given: the sign of δ, a forgotten "
        "derivative, η twice, updated weights in the hidden δ, and so on. EXERCISE is the exercise.json that `refnet "
        "exercise` wrote, ANSWERS its answer form, filled in: CSV, Markdown or JSON.",
        "refnet grade class1/exercise.json anna.csv\nrefnet grade class1/exercise.json anna.csv --json > anna.json",
    )
    add_options(command, [
        ("exercise", "the exercise", filename, "EXERCISE"), ("answers", "the answers", filename, "ANSWERS"),
        ("--json", "print one JSON document instead", True),
    ])


def run(arguments: Any) -> int:
    """Print the grade."""
    grade = exercises.grade(arguments.exercise, arguments.answers)
    if arguments.json:
        print(json.dumps(grade.as_dict(), indent=1))
    else:
        for line in str(grade).splitlines():
            say(line)
    return 0
