"""Do the contestants train the same network, and do their records say what was measured? No test asserts a time."""

import gc
import time

import pytest

from refnet import plots
from refnet.bench import formats, kernels, machine, networks, peers, scaling, timing, workloads
from refnet.bench.timing import PYTHON, C, Repeated, Settings, in_turns, slope
from refnet.bench.workloads import Workload
from refnet.cli import bench_tables as tables
from refnet.kernels import choose
from refnet.kernels.rounded import TIMES_LONGER
from refnet.kernels.seam import SEAM

NUMBERS = ("binary64", "binary32")
SMALL = Workload((4, 3, 3), "sigmoid", "binary-cross-entropy", 4, 24, 0.5)


@pytest.fixture
def settings(native):
    return Settings(seconds=1e-3, rounds=2, full=False, native=native)


# --- Measuring ---


@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
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


def test_no_slope_where_no_growth_is_seen():
    assert slope([1, 2], [2.0, 1.0]) is None
    assert slope([1, 2, 4, 8], [1.0, 0.5, 0.25, 0.125]) is None
    # Points (0, 1), (1, 0), (2, 2) in log2: slope 1/2, standard error √(3/2 / 2) > 1/2
    assert slope([1, 2, 4], [2.0, 1.0, 4.0]) is None
    # Points (0, 0), (1, 2), (2, 2): slope 1, standard error √(2/3 / 2) < 1
    assert slope([1, 2, 4], [1.0, 4.0, 4.0]) == 1.0


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
    del times[C]["own_share"]  # not None where the machine stood still for 10 ms
    assert times[C] == {
        "seconds": 0.02, "low": 0.015, "high": 0.025, "samples": 3, "rounds": [0.01, 0.02, 0.03], "ratio": 1.0,
    }
    assert times[PYTHON]["seconds"] == 0.03 and times[PYTHON]["rounds"] == [0.03, 0.1, 0.02]
    assert times[PYTHON]["ratio"] == 0.03 / 0.01  # of 3, 5 and 2/3; the ratio of the medians is 1.5


def test_a_ratio_is_that_of_the_rounds_that_both_were_in():
    slow, fast = Fixed("slow", [(4.0, 1), (9.0, 1)]), Fixed("fast", [(2.0, 1), (3.0, 1), (1.0, 1), (1.0, 1)])
    times = in_turns([slow, fast], 7.0, 4)
    assert times["slow"]["rounds"] == [4.0, 9.0, None, None] and times["fast"]["rounds"] == [2.0, 3.0, 1.0, 1.0]
    assert timing.ratio(times["slow"], times["fast"]) == 2.5  # between 2 and 3


def test_without_c_there_is_no_ratio():
    assert in_turns([Fixed(PYTHON, [(1.0, 1)])], 1.0, 1)[PYTHON]["ratio"] is None


def test_turns_are_interleaved_and_the_first_changes():
    order = []
    in_turns([Fixed(name, [(0.0, 1)] * 3, order) for name in "abc"], 1.0, 3)
    assert "".join(order) == "abcbcacab"


def test_the_share_of_a_processor():
    """Sleeping is as if other programs had it; too short a time says nothing."""

    class Sleeper(Fixed):
        def turn(self, seconds):
            time.sleep(0.02)
            return super().turn(seconds)

    times = in_turns([Sleeper("sleeps", [(1.0, 1)]), Fixed("short", [(1.0, 1)])], 1.0, 1)
    assert 0.0 <= times["sleeps"]["own_share"] < 0.5
    short = timing.Turns(Fixed("short", [(1.0, 1)]))
    short.take(1.0)
    for short.wall, share in ((0.0099, None), (0.0125, 0.5)):
        short.own = 0.00625
        assert short.summary()["own_share"] == share


@pytest.mark.parametrize("has_frozen", [False, True])
def test_the_garbage_collector_leaves_alone_what_was_there(has_frozen):
    """And what was frozen before stays frozen, as these tests have it."""
    if not hasattr(gc, "get_freeze_count"):
        pytest.skip("another garbage collector")

    class Counting(Fixed):
        def turn(self, seconds):
            frozen.append(gc.get_freeze_count())
            return super().turn(seconds)

    frozen = []
    gc.unfreeze()
    try:
        if has_frozen:
            gc.freeze()
        before = gc.get_freeze_count()
        made = [[] for _ in range(100)]  # not frozen before
        in_turns([Counting("x", [(1.0, 1)])], 1.0, 1)
        assert min(frozen) >= before + len(made)
        assert (before > 0) == (gc.get_freeze_count() > 0) == has_frozen
    finally:
        gc.freeze()


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


@pytest.mark.parametrize("number", NUMBERS)
def test_every_kernel_has_arguments_both_backends_take(number, monkeypatch):
    """And equal results on them."""
    if number != "binary64":  # where the reference takes long
        for letter, size in {"m": 8, "n": 8, "k": 8, "r": 16}.items():
            monkeypatch.setitem(kernels.SIZES, letter, size)
    for signature in SEAM.values():
        values = [kernels._argument(parameter, i) for i, parameter in enumerate(signature.arguments)]
        results = []
        for k in (choose("python", number), choose("c", number)):
            own = signature.on(k, values)
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


def test_steps_that_are_recorded_do_not_count(native):
    contestant = networks.Refnet(SMALL, workloads.data(SMALL), "c")
    contestant.fit(1)
    before = contestant.network.progress.step
    counted = sum(count for _ in range(2) for _, count in contestant.turn(1e-3))
    assert contestant.network.progress.step - before == counted + 2


def test_every_contestant_has_a_style_of_its_own_in_the_picture():
    names = [C, timing.C_ONE, PYTHON, *(cls.name for cls in peers.CLASSES)]
    assert list(plots.benchmarks.STYLES) == names
    assert len(set(plots.benchmarks.STYLES.values())) == len(names)


def test_a_steps_products():
    # forward 4·(2·3 + 3·5), weight gradients as many, input gradient of the second layer 4·3·5; two operations each
    workload = SMALL._replace(sizes=(2, 3, 5), batch=4)
    assert workload.product_flops == 2 * 4 * (21 + 21 + 15)


# --- Records ---


@pytest.mark.parametrize("number", NUMBERS)
def test_record_of_a_network(number, settings):
    settings = settings._replace(native=choose("c", number), number=number)
    record = networks.measure(SMALL, settings)
    assert (record["name"], record["number"], record["batch"]) == ("4-3-3", number, 4)
    assert list(record["times"]) == [C, PYTHON]
    assert all(own["seconds"] > 0.0 and own["samples"] >= 1 for own in record["times"].values())
    assert record["loss_difference"] == {C: 0.0, PYTHON: 0.0}
    assert record["flops_per_second"] == SMALL.product_flops / record["times"][C]["seconds"]
    assert record["of_peak"] is None
    peak = networks.measure(SMALL, settings._replace(peak=1e9, threads=2))
    assert peak["of_peak"] == peak["flops_per_second"] / 2e9


def test_contestants_compute_in_the_format(settings):
    """Their losses are those of its networks, and no other format's."""
    data, losses = workloads.data(SMALL), {}
    for number in (*NUMBERS, "binary16"):
        native = choose("c", number) if number in NUMBERS else None
        own = settings._replace(native=native, number=number)
        racing = networks.contestants(SMALL._replace(shuffle=False), data, own)
        assert [each.name for each in racing] == ([C, PYTHON] if native else [PYTHON])
        assert {each.network.number for each in racing} == {number}
        losses[number] = {tuple(each.epoch_losses(2)) for each in racing}
    assert [len(each) for each in losses.values()] == [1, 1, 1] and len(set.union(*losses.values())) == 3


@pytest.mark.parametrize("number", NUMBERS)
def test_profile_names_the_kernels_of_a_step(number):
    found = networks.profile(SMALL, workloads.data(SMALL), choose("c", number))
    assert {"affine", "affine_backward_input", "affine_backward_weights", "sigmoid", "sgd_update"} <= set(found)
    assert 0.0 <= networks.product_share(found) <= 1.0
    assert networks.product_share(None) is None


def test_record_of_a_sweep(settings):
    sweep = scaling.Sweep("batch", (1, 2, 64), "small", "step")
    record = scaling.measure(sweep, settings)
    assert record["values"] == [1, 2, 64] and list(record["seconds"]) == [C, PYTHON]
    assert [len(each) for each in record["seconds"].values()] == [3, 3]
    assert record["slope"][C] == slope([1, 2, 64], record["seconds"][C])


def test_time_of_a_row(settings):
    """That of a step by its rows; the slopes are of the whole step."""
    sweep = scaling.SWEEPS[3]._replace(values=(100, 200, 1000))
    record = scaling.measure(sweep, settings._replace(seconds=1e-4))
    steps = [part["times"][C]["seconds"] for part in record["samples"]]
    assert [part["name"] for part in record["samples"]] == ["rows 100", "rows 200", "rows 1,000"]
    assert record["seconds"][C] == [s / rows for s, rows in zip(steps, sweep.values)]
    assert record["slope"][C] == slope(sweep.values, steps)


def test_memory_of_a_step():
    """4-3-3, batch 4, counted by hand. The numbers of the classes stay binary64."""
    data = workloads.data(SMALL)
    wide, narrow = (formats.memory(SMALL, data, choose("c", number)) for number in NUMBERS)
    assert wide["parameters"] == 8 * (3 * 4 + 3 + 3 * 3 + 3) == 2 * narrow["parameters"]
    made = 4 * 4 + 4 * 3 + 2 * (4 * 3 + 4 * 3)  # rows, one-hot targets, net inputs and activations of both layers
    made += 4 + 1  # losses of the rows and of the batch
    made += 3 * (4 * 3) + 27  # δ of the outputs, of the activations and net inputs before them; gradients
    assert (wide["results"], narrow["results"]) == (8 * (made + 4), 4 * made + 8 * 4)


def test_record_of_two_formats(settings):
    record = formats.step(SMALL, settings)
    assert record["name"] == "4-3-3" and list(record["times"]) == list(NUMBERS)
    assert record["ratio"] > 0.0
    assert record["bytes_of_all"] == {number: sum(own.values()) for number, own in record["bytes"].items()}
    record = formats.product("forward", "affine", 2, 3, 4, settings)
    assert record["bytes_of_all"] == {"binary64": 8 * 26, "binary32": 4 * 26} and record["ratio_of_bytes"] == 0.5


def test_what_python_would_be_too_slow_for_is_left_out(settings):
    sweep = scaling.Sweep("data", (64, 1 << 14), "small", "epoch")
    assert scaling.measure(sweep, settings)["seconds"][PYTHON][1] is None
    assert networks.python_step(workloads.NETWORKS[0]) > networks.PYTHON_LIMIT
    assert networks.python_step(SMALL, "binary32") == TIMES_LONGER * networks.python_step(SMALL)


@pytest.mark.parametrize("sweep", scaling.SWEEPS, ids=lambda each: each.name)
def test_sweeps_change_one_quantity(sweep):
    for value in sweep.values:
        workload = sweep.at(value)
        measures = {"batch": workload.batch, "width": workload.sizes[0], "depth": len(workload.sizes) - 2,
                    "data": workload.rows, "rows": workload.batch}
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


def test_nobody_to_measure():
    assert in_turns([], 1.0, 3) == {}


def test_machine():
    about = machine.describe(None, "not built", 1, {}, "binary16")
    assert about["number"] == "binary16"
    assert about["compiler"] is None and about["why_no_c"] == "not built"
    assert about["processor"] and about["cores"] >= 1
