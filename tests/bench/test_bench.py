"""`refnet bench`: its options, its records, and that the contestants train the same network. No test asserts a time."""

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from refnet.bench import __main__ as command
from refnet.bench import kernels, machine, networks, scaling, tables, timing, workloads
from refnet.bench.timing import PYTHON, C, Repeated, Settings, in_turns, slope
from refnet.bench.workloads import Workload
from refnet.kernels import choose
from refnet.kernels.seam import SEAM

SMALL = Workload((4, 3, 3), "sigmoid", "binary-cross-entropy", 4, 24, 0.5)
PEERS = {"NumPy": "numpy", "ScikitLearn": "sklearn", "PyTorch": "torch", "PyTorch32": "torch"}


@pytest.fixture
def settings(native):
    return Settings(seconds=1e-3, rounds=2, full=False, native=native)


@pytest.fixture
def bench(monkeypatch, capsys):
    """Run the command with these arguments: (exit status, standard output, standard error)."""
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        monkeypatch.setenv(variable, "1")  # bench sets them: what they were comes back
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["bench", *arguments])
        status = command.main()
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def peer(name):
    pytest.importorskip(PEERS[name], exc_type=ImportError)
    from refnet.bench import peers

    return getattr(peers, name)


# --- Measuring ---


@pytest.mark.parametrize("exponent", [-1, 0, 1, 2, 3])
def test_the_slope_of_a_power_law_is_its_exponent(exponent):
    x = [1, 2, 8, 64, 1024]
    assert slope(x, [5.0 * value**exponent for value in x]) == pytest.approx(exponent, abs=1e-12)
    assert slope(x, [4.0 * value**exponent for value in x]) == exponent  # powers of two: no rounding at all


def test_the_slope_is_the_least_squares_one():
    # Points (0, 0), (1, 2), (2, 1), (3, 3) in log2: Σ(x−x̄)(y−ȳ) / Σ(x−x̄)² = 4/5.
    assert slope([1, 2, 4, 8], [1, 4, 2, 8]) == pytest.approx(0.8, abs=1e-15)


def test_no_slope_through_one_point():
    assert slope([], []) is None
    assert slope([3], [1.0]) is None
    assert slope([3, 3], [1.0, 2.0]) is None


def test_quantiles():
    assert timing.quantile([1.0], 0.5) == 1.0
    assert timing.quantile([1.0, 2.0], 0.5) == 1.5
    assert timing.quantile([0.0, 10.0, 20.0, 30.0, 40.0], 0.25) == 10.0
    assert timing.quantile([0.0, 10.0, 20.0], 1.0) == 20.0


class Fixed:
    """A contestant whose samples are known."""

    def __init__(self, name, samples, order=None):
        self.name, self.samples, self.order = name, list(samples), order

    def turn(self, seconds):
        if self.order is not None:
            self.order.append(self.name)
        return [self.samples.pop(0)]


def test_medians_and_ratios():
    slow = Fixed(PYTHON, [(0.06, 2), (0.1, 1), (0.02, 1)])
    times = in_turns([Fixed(C, [(0.01, 1), (0.04, 2), (0.09, 3)]), slow], 1.0, 3)
    assert times[C] == {"seconds": 0.02, "low": 0.015, "high": 0.025, "samples": 3, "ratio": 1.0}
    assert times[PYTHON]["seconds"] == 0.03 and times[PYTHON]["ratio"] == 0.03 / 0.02


def test_without_c_there_is_no_ratio():
    assert in_turns([Fixed(PYTHON, [(1.0, 1)])], 1.0, 1)[PYTHON]["ratio"] is None


def test_turns_are_interleaved_and_the_first_changes():
    order = []
    in_turns([Fixed(name, [(0.0, 1)] * 3, order) for name in "abc"], 1.0, 3)
    assert "".join(order) == "abcbcacab"


def test_who_has_had_its_time_waits():
    order = []
    in_turns([Fixed("slow", [(1.0, 1)] * 3, order), Fixed("fast", [(0.1, 1)] * 3, order)], 1.0, 3)
    assert order.count("slow") == 1 and order.count("fast") == 3


def test_repetitions_are_counted():
    done = []

    def repeat(count):
        done.append(count)
        time.sleep(1e-3)

    samples = Repeated("x", repeat).turn(0.01)
    assert all(took >= 1e-3 for took, _ in samples)
    assert [count for _, count in samples] == done[-len(samples) :]


def test_processor_time_leaves_waiting_out():
    contestant = Repeated("x", lambda count: time.sleep(0.01 * count))
    contestant.count = 1
    with timing.clock.of_processor(True):
        assert contestant._sample()[0] < 0.01  # sleeping costs none
    with timing.clock.of_processor(False):
        assert contestant._sample()[0] >= 0.01


# --- Contestants ---


def test_every_kernel_has_arguments_both_backends_take(settings):
    """And equal results on them."""
    for signature in SEAM.values():
        values = [kernels._argument(parameter, i) for i, parameter in enumerate(signature.arguments)]
        results = []
        for k in (choose("python"), settings.native):
            own = kernels._own(k, values)
            result = getattr(k, signature.name)(*own)
            changed = [m for m, p in zip(own, signature.arguments) if p.updated]
            results.append([k.tolist(m) for m in ([result] if signature.result else []) + changed])
        assert results[0] == results[1], signature.name  # none of them is NaN


def test_a_kernel_replayed_runs_as_often_as_asked(native):
    total, one = native.matrix([[0.0]]), native.matrix([[1.0]])
    repeat = kernels.replayed(native, "accumulate", [total, one])
    for count in (1, 64, 65, 1000):
        before = total[0, 0]
        repeat(count)
        assert total[0, 0] == before + count


@pytest.mark.parametrize("backend", ["python", "c"])
def test_fit_is_left_and_continued(backend, native):
    """After some turns the network is where plain `fit` would be after as many steps."""
    data = workloads.data(SMALL)
    contestant = networks.Refnet(SMALL, data, backend)
    for _ in range(3):
        assert contestant.turn(1e-3)
    steps = contestant.network.progress.step
    assert steps >= 3
    rest = -steps % SMALL.steps
    while contestant.network.progress.position:
        contestant.fit(1)
        rest -= SMALL.steps
    straight = networks.Refnet(SMALL, data, backend)
    straight.fit(contestant.network.epoch)
    assert straight.network.fingerprint() == contestant.network.fingerprint()


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize(
    ("hidden", "loss"),
    [("tanh", "cross-entropy"), ("sigmoid", "binary-cross-entropy"), ("relu", "half-squared-error"),
     ("relu", "cross-entropy")],
)
def test_peers_train_the_same_network(name, loss, hidden):
    """To rounding: the losses of ten epochs from the same weights, whose first differs from the last by much more."""
    cls = peer(name)
    workload = SMALL._replace(loss=loss, hidden=hidden)
    data = workloads.data(workload)
    contestant = cls(workload, data, shuffle=False)
    if contestant.note:
        assert (name, loss) == ("ScikitLearn", "half-squared-error")
        return
    wanted = networks.Refnet(workload, data, "python", shuffle=False).epoch_losses(10)
    # 100 roundings of 2⁻⁵³ (2⁻²⁴) relative to numbers near 1
    tolerance = 1e-5 if name == "PyTorch32" else 1e-13
    assert contestant.epoch_losses(10) == pytest.approx(wanted, rel=tolerance)
    assert abs(wanted[0] - wanted[-1]) > 100 * tolerance * wanted[0]


@pytest.mark.parametrize("kernel", networks.PRODUCTS)
def test_numpy_computes_the_same_product(kernel):
    a, b = [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 9.0]]
    wanted = getattr(choose("python"), kernel)(a, b)
    assert peer("NumPy").product(kernel, a, b)().tolist() == wanted


def test_peers_take_turns():
    samples = peer("NumPy")(SMALL, workloads.data(SMALL)).turn(0.0)
    assert [count for _, count in samples] == [SMALL.steps]


def test_a_steps_products():
    # forward 4·(2·3 + 3·5), weight gradients as many, input gradient of the second layer 4·3·5; two operations each
    workload = SMALL._replace(sizes=(2, 3, 5), batch=4)
    assert workload.product_flops == 2 * 4 * (21 + 21 + 15)


# --- Records ---


def test_record_of_a_network(settings):
    record = networks.measure(SMALL, settings)
    assert record["name"] == "4-3-3" and record["batch"] == 4
    assert list(record["times"]) == [C, PYTHON]
    assert all(own["seconds"] > 0.0 and own["samples"] >= 1 for own in record["times"].values())
    assert record["loss_difference"] == {C: 0.0, PYTHON: 0.0}
    assert record["flops_per_second"] == SMALL.product_flops / record["times"][C]["seconds"]
    assert record["of_peak"] is None
    peak = networks.measure(SMALL, settings._replace(peak=1e9, threads=2))
    assert peak["of_peak"] == peak["flops_per_second"] / 2e9


def test_profile_names_the_kernels_of_a_step(native):
    found = networks.profile(SMALL, workloads.data(SMALL), native)
    assert {"affine", "affine_backward_input", "affine_backward_weights", "sigmoid", "sgd_update"} <= set(found)
    assert 0.0 <= networks.product_share(found) <= 1.0
    assert networks.product_share(None) is None


def test_record_of_a_sweep(settings):
    sweep = scaling.Sweep("batch", (1, 2, 64), "small", "step")
    record = scaling.measure(sweep, settings)
    assert record["values"] == [1, 2, 64] and list(record["seconds"]) == [C, PYTHON]
    assert [len(each) for each in record["seconds"].values()] == [3, 3]
    assert record["slope"][C] == slope([1, 2, 64], record["seconds"][C])


def test_what_python_would_be_too_slow_for_is_left_out(settings):
    sweep = scaling.Sweep("data", (64, 1 << 14), "small", "epoch")
    assert scaling.measure(sweep, settings)["seconds"][PYTHON][1] is None
    assert networks.python_step(workloads.NETWORKS[0]) > networks.PYTHON_LIMIT


@pytest.mark.parametrize("sweep", scaling.SWEEPS, ids=lambda each: each.name)
def test_sweeps_change_one_quantity(sweep):
    for value in sweep.values:
        workload = sweep.at(value)
        measures = {"batch": workload.batch, "width": workload.sizes[0], "depth": len(workload.sizes) - 2,
                    "data": workload.rows}
        assert measures[sweep.name] == value
        assert workload.rows % workload.batch == 0


def test_without_c_python_is_measured_alone(settings, capsys):
    alone = settings._replace(native=None)
    names = ["tanh", "xor", "2-2-2"]
    jobs = [job for part in (kernels, networks) for job in part.jobs(alone) if job.name in names]
    for job in jobs:
        record = job.run()
        assert list(record["times"]) == [PYTHON] and record["times"][PYTHON]["ratio"] is None
        tables.show_section(job.section, [record])
    assert "refnet C" not in capsys.readouterr().out.replace("refnet C     ", "")


@pytest.fixture
def no_c(monkeypatch):
    """As if the C core were not built."""
    import refnet.kernels

    monkeypatch.setenv("REFNET_REQUIRE_C", "0")
    monkeypatch.setattr(refnet.kernels.choosing, "_native", None)
    monkeypatch.setattr(refnet.kernels.choosing, "_why_no_c", refnet.kernels.BackendError("not built: for this test"))


def test_without_c_what_is_too_slow_for_python_is_named(no_c, bench, tmp_path):
    arguments = ["--seconds", "1e-4", "--only", "1024³", "--only", "784-512", "--only", "2-2-2", "--only", "width"]
    status, out, err = bench(*arguments)
    assert (status, err) == (0, "")
    assert "not built: for this test" in out and "Growth" in out
    for name in ("forward 1024³", "784-512-512-10"):
        assert f"Not measured: {name}. There is no C core here, and Python would take seconds; --full times it" in out
    if importlib.util.find_spec("matplotlib"):
        path = tmp_path / "x.png"
        assert bench("networks", *arguments, "--plot", str(path))[0] == 0 and path.exists()


def test_nobody_to_measure():
    assert in_turns([], 1.0, 3) == {}


# --- The command ---


def test_tables(bench):
    status, out, err = bench("--seconds", "1e-4", "--only", "tanh", "--only", "2-2-2", "--only", "call")
    assert (status, err) == (0, "")
    for text in ("machine", "Python", "Kernels (64×64)", "tanh_backward", "µs a training step", "sigmoid, 1"):
        assert text in out
    assert "standardize" not in out and "Growth" not in out
    assert "refnet Python not at all" in out


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
        assert set(each["times"][C]) == {"seconds", "low", "high", "samples", "ratio"}
    assert document["networks"][0]["epochs"] == 10_000


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
        (["networks", "speed"], "speed: no such section; allowed: kernels, networks, scaling"),
        (["networks", "--only", "no-such"], "--only no-such: no such line in networks"),
        (["--threads", "0"], "--threads: '0'; allowed: whole numbers >= 1"),
        (["--seconds", "nan"], "--seconds: 'nan'; allowed: finite numbers > 0"),
        (["kernels", "--plot", "x.png"], "--plot draws networks and scaling; ask for one of them"),
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
    """For `refnet --help`, and for a run without peers and picture."""
    script = (
        "import sys, refnet.bench\n"
        "light = set(sys.modules)\n"
        "from refnet.bench import kernels, networks, scaling, tables, machine\n"
        "heavy = {'numpy', 'sklearn', 'torch', 'matplotlib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert 'refnet.bench.peers' not in sys.modules and 'refnet.bench.timing' not in light\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).resolve().parents[2])


def test_machine():
    about = machine.describe(None, "not built", 1, {})
    assert about["compiler"] is None and about["why_no_c"] == "not built"
    assert about["processor"] and about["cores"] >= 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (1.04e-7, "104 ns"), (1e-10, "0.100 ns"), (1.9e-6, "1.90 µs"), (6.34e-5, "63.4 µs"), (1.0, "1.00 s"),
     (9.999e-4, "1.00 ms"), (7.854e-3, "7.85 ms"), (0.6, "600 ms"), (1234.0, "1,230 s"), (9.99e-6, "9.99 µs")],
)
def test_durations(seconds, text):
    assert tables.duration(seconds) == text


@pytest.mark.parametrize("value", [0.0123, 0.9994, 0.99951, 1.0, 9.994, 9.996, 99.94, 99.96, 999.4, 999.6, 12345.0])
def test_digits_are_three(value):
    text = tables.digits(value)
    assert float(text.replace(",", "")) == float(f"{value:.3g}")
    assert len(text.replace(",", "").replace(".", "").lstrip("0")) == max(3, len(str(round(value))))


@pytest.mark.parametrize("width", [60, 80, 100])
def test_narrow_terminals(width, monkeypatch):
    """Networks in several tables, fewer points of the curves; each contestant and network is still there."""
    monkeypatch.setenv("COLUMNS", str(width))
    own = {name: {"seconds": 1.0, "ratio": 1.0} for name in (C, PYTHON, "scikit-learn f64")}
    steps = [
        {"name": each.name, "hidden": each.hidden, "batch": each.batch, "times": own, "notes": {}, "profile": None,
         "flops_per_second": 1e9, "of_peak": 0.5, "loss_difference": {}} for each in workloads.NETWORKS
    ]
    lines = tables.networks(steps)
    assert max(map(len, lines)) <= width
    assert all(any(each.name in line for line in lines) for each in workloads.NETWORKS)
    sweep = {"name": "data", "of": "", "unit": "epoch", "values": [1, 10, 100, 1000, 10_000, 100_000, 10**6]}
    curve = {"seconds": {C: [0.0123] * 7}, "slope": {C: 1.0}, "slope_at_end": {C: 1.0}}
    lines = tables.scaling([{**sweep, **curve}])
    assert max(map(len, lines[1:])) <= width and "1,000,000" in lines[3]


def test_ascii_screens(monkeypatch, capsys):
    monkeypatch.setattr(tables.screen, "can_show", lambda text, stream=None: text.isascii())
    tables.say("1.5 µs – 1024³")
    assert capsys.readouterr().out == "1.5 us - 1024^3\n"
