"""Does what a user changes in a report, between two fits or in a file have the same effect on both backends?"""

import copy
import json
import math
import pickle
import signal

import pytest
from file_helpers import rewrite

import refnet as rn
from refnet import FileError, load, save

X = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5], [1.0, 1.0]]
Y = [[0.5], [1.0], [-0.25], [0.75], [0.0]]


def network(backend, seed=3, **dense):
    return rn.Network([rn.Input(2), rn.Dense(3, **dense), rn.Tanh(), rn.Dense(1)], backend=backend, seed=seed)


def both(change, **settings):
    """The fingerprints of both backends after 6 epochs in which change(net, epoch) is called after each."""
    prints = []
    for backend in ("python", "c"):
        net = network(backend)
        given = {name: make() for name, make in settings.items()}
        net.fit(X, Y, epochs=6, batch_size=2, report=lambda r, net=net: r.finished and change(net, r.epoch), **given)
        prints.append(net.fingerprint())
    return prints


# --- What a report changes is noticed by a recording ------------------------------------------------------------


def test_activations_of_a_replayed_step_are_not_those_of_another(backend):
    """C keeps no activations, so neither backend shows any: they would be those of different steps."""
    net, said = network(backend), []

    def look(report):
        if not report.finished:
            return
        for name in ("activations", "deltas"):
            try:
                said.append(getattr(net, name))
            except ValueError as error:
                said.append(str(error))
        said.append(net.gradients["dense2.bias"])

    net.fit(X, Y, epochs=5, batch_size=1, report=look)
    assert all(each.startswith("no forward pass yet on this backend") for each in said[::3])
    assert said[1] == {} and len(set(map(str, said[2::3]))) == 5


def test_a_schedule_of_ones_own_that_observes(native):
    class Halve(rn.Schedule):
        def __init__(self):
            self.rate = 0.2

        def __call__(self, epoch):
            return self.rate

        def observe(self, line):
            self.rate *= 0.5

    prints = both(lambda net, epoch: None, optimizer=lambda: rn.SGD(Halve()))
    histories = []
    for backend in ("python", "c"):
        histories.append(network(backend).fit(X, Y, epochs=4, batch_size=1, optimizer=rn.SGD(Halve())))
    assert histories[0] == histories[1] and histories[0]["rate"] == [0.2, 0.1, 0.05, 0.025]
    assert prints[0] == prints[1]


class OwnLoss(rn.HalfSquaredError):
    scale = 1.0

    def __init__(self):
        super().__init__()
        self.scale = 1.0

    def backward(self, k, o, y):
        return k.scale(super().backward(k, o, y), self.scale)


class OwnPenalty(rn.Penalty):
    def __init__(self):
        self.strength = 0.0

    def cost(self, k, w):
        return 0.0

    def gradient(self, k, g, w):
        return k.add_scaled(g, w, self.strength)


class OwnSGD(rn.SGD):
    def __init__(self):
        super().__init__(0.1)
        self.boost = 1.0

    def update_parameter(self, k, w, g, state):
        super().update_parameter(k, w, k.scale(g, self.boost), state)


CHANGES = {
    "constraint": (lambda net: setattr(net.layers[1], "constraints", (rn.MaxNorm(0.1),)), {}),
    "constraint of a parameter": (
        lambda net: setattr(net.parameters["dense1.weights"], "constraints", (rn.MaxNorm(0.1),)), {}),
    "penalty": (lambda net: setattr(net.layers[1], "penalties", (rn.L2(0.5),)), {}),
    "own loss": (lambda net: setattr(net.objective, "scale", 3.0), {"loss": OwnLoss}),
    "own penalty": (lambda net: setattr(net.penalties[0], "strength", 0.5), {"penalty": OwnPenalty}),
    "own optimizer": (lambda net: setattr(net.optimizer, "boost", 2.0), {"optimizer": OwnSGD}),
    "clip": (lambda net: setattr(net.optimizer, "clip", rn.ClipValue(1e-3)), {}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_report_changes_counts_from_then_on(what, native):
    change, settings = CHANGES[what]
    python, c = both(lambda net, epoch: change(net) if epoch == 3 else None, **settings)
    assert python == c != both(lambda net, epoch: None, **settings)[0]


def test_what_is_set_on_a_layer_counts_and_is_in_the_file(journey, path):
    start, end = journey
    net = network(start)
    net.layers[1].constraints = (rn.MaxNorm(0.25),)
    net.layers[1].penalties = (rn.L1(0.125),)
    save(net, path)
    back = load(path, end)
    for each in (net, back):
        each.fit(X, Y, epochs=2, batch_size=2, optimizer=rn.SGD(0.1))
    assert back.fingerprint() == net.fingerprint()
    assert max(math.hypot(*row) for row in back.weights[0]) < 0.25 + 1e-15


# --- Optimizers and callbacks belong to one network ---------------------------------------------------------------


def test_early_stopping_is_about_one_network(backend):
    stopping = rn.EarlyStopping(monitor="loss")
    network(backend).fit(X, Y, callbacks=stopping)
    other = network(backend)
    with pytest.raises(ValueError, match="callbacks: this EarlyStopping belongs to another network; make a new one"):
        other.fit(X, Y, callbacks=stopping)
    assert other.epoch == 0


def test_copies_share_nothing(backend):
    net = network(backend)
    net.fit(X, Y, optimizer=rn.Adam(0.1), callbacks=rn.EarlyStopping(monitor="loss"))
    for copied in (copy.copy(net), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        before = net.fingerprint()
        copied.fit(X, Y, epochs=3)
        assert net.fingerprint() == before != copied.fingerprint()
        assert copied.optimizer.network is copied and copied.callbacks[0].network is copied
    again = copy.deepcopy(net)
    assert again.fit(X, Y) == net.fit(X, Y) and again.fingerprint() == net.fingerprint()


def test_an_optimizer_copied_by_itself_is_a_new_one(backend):
    net = network(backend)
    net.fit(X, Y, optimizer=rn.Adam(0.1))
    optimizer, copied = pickle.loads(pickle.dumps((net.optimizer, net)))
    assert optimizer is copied.optimizer and optimizer.network is copied
    fresh = copy.deepcopy(net.optimizer)
    other, straight = network(backend), network(backend)
    other.fit(X, Y, optimizer=fresh)
    straight.fit(X, Y, optimizer=rn.Adam(0.1))
    assert other.fingerprint() == straight.fingerprint()


def test_optimizers_that_nobody_holds_are_forgotten(backend):
    net, kept = network(backend), rn.SGD(0.1)
    net.fit(X, Y, optimizer=kept)
    for _ in range(5):
        net.fit(X, Y, optimizer=rn.Adam(0.1))
    assert net.optimizers == [kept, net.optimizer]


# --- Before anything has changed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"penalty": rn.L2([[0.1, 0.2]])}, r"lam: a table of shape \(1, 2\); expected \(3, 2\)"),
        ({"callbacks": rn.StopAtLoss(0.1, monitor="a_loss")}, "monitor: 'a_loss'; the history will have loss, rate"),
        ({"optimizer": rn.SGD(rn.Plateau(0.1))}, "monitor: 'validation_loss'; the history will have loss, rate"),
        ({"optimizer": rn.SGD(rn.CosineDecay(0.1, 3)), "epochs": 4},
         "rate of epoch 3: 0.0; allowed: finite numbers > 0; CosineDecay ends before the 4 epochs asked for do"),
        ({"metrics": [rn.metrics.r2, rn.metrics.r2], "validation": (X, Y)}, "metrics: the name 'r2' is taken"),
    ],
)
def test_fit_refuses_before_anything_has_changed(backend, settings, message):
    net = network(backend)
    before = net.fingerprint()
    with pytest.raises(ValueError, match=message):
        net.fit(X, Y, **settings)
    assert (net.fingerprint(), net.epoch, net.penalties, net.callbacks, net.optimizer) == (before, 0, (), [], None)
    net.fit(X, Y)


def test_a_callback_left_over_is_named(backend):
    net = network(backend)
    net.fit(X, Y, callbacks=rn.EarlyStopping(), validation=(X, Y))
    with pytest.raises(ValueError, match=r"monitor: 'validation_loss'.*EarlyStopping of the last fit"):
        net.fit(X, Y)
    net.fit(X, Y, callbacks=[])


def test_a_checkpoint_looks_at_its_place_first(backend, tmp_path):
    net = network(backend)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        net.fit(X, Y, callbacks=rn.Checkpoint(tmp_path / "missing" / "a.refnet"))

    class Unknown(rn.Layer):
        def forward(self, x, training=False):
            return x

        def backward(self, d, input_gradient=True):
            return d

    own = rn.Network([rn.Input(2), Unknown(), rn.Dense(1)], backend=backend)
    with pytest.raises(FileError, match=r"layers\[1\]: .*Unknown is not known to files"):
        own.fit(X, Y, callbacks=rn.Checkpoint(tmp_path / "a.refnet"))
    assert net.epoch == own.epoch == 0
    with pytest.raises(TypeError, match="path: nan is a float; allowed: text or a path"):
        rn.Checkpoint(math.nan)


def test_a_graph_that_cannot_be_built_leaves_its_layers_free():
    x, shared = rn.Input(3), rn.Dense(2)
    h = shared(x)
    with pytest.raises(ValueError, match="dense2 shares the weights"):
        rn.Network(shared(h), "python")
    assert list(rn.Network(h, "python").parameters) == ["dense1.weights", "dense1.bias"]


def test_two_networks_do_not_share_a_layer():
    shared = rn.Dense(2)
    first, second = shared(rn.Input(2)), shared(rn.Input(2))
    rn.Network(first, "python")
    with pytest.raises(ValueError, match="Dense at 1 shares its parameters with dense1 of another network"):
        rn.Network(second, "python")


def test_an_input_may_be_an_output(backend):
    x = rn.Input(2)
    assert rn.Network([rn.Tanh()(x), x], backend=backend).forward([[0.0, -0.0]]) == [[[0.0, -0.0]], [[0.0, -0.0]]]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_ctrl_c_in_the_last_epoch_of_a_callback_is_heard(backend):
    class Stop(rn.Callback):
        def epoch_end(self, network, line):
            signal.raise_signal(signal.SIGINT)
            return True

    with pytest.raises(KeyboardInterrupt):
        network(backend).fit(X, Y, epochs=3, callbacks=Stop())


def test_the_warning_of_an_unfit_step_comes_once(native):
    class Looks(rn.Layer):
        gain = 1.0

        def forward(self, x, training=False):
            self.k.tolist(x)
            return self.k.scale(x, self.gain)

        def backward(self, d, input_gradient=True):
            return self.k.scale(d, self.gain)

    net = rn.Network([rn.Input(2), Looks(), rn.Dense(1)], backend="c")
    with pytest.warns(UserWarning, match="step by step") as caught:
        net.fit(X, Y, epochs=8, report=lambda r: setattr(net.layers[1], "gain", 1.0 + r.epoch / 8))
    assert len(caught) == 1


# --- Invented files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("buffers", "dropout1.drawn", "rows"), [[-1.0]], "buffers.dropout1: drawn: -1.0; allowed: whole"),
        (("buffers", "dropout1.drawn", "rows"), [[0.5]], "buffers.dropout1: drawn: 0.5"),
        (("buffers", "dropout1.drawn", "rows"), [["nan"]], "buffers.dropout1: drawn: nan"),
        (("buffers", "dropout1.drawn", "rows"), [[9007199254740992.0]], "buffers.dropout1: drawn: 9007199254740992.0"),
        (("buffers", "batchnorm1.variance", "rows", 0, 1), -1e-300, "buffers.batchnorm1: variance: -1e-300"),
        (("callbacks", 0, "state", "kept"), {"a": [[1.0]]}, r"callbacks\[0\]: kept: the names or shapes"),
        (("callbacks", 0, "state", "best"), {"binary64": "abc"}, r"callbacks\[0\]: binary64: 'abc'; expected \"nan\""),
        (("callbacks", 0, "state", "best"), {"binary64": []}, r"callbacks\[0\]: binary64: \[\]"),
        (("optimizer", "settings", "rate", "state", "current"), 2.0, "current: 2.0"),
        (("outputs",), [4], r"layers\[5\]: it leads to no output"),
        (("penalties", 0, "settings", "lam"), [[1.0]], r"penalties: lam: a table of shape \(1, 1\)"),
    ],
)
def test_invented_files_are_refused(path, where, value, message):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.BatchNorm(), rn.Dropout(0.25), rn.Tanh(), rn.Dense(1)], "python")
    net.fit(X, Y, callbacks=rn.EarlyStopping(monitor="loss"), penalty=rn.L2(0.1),
            optimizer=rn.SGD(rn.Plateau(0.1, monitor="loss")))
    save(net, path)
    document = json.loads(path.read_text())
    place = document
    for key in where[:-1]:
        place = place[key]
    assert where[-1] in place or isinstance(place, list)
    place[where[-1]] = value
    rewrite(path, document)
    with pytest.raises(FileError, match=message):
        load(path, "python")
