"""Are the tables of refnet against its peers put together rightly? Peers that are made up; no test asserts a time."""

import pytest

from refnet.bench import grid, networks, noise, startup, workloads
from refnet.bench.timing import PYTHON, C, Settings
from refnet.bench.workloads import EXPONENTIAL, SMALL, Workload
from refnet.cli import bench_peers, bench_tables
from refnet.kernels import choose

TINY = Workload((4, 3, 2), "tanh", "half-squared-error", 4, 24, 0.5, linear=True, targets="numbers")


def fake(name, seconds, dtype="float64"):
    """The class of a peer whose steps take so long, and which learns nothing."""

    class Fake:
        library, about, note = name.split()[0], "does nothing", ""

        def __init__(self, workload, data):
            self.workload = workload

        def turn(self, _):
            return [(seconds * self.workload.steps, self.workload.steps)] * 4

        def epoch_losses(self, epochs):
            return [1.0] * epochs

        def handed(self, inputs, targets):
            return inputs, targets

        @classmethod
        def product(cls, kernel, a, b):
            return None

    Fake.name, Fake.dtype = name, dtype
    return Fake


@pytest.fixture
def settings(native):
    peers = fake("NumPy f64", 0.5), fake("JAX f64", 0.25), fake("PyTorch f32", 0.125, "float32")
    return Settings(seconds=1e-3, rounds=2, full=False, native=native, peers=peers)


# --- Workloads ---


def test_exponentials():
    """Of a diagonal matrix, a nilpotent one, a rotation by one, a hyperbolic one, and one with all of them."""
    e, cos, sin = 2.718281828459045, 0.5403023058681398, 0.8414709848078965
    cosh, sinh = 1.543080634815244, 1.175201193643801
    found = workloads.exponentials([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, -1.0, 1.0, 0.0],
                                    [0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 1.0]])
    wanted = [[e, 0.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0], [cos, -sin, sin, cos], [cosh, sinh, sinh, cosh], [e, e, 0.0, e]]
    for own, right in zip(found, wanted):
        assert own == pytest.approx(right, rel=1e-15, abs=1e-15)  # some roundings of numbers near 1


def test_small_networks_are_those_that_were_published():
    assert EXPONENTIAL.sizes == (4, 32, 16, 4) and EXPONENTIAL.batch == EXPONENTIAL.rows == 10_000
    assert (EXPONENTIAL.optimizer, EXPONENTIAL.output, EXPONENTIAL.shuffle) == ("Adam", "linear", False)
    titles = [each.title for each in SMALL]
    assert len(set(titles)) == len(titles)
    assert all(each.rows % each.batch == 0 for each in SMALL)


@pytest.mark.parametrize("workload", [TINY, TINY._replace(linear=False), TINY._replace(optimizer="Adam"),
                                      TINY._replace(sizes=(4, 3, 4), targets="exponentials")])
def test_both_backends_train_it(workload):
    data = workloads.data(workload)
    assert len(data.targets) == 24 and not data.labels
    losses = [networks.Refnet(workload, data, backend).epoch_losses(3) for backend in ("python", "c")]
    assert losses[0] == losses[1] and losses[0][0] > losses[0][2]
    assert networks.profile(workload, data, choose("c"))


def test_targets_of_classes_are_one_hot():
    data = workloads.data(TINY._replace(targets="classes", linear=False))
    assert [row.index(1.0) for row in data.targets] == data.labels and {sum(row) for row in data.targets} == {1.0}


# --- Records and tables ---


def test_the_best_peer_computes_in_the_format(settings):
    record = networks.measure(TINY, settings)
    assert record["best_peer"] == "JAX f64" and record["title"] == "4-3-2, 4"
    assert list(record["times"]) == [C, PYTHON, "NumPy f64", "JAX f64", "PyTorch f32"]
    assert record["abouts"] == {"NumPy": "does nothing", "JAX": "does nothing", "PyTorch": "does nothing"}
    assert networks.best_peer(record["times"], settings._replace(number="binary32")) == "PyTorch f32"
    assert networks.best_peer(record["times"], settings._replace(peers=())) is None


def test_python_is_left_out_of_long_steps(settings):
    assert list(networks.measure(TINY, settings._replace(peers=()), python_limit=0.0)["times"]) == [C]


@pytest.mark.parametrize("width", [60, 80, 150])
def test_table_of_small_networks(settings, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    own = {C: 0.5e-6, PYTHON: 1e-3, "NumPy f64": 40e-6, "JAX f64": 0.2e-6, "PyTorch f32": 0.125e-6}
    rounds = {C: [0.3e-6, 0.5e-6, 0.8e-6], "JAX f64": [0.2e-6, 0.25e-6, 0.1e-6]}  # 1.5, 2 and 8
    record = {
        "title": EXPONENTIAL.title, "number": "binary64", "best_peer": "JAX f64", "notes": {"NumPy f64": "is made up"},
        "loss_difference": {C: 0.0, "NumPy f64": 1e-15, "JAX f64": None},
        "times": {name: {"seconds": seconds, "rounds": rounds.get(name)} for name, seconds in own.items()},
    }
    lines = bench_peers.small([record, {**record, "title": "2-2-1, 1", "best_peer": None}])
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for part in ("JAX f64", "2.00", "40.0*", "* NumPy f64 is made up", "NumPy f64 by 1e-15", "SimpleChains.jl", "72"):
        assert part in text
    assert "SimpleChains" not in "\n".join(bench_peers.small([{**record, "title": "2-2-1, 1"}]))


def test_record_of_beginning(settings, monkeypatch):
    monkeypatch.setattr(startup, "_seconds", lambda work: (work(), 3.0)[1])
    record = startup.measure(TINY, settings)
    assert list(record["times"]) == [C, PYTHON, "NumPy f64", "JAX f64", "PyTorch f32"]
    # Three seconds with four steps; of a half second each, too little is left over to be told from their scatter …
    assert record["times"]["JAX f64"]["first"] == 3.0 - 4 * 0.25
    assert record["times"]["NumPy f64"] == {"seconds": 0.5, "first": 3.0 - 4 * 0.5, "lists": 3.0, **arrays(3.0)}
    monkeypatch.setattr(startup, "_seconds", lambda work: 2.2)
    assert startup.measure(TINY, settings)["times"]["NumPy f64"]["first"] is None
    lines = bench_peers.startup([record])
    assert " ".join(lines[0].split()) == "4-3-2, 4, binary64 from lists from arrays first call a step"
    assert "24 × 4" in " ".join(lines) and "2.00 s" in " ".join(lines)


def arrays(seconds):
    """The time that NumPy's arrays take, where there is NumPy."""
    return {"arrays": seconds} if startup.importlib.util.find_spec("numpy") else {}


def test_the_contestants_begin_for_real(settings):
    times = startup.measure(TINY, settings._replace(peers=()))["times"]
    assert all(own["lists"] > 0.0 and own["seconds"] > 0.0 for own in times.values())


def test_cells_of_the_map(settings):
    record = grid.measure(10, 4, settings)
    assert record["best_peer"] == "JAX f64" and not record["too_long"]
    assert record["times"]["JAX f64"]["rounds"] == [0.25, None]  # all of its time in the first round
    assert record["ratio"] == record["times"][C]["rounds"][0] / 0.25
    long = grid.measure(10_000, 1024, settings)
    assert long["too_long"] and long["times"] == {} and long["ratio"] is None
    assert grid.workload_of(10_000, 1024).product_flops > grid.TOO_LONG
    assert all(grid.workload_of(b, w).rows % b == 0 for b in grid.BATCHES for w in grid.WIDTHS)
    assert len(grid.jobs(settings)) == 25
    assert grid.jobs(settings._replace(peers=())) == grid.jobs(settings._replace(native=None)) == []


CELLS = [
    {"name": "1 × 4", "batch": 1, "width": 4, "ratio": 0.5, "best_peer": "JAX f64", "too_long": False},
    {"name": "1 × 16", "batch": 1, "width": 16, "ratio": 12.3, "best_peer": "numba f64", "too_long": False},
    {"name": "1,000 × 4", "batch": 1000, "width": 4, "ratio": 1.2, "best_peer": "JAX f64", "too_long": False},
    {"name": "1,000 × 16", "batch": 1000, "width": 16, "ratio": None, "best_peer": None, "too_long": True},
]


def test_table_of_the_map():
    lines = bench_peers.grid([{**each, "of": "32-w-w-10", "number": "binary64"} for each in CELLS])
    assert [line.split() for line in lines[1:4]] == [
        ["batch", "width", "4", "width", "16"], ["1", "0.50", "JAX", "12.3", "numba"], ["1,000", "1.20", "JAX", "–"],
    ]
    assert "Not measured, because a step takes seconds: 1,000 × 16" in lines[4]


def test_picture_of_the_map():
    figure = pytest.importorskip("matplotlib.figure")
    from refnet.plots.benchmark_map import draw_map

    part = figure.Figure()
    draw_map(part, [{**each, "of": "32-w-w-10"} for each in CELLS])
    axes = part.axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.50\nJAX", "12.30\nnumba", "1.20\nJAX", "not measured"]
    assert [patch.get_xy() for patch in axes.patches] == [(0.5, -0.5), (-0.5, 0.5)]  # where refnet is behind


def test_what_peers_do_is_said_once():
    records = [{"abouts": {"JAX": "is fast", "NumPy": "is a loop"}}, {}, {"abouts": {"JAX": "is fast"}}]
    assert bench_peers.abouts(records) == ["JAX is fast.", "NumPy is a loop."]


# --- Noise ---


def line(name, spread=0.0, share=0.99, samples=10):
    own = {"seconds": 2.0, "low": 2.0 - spread, "high": 2.0 + spread, "samples": samples, "own_share": share}
    return {"name": name, "times": {C: own}}


def test_a_quiet_machine_is_not_spoken_of():
    assert noise.noise_of([line("a"), line("b", 0.2)]) is None
    assert noise.noise_of([]) is None
    assert noise.noise_of([line("a", 1.0, samples=3)]) is None  # of so few samples quartiles say nothing
    many = [line("a", 1.0), *(line("b") for _ in range(10))]
    assert noise.noise_of(many) is None and noise.noise_of(many[:10]) is not None
    assert noise.noise_of([{"name": "x", "times": {C: {"seconds": 1.0, "first": 2.0}}}]) is None


def test_samples_that_spread_are_counted():
    found = noise.noise_of([line("a", 0.3), line("b", 0.5), line("c", 0.2)])
    assert found == noise.Noise(2, 3, (0.5, "b", C), None)
    assert bench_tables.told(found) == (
        "This machine is busy: 2 of 3 times spread by more than 25 % between their quartiles (refnet C, b: 50 %). Take "
        "these times as rough; measure again when it is quiet.")


def test_the_load_of_others_is_seen():
    found = noise.noise_of([line("a", share=0.5), line("b", share=0.75), line("c", share=0.99)])
    assert found.own_share == 0.75 and found.unsteady == 0
    assert "this process had a processor for only 75 % of the time. Take" in bench_tables.told(found)
    assert noise.noise_of([line("a", share=0.5)], threads=2) is None  # the times of threads add up
    assert noise.noise_of([line("a", share=None)]) is None


def test_noise_is_said_below_its_table(capsys):
    record = {**line("tanh", 0.5), "number": "binary64", "numbers": 1, "flops": None}
    bench_tables.show_section("kernels", [record])
    assert "This machine is busy: 1 of 1 times spread" in " ".join(capsys.readouterr().out.split())
    curve = {"name": "rows", "of": "", "unit": "row", "number": "binary64", "values": [1, 2],
             "seconds": {C: [2.0, 1.0]}, "slope": {C: None}, "slope_at_end": {C: None},
             "samples": [line("rows 1", 0.5)]}
    bench_tables.show_section("scaling", [curve])
    text = " ".join(capsys.readouterr().out.split())
    assert "time of a row" in text and "not measurable not measurable" in text
    assert "not measurable here: the times do not grow" in text and "(refnet C, rows 1: 50 %)" in text
