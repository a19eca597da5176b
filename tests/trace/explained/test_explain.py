"""Is a step written as a lecturer writes it? The slides' digits, equations that hold, and what is left out."""

import re

import pytest
import worked_solutions

import refnet as rn
from refnet.lectures import STEPS
from refnet.lectures.agreement import rounds_to
from refnet.trace.explained.digits import gives, printed
from refnet.trace.explained.terms import KERNELS, evaluated, explored, term_of

GOLDEN_6 = {"o3": "0.5", "o4": "0.5", "o5": "0.5", "δ5": "0.1", "δ4": "0.0025", "δ3": "-0.0025", "w45": "0.09",
            "w35": "-0.11", "w24": "0.09995", "w23": "-0.09995", "w14": "-0.10005", "w13": "0.10005"}
GOLDEN_7 = {"o3": "0.604", "o4": "0.291", "o5": "0.313", "L": "0.017", "δ5": "-0.1869", "δ3": "-0.1187", "δ4": "0.1711",
            "w13": "1.02", "w23": "-3.0", "w14": "0.17", "w24": "1.0", "w35": "1.02", "w45": "-0.99"}


def explained(lecture, backend, **settings):
    step = STEPS[lecture](backend)
    return rn.explain(step.network, step.inputs, step.targets, loss=step.loss, optimizer=step.optimizer, **settings)


def finals(text):
    return {left: float(steps[-1][1].replace("−", "-")) for left, steps in worked_solutions.equations(text)}


@pytest.mark.parametrize("digits", [4, 7, None])
def test_golden_6(backend, digits):
    found = finals(str(explained("003", backend, digits=digits)))
    assert found.keys() == {*GOLDEN_6, "L"}
    assert all(rounds_to(GOLDEN_6[name], found[name]) for name in GOLDEN_6), found


@pytest.mark.parametrize("digits", [4, 7, None])
def test_golden_7(backend, digits):
    text = str(explained("002", backend, digits=digits))
    found = finals(text)
    assert all(rounds_to(GOLDEN_7[name], found[name]) for name in GOLDEN_7), found
    net_inputs = [float(number) for number in re.findall(r"= tanh\(([\d.]+)\) =", text)]
    assert [round(number, 12) for number in net_inputs] == [0.7, 0.3]
    gradients = [float(number.replace("−", "-")) for number in re.findall(r"0\.2·\(?(−?[\d.]+)\)? =", text)]
    assert rounds_to("-0.113", gradients[-2]) and rounds_to("-0.054", gradients[-1])


def test_the_lines_of_the_design(backend):
    text = str(explained("003", backend))
    for line in ("forward    o3 = sigmoid(w13·x1 + w23·x2) = sigmoid(0.1·0.1 + (−0.1)·0.1) = sigmoid(0) = 0.5",
                 "loss       L = 0.5·(o5 − y)² = 0.5·(0.5 − 0.1)² = 0.08",
                 "backward   δ5 = (o5 − y)·o5·(1 − o5) = (0.5 − 0.1)·0.5·(1 − 0.5) = 0.4·0.5·(1 − 0.5) = 0.1",
                 "           w45 ← w45 − η·δ5·o4 = 0.1 − 0.2·0.1·0.5 = 0.1 − 0.2·0.05 = 0.09"):
        assert line in text.splitlines()
    assert "δ = ∂L/∂z" in text and "sigmoid: o = 1 / (1 + e⁻ᶻ)" in text


def test_the_sections_are_the_lines_of_the_text(backend):
    explanation = explained("003", backend, steps=2)
    lines = [line[11:] for line in str(explanation).splitlines()]
    for step in (0, 1):
        sections = explanation.sections(step)
        assert list(sections) == ["forward", "loss", "backward", "update"]
        found = [line for each in sections.values() for line in each]
        start = lines.index(found[0])
        assert lines[start : start + len(found)] == found
    assert explanation.sections() == explanation.sections(0) != explanation.sections(1)


def test_sections_without_what_is_left_at_its_shape():
    net = rn.Network([rn.Input(2), rn.Dense(9), rn.Tanh(), rn.Dense(9), rn.Tanh(), rn.Dense(1)], backend="python")
    explanation = rn.explain(net, [0.1, 0.9], [1.0], optimizer=rn.SGD(0.1), rows=[0], units={"dense2": [3]})
    sections = explanation.sections()
    assert "1×9" in str(explanation) and "1×9" not in str(sections)
    assert [line.split(" ")[0] for line in sections["update"]] == [f"w{i}→15" for i in range(3, 11)] + ["b15"]


@pytest.mark.parametrize("seed", range(12))
def test_each_printed_equation_holds(seed):
    """In 200 networks of random shape, layers, losses and optimizers too; here are the first."""
    net, x, y, settings = worked_solutions.random_step(seed)
    explanation = rn.explain(net, x, y, units="all", **settings)
    count, about, _ = worked_solutions.check(str(explanation), 4)
    explanation.digits = None
    exact, none, _ = worked_solutions.check(str(explanation), None)
    assert exact >= count > 10 and about < count and none == 0


@pytest.mark.parametrize(("before", "after"), [("0.5 − 0.1", "0.5 − 0.2"), ("= 0.0025", "= 0.0026"),
                                               ("= −0.09995", "= −0.0999"), ("0.01·0.5", "0.01·0.6")])
def test_a_wrong_number_is_found(before, after):
    text = str(explained("003", "python"))
    assert before in text
    worked_solutions.check(text, 4)
    with pytest.raises(AssertionError):
        worked_solutions.check(text.replace(before, after), 4)


def test_a_term_has_the_bits_of_the_trace(backend):
    """Of every number of every random network's step, on either backend."""
    for seed in range(12, 24):
        net, x, y, settings = worked_solutions.random_step(seed, backend)
        for worked in rn.explain(net, x, y, units="all", **settings).steps:
            for name in worked.origins.calls:
                numbers = worked.origins.values[name]
                for i in range(numbers.rows):
                    for j in range(numbers.columns):
                        term, value = worked.origins.term(name, i, j), numbers.at(i, j)
                        assert repr(term.value) == repr(value) or term.value == value == 0.0, (seed, name, i, j)
                        again = evaluated(term, lambda each: None)
                        assert again == value or (again != again and value != value), (seed, name, i, j)


def test_both_answers_of_a_comparison():
    x = [[term_of(-0.5)]]
    x[0][0].name = ("z", 0, 0)
    slope = term_of(0.01)
    found = explored(lambda: {"": KERNELS.leaky_relu(x, slope)[0][0]})[""]
    assert found.sign == "if" and found.value == -0.005 and [part.sign for part in found.parts] == ["<", "·", ""]
    relu = explored(lambda: {"": KERNELS.relu(x)[0][0]})[""]
    assert relu.sign == "max" and [part.value for part in relu.parts] == [0.0, -0.5]
    clipped = explored(lambda: {"": KERNELS.clip_value(x, term_of(0.25))[0][0]})[""]
    assert clipped.value == -0.25 and [part.sign for part in clipped.parts] == ["<", "", "min"]


def test_branches_are_explained(backend):
    net = rn.Network([rn.Input(1), rn.Dense(2, bias=False), rn.LeakyReLU(), rn.Dense(1, bias=False)], backend)
    net.weights = [[[1.0], [-1.0]], [[1.0, 1.0]]]
    text = str(rn.explain(net, [[0.5]], [0.0], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.1)))
    assert "o2 = z2 = 0.5   (since z2 ≥ 0)" in text and "o3 = α·z3 = 0.01·(−0.5) = −0.005   (since z3 < 0)" in text
    assert "δ3 = α·δ4·w34 = 0.01·0.495·1 = 0.01·0.495 = 0.00495   (since z3 < 0)" in text


def test_batches_steps_and_an_optimizer_s_numbers(backend):
    net = rn.Network([rn.Input(1), rn.Dense(1), rn.Sigmoid()], backend)
    net.weights = [[[0.5]]]
    text = str(rn.explain(net, [[1.0], [2.0]], [0.0, 1.0], loss=rn.HalfSquaredError(), optimizer=rn.Momentum(0.1),
                          steps=2))
    assert "step 1" in text and "step 2" in text
    assert "∂L/∂w12 = δ2⁽¹⁾·x1⁽¹⁾ + δ2⁽²⁾·x1⁽²⁾ " in text and "∂L/∂b2 = δ2⁽¹⁾ + δ2⁽²⁾ " in text
    assert "L = (L⁽¹⁾ + L⁽²⁾)/2 " in text and "δ2⁽¹⁾ = (o2⁽¹⁾ − y⁽¹⁾)/2·o2⁽¹⁾·(1 − o2⁽¹⁾) " in text
    assert 0 < text.index("v(w12) ← μ·v(w12) − η·∂L/∂w12 ") < text.index("w12 ← w12 + v(w12) ")
    worked_solutions.check(text, 4)


def test_softmax_and_cross_entropy_are_fused(backend):
    net = rn.Network([rn.Input(1), rn.Dense(2), rn.Softmax()], backend, seed=1)
    text = str(rn.explain(net, [[1.0]], [1]))
    largest, share = "zmax = max(z2, z3) ", "o2 = exp(z2 − zmax)/(exp(z2 − zmax) + exp(z3 − zmax))\n"
    assert 0 < text.index(largest) < text.index(share)
    assert "δ2 = o2 − y2 " in text and "update" not in text


def test_matrices_without_a_name_are_followed(backend):
    """The squares of a norm, a step before its constraint, the weights before Nesterov moved them ahead."""
    net = rn.Network([rn.Input(1), rn.Dense(1, constraint=rn.MaxNorm(0.5))], backend, seed=1)
    optimizer = rn.Nesterov(0.1, clip=rn.ClipNorm(0.01))
    text = str(rn.explain(net, [[1.0], [2.0]], [0.5, -4.0], optimizer=optimizer))
    assert "‖g‖² = (∂L/∂w12)² + (∂L/∂b2)² " in text and "clipped(w12) = ∂L/∂w12·(0.01/√(‖g‖²)) " in text
    assert "updated(w12) = w12 + v(w12) " in text and "w12 ← updated(w12)·(0.5/√(updated(w12)²)) " in text
    worked_solutions.check(text, 4)


def test_more_than_nine_units_and_graphs(backend):
    net = rn.Network([rn.Input(5), rn.Dense(5), rn.Tanh(), rn.Dense(1)], backend, seed=1)
    assert "o11 = b11 + w6→11·o6 + " in str(rn.explain(net, [0.1] * 5))
    x = rn.Input(2)
    h = rn.Tanh()(rn.Dense(2)(x))
    graph = rn.Network(rn.Dense(1)(rn.Add()(h, x)), backend=backend, seed=1)
    text = str(rn.explain(graph, [0.1, 0.2], [0.3], optimizer=rn.SGD(0.1)))
    assert "add1.o[0][0] = tanh1.o[0][0] + input.o[0][0] " in text
    assert "dense1.delta[0][0] = add1.delta[0][0]·(1 − tanh1.o[0][0]²) " in text
    worked_solutions.check(text, 4)


def test_a_large_network_is_shown_by_shape(backend):
    net = rn.Network([rn.Input(30), rn.Dense(40), rn.ReLU(), rn.Dense(10), rn.Softmax()], backend, seed=1)
    settings = {"targets": [1, 2], "optimizer": rn.Adam(0.01)}
    short = str(rn.explain(net, [[0.1] * 30, [0.2] * 30], **settings))
    assert len(short.splitlines()) < 60 and "dense1.z 2×40, by affine: z = b + w_1 x_1" in short
    assert "numbers are left at their shapes" in short and 'units="all"' in short
    some = str(rn.explain(net, [[0.1] * 30, [0.2] * 30], units={"dense1": [0, 5]}, rows=[1], **settings))
    assert "dense1.z[1][5] = dense1.bias[0][5] + dense1.weights[5][0]·input.o[1][0] + " in some
    assert "dense1.z[0][5] = " not in some and "dense1.z[1][1] = " not in some and " + … + " in some


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_what_is_given(form):
    written = " ".join(getattr(explained("003", "python"), form)().split())
    written = re.sub(r"[$_{}]", "", written) if form in ("latex", "markdown") else written  # $w_{13}$
    assert "Given: x1 = 0.1, x2 = 0.1, y = 0.1, w13 = 0.1, " in written
    assert "Loss: HalfSquaredError, optimizer: SGD." in written and "L = 0.08." not in written


def test_a_forward_pass_and_a_trace(backend):
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend, seed=1)
    text = str(rn.explain(net, [0.1, 0.2]))
    assert text.count(" = ") == 8 and "Given: x1 = 0.1, x2 = 0.2, w13 = " in text and "Loss" not in text
    with rn.tracing(net) as trace:
        net.fit([[0.1, 0.2]], [[0.3]], epochs=2, optimizer=rn.SGD(0.1))
    assert "η" not in str(rn.explain(net, [0.1, 0.2]))  # which a forward pass has no use for
    text = str(rn.explain(trace))
    assert "step 2" in text and net.fingerprint() == trace.network.fingerprint()


@pytest.mark.parametrize(("settings", "error", "words"), [
    ({"digits": 0}, ValueError, "digits: 0"), ({"digits": 2.5}, TypeError, "digits"),
    ({"units": {"dense9": [0]}}, ValueError, "did you mean dense1"), ({"units": {"dense1": [3]}}, ValueError, "0 to 0"),
    ({"units": [0]}, TypeError, "units"), ({"rows": [1]}, ValueError, "rows: 1"), ({"rows": 0}, TypeError, "rows: 0"),
])  # fmt: skip
def test_what_is_not_allowed(settings, error, words):
    net = rn.Network([rn.Input(2), rn.Dense(1)])
    with pytest.raises(error, match=words):
        rn.explain(net, [0.1, 0.2], [0.3], **settings)
    with pytest.raises(TypeError, match="a trace has its inputs"):
        rn.explain(rn.traced(net, [0.1, 0.2]), [0.1, 0.2])


def test_the_printed_digits():
    values = (0.5, 1 / 3, 0.10005, 0.1000501, 2.0, 12345.0, 1234567.0, 1e-7, -2 / 3e9, 0.0)
    found = [printed(value, 4) for value in values]
    assert found == ["0.5", "0.3333", "0.10005", "0.1001", "2", "12345", "1.235e6", "1e-7", "-6.667e-10", "0"]
    assert printed(0.313, 4) == "0.313" and printed(0.31301234, 4) == "0.3130" and printed(0.1, None) == "0.1"
    assert gives(0.33334, "0.3333", 4) and not gives(0.33336, "0.3333", 4) and not gives(0.5001, "0.5", 4)
