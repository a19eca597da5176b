"""Does `refnet bench cores` say what more cores would do, on every screen, and does docs/cores.md say the same?"""

import json
import re
from pathlib import Path

import pytest

import refnet.kernels
from refnet.bench import cores
from refnet.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "cores.md").read_text(encoding="utf-8")


@pytest.fixture
def bench(monkeypatch, capsys):
    """Run `refnet bench cores` with these arguments: (exit status, standard output, standard error)."""
    monkeypatch.setenv("COLUMNS", "120")
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        monkeypatch.setenv(variable, "1")

    def run(*arguments):
        status = main(["bench", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_the_table(bench, native):
    status, out, err = bench("cores")
    assert (status, err) == (0, "")
    for text in ("784-512-512-10, 4,096", "784-30-10, 10", "efficiency", "waits", "64\n", "Estimated, not measured"):
        assert text in out


@pytest.mark.parametrize("width", [60, 80, 100])
def test_narrow_terminals(width, bench, native, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    _, out, _ = bench("cores")
    assert max(map(len, out.splitlines())) <= width and " 64\n" in out


def test_a_network_of_ones_own(bench, native):
    status, out, _ = bench("cores", "--network", "6-5-3", "--batch", "32", "--number", "binary32", "--json")
    (record,) = json.loads(out)["cores"]
    assert (status, record["name"], record["batch"], record["number"]) == (0, "6-5-3", 32, "binary32")
    assert sum(call["multiply_adds"] for call in record["calls"]) == 32 * (3 * 45 - 30)


@pytest.mark.parametrize(("arguments", "message"), [
    (["--network", "6-5-3"], "--network: only with the section cores, and no other"),
    (["cores", "networks", "--network", "6-5-3"], "--network: only with the section cores, and no other"),
    (["cores", "--network", "6"], "--network: '6'; expected units from inputs to outputs"),
    (["cores", "--batch", "0"], "--batch: '0'; allowed: whole numbers >= 1"),
    (["cores", "--batch", "7"], "--batch 7: expected with --network"),
])
def test_bad_arguments(bench, arguments, message):
    status, out, err = bench(*arguments)
    assert (status, out) == (2, "") and err.startswith("refnet: ") and message in err and err.count("\n") == 1


def test_without_c(bench, monkeypatch):
    monkeypatch.setenv("REFNET_REQUIRE_C", "0")
    monkeypatch.setattr(refnet.kernels.choosing, "_native", None)
    monkeypatch.setattr(refnet.kernels.choosing, "_why_no_c", refnet.kernels.BackendError("not built: for this test"))
    status, out, err = bench("cores")
    assert (status, out) == (2, "") and err.startswith("refnet: cores: estimates the threads of C; ")


# --- The page ---


def rows(title):
    """The cells of the page's table whose first header is this, without its headers."""
    text = PAGE[PAGE.index(f"| {title} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[2:]]


def test_the_page_counts_right(native):
    """Multiply-adds, elementwise operations, and MB read and written of each step, and of each call of the first."""
    found = {}
    for workload in cores.NETWORKS:
        calls = cores.step_of(workload, native).calls
        totals = [sum(getattr(call, name) for call in calls)
                  for name in ("multiply_adds", "elementwise", "read", "written")]
        found[f"{workload.name}, {workload.batch:,}"] = [
            f"{totals[0]:,}", f"{totals[1]:,}", *(f"{total / 1e6:,.2f}" for total in totals[2:])]
    assert {name: cells for name, *cells, _ in rows("a step")} == found
    calls = cores.step_of(cores.NETWORKS[0], native).calls
    assert sum(1 for call in calls if call.multiply_adds) == len(rows("product")) == 8
    for call, (name, _, *cells) in zip([call for call in calls if call.multiply_adds], rows("product")):
        assert name == f"`{call.kernel}`"
        assert cells == [f"{call.multiply_adds:,}", f"{call.read / 1e6:.2f}", f"{call.written / 1e6:.2f}"]


def test_the_page_s_efficiencies(native):
    """Within 0.05: what the page says outlives small changes of what a kernel is said to cost."""
    for workload, (name, *cells) in zip(cores.NETWORKS, rows("efficiency")):
        assert name == f"{workload.name}, {workload.batch:,}"
        step = cores.step_of(workload, native)
        times = [cores.estimate(step, number).seconds for number in cores.CORES]
        for number, seconds, cell in zip(cores.CORES, times, cells):
            assert re.fullmatch(r"\d\.\d\d", cell) and abs(times[0] / (number * seconds) - float(cell)) <= 0.05, name
