"""Is a setting checked and converted whenever it is set, and is a name that is none refused?"""

import copy
import inspect
import pickle
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from refusals import refused_with

import refnet as rn
from refnet.checks import Choice, Count, Number, Setting, Settings, Several
from refnet.checks.settings import CHANGES, Configured, brief
from refnet.optimizers.schedules import Fixed

X = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5]]
Y = [[0.5, -1.0], [2.0, 0.25], [-0.5, 1.5], [0.0, 3.0]]
NEEDED = {"units": 3, "p": 0.25, "sigma": 0.5, "width": 2, "height": 1, "lam": 0.5, "mean": [0.5], "std": [2.0],
          "rate": 0.5, "epochs": 3, "start": 0.25, "batch_size": 8, "rates": [0.5, 0.25], "boundaries": [2],
          "losses": [rn.Huber(), rn.Huber()], "low": -0.5, "limit": 0.5, "value": 0.5, "threshold": 0.5,
          "path": "net.refnet", "factor": 0.5, "inputs": [[0.5]], "targets": [[0.5]]}  # fmt: skip
PUBLIC = [getattr(rn, name) for name in rn.__all__]
OWN = [Fixed, *(each for each in PUBLIC if isinstance(each, type) and issubclass(each, Configured))]
EACH = sorted(((cls, name) for cls in OWN for name in cls.settings), key=lambda pair: (pair[0].__name__, pair[1]))


def made(cls):
    """An object of the class, by what its constructor needs."""
    parameters = inspect.signature(cls.__init__).parameters
    needed = [name for name, each in parameters.items() if each.default is each.empty or name == "low"]
    return cls(**{name: NEEDED[name] for name in needed if name in NEEDED})


@pytest.mark.parametrize("cls, name", EACH, ids=[f"{cls.__name__}.{name}" for cls, name in EACH])
def test_every_setting_of_every_class(cls, name):
    """Numbers of NumPy become Python's own; what is no setting is refused, and nothing has changed."""
    numpy = pytest.importorskip("numpy")
    thing, rule = made(cls), cls.settings[name]
    value, before = getattr(thing, name), repr(thing)
    fixed = isinstance(rule, Setting) and rule.fixed
    if isinstance(rule, (Number, Count)) and value is not None and not fixed:
        for kind in (numpy.float32, numpy.float16) if isinstance(rule, Number) else (numpy.int64, numpy.uint8):
            setattr(thing, name, kind(value))
            assert type(getattr(thing, name)) is type(value) and getattr(thing, name) == value.__class__(kind(value))
    setattr(thing, name, value)
    assert repr(thing) == before
    for wrong in (Decimal(1), Fraction(1, 2), "x" if name not in ("monitor", "path") else 3, True if value is not False
                  and value is not True else 1, object(), [object()], 10**5000, numpy.float32("nan")):  # fmt: skip
        with pytest.raises((TypeError, ValueError)) as caught:
            setattr(thing, name, wrong)
        assert re.match(rf"{name}|rate|constraint|losses", str(caught.value)), caught.value
        assert repr(thing) == before


CASES = {
    "a momentum": (lambda: rn.Momentum(0.1), lambda net, f: setattr(net.optimizer, "mu", f(0.8))),
    "Adam's": (lambda: rn.Adam(0.1), lambda net, f: [setattr(net.optimizer, n, f(0.8)) for n in ("beta1", "beta2")]),
    "weight decay": (lambda: rn.SGD(0.1), lambda net, f: setattr(net.optimizer, "weight_decay", f(0.1))),
    "clipping": (lambda: rn.SGD(0.1, clip=rn.ClipNorm(9)), lambda net, f: setattr(net.optimizer.clip, "limit", f(0.1))),
    "a rate": (lambda: rn.SGD(0.1), lambda net, f: setattr(net.optimizer.schedule, "rate", f(0.3))),
    "dropout": (lambda: rn.SGD(0.1), lambda net, f: setattr(net.layers[3], "p", f(0.4))),
    "a slope": (lambda: rn.SGD(0.1), lambda net, f: setattr(net.layers[2], "slope", f(0.3))),
    "a penalty": (lambda: rn.SGD(0.1), lambda net, f: setattr(net.layers[1].penalties[0], "lam", f(0.1))),
    "a constraint": (lambda: rn.SGD(0.1), lambda net, f: setattr(net.layers[1].constraints[0], "high", f(0.1))),
    "a loss": (lambda: rn.SGD(0.1), lambda net, f: setattr(net.objective, "delta", f(0.3))),
}  # fmt: skip


def trained(backend, case, kind):
    optimizer, change = CASES[case]
    first = rn.Dense(3, penalty=rn.L2(0.01), constraint=rn.Clamp(-1, 1))
    layers = [rn.Input(2), first, rn.LeakyReLU(), rn.Dropout(0.25), rn.Dense(2)]
    net = rn.Network(layers, backend=backend, seed=1)
    net.fit(X, Y, loss=rn.Huber(0.5), optimizer=optimizer(), epochs=2, batch_size=2)
    change(net, kind)
    net.fit(X, Y, epochs=3, batch_size=2)
    assert {type(number) for matrix in net.weights for row in matrix for number in row} == {float}
    return net.fingerprint()


@pytest.mark.parametrize("case", CASES)
def test_a_setting_changed_between_two_fits(case, native):
    """As binary32 it is the binary64 number that it equals, on both backends; a float16 and a whole number too."""
    numpy = pytest.importorskip("numpy")
    for kind in (numpy.float32, numpy.float16):
        expected = trained("python", case, lambda value, kind=kind: float(kind(value)))
        assert trained("python", case, kind) == trained("c", case, kind) == expected


def test_a_whole_number_for_a_bound_makes_no_weight_whole(backend):
    net = rn.Network([rn.Input(2), rn.Dense(2, constraint=rn.Clamp(-9.0, 9.0))], backend=backend, seed=1)
    bounds = net.layers[1].constraints[0]
    bounds.high = 2
    bounds.low = 1
    net.fit(X, Y, optimizer=rn.SGD(0.1))
    assert repr(net.layers[1]) == "Dense(units=2, bias=True, constraint=(Clamp(low=1.0, high=2.0),))"
    assert {type(number) for row in net.weights[0] for number in row} == {float}
    assert all(1.0 <= number <= 2.0 for row in net.weights[0] for number in row)


def test_constraints_and_penalties_are_checked_too():
    dense, penalty, bound = rn.Dense(2), rn.L2(0.1), rn.MaxNorm(2)
    dense.penalties, dense.constraints = penalty, [bound]
    assert (dense.penalties, dense.constraints) == ((penalty,), (bound,))
    parameter = dense.parameters["weights"]
    for name, said in (("penalties", "penalty"), ("constraints", "constraint")):
        with pytest.raises(TypeError, match=rf"^{said}: 0\.1; allowed: "):
            setattr(dense, name, 0.1)
    assert (parameter.penalties, parameter.constraints) == ((penalty,), (bound,))


# --- Settings that depend on each other, and those that stay ---


@pytest.mark.parametrize("make, name, value, words", [
    (lambda: rn.CosineDecay(0.5, 4, 0.25), "least", 0.75, ["least", "0.75", "<= 0.5"]),
    (lambda: rn.CosineDecay(0.5, 4, 0.25), "rate", 0.125, ["least", "0.25", "<= 0.125"]),
    (lambda: rn.Clamp(-1.0, 1.0), "low", 2.0, ["high", "1.0", ">= 2.0"]),
    (lambda: rn.Clamp(-1.0), "low", None, ["Clamp", "None", "at least one"]),
    (lambda: rn.PiecewiseConstant([0.5, 0.25], [3]), "boundaries", [], ["rates", "2 for 0 boundaries"]),
    (lambda: rn.PiecewiseConstant([3, 2, 1], [3, 4]), "boundaries", [4, 4], ["boundaries[1]", "4", ">= 5"]),
    (lambda: rn.MultiTask([rn.Huber(), rn.Huber()]), "weights", [1.0], ["weights", "[1.0]", "2 losses"]),
    (lambda: rn.Dropout(0.5), "p", 1, ["p", "1", "< 1"]),
])  # fmt: skip
def test_settings_that_do_not_fit_each_other(make, name, value, words):
    thing = make()
    before, count = repr(thing), CHANGES[0]
    refused_with(lambda: setattr(thing, name, value), ValueError, words)
    assert (repr(thing), CHANGES[0]) == (before, count)


@pytest.mark.parametrize("make, name, value", [
    (lambda: rn.Input(2), "units", 3), (lambda: rn.Dense(2), "units", 3), (lambda: rn.Dense(2), "bias", False),
    (lambda: rn.PReLU(), "shared", True), (lambda: rn.PReLU(), "slope", 0.5), (lambda: rn.Jitter(2, 3), "width", 3),
    (lambda: rn.Standardize([0.5], [1.0]), "mean", [1.0]), (lambda: rn.Momentum(), "form", "sum"),
    (lambda: rn.RMSprop(), "centred", True), (lambda: rn.AMSGrad(), "corrected", False),
    (lambda: rn.MultiTask([rn.Huber()]), "losses", [rn.Huber()]),
])  # fmt: skip
def test_a_setting_that_stays_as_it_was_made(make, name, value):
    """Parameters, buffers or state depend on it."""
    thing = make()
    before = repr(thing)
    refused_with(lambda: setattr(thing, name, value), ValueError, [name, "stays", f"make a new {type(thing).__name__}"])
    setattr(thing, name, getattr(thing, name))
    assert repr(thing) == before


def test_lists_are_kept_so_that_no_element_is_set_unchecked():
    schedule, loss = rn.PiecewiseConstant([1, 0.5], [3]), rn.MultiTask([rn.Huber(), rn.Huber()], [1, 2])
    assert repr(schedule) == "PiecewiseConstant(rates=[1.0, 0.5], boundaries=[3])"
    assert repr(loss).endswith("weights=[1.0, 2.0])")
    with pytest.raises(TypeError):
        schedule.rates[0] = "x"
    with pytest.raises(TypeError):
        loss.weights[0] = "x"


def test_a_loss_from_logits_decides_at_0():
    loss = rn.BinaryCrossEntropy()
    assert loss.threshold == 0.5
    loss.from_logits = True
    assert loss.threshold == 0.0


# --- What others learn of a change ---


def test_changes_are_counted():
    optimizer, layer = rn.Momentum(0.1), rn.LeakyReLU(0.0)
    before = CHANGES[0]
    optimizer.mu, layer.slope = 0.9, 0.0  # as they are
    for cls in OWN:  # a new object is in no recording
        made(cls)
        assert CHANGES[0] == before, cls
    optimizer.schedule = 0.2  # the rate is in no recording, but in a matrix
    assert CHANGES[0] == before
    for thing, name, value in ((optimizer, "mu", 0.8), (layer, "slope", -0.0), (optimizer.schedule, "rate", 0.1),
                               (rn.Dense(2), "penalties", rn.L2(0.1)), (optimizer, "clip", rn.ClipNorm(1))):
        before = CHANGES[0]
        setattr(thing, name, value)
        assert CHANGES[0] > before


def test_copies_have_settings_of_their_own():
    optimizer = rn.Momentum(rn.CosineDecay(0.5, 4), clip=rn.ClipNorm(1))
    for twin in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert repr(twin) == repr(optimizer)
        twin.mu, twin.schedule.rate = 0.5, 0.25
        assert (optimizer.mu, optimizer.schedule.rate) == (0.9, 0.5)


# --- Names that are none ---


@pytest.mark.parametrize("make, words", [
    (lambda: rn.SGD(lr=0.1), ["SGD(rate=0.01, *, weight_decay=0.0, clip=None)", "'lr'", "did you mean rate?"]),
    (lambda: rn.Adam(learning_rate=0.1), ["Adam(rate=0.001", "'learning_rate'", "did you mean rate?"]),
    (lambda: rn.Adam(0.1, epsilom=0.1), ["Adam(", "'epsilom'", "did you mean epsilon?"]),
    (lambda: rn.Adam(0.1, 0.9, 0.9, 0.1, False, 0.1), ["Adam(rate=0.001", "too many"]),
    (lambda: rn.Dense(3, activation="relu"), ["Dense(units, bias=True", "'activation'", "layer of its own", "ReLU()"]),
    (lambda: rn.Dense(3, use_bias=False), ["Dense(units, bias=True", "'use_bias'", "did you mean bias?"]),
    (lambda: rn.Dense(3, frozen=True), ["Dense(units, bias=True", "'frozen'"]),
    (lambda: rn.Dense(bias=True), ["Dense(units, bias=True", "'units'"]),
    (lambda: rn.Dropout(rate=0.5), ["Dropout(p, scaling='training')"]),
    (lambda: rn.NonNegative(3), ["NonNegative()", "too many"]),
    (lambda: rn.Tanh(alpha=3), ["Tanh()", "'alpha'"]),
    (lambda: rn.CrossEntropy(reduction="sum"), ["CrossEntropy(over='rows'", "'reduction'", "did you mean over?"]),
    (lambda: rn.EarlyStopping(patience=3, restore_best_weights=True), ["EarlyStopping(patience=5", "mean restore?"]),
    (lambda: Own(gaim=3), ["Own(gain=1.0, bend=0.0)", "'gaim'", "did you mean gain?"]),
])  # fmt: skip
def test_an_argument_that_is_none(make, words):
    refused_with(make, TypeError, words)


@pytest.mark.parametrize("make, name, words", [
    (rn.SGD, "learning_rate", ["SGD", "'learning_rate'", "rate, weight_decay, clip", "did you mean rate?"]),
    (rn.Momentum, "momentum", ["Momentum", "'momentum'", "did you mean mu?"]),
    (rn.Adam, "epsilom", ["Adam", "'epsilom'", "did you mean epsilon?"]),
    (rn.SGD, "nonsense", ["SGD", "'nonsense'", "rate, weight_decay, clip"]),
    (lambda: rn.CosineDecay(0.1, 3), "min_lr", ["CosineDecay", "did you mean least?"]),
    (rn.Huber, "reduction", ["Huber", "delta, over", "did you mean over?"]),
    (lambda: rn.L2(0.1), "lambda_", ["L2", "did you mean lam?"]),
    (lambda: rn.Clamp(0.1), "min", ["Clamp", "low, high"]),
    (lambda: rn.ClipNorm(1), "max_norm", ["ClipNorm", "limit, per_parameter"]),
    (rn.EarlyStopping, "patient", ["EarlyStopping", "did you mean patience?"]),
    (lambda: rn.Dense(3), "activation", ["Dense", "units, bias", "layer of its own"]),
    (lambda: rn.Dense(3), "weights", ["Dense", "units, bias", 'net.set("dense1.weights"']),
    (lambda: rn.Dense(3), "penalty", ["Dense", "did you mean penalties?"]),
    (lambda: rn.Dense(3), "constraint", ["Dense", "did you mean constraints?"]),
    (lambda: rn.Dropout(0.3), "rate", ["Dropout", "did you mean p?"]),
])  # fmt: skip
def test_an_attribute_that_is_none(make, name, words):
    thing = make()
    before = dict(vars(thing))
    refused_with(lambda: setattr(thing, name, 0.5), AttributeError, words)
    assert vars(thing) == before and not hasattr(thing, name)


# --- Classes of one's own ---


class Own(rn.Layer):
    """A user's own layer, with a table; it may have any attribute."""

    settings = Settings(gain=Number(above=0), bend=Number())
    weights = None

    def __init__(self, gain=1.0, bend=0.0):
        super().__init__()
        self.gain, self.bend = gain, bend
        self.activation, self.rate, self.anything = "mine", 3, [1]


class Named(Own):
    """One with names only, as users had them before there were tables."""

    settings = ("gain", "bend", "name_of_it", "others")
    name_of_it = "a"

    def __init__(self, gain=1.0, bend=0.0, name_of_it="b", others=()):
        super().__init__(gain, bend)
        self.others = others


def test_classes_of_ones_own():
    for cls in (Own, Named):
        thing = cls(2)
        assert (thing.gain, thing.activation, thing.rate, thing.weights) == (2.0, "mine", 3, None)
        thing.rate = thing.weights = 4
        assert (thing.rate, thing.weights) == (4, 4)
        del thing.rate
        assert not hasattr(thing, "rate") and not hasattr(cls, "rate")
        with pytest.raises(ValueError, match=r"^gain: 0\.0; allowed: finite numbers > 0"):
            thing.gain = 0.0
        assert thing.gain == 2.0
    thing = Named(others=[3])
    thing.others = [4]
    assert repr(thing) == "Named(gain=1.0, bend=0.0, name_of_it='a', others=[4])"


def test_a_constructor_that_forgets_to_call_the_one_before_it():
    class Forgetful(rn.Loss):
        def __init__(self):
            pass

    thing = Forgetful()
    assert repr(thing) == "Forgetful()"
    with pytest.raises(AttributeError, match="over"):
        thing.divisor(1, 1)


def test_a_table_of_lists():
    class Listed(rn.Schedule):
        settings = Settings(rates=Several("numbers", lambda name, value: value), kind=Choice("a", "b"))

    thing = Listed()
    thing.rates, thing.kind = [1], "b"
    assert repr(thing) == "Listed(rates=[1], kind='b')" and repr(Fixed(0.5)) == "0.5"
    refused_with(lambda: setattr(thing, "rates", 3), TypeError, ["rates", "3", "list of numbers"])


def test_what_is_shown_in_brief():
    """What a constructor gives by itself is left out: also where its default is None, or depends on another setting."""
    cases = {"EarlyStopping(patience=3)": rn.EarlyStopping(patience=3), "Dense(units=3)": rn.Dense(3),
             "Dense(units=3, constraint=(NonNegative(),))": rn.Dense(3, constraint=rn.NonNegative()),
             "[L1(lam=0.5), L2(lam=0.25, half=True)]": [rn.L1(0.5), rn.L2(0.25, half=True)],
             "Warmup(rate=StepDecay(rate=0.5), epochs=2, start=0.25)": rn.Warmup(rn.StepDecay(0.5), 2, 0.25),
             "Clamp(low=0.0, high=None)": rn.Clamp(low=0), "'relu'": "relu", "0.5": Fixed(0.5), "None": None}
    for text, thing in cases.items():
        assert brief(thing) == text
