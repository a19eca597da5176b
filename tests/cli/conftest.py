"""What do the tests of the command line share? A folder of their own, and data and a network in it."""

import sys

import pytest
from cli_helpers import write_clouds, write_images

from refnet.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFNET_BACKEND", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "argv", ["refnet"])  # the name it has in its messages, however pytest was started
    return tmp_path


@pytest.fixture
def refnet_command(here, capsys):
    """Run one command here: (status, output, errors)."""

    def run(*words):
        status = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def clouds(here):
    """A CSV file of three well separated classes: clouds.csv."""
    return write_clouds(here / "clouds.csv", 30)


@pytest.fixture
def model(clouds, refnet_command):
    """A network trained on clouds.csv: clouds.refnet."""
    assert refnet_command("train", clouds, "--save", "clouds.refnet", "--epochs", 20)[0] == 0
    return "clouds.refnet"


@pytest.fixture
def pictures(here):
    """A folder of 40 + 8 images, 2×2 pixels, class 0 dark and class 1 bright: pictures."""
    for part, number in (("train", 40), ("t10k", 8)):
        images = [[(i * 7) % 60 + 180 * (i % 2)] * 4 for i in range(number)]
        write_images(here / "pictures", part, images, [i % 2 for i in range(number)])
    return "pictures"
