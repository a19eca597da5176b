"""Does `diagnose` name each sickness, let the healthy pass, and leave the network as it is?"""

import json
import math

import pytest
import sick
from sick import HEALTHY, SICK, X, Y, network

import refnet as rn
from refnet.arithmetic.random import draw, uniform
from refnet.diagnosis import LIMITS, REMEDIES
from refnet.diagnosis.limits import Limit
from refnet.kernels.choosing import at_hand

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


# Three seeds in C, and on Python those that are soon made; what is tried then runs in C, see Case.
WHERE = [("c", seed, name) for seed in (1, 2, 3) for name in SICK] + [("python", 1, name) for name in list(SICK)[2::3]]


@pytest.mark.parametrize(("backend", "seed", "name"), WHERE)
def test_a_sick_network_is_told(name, backend, seed, native):
    sickness, follows, make = SICK[name]
    net, x, y, settings = make(backend, seed)
    before = net.fingerprint()
    found = rn.diagnose(net, x, y, **settings)
    assert sickness in found.names and set(found.names) <= {sickness, *follows}
    assert found and net.fingerprint() == before and net.backend == backend
    assert {each.name for each in found.findings} <= set(REMEDIES)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_network_passes(name, seed, native):
    net, x, y, settings = HEALTHY[name](native, seed)
    found = rn.diagnose(net, x, y, **settings)
    assert found.names == [] and not found and str(found).startswith("Nothing found on 120 rows")


def test_all_sicknesses_have_a_network():
    validated = {"overfitting"}  # which needs rows to validate with; see below
    assert {sickness for sickness, _, _ in SICK.values()} | validated == set(REMEDIES)


@pytest.fixture
def quick(monkeypatch):
    """Trials that pure Python does in a moment."""
    for name, value in (("rows", 24), ("trial steps", 3), ("trial batch", 8), ("handful", 6), ("handful steps", 4)):
        monkeypatch.setitem(LIMITS, name, Limit(value, "a test"))


@pytest.mark.parametrize("name", ["saturated", "fast", "dead"])
def test_pure_python_finds_the_same_figures(name, quick, native, monkeypatch):
    """Without the C core, all of it runs on the reference: the same numbers to the last bit."""
    _, _, make = SICK[name]
    found = []
    for chosen in ("auto", "python"):
        monkeypatch.setenv("REFNET_BACKEND", chosen)
        assert at_hand().name == ("c" if chosen == "auto" else "python")
        net, x, y, settings = make("python", 1)
        found.append(rn.diagnose(net, x, y, **settings).document())
    assert found[0] == found[1] and found[0]["findings"]


# --- What the figures are ---


def test_figures_of_dead_units(backend):
    net, x, y, settings = SICK["dead"][2](backend, 1)
    (finding,) = rn.diagnose(net, x, y, **settings).findings
    assert finding.layer == "relu1" and finding.figures == {"units": 8.0, "sick": 5.0}
    assert finding.sentence == "5 of 8 units are 0 for all 120 rows: no gradient passes them"
    assert finding.remedies == REMEDIES["dead units"]


def test_a_wrong_gradient_names_the_parameter(backend):
    """The wrong layer stands between dense1 and dense2: what is before it is off, what is behind it is right."""
    net, x, y, settings = SICK["wrong derivative"][2](backend, 1)
    (finding,) = rn.diagnose(net, x, y, **settings).findings
    assert finding.layer == "dense1.bias" and finding.figures["diff"] > 1e-3
    assert "dense2.weights, nearer to the output, is right" in finding.sentence


@pytest.mark.parametrize("number", ["binary32", "bfloat16", "Q7.8"])
def test_gradients_of_another_format_are_checked_in_binary64(quick, number):
    """Differences of a loss that is rounded to a few digits would tell nothing."""
    _, x, y, settings = SICK["wrong derivative"][2]("python", 1)
    for name in ("wrong derivative", "healthy"):
        net = SICK[name][2]("python", 1)[0] if name in SICK else network("python", 1, rn.Dense(4), rn.Tanh())
        found = rn.diagnose(net.to(number=number), x, y, **settings)
        assert ("wrong gradient" in found.names) == (name in SICK) and net.number == number


def test_a_corner_is_no_wrong_gradient(backend, monkeypatch):
    """All net inputs are 0, at the corner of the ReLU, where the two-sided difference is half of the slope above."""
    net = network(backend, 1, rn.Dense(4, weights=rn.Zeros()), rn.ReLU())
    assert "wrong gradient" not in rn.diagnose(net, X, Y).names
    monkeypatch.setitem(LIMITS, "kink", Limit(10.0, "never"))
    assert "wrong gradient" in rn.diagnose(net, X, Y).names


def test_a_wrong_loss_is_named_by_the_last_parameter(backend):
    class Wrong(rn.Loss):
        def forward(self, k, o, y):
            return k.squared_error(o, y)

        def backward(self, k, o, y):
            return k.half_squared_error_backward(o, y, self.divisor(*k.shape(o)))

    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(1)], backend=backend)
    found = rn.diagnose(net, X, [[x] for x, _ in X], loss=Wrong())
    (finding,) = [each for each in found.findings if each.name == "wrong gradient"]
    assert finding.layer == "dense2.bias"
    assert finding.figures["diff"] == pytest.approx(1.0 / 3.0, rel=1e-6)  # g beside 2g
    assert "and at the loss" in finding.sentence


def test_the_constant_answer_s_loss_is_the_entropy(backend):
    """60 and 60 rows: ln 2; three quarters of one class: −¾ ln ¾ − ¼ ln ¼. A regression's is the variance."""
    assert rn.diagnose(network(backend, 1), X, Y).constant == pytest.approx(math.log(2.0), rel=1e-15)
    rows = [i for i, y in enumerate(Y) if y == 0 or i % 6 == 1]
    found = rn.diagnose(network(backend, 1), [X[i] for i in rows], [Y[i] for i in rows])
    assert found.constant == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25), rel=1e-15)
    line = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend)
    found = rn.diagnose(line, X, [[x] for x, _ in X])
    mean = math.fsum(x for x, _ in X) / 120
    assert found.constant == pytest.approx(math.fsum((x - mean) ** 2 for x, _ in X) / 120, rel=1e-14)


ENTROPY = math.log(3.0) - 2.0 / 3.0 * math.log(2.0)  # of one third and two thirds


@pytest.mark.parametrize(("last", "loss", "target", "expected"), [
    # 40 rows of class 1 and 80 of class 0. From logits the constant is a logarithm.
    ([rn.Dense(2)], lambda: rn.CrossEntropy(from_logits=True), None, ENTROPY),
    ([rn.Dense(2), rn.LogSoftmax()], lambda: rn.NegativeLogLikelihood(), None, ENTROPY),
    ([rn.Dense(1)], lambda: rn.BinaryCrossEntropy(from_logits=True), [1.0], ENTROPY),
    ([rn.Dense(1)], lambda: rn.MeanAbsoluteError(), [1.0], 1.0 / 3.0),  # the median 0
    ([rn.Dense(1)], lambda: rn.Hinge(), [1.0], 2.0 / 3.0),  # −1 costs 2 for each of the 40
])  # fmt: skip
def test_constant_answers_of_other_losses(backend, last, loss, target, expected):
    y = [int(i % 3 == 0) for i in range(120)]
    if target:
        y = [[1.0 if each else (-1.0 if isinstance(loss(), rn.Hinge) else 0.0)] for each in y]
    layers = [rn.Input(2), rn.Dense(3), rn.Tanh(), *[type(each)(**{n: getattr(each, n) for n in each.settings
                                                                   if n in ("units",)}) for each in last]]
    found = rn.diagnose(rn.Network(layers, backend=backend), X, y, loss=loss())
    assert found.constant == pytest.approx(expected, rel=1e-14)


def test_learning_by_heart_is_overfitting(native):
    """Labels that have nothing to do with the rows."""
    rows = [[4.0 * uniform(1, 12 * i + j) - 2.0 for j in range(12)] for i in range(120)]
    labels = [draw(2, i) % 2 for i in range(120)]
    net = rn.Network([rn.Input(12), rn.Dense(16), rn.Tanh(), rn.Dense(2), rn.Softmax()], backend=native, seed=1)
    net.fit(rows[:40], labels[:40], optimizer=rn.Adam(0.03), epochs=200)
    found = rn.diagnose(net, rows[:40], labels[:40], validation=(rows[40:], labels[40:]))
    assert "overfitting" in found.names
    net = sick.trained(network(native, 1), epochs=40)
    assert "overfitting" not in rn.diagnose(net, X, Y, validation=(sick.scaled(0.9), Y)).names


def test_it_prints_and_has_a_document(backend):
    net, x, y, settings = SICK["dead"][2](backend, 1)
    found = rn.diagnose(net, x, y, **settings)
    assert str(found).split("\n")[2:6] == [
        "dead units, relu1: 5 of 8 units are 0 for all 120 rows: no gradient passes them",
        "  try LeakyReLU() in the place of ReLU()", "  try weights=He()", "  try biases of 0"]
    assert repr(found) == "<Examination: dead units>"
    assert json.loads(json.dumps(found.document()))["findings"][0]["figures"] == {"units": 8.0, "sick": 5.0}


def test_units_without_a_difference_come_first(backend):
    """All weights 0, and what is in force already, LeakyReLU and biases of 0, is not proposed."""
    layers = [rn.Dense(6, weights=rn.Zeros()), rn.LeakyReLU()]
    found = rn.diagnose(network(backend, 1, *layers, last=rn.Dense(2, weights=rn.Zeros())), X, Y)
    assert found.names[:2] == ["equal weights", "dead units"]
    assert [each.remedies for each in found.findings if each.name == "dead units"] == [("weights=He()",
                                                                                         "a smaller rate")]


def test_layers_in_a_row_are_one_finding(backend):
    layers = [layer for _ in range(10) for layer in (rn.Dense(4), rn.Sigmoid())]
    found = rn.diagnose(network(backend, 1, *layers), X, Y, optimizer=rn.SGD(0.3))
    first, second = found.findings[:2]
    assert (first.name, second.name) == ("vanishing gradients", "units that ignore their input")
    assert second.layer.startswith("sigmoid") and second.layer.endswith(" to sigmoid10")
    assert len([each for each in found.findings if each.name == second.name]) == 1
    assert any("after a trial of 40 steps the outputs" in each.sentence for each in found.findings)


def test_noise_makes_no_network_too_small(native):
    """The same two units, where no network can do much better: three labels of ten are wrong."""
    labels = [y if uniform(7, i) < 0.7 else 1 - y for i, y in enumerate(sick.RIGHT.targets)]
    net = network(native, 1, rn.Dense(4), rn.Tanh())
    net.fit(sick.RIGHT.inputs, labels, optimizer=rn.Adam(0.03), epochs=60)
    found = rn.diagnose(net, sick.RIGHT.inputs, labels)
    assert found.loss > 0.2 * found.constant and "network too small" not in found.names


def test_a_validation_that_rises_is_overfitting(backend):
    history = {"loss": [0.7, 0.5, 0.3, 0.1], "validation_loss": [0.7, 0.6, 0.8, 1.2]}
    net = network(backend, 1)
    (finding,) = rn.diagnose(net, X, Y, optimizer=rn.SGD(0.3), history=history).findings
    assert finding.name == "overfitting"
    assert finding.figures == {"epoch": 2.0, "least": 0.6, "validation": 1.2, "training": 0.1}
    history["validation_loss"][-1] = 0.9
    assert not rn.diagnose(net, X, Y, optimizer=rn.SGD(0.3), history=history)


def test_a_bounded_output_s_constant_is_the_variance(backend):
    net, x, y, settings = SICK["sigmoid"][2](backend, 1)
    found = rn.diagnose(net, x, y, **settings)
    mean = math.fsum(u for u, in y) / 120
    assert found.constant == pytest.approx(math.fsum((u - mean) ** 2 for u, in y) / 120, rel=1e-12)


def test_classes_by_their_names(backend):
    x, y = sick.few_of_one_class()
    (finding,) = rn.diagnose(network(backend, 1), x, [["in", "out"][each] for each in y],
                             optimizer=rn.SGD(0.3)).findings
    assert finding.name == "classes unbalanced" and finding.sentence.startswith("class out has ")


def test_a_loss_that_no_classification_begins_with(backend):
    found = rn.diagnose(network(backend, 1), X, Y, optimizer=rn.SGD(0.3), history={"loss": [9e199, 8e199]})
    assert found.names == ["diverging"]


@pytest.mark.parametrize("ask", [rn.diagnose, rn.profile, rn.range_test, lambda net, *_: rn.summary(net)])
def test_what_is_no_network(ask):
    with pytest.raises(TypeError, match=r"^network: 'x'; expected a Network$"):
        ask("x", X, Y)


# --- Networks of other kinds ---


def test_what_cannot_be_looked_for_is_said(backend, monkeypatch):
    monkeypatch.setitem(LIMITS, "C multiplications", Limit(10.0, "a test"))
    found = rn.diagnose(network(backend, 1), X, Y)
    assert set(found.left_out) == {"network too small", "diverging, rate too small, rate too large, in a trial"}
    assert "not looked for: network too small (" in str(found)


def test_a_graph_and_several_inputs(backend):
    a, b = rn.Input(1), rn.Input(1)
    h = rn.Tanh()(rn.Dense(6)(rn.Concatenate()(a, b)))
    net = rn.Network(rn.Softmax()(rn.Dense(2)(h)), inputs=[a, b], backend=backend, seed=1)
    found = rn.diagnose(net, [[[u] for u, _ in X], [[v] for _, v in X]], Y, optimizer=rn.SGD(0.3))
    assert found.names == [] and list(found.left_out) == ["network too small"]


def test_images_and_names_of_classes(backend):
    images = rn.data.ByteMatrix(bytes((7 * i * j + 40 * (i % 2)) % 256 for i in range(60) for j in range(9)), 60, 9)
    net = rn.Network([rn.Input(9), rn.Dense(6), rn.Tanh(), rn.Dense(2), rn.Softmax()], backend=backend)
    names = [["even", "odd"][i % 2] for i in range(60)]
    found = rn.diagnose(net, images, names, optimizer=rn.SGD(0.3))
    assert found.rows == 60 and "inputs not standardised" not in found.names and net.notes == {}


def test_dropout_and_standardisation_inside(backend):
    """What the first weights get counts, not what comes in."""
    rows = sick.scaled(100.0, 500.0)
    layers = [rn.Standardize(*rn.data.column_statistics(rows)), rn.Dense(8), rn.Tanh(), rn.Dropout(0.1)]
    found = rn.diagnose(network(backend, 1, *layers), rows, Y, optimizer=rn.SGD(0.3))
    assert found.names == []


@pytest.mark.parametrize(("arguments", "settings", "kind", "words"), [
    ((X, Y[:3]), {}, ValueError, "targets: 3 targets for 120 rows"),
    (([[1.0]], [0]), {}, ValueError, "inputs: row 0 has 1 number"),
    ((X, Y), {"optimizer": 3}, TypeError, "optimizer: 3; allowed: optimizers"),
    ((X, Y), {"loss": 3}, TypeError, "loss: 3; allowed: losses"),
    ((X, Y), {"optimizer": "sdg"}, ValueError, "sdg"),
    ((X, Y), {"validation": 3}, TypeError, "validation: 3; expected (inputs, targets)"),
    ((X, Y), {"history": 3}, TypeError, "history: 3; expected what fit returns"),
    (([[math.nan, 0.0]] * 2, [0, 1]), {}, ValueError, "inputs: nan"),
])  # fmt: skip
def test_bad_input(backend, arguments, settings, kind, words):
    with pytest.raises(kind) as error:
        rn.diagnose(network(backend, 1), *arguments, **settings)
    assert words in str(error.value)


def test_several_outputs_are_refused(backend):
    h = rn.Dense(3)(rn.Input(2))
    net = rn.Network([rn.Dense(1)(h), rn.Dense(1)(h)], backend=backend)
    for ask in (rn.diagnose, rn.range_test):
        with pytest.raises(ValueError, match=f"{ask.__name__}: the network has 2 outputs; allowed: one"):
            ask(net, X, [[[0.0]] * 120] * 2)


# --- The range test ---


def test_range_test(backend):
    net, optimizer = network(backend, 1), rn.SGD(0.01)
    trials = rn.range_test(net, X, Y, optimizer=optimizer, factors=(0.1, 100.0, 1e6))
    assert [trial.factor for trial in trials] == [0.1, 100.0, 1e6]
    assert [trial.rate for trial in trials] == pytest.approx([1e-3, 1.0, 1e4])
    assert len({trial.before for trial in trials}) == 1
    slow, right, wild = (trial.after / trial.before for trial in trials)
    assert 0.97 < slow < 1.0 and right < 0.6 and wild > 10.0
    assert net.optimizer is None and net.epoch == 0


def test_range_test_on_both_backends(both):
    python, c = (rn.range_test(network(k, 1), X[:8], Y[:8], factors=(1.0, 10.0), steps=3) for k in both)
    assert python == c


def test_range_test_refuses(backend):
    with pytest.raises(ValueError, match=r"factors\[1\]: 0.0"):
        rn.range_test(network(backend, 1), X, Y, factors=(1.0, 0.0))
    with pytest.raises(ValueError, match="steps: 0"):
        rn.range_test(network(backend, 1), X, Y, steps=0)


def test_every_limit_has_a_reason_and_is_used():
    used = ""
    for path in (sick.PACKAGE / "diagnosis").glob("*.py"):
        if path.name != "limits.py":
            used += path.read_text(encoding="utf-8")
    for name, each in LIMITS.items():
        assert each.value > 0 and len(each.reason) > 10
        assert f'"{name}"' in used or name.endswith(" multiplications"), name
