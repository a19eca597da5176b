"""Do the vectors of another number format hold its bits, and say what stays binary64?"""

import json

import pytest

from refnet.arithmetic import elementary
from refnet.arithmetic.formats import as_format
from refnet.files import FileError
from refnet.kernels import SEAM, choose, native_or_none
from refnet.trace import dumps
from refnet.verify import vectors
from refnet.verify.vectors.calls import kernel_case

ONLY = "functions/*,initializers/*,kernels/affine,kernels/adam_update,kernels/dropout,kernels/take_rows,runs/adam"


@pytest.fixture(params=["binary32", "bfloat16", "binary16:binary32", "Q7.8", "Q2.1"])
def folder(request, tmp_path):
    vectors.write(tmp_path, vectors.Extent(calls=2, epochs=1, only=ONLY, number=request.param))
    return tmp_path, request.param


def read(path, name):
    return json.loads((path / f"{name}.json").read_text(encoding="utf-8"))


def test_each_file_names_the_format_and_each_number_has_its_width(folder):
    path, number = folder
    form = as_format(number)
    digits = dumps.digits_of(form)
    for name in json.loads((path / "manifest.json").read_text(encoding="utf-8"))["sha256"]:
        if name.startswith(("functions", "initializers", "kernels", "runs")):
            assert read(path, name[:-5])["number"] == number
    (call, _) = read(path, "kernels/adam_update")["calls"]
    widths = {each: {len(bits) for bits in entry["bits"]} for each, entry in call["arguments"].items()}
    wide = {"rate", "power1", "power2", "inside"}  # the last is a flag
    assert widths == {each: {16 if each in wide else digits} for each in widths}
    (step, *_) = read(path, "runs/adam")["steps"]
    widths = {each: len(entry["bits"][0]) for each, entry in step["values"].items()}
    wide = {"rate", "loss", "step.power1", "step.power2", "step.power1.new", "step.power2.new"}
    assert {each for each, width in widths.items() if width == 16} == wide and set(widths.values()) == {16, digits}
    assert len(read(path, "runs/adam")["data"]["inputs"]["bits"][0]) == 16


def test_the_results_are_those_of_the_bits(folder):
    path, number = folder
    form, k = as_format(number), choose("python", number)
    for call in read(path, "functions/tanh")["calls"]:
        given = dumps.decoded("", call["arguments"]["x"], form).values
        made = dumps.decoded("", call["results"]["result"], form).values
        assert all(form.number(x) == x or x != x for x in given)
        expected = [float(form.number(elementary.tanh(x))) for x in given]
        assert list(map(repr, made)) == list(map(repr, expected))
    for call in read(path, "kernels/affine")["calls"]:
        x, weights, bias = (entry and k.matrix(dumps.decoded("", entry, form).tolist())
                            for entry in (call["arguments"][each] for each in ("x", "weights", "bias")))
        found = dumps.decoded("", call["results"]["result"], form).tolist()
        assert repr(k.tolist(k.affine(x, weights, bias))) == repr(found)


def test_it_is_checked_in_its_format(folder):
    path, number = folder
    assert vectors.difference(path) == ""
    file = path / "manifest.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f'"number": "{number}"', '"number": "binary31"'), encoding="utf-8")
    with pytest.raises(FileError, match="number: 'binary31'; allowed"):
        vectors.difference(path)


@pytest.mark.skipif(native_or_none() is None, reason="needs the C core")
def test_both_backends_write_the_same_in_binary32():
    for name in SEAM:
        ours, theirs = (kernel_case(name, 2, 5, choose(backend, "binary32")) for backend in ("python", "c"))
        assert json.dumps(ours) == json.dumps(theirs), name


def test_other_forms_have_the_formats_width(tmp_path):
    numpy = pytest.importorskip("numpy")
    for number in ("binary32", "binary16", "bfloat16", "Q7.8", "Q3.16"):
        path = tmp_path / number
        vectors.write(path, vectors.Extent(epochs=1, only="runs/sgd", number=number))
        for form in vectors.EXPORTS:
            assert vectors.export(path, form) > 0
        entry = read(path, "runs/sgd")["steps"][0]["values"]["dense1.weights"]
        place = "runs/sgd/step1/dense1.weights"
        assert (path / "readmemh" / f"{place}.hex").read_text().split() == entry["bits"]
        kind = {"binary32": "<f4", "binary16": "<f2", "bfloat16": "<u2", "Q7.8": "<i2", "Q3.16": "<i4"}[number]
        found = numpy.load(path / "npy" / f"{place}.npy")
        assert found.dtype.str == kind and found.shape == (3, 2)
        if number[0] == "Q":
            found = numpy.ldexp(found.astype(float), -as_format(number).fraction_bits)
        if number != "bfloat16":
            assert found.ravel().tolist() == entry["decimal"]
        header = (path / "c" / "runs" / "sgd.h").read_text()
        bits = {"binary32": 32, "Q3.16": 32}.get(number, 16)
        assert f"static const uint{bits}_t runs_sgd_step1_dense1_weights[6] = {{  /* 3 x 2 */" in header
        assert "static const uint64_t runs_sgd_step1_rate[1]" in header


def test_a_stream_of_a_format():
    call = next(vectors.stream("sigmoid", 7, choose("python", "bfloat16")))
    assert {len(bits) for bits in call["arguments"]["z"]["bits"] + call["results"]["result"]["bits"]} == {4}
