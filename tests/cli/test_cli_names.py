"""Are names out of the data written in their own letters, wherever the output goes?"""

import csv
import io
import os
import subprocess
import sys

import pytest
from cli_helpers import start

import refnet
from refnet.cli import screen
from refnet.cli.predict import quoted

NAMES = ["beta", "β", "a->b", "a→b", "été", "two\nlines", "a,b", 'say "x"', "c\rr", "δ/delta"]
ASCII_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
WAYS = [
    {"PYTHONIOENCODING": ":replace"}, ASCII_LOCALE, {"PYTHONIOENCODING": "utf-8"}, {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "cp1252:replace"},
]


@pytest.fixture
def named(here):
    """A network that tells the classes NAMES by the number 0, 1, …: σ(20·(x − i)) and so on; and such data."""
    network = refnet.Network([refnet.Input(1), refnet.Dense(len(NAMES)), refnet.Softmax()])
    network.weights = [[[40.0 * i] for i in range(len(NAMES))]]
    network.biases = [[-20.0 * i * i for i in range(len(NAMES))]]
    network.objective = refnet.CrossEntropy()
    settings = {"label": -1, "header": "auto", "delimiter": ","}
    network.notes = {"task": "classification", "classes": NAMES, "columns": None, "settings": settings}
    refnet.save(network, "net.refnet")
    (here / "new.csv").write_text("".join(f"{i}\n" for i in range(len(NAMES))))
    with open("all.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(enumerate(NAMES))
    return "net.refnet"


def run(*words, **env):
    process = start(*words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("env", WAYS)
@pytest.mark.parametrize("options", [[], ["--proba"]])
def test_predictions_are_the_names_or_an_error(named, env, options):
    status, out, err = run("predict", named, "new.csv", *options, **env)
    encoding = env["PYTHONIOENCODING"].partition(":")[0]
    if encoding in ("", "utf-8"):
        rows = [*csv.reader(io.StringIO(out.decode("utf-8"), newline=""))]
        assert (status, err) == (0, b"") and [row[0] for row in rows[len(options):]] == NAMES
        assert not options or rows[0] == ["prediction", *NAMES]
    else:
        assert (status, out) == (2, b"") and err.startswith(b"refnet: PYTHONIOENCODING=" + encoding.encode())
        assert b"\\u03b2" in err and err.count(b"\n") == 1


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_an_encoding_that_has_the_names_is_used(here, encoding):
    network = refnet.Network([refnet.Input(1), refnet.Dense(1), refnet.Sigmoid()])
    network.weights, network.biases = [[[1.0]]], [[0.0]]
    network.notes = {"classes": ["été", "hiver"]}
    refnet.save(network, "net.refnet")
    (here / "new.csv").write_text("-1\n1\n")
    status, out, err = run("predict", "net.refnet", "new.csv", PYTHONIOENCODING=encoding)
    assert (status, err) == (0, b"") and out.decode(encoding).splitlines() == ["été", "hiver"]


@pytest.mark.parametrize("env", WAYS[1:4:2])
def test_predictions_in_a_file_are_utf_8(named, here, env):
    assert run("predict", named, "new.csv", "--output", "out.csv", **env)[0] == 0
    with open("out.csv", encoding="utf-8", newline="") as file:
        assert [name for name, in csv.reader(file)] == NAMES


@pytest.mark.parametrize("env", WAYS)
@pytest.mark.parametrize("words", [["evaluate", "net.refnet", "all.csv"],
                                   ["train", "all.csv", "--test", "0", "--epochs", "1"]])
def test_names_in_a_text_are_told_apart(named, words, env):
    """Each in its own letters, or in escapes; a line of a table for each."""
    status, out, err = run(*words, **env)
    encoding = env["PYTHONIOENCODING"].partition(":")[0] or "utf-8"
    text = out.decode(encoding)
    assert (status, err) == (0, b"")
    assert "two\\nlines" in text and "\r" not in text
    for name in ("β", "a→b", "été", "δ/delta"):
        assert name.encode(encoding, "backslashreplace").decode(encoding) in text
    if words[0] == "evaluate":
        lines = [line.split()[0] for line in text.split("Confusion")[0].splitlines()[3:] if line]
        assert len(lines) == len(set(lines)) == len(NAMES) + 2  # with the heading and the mean


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes")
@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": ""}, ASCII_LOCALE])
def test_names_of_files_are_their_bytes(named, here, env):
    name = b"caf\xe9-\xce\xb2.csv"
    with open(os.path.join(os.fsencode(here), name), "w") as file:
        file.write("".join(f"{i}\n" for i in range(3)))
    process = start("predict", named, "new.csv", env=env)  # a name that is no text can be handed over at all
    assert process.wait() == 0
    process = subprocess.Popen([sys.executable, "-m", "refnet", "predict", named, "new.csv", "--output", name],
                               env={**os.environ, **env, "PYTHONPATH": str(refnet.__path__[0]).rpartition(os.sep)[0]},
                               stdout=subprocess.PIPE)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, f"{len(NAMES)} predictions written to ".encode() + name + b"\n")


def test_an_error_says_the_name_and_not_another(named, here):
    (here / "β.csv").write_text("1,gamma\n")
    for encoding, said in (("ascii", b"\\u03b2.csv"), ("utf-8", "β.csv".encode())):
        status, out, err = run("evaluate", named, "β.csv", PYTHONIOENCODING=encoding)
        assert (status, out) == (2, b"") and said in err and b"beta.csv" not in err


def test_a_cell_is_quoted_where_csv_asks_for_it():
    cells = ["plain", "with space", "a,b", 'a"b', "a\nb", "a\rb", "", "β"]
    assert [quoted(cell) for cell in cells] == [
        "plain", "with space", '"a,b"', '"a""b"', '"a\nb"', '"a\rb"', '""', "β"]


@pytest.mark.parametrize("name, shown", [
    ("β", "β"), ("a\nb", "a\\nb"), ("\x1b[2J", "\\x1b[2J"), ("\u2028", "\\u2028"), ("\x85", "\\x85"), ("a\tb", "a\\tb"),
    ("a\u00a0b", "a\u00a0b"), ("\udcff", "\udcff"), ("a\\b", "a\\b"),
])
def test_verbatim(capsys, name, shown):
    assert screen.verbatim(name) == shown
