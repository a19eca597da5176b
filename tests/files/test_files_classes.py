"""Does a file keep refnet's classes, a user's registered classes and notes, and is everything else refused?"""

from __future__ import annotations

import math

import pytest
from file_helpers import contents, points, refused, rewrite, small

import refnet as rn
from refnet import FileError, load, register, save
from refnet.checks.settings import subclasses
from refnet.files import classes
from refnet.optimizers.schedules import Fixed


@pytest.fixture(autouse=True)
def own_table():
    """Classes that a test registers are forgotten at its end."""
    before = dict(classes.CLASSES)
    yield
    classes.CLASSES.clear()
    classes.CLASSES.update(before)


class Gain(rn.Layer):
    """A user's own layer."""

    settings = ("factor", "offsets")

    def __init__(self, factor, offsets=()):
        super().__init__()
        self.factor, self.offsets = factor, offsets

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.parameters["gain"] = rn.Parameter(k.matrix([[self.factor] * inputs]), is_row=True)
        self.buffers["seen"] = k.matrix([[1.0, 2.0]])

    def forward(self, x, training=False):
        return x

    def backward(self, d, input_gradient=True):
        return d


class Moody(rn.Layer):
    """A user's own layer with errors of its own."""

    settings = ("angry",)

    def __init__(self, angry):
        super().__init__()
        self.angry = angry
        if angry:
            raise RuntimeError("not today")


class Slow(rn.SGD):
    """A user's own optimizer."""


class Absolute(rn.Loss):
    """A user's own loss."""


class Flat(rn.Schedule):
    """A user's own schedule."""

    def __call__(self, epoch):
        return 0.5


class Free(rn.Penalty):
    """A user's own penalty."""


def with_own_classes():
    net = rn.Network([rn.Input(2), Gain(1.5, (1, [None, Flat()])), rn.Dense(1, penalty=Free())], "python")
    net.set("gain1.gain", [0.25, -0.0])
    net.objective = Absolute("sum")
    Slow(Flat()).attach(net)
    return net


def test_a_users_own_classes_are_refused_until_registered(path):
    net = with_own_classes()
    order = [(Gain, r"layers\[1\]"), (Flat, r"layers\[1\]\.settings\.offsets\[1\]\[1\]"),
             (Free, r"layers\[2\]\.settings\.penalty\[0\]"), (Absolute, "loss"), (Slow, "optimizer")]  # fmt: skip
    for cls, place in order:
        message = rf"^{place}: .*\.{cls.__name__} is not known .*rn\.register\({cls.__name__}\)"
        with pytest.raises(FileError, match=message):
            save(net, path)
        assert not path.exists()
        assert register(cls) is cls
        register(cls)
    save(net, path)
    back = load(path, "python")
    assert type(back.layers[1]) is Gain and back.get("gain1.gain") == [0.25, -0.0]
    offsets = back.layers[1].offsets
    assert offsets[0] == 1 and offsets[1][0] is None and type(offsets[1][1]) is Flat
    assert type(back.objective) is Absolute and back.objective.over == "sum"
    assert type(back.optimizer) is Slow and type(back.optimizer.schedule) is Flat
    assert back.fingerprint() == net.fingerprint()

    for cls, _ in order:
        del classes.CLASSES[cls.__name__]
        with pytest.raises(FileError, match=rf"class: '{cls.__name__}' is not .*register"):
            load(path)
        register(cls)


def test_register_checks_what_it_is_given():
    for wrong in (int, "Gain", Gain(1.0), rn.Layer, None, rn.Network):
        with pytest.raises(TypeError, match=r"register: .*allowed: classes derived from Layer"):
            register(wrong)

    class Forgetful(rn.Layer):
        def __init__(self, gain=1.0):
            super().__init__()

    with pytest.raises(ValueError, match=r"Forgetful's constructor takes \['gain'\]"):
        register(Forgetful)

    class Surplus(rn.Layer):
        settings = ("gain",)

    with pytest.raises(ValueError, match=r"Surplus\.settings names \['gain'\]"):
        register(Surplus)

    impostor = type("Dense", (rn.Dense,), {"__module__": rn.Dense.__module__})
    with pytest.raises(ValueError, match=r"the name Dense is taken by refnet\.layers\.dense\.Dense"):
        register(impostor)
    register(Gain)
    anew = type("Gain", (rn.Layer,), {"__module__": Gain.__module__, "__qualname__": Gain.__qualname__})
    register(anew)  # as if the notebook cell with this class were run again
    assert classes.CLASSES["Gain"] is anew
    with pytest.raises(ValueError, match="the name Gain is taken"):
        register(type("Gain", (rn.Layer,), {"__module__": "elsewhere"}))
    assert classes.CLASSES["Dense"] is rn.Dense

    class Narrow(rn.Dense):
        """Inherits its constructor. Initializers need not be kept."""

    register(Narrow)


def test_an_impostor_of_a_known_name_is_not_saved_as_the_known_class(path):
    impostor = type("Sigmoid", (rn.Tanh,), {})
    with pytest.raises(FileError, match=r"layers\[1\]: .*Sigmoid is not known"):
        save(rn.Network([rn.Input(1), impostor()], "python"), path)


def test_every_class_of_refnets_own_can_be_saved():
    """All public ones but those that a file cannot keep have registered themselves."""
    public = [getattr(rn, name) for name in rn.__all__]
    known = {cls for cls in public if isinstance(cls, type) and issubclass(cls, classes.BASES)}
    # A file neither says where to write nor holds rows.
    left_out = {rn.Checkpoint, rn.LayerSizes, rn.LayerStatistics, rn.Merge}
    own = {cls for cls in subclasses(classes.BASES).values()
           if cls.__module__.startswith("refnet.") and not cls.__module__.startswith("refnet.lectures.")}
    assert len(known) > 50 and known - set(classes.BASES) - left_out == own - {Fixed}
    assert Fixed in own
    for cls in own:
        classes.check_settings(cls)


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ([], "notes: a list; expected a dict"),
        ({"a": {1: 2}}, "notes.a: the key 1 is a int"),
        ({"a": [1, {2}]}, r"notes.a\[1\]: a set"),
        ({"a": math.nan}, "notes.a: nan"),
        ({"a": math.inf}, "notes.a: inf"),
        ({"a": 1 << 5000}, "notes.a: a whole number of 5001 bits"),
        ({"a": rn.L2(1.0)}, "notes.a: a L2"),
        ({"a": b"bytes"}, "notes.a: a bytes"),
    ],
)
def test_notes_that_would_not_come_back_are_refused(path, notes, message):
    with pytest.raises(FileError, match=message):
        save(small(), path, notes)
    assert not path.exists()


def test_notes_nested_without_end_and_other_things_that_are_not_saved(path):
    notes: dict = {}
    notes["again"] = notes
    with pytest.raises(FileError, match=r"notes.*nested deeper than 100"):
        save(small(), path, notes)
    with pytest.raises(TypeError, match="expected a Network"):
        save("net", path)
    with pytest.raises(TypeError):
        save(small(), 3)
    register(Gain)
    whole = "a whole number of 10000 bits"
    for factor, message in [(math.inf, "inf"), ({}, "a dict"), (object(), "a object"), (1 << 9999, whole)]:
        net = small()
        net.layers = (*net.layers[:3], Gain(factor), *net.layers[4:])
        with pytest.raises(FileError, match=rf"^layers\[3\]\.settings\.factor: {message}"):
            save(net, path)
    net = small()
    del net.layers[5].beta
    with pytest.raises(FileError, match=r"layers\[5\]: Softmax.settings names 'beta'"):
        save(net, path)
    net = small()
    net.progress.position = 3
    with pytest.raises(FileError, match=r"progress\.position: 3; .*plan.* 0"):
        save(net, path)
    net = small()
    net.optimizer = small().optimizer
    with pytest.raises(FileError, match="optimizer: it belongs to another network"):
        save(net, path)
    assert not path.exists()


def test_a_users_class_that_objects_is_named_with_its_place(path):
    register(Gain)
    register(Moody)
    net = rn.Network([rn.Input(2), Gain(1.0, [1]), Moody(False)], "python")
    save(net, path)
    document = contents(path)
    document["layers"][1]["settings"]["factor"] = "x"
    rewrite(path, document)
    refused(path, "^layers: could not convert string to float: 'x'")
    document["layers"][1]["settings"]["factor"] = 2.0
    document["buffers"]["gain1.seen"]["shape"] = [2, 1]
    rewrite(path, document)
    refused(path, "^buffers.gain1.seen: 1 row; expected 2")
    document["layers"][2]["settings"]["angry"] = True
    rewrite(path, document)
    refused(path, r"^layers\[2\]: not today$")


class Lion(rn.Optimizer):
    """A user's own optimizer: Chen et al., Symbolic Discovery of Optimization Algorithms, NeurIPS 2023."""

    settings = ("rate", "beta1", "beta2", "weight_decay", "clip")
    matrices = ("mean",)

    def __init__(self, rate=0.001, beta1=0.9, beta2=0.99, weight_decay=0.0, clip=None):
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.beta1, self.beta2 = beta1, beta2

    def update_parameter(self, k, w, g, state):
        mean = k.copy(state["mean"])
        k.move_average(mean, g, self.beta1)
        k.sgd_update(w, k.add_scaled_sign(k.zeros(*k.shape(w)), mean, 1.0), self.rate_matrix)
        k.move_average(state["mean"], g, self.beta2)


class Tabled(Lion):
    """The same with a table of settings, in which "rate" is checked on its way to the schedule."""

    settings = rn.checks.Settings(dict.fromkeys(Lion.settings), rate=rn.checks.Setting())


SCHEDULES = {"a number": lambda: 0.02, "CosineDecay": lambda: rn.CosineDecay(0.02, epochs=12),
             "Plateau": lambda: rn.Plateau(0.02, 0.5, patience=1, min_delta=0.01, monitor="loss"),
             "Warmup": lambda: rn.Warmup(rn.StepDecay(0.02, 0.5, 3), 4, 0.001)}  # fmt: skip


@pytest.mark.parametrize("cls", [Lion, Tabled])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_of_an_own_optimizer_is_the_schedule_that_was_given(cls, schedule, path, backend):
    register(cls)
    x, y = [[0.5, -1.0], [1.5, 0.25]], [[0.5, 0.0, 1.0], [-0.25, 1.0, 0.0]]
    optimizers = [cls(SCHEDULES[schedule](), weight_decay=0.01, clip=rn.ClipNorm(1.0)) for _ in range(2)]
    once, net = small(backend), small(backend)
    once.fit(x, y, loss=rn.HalfSquaredError(), optimizer=optimizers[0], epochs=10)
    net.fit(x, y, loss=rn.HalfSquaredError(), optimizer=optimizers[1], epochs=5)
    save(net, path)
    back = load(path, backend)
    assert repr(back.optimizer.schedule) == repr(net.optimizer.schedule) == repr(SCHEDULES[schedule]())
    assert back.optimizer.rate == net.optimizer.rate
    back.fit(x, y, epochs=5)
    assert back.fingerprint() == once.fingerprint() != net.fingerprint()


def test_repr_shows_the_rate_as_it_was_given():
    assert "Lion(rate=CosineDecay(rate=0.02, epochs=12, least=0.0), beta1=0.9," in repr(Lion(rn.CosineDecay(0.02, 12)))
    assert "Lion(rate=0.02, beta1=0.9," in repr(Lion(0.02))


class Narrowed(rn.Dense):
    """A user's own layer whose settings name the arguments, not the attributes."""

    settings = ("units", "penalty", "constraint")

    def __init__(self, units, penalty=None, constraint=None):
        super().__init__(units, bias=False, penalty=penalty, constraint=constraint)


class Complement(rn.Layer):
    """A user's own layer that keeps something else than it was given."""

    settings = ("p",)

    def __init__(self, p):
        super().__init__()
        self.p = 1.0 - p

    def forward(self, x, training=False):
        return x


class Decayed(rn.SGD):
    """A user's own optimizer that leaves a setting of its base out."""

    settings = ("rate",)

    def __init__(self, rate):
        super().__init__(rate, weight_decay=0.25)


class Once(rn.Penalty):
    """A user's own penalty that cannot be made from what it keeps."""

    settings = ("lam",)

    def __init__(self, lam):
        if not isinstance(lam, str):
            raise TypeError("lam: expected text")
        self.lam = float(lam)


def test_arguments_that_refnet_keeps_under_another_name(path):
    register(Narrowed)
    net = rn.Network([rn.Input(2), Narrowed(3, [rn.L2(0.5), rn.L1(0.25)], rn.MaxNorm(2.0))], "python")
    save(net, path)
    layer = load(path, "python").layers[1]
    assert repr(layer.penalties) == repr(net.layers[1].penalties) and repr(layer.constraints) == "(MaxNorm(limit=2.0),)"


def test_an_object_that_would_come_back_as_another_is_not_saved(path):
    for cls in (Complement, Decayed, Once):
        register(cls)
    save(rn.Network([rn.Input(2), Complement(0.5)], "python"), path)
    path.unlink()
    changed = r"^layers\[1\]: p is 0\.75, but in a Complement made again from its settings 0\.25; keep it as it was"
    with pytest.raises(FileError, match=changed):
        save(rn.Network([rn.Input(2), Complement(0.25)], "python"), path)
    net = small("python")
    Decayed(0.5).attach(net)
    save(net, path)
    assert load(path).optimizer.weight_decay == 0.25
    path.unlink()
    net.optimizer.weight_decay = 0.5
    with pytest.raises(FileError, match=r"^optimizer: weight_decay is 0\.5, .* 0\.25; name it in Decayed\.settings$"):
        save(net, path)
    net = rn.Network([rn.Input(2), rn.Dense(1, penalty=Once("1"))], "python")
    with pytest.raises(FileError, match=r"penalty\[0\]: Once cannot be made .* its settings: lam: expected text$"):
        save(net, path)
    assert not path.exists()


class Log(rn.Callback):
    """A user's own callback whose constructor begins a file."""

    settings = ("path",)

    def __init__(self, path):
        self.path = path
        with open(path, "w", encoding="utf-8"):
            pass

    def epoch_end(self, network, line):
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(f"{line['loss']!r}\n")


def test_saving_does_not_make_a_callback_once_more(path, tmp_path):
    register(Log)
    log = tmp_path / "log.txt"
    net = small("python")
    history = net.fit(*points(7), callbacks=Log(str(log)), epochs=2)
    save(net, path)
    assert list(map(float, log.read_text(encoding="utf-8").split())) == history["loss"]
    assert [each.path for each in load(path).callbacks] == [str(log)]
