"""Does `refnet check` say yes when all is well, and no to each single thing that is not?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import refnet
from refnet import lectures
from refnet.arithmetic import elementary
from refnet.cli import main
from refnet.kernels import REFERENCE, native_or_none
from refnet.verify import check

ROOT = Path(refnet.__file__).resolve().parents[1]
README = ROOT / "README.md"
BACKENDS = ["python", "c"] if native_or_none() else ["python"]
needs_c = pytest.mark.skipif(native_or_none() is None, reason="needs the C core")


@pytest.fixture(scope="module")
def trainings():
    """The canonical network, trained once on each backend for all tests here."""
    return {name: check.train_canonical(name) for name in BACKENDS}


@pytest.fixture
def quick(monkeypatch, trainings):
    """`refnet check --cases 20` with options, without training again: (status, output)."""
    monkeypatch.setattr(check, "train_canonical", trainings.__getitem__)
    monkeypatch.delenv("REFNET_BACKEND", raising=False)

    def run(capsys, *options):
        status = main(["check", "--cases", "20", *options])
        return status, capsys.readouterr().out

    return run


# --- The canonical network ---


@pytest.mark.parametrize("name", BACKENDS)
def test_the_canonical_network_ends_with_the_published_weights(trainings, name):
    assert trainings[name].backend == name
    assert trainings[name].fingerprint == check.CANONICAL_HASH


def test_the_readme_prints_the_same_hash():
    if not README.exists():
        pytest.skip("no README.md beside this copy of refnet")
    assert check.CANONICAL_HASH in README.read_text(encoding="utf-8")


def test_the_canonical_training_is_no_idle_one(trainings):
    losses = trainings["python"].losses
    assert all(loss == loss and loss < 10.0 for loss in losses)
    assert losses[-1] < 0.1 * losses[0]


def test_every_parameter_of_the_canonical_network_has_a_gradient_in_every_number():
    network = check.canonical_network("python")
    inputs, labels = check.canonical_data()
    network.forward(inputs, training=True)
    network.loss(labels, refnet.CrossEntropy())
    network.backward()
    for name, gradient in network.gradients.items():
        numbers = [g for row in gradient for g in (row if isinstance(row, list) else [row])]
        assert all(g != 0.0 and g == g for g in numbers), name


def test_a_network_that_learns_a_bit_less_has_another_hash():
    network = check.canonical_network("python")
    before = network.fingerprint()
    bias = network.get("dense5.bias")
    network.set("dense5.bias", [bias[0] + 5e-324, *bias[1:]])
    assert network.fingerprint() != before


# --- All is well ---


def test_all_is_well(quick, capsys):
    status, out = quick(capsys)
    assert status == 0
    assert f"{len(lectures.results('python'))} of" in out
    assert out.count(check.CANONICAL_HASH) == 1 + len(BACKENDS)
    assert "✗" not in out and "right bits" in " ".join(out.split())
    if len(BACKENDS) == 2:
        for kernel in ("affine", "softmax", "nesterov_update"):
            assert f"✓ {kernel}" in out
        assert "times as fast" in out
        assert out.endswith("\n✓ Both backends compute the right bits.\n")


def test_json_is_one_document_and_nothing_else(quick, capsys):
    status, out = quick(capsys, "--json", "--seed", "5")
    found = json.loads(out)
    assert status == 0 and found["ok"] is True and found["failures"] == []
    assert found["backends"] == BACKENDS
    assert len(found["examples"]) == len(lectures.results("python"))
    assert all(each["agrees"] and not each["differs"] for each in found["examples"])
    assert found["canonical"]["published"] == check.CANONICAL_HASH
    assert [each["fingerprint"] for each in found["canonical"]["trained"]] == [check.CANONICAL_HASH] * len(BACKENDS)
    if len(BACKENDS) == 2:
        assert found["kernels"]["seed"] == 5 and found["canonical"]["c_is_faster"] > 0
        assert all(each["cases"] == 20 and each["difference"] == "" for each in found["kernels"]["compared"])


def test_the_number_of_cases_is_at_least_two_thousand_unless_told():
    from refnet.cli import parser

    assert parser().parse_args(["check"]).cases >= 2000


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_it_fits_the_terminal(quick, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    status, out = quick(capsys)
    assert status == 0
    if width >= 60:
        long = [line for line in out.splitlines() if len(line) > width and check.CANONICAL_HASH not in line]
        # A quantity's name that is longer than the line keeps it to itself.
        assert all(line[:3].strip().isdigit() and "✓" not in line for line in long), long


# --- Without C ---


def test_the_reference_alone_where_the_environment_says_so(quick, capsys, monkeypatch):
    monkeypatch.setenv("REFNET_BACKEND", "python")
    status, out = quick(capsys)
    assert status == 0
    text = " ".join(out.split())
    assert "not compared" in text
    assert "✓ The reference computes the right bits. The C core was not checked: REFNET_BACKEND=python" in text
    assert out.count(check.CANONICAL_HASH) == 2


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
    status, out = quick(capsys)
    assert status == 1
    assert "✗ relu_backward" in out and "✓ relu\n" in out.replace("  ", "\n")
    text = " ".join(out.split())
    assert "column" in text and "0x0.0p+0" in text  # the place and both values, as hex
    assert "Something differs: the kernel relu_backward." in text
    status, out = quick(capsys, "--json")
    found = json.loads(out)
    assert status == 1 and found["ok"] is False and found["failures"] == ["the kernel relu_backward"]


def test_a_published_digit_that_does_not_come_out(quick, capsys, monkeypatch):
    monkeypatch.setenv("REFNET_BACKEND", "python")
    right = elementary.sigmoid
    monkeypatch.setattr(elementary, "sigmoid", lambda x: right(x) + 1e-3)
    status, out = quick(capsys)
    assert status == 1
    assert "✗" in out and "do not give their published digits" in " ".join(out.split())


@needs_c
def test_a_worked_example_with_other_bits_in_c(quick, capsys, monkeypatch):
    right = lectures.results

    def wrong(backend):
        found = list(right(backend))
        if backend == "c":
            found[0] = found[0]._replace(computed=found[0].computed + 2e-16)  # the digits still agree
        return found

    monkeypatch.setattr(lectures, "results", wrong)
    status, out = quick(capsys)
    assert status == 1
    text = " ".join(out.split())
    assert f"1 of {len(right('python'))} worked examples have other bits in C" in text
    assert f"c {wrong('c')[0].computed.hex()}" in text


def test_lectures_that_are_gone(quick, capsys, monkeypatch):
    monkeypatch.setattr(lectures, "results", lambda backend: [])
    status, out = quick(capsys)
    assert status == 1 and "there is no worked example" in out


def test_another_hash(quick, capsys, monkeypatch):
    monkeypatch.setattr(check, "CANONICAL_HASH", "0" * 64)
    status, out = quick(capsys)
    assert status == 1
    assert "✗ python" in out and "canonical network's hash on python" in " ".join(out.split())


@needs_c
def test_another_loss_on_the_way(quick, capsys, monkeypatch, trainings):
    trained = trainings["c"]
    other = trained._replace(losses=[trained.losses[0] + 1e-9, *trained.losses[1:]])
    monkeypatch.setattr(check, "train_canonical", {**trainings, "c": other}.__getitem__)
    status, out = quick(capsys)
    assert status == 1 and "canonical network's losses" in " ".join(out.split())


# --- From outside ---


def start(*options, **settings):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings.pop("env", {})}
    environment.pop("REFNET_BACKEND", None)
    command = [sys.executable, "-m", "refnet", *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)


def test_whoever_stops_reading_is_not_bothered():
    process = start("check", "--cases", "3")
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


def test_ascii_where_the_output_has_no_more():
    process = start("check", "--cases", "3", env={"PYTHONIOENCODING": "ascii"})
    out, err = process.communicate()
    assert process.returncode == 0 and err == b""
    text = out.decode("ascii")
    assert "ok affine" in text or len(BACKENDS) == 1
    assert "\nok Both backends" in text or "\nok The reference" in text
    rows = [line for line in text.splitlines() if line.endswith("  ok")]
    assert len({len(line) for line in rows}) == 1  # aligned also where ŷ became y^
