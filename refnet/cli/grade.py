"""`refnet grade`: where did a student go wrong? Answer sheets, held against their exercises."""

import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

from refnet import exercises
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.options import add_command, add_options, filename
from refnet.cli.screen import say, say_exactly, verbatim, warn
from refnet.files import FileError

HEAD = ("answers", "sheet", "points", "most", "first_wrong", "number", "reason", "words")


def add(commands: Any) -> None:
    command = add_command(
        commands, "grade", "EXERCISE [EXERCISE …] ANSWERS [ANSWERS …]", run,
        "grade students' numbers, name the first wrong step",
        "Accepts any rounding of a right number to the digits that were written, and what follows from the student's "
        "own numbers. Of a wrong number it says what the usual slips would have given: the sign of δ, a forgotten "
        "derivative, η twice, updated weights in the hidden δ, and so on. EXERCISE is the exercise.json that `refnet "
        "exercise` wrote, ANSWERS its answer form, filled in: CSV, Markdown or JSON. Several are a class: a line each, "
        "and how often each slip is the likeliest reason. Of several exercises each form has the one whose letters "
        "stand in it.",
        "refnet grade class1/exercise.json anna.csv\nrefnet grade class1/exercise.json *.csv\n"
        "refnet grade class2/teacher/exercise*.json *.csv\n"
        "refnet grade class1/exercise.json anna.csv --json > anna.json",
    )
    command.add_argument("files", help="the exercises and the answers", type=filename, metavar="FILES", nargs="+")
    add_options(command, [("--json", "print one JSON document instead", True),
                          ("--csv", "print a line of CSV for each form instead", True)])


def run(arguments: Any) -> int:
    """Print the grade; of several sheets a line each, and which slips were the likeliest reasons how often."""
    if arguments.json and arguments.csv:
        raise CommandError("--csv: not with --json; name one of them")
    files = list(dict.fromkeys(arguments.files))
    sheets = [path for path in files if _is_of_refnet(path)] or files[:1]
    given, several = [path for path in files if path not in sheets], [_exercise(path) for path in sheets]
    if not given:
        raise CommandError("answers: missing; expected an exercise.json and the answer forms that were filled in")
    grades = {}
    for path in given:  # one that cannot be read does not keep the others from being graded
        try:
            grades[path] = exercises.grade(several, path)
        except OSError as error:
            warn(f"{path}: {error.strerror}")
        except ValueError as error:
            warn(str(error) if str(error).startswith(path) else f"{path}: {error}")
    failed = 2 if len(grades) < len(given) else 0
    if not grades:
        return failed
    if arguments.json:
        documents = {path: grade.as_dict() for path, grade in grades.items()}
        print(json.dumps(documents if len(given) > 1 else next(iter(documents.values())), indent=1))
    elif arguments.csv:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEAD, *rows(grades)])
        say_exactly(text.getvalue())
    elif len(given) == 1:
        for line in str(next(iter(grades.values()))).splitlines():
            say(line)
    else:
        for line in table(grades, len(several) > 1):
            say(line)
    return failed


def _is_of_refnet(path: str) -> bool:
    """Whether a file says that it is one of refnet's, as an exercise does and no answer form."""
    try:
        with open(path, "rb") as file:
            return b'"format": "refnet' in file.read(64)
    except OSError:
        return False


def _exercise(path: str) -> exercises.Exercise:
    if os.path.isdir(path):
        raise CommandError(f"{path}: is a folder; expected the exercise.json that `refnet exercise` wrote into it")
    try:
        return exercises.load(path)
    except FileError as error:
        what = str(error).partition("; expected")[0]
        raise CommandError(f"{what}; expected the exercise.json that `refnet exercise` wrote") from None


def rows(grades: dict[str, exercises.Grade]) -> Iterator[tuple[Any, ...]]:
    """For each form: its file and sheet, its points, and its first wrong step with the likeliest reason."""
    for path, grade in grades.items():
        first = grade.first_wrong
        step = (first.gap.number, first.gap.symbol) if first else ("", "")
        yield (path, grade.sheet, grade.points, grade.most, *step,
               *(first.reasons[0] if first and first.reasons else ("", "")))


def table(grades: dict[str, exercises.Grade], has_sheets: bool) -> list[str]:
    """A line for each form, and one for each slip that is the likeliest reason of a wrong number."""
    short = {path: reading.name_of(path) for path in grades}
    names = {path: verbatim(name if len({*short.values()}) == len(short) else path) for path, name in short.items()}
    width, lines, numbers, forms = max(map(len, names.values())), [], Counter[str](), Counter[str]()
    for (path, sheet, points, most, gap, symbol, _, words), grade in zip(rows(grades), grades.values()):
        line = f"{names[path]:{width}}  {f'{sheet}  ' if has_sheets else ''}{points:4} of {most}"
        lines.append(line + (f"  gap {gap}, {symbol}" if gap else "") + (f": {words}" if words else ""))
        slips = [mark.reasons[0].key for mark in grade.marks if mark.reasons]
        numbers.update(slips)
        forms.update({*slips})
    found = sorted(forms, key=lambda key: (-forms[key], -numbers[key], key))
    return [*lines, *(f"{counted(forms[key], 'sheet')}, {counted(numbers[key], 'number')}: {key}" for key in found)]
