"""Does `refnet check` say yes when all is well, and no to each single thing that is not?"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import refnet
from refnet import lectures, verify
from refnet.arithmetic import elementary
from refnet.cli import check, main, parser
from refnet.kernels import REFERENCE, SEAM, native_or_none
from refnet.lectures import multilayer_networks_003
from refnet.verify import canonical, kernels, verdict

ROOT = Path(refnet.__file__).resolve().parents[1]
README = ROOT / "README.md"
BACKENDS = ["python", "c"] if native_or_none() else ["python"]
compute = lectures.results
needs_c = pytest.mark.skipif(native_or_none() is None, reason="needs the C core")


@pytest.fixture(scope="module")
def trainings():
    """The canonical network, trained once on each backend and in each checked format for all tests here."""
    found = {name: verify.train_canonical(name) for name in BACKENDS}
    return {**found, **{f"{name} binary32": verify.train_canonical(name, number="binary32")
                        for name in BACKENDS}}


@pytest.fixture(scope="module")
def examples():
    """The worked examples, computed once on each backend for all tests here."""
    return {name: lectures.results(name) for name in BACKENDS}


def training_of(trainings):
    """A stand-in for train_canonical."""
    return lambda name, tell=None, number="binary64": trainings[name if number == "binary64" else f"{name} {number}"]


@pytest.fixture
def quick(monkeypatch, trainings, examples):
    """`refnet check --cases 5` with options, without training and computing the examples again: (status, output)."""
    monkeypatch.setattr(verdict, "train_canonical", training_of(trainings))
    monkeypatch.setattr(lectures, "results", lambda name="python", entry=None: examples[name])
    monkeypatch.delenv("REFNET_BACKEND", raising=False)

    def run(capsys, *options):
        status = main(["check", "--cases", "5", *options])
        return status, capsys.readouterr().out

    return run


# --- The canonical network ---


@pytest.mark.parametrize("name", BACKENDS)
def test_the_canonical_network_ends_with_the_published_weights(trainings, name):
    assert trainings[name].backend == trainings[f"{name} binary32"].backend == name
    assert trainings[name].fingerprint == verify.CANONICAL_HASH
    assert trainings[f"{name} binary32"].fingerprint == verify.CANONICAL_HASHES["binary32"]


def test_the_readme_prints_the_same_hash():
    if not README.exists():
        pytest.skip("no README.md beside this copy of refnet")
    text = README.read_text(encoding="utf-8")
    assert verify.CANONICAL_HASH in text and verify.CANONICAL_HASHES["binary32"] in text


def test_the_canonical_training_is_no_idle_one(trainings):
    losses = trainings["python"].losses
    assert all(loss == loss and loss < 10.0 for loss in losses)
    assert losses[-1] < 0.1 * losses[0]


def test_every_parameter_of_the_canonical_network_has_a_gradient_in_every_number():
    network = verify.canonical_network("python")
    inputs, labels = verify.canonical_data()
    network.forward(inputs, training=True)
    network.loss(labels, refnet.CrossEntropy())
    network.backward()
    for name, gradient in network.gradients.items():
        numbers = [g for row in gradient for g in (row if isinstance(row, list) else [row])]
        assert all(g != 0.0 and g == g for g in numbers), name


def test_a_network_that_learns_a_bit_less_has_another_hash():
    network = verify.canonical_network("python")
    before = network.fingerprint()
    bias = network.get("dense5.bias")
    network.set("dense5.bias", [bias[0] + 5e-324, *bias[1:]])
    assert network.fingerprint() != before


# --- All is well ---


def test_all_is_well(quick, capsys):
    """The verdict first and last, a line for each check, the hash once, and all of it on one screen."""
    status, out = quick(capsys)
    lines = out.splitlines()
    assert status == 0 and len(lines) <= 24
    assert lines[0].startswith("✓ ") and "right bits" in lines[0] and out.count(lines[0]) == 2
    shown = lectures.results("python")
    examples, entries = len(shown), len({each.entry for each in shown})
    found = {"worked examples": rf"{examples} of {examples} as published \({entries} entries\)",
             "network": f"{len(BACKENDS)} of {len(BACKENDS)} trained to the published SHA-256"}
    if len(BACKENDS) == 2:
        assert lines[0] == lines[-1] == "✓ Both backends compute the right bits in binary64 and binary32."
        assert max(map(len, lines)) <= 80
        found["kernels"] = f"{len(SEAM)} of {len(SEAM)} equal, {5 * len(SEAM):,} cases, "
    for name, said in found.items():
        line = next(line for line in lines if line[2:].startswith(name))  # the other is binary32's
        assert re.match(rf"✓ {name} +\d+\.\d\d s  {said}", line), line
    assert out.count(verify.CANONICAL_HASH) == 1 and "✗" not in out
    of_binary32 = lines[lines.index("  binary32") + 1 :]
    assert [line[2:9] for line in of_binary32[:3]] == ["kernels", "network", "SHA-256"]
    assert of_binary32[2].split() == ["SHA-256", verify.CANONICAL_HASHES["binary32"]]


def test_verbose_adds_every_example_and_kernel_between_the_verdicts(quick, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    status, out = quick(capsys, "--verbose")
    short = quick(capsys)[1].splitlines()
    lines = out.splitlines()
    assert status == 0 and lines[0] == short[0] and lines[-1] == short[-1]
    assert [line[:17] for line in lines[:6]] == [line[:17] for line in short[:6]]  # but for the times
    assert f"refnet {refnet.__version__}" in out and "45 epochs, loss 1.182 → 0.012" in out
    examples = [line for line in lines if line.endswith("  ✓")]
    assert len(examples) == len(lectures.results("python"))
    title = lines.index("Neural Networks: multi-layer networks and the backpropagation model")
    assert lines[title - 1] == "" and lines[title + 1].strip().startswith('"Feeding data through the NN')
    assert '     "In class exercise"' in lines
    assert not re.search(r"00\d_|\.txt", out)  # a file's name says nothing to a student
    if len(BACKENDS) == 2:
        for kernel in SEAM:
            assert re.search(rf"✓ {kernel}( |$)", out, re.M)
        assert "times as fast" in out


def test_every_example_stands_on_a_slide(examples):
    entries = {(module.lecture.source, entry) for module in lectures.LECTURES for entry in module.lecture.slides}
    assert {(each.source, each.entry) for each in examples["python"]} == entries
    for module in lectures.LECTURES:
        for entry, slide in module.lecture.slides.items():
            title, slides = lectures.heading(module.lecture.source, entry)
            assert title == lectures.TITLES[module.lecture.source] and slide in slides


def test_json_is_one_document_and_nothing_else(quick, capsys):
    status, out = quick(capsys, "--json", "--seed", "5")
    found = json.loads(out)
    assert status == 0 and found["ok"] is True and found["failures"] == []
    assert found["backends"] == BACKENDS
    assert len(found["examples"]) == len(lectures.results("python"))
    assert all(each["agrees"] and not each["differs"] for each in found["examples"])
    assert found["canonical"]["published"] == verify.CANONICAL_HASH
    assert [each["fingerprint"] for each in found["canonical"]["trained"]] == [verify.CANONICAL_HASH] * len(BACKENDS)
    if len(BACKENDS) == 2:
        assert found["kernels"]["seed"] == 5 and found["canonical"]["c_is_faster"] > 0
        assert all(each["cases"] == 5 and each["difference"] == "" for each in found["kernels"]["compared"])


def test_the_number_of_cases_is_at_least_two_thousand_unless_told():
    assert parser().parse_args(["check"]).cases is None and check.CASES >= 2000


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_it_fits_the_terminal(quick, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    status, out = quick(capsys)
    assert status == 0
    if width >= 40:
        long = [line for line in out.splitlines() if len(line) > width]
        assert all(line.strip() in verify.CANONICAL_HASHES.values() for line in long), long  # to be copied in one piece
    status, out = quick(capsys, "--verbose")
    assert status == 0
    if width >= 60:
        hashes = verify.CANONICAL_HASHES.values()
        long = [line for line in out.splitlines() if len(line) > width and line.split()[-1] not in hashes]
        # A quantity's name that is longer than the line keeps it to itself.
        assert all(line[:3].strip().isdigit() and "✓" not in line for line in long), long


# --- Without C ---


def test_the_reference_alone_where_the_environment_says_so(quick, capsys, monkeypatch):
    monkeypatch.setenv("REFNET_BACKEND", "python")
    status, out = quick(capsys)
    assert status == 0
    text = " ".join(out.split())
    verdict = "✓ The reference computes the right bits in binary64 and binary32. The C core was not checked: " \
        "REFNET_BACKEND=python"
    assert text.startswith(verdict) and text.count(verdict) == 2
    assert "not compared" in text and "1 of 1 trained to the published SHA-256" in text
    assert out.count(verify.CANONICAL_HASH) == 1


def test_the_reference_alone_where_there_is_no_c_core(quick, capsys, monkeypatch):
    import refnet.kernels

    monkeypatch.setattr(refnet.kernels.choosing, "_native", None)
    why = refnet.BackendError("the C core is not built: for this test")
    monkeypatch.setattr(refnet.kernels.choosing, "_why_no_c", why)
    monkeypatch.delenv("REFNET_REQUIRE_C", raising=False)
    status, out = quick(capsys)
    assert status == 0
    assert "was not checked: the C core is not built: for this test." in " ".join(out.split())
    status, out = quick(capsys, "--json")
    found = json.loads(out)
    assert found["backends"] == ["python"] and found["why_not_c"] == "the C core is not built: for this test"

    monkeypatch.setenv("REFNET_REQUIRE_C", "1")  # asked for and not there: not a success
    assert main(["check"]) == 2
    assert "REFNET_REQUIRE_C=1, but the C core is not built" in capsys.readouterr().err


# --- Something differs ---


@needs_c
def test_a_kernel_that_differs_by_a_bit(quick, capsys, monkeypatch):
    right = REFERENCE.relu_backward

    def wrong(z, d, at_zero):
        gradient = right(z, d, at_zero)
        last = gradient[-1][-1]
        gradient[-1][-1] = -0.0 if last == 0.0 and str(last) == "0.0" else last
        return gradient

    monkeypatch.setattr(REFERENCE, "relu_backward", wrong)
    status, out = quick(capsys, "--seed", "3")
    assert status == 1
    lines, text = out.splitlines(), " ".join(out.split())
    assert lines[0] == lines[-1] == "✗ Something differs: kernels." and len(lines) <= 24
    assert re.search(rf"✗ kernels .* {len(SEAM) - 1} of {len(SEAM)} equal, .*; the kernel relu_backward", text)
    # What it takes to find it: kernel, case, seed, place, both values as hex.
    assert re.search(r"✗ kernel relu_backward, .*case \d+ of seed 3 \(z \d×\d, .*row \d, column \d: "
                     r"-0\.0 \(-0x0\.0p\+0\) against 0\.0 \(0x0\.0p\+0\)", text)
    status, out = quick(capsys, "--verbose")
    assert status == 1 and "✗ relu_backward" in out and "✓ relu\n" in out.replace("  ", "\n")
    assert "0x0.0p+0" in out
    status, out = quick(capsys, "--json")
    found = json.loads(out)
    assert status == 1 and found["ok"] is False and found["failures"] == ["the kernel relu_backward"]


def test_a_published_digit_that_does_not_come_out(quick, capsys, monkeypatch):
    monkeypatch.setenv("REFNET_BACKEND", "python")
    right = elementary.sigmoid
    monkeypatch.setattr(elementary, "sigmoid", lambda x: right(x) + 1e-3)
    monkeypatch.setattr(lectures, "results", compute)
    monkeypatch.setattr(lectures, "LECTURES", [multilayer_networks_003])
    status, out = quick(capsys)
    assert status == 1
    text = " ".join(out.split())
    assert text.startswith("✗ Something differs: worked examples.") and "do not give their published digits" in text
    assert re.search(r"✗ worked example 1, .*: published 0\.3775, Python 0\.37854\d+ \(0x1\.\w+p-2\)", text)
    assert "more (--verbose shows all)" in text and len(out.splitlines()) <= 24


@needs_c
def test_a_worked_example_with_other_bits_in_c(quick, capsys, monkeypatch):
    right = lectures.results

    def wrong(backend, entry=None):
        found = list(right(backend, entry))
        if backend == "c":
            found[0] = found[0]._replace(computed=found[0].computed + 2e-16)  # the digits still agree
        return found

    monkeypatch.setattr(lectures, "results", wrong)
    status, out = quick(capsys)
    assert status == 1
    text = " ".join(out.split())
    assert f"1 of {len(right('python'))} worked examples have other bits in C" in text
    assert f"published 0.3775, Python {right('c')[0].computed!r}" in text
    assert f"({wrong('c')[0].computed.hex()})" in text
    assert f"c {wrong('c')[0].computed.hex()}" in quick(capsys, "--verbose")[1]


def test_lectures_that_are_gone(quick, capsys, monkeypatch):
    monkeypatch.setattr(lectures, "results", lambda backend, entry=None: [])
    status, out = quick(capsys)
    assert status == 1 and "there is no worked example" in " ".join(out.split())  # wherever the line is folded


def test_another_hash(quick, capsys, monkeypatch):
    monkeypatch.setitem(canonical.CANONICAL_HASHES, "binary64", "0" * 64)
    status, out = quick(capsys)
    assert status == 1 and out.startswith("✗ Something differs: network.")
    assert f"0 of {len(BACKENDS)} trained" in out and all(f"✗ {name} " in out for name in BACKENDS)
    assert f"published  {'0' * 64}" in out and out.count(verify.CANONICAL_HASH) == len(BACKENDS)
    assert "the canonical network's hash on python" in json.loads(quick(capsys, "--json")[1])["failures"]


def test_another_hash_in_binary32(quick, capsys, monkeypatch):
    monkeypatch.setitem(canonical.CANONICAL_HASHES, "binary32", "0" * 64)
    status, out = quick(capsys)
    assert status == 1 and out.startswith("✗ Something differs: network in binary32.")
    found = json.loads(quick(capsys, "--json")[1])
    assert found["ok"] is True and found["other_formats"][0]["ok"] is False


@pytest.mark.parametrize("number", list(verify.CANONICAL_HASHES)[2:])
def test_the_canonical_network_of_each_other_format_ends_with_its_published_weights(number):
    trained = verify.train_canonical("python", number=number)
    assert trained.fingerprint == verify.CANONICAL_HASHES[number] and trained.losses[-1] < trained.losses[0]


def test_one_format_alone(quick, capsys, monkeypatch, examples):
    """Its published digits are binary64's: how many come out is said, and none has to."""
    fingerprint = verify.CANONICAL_HASHES["bfloat16"]
    training = verify.Training("python", "bfloat16", fingerprint, 1.0, [1.0, 0.5])
    monkeypatch.setattr(verdict, "train_canonical", lambda name, tell=None, number="": training)
    monkeypatch.setattr(lectures, "results", lambda backend, entry=None: [
        each._replace(agrees=i > 2) for i, each in enumerate(examples["python"])])
    status, out = quick(capsys, "--number", "bfloat16")
    total = len(examples["python"])
    assert status == 0 and f"{total - 3} of {total} as published" in out and f"SHA-256    {fingerprint}" in out
    assert out.startswith("✓ The reference computes the right bits in bfloat16.") and "binary64" not in out


@needs_c
def test_another_loss_on_the_way(quick, capsys, monkeypatch, trainings):
    trained = trainings["c"]
    other = trained._replace(losses=[trained.losses[0] + 1e-9, *trained.losses[1:]])
    monkeypatch.setattr(verdict, "train_canonical", training_of({**trainings, "c": other}))
    for options in ([], ["--verbose"]):
        status, out = quick(capsys, *options)
        text = " ".join(out.split())
        assert status == 1 and out.startswith("✗ Something differs: network.") and "✗ network's losses" in text
        assert f"row 0, column 0: {trained.losses[0]!r} ({trained.losses[0].hex()}) against" in text
    assert json.loads(quick(capsys, "--json")[1])["failures"] == ["the canonical network's losses"]


@needs_c
def test_what_differs_everywhere_stays_on_one_screen(quick, capsys, monkeypatch, trainings):
    """Every kernel, every example, hash and losses."""
    right = lectures.results
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(lectures, "results", lambda backend, entry=None: [
        each._replace(computed=each.computed + (backend == "c"), agrees=False) for each in right(backend)])
    monkeypatch.setattr(kernels, "first_difference", lambda a, b: "row 0, column 0: 1.0 (0x1p+0) against 2.0 (0x2p+0)")
    monkeypatch.setitem(canonical.CANONICAL_HASHES, "binary64", "0" * 64)
    status, out = quick(capsys)
    lines = out.splitlines()
    assert status == 1 and len(lines) <= 40 and max(map(len, lines)) <= 84
    assert " ".join(lines).startswith("✗ Something differs: worked examples, kernels, network")
    assert f"0 of {len(SEAM)} equal" in out and f"and {len(SEAM) - 1} more" in " ".join(out.split())


# --- From outside ---


QUICK = """
import sys
from refnet import cli, lectures, verify
lectures.LECTURES = [lectures.training_001, lectures.multilayer_networks_003]  # with the slides' ŷ
verify.verdict.train_canonical = lambda name, tell=None, number="binary64": verify.Training(
    name, number, verify.CANONICAL_HASHES[number], 1.0, [1.0, 0.5])
sys.exit(cli.main())
"""


def start(*options, **settings):
    """A process of its own that checks two lectures, and takes the training as done."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.pop("env", {})}
    environment.pop("REFNET_BACKEND", None)
    command = [sys.executable, "-c", QUICK, *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)


def test_whoever_stops_reading_is_not_bothered():
    process = start("check", "--cases", "3")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def test_ascii_where_the_output_has_no_more():
    process = start("check", "--cases", "3", "--verbose", env={"PYTHONIOENCODING": "ascii"})
    out, err = process.communicate()
    assert process.returncode == 0 and err == b""
    text = out.decode("ascii")
    assert "ok affine" in text or len(BACKENDS) == 1
    verdict = text.splitlines()[0]
    assert verdict.startswith(("ok Both backends", "ok The reference")) and text.count(verdict) == 2
    rows = [line for line in text.splitlines() if line.endswith("  ok")]
    assert any("y^" in line for line in rows)
    assert len({len(line) for line in rows}) == 1  # aligned also where ŷ became y^
