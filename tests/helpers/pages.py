"""What does a page of the documentation show? Its code runs, block by block, and what it shows is held against that.

- Blocks of ```python run in order, in one namespace, in a folder of their own. What a block prints stands in a ```text
  block directly below; a line … there stands for any lines.
- `expression  # value` or `expression  # value, words`: a comment that begins as a number, a list, a text, … does is
  the value of the expression before it, a Python literal, compared with ==. A number that ends in … has the digits
  shown, cut and not rounded; a text that ends in … begins so.
- Blocks of ```sh are run by bash in the same folder; where a ```text block stands below, it is what they print.
- <!-- data: iris.csv, mnist --> asks for files and folders of the data sets, <!-- published: adult.data --> for a table
  of published.py, <!-- needs: sklearn --> for a library.
"""

import ast
import difflib
import io
import math
import os
import re
import shutil
import subprocess
import sys
import textwrap
import tokenize
from contextlib import contextmanager, redirect_stdout, suppress
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, Optional

import published
import pytest

from refnet.checks.settings import CLASSES

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# 0.0999…, 1.4…e-08, 1.4e-08…, but not in a text
CUT = re.compile(r"""('[^']*'|"[^"]*")|([-+]?\d+(?:\.\d*)?)(?:(e[-+]?\d+)…|…(e[-+]?\d+)?)""")
FENCE = re.compile(r"( *)(`{3,})([^`]*)$")
BEGINS_AS_A_VALUE = re.compile(r"[-+.]?\d|[\[({'\"]|(?:True|False|None)\b")


class Block(NamedTuple):
    language: str
    text: str
    line: int  # of its first line on the page, from 1
    shown: Optional[str]  # the text block directly below


def blocks(text):
    """The fenced blocks of a page in their order, those in lists and notes too."""
    found, lines, start = [], text.splitlines(), None
    for i, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence and start is None:
            start, indent, ticks, info = i + 1, *fence.groups()
        elif fence and fence.group(2) == ticks and not fence.group(3).strip():
            code = textwrap.dedent("\n".join(lines[start:i]) + "\n") if indent else "\n".join(lines[start:i]) + "\n"
            found.append((info.split()[0] if info.strip() else "", code, start + 1, i + 1))
            start = None
    assert start is None, f"the block of line {start} has no end"
    return [Block(language, code, first, below(lines[end:], found[n + 1 :])) for n, (language, code, first, end)
            in enumerate(found)]


def below(lines, later):
    """The text block that follows, if only blank lines are between."""
    nearest = next((line for line in lines if line.strip()), "").strip()
    return later[0][1] if nearest.startswith("```") and later[0][0] == "text" else None


def wanted(text, key):
    """What the page asks for: the names in <!-- key: name, name -->."""
    return [name.strip() for names in re.findall(rf"<!-- {key}: (.*?) -->", text) for name in names.split(",")]


def claims(code):
    """The comments of a block, by the line on which they stand."""
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return {token.start[0]: token.string[1:].strip() for token in tokens if token.type == tokenize.COMMENT}


def same(found, expected):
    """Is it what the page says, with == and, for what ends in …, to where it is cut?"""
    found = found.tolist() if hasattr(found, "tolist") else found
    if isinstance(expected, (list, tuple)):
        return isinstance(found, type(expected)) and len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, dict):
        return isinstance(found, dict) and list(found) == list(expected) and \
            all(same(found[key], value) for key, value in expected.items())
    if isinstance(expected, str) and expected.startswith("…"):
        return has_the_digits(found, expected[1:])
    if isinstance(expected, str) and expected.endswith("…"):
        return isinstance(found, str) and found.startswith(expected[:-1])
    return isinstance(found, bool) == isinstance(expected, bool) and bool(found == expected)


def has_the_digits(found, expected):
    """Is the number cut, not rounded, to its digits the one that is shown?"""
    if not isinstance(found, (int, float)) or not math.isfinite(found):
        return False
    digits, _, power = expected.partition("e")
    cut = Decimal(repr(found)).scaleb(-int(power or 0))
    return str(cut.quantize(Decimal(digits), ROUND_DOWN)) == str(Decimal(digits))


def value(comment):
    """What a comment says that an expression is worth; a number that is cut as a text that begins with …."""
    literal = CUT.sub(lambda cut: cut[1] or f"'…{cut[2]}{cut[3] or cut[4] or ''}'", comment)
    parts = literal.split(", ")
    for end in range(len(parts), 0, -1):  # words may follow behind a comma
        with suppress(SyntaxError, ValueError):
            return ast.literal_eval(", ".join(parts[:end]))
    raise AssertionError(f"neither a value nor words: # {comment}")


def fits(printed, shown):
    """Are these the lines, where a line … stands for any?"""
    parts = [[]]
    for line in shown:
        if line.strip() == "…":
            parts.append([])
        else:
            parts[-1].append(line)
    at, last = 0, len(printed) - len(parts[-1])
    for n, part in enumerate(parts):
        places = [last] if n == len(parts) - 1 else range(at, last + 1) if n else [0]
        at = next((i + len(part) for i in places if i >= at and printed[i : i + len(part)] == part), None)
        if at is None:
            return False
    return len(parts) > 1 or len(printed) == len(shown)


def compare(printed, shown, where):
    printed, shown = ([line.rstrip() for line in text.rstrip().splitlines()] for text in (printed, shown))
    if not fits(printed, shown):
        difference = "\n".join(difflib.unified_diff(shown, printed, "the page", "what is printed", lineterm=""))
        raise AssertionError(f"{where}: other lines are printed\n{difference}")


def run_python(block, known, path):
    """Run the statements of a block one after another; what is printed, and each value in a comment, is compared."""
    comments, tree = claims(block.text), ast.parse(block.text)
    output = io.StringIO()
    for statement in tree.body:
        line = block.line - 1 + statement.end_lineno
        comment = comments.get(statement.end_lineno, "") if isinstance(statement, ast.Expr) else ""
        source = ast.unparse(statement)
        ast.increment_lineno(statement, block.line - 1)  # a traceback shows the page's line
        with redirect_stdout(output):
            if not BEGINS_AS_A_VALUE.match(comment):
                exec(compile(ast.Module([statement], []), str(path), "exec"), known)
                continue
            found = eval(compile(ast.Expression(statement.value), str(path), "eval"), known)
        assert same(found, value(comment)), f"{path.name}:{line}: {source} is {found!r}, not {comment}"
    if output.getvalue() or block.shown is not None:
        assert block.shown is not None, f"{path.name}:{block.line}: prints what is not shown:\n{output.getvalue()}"
        compare(output.getvalue(), block.shown, f"{path.name}:{block.line}")


def run_shell(block, folder, programs, path):
    """Run a block by bash, to the first command that fails; what is printed is compared, if it is shown."""
    clean = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}  # of a terminal
    environment = {**clean, "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]), "LC_ALL": "C.UTF-8",
                   "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "Agg"}
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", block.text], cwd=folder, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    assert done.returncode == 0, f"{path.name}:{block.line}: exit status {done.returncode}\n{done.stdout}"
    if block.shown is not None:
        compare(done.stdout, block.shown, f"{path.name}:{block.line}")


@contextmanager
def module(name):
    """A module to run a page's code in, so that pickles find its classes; what it registers is forgotten afterwards."""
    sys.modules[name] = made = ModuleType(name)
    try:
        yield made
    finally:
        del sys.modules[name]
        for registered in [each for each, cls in CLASSES.items() if cls.__module__ == name]:
            del CLASSES[registered]


def prepare(text, folder, data):
    """An empty folder but for the files that the page asks for, and one with `refnet` and `python` in it."""
    place, programs = folder / "page", folder / "programs"
    place.mkdir()
    programs.mkdir()
    for name in wanted(text, "data"):
        if not (data / name).exists():
            pytest.skip(f"{name} is not beside the project")
        (shutil.copy if (data / name).is_file() else os.symlink)(data / name, place / name)
    for name in wanted(text, "published"):
        published.write(place, name)
    this = f"import os, sys; os.execv({sys.executable!r}, [{sys.executable!r}, *sys.argv[1:]])"
    for name, program in (("refnet", "import sys; from refnet.cli import main; sys.exit(main())"), ("python", this),
                          ("python3", this)):
        (programs / name).write_text(f"#!{sys.executable}\n{program}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    return place, programs


def run(path, folder, data=None):
    """Run all code of a page in `folder`; `data` is the folder of data sets. The first thing that is not so raises."""
    text = path.read_text(encoding="utf-8")
    for name in wanted(text, "needs"):
        pytest.importorskip(name, reason="the extra `test` brings it")
    found = [block for block in blocks(text) if block.language in ("python", "sh")]
    if any(block.language == "sh" for block in found) and not shutil.which("bash"):
        pytest.skip("there is no bash here")
    place, programs = prepare(text, folder, data)
    before = Path.cwd()
    os.chdir(place)
    try:
        with module("page") as page:
            for block in found:
                if block.language == "python":
                    run_python(block, vars(page), path)
                else:
                    run_shell(block, place, programs, path)
    finally:
        os.chdir(before)
