"""What do the tests of the command line share? Data made for the purpose, processes, and Ctrl-C at a chosen step."""

import csv
import gzip
import os
import re
import signal
import struct
import subprocess
import sys
from pathlib import Path

import refnet
from refnet.arithmetic.random import normal, stream_key
from refnet.cli import train_network
from refnet.kernels import REFERENCE, native_or_none

ROOT = Path(refnet.__file__).resolve().parents[1]
BACKENDS = ["python", "c"] if native_or_none() else ["python"]

# Everything that a training step, and the end of an epoch, can have in it.
TOOLBOX = [
    "--activation", "prelu", "--batch-norm", "--dropout", "0.2", "--noise", "0.3", "--optimizer", "amsgrad",
    "--rate", "0.05", "--schedule", "cosine", "--clip-norm", "0.7", "--l1", "0.001", "--patience", "4",
]
STOPPING = ["--rate", "2", "--noise", "1", "--validation", "0.2", "--seed", "1"]  # too wild to go down steadily


def write_clouds(path, each):
    """`each` examples of three classes in a CSV file with a header."""
    key = stream_key(7, 9 << 32)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["width", "height", "kind"])
        for i in range(3 * each):
            kind = i % 3
            x, y = (10.0 * kind + normal(key, 2 * i), 1e-3 * (kind * kind + 0.1 * normal(key, 2 * i + 1)))
            writer.writerow([repr(x), repr(y), ["fern", "moss", "oak"][kind]])
    return path.name


def write_images(folder, part, images, labels, pixels=(2, 2)):
    """IDX files of images and labels, the labels gzipped."""
    folder.mkdir(exist_ok=True)
    head = b"\0\0\x08\x03" + struct.pack(">III", len(images), *pixels)
    (folder / f"{part}-images-idx3-ubyte").write_bytes(head + b"".join(map(bytes, images)))
    packed = gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", len(labels)) + bytes(labels))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(packed)


def fingerprint(path):
    return refnet.load(path).fingerprint()


def accuracy(out):
    return float(re.search(r"accuracy ([0-9.]+) %", out)[1])


def start(*words, **settings):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings.pop("env", {})}
    environment.pop("REFNET_BACKEND", None)
    return subprocess.Popen([sys.executable, "-m", "refnet", *map(str, words)], env=environment, **settings)


def interrupt(monkeypatch, step, *signals):
    """Press Ctrl-C, or send these signals, amid of this training step of the Python backend, counted from 1."""
    right = REFERENCE.softmax
    steps = []

    def softmax(z, beta):
        steps.append(z)
        if len(steps) == step:
            for number in signals or [signal.SIGINT]:
                signal.raise_signal(number)
        return right(z, beta)

    monkeypatch.setattr(REFERENCE, "softmax", softmax)


def settled(**chosen):
    """All settings of `refnet train` when these are given."""
    settings = {**train_network.DEFAULTS, **chosen}
    train_network.settle(settings)
    return settings
