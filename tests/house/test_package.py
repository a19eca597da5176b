"""Does refnet itself lead to what it has? Its first example learns, help() and dir() show where everything is."""

import ast
import os
import pydoc
import re
import subprocess
import sys

import pytest

import refnet as rn

LINES = [line[4:] for line in rn.__doc__.splitlines() if line.startswith("    ")]
EXAMPLE = "\n".join(LINES[: next(i for i, line in enumerate(LINES) if line.startswith("Network "))])


def run(seed, folder, backend):
    """The example of the first lines with another seed; its network, and what it says of all four rows."""
    code = EXAMPLE.replace("seed=1", f"seed={seed}, backend={backend!r}").replace("xor.refnet", str(folder / "xor"))
    assert code.count(f"seed={seed}") == 1 and code.count(str(folder)) == 2
    names = {}
    exec(code, names)
    return [row[0] for row in names["net"].predict([[0, 0], [0, 1], [1, 0], [1, 1]])]


def test_the_first_example_learns_xor_with_every_seed(tmp_path, native):
    for seed in range(100):
        no, yes, also, neither = run(seed, tmp_path, "c")
        assert min(yes, also) > 0.9 and max(no, neither) < 0.1


def test_the_first_example_is_the_same_in_python(tmp_path, native):
    assert run(1, tmp_path, "python") == run(1, tmp_path, "c")


def test_the_first_page_of_help_shows_where_things_are():
    page = pydoc.render_doc(rn, renderer=pydoc.plaintext).splitlines()[:42]
    text = "\n".join(page)
    for name in ("rn.load(", "net.save(", "refnet.metrics", "refnet.selection", "refnet.data", "refnet.layers"):
        assert name in text
    for room, names in re.findall(r"^ +refnet\.(\w+) {2,}(.*)$", text, re.MULTILINE):
        module = getattr(rn, room)
        for name in re.findall(r"\b[A-Za-z]\w*\b", re.sub(r"\b(your own|schedules of the rate|clipping|callbacks|"
                                                          r"initializers|penalties|constraints)\b", "", names)):
            assert hasattr(module, name), f"refnet.{room} has no {name}"


@pytest.mark.parametrize("before", ["import refnet", "from refnet import *; import refnet; Dense, Adam, data, metrics"])
def test_help_fits_two_screens(before):
    """Not the documentation of every class, which has 13,000 lines; and a star import still brings every name."""
    done = subprocess.run([sys.executable, "-c", f"{before}; help(refnet)"], capture_output=True, check=True,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8"}, encoding="utf-8")
    assert "rn.Network(" in done.stdout and "VERSION" in done.stdout
    assert len(done.stdout.splitlines()) <= 110  # of which Python 3.9 has a paragraph on itself


@pytest.mark.parametrize("name", ["layers", "losses", "optimizers", "parameters", "training", "metrics", "selection"])
def test_a_room_is_there_before_anything_of_it_is_used(name):
    subprocess.run([sys.executable, "-c", f"import refnet; refnet.{name}"], check=True)


@pytest.mark.parametrize("name", ["load", "save", "register", "metrics", "selection", "data", "Network", "Dense",
                                  "Adam", "EarlyStopping", "CrossEntropy", "L2", "Glorot", "gradient_check"])
def test_dir_shows_it_before_it_is_used(name):
    done = subprocess.run([sys.executable, "-c", "import refnet; print(dir(refnet))"], capture_output=True, text=True)
    assert name in ast.literal_eval(done.stdout)
