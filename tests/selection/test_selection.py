"""Does model selection find the same network with the same bits on every executor?"""

import math
import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import refnet as rn
from refnet import selection
from refnet.arithmetic.random import permutation, stream_key
from refnet.kernels import choose

ROOT = Path(__file__).resolve().parents[2]
DATA = rn.data.two_moons(24, noise=0.1, seed=1)
HELD_OUT = rn.data.two_moons(10, noise=0.1, seed=2)
VALIDATION = HELD_OUT.inputs, HELD_OUT.targets
FIT = {"optimizer": rn.Momentum(0.1), "epochs": 3, "batch_size": 5}

# At the top level of the module, because a process finds a maker by its name.


def make(seed, units=2, layers=1, lam=0.0, backend="auto"):
    hidden = [layer for _ in range(layers) for layer in (rn.Dense(units, penalty=rn.L2(lam)), rn.Tanh())]
    return rn.Network([rn.Input(2), *hidden, rn.Dense(2), rn.Softmax()], backend=backend, seed=seed)


def mean_maker(seed, backend):
    """h(x) = wx with w = 0: on inputs of 1, a step of SGD(0.5) on the squared error makes w the targets' mean."""
    network = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend, seed=seed)
    network.weights = [[[0.0]]]
    return network


def noting_maker(seed, lam):
    network = make(seed, lam=lam, backend="c")
    network.notes = {"threads": network.k.threads, "process": os.getpid(), "Ctrl-C": signal.getsignal(signal.SIGINT)}
    return network


class Told(rn.Schedule):
    """A user's own schedule: the rate is the last validation loss."""

    loss = 0.5

    def __call__(self, epoch):
        return self.loss

    def observe(self, line):
        self.loss = line["validation_loss"]


# --- The same bits from every executor ---


@pytest.fixture(scope="module")
def cluster():
    """dask's workers: processes that receive their tasks over the network."""
    distributed = pytest.importorskip("distributed", reason="the extra `test` brings distributed")
    with distributed.LocalCluster(n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None) as local, \
            distributed.Client(local) as client:
        yield client


def searched(executor, backend):
    result = selection.grid(partial(make, backend=backend), {"lam": [0.0, 0.01], "units": [1, 3]}, DATA.inputs,
                            DATA.targets, folds=3, stratified=True, score=rn.metrics.f1, metrics=rn.metrics.auc, seed=5,
                            callbacks=rn.EarlyStopping(1), refit=False, executor=executor, **FIT)
    best = selection.restarts(partial(make, backend=backend), 3, DATA.inputs, DATA.targets, validation=VALIDATION,
                              executor=executor, **FIT)
    return result[:3], best.table, best.best, best.network.fingerprint(), best.network.backend


@pytest.fixture(scope="module")
def in_one_process():
    return {}


@pytest.mark.parametrize("kind", ["own processes", "threads", "one process", "two processes", "dask"])
def test_every_executor_gives_the_same_bits(kind, backend, request, in_one_process):
    if backend not in in_one_process:
        in_one_process[backend] = searched("serial", backend)
    if kind == "dask":
        executor = request.getfixturevalue("cluster").get_executor()
    else:
        spawn = multiprocessing.get_context("spawn")  # a process forked while dask's threads run may never start
        kinds = {"threads": partial(ThreadPoolExecutor, 3), "one process": partial(ProcessPoolExecutor, 1, spawn),
                 "two processes": partial(ProcessPoolExecutor, 2, spawn), "own processes": lambda: None}
        executor = kinds[kind]()
    try:
        assert searched(executor, backend) == in_one_process[backend]
    finally:
        if executor is not None:
            executor.shutdown()


def test_the_same_bits_on_both_backends(native):
    (python, *first), (c, *second) = searched("serial", "python"), searched("serial", "c")
    assert python == c and first[:3] == second[:3] and (first[3], second[3]) == ("python", "c")
    assert len({line.score for line in python[2]}) > 1  # they were not all equal


def test_workers_of_our_own_have_one_thread_and_get_the_data_once(native, monkeypatch):
    monkeypatch.delenv("REFNET_THREADS", raising=False)
    before = native.threads
    native.threads = 3
    try:
        result = selection.grid(noting_maker, {"lam": [0.0, 0.1, 0.2]}, Counted(DATA.inputs), DATA.targets,
                                validation=VALIDATION, **FIT)
    finally:
        assert native.threads == 3
        native.threads = before
    notes = result.network.notes
    assert notes["threads"] == 1 and notes["process"] != os.getpid() and notes["Ctrl-C"] == signal.SIG_IGN
    assert Counted.times == 1


class Counted(list):
    """Rows that count how often they are pickled."""

    times = 0

    def __reduce__(self):
        Counted.times += 1
        return list, (list(self),)


# --- What is chosen ---


def test_the_lambdas_of_the_lecture():
    """Lecture 001: 0.01, 0.02, 0.04, … 10.24 to the bit, because doubling is exact."""
    assert selection.doubling(0.01, 10.24) == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24]
    assert selection.doubling(0.01, 10) == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12]
    assert selection.doubling(3, 3) == [3.0]


@pytest.mark.parametrize("seed", [2, 3, 6])  # the first fold leaves out a 3, the 6, the 0
def test_leave_one_out_by_hand(backend, seed):
    """Targets 0, 3, 6, 3. The mean of the other three is 4, 3, 2, 3: errors 16, 0, 16, 0, on the training part 2, 6, 2,
    6. With half the rate w is half the mean, 2, 1½, 1, 1½: errors 4, 2¼, 25, 2¼. All of these are exact in binary."""
    result = selection.grid(partial(mean_maker, backend=backend), {"optimizer": [rn.SGD(0.25), rn.SGD(0.5)]},
                            [[1.0]] * 4, [0, 3, 6, 3], folds=4, seed=seed, executor="serial")
    half, full = result.table
    assert half.score == 33.5 / 4 and sorted(fit.validation["loss"] for fit in half.fits) == [2.25, 2.25, 4.0, 25.0]
    assert full == result.best
    assert full[1:5] == (8.0, 8.0, {"loss": 4.0}, {"loss": 8.0})
    assert sorted(fit.validation["loss"] for fit in full.fits) == [0.0, 0.0, 16.0, 16.0]
    assert {(fit.training["loss"], fit.validation["loss"]) for fit in full.fits} == {(2.0, 16.0), (6.0, 0.0)}
    assert result.network.weights == [[[3.0]]]  # trained once more, on all four
    line = selection.cross_validate(partial(mean_maker, backend=backend), [[1.0]] * 4, [0, 3, 6, 3], folds=4,
                                    optimizer=rn.SGD(0.5), seed=seed, executor="serial")
    assert line == full._replace(parameters={})


def test_learning_curve_by_hand(backend):
    """w is the mean of the m targets; J_validation is (3 − w)², J_train their variance."""
    targets = [0.0, 3.0, 6.0, 3.0]
    curve = selection.learning_curve(partial(mean_maker, backend=backend), [1, 2, 4], [[1.0]] * 4, targets,
                                     validation=([[1.0]], [3.0]), optimizer=rn.SGD(0.5), seed=2, executor="serial")
    order = [targets[i] for i in permutation(stream_key(2, 9 << 32), 4)]
    two = (order[0] + order[1]) / 2
    assert [line.parameters for line in curve] == [{"examples": 1}, {"examples": 2}, {"examples": 4}]
    assert [line.training["loss"] for line in curve] == [0.0, (order[0] - two) ** 2, 4.5]
    assert [line.validation["loss"] for line in curve] == [(3 - order[0]) ** 2, (3 - two) ** 2, 0.0]


def test_learning_curve_within_folds(backend):
    curve = selection.learning_curve(partial(make, backend=backend), range(4, 17, 12), DATA.inputs, DATA.targets,
                                     folds=3, executor="serial", **FIT)
    assert [line.parameters["examples"] for line in curve] == [4, 16] and [len(line.fits) for line in curve] == [3, 3]
    whole = selection.cross_validate(partial(make, backend=backend), DATA.inputs, DATA.targets, folds=3,
                                     executor="serial", **FIT)
    assert curve[1] == whole._replace(parameters={"examples": 16})  # as many rows as two of three folds have
    assert curve[0].fits[0].history != curve[1].fits[0].history


def test_each_fit_is_the_one_that_a_caller_would_write(backend):
    """A loop written by hand (folds, seeds, weights, penalties, evaluation) gives the same numbers."""
    weights = [0.5 + i % 3 for i in range(24)]
    line = selection.cross_validate(partial(make, backend=backend), DATA.inputs, DATA.targets, folds=4, seed=9,
                                    sample_weight=weights, penalty=rn.L1(0.01), metrics=[rn.metrics.f1],
                                    executor="serial", **FIT)
    for fit, held_out, seed in zip(line.fits, selection.k_folds(24, 4, seed=9), selection.seeds(4, 9)):
        rest = [i for i in range(24) if i not in held_out]
        network = make(seed, backend=backend)
        train, test = DATA.take(rest), DATA.take(held_out)
        history = network.fit(train.inputs, train.targets, sample_weight=[weights[i] for i in rest],
                              penalty=rn.L1(0.01), optimizer=rn.Momentum(0.1), epochs=3, batch_size=5)
        found = {**network.evaluate(test.inputs, test.targets),
                 "f1": rn.metrics.f1(test.targets, network.predict(test.inputs))}
        assert fit[:1] + fit[2:] == (seed, found, history, network.fingerprint())
        assert fit.training["loss"] == network.evaluate(train.inputs, train.targets)["loss"]


def test_units_and_layers_in_the_order_of_the_grid(backend):
    told = []
    result = selection.grid(partial(make, backend=backend), {"units": [1, 3], "layers": (1, 2)}, DATA.inputs,
                            DATA.targets, validation=VALIDATION, score=rn.metrics.auc, seed=3, report=told.append,
                            executor="serial", **FIT)
    points = [{"units": units, "layers": layers} for units, layers in [(1, 1), (1, 2), (3, 1), (3, 2)]]
    assert [line.parameters for line in result.table] == points and told == result.table
    scores = [line.score for line in result.table]
    assert len(set(scores)) > 1 and scores[0] < max(scores)
    assert result.mode == "max" and result.best is result.table[scores.index(max(scores))]
    assert result.best.score == rn.metrics.auc(VALIDATION[1], result.network.predict(VALIDATION[0]))
    assert result.network.fingerprint() == result.best.fits[0].fingerprint
    lines = str(result).splitlines()
    assert lines[0].split() == ["units", "layers", "training", "auc", "validation", "auc"]
    assert [line.split()[:2] for line in lines[1:]] == [["1", "1"], ["1", "2"], ["3", "1"], ["3", "2"]]
    assert [i for i, line in enumerate(lines[1:]) if line.endswith("best")] == [scores.index(max(scores))]


def test_restarts_take_the_lowest_training_loss(backend):
    maker = partial(make, backend=backend)
    result = selection.restarts(maker, 4, DATA.inputs, DATA.targets, seed=7, executor="serial", **FIT)
    losses = [line.training["loss"] for line in result.table]
    assert len(set(losses)) == 4 and result.best is result.table[losses.index(min(losses))]
    assert [line.parameters["seed"] for line in result.table] == selection.seeds(4, 7)
    assert result.network.fingerprint() == result.best.fits[0].fingerprint
    plain = make(7, backend=backend)  # the first is that of a search without restarts
    plain.fit(DATA.inputs, DATA.targets, **{**FIT, "optimizer": rn.Momentum(0.1)})
    assert result.table[0].fits[0].fingerprint == plain.fingerprint() and result.table[0].validation == {}
    assert "–" in str(result)
    folded = selection.restarts(maker, 2, DATA.inputs, DATA.targets, seed=7, folds=3, executor="serial", **FIT)
    assert folded.network.seed == folded.best.parameters["seed"] and "±" in str(folded)
    assert folded.table[0][1:] == selection.cross_validate(maker, DATA.inputs, DATA.targets, folds=3, seed=7,
                                                           executor="serial", **FIT)[1:]


def test_seeds():
    several = selection.seeds(50, 7)
    assert several[0] == 7 and len(set(several)) == 50 and several[:10] == selection.seeds(10, 7)
    assert all(0 <= seed < 2**53 for seed in several[1:]) and several[1] == stream_key(7, (10 << 32) + 1) >> 11


def test_no_best_where_nothing_is_finite_and_the_first_of_equals(backend):
    rates = {"optimizer": [rn.SGD(1e200), rn.SGD(0.5), rn.SGD(0.5)]}
    data = [[1.0]] * 4, [0, 3, 6, 3]
    arguments = {"validation": data, "epochs": 3, "executor": "serial"}
    result = selection.grid(partial(mean_maker, backend=backend), rates, *data, **arguments)
    assert not math.isfinite(result.table[0].score) and result.best is result.table[1]
    rates["optimizer"] = rates["optimizer"][:1]
    result = selection.grid(partial(mean_maker, backend=backend), rates, *data, **arguments)
    assert result.best is None and result.network is None


def test_a_network_is_copied_and_so_are_optimizer_and_callbacks(backend):
    network = make(4, units=3, backend=backend)
    optimizer, stopping = rn.Momentum(rn.Plateau(0.1, monitor="validation_loss")), rn.EarlyStopping(1)
    before = network.fingerprint()
    result = selection.grid(network, {"penalty": [rn.L2(0.1), rn.L2(0.0)]}, DATA.inputs, DATA.targets,
                            validation=VALIDATION, optimizer=optimizer, callbacks=[stopping], epochs=20,
                            executor="serial")
    assert (network.fingerprint(), network.epoch, network.optimizer) == (before, 0, None)
    assert optimizer.network is None and stopping.best is None
    assert all(len(line.fits[0].history["validation_loss"]) > 1 for line in result.table)
    twin = make(4, units=3, backend=backend)
    twin.fit(DATA.inputs, DATA.targets, penalty=result.best.parameters["penalty"], optimizer=optimizer, epochs=20,
             callbacks=[stopping], validation=VALIDATION)
    assert twin.fingerprint() == result.network.fingerprint()


@pytest.mark.parametrize("schedule", [rn.Plateau(0.5, patience=1, min_delta=9.0), Told()])
def test_a_schedule_sees_the_validation_data_after_each_epoch(schedule):
    result = selection.restarts(make, 2, DATA.inputs, DATA.targets, validation=VALIDATION, epochs=6, batch_size=5,
                                optimizer=rn.SGD(schedule), executor="serial")
    for fit in (line.fits[0] for line in result.table):
        assert len(fit.history["validation_loss"]) == 6 and len(set(fit.history["rate"])) > 1


def test_several_inputs_and_outputs(backend):
    def two_by_two(seed):
        a, b = rn.Input(1), rn.Input(1)
        hidden = rn.Dense(2)(rn.Concatenate()(a, b))
        return rn.Network([rn.Softmax()(rn.Dense(2)(hidden)), rn.Dense(1)(hidden)], backend=backend, seed=seed)

    inputs = [[[row[0]] for row in DATA.inputs], [[row[1]] for row in DATA.inputs]]
    targets = [DATA.targets, [[float(t)] for t in DATA.targets]]
    line = selection.cross_validate(two_by_two, inputs, targets, folds=2, stratified=True, executor="serial", **FIT)
    held_out, rest = selection.stratified_folds(DATA.targets, 2)
    network = two_by_two(0)
    network.fit([[x[i] for i in rest] for x in inputs], [[y[i] for i in rest] for y in targets],
                **{**FIT, "optimizer": rn.Momentum(0.1)})
    found = network.evaluate([[x[i] for i in held_out] for x in inputs], [[y[i] for i in held_out] for y in targets])
    assert line.fits[0].validation == found and "softmax1_accuracy" in found


def test_arrays_and_bytes_have_the_bits_of_lists(backend):
    numpy = pytest.importorskip("numpy")
    values = [[(7 * i + 3 * j) % 256 for j in range(2)] for i in range(24)]
    shapes = [rn.data.ByteMatrix(bytes(v for row in values for v in row), 24, 2),
              [[v / 255.0 for v in row] for row in values], numpy.array(values) / 255.0]
    shapes.append(choose(backend).matrix(shapes[1]))
    lines = [selection.cross_validate(partial(make, backend=backend), x, y, folds=3, stratified=True, executor="serial",
                                      **FIT)
             for x, y in zip(shapes, [DATA.targets, numpy.array(DATA.targets), tuple(DATA.targets), DATA.targets])]
    assert lines[0] == lines[1] == lines[2] == lines[3]
    assert lines[0].training != lines[0].validation


# --- Folds ---


@pytest.mark.parametrize("examples, folds", [(7, 3), (24, 5), (10, 10), (2, 2), (101, 4)])
def test_folds_part_the_examples(examples, folds):
    parts = selection.k_folds(examples, folds, seed=3)
    assert sorted(i for part in parts for i in part) == [*range(examples)]
    assert {len(part) for part in parts} <= {examples // folds, -(-examples // folds)}
    order = permutation(stream_key(3, 8 << 32), examples)
    assert parts == [sorted(order[fold::folds]) for fold in range(folds)]
    if examples > 10:
        assert parts != selection.k_folds(examples, folds, seed=4)


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_stratified_folds_have_their_share_of_each_class(folds):
    labels = ["a"] * 5 + ["b"] * 17 + ["c"] * 8 + ["b"] * 3 + ["a"] * 2
    parts = selection.stratified_folds(labels, folds, seed=1)
    assert sorted(i for part in parts for i in part) == [*range(35)]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    for label, count in Counter(labels).items():
        shares = [[labels[i] for i in part].count(label) for part in parts]
        assert set(shares) <= {count // folds, -(-count // folds)}
    assert selection.stratified_folds([0] * 9, 3, seed=1) == selection.k_folds(9, 3, seed=1)


def test_one_hot_targets_stratify_as_class_indices_do(backend):
    one_hot = rn.data.one_hot(DATA.targets)
    lines = [selection.cross_validate(partial(make, backend=backend), DATA.inputs, y, folds=4, stratified=stratified,
                                      executor="serial", **FIT)
             for y, stratified in [(DATA.targets, True), (one_hot, True), (DATA.targets, False)]]
    assert lines[0].fits == lines[1].fits != lines[2].fits


# --- Bias or variance? ---


@pytest.mark.parametrize("training, validation, verdict", [
    (0.01, 0.10, "variance"),  # lecture 001: training error 1 %, test error 10 %
    (0.15, 0.16, "bias"), (0.15, 0.30, "bias and variance"), (0.005, 0.01, "neither"), (0.2, 0.1, "bias"),
    (0.0625, 0.125, "bias and variance"),
])
def test_bias_or_variance(training, validation, verdict):
    found = selection.bias_or_variance(training, validation)
    assert found[:3] == (verdict, training, validation - training)
    assert ("bias" in verdict) == any("more hidden units" in each for each in found.remedies)
    assert ("variance" in verdict) == any("more regularisation" in each for each in found.remedies)


def test_bias_is_above_what_is_desired():
    assert selection.bias_or_variance(0.75, 0.875, desired=0.5, tolerance=0.25)[:3] == ("neither", 0.25, 0.125)
    assert selection.bias_or_variance(0.75, 1.25, desired=0.5, tolerance=0.25)[:3] == ("variance", 0.25, 0.5)
    text = str(selection.bias_or_variance(0.01, 0.1))
    assert text.startswith("variance: training error − desired = 0.01, validation error − training error = 0.09\n")
    assert "more examples" in text and "larger λ" in text and "more hidden" not in text


def test_the_example():
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, str(ROOT / "examples" / "choose_lambda.py")], env=environment,
                          capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    scores = [float(line.split()[2]) for line in lines[1:12]]
    assert [line.split()[0] for line in lines[1:12]] == [f"{0.01 * 2**i:.2f}" for i in range(11)]
    assert "best" in lines[1 + scores.index(min(scores))] and 0 < scores.index(min(scores)) < 10
    curve = [[float(number) for number in line.split()[:3]] for line in lines[-10:-6]]
    assert [m for m, _, _ in curve] == [5, 10, 20, 40] and "variance" in lines[-10] and "neither" in lines[-7]
    assert curve[0][1] < curve[3][1] and curve[3][2] < curve[0][2]  # the two curves approach each other


def broken_maker(seed, broken):
    network = make(seed, backend="python")
    if broken:
        network.set("dense1.bias", [math.nan, 0.0])
    return network


def test_a_network_that_puts_out_nan_is_not_the_best():
    """NaN decides for no class. All rows have class 0, for which it was once taken."""
    rows = [row for row, label in zip(DATA.inputs, DATA.targets) if label == 0]
    found = selection.grid(broken_maker, {"broken": [True, False]}, rows, [0] * len(rows), score="accuracy", epochs=9,
                           validation=(rows, [0] * len(rows)), executor="serial")
    assert found.table[0].score == 0.0 and found.best is found.table[1]
