"""Does every command that writes a file write it whole or not at all, and name it when it cannot?"""

import os
import subprocess

import pytest
from cli_helpers import start

import refnet
from refnet.trace import dumps

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of a file's size")

COMMANDS = [
    ("train clouds.csv --epochs 1 --save out.refnet", "out.refnet"),
    ("predict clouds.refnet clouds.csv --label kind --proba --output out.csv", "out.csv"),
    ("explain 003 --output out.txt", "out.txt"),
    ("explain 003 --output out.html", "out.html"),
    ("explain 003 --output out.xlsx", "out.xlsx"),
    ("plot history clouds.refnet -o out.png", "out.png"),
    ("plot network clouds.refnet -o out.svg", "out.svg"),
    ("vectors out --only functions/exp", "out/functions/exp.json"),
    ("exercise 003 out --force", "out/sheet.html"),
    ("exercise 003 out --force --format text", "out/sheet.txt"),
    ("bench kernels --only add --quick --seconds 0.001 --save out.json", "out.json"),
]


def where_disks_are_full():
    """No file can be longer than 100 bytes."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("command, path", COMMANDS)
def test_a_full_disk(here, model, command, path):
    if "xlsx" in path:
        pytest.importorskip("openpyxl")
    if command.startswith("plot"):
        pytest.importorskip("matplotlib.font_manager")  # which lists the fonts before the disk is full
    (here / path).parent.mkdir(parents=True, exist_ok=True)
    (here / path).write_bytes(b"precious")
    before = everything(here)
    process = start(*command.split(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=where_disks_are_full,
                    env={"PYTHONDONTWRITEBYTECODE": "1"})  # else 100 bytes of what it compiles stay behind
    err = process.communicate(timeout=120)[1]
    assert process.returncode == 2 and err == f"refnet: {path}: File too large\n".encode()
    assert everything(here) == before


def test_a_trace_on_a_full_disk(here, monkeypatch):
    network = refnet.Network([refnet.Input(1), refnet.Dense(1)])
    (here / "run.json").write_text("precious")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: 'run\.json'"):
        dumps.write(refnet.traced(network, [[1.0]]), "run.json")
    assert os.listdir() == ["run.json"] and (here / "run.json").read_text() == "precious"


def test_papers_of_another_format_go_when_the_new_ones_are_there(here, refnet_command):
    assert refnet_command("exercise", "003", "class")[0] == 0
    assert refnet_command("exercise", "003", "class", "--force", "--format", "text", "--answers", "json")[0] == 0
    assert sorted(os.listdir("class")) == ["answers.json", "exercise.json", "marking.txt", "sheet.txt", "solution.txt"]
