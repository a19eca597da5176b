"""Does a search end at once, and say why, if a fit fails, a worker dies, Ctrl-C is pressed or an argument is wrong?"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import refnet as rn
from refnet import selection

ROOT = Path(__file__).resolve().parents[2]
X, Y = [[0.5, -1.0], [1.5, 2.0], [-0.25, 0.75], [1.0, 1.0], [0.0, 0.0], [2.0, -1.0]], [0, 1, 1, 0, 1, 0]
PROCESSES = partial(ProcessPoolExecutor, mp_context=multiprocessing.get_context("spawn"))
LAMBDAS = {"lam": [0.0, 0.1, 0.2]}


def make(seed, lam=0.0):
    return rn.Network([rn.Input(2), rn.Dense(2, penalty=rn.L2(lam)), rn.Softmax()], seed=seed)


def failing_maker(seed, lam):
    if lam > 0.1:
        raise LookupError(f"no network for {lam}")
    return make(seed)


def dying_maker(seed, lam):
    if lam > 0.1:
        os._exit(3)
    return make(seed)


# --- Fits that fail ---


@pytest.mark.parametrize("executor", [None, "serial", ThreadPoolExecutor, PROCESSES])
def test_an_error_comes_with_its_parameters(executor):
    executor = executor(2) if callable(executor) else executor
    told = []
    with pytest.raises(selection.FitError) as caught:
        selection.grid(failing_maker, LAMBDAS, X, Y, folds=2, seed=8, executor=executor, report=told.append)
    assert str(caught.value) == "fit of lam=0.2, seed 8, fold 0: LookupError: no network for 0.2"
    assert isinstance(caught.value.__cause__, LookupError)
    assert [line.parameters["lam"] for line in told] == [0.0, 0.1]


def test_an_error_of_the_first_network_comes_at_once():
    with pytest.raises(selection.FitError, match=r"fit of lam=0\.5, seed 0, fold 0: LookupError: no network for 0\.5"):
        selection.grid(failing_maker, {"lam": [0.5]}, X, Y, folds=2, executor=Executor())
    with pytest.raises(NotImplementedError):  # as soon as a fit is handed to it
        selection.cross_validate(make, X, Y, folds=2, executor=Executor())
    with pytest.raises(selection.FitError, match=r"epochs: 0; allowed: whole numbers >= 1"):
        selection.cross_validate(make, X, Y, epochs=0, executor="serial")
    with pytest.raises(selection.FitError, match=r"fit of examples=2, seed 0, fold 0: .*batch_size: 0"):
        selection.learning_curve(make, [2, 4], X, Y, batch_size=0, executor="serial", **V)


@pytest.mark.parametrize("executor", [None, PROCESSES])
def test_a_worker_that_dies(executor):
    with pytest.raises(selection.FitError, match="worker process ended before its fit did"):
        selection.grid(dying_maker, LAMBDAS, X, Y, validation=(X, Y), executor=executor and executor(1))


def test_what_cannot_be_sent_to_a_process(monkeypatch):
    def local(seed, lam):
        return make(seed, lam)

    started = []
    with pytest.raises(TypeError, match=r"make: .*local.*cannot be sent.*top level.*executor='serial'"):
        selection.grid(local, LAMBDAS, X, Y, validation=(X, Y), report=started.append)
    assert not started
    with ThreadPoolExecutor(2) as threads:
        found = [selection.grid(local, LAMBDAS, X, Y, validation=(X, Y), executor=executor).table
                 for executor in ("serial", threads)]
    assert found[0] == found[1] == selection.grid(make, LAMBDAS, X, Y, validation=(X, Y)).table
    monkeypatch.setattr(sys, "platform", "emscripten")  # where there are no processes
    assert selection.grid(local, LAMBDAS, X, Y, validation=(X, Y)).table == found[0]


def test_a_maker_that_returns_the_same_network_again():
    kept = make(0)
    with pytest.raises(selection.FitError, match=r"make: .*already trained \(1 epoch\); expected a new one"):
        selection.cross_validate(lambda seed: kept, X, Y, folds=2, executor="serial")


# --- Fits that are not done ---


def test_what_has_not_started_is_cancelled():
    """One thread and twenty fits. The second fit waits until the report of the first has interrupted the search."""
    made, is_over = [], threading.Event()

    def waiting(seed, lam):
        made.append(lam)
        if lam == 2:
            is_over.wait(60)
        return make(seed)

    def interrupt(line):
        raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(KeyboardInterrupt):
            selection.grid(waiting, {"lam": range(1, 21)}, X, Y, validation=(X, Y), executor=executor, report=interrupt)
        is_over.set()
    assert made in ([1, 1], [1, 1, 2])  # the network for checks, the first fit, and the one under way


ENDLESS = """
import sys
import refnet as rn
from refnet import selection
from test_selection_errors import X, Y, make

if __name__ == "__main__":
    selection.grid(make, {"epochs": [1, 10**9]}, X, Y, validation=(X, Y),
                   report=lambda line: print("first", flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent otherwise on Windows")
@pytest.mark.parametrize("to_all", [True, False], ids=["from the terminal", "to the caller alone"])
def test_ctrl_c_ends_fits_and_processes(tmp_path, to_all):
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    process = subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout.readline() == "first\n"
        time.sleep(0.2)
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)  # the pipes are closed when the last process has ended
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert to_all or errors.count("Traceback") == 1  # a worker that is just starting may still print


def script_errors(code, tmp_path, *command):
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, *(command or [str(script)])], env=environment, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 1
    return done.stderr


def test_a_script_without_its_guard_is_told_so(tmp_path):
    code = ENDLESS.replace('if __name__ == "__main__":', "if True:").replace("10**9", "1")
    errors = script_errors(code, tmp_path)
    assert "FitError: a worker process ended" in errors and "`if __name__ == '__main__':`" in errors
    assert "bootstrapping phase" not in errors  # which every worker would print


def test_a_maker_that_was_typed_in(tmp_path):
    code = ("import refnet as rn\nfrom functools import partial\nfrom test_selection_errors import X, Y, make\n"
            "def own(seed, lam): return make(seed, lam)\n"
            "rn.selection.grid(partial(own), {'lam': [0, 1]}, X, Y, folds=2)")
    errors = script_errors("", tmp_path, "-c", code)
    assert "TypeError: make: <function own" in errors and "typed in" in errors and "ThreadPoolExecutor" in errors


# --- Bad input ---

BELONGS = rn.SGD(0.1)
make(0).fit(X, Y, optimizer=BELONGS)
V = {"validation": (X, Y)}
BAD = [
    (ValueError, "validation, folds: neither", {}),
    (ValueError, "seeds: 0; allowed: whole numbers >= 1", {**V, "seeds": 0}),
    (TypeError, "seeds: [1, 2] is a list", {**V, "seeds": [1, 2]}),
    (ValueError, "seeds: 2 with 'seed' in the parameters too", {**V, "seeds": 2, "parameters": {"seed": [1]}}),
    (ValueError, "seeds: 2 with a Network for make", {**V, "seeds": 2, "make": make(0), "parameters": {"epochs": [1]}}),
    (ValueError, "validation, folds: both", {**V, "folds": 2}),
    (TypeError, "parameters: []; expected a dict", {**V, "parameters": []}),
    (TypeError, "parameters: {}; expected a dict", {**V, "parameters": {}}),
    (TypeError, "parameters['lam']: 0.1; expected a list", {**V, "parameters": {"lam": 0.1}}),
    (TypeError, "parameters['lam']: '0.1'; expected a list", {**V, "parameters": {"lam": "0.1"}}),
    (ValueError, "parameters['lam']: no values; expected at least one", {**V, "parameters": {"lam": ()}}),
    (TypeError, "seed: 'x' is a str; allowed: whole numbers", {**V, "parameters": {"seed": ["x"]}}),
    (TypeError, "make: make(seed, lam=0.0) is called with units, seed: got an unexpected keyword argument 'units'",
     {**V, "parameters": {"units": [1]}}),
    (TypeError, "got an unexpected keyword argument 'optimiser'; did you mean optimizer?",
     {**V, "parameters": {"lam": [0.1], "optimiser": [rn.SGD()]}}),
    (TypeError, "'batch'; did you mean batch_size?", {**V, "parameters": {"lam": [0.1], "batch": [1]}}),
    (TypeError, "make: 3; expected a function", {**V, "make": 3}),
    (TypeError, "make: a Network, so parameters can only be settings of fit, not lam", {**V, "make": make(0)}),
    (TypeError, "settings of fit, not seed", {**V, "make": make(0), "parameters": {"seed": [1]}}),
    (TypeError, "make: it returned None; expected a Network", {**V, "make": lambda seed, lam: None}),
    (TypeError, "epoch: neither an argument of this search nor a setting of fit; settings of fit are loss, optimizer",
     {**V, "epoch": 3}),
    (TypeError, "callbacks, allow_nonfinite; did you mean epochs?", {**V, "epoch": 3}),
    (TypeError, "callbacks, allow_nonfinite; did you mean folds?", {**V, "fold": 3}),
    (ValueError, "epochs: given for all fits and in parameters", {**V, "parameters": {"epochs": [1]}, "epochs": 3}),
    (ValueError, "optimizer: this SGD belongs to a network", {**V, "optimizer": BELONGS}),
    (ValueError, "optimizer: this SGD belongs", {**V, "parameters": {"optimizer": [rn.SGD(), BELONGS]}}),
    (TypeError, "executor: 'parallel'; allowed: None (processes), 'serial'", {**V, "executor": "parallel"}),
    (TypeError, "executor: 2; allowed:", {**V, "executor": 2}),
    (TypeError, "report: 1; expected a function that takes a Line", {**V, "report": 1}),
    (ValueError, "score: 'acuracy'; allowed: 'loss', 'accuracy'", {**V, "score": "acuracy"}),
    (ValueError, "score: 'f2'; allowed: 'loss', 'accuracy', 'auc'", {**V, "score": "f2", "metrics": rn.metrics.auc}),
    (ValueError, "mode: 'most'; allowed: 'min', 'max'", {**V, "mode": "most"}),
    (ValueError, "metrics: 'f2'; allowed names: accuracy", {**V, "metrics": "f2"}),
    (TypeError, "seed: 0.5 is a float", {**V, "seed": 0.5}),
    (ValueError, "folds: 1; allowed: whole numbers >= 2", {"folds": 1}),
    (ValueError, "folds: 7; allowed: whole numbers from 2 to 6", {"folds": 7}),
    (ValueError, "stratified: True without folds", {**V, "stratified": True}),
    (ValueError, "stratified: 1; allowed: True, False", {"folds": 2, "stratified": 1}),
    (ValueError, "class 0.0 has 3 examples; allowed: at least 4", {"folds": 4, "stratified": True}),
    (ValueError, "refit: 'yes'; allowed: True, False", {**V, "refit": "yes"}),
    (ValueError, "refit: True, but EarlyStopping(", {"folds": 2, "callbacks": rn.EarlyStopping()}),
    (ValueError, "refit: True, but Plateau(",
     {"folds": 2, "parameters": {"optimizer": [rn.SGD(), rn.SGD(rn.Plateau(0.1, monitor="validation_loss"))]}}),
    (TypeError, "validation: int; expected (inputs, targets)", {"validation": 3}),
    (ValueError, "validation inputs: row 0 has 1 number", {"validation": ([[1.0]], [0])}),
    (ValueError, "validation targets: label 2 at 0", {"validation": (X[:1], [2])}),
    (ValueError, "inputs: nan in row 1, column 0", {**V, "inputs": [X[0], [float("nan"), 0.0], *X[2:]]}),
    (ValueError, "targets: 5 targets for 6 rows", {**V, "targets": Y[1:]}),
    (ValueError, "sample_weight: 2 targets for 6 rows", {**V, "sample_weight": [1.0, 2.0]}),
    (TypeError, "loss: 3; allowed: losses", {**V, "loss": 3}),
    (ValueError, "Hinge", {**V, "loss": rn.Hinge()}),
]


@pytest.mark.parametrize("kind, words, arguments", BAD, ids=[words[:40] for _, words, _ in BAD])
def test_bad_input(kind, words, arguments):
    told = []
    whole = {"make": make, "parameters": LAMBDAS, "inputs": X, "targets": Y, "executor": "serial",
             "report": told.append, **arguments}
    if "parameters" in arguments and "optimizer" in str(arguments["parameters"]):
        whole["make"] = make(0)
    with pytest.raises((kind, selection.FitError)) as caught:
        selection.grid(whole.pop("make"), whole.pop("parameters"), whole.pop("inputs"), whole.pop("targets"), **whole)
    assert words in str(caught.value) and not told
    assert caught.type is kind or "it returned None" in words


@pytest.mark.parametrize("kind, words, call", [
    (ValueError, "sizes: 7; allowed: whole numbers from 1 to 6",
     partial(selection.learning_curve, make, [7], X, Y, **V)),
    (ValueError, "sizes: 5; allowed: whole numbers from 1 to 4",
     partial(selection.learning_curve, make, [1, 5], X, Y, folds=3)),
    (ValueError, "sizes: 0; allowed: whole numbers >= 1", partial(selection.learning_curve, make, [0], X, Y, **V)),
    (TypeError, "sizes: 3; expected a list", partial(selection.learning_curve, make, 3, X, Y, **V)),
    (ValueError, "validation, folds: neither", partial(selection.learning_curve, make, [3], X, Y)),
    (TypeError, "make: a Network, so parameters can only be settings of fit, not seed",
     partial(selection.restarts, make(0), 2, X, Y)),
    (ValueError, "times: 0; allowed: whole numbers >= 1", partial(selection.restarts, make, 0, X, Y)),
    (TypeError, "folds: None is a NoneType", partial(selection.cross_validate, make, X, Y, folds=None)),
    (ValueError, "first: 0; allowed: finite numbers > 0", partial(selection.doubling, 0, 1)),
    (ValueError, "last: 0.5; allowed: finite numbers >= 1.0", partial(selection.doubling, 1, 0.5)),
    (ValueError, "last: inf; allowed: finite", partial(selection.doubling, 1, float("inf"))),
    (ValueError, "examples: 0; allowed", partial(selection.k_folds, 0, 2)),
    (ValueError, "training_error: -1; allowed: finite numbers >= 0", partial(selection.bias_or_variance, -1, 0)),
    (TypeError, "validation_error: '1' is a str", partial(selection.bias_or_variance, 1, "1")),
    (ValueError, "desired: nan", partial(selection.bias_or_variance, 1, 1, desired=float("nan"))),
    (ValueError, "tolerance: -0.1", partial(selection.bias_or_variance, 1, 1, tolerance=-0.1)),
])
def test_bad_input_elsewhere(kind, words, call):
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)
