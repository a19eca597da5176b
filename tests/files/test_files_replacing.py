"""Is a file written whole or not at all, whatever it is? (Of networks test_files_saving asks more.)"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from refnet.files import replace, replacing

FULL = """
import resource, sys
from refnet.files import replace
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
replace(sys.argv[1], bytes(101))
"""


def test_it_takes_the_place_of_an_old_file(tmp_path):
    path = tmp_path / "file"
    for data in (b"old", b"newer", b""):
        replace(path, data)
        assert path.read_bytes() == data and os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
@pytest.mark.parametrize("before", [b"precious", None])
def test_what_cannot_be_written_whole_is_not_written(tmp_path, before):
    path = tmp_path / "file"
    if before:
        path.write_bytes(before)
    done = subprocess.run([sys.executable, "-c", FULL, path], cwd=Path(__file__).parents[2], capture_output=True)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].endswith(f"File too large: '{path}'".encode())
    assert os.listdir(tmp_path) == (["file"] if before else [])
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
def test_an_error_leaves_nothing_behind_and_names_the_file(tmp_path, monkeypatch, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(type(error)) as found:
        replace(tmp_path / "file", b"data")
    assert os.listdir(tmp_path) == []
    if isinstance(error, OSError):
        assert found.value.filename == str(tmp_path / "file") and found.value.errno == 28


def test_a_file_may_be_named_by_bytes(tmp_path):
    replace(os.fsencode(tmp_path / "file"), b"data")
    assert (tmp_path / "file").read_bytes() == b"data"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes as POSIX has them")
def test_a_pipe_is_written_to_as_it_is(tmp_path, monkeypatch):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    monkeypatch.setattr(replacing, "_renamed", None)
    replace(path, b"data")
    assert os.read(reader, 100) == b"data"
    os.close(reader)
