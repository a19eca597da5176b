"""Are the vectors the same bytes everywhere, and does every number in them come from where they say?"""

import hashlib
import json
import random
import re
import shutil
from pathlib import Path

import pytest

import refnet as rn
from refnet.arithmetic import elementary
from refnet.kernels import REFERENCE, SEAM, choose
from refnet.trace import dumps
from refnet.verify import same_bits, vectors
from refnet.verify.vectors import Extent, folder
from refnet.verify.vectors.calls import INITIALIZERS, function_case
from refnet.verify.vectors.runs import NETWORKS, OPTIMIZERS

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "examples" / "conformance" / "vectors"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with every case."""
    path = tmp_path_factory.mktemp("whole")
    vectors.write(path, Extent(calls=2, epochs=1))
    return path


def documents(path):
    return {file.relative_to(path).as_posix(): json.loads(file.read_text()) for file in path.rglob("*/*.json")}


def test_the_set_in_the_repository_written_anew_has_the_same_bytes(backend):
    extent = folder._extent(KEPT)
    how = f"refnet vectors examples/conformance/vectors --calls 2 --epochs 1 --only {extent.only}"
    assert vectors.difference(KEPT, backend) == "", f"if this is meant to be so, write it anew: {how}"
    names = {file.relative_to(KEPT).as_posix() for file in KEPT.rglob("*.*")}
    assert names == {name for name, _ in vectors.texts(extent)}


def test_both_backends_write_the_same(whole, native):
    assert vectors.difference(whole, "c") == ""


def test_the_manifest_has_every_file(whole):
    manifest = json.loads((whole / "manifest.json").read_text())
    files = {file.relative_to(whole).as_posix(): file for file in whole.rglob("*") if file.is_file()}
    assert set(files) == {*manifest["sha256"], "manifest.json"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256(files[name].read_bytes()).hexdigest() == digest


def test_every_kernel_function_initializer_and_optimizer_is_there(whole):
    names = set(documents(whole))
    assert {f"kernels/{name}.json" for name in SEAM} <= names
    for name in ("exp", "log", "expm1", "log1p", "tanh", "sigmoid", "softplus", "sin", "cos", "divide", "sqrt", "mix",
                 "stream_key", "draw", "uniform", "normal"):
        assert f"functions/{name}.json" in names
    concrete = {name for name in rn.parameters.initializers.__dict__ if isinstance(getattr(rn, name, None), type)
                and issubclass(getattr(rn, name), rn.Initializer)} - {"Initializer"}
    assert {type(each).__name__ for each in INITIALIZERS} == concrete
    runs = [document for name, document in documents(whole).items() if name.startswith("runs/")]
    assert len(runs) == len(OPTIMIZERS) + len(NETWORKS) and len(NETWORKS) >= 12
    used = {kind: {run[kind]["class"] for run in runs} for kind in ("optimizer", "loss")}
    layers = {layer["class"] for run in runs for layer in run["network"]["layers"]}
    optimizers = {name for name in rn.optimizers.classes if issubclass(getattr(rn, name), rn.Optimizer)}
    assert used["optimizer"] == optimizers - {"Optimizer"}
    assert used["loss"] == set(rn.losses.classes) - {"Loss"}
    assert set(rn.layers.classes) - layers == {"Layer", "Linear", "Merge"}


def shortened(value):
    """At most two elements of each list: the validator needs 10 seconds for all."""
    if isinstance(value, list):
        return [shortened(each) for each in value[:2]]
    return {name: shortened(each) for name, each in value.items()} if isinstance(value, dict) else value


def test_they_fit_the_schema(whole):
    schema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    validator = schema.Draft202012Validator(json.loads((whole / "schema.json").read_text()))
    for name, document in [*documents(whole).items(), ("manifest", json.loads((whole / "manifest.json").read_text()))]:
        assert list(validator.iter_errors(shortened(document))) == [], name
    document["format"] = "refnet vectors 2"
    assert list(validator.iter_errors(document))


def entries(value):
    if isinstance(value, dict) and "bits" in value:
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from entries(each)


def test_decimals_are_the_bits(whole):
    found = 0
    for document in documents(whole).values():
        for entry in entries(document):
            rows, columns = entry["shape"] or (1, 1)
            assert len(entry["bits"]) == len(entry["decimal"]) == rows * columns
            for digits, decimal in zip(entry["bits"], entry["decimal"]):
                assert same_bits(dumps.number_of(digits), float(decimal))
            found += len(entry["bits"])
    assert found > 20_000


def test_a_kernels_results_are_the_kernels(whole):
    """Read as another program would, and computed by the kernel called by hand."""
    for call in json.loads((whole / "kernels/affine.json").read_text())["calls"]:
        given = {name: entry and dumps.decoded(name, entry).tolist() for name, entry in call["arguments"].items()}
        z = REFERENCE.affine(given["x"], given["weights"], given["bias"])
        assert list(map(dumps.bits_of, (value for row in z for value in row))) == call["results"]["result"]["bits"]


def test_functions_have_edges_and_random_numbers():
    edges, random_numbers = function_case("exp", 32, 0)["calls"]
    for digits, result in zip(edges["arguments"]["x"]["bits"], edges["results"]["result"]["bits"]):
        assert dumps.bits_of(elementary.exp(dumps.number_of(digits))) == result
    assert {"7ff0000000000000", "7ff8000000000000", "8000000000000000"} <= set(edges["arguments"]["x"]["bits"])
    assert len(random_numbers["arguments"]["x"]["bits"]) == 32


def test_a_run_is_a_training(whole):
    """The last step's new weights are those of a network trained without being written down."""
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], seed=0)
    run = json.loads((whole / "runs/adam.json").read_text())
    x, y = (dumps.decoded(name, run["data"][name]).tolist() for name in ("inputs", "targets"))
    net.fit(x, y, loss=rn.HalfSquaredError(), optimizer=rn.Adam(0.1), epochs=1, batch_size=3)
    last = dumps.read(whole / "runs/adam.json")[-1]
    assert len(run["steps"]) == 2 and run["steps"][1]["rows"] == 2
    for name, parameter in net.parameters.items():
        assert last[f"{name}.new"].tolist() == net.k.tolist(parameter.value)


def test_a_seed_gives_other_numbers_and_a_choice_fewer_files(tmp_path):
    one, other = (dict(vectors.texts(Extent(1, 1, seed, "kernels/add,runs/sg?"))) for seed in (1, 2))
    assert list(one) == ["kernels/add.json", "runs/sgd.json", "schema.json", "FORMAT.md", "manifest.json"]
    assert one["kernels/add.json"] != other["kernels/add.json"] and one["runs/sgd.json"] != other["runs/sgd.json"]
    with pytest.raises(ValueError, match="only: 'kernels/ad' names no case"):
        vectors.write(tmp_path / "new", Extent(only="functions/*,kernels/ad"))
    assert not (tmp_path / "new").exists()


def test_a_stream(backend):
    for subject in vectors.SUBJECTS:
        calls = vectors.stream(subject, 7, choose(backend))
        first, second = next(calls), next(calls)
        assert first != second and first == next(vectors.stream(subject, 7, choose("python")))
    assert next(vectors.stream("sigmoid", 7, REFERENCE)) != next(vectors.stream("sigmoid", 8, REFERENCE))


def test_a_flipped_bit_anywhere_is_named(tmp_path, monkeypatch):
    """100 of them: the file, the line, and what stands there now. (The folder to compare with is made once.)"""
    shutil.copytree(KEPT, tmp_path / "kept")
    extent, real = folder._extent(KEPT), folder.texts
    made = list(real(extent))
    monkeypatch.setattr(folder, "texts", lambda given, backend: made if given == extent else real(given, backend))
    files = sorted(path for path in (tmp_path / "kept").rglob("*") if path.is_file())
    sizes = [path.stat().st_size for path in files]
    draws = random.Random(6)
    for _ in range(100):
        path = draws.choices(files, sizes)[0]
        right = path.read_bytes()
        at = draws.randrange(len(right))
        path.write_bytes(right[:at] + bytes([right[at] ^ 1 << draws.randrange(8)]) + right[at + 1 :])
        try:
            found = vectors.difference(tmp_path / "kept")
        except rn.FileError as error:
            assert path.name == "manifest.json", error
            found = str(error)
        line = right.count(b"\n", 0, at) + 1
        assert path.name in found and (f"line {line}" in found or path.name == "manifest.json"), found
        path.write_bytes(right)
    assert vectors.difference(tmp_path / "kept") == ""


@pytest.mark.parametrize(("name", "old", "new", "words"), [
    ("runs/sgd.json", '"3fe0000000000000"', '"3fe0000000000001"',
     'runs/sgd.json: line 91, steps[0].values.rate.bits[0] (row 0, unit 0): "3fe0000000000001"; '
     'expected "3fe0000000000000"'),
    ("manifest.json", '"calls": 2', '"calls": 3', "or it is not as manifest.json says from calls 3, epochs 1, seed 0)"),
    ("functions/exp.json", "\n}\n", "\n}", "functions/exp.json: line 40: the end of the file; expected '\\n'"),
    ("FORMAT.md", "One operation, one rounding", "One operation, two roundings", "FORMAT.md: line"),
])  # fmt: skip
def test_a_difference_is_named(tmp_path, name, old, new, words):
    shutil.copytree(KEPT, tmp_path / "kept")
    text = (tmp_path / "kept" / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "kept" / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert words in vectors.difference(tmp_path / "kept")


def test_what_is_no_folder_of_vectors(tmp_path):
    with pytest.raises(FileNotFoundError):
        vectors.difference(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(rn.FileError, match=r"manifest.json: calls: 'no line'; expected"):
        vectors.difference(tmp_path)
    shutil.copytree(KEPT, tmp_path / "kept")
    (tmp_path / "kept" / "runs" / "adam.json").unlink()
    assert vectors.difference(tmp_path / "kept") == "runs/adam.json is missing"


def test_the_path_of_a_place():
    text = '{"a": {"b.c": [1, {"d]": "x,\\"}"}, [2, 3]]}, "e": 4}'
    places = {"1": "a.b.c[0]", '"x': "a.b.c[1].d]", "2": "a.b.c[2][0]", "3": "a.b.c[2][1]", "4": "e"}
    assert {mark: folder.path_at(text, text.index(mark)) for mark in places} == places


def test_other_forms(tmp_path):
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    vectors.write(tmp_path, Extent(2, 1, only="functions/e*,initializers/He,kernels/adam_update,runs/adam"))
    counts = {form: vectors.export(tmp_path, form) for form in vectors.EXPORTS}
    assert counts["c"] == len(documents(tmp_path)) == 5 and counts["npy"] == counts["readmemh"] > 100
    step = dumps.read(tmp_path / "runs/adam.json")[1]
    for name, numbers in step.items():
        place = f"runs/adam/step2/{name}"
        assert numpy.load(tmp_path / "npy" / f"{place}.npy").tolist() == numbers.tolist()
        lines = (tmp_path / "readmemh" / f"{place}.hex").read_text().splitlines()
        assert [dumps.number_of(line) for line in lines] == list(numbers.values)
    header = (tmp_path / "c/runs/adam.h").read_text()
    name = "runs_adam_step2_dense1_weights_new"
    (body,) = re.findall(rf"uint64_t {name}\[6\] = {{  /\* 3 x 2 \*/\n(.*?)}};", header, re.DOTALL)
    digits = re.findall(r"0x([0-9a-f]{16})u,", body)
    assert [dumps.number_of(each) for each in digits] == list(step["dense1.weights.new"].values)
