"""Is a cause named that a program in C or PyTorch has: another momentum, double literals among floats, tanhf?"""

import math
import struct

import pytest

import refnet as rn
from refnet.arithmetic import elementary
from refnet.trace import traced
from refnet.trace.compared import origins
from refnet.trace.compared.causes import of_c_library
from refnet.trace.compared.ulps import fma

X, Y = [[0.1, 0.7], [0.9, -0.3], [0.4, 0.2], [-0.8, 0.6]], [[0.1], [0.9], [0.0], [1.0]]
FORMS = {"velocity": "momentum as v ← μv − ηg, w ← w + v", "sum": "momentum as v ← μv + g, w ← w − ηv (PyTorch's)",
         "average": "momentum as v ← μv + (1 − μ)g, w ← w − ηv"}


def run(optimizer, number="binary64", steps=3):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], "python", number=number, seed=1)
    return traced(net, X, Y, loss=rn.BinaryCrossEntropy(), optimizer=optimizer, steps=steps)


def lists(trace, left_out=" "):
    return [{name: numbers.tolist() for name, numbers in step.values.items() if left_out not in name}
            for step in trace]


MOMENTA = {form: run(rn.Momentum(0.1, form=form)) for form in FORMS}


# --- momentum ---


@pytest.mark.parametrize("theirs", FORMS)
@pytest.mark.parametrize("ours", FORMS)
def test_another_form_of_momentum(ours, theirs):
    if ours == theirs:
        assert not MOMENTA[ours].difference(lists(MOMENTA[theirs]))
        return
    found = MOMENTA[ours].difference(lists(MOMENTA[theirs]))
    assert (found.step, found.name) == (1, "dense1.weights.velocity.new")
    assert found.deviation.causes == [FORMS[theirs]]
    found = MOMENTA[ours].difference(lists(MOMENTA[theirs], "velocity"))  # who writes the weights alone
    assert found.name.endswith(".new") and FORMS[theirs] in found.deviation.causes
    assert found.step == (1 if "average" in (ours, theirs) else 2)  # "sum" and "velocity" begin with the same step


def test_the_velocity_comes_out_of_all_steps_before():
    """The third step alone, from refnet's gradients: refnet's velocity, divided by −rate, is not theirs."""
    tried = 0
    for name in ("dense1.weights", "dense1.bias", "dense2.weights", "dense2.bias"):
        first, second, third = (step[f"{name}.gradient"] for step in MOMENTA["velocity"])
        mine = MOMENTA["velocity"].step(3)
        new = [[w - 0.1 * (0.9 * (0.9 * (0.9 * 0.0 + a) + b) + c) for w, a, b, c in zip(*rows)]
               for rows in zip(mine[name], first, second, third)]
        if new != mine[f"{name}.new"]:
            tried += 1
            dump = {"step3/" + name: mine[name], f"step3/{name}.gradient": third, f"step3/{name}.new": new}
            assert FORMS["sum"] in MOMENTA["velocity"].difference(dump).deviation.causes
    assert tried


def fused_in_the_last_step(steps):
    """A run, and one of the same bits up to its last step, whose velocities are fused."""
    mine = run(rn.Momentum(0.01), steps=steps)
    dump = lists(mine)
    last, changed = dump[-1], []
    for name in [name for name in last if name.endswith(".velocity")]:
        rows = zip(last[name], last[name.replace(".velocity", ".gradient")])
        new = [[fma(0.9, v, -(0.01 * g)) for v, g in zip(*row)] for row in rows]
        changed.append(new != last[f"{name}.new"])
        last[f"{name}.new"] = new
    assert any(changed)
    return mine, dump


@pytest.mark.parametrize("steps", [120, 600])
def test_a_cause_is_found_after_many_steps(steps):
    """The other forms of momentum go back through them all, which is deeper than Python calls."""
    mine, dump = fused_in_the_last_step(steps)
    found = mine.difference(dump)
    assert found.step == steps and "fused multiply-add, the other product of a sum fused" in found.deviation.causes


def test_a_form_of_momentum_is_found_after_many_steps():
    mine, name = run(rn.Momentum(0.01), steps=300), "dense1.weights"
    theirs = [[0.0] * 2] * 3
    for step in mine:
        theirs = [[0.9 * v + g for v, g in zip(*rows)] for rows in zip(theirs, step[f"{name}.gradient"])]
    found = mine.difference({f"step300/{name}.velocity.new": theirs})
    assert found.deviation.causes == [FORMS["sum"]]


def test_a_cause_that_takes_too_many_operations_hides_no_other(monkeypatch):
    monkeypatch.setattr(origins, "MOST", 200)
    mine, dump = fused_in_the_last_step(120)
    assert "fused multiply-add, the other product of a sum fused" in mine.difference(dump).deviation.causes
    found = mine.difference({"step120/dense1.weights.velocity.new": [[0.25] * 2] * 3})
    assert found.deviation.causes == [] and "  cause: none found, though not all were tried, as too many" in str(found)


def test_a_velocity_of_the_other_sign():
    dump = lists(MOMENTA["velocity"])
    for step in dump:
        step.update({name: [[-v for v in row] for row in rows] for name, rows in step.items() if "velocity" in name})
    found = MOMENTA["velocity"].difference([{name: dump[0][name] for name in dump[0] if ".new" in name}])
    assert found.deviation.causes == ["momentum as v ← μv + ηg, w ← w − v"]


def test_one_number_is_weak_evidence():
    """Fused or another form: the message does not decide."""
    text = str(MOMENTA["sum"].difference(lists(MOMENTA["velocity"], "velocity")))
    assert "  possible cause: fused multiply-add; or momentum as v ← μv − ηg, w ← w + v; or " in text
    assert "of which 1 differs, which is weak evidence)" in text


# --- float and double ---


def to32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


SINGLE = run(rn.Momentum(0.1), "binary32")
STEP = SINGLE.step(2)
DOUBLE_LITERALS = "double literals among floats, 0.9*v - 0.1*g for 0.9f*v - 0.1f*g"


def only(**changed):
    """The second step, up to what is changed; names with _ for dots."""
    return [{}, {**lists(SINGLE)[1], **{name.replace("_", "."): rows for name, rows in changed.items()}}]


def each(function, *names):
    return [[function(*map(float, numbers)) for numbers in zip(*rows)] for rows in zip(*(STEP[name] for name in names))]


def test_double_literals_in_an_update():
    """float v; v = 0.9*v - 0.1*g; w = w + v; is rounded where a variable is assigned, and nowhere else."""
    names = [f"dense1.weights{end}" for end in (".velocity", ".gradient")]
    v = each(lambda v, g: to32(0.9 * v - 0.1 * g), *names)
    assert SINGLE.difference(only(dense1_weights_velocity_new=v)).deviation.causes == [DOUBLE_LITERALS]
    large = run(rn.Momentum(2.3), "binary32")  # whose velocities reach the weights' last places
    step, tried = large.step(2), 0
    for name in ("dense1.weights", "dense1.bias", "dense2.weights", "dense2.bias"):
        new = [[to32(w + to32(0.9 * v - 2.3 * g)) for w, v, g in zip(*(map(float, row) for row in rows))]
               for rows in zip(*(step[f"{name}{end}"] for end in ("", ".velocity", ".gradient")))]
        if new != step[f"{name}.new"]:  # who writes no velocities
            tried += 1
            assert DOUBLE_LITERALS in large.difference({
                f"step2/{name}.gradient": step[f"{name}.gradient"], f"step2/{name}.new": new}).deviation.causes
    assert tried


def test_double_literals_in_a_derivative():
    """d * (1.0 - o*o): the product of floats is a float, the rest is double."""
    delta = each(lambda o, d: to32(d * (1.0 - to32(o * o))), "tanh1.o", "tanh1.delta")
    found = SINGLE.difference(only(dense1_delta=delta))
    assert found.name == "dense1.delta" and DOUBLE_LITERALS in found.deviation.causes


def test_a_sigmoid_with_double_literals():
    o = each(lambda z: to32(1.0 / (1.0 + to32(elementary.exp(-z)))), "dense2.z")
    assert o != STEP["sigmoid1.o"]
    found = SINGLE.difference(only(sigmoid1_o=o))
    assert "sigmoid as 1.0/(1.0 + e⁻ᶻ) of a float, in double" in found.deviation.causes


def test_in_binary64_double_literals_are_no_cause():
    """Where nothing is rounded to less, they change nothing."""
    dump = lists(MOMENTA["velocity"])
    dump[1]["dense1.weights.velocity.new"][0][0] += 1e-9
    assert MOMENTA["velocity"].difference(dump).deviation.causes == []


@pytest.mark.parametrize("cause", ["the platform's expf", "the platform's logf", "the platform's expm1f",
                                   "the platform's log1pf", "the platform's tanhf"])
def test_the_c_librarys_functions_are_called(cause):
    name = cause.split()[-1]
    function = of_c_library(name)
    assert function is None or function(0.5) == pytest.approx(getattr(math, name[:-1])(0.5), rel=1e-6)  # as binary32


@pytest.mark.parametrize("number", ["binary32", "binary64"])
def test_the_c_librarys_tanhf(number):
    """In binary64 it is a float in the midst of doubles."""
    theirs = of_c_library("tanhf")
    if theirs is None:
        pytest.skip("there is no tanhf to be called")
    rows = [[i / 97.0 for i in range(-150, 150)]]
    trace = traced(rn.Network([rn.Input(300), rn.Tanh()], "python", number=number), rows)
    o = [[theirs(float(x)) for x in trace["input.o"][0]]]
    if o == trace["tanh1.o"]:
        pytest.skip("this C library's tanhf is refnet's")
    assert "the platform's tanhf (libm)" in trace.difference({"tanh1.o": o}).deviation.causes


def test_the_c_librarys_expf_in_a_sigmoid():
    theirs = of_c_library("expf")
    if theirs is None:
        pytest.skip("there is no expf to be called")
    rows = [[i / 997.0 for i in range(-4000, 4000)]]
    trace = traced(rn.Network([rn.Input(8000), rn.Sigmoid()], "python", number="binary32"), rows)
    z = [float(x) for x in trace["input.o"][0]]
    o = [[to32(1.0 / (1.0 + theirs(-x))) for x in z]]
    if o == [[to32(1.0 / (1.0 + to32(elementary.exp(-x)))) for x in z]]:
        pytest.skip("this C library's expf is refnet's")
    causes = trace.difference({"sigmoid1.o": o}).deviation.causes
    assert "the platform's expf (libm), sigmoid as 1.0/(1.0 + e⁻ᶻ) of a float, in double" in causes
