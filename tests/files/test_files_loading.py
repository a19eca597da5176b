"""Is a file that is damaged, or is not a network, refused with the place and the reason?"""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path

import pytest
from file_helpers import everything, refused, rewrite, signed, small

import refnet as rn
from refnet import FileError, load, save
from refnet.files import reading

# --- Files that are none, and files that were damaged ------------------------------------------------------


def test_no_file_a_folder_and_an_unreadable_one(path, monkeypatch):
    with pytest.raises(FileNotFoundError):
        load(path)
    refused(path.parent, "^a folder, not a file$")
    path.write_text("{}")
    refused(path / "below", "^cannot be read: Not a directory")

    def no_permission(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading, "open", no_permission, raising=False)
    refused(path, "^cannot be read: Permission denied$")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "^the file is empty$"),
        (b"   \n", "not a refnet file: it starts with"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a refnet file: it starts with"),
        (b"sepal_length,species\n5.1,setosa\n", "not a refnet file: it starts with b'sepal_length,spe'"),
        (b"[1, 2, 3]", "not a refnet file: it starts with"),
        (b"\xef\xbb\xbf{}", "not a refnet file: it starts with"),
        (b'{"a": "\xc3\xa4"}', "not a refnet file, or damaged: byte 0xc3 at 7"),
        (b"{", "not JSON, cut off or damaged: .*line 1 column 2"),
        (b"{}", "not a refnet file: 'format' is missing"),
        (b"{} {}", "not JSON"),
        (b'{"format": "tensor"}', "format: 'tensor'; expected 'refnet network'"),
        (b'{"format": ["refnet network"]}', r"format: \['refnet network'\]"),
        (b'{"format": "refnet network"}', "version: None"),
        (b'{"format": "refnet network", "version": true}', "version: True"),
        (b'{"format": "refnet network", "version": 0}', "version: 0"),
        (b'{"format": "refnet network", "version": 5, "new": []}', "version: 5 is newer than this refnet"),
        (b'{"format": "refnet network", "version": 1}', "sha256: the checksum is missing"),
        (b'{"format": "refnet network", "version": 1, "sha256": ""}', "sha256: .*checksum"),
        (b'{"format": 1, "format": 2}', "the key 'format' .*twice"),
        (b'{"format": NaN}', "NaN .*JSON number"),
        (b'{"format": -Infinity}', "-Infinity .*JSON number"),
        (b'{"format": 1' + b"0" * 5000 + b"}", "a whole number of 5001 digits"),
        (b'{"format": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"format": ' * 100_000, "nested too deeply"),
    ],
)
def test_foreign_files(path, data, message):
    path.write_bytes(data)
    refused(path, message)


def test_the_right_checksum_over_nothing_else(path):
    path.write_bytes(signed(b"{\n"))
    refused(path, "'format' is missing")
    path.write_bytes(signed(b'{"format": "refnet network", "version": 1,\n'))
    refused(path, "contract: None")
    for version in (b"2", b"3", b"4"):
        path.write_bytes(signed(b'{"format": "refnet network", "version": ' + version + b', "contract": 1,\n'))
        refused(path, "top level: 'seed' is missing")
    path.write_bytes(signed(b'{"format": "refnet network", "version": 1, "contract": 1,\n'))
    refused(path, "layers: None; expected a list")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The bytes of a saved file and its network."""
    path = tmp_path_factory.mktemp("files") / "model.refnet"
    net = small()
    net.notes = {"classes": ["a", "b"]}
    save(net, path)
    return path.read_bytes(), net


def test_any_single_byte_changed_is_noticed(written, path):
    data, _ = written
    rng = random.Random(1)
    for at in [*range(len(data) - 90, len(data)), *rng.sample(range(len(data)), 600)]:
        for byte in {data[at] ^ 1, data[at] ^ 0x20, rng.randrange(256)} - {data[at]}:
            path.write_bytes(data[:at] + bytes([byte]) + data[at + 1 :])
            with pytest.raises(FileError):
                load(path, "python")


def test_damaged_and_cut_off_files(written, path):
    data, net = written
    rng = random.Random(2)
    same = everything(net)
    for _ in range(1500):
        damaged = bytearray(data)
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(damaged))
            kind = rng.randrange(5)
            if kind == 0:
                damaged[at] = rng.randrange(256)
            elif kind == 1:
                del damaged[at : at + rng.choice([1, 1, 10, 300])]
            elif kind == 2:
                damaged[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice([1, 3])))
            elif kind == 3:
                damaged[at:at] = rng.choice([b"0", b"1", b"-", b"e9", b" ", b"\n", b"[", b"{", b'"', b",", b"null"])
            else:
                del damaged[at:]
                damaged = damaged or bytearray(b" ")
        path.write_bytes(damaged)
        try:
            back = load(path, "python")
        except FileError as error:
            assert str(error).startswith(f"{path}: ")
        else:
            assert everything(back) == same


def test_line_ends_changed_to_crlf_are_named(written, path):
    path.write_bytes(written[0].replace(b"\n", b"\r\n"))
    refused(path, "sha256: .*checksum.*CRLF")


# --- Files that were edited and signed again ---------------------------------------------------------------


def edit(where, value):
    """A change of the document: the value at this path becomes another, or goes (…, "key", delete)."""

    def change(document):
        *path, last = where
        for key in path:
            document = document[key]
        if value is delete:
            del document[last]
        else:
            document[last] = value

    return change


def delete():
    """Stands for the absence of a value."""


W = ("parameters", "dense1.weights")
V = ("optimizer", "state", "dense1.weights", "velocity")
PLAN = {"rows": 7, "batch_size": 3, "shuffle": True, "seed": 3, "drop_last": False}
BROKEN_OFF = {"epoch": 0, "step": 1, "position": 3, "loss_sum": 0.5, "plan": PLAN}

EARLY = {"patience": 3, "monitor": "loss", "mode": "min", "min_delta": 0.0, "restore": True}
WAITED = {"best": 1.0, "best_epoch": 1, "waited": 0, "kept": {}, "data": "", "last": {}, "before": {}}
EDITS = [
    (("contract",), 2, "^contract: 2; this refnet computes the bits of contract 1"),
    (("contract",), True, "^contract: True"),
    (("extra",), 1, "^top level: 'extra' is not expected"),
    (("seed",), 1.5, "^seed: 1.5; expected a whole number"),
    (("seed",), True, "^seed: True; expected a whole number"),
    (("seed",), 1 << 4096, "^seed: a whole number of 4097 bits"),
    (("layers",), {}, "^layers: {}; expected a list"),
    (("layers",), [], r"^layers: \[\]; expected a list of layers"),
    (("layers", 0), delete, r"^layers\[0\].after\[0\]: 0; expected a whole number from 0 to -1"),
    (("layers", 0), 7, r"^layers\[0\]: 7; expected an object with class, settings"),
    (("layers", 0, "settings", "units"), 3, "^layers: standardize1: mean has 2 numbers"),
    (("layers", 0, "settings", "units"), True, r"^layers\[0\]: units: True is a bool"),
    (("layers", 0, "settings", "units"), 1 << 4000, r"^layers\[0\]: units: a whole number of 4001 bits; allowed:"),
    (("layers", 1, "settings", "std"), [1.0, 0.0], r"^layers\[1\]: std\[1\]: 0.0; allowed"),
    (("layers", 1, "settings", "std"), [1.0], r"^layers\[1\]: mean and std: row 1 has 1 number"),
    (("layers", 1, "settings", "std"), "12", r"^layers\[1\]: mean and std: row 1 is '12'"),
    (("layers", 1, "settings", "std", 1), "nan", r"^layers\[1\]: mean and std: 'nan'"),
    (("layers", 2, "class"), "os.system", r"^layers\[2\].class: 'os.system' is not .*layer.*Dense,"),
    (("layers", 2, "class"), "L2", r"^layers\[2\].class: 'L2' is not .*layer"),
    (("layers", 2, "class"), "Layer", r"^layers\[2\].class: 'Layer' is not .*layer"),
    (("layers", 2, "class"), ["Dense"], r"^layers\[2\].class: \['Dense'\] is not .*layer"),
    (("layers", 2, "class"), "x" * 10**6, r"^layers\[2\].class: 'xxx"),
    (("layers", 2, "settings", "units"), delete, r"^layers\[2\].settings: 'units' is missing"),
    (("layers", 2, "settings", "weights"), 1, r"^layers\[2\].settings: 'weights' is not expected"),
    (("layers", 2, "settings", "self"), 1, r"^layers\[2\].settings: 'self' is not expected"),
    (("layers", 2, "settings"), [], r"^layers\[2\].settings: \[\]; expected an object with units, bias, constraint, "),
    (("layers", 2, "extra"), [], r"^layers\[2\]: 'extra' is not expected"),
    (("layers", 2, "settings", "units"), 0, r"^layers\[2\]: units: 0; allowed: whole numbers >= 1"),
    (("layers", 2, "settings", "units"), 10**15, r"^parameters.dense1.weights: shape \[4, 2\].*\[10000000000"),
    (("layers", 2, "settings", "bias"), "yes", r"^layers\[2\]: bias: 'yes'; allowed: True, False"),
    (("layers", 2, "settings", "bias"), 1, r"^layers\[2\]: bias: 1; allowed: True, False"),
    (("layers", 2, "settings", "bias"), False, "^parameters: 'dense1.bias' is not expected"),
    (("layers", 2, "settings", "penalty", 0, "settings", "lam"), -1, r"^layers\[2\].settings.penalty\[0\]: lam: -1"),
    (("layers", 2, "settings", "penalty", 0, "class"), "L3", r"^layers\[2\].settings.penalty\[0\].class: 'L3' is not"),
    (("layers", 2, "settings", "penalty"), 0.1, r"^layers\[2\]: penalty: 0.1; allowed: L2"),
    (("layers", 0, "after"), [0], r"^layers\[0\].after\[0\]: 0; expected a whole number"),
    (("layers", 2, "after"), [], r"^layers\[2\].after: 0 .*Dense takes 1"),
    (("layers", 2, "after"), [0, 1], r"^layers\[2\].after: 2 .*Dense takes 1"),
    (("layers", 2, "after"), [2], r"^layers\[2\].after\[0\]: 2; expected a whole number from 0 to 1"),
    (("layers", 2, "after"), [True], r"^layers\[2\].after\[0\]: True; expected a whole number"),
    (("layers", 2, "after"), 1, r"^layers\[2\].after: 1; expected a list"),
    (("layers", 2, "shares"), 1, r"^layers\[2\].shares: 1.*not a Dense"),
    (("layers", 2, "shares"), 2, r"^layers\[2\].shares: 2; expected a whole number from 0 to 1"),
    (("inputs",), [1], r"^inputs: \[1\]; the Inputs are at \[0\]"),
    (("inputs",), [0, 0], r"^inputs: \[0, 0\]; .*twice"),
    (("outputs",), [], r"^outputs: \[\].*at least one"),
    (("outputs",), [99], r"^outputs\[0\]: 99; expected a whole number"),
    (("callbacks",), None, "^callbacks: None; expected a list"),
    (("callbacks",), [{"class": "Checkpoint", "settings": {"path": "/etc/passwd", "every": 1}}],
     r"^callbacks\[0\].class: 'Checkpoint' is not .*callback.*EarlyStopping, StopAtLoss"),
    (("callbacks",), [{"class": "EarlyStopping", "settings": EARLY, "state": {}}],
     r"^callbacks\[0\].state: 'best' is missing"),
    (("callbacks",), [{"class": "EarlyStopping", "settings": EARLY, "state": {**WAITED, "waited": -1}}],
     r"^callbacks\[0\]: waited: -1; allowed: whole numbers >= 0"),
    (("callbacks",), [{"class": "EarlyStopping", "settings": EARLY, "state": {**WAITED, "kept": {"a": 1}}}],
     r"^callbacks\[0\]: kept.a: int; expected rows of numbers"),
    (("callbacks",), [{"class": "EarlyStopping", "settings": EARLY, "state": {**WAITED, "data": 1}}],
     r"^callbacks\[0\]: data: 1; expected text"),
    (("layers", 3), {"class": "Dense", "settings": {"units": 4, "bias": False, "penalty": [], "constraint": []},
                     "after": [2], "shares": None},
     "^parameters: 'dense3.weights' is missing"),
    (("layers", 5, "settings", "beta"), 1 << 3000, r"^layers\[5\]: beta: a whole number of 3001 bits; allowed:"),
    (("parameters",), [], r"^parameters: \[\]; expected an object"),
    (W, delete, "^parameters: 'dense1.weights' is missing"),
    (("parameters", "dense3.weights"), {"shape": [1, 1], "rows": [[1.0]]},
     "^parameters: 'dense3.weights' is not expected"),
    (W, [[1.0]], r"^parameters.dense1.weights: \[\[1.0\]\]; expected an object with shape, rows"),
    ((*W, "shape"), [4, 3], "^parameters.dense1.weights: row 0 has 2 numbers; expected 3"),
    ((*W, "shape"), [4.0, 2], r"^parameters.dense1.weights: shape \[4.0, 2\]"),
    ((*W, "rows", 3), delete, "^parameters.dense1.weights: 3 rows; expected 4"),
    ((*W, "rows"), "1234", "^parameters.dense1.weights.rows: '1234'; expected a list"),
    ((*W, "rows", 2), [1.0, 2.0, 3.0], "^parameters.dense1.weights: row 2 has 3 numbers; expected 2$"),
    ((*W, "rows", 2), {"0": 1}, "^parameters.dense1.weights: row 2 is {'0': 1}; expected 2 numbers"),
    ((*W, "rows", 2), "12", "^parameters.dense1.weights: row 2 is '12'"),
    ((*W, "rows", 2, 1), True, "^parameters.dense1.weights: row 2, column 1: True; expected a number"),
    ((*W, "rows", 2, 1), None, "^parameters.dense1.weights: row 2, column 1: None; expected a number"),
    ((*W, "rows", 2, 1), "0.5", "^parameters.dense1.weights: row 2, column 1: '0.5'; expected a number"),
    ((*W, "rows", 2, 1), "Inf", "^parameters.dense1.weights: row 2, column 1: 'Inf'; expected a number"),
    ((*W, "rows", 2, 1), [0.5], r"^parameters.dense1.weights: row 2, column 1: \[0.5\]; expected a number"),
    ((*W, "rows", 2, 1), 10**400, "^parameters.dense1.weights: row 2, column 1: a number beyond the range"),
    (("parameters", "dense1.bias", "rows", 0, 0), False, "^parameters.dense1.bias: row 0, column 0: False"),
    (("buffers", "standardize1.std"), delete, "^buffers: 'standardize1.std' is missing"),
    (("buffers",), None, "^buffers: None; expected an object"),
    (("buffers", "standardize1.std", "rows", 0, 0), "x", "^buffers.standardize1.std: row 0, column 0: 'x'"),
    (("loss",), "CrossEntropy", "^loss: 'CrossEntropy'; expected an object"),
    (("loss", "class"), "Poisson", "^loss.class: 'Poisson' is not .*loss.*BinaryCrossEntropy, Cross"),
    (("loss", "settings", "over"), "elements", "^loss: over: 'elements'; allowed: 'rows', 'sum'"),
    (("penalties",), None, "^penalties: None; expected a list"),
    (("penalties", 0, "class"), "L0", r"^penalties\[0\].class: 'L0' is not .*penalty.*L1, L2"),
    (("penalties", 0, "settings", "half"), "no", r"^penalties\[0\]: half: 'no'"),
    (("optimizer", "class"), "Adamant", "^optimizer.class: 'Adamant' is not .*optimizer.*AMSGrad,"),
    (("optimizer", "class"), "SGD", "^optimizer.settings: 'mu' is not expected"),
    (("optimizer", "settings", "mu"), 1.0, "^optimizer: mu: 1.0; allowed"),
    (("optimizer", "settings", "rate"), 0.0, "^optimizer: rate: 0.0; allowed"),
    (("optimizer", "settings", "rate", "class"), "Cosine", "^optimizer.settings.rate.class: 'Cosine' is not .*class"),
    (("optimizer", "settings", "rate", "class"), "L1", "^optimizer.settings.rate.settings: 'lam' is missing"),
    (("optimizer", "settings", "rate", "settings", "decay"), -1, "^optimizer.settings.rate: decay: -1"),
    (("optimizer", "rate"), None, "^optimizer.rate: None; expected a number"),
    (("optimizer", "rate"), "fast", "^optimizer.rate: 'fast'; expected a number"),
    (("optimizer", "state"), None, "^optimizer.state: None; expected an object"),
    (("optimizer", "state", "dense1.weights"), {}, "^optimizer.state.dense1.weights: 'velocity' is missing"),
    ((*V, "rows", 0), [1.0], "^optimizer.state.dense1.weights.velocity: row 0 has 1 number; expected 2"),
    ((*V, "rows", 0, 0), True, "^optimizer.state.dense1.weights.velocity: row 0, column 0: True"),
    ((*V, "shape"), [2, 4], "^optimizer.state.dense1.weights.velocity: 4 rows; expected 2"),
    (("progress",), None, "^progress: None"),
    (("progress", "epoch"), -1, "^progress.epoch: -1; expected a whole number from 0"),
    (("progress", "epoch"), 10**300, "^progress.epoch: 1000.*expected a whole number from 0"),
    (("progress", "epoch"), 2.0, "^progress.epoch: 2.0"),
    (("progress", "step"), "6", "^progress.step: '6'"),
    (("progress", "loss_sum"), None, "^progress.loss_sum: None"),
    (("progress", "plan"), [7, 3, True, 3], r"^progress.plan: \[7, 3, True, 3\]; expected an object"),
    (("progress", "plan"), {**PLAN, "rows": 0}, "^progress.plan.rows: 0"),
    (("progress", "plan"), {**PLAN, "batch_size": None}, "^progress.plan.batch_size: None"),
    (("progress", "plan"), {**PLAN, "shuffle": 1}, "^progress.plan.shuffle: 1; expected true or false"),
    (("progress",), {**BROKEN_OFF, "plan": {**PLAN, "seed": "s"}}, "^progress.plan.seed: 's'"),
    (("progress", "plan"), PLAN, "^progress.position: 0; .*batch of 3.* 7 rows"),
    (("progress",), {**BROKEN_OFF, "position": 4}, "^progress.position: 4; .*batch of 3"),
    (("progress",), {**BROKEN_OFF, "position": 7}, "^progress.position: 7; .*batch of 3"),
    (("progress",), {**BROKEN_OFF, "position": 9}, "^progress.position: 9; .*batch of 3"),
    (("progress",), {**BROKEN_OFF, "plan": None}, "^progress.position: 3; .*plan.* 0"),
    (("notes",), [], r"^notes: \[\]; expected an object"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "value", "message"), EDITS, ids=range(len(EDITS)))
def test_edited_and_signed_again(written, path, where, value, message):
    document = json.loads(written[0])
    edit(where, value)(document)
    rewrite(path, document)
    refused(path, message)


@pytest.mark.parametrize(("where", "value", "message"), EDITS[::5], ids=range(0, len(EDITS), 5))
def test_edited_and_not_signed_again(written, path, where, value, message):
    document = json.loads(written[0])
    edit(where, value)(document)
    rewrite(path, {**document, "sha256": None})
    path.write_bytes(path.read_bytes()[:-81] + written[0][-81:])  # the old checksum
    refused(path, "^sha256: .*checksum")


def test_numbers_out_of_range_in_the_text(written, path):
    """json reads 1e999 as infinity; a file says "inf" when it means that."""
    for old, new, message in [
        (rb'"rate": [0-9.]+,\s*"state"', b'"rate": 1e999, "state"', "^optimizer.rate: a number beyond the range"),
        (rb'"loss_sum": 0.0', b'"loss_sum": -1e999', "^progress.loss_sum: a number beyond"),
        (rb'"beta": 0.5', b'"beta": 1e999', r"^layers\[5\].settings.beta: inf; allowed: finite"),
        (rb'"notes": \{', b'"notes": {"a": 1e999, ', "^notes.a: inf; allowed: finite"),
        (rb'"rows": \[\s*\[[-0-9.e]+', b'"rows": [[1e999', "row 0, column 0: a number beyond the range"),
        (rb'"seed": 3', b'"seed": -0', "^seed: -0.0; expected a whole number"),
        (rb'"seed": 3', b'"seed": 3, "seed": 4', "the key 'seed' .*twice"),
        (rb'"seed": 3', b'"seed": NaN', "NaN .*JSON number"),
    ]:
        body, changes = re.subn(old, new, written[0][:-81], count=1)
        assert changes == 1, old
        path.write_bytes(signed(body))
        refused(path, message)


@pytest.mark.parametrize("depth", [150, 600, 5000])
def test_absurd_nesting_with_the_right_checksum(written, path, depth):
    deep = b"[" * depth + b"]" * depth
    for old in (rb'"notes": \{', rb'"settings": \{\s*(?="units": 4)', rb'"shape": \[(?=4, 2\])'):
        new = rb"\g<0>" + (b"" if b"shape" in old else b'"x": ') + deep + b", "
        body, changes = re.subn(old, new, written[0][:-81])
        assert changes
        path.write_bytes(signed(body))
        with pytest.raises(FileError, match=r"model\.refnet: "):
            load(path)


def test_another_program_may_write_the_file(written, path):
    data, net = written
    rewrite(path, dict(sorted(json.loads(data).items(), reverse=True)))
    assert everything(load(path, "python")) == everything(net)


def places(value, path=()):
    """The path of every value in a document."""
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


def test_anything_changed_anywhere_and_signed_again(written, path):
    """Loading either raises a FileError or returns a network, and raises nothing else."""
    rng = random.Random(3)
    document = json.loads(written[0])
    everywhere = [place for place in places(document) if place]
    values = [
        None, True, False, 0, 1, -1, 2, 7, 10**9, 10**18, 1 << 4000, 0.0, -0.0, 0.5, 1e308, "", "inf", "nan", "Dense",
        "L2", "SGD", "Fixed", "x", [], [[]], [0.5], [[0.5]], [1, 2], {}, {"class": "L1", "settings": {"lam": 1}},
        {"class": "Dense", "settings": {"units": 10**12, "bias": True, "penalty": []}},
        {"class": "Softmax", "settings": {"beta": 2}}, {"shape": [1, 1], "rows": [[1.0]]},
    ]  # fmt: skip
    loaded = 0
    for place in everywhere * 3:
        changed = copy.deepcopy(document)
        value = rng.choice([delete, *values])
        if value is not delete and rng.random() < 0.3:  # a value from elsewhere in the file
            value = changed
            for key in rng.choice(everywhere):
                value = value[key]
            value = copy.deepcopy(value)
        edit(place, value)(changed)
        rewrite(path, changed)
        try:
            net = load(path, "python")
        except FileError as error:
            assert str(error).startswith(f"{path}: ")
        else:
            assert isinstance(net, rn.Network)
            loaded += 1
    assert 0 < loaded < len(everywhere)


def test_a_backend_that_does_not_exist(path):
    save(small(), path)
    with pytest.raises(ValueError, match="backend: 'fortran'"):
        load(path, backend="fortran")


def test_a_file_of_version_1_goes_on_where_it_was(backend):
    """Written by refnet before it had graphs, callbacks and clipping. The fingerprint is the one that it had after two
    more epochs."""
    net = load(Path(__file__).parent / "recorded" / "version_1.refnet", backend)
    assert [layer.name for layer in net.layers] == ["input", "standardize1", "dense1", "tanh1", "dense2", "softmax1"]
    assert net.optimizer.mu == 0.5 and net.optimizer.clip is None and net.optimizer.form == "velocity"
    net.fit([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5]], [1, 0, 0, 1], epochs=2, batch_size=3)
    assert net.fingerprint() == "f28f125119ad61f6bca98410af59eefbe7a9a64b4da3b5f914abc12b68ab6106"
