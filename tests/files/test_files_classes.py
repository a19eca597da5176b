"""Does a file keep refnet's classes, a user's registered classes and notes, and is everything else refused?"""

from __future__ import annotations

import math

import pytest
from file_helpers import contents, refused, rewrite, small

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
        message = rf"^{place}: .*\.{cls.__name__} is not known .*refnet\.files\.register\({cls.__name__}\)"
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
