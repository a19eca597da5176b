"""Is a run on file bit for bit what was computed, and is a file that is none refused with its place?"""

import json
import math
import struct

import pytest

import refnet as rn
from refnet.arithmetic.random import draw, stream_key
from refnet.trace import Numbers, dumps, traced
from refnet.verify import same_bits


def network(backend):
    x = rn.Input(2)
    h = rn.Tanh()(rn.BatchNorm()(rn.Dense(3)(x)))
    return rn.Network(rn.Softmax()(rn.Dense(2)(rn.Dropout(0.5)(h))), backend=backend, seed=1)


def trace(backend):
    optimizer = rn.Adam(rn.StepDecay(0.1, 0.5, 2), clip=rn.ClipNorm(1.0))
    return traced(network(backend), [[0.1, -0.0], [1e-310, 0.7]], [0, 1], optimizer=optimizer, steps=2)


def test_what_is_written_is_read(backend, tmp_path):
    made = trace(backend)
    dumps.write(made, tmp_path / "run.json")
    steps = dumps.read(tmp_path / "run.json")
    assert len(steps) == 2
    for step, again in zip(made, steps):
        assert list(again) == list(step.values)
        for name, numbers in step.values.items():
            assert again[name].shape == numbers.shape
            assert all(map(same_bits, again[name].values, numbers.values)), name


def test_the_file_is_the_same_everywhere(tmp_path):
    for backend in ("python", "c"):
        dumps.write(trace(backend), tmp_path / backend)
    assert (tmp_path / "python").read_bytes() == (tmp_path / "c").read_bytes()
    document = json.loads((tmp_path / "c").read_bytes())
    assert document["format"] == "refnet vectors 1" and document["contract"] == rn.CONTRACT
    assert [layer["class"] for layer in document["network"]["layers"]][:3] == ["Input", "Dense", "BatchNorm"]
    assert document["loss"]["class"] == "CrossEntropy" and document["optimizer"]["settings"]["beta1"] == 0.9
    assert document["steps"][0]["values"]["input.o"] == {
        "shape": [2, 2], "decimal": [0.1, -0.0, 1e-310, 0.7],
        "bits": ["3fb999999999999a", "8000000000000000", "000012688b70e62b", "3fe6666666666666"]}


def test_infinity_and_nan(tmp_path):
    dumps.write(traced(network("python"), [[math.inf, -math.nan], [-math.inf, 5e-324]]), tmp_path / "run.json")
    entry = json.loads((tmp_path / "run.json").read_text())["steps"][0]["values"]["input.o"]
    assert entry == {"shape": [2, 2], "decimal": ["inf", "nan", "-inf", 5e-324],
                     "bits": ["7ff0000000000000", "7ff8000000000000", "fff0000000000000", "0000000000000001"]}
    assert str(dumps.read(tmp_path / "run.json")[0]["input.o"].tolist()) == "[[inf, nan], [-inf, 5e-324]]"


def test_bits_and_numbers():
    assert dumps.bits_of(-0.0) == "8000000000000000" and dumps.bits_of(-math.inf) == "fff0000000000000"
    assert dumps.bits_of(-math.nan) == dumps.bits_of(struct.unpack("<q", b"\1" * 8)[0] * math.nan) == "7ff8" + 12 * "0"
    key = stream_key(1, 2)
    for n in range(1000):
        digits = f"{draw(key, n):016x}"
        assert dumps.bits_of(dumps.number_of(digits)) in (digits, "7ff8000000000000")


def test_another_programs_file(tmp_path):
    """No more is needed than what reading asks for."""
    values = {"dense1.z": {"shape": [1, 2], "bits": ["3FF0000000000000", "8000000000000000"]},
              "loss": {"shape": [], "bits": ["3fe0000000000000"]}}
    (tmp_path / "own.json").write_text(json.dumps({"steps": [{"values": values}]}))
    (step,) = dumps.read(tmp_path / "own.json")
    assert step["dense1.z"].tolist() == [[1.0, -0.0]] and step["loss"] == Numbers(1, 1, step["loss"].values)
    assert math.copysign(1.0, step["dense1.z"].at(0, 1)) == -1.0 and step["loss"].at(0, 0) == 0.5


@pytest.mark.parametrize(("text", "message"), [
    ("{", "Expecting property name"),
    ("[]", "expected {\"steps\""),
    ('{"steps": [{"value": {}}]}', "expected {\"steps\""),
    ('{"steps": [{"values": {"z": 1}}]}', r"steps\[0\].values\[z\]: 1; expected a shape"),
    ('{"steps": [{"values": {"z": {"shape": [1, 2], "bits": ["3fb999999999999a"]}}}]}', "and as many bits"),
    ('{"steps": [{"values": {"z": {"shape": [0, 2], "bits": []}}}]}', "and as many bits"),
    ('{"steps": [{"values": {"z": {"shape": [1, 1], "bits": ["3fb99999"]}}}]}', r"bits\[0\]: '3fb99999'; expected 16"),
    ('{"steps": [{"values": {"z": {"shape": [1, 1], "bits": [1]}}}]}', r"bits\[0\]: 1; expected 16"),
])  # fmt: skip
def test_bad_files(tmp_path, text, message):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(rn.FileError, match=rf"bad.json: .*{message}"):
        dumps.read(tmp_path / "bad.json")
