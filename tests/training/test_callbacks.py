"""Do callbacks stop, restore, save and measure between two epochs, on both backends and through a file?"""

import math
import threading
import warnings

import pytest
from callback_helpers import VALIDATION, X, Y, fit, network

import refnet as rn
from refnet.files import classes
from refnet.training.callbacks import Callback, layer_statistics


class Told(Callback):
    """Returns these answers, one for each epoch."""

    def __init__(self, answers):
        self.answers = list(answers)

    def epoch_end(self, network, line):
        return self.answers.pop(0)


def test_true_ends_the_training(backend):
    net = network(backend)
    history = fit(net, 10, callbacks=Told([False, None, True]))
    assert len(history["loss"]) == 3 and net.epoch == 3


def test_training_stops_when_a_loss_is_reached(backend):
    """Golden 34: another epoch as long as the loss is above θ."""
    free = fit(network(backend), 30)["loss"]
    theta = free[7]
    first = next(i for i, loss in enumerate(free) if loss <= theta)
    history = fit(network(backend), 30, callbacks=[rn.StopAtLoss(theta)])
    assert history["loss"] == free[: first + 1]


@pytest.mark.parametrize(("mode", "names"), [
    ("min", ["loss", "validation_loss", "mean_absolute_error", "validation_rmse", "mse", "mae", "log_loss",
             "brier_score_loss", "validation_softmax1_loss"]),
    ("max", ["validation_accuracy", "validation_softmax1_accuracy", "validation_f1", "f1_score", "roc_auc_score", "r2",
             "precision", "validation_recall"]),
])
def test_whether_smaller_is_better_follows_from_the_name_or_is_asked_for(mode, names):
    makers = (lambda **own: rn.EarlyStopping(**own), lambda **own: rn.StopAtLoss(0.5, **own),
              lambda **own: rn.Plateau(0.1, **own))
    for make in makers:
        assert {make(monitor=name).mode for name in names} == {mode}
        other = "max" if mode == "min" else "min"
        assert make(monitor=names[0], mode=other).mode == other
        for name in ("validation_profit", "brier_score", "los"):
            with pytest.raises(ValueError, match=f"mode: None; .*{name!r}.*allowed for it: 'min', 'max'"):
                make(monitor=name)
            assert make(monitor=name, mode=mode).mode == mode


def test_training_stops_when_an_accuracy_is_reached(backend):
    """Not as soon as it is below."""
    net = rn.Network([rn.Input(1), rn.Dense(1), rn.Sigmoid()], backend=backend)
    net.weights, net.biases = [[[-1.0]]], [[0.0]]  # wrong for both rows; each step of 1 moves the weight by about 1
    data = [[1.0], [-1.0]], [1.0, 0.0]
    history = net.fit(*data, optimizer=rn.SGD(1.0), batch_size=2, epochs=20, validation=data,
                      callbacks=rn.StopAtLoss(0.95, monitor="validation_accuracy"))
    assert history["validation_accuracy"] == [0.0, 1.0]
    net.fit(*data, epochs=20, validation=data, callbacks=rn.StopAtLoss(0.5, monitor="validation_loss", mode="max"))
    assert net.epoch == 22


SCHEDULES = {
    "cosine": lambda: rn.CosineDecay(0.4, 12),
    "warm-up": lambda: rn.Warmup(rn.ExponentialDecay(0.3, 0.9), 3, start=0.05),
    "plateau": lambda: rn.Plateau(0.5, factor=0.3, patience=1),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", [rn.Momentum, rn.Adam, rn.RMSprop])
def test_whole_runs_are_bit_equal_and_go_on_from_a_checkpoint(journey, schedule, optimizer, tmp_path):
    """Early stopping, a schedule, dropout, batch normalisation, validation; in Python and C; broken off and resumed."""
    start, end = journey

    def settings():
        return {"optimizer": optimizer(SCHEDULES[schedule]()), "callbacks": [rn.EarlyStopping(patience=4)]}

    straight, broken = network(end), network(start)
    whole = fit(straight, 12, **settings())
    more = settings()
    more["callbacks"].append(rn.Checkpoint(tmp_path / "epoch-{epoch}.refnet", every=2))
    begun = fit(broken, 3, **more)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-2.refnet"]
    resumed = rn.load(tmp_path / "epoch-2.refnet", end)
    rest = fit(resumed, 10, optimizer=None)
    assert {name: begun[name][:2] + rest[name] for name in begun} == whole
    assert resumed.fingerprint() == straight.fingerprint() and resumed.epoch == straight.epoch
    assert resumed.callbacks[0].waited == straight.callbacks[0].waited


def test_a_checkpoint_sees_what_early_stopping_has_seen(tmp_path):
    """Whichever of the two comes first in the list."""
    net = network("python")
    fit(net, 2, callbacks=[rn.Checkpoint(str(tmp_path / "a.refnet")), rn.EarlyStopping(patience=3)])
    callbacks = rn.load(tmp_path / "a.refnet").callbacks
    assert [type(each) for each in callbacks] == [rn.EarlyStopping]
    assert callbacks[0].__getstate__() == {**net.callbacks[1].__getstate__(), "last": {}}


def test_callbacks_of_ones_own_are_kept_when_they_are_registered(tmp_path):
    class Counts(Callback):
        state = ("epochs",)

        def __init__(self):
            self.epochs = 0

        def epoch_end(self, network, line):
            self.epochs += 1

    net = network("python")
    fit(net, 2, callbacks=Counts())
    with pytest.warns(UserWarning, match=r"leaves out the callback Counts .*rn\.register\(Counts\)") as caught:
        net.save(tmp_path / "a.refnet")
    assert [each.filename for each in caught] == [__file__]
    assert rn.load(tmp_path / "a.refnet").callbacks == []
    rn.register(Counts)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            net.save(tmp_path / "a.refnet")
        assert rn.load(tmp_path / "a.refnet").callbacks[0].epochs == 2
    finally:
        del classes.CLASSES["Counts"]


def test_a_callback_that_files_need_not_keep_says_so_in_its_class(tmp_path):
    class Tells(Callback, saved=False):
        def epoch_end(self, network, line):
            self.epoch = network.epoch

    net = network("python")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(net, 2, callbacks=[Tells(), rn.Checkpoint(tmp_path / "a.refnet")])
    assert rn.load(tmp_path / "a.refnet").callbacks == [] and net.callbacks[0].epoch == 2


def test_a_penalty_that_starts_later(backend):
    """Before its first epoch it has no effect; from then on it counts."""
    with_penalty, without = network(backend), network(backend)
    late = {"penalty": rn.L2(0.1, start=3), "optimizer": rn.SGD(0.1)}
    fit(with_penalty, 3, **late)
    fit(without, 3, optimizer=rn.SGD(0.1))
    assert with_penalty.fingerprint() == without.fingerprint()
    fit(with_penalty, 2, penalty=rn.L2(0.1, start=3), optimizer=None)
    fit(without, 2, penalty=rn.L2(0.1), optimizer=None)
    assert with_penalty.fingerprint() == without.fingerprint()


def test_a_penalty_starts_in_the_middle_of_one_call(native):
    """C runs up to that epoch in one call, then goes on with another recording."""
    nets = [network(backend) for backend in ("python", "c")]
    penalties = [rn.L2(0.1, start=2), rn.L1(0.01, start=5)]
    for net in nets:
        net.fit(X, Y, epochs=7, batch_size=2, optimizer=rn.SGD(0.1), penalty=penalties)
    assert nets[0].fingerprint() == nets[1].fingerprint()
    free = network("c")
    free.fit(X, Y, epochs=7, batch_size=2, optimizer=rn.SGD(0.1))
    assert free.fingerprint() != nets[1].fingerprint()


# --- Statistics of the layers -----------------------------------------------------------------------------------


def test_statistics_by_hand(backend):
    net = rn.Network([rn.Input(1), rn.Dense(2), rn.ReLU(), rn.Dense(1, bias=False), rn.Sigmoid()], backend=backend)
    net.set("dense1.weights", [[1.0], [-1.0]])
    net.set("dense1.bias", [0.0, -5.0])
    net.set("dense2.weights", [[8.0, 1.0]])
    net.forward([[1.0], [3.0]])  # dense1: (1, −6), (3, −8); relu: (1, 0), (3, 0); dense2: 8, 24
    net.backward([[0.5], [0.25]], input_gradient=True)
    lines = layer_statistics(net)
    assert lines["dense1"]["mean"] == 18.0 / 4.0 and lines["dense1"]["dead"] == 0.0
    assert lines["relu1"]["mean"] == 1.0 and lines["relu1"]["dead"] == 0.5 and "saturated" not in lines["relu1"]
    assert lines["sigmoid1"]["saturated"] == 1.0 and lines["sigmoid1"]["delta"] == 0.375
    d = [delta for (delta,) in net.deltas["dense2"]]
    assert lines["dense2"]["gradient"] == math.fabs(d[0] * 1.0 + d[1] * 3.0)
    assert list(lines) == ["dense1", "relu1", "dense2", "sigmoid1"]


def test_saturation_at_either_end(backend):
    net = rn.Network([rn.Input(1), rn.Sigmoid()], backend=backend)
    net.forward([[9.0], [-9.0], [0.0], [4.0]])
    assert layer_statistics(net)["sigmoid1"]["saturated"] == 0.5
    net = rn.Network([rn.Input(1), rn.Tanh()], backend=backend)
    net.forward([[9.0], [-9.0], [0.0], [-0.5]])
    assert layer_statistics(net, beyond=0.4)["tanh1"]["saturated"] == 0.75


def test_statistics_disturb_nothing(backend, recwarn):
    watched, alone = network(backend), network(backend)
    statistics = rn.LayerStatistics(X, Y)
    fit(watched, 4, callbacks=statistics)
    fit(alone, 4)
    assert watched.fingerprint() == alone.fingerprint() and watched.gradients == alone.gradients
    assert len(statistics.lines) == 4 and statistics.lines[0] != statistics.lines[3]
    assert not recwarn.list


def test_gradients_vanish_towards_the_first_of_many_layers(backend):
    """Lecture 000: six hidden layers of sigmoids, and the first hardly learns."""
    layers = [rn.Input(2)]
    for _ in range(6):
        layers += [rn.Dense(4), rn.Sigmoid()]
    net = rn.Network([*layers, rn.Dense(2), rn.Softmax()], backend=backend, seed=1)
    statistics = rn.LayerStatistics(X, Y)
    net.fit(X, Y, epochs=1, callbacks=[statistics])
    norms = [line["gradient"] for line in statistics.lines[0].values() if "gradient" in line]
    assert norms[0] < 1e-3 * norms[-1] and norms[:6] == sorted(norms[:6])


# --- Bad input ----------------------------------------------------------------------------------------------------

BAD = [
    ({"callbacks": 3}, TypeError, "callbacks: 3; allowed: EarlyStopping"),
    ({"callbacks": [rn.EarlyStopping(), None]}, TypeError, "callbacks: None; allowed:"),
    ({"callbacks": rn.EarlyStopping(monitor="validation_loss"), "validation": None}, ValueError,
     "monitor: 'validation_loss'; the history will have loss, rate; validation=(inputs, targets) adds more"),
    ({"callbacks": rn.LayerStatistics([[1.0]], [0])}, ValueError, "LayerStatistics inputs: row 0 has 1 number"),
    ({"metrics": 3}, TypeError, "metrics: 3; expected functions of (targets, outputs)"),
    ({"metrics": rn.metrics.confusion_matrix}, TypeError, "metrics: confusion_matrix returned a list; expected a"),
    ({"metrics": rn.metrics.f1, "validation": None}, ValueError, "validation=(inputs, targets)"),
    ({"sample_weight": [1.0] * 4}, ValueError, "sample_weight: 4 targets for 5 rows"),
    ({"sample_weight": [1.0, 1.0, -1.0, 1.0, 1.0]}, ValueError, "sample_weight[2]: -1.0; allowed: finite"),
    ({"sample_weight": [1.0, 1.0, math.nan, 1.0, 1.0]}, ValueError, "sample_weight: nan at 2"),
    ({"class_weight": [1.0, 2.0]}, TypeError, "class_weight: [1.0, 2.0]; expected a dict"),
    ({"class_weight": {2: 1.0}}, ValueError, "class_weight: class 2; allowed: 0 to 1"),
    ({"class_weight": {True: 1.0}}, ValueError, "class_weight: class True; allowed: 0 to 1"),
    ({"class_weight": {0: -1.0}}, ValueError, "class_weight[0]: -1.0; allowed: finite numbers >= 0"),
]


@pytest.mark.parametrize(("settings", "kind", "message"), BAD, ids=range(len(BAD)))
def test_bad_input_changes_nothing(backend, settings, kind, message):
    net = network(backend)
    before = net.fingerprint()
    with pytest.raises(kind) as error:
        net.fit(X, Y, **{"validation": VALIDATION, **settings})
    assert message in str(error.value)
    assert net.fingerprint() == before and net.epoch == 0 and net.optimizer is None and net.callbacks == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rn.EarlyStopping(patience=0), "patience: 0; allowed: whole numbers >= 1"),
        (lambda: rn.EarlyStopping(patience=1.5), "patience: 1.5"),
        (lambda: rn.EarlyStopping(monitor=""), "monitor: ''; allowed: text that is not empty"),
        (lambda: rn.EarlyStopping(monitor=3), "monitor: 3 is a int; allowed: text"),
        (lambda: rn.EarlyStopping(mode="up"), "mode: 'up'; allowed: 'min', 'max'"),
        (lambda: rn.EarlyStopping(min_delta=-1), "min_delta: -1"),
        (lambda: rn.EarlyStopping(restore=1), "restore: 1; allowed: True, False"),
        (lambda: rn.StopAtLoss("low"), "threshold: 'low'"),
        (lambda: rn.StopAtLoss(math.nan), "threshold: nan"),
        (lambda: rn.Checkpoint(""), "path: ''; allowed: text that is not empty"),
        (lambda: rn.Checkpoint("a", every=0), "every: 0"),
        (lambda: rn.LayerStatistics(X, Y, beyond=1.0), "beyond: 1.0"),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises((TypeError, ValueError)) as error:
        make()
    assert message in str(error.value)


def test_a_name_that_is_not_in_the_history(backend):
    with pytest.raises(ValueError, match="monitor: 'a_loss'; the history will have loss, rate, validation_loss"):
        fit(network(backend), 3, callbacks=rn.EarlyStopping(monitor="a_loss"))


# --- Copies, threads, an epoch given up ----------------------------------------------------------------------------


def test_an_epoch_that_was_broken_off_can_be_given_up(backend):
    net = network(backend)

    def stop(report):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError):
        net.fit(X * 4000, Y * 4000, batch_size=1, report=stop)
    if net.progress.position:
        with pytest.raises(ValueError, match="abandon_epoch"):
            fit(net, 1)
    net.abandon_epoch()
    fit(net, 1)
    assert net.progress.position == 0


def test_another_thread_is_refused_meanwhile(backend):
    net = network(backend)
    said = []

    def look(report):
        def use():
            for act in (lambda: net.predict(X), lambda: net.evaluate(X, Y), lambda: net.forward(X),
                        lambda: net.save("/nowhere"), net.abandon_epoch):
                try:
                    act()
                except ValueError as error:
                    said.append(str(error))

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        assert len(net.predict(X)) == 5  # the thread that trains may predict

    fit(net, 1, report=look)
    assert said and len(said) % 5 == 0 and all("is training it" in each or "being trained" in each for each in said)
