"""Does `refnet bench` do what its options say, and does what it shows fit every screen? No test asserts a time."""

import importlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

import refnet.kernels
from refnet import plots
from refnet.bench import kernels, peers, timing, workloads
from refnet.bench.cores import EPYC
from refnet.bench.timing import PYTHON, C
from refnet.cli import bench_tables as tables
from refnet.cli import main, screen
from refnet.kernels import SEAM


@pytest.fixture
def bench(monkeypatch, capsys):
    """Run the command with these arguments: (exit status, standard output, standard error)."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
                     "NPROC"):
        monkeypatch.setenv(variable, "1")  # bench sets them: what they were comes back
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments):
        status = main(["bench", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def no_c(monkeypatch):
    """As if the C core were not built."""
    monkeypatch.setenv("REFNET_REQUIRE_C", "0")
    monkeypatch.setattr(refnet.kernels.choosing, "_native", None)
    monkeypatch.setattr(refnet.kernels.choosing, "_why_no_c", refnet.kernels.BackendError("not built: for this test"))


# --- The command ---


def test_tables(bench):
    status, out, err = bench("--seconds", "1e-4", "--only", "tanh", "--only", "2-2-2", "--only", "call")
    assert (status, err) == (0, "")
    for text in ("machine", "Python", "Kernels (64×64)", "tanh_backward", "µs a training step", "sigmoid, 1"):
        assert text in out
    assert "standardize" not in out and "Growth" not in out
    assert "refnet Python not at all" in out


def test_without_c_what_is_too_slow_for_python_is_named(no_c, bench, tmp_path):
    arguments = ["--seconds", "1e-4", "--only", "1024³", "--only", "784-512", "--only", "2-2-2", "--only", "width"]
    status, out, err = bench("kernels", "networks", "scaling", *arguments)
    assert (status, err) == (0, "")
    assert "not built: for this test" in out and "Growth" in out
    for name in ("forward 1024³", "784-512-512-10, 128"):
        assert f"Not measured: {name}. C cannot take part, and Python would take seconds; --full times it" in out
    if importlib.util.find_spec("matplotlib"):
        path = tmp_path / "x.png"
        assert bench("networks", *arguments[:2], *arguments[6:8], "--plot", str(path))[0] == 0 and path.exists()


def test_json(bench):
    status, out, _ = bench("kernels", "networks", "--seconds", "1e-4", "--only", "relu", "--only", "xor", "--json")
    document = json.loads(out)
    assert status == 0
    assert set(document) == {"machine", "options", "kernels", "networks"}
    assert {"processor", "cores", "load", "system", "python", "compiler", "instruction_set", "threads", "peers",
            "peak_flops_per_second"} <= set(document["machine"])
    assert document["options"]["only"] == ["relu", "xor"]
    assert [each["name"] for each in document["kernels"]] == [name for name in SEAM if "relu" in name]
    for each in document["kernels"]:
        assert set(each["times"][C]) == {"seconds", "low", "high", "samples", "rounds", "own_share", "ratio"}
    assert document["networks"][0]["epochs"] == 10_000


def test_binary32(bench):
    """All sections but formats are in the format, which headings and documents name."""
    arguments = ["--number", "binary32", "--seconds", "1e-4", "--only", "tanh_backward", "--only", "2-2-2"]
    status, out, err = bench(*arguments)
    assert (status, err) == (0, "")
    assert "number    binary32" in out and "Kernels (64×64), binary32" in out and "\nbinary32  " in out
    assert "refnet Python not at all" in out and "Formats in C" in out
    status, out, _ = bench(*arguments, "--json")
    document = json.loads(out)
    assert status == 0 and document["machine"]["number"] == document["options"]["number"] == "binary32"
    assert {each["number"] for part in ("kernels", "networks") for each in document[part]} == {"binary32"}
    assert document["machine"]["peak_flops_per_second"] > 0.0
    assert [[*each["times"]] for each in document["formats"]] == [["binary64", "binary32"]]


def test_formats_that_c_does_not_have(bench):
    status, out, _ = bench("networks", "--number", "Q7.8", "--seconds", "1e-4", "--only", "2-2-2", "--only", "784-512")
    assert status == 0 and "C core    it has binary64 and binary32, not Q7.8" in out
    assert "Not measured: 784-512-512-10, 128. C cannot take part" in out and "peak" not in out
    assert "refnet Python" in out and "\nrefnet C " not in out


def test_formats_are_compared_in_c(bench, no_c):
    status, out, err = bench("formats")
    assert (status, out) == (2, "")
    assert err.startswith("refnet: formats: compares two number formats in C; ") and "not built: for this test" in err


def test_threads(bench, native):
    """C is measured on one as well, and afterwards the core is as it was."""
    before = native.threads
    status, out, _ = bench("networks", "--threads", "2", "--seconds", "1e-4", "--only", "2-2-2", "--json")
    document = json.loads(out)
    assert status == 0 and document["machine"]["threads"] == 2
    assert list(document["networks"][0]["times"]) == [C, timing.C_ONE, PYTHON]
    assert document["networks"][0]["loss_difference"] == {C: 0.0, timing.C_ONE: 0.0, PYTHON: 0.0}
    assert native.threads == before


def test_peers_are_named(bench):
    pytest.importorskip("numpy")
    status, out, _ = bench("networks", "--peers", "--seconds", "1e-4", "--only", "2-2-2", "--json")
    document = json.loads(out)
    assert status == 0 and "NumPy" in document["machine"]["peers"]
    record = document["networks"][0]
    assert record["times"]["NumPy f64"]["ratio"] > 0.0
    assert record["loss_difference"]["NumPy f64"] < 1e-13  # a hundred roundings


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["networks", "speed"],
         "speed: no such section; allowed: kernels, networks, small, startup, scaling, formats, cores, map"),
        (["map"], "map: compares with the best peer; it goes with --peers only"),
        (["networks", "--save", "no/such/folder.json"], "there is no folder no/such"),
        (["networks", "--only", "no-such"], "--only no-such: no such line in networks"),
        (["--number", "float32"], "--number: 'float32'; allowed: 'binary64', 'binary32', "),
        (["--number", "Q60.8"], "--number: 'Q60.8'; allowed: "),
        (["--number", "binary16", "--peers"], "--peers: they are measured in binary64 and binary32, not in binary16"),
        (["--threads", "0"], "--threads: '0'; allowed: whole numbers >= 1"),
        (["--seconds", "nan"], "--seconds: 'nan'; allowed: finite numbers > 0"),
        (["kernels", "--plot", "x.png"], "--plot draws networks, scaling and map; ask for one of them"),
        (["--plot", "x.pdf"], "--plot x.pdf: expected a name that ends in .png"),
        (["--plot", "no/such/folder.png"], "there is no folder no/such"),
        (["networks", "--seconds", "1e-4", "--only", "xor", "--plot", "x.png", "--json"], "--plot: nothing to draw"),
        (["--cpu-time", "--threads", "2"], "--cpu-time adds up the time of all threads"),
        (["--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_bad_arguments(bench, arguments, message):
    status, out, err = bench(*arguments)
    assert status == 2 and (out == "" or "--json" in arguments)
    assert err.startswith("refnet: ") and message in err and err.count("\n") == 1


def test_plot_without_matplotlib(bench, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, _, err = bench("networks", "--plot", str(tmp_path / "x.png"))
    assert status == 2 and "pip install 'refnet[plot]'" in err
    assert not list(tmp_path.iterdir())


def test_save(bench, tmp_path):
    """The tables on the screen, and the document in a file."""
    path = tmp_path / "x.json"
    status, out, _ = bench("networks", "--seconds", "1e-4", "--only", "2-2-2", "--save", str(path))
    document = json.loads(path.read_text(encoding="utf-8"))
    assert status == 0 and "µs a training step" in out
    assert [each["name"] for each in document["networks"]] == ["2-2-2"]
    assert document["options"]["only"] == ["2-2-2"] and document["machine"]["processor"]


def test_no_peer_is_installed(bench, monkeypatch):
    monkeypatch.setattr(peers, "CLASSES", ())
    status, out, err = bench("networks", "--peers", "--seconds", "1e-4", "--only", "2-2-2")
    assert status == 0 and "refnet Python" in out
    monkeypatch.undo()
    monkeypatch.setattr(peers, "module", lambda name: importlib.import_module("no_such_" + name))
    status, out, err = bench("map", "--peers")
    assert (status, out) == (2, "")
    assert "none is installed of NumPy, scikit-learn, PyTorch, JAX, numba" in err


def test_map_and_small_networks_against_peers(bench, tmp_path):
    pytest.importorskip("numpy")
    path = tmp_path / "x.png"
    plot = ["--plot", str(path)] if importlib.util.find_spec("matplotlib") else []
    status, out, err = bench("map", "small", "startup", "--peers", "--seconds", "1e-4", "--only", "10 × 16",
                             "--only", "2-2-1", "--only", "784-30-10, 10", *plot)
    assert (status, err) == (0, "")
    assert "best peer" in out and "width 16" in out and "first call" in out
    assert out.count("NumPy is a loop over minibatches in Python") == 1
    assert not plot or path.exists()


def test_plot(bench, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "x.png"
    arguments = ["networks", "scaling", "--seconds", "1e-4", "--only", "2-2-2", "--only", "depth"]
    assert bench(*arguments, "--plot", str(path))[0] == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_interrupted(bench, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(kernels, "one_kernel", interrupt)
    status, _, err = bench("kernels", "--only", "tanh", "--json")
    assert (status, err) == (130, "refnet: stopped\n")


def test_nothing_heavy_is_imported():
    """By the command line, with every file of bench and plots: not before peers or a picture are asked for."""
    script = (
        "import sys, refnet.cli\n"
        "from refnet.bench import kernels, networks, scaling, machine, peers\n"
        "from refnet.plots import benchmarks\n"
        "heavy = {'numpy', 'scipy', 'sklearn', 'torch', 'jax', 'numba', 'matplotlib', 'threadpoolctl'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).resolve().parents[2])


# --- The tables ---


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (1.04e-7, "104 ns"), (1e-10, "0.100 ns"), (1.9e-6, "1.90 µs"), (6.34e-5, "63.4 µs"), (1.0, "1.00 s"),
     (9.999e-4, "1.00 ms"), (7.854e-3, "7.85 ms"), (0.6, "600 ms"), (1234.0, "1,230 s"), (9.99e-6, "9.99 µs")],
)
def test_durations(seconds, text):
    assert plots.duration(seconds) == text


@pytest.mark.parametrize("value", [0.0123, 0.9994, 0.99951, 1.0, 9.994, 9.996, 99.94, 99.96, 999.4, 999.6, 12345.0])
def test_digits_are_three(value):
    text = plots.digits(value)
    assert float(text.replace(",", "")) == float(f"{value:.3g}")
    assert len(text.replace(",", "").replace(".", "").lstrip("0")) == max(3, len(str(round(value))))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_narrow_terminals(width, monkeypatch):
    """Networks in several tables, fewer points of the curves; each contestant and network is still there."""
    monkeypatch.setenv("COLUMNS", str(width))
    own = {name: {"seconds": 1.0, "ratio": 1.0} for name in (C, PYTHON, "scikit-learn f64")}
    steps = [
        {"name": each.name, "number": "Q7.8", "hidden": each.hidden, "batch": each.batch, "times": own, "notes": {},
         "profile": None, "flops_per_second": 1e9, "of_peak": 0.5, "loss_difference": {}} for each in workloads.NETWORKS
    ]
    lines = tables.networks(steps)
    assert max(map(len, lines)) <= width
    assert all(any(each.name in line for line in lines) for each in workloads.NETWORKS)
    sweep = {"name": "data", "of": "", "unit": "epoch", "values": [1, 10, 100, 1000, 10_000, 100_000, 10**6]}
    curve = {"number": "Q7.8", "seconds": {C: [0.0123] * 7}, "slope": {C: 1.0}, "slope_at_end": {C: 1.0}}
    lines = tables.scaling([{**sweep, **curve}])
    assert max(map(len, lines[1:])) <= width and "1,000,000" in lines[3]
    columns = {name: [1.0] * 12 for name in ("seconds", "efficiency", "alone", "waits")}
    estimate = {"name": "2-2", "number": "Q7.8", "batch": 1, "cores": [*range(1, 13)], **columns}
    lines = tables.cores([{**estimate, "machine": EPYC._asdict()}])
    assert max(map(len, lines)) <= width and lines[0].split()[-1] == "12"


def test_ascii_screens(monkeypatch, capsys):
    monkeypatch.setattr(screen, "can_show", lambda text, stream=None: text.isascii())
    screen.say("1.5 µs – 1024³")
    assert capsys.readouterr().out == "1.5 us - 1024^3\n"
