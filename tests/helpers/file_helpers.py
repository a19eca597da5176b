"""What do the tests of files share? A small network, all that a file keeps of it, and files written by hand."""

import hashlib
import json
import random
import re
import struct

import pytest

import refnet as rn
from refnet import FileError, load
from refnet.files.classes import BASES


def small(backend="python", seed=3):
    """A network with something in every part of its file."""
    net = rn.Network(
        [
            rn.Input(2), rn.Standardize([0.5, -1.0], [2.0, 0.1]), rn.Dense(4, penalty=rn.L1(0.001)), rn.Tanh(),
            rn.Dense(3, bias=False), rn.Softmax(beta=0.5),
        ],
        backend=backend, seed=seed,
    )  # fmt: skip
    inputs, classes = points(7)
    net.fit(inputs, classes, optimizer=rn.Momentum(rn.InverseTimeDecay(0.5, 0.1)), penalty=rn.L2(0.01),
            epochs=2, batch_size=3)  # fmt: skip
    return net


def points(examples, classes=3):
    """Rows of two features and their classes, the same every time."""
    rng = random.Random(5)
    labels = [rng.randrange(classes) for _ in range(examples)]
    return [[rng.random() + label, rng.random() - label] for label in labels], labels


def bits(value):
    """Floats in lists and dicts as bits to compare: NaN equals NaN, +0 and −0 differ."""
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("<d", value)
    if isinstance(value, (list, tuple)):
        return [bits(item) for item in value]
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    return value


def everything(net):
    """Everything that a file keeps of a network, found without refnet.files."""
    k, optimizer = net.k, net.optimizer

    def described(thing):
        return {
            name: described(value) if isinstance(value, BASES) else value
            for name, value in vars(thing).items()
            if isinstance(value, (bool, int, float, str, *BASES)) and name != "_number"  # the order of Inputs
        }

    return bits({
        "seed": net.seed,
        "layers": [(type(layer), described(layer), layer.inputs, layer.units) for layer in net.layers],
        "parameters": {name: k.tolist(parameter.value) for name, parameter in net.parameters.items()},
        "penalties": {
            name: [(type(penalty), vars(penalty)) for penalty in parameter.penalties]
            for name, parameter in net.parameters.items()
        },
        "buffers": [{name: k.tolist(v) for name, v in layer.buffers.items()} for layer in net.layers],
        "loss": net.objective and (type(net.objective), described(net.objective)),
        "all": [(type(penalty), vars(penalty)) for penalty in net.penalties],
        "optimizer": optimizer and (type(optimizer), described(optimizer)),
        "state": optimizer and {
            name: {matrix: k.tolist(values) for matrix, values in state.items()}
            for name, state in optimizer.state.items()
        },
        "rate": optimizer and optimizer.rate_matrix and k.tolist(optimizer.rate_matrix),
        "progress": vars(net.progress),
        "notes": net.notes,
    })  # fmt: skip


def signed(body):
    """The body of a file with its checksum, as the docstring of refnet.files describes it."""
    return body + b'  "sha256": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def contents(path):
    return json.loads(path.read_bytes())


def rewrite(path, document):
    """Write a file as another program might: with other spaces and a new checksum."""
    document = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(document)
    path.write_bytes(signed(text[:-1].encode() + (b",\n" if document else b"\n")))


def refused(path, message, error=FileError):
    """Loading raises this error, and its message begins with the file's name."""
    with pytest.raises(error) as caught:
        load(path, "python")
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert re.search(message, text[len(f"{path}: ") :]), text
    assert len(text) < 700
