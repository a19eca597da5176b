"""How does the page of `refnet play` work without a server? A folder with the page, refnet as a zip, and Pyodide.

    python docs/build/play.py FOLDER
    python -m http.server --directory FOLDER

Pyodide (Python for browsers, licence MPL 2.0) comes from npm, in the version that package.json has beside this file, or
from REFNET_PYODIDE: a folder, or the package as npm packs it (.tgz).
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1] / "refnet"
PAGE = PACKAGE / "play" / "page"
FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
VERSION = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]["pyodide"]
CACHE = HERE.parents[1] / "build"  # which git ignores


def build(target):
    """(True, "") when the folder `target` is complete; (False, why) where Pyodide cannot be had: nothing is written.

    Files of these names that are in the folder already are replaced.
    """
    target = Path(target)
    with tempfile.TemporaryDirectory() as unpacked:
        try:
            source = pyodide(Path(unpacked))
        except (OSError, subprocess.SubprocessError, tarfile.TarError) as error:
            return False, f"Pyodide {VERSION}: {error}"
        (target / "pyodide").mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(source / name, target / "pyodide" / name)
    for file in PAGE.iterdir():
        shutil.copyfile(file, target / file.name)
    write_zip(target / "refnet.zip")
    return True, ""


def pyodide(unpacked):
    """The folder that has Pyodide's files. Raises OSError, SubprocessError or TarError if it cannot be had."""
    given = os.environ.get("REFNET_PYODIDE")
    if given and Path(given).is_file():
        with tarfile.open(given) as archive:
            for name in FILES:
                member = archive.extractfile(f"package/{name}")
                (unpacked / name).write_bytes(member.read())
        return unpacked
    folder = Path(given) if given else installed()
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise OSError(f"{folder} has no {', '.join(missing)}")
    return folder


def installed():
    """The folder into which npm has installed it, once."""
    folder = CACHE / f"pyodide-{VERSION}" / "node_modules" / "pyodide"
    if not (folder / FILES[-1]).is_file():
        npm = shutil.which("npm")
        if npm is None:
            raise OSError("npm is not installed, and REFNET_PYODIDE names no copy")
        command = [npm, "install", "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund",
                   "--prefix", str(folder.parents[1]), f"pyodide@{VERSION}"]
        folder.parents[1].mkdir(parents=True, exist_ok=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise OSError(f"npm install: {done.stderr.strip()[-300:]}")
    return folder


def write_zip(path):
    """The package in pure Python, the same bytes from the same files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(PACKAGE.rglob("*")):
            if file.is_file() and file.suffix in (".py", ".md", ".json") and "__pycache__" not in file.parts:
                name = file.relative_to(PACKAGE.parent).as_posix()
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/build/play.py FOLDER")
    is_built, reason = build(sys.argv[1])
    sys.exit(None if is_built else f"docs/build/play.py: {reason}; nothing was written")
