"""Do the examples run, and do they show what they say?"""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(name, *arguments, folder=None, path=ROOT):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(path), str(ROOT)]), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run([sys.executable, str(ROOT / "examples" / name), *arguments], cwd=folder, env=environment,
                          capture_output=True, encoding="utf-8")


def output_of(name, *arguments, folder=None):
    done = run(name, *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_backpropagation_by_hand():
    lines = output_of("backpropagation_by_hand.py").splitlines()
    assert len(lines) == 8
    assert "w13 0.10005  w23 -0.09995  w14 -0.10005  w24 0.09995  w35 -0.11000  w45 0.09000" in lines[1]


def test_own_layer_learns_and_has_the_same_bits(native):
    text = output_of("own_layer.py")
    (python, c) = re.findall(r"'accuracy': ([\d.]+)\} (\w{64})", text)
    assert python == c and float(c[0]) > 0.95
    assert text.count("gradient check") == 2 and "\nc {" in text


def test_mnist(tmp_path, mnist_folder, native):
    text = output_of("mnist.py", str(mnist_folder), folder=tmp_path)
    accuracies = re.findall(r"'validation_accuracy': ([\d.]+)", text)
    assert len(accuracies) == 3 and float(accuracies[-1]) > 0.95
    assert (tmp_path / "mnist.refnet").stat().st_size > 100_000


@pytest.fixture
def digits(tmp_path):
    """A folder like MNIST's, with 200 images: bright above for one class, bright below for the other."""
    for name in ("train", "t10k"):
        labels = bytes(i % 2 for i in range(200))
        pixels = b"".join(bytes((250 if j // 28 // 14 == label else 5) for j in range(784)) for label in labels)
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, 200, 28, 28) + pixels)
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 2049, 200) + labels)
    return tmp_path


@pytest.mark.parametrize("name", ["mnist.py", "mnist_dropout.py", "mnist_jitter.py", "playground.py"])
def test_help_is_help(name):
    assert output_of(name, "--help").startswith(f"usage: {name} ")


@pytest.mark.parametrize("name, arguments, words", [
    ("mnist.py", [], ["required", "folder"]), ("mnist_dropout.py", [], ["required", "folder"]),
    ("mnist_jitter.py", [], ["required", "folder"]), ("mnist_jitter.py", ["folder", "first"], ["seed", "'first'"]),
    ("playground.py", ["--plot", "no/such/folder/units.png"], ["--plot", "no/such/folder/units.png"]),
    ("playground.py", ["--plot", "units.doc"], ["--plot", "doc", "png"]),
])  # fmt: skip
def test_wrong_arguments_are_said_at_once(name, arguments, words, tmp_path):
    if "--plot" in arguments:
        pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
    done = run(name, *arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    for word in words:
        assert word in done.stderr.splitlines()[-1]


def test_a_missing_matplotlib_is_said_before_the_training(tmp_path):
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ImportError('not installed')")
    done = run("playground.py", "--plot", "units.png", folder=tmp_path, path=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and "--plot units.png: pictures need matplotlib" in done.stderr


@pytest.mark.parametrize("name", ["mnist_dropout.py", "mnist_jitter.py"])
def test_programs_of_twenty_lines(name, digits, native):
    """On MNIST itself they take minutes. The accuracies are in the documentation."""
    assert len((ROOT / "examples" / name).read_text("utf-8").splitlines()) <= 20
    assert re.fullmatch(r"seed 3: 100.00% after \d+ s\n", output_of(name, str(digits), "3"))


def test_playground(tmp_path, native):
    pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
    picture = tmp_path / "units.png"
    lines = output_of("playground.py", "--plot", str(picture)).splitlines()
    assert [line.split()[0] for line in lines] == ["data", "circle", "xor", "two_moons", "spiral"]
    for line in lines[1:]:
        _, epochs, loss, accuracy, auc = line.split()
        assert int(epochs) in (200, 2000) and float(loss) < 0.01
        assert float(accuracy.rstrip("%")) > 95 and float(auc) > 0.99
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 50_000  # not an empty picture


def test_residual(native):
    lines = output_of("residual.py").splitlines()
    (python, c) = (re.fullmatch(r"(\w+) +2 epochs  (\w{64})", line).groups() for line in lines[:2])
    assert (python[0], c[0]) == ("python", "c") and python[1] == c[1]
    assert "add2(16)" in lines[2]
    share, wrong = re.fullmatch(r"arm ([\d.]+)% right, distance wrong by ([\d.]+)", lines[3]).groups()
    assert float(share) > 95 and float(wrong) < 0.1


def test_the_readme_s_lines_are_ten_and_give_the_lecture_s_numbers():
    """All six weights; test_pages holds what stands beside the lines against them."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    names = {}
    exec(code, names)
    ((w13, w23), (w14, w24)), ((w35, w45),) = names["net"].weights
    assert [round(w, 5) for w in (w13, w23, w14, w24, w35, w45)] == [0.10005, -0.09995, -0.10005, 0.09995, -0.11, 0.09]
