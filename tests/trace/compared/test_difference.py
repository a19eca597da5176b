"""Is the first number that differs found, in the order of computation, whatever the form of the other's numbers?"""

import json
import math
import random

import pytest
import stranger

import refnet as rn
from refnet.trace import dumps, traced
from refnet.trace.compared.difference import difference, in_order
from refnet.trace.compared.ulps import fma, same, ulps

X = [[0.3, -1.2, 3.3], [0.1, 0.2, 0.4], [1.0, 2.0, -1.0], [0.5, 0.25, -0.7]]
Y = [0, 2, 1, 1]


def network(backend="python"):
    layers = [rn.Input(3), rn.Dense(4), rn.BatchNorm(), rn.Tanh(), rn.Dropout(0.25), rn.Dense(3, penalty=rn.L2(0.1)),
              rn.Softmax()]
    return rn.Network(layers, backend=backend, seed=2)


def run(backend="python", optimizer=None, steps=2):
    optimizer = optimizer or rn.Adam(0.1, clip=rn.ClipNorm(0.5), weight_decay=0.01)
    return traced(network(backend), X, Y, optimizer=optimizer, steps=steps)


TRACE = run()


def values_of(trace):
    """All numbers of a trace as plain lists, a dict for each step."""
    return [{name: numbers.tolist() for name, numbers in step.values.items()} for step in trace]


@pytest.fixture
def lists():
    return values_of(TRACE)


# --- what is the same ---


@pytest.mark.parametrize("optimizer", [rn.SGD(0.1), rn.Nesterov(0.1), rn.Adadelta(1.0), rn.Nadam(0.1)], ids=repr)
def test_the_two_backends_do_not_differ(optimizer, native):
    ours, theirs = run("python", optimizer), run("c", optimizer)
    found = ours.difference(theirs)
    assert not found and found.deviation is None and found.unknown == []
    assert found.compared == [sum(len(step.values) for step in ours),
                              sum(len(numbers.values) for step in ours for numbers in step.values.values())]
    assert str(found) == f"the same bits: {found.compared[0]} matrices, {found.compared[1]:,} numbers"


def test_a_file_that_was_read_back(tmp_path):
    dumps.write(TRACE, tmp_path / "run.json")
    assert not TRACE.difference(tmp_path / "run.json")
    assert not difference(str(tmp_path / "run.json"), TRACE)


def test_nan_equals_nan_and_the_zeros_differ(lists):
    assert same(math.nan, -math.nan) and not same(0.0, -0.0) and not same(math.nan, 1.0)
    net = rn.Network([rn.Input(3), rn.ReLU()], "python")
    trace = traced(net, [[math.nan, -1.0, math.inf]])
    assert not trace.difference({"relu1.o": [[-math.nan, 0.0, math.inf]]})
    assert trace.difference({"relu1.o": [[math.nan, -0.0, math.inf]]}).deviation.unit == 1
    assert trace.difference({"relu1.o": [[1.0, 0.0, math.inf]]}).deviation.ulps == math.inf


# --- one number changed by one ulp ---


def test_one_number_of_one_matrix_changed_by_one_ulp():
    """In 40 random places: step, name, row and unit are those; nothing before it differs."""
    draw = random.Random(5)
    for _ in range(40):
        lists = values_of(TRACE)
        step = draw.choice([1, 2])
        name = draw.choice([name for name in lists[step - 1] if name != "targets"])
        rows = lists[step - 1][name]
        i, j = draw.randrange(len(rows)), draw.randrange(len(rows[0]))
        rows[i][j] = changed = math.nextafter(rows[i][j], math.inf)
        found = TRACE.difference(lists)
        assert (found.step, found.name, found.deviation.row, found.deviation.unit) == (step, name, i, j)
        assert found.deviation.theirs == changed and found.deviation.ours == TRACE.step(step)[name][i][j]
        assert (found.deviation.ulps, found.deviation.differing) == (1.0, 1)
        assert found.deviation.size == len(rows) * len(rows[0])
        if name in TRACE.step(step).origins:
            assert found.same and found.absent == [] and found.kernel


def test_the_first_of_several_numbers(lists):
    for i, j in ((3, 0), (2, 3), (1, 2)):
        lists[1]["tanh1.o"][i][j] += 0.25
    found = TRACE.difference(lists).deviation
    assert (found.row, found.unit, found.differing, found.size) == (1, 2, 3, 16)
    assert found.theirs == found.ours + 0.25 == TRACE.step(2)["tanh1.o"][1][2] + 0.25


def test_golden_1_ulp():
    """Of δ of the hidden layer of lecture 003's network one number, in full."""
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()])
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    trace = traced(net, [0.1, 0.1], [0.1], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))
    (lists,) = values_of(trace)
    lists["dense1.delta"][0][1] = math.nextafter(0.0025000000000000005, 1.0)
    found = trace.difference(lists)
    assert str(found).splitlines() == [
        "first difference: step 1, dense1.delta[0][1]: layer dense1, δ, row 0, unit 1",
        "  refnet  0.0025000000000000005 (0x1.47ae147ae147cp-9)",
        "  theirs  0.002500000000000001 (0x1.47ae147ae147dp-9)",
        "  1 ulp apart; 1 of 2 numbers of dense1.delta differ",
        "  cause: none of the usual ones gives their bits",
        "  computed by sigmoid_backward (backward) from: sigmoid1.o, sigmoid1.delta, the same in both",
        "  before it, in the order of computation: 16 matrices with the same bits",
    ]


def test_the_first_in_the_order_of_computation_not_of_the_names(lists):
    """A loss of a row comes before their sum, δ before the gradient, the optimizer's means before the weight."""
    for names in (("loss.sum", "loss.rows"), ("dense1.bias.gradient", "dense2.delta"),
                  ("dense2.weights.new", "dense2.weights.mean.new"), ("dense1.weights.new", "dense1.weights.gradient")):
        changed = values_of(TRACE)
        for name in names:
            changed[0][name][0][0] += 1.0
        assert TRACE.difference(changed).name == names[1]
    order = in_order(TRACE.step(1))
    assert sorted(order) == sorted(TRACE.step(1).values)
    calls = [TRACE.step(1).origins[name][0].number for name in order if name in TRACE.step(1).origins]
    assert calls == sorted(calls)


# --- what lies before ---


def test_what_is_not_in_theirs_is_said(lists):
    lists[0]["dense2.z"][1][2] *= 2.0
    some = {name: lists[0][name] for name in ("dense2.z", "tanh1.o", "dense2.weights")}
    found = TRACE.difference(some)
    assert found.name == "dense2.z" and found.same == ["tanh1.o", "dense2.weights"]
    assert set(found.absent) == {"dropout1.o", "dropout1.drawn", "dense2.bias"}
    assert "not in theirs, so the difference may lie before: " in str(found)


def test_a_number_that_was_given(lists):
    lists[0]["dense1.weights"][2][1] += 0.5
    found = TRACE.difference(lists)
    assert (found.name, found.role, found.kernel, found.same) == ("dense1.weights", "weights", "", [])
    assert found.deviation.causes == [] and "not computed but given" in str(found)


def test_the_weights_a_step_begins_with_come_from_the_step_before():
    """A user who writes no `new`, but once a step the weights, with the gradient."""
    names = "dense1.weights", "dense1.weights.gradient"
    trace = run(optimizer=rn.Adam(0.1))
    weights = [{name: step[name] for name in names} for step in values_of(trace)]
    assert not trace.difference(weights)
    weights[1]["dense1.weights"][0][0] += 1e-9
    found = trace.difference(weights)
    assert found.step == 2 and found.kernel == "adam_update" and "dense1.weights.mean" in found.absent
    assert found.same == list(names)


def test_a_network_that_is_too_long_to_be_tried():
    net = rn.Network([rn.Input(60), rn.Dense(60), rn.Tanh(), rn.Dense(60), rn.Tanh(), rn.Dense(9)], seed=1)
    trace = traced(net, [[i / 60.0 for i in range(60)]])
    z = trace["dense3.z"]
    z[0][7] += 1.0
    found = trace.difference({"dense3.z": z})
    assert found.deviation.unit == 7 and "too many operations" in found.deviation.reason()


# --- forms ---


def test_the_forms_of_a_dump(lists, tmp_path):
    numpy = pytest.importorskip("numpy")
    lists[1]["dense1.z"][2][3] = -7.25
    by_name = {f"step{i}/{name}": rows for i, step in enumerate(lists, 1) for name, rows in step.items()}
    numpy.savez(tmp_path / "run.npz", **{name: numpy.array(rows) for name, rows in by_name.items()})
    (tmp_path / "run.json").write_text(json.dumps(lists))
    (tmp_path / "names.json").write_text(json.dumps(by_name))
    with open(tmp_path / "run.csv", "w", encoding="utf-8") as file:
        file.write("name,row,unit,value\n")
        for name, rows in by_name.items():
            for i, row in enumerate(rows):
                file.writelines(f"{name}, {i}, {j}, {v.hex() if i % 2 else repr(v)}\n" for j, v in enumerate(row))
    texts = {str(TRACE.difference(other)) for other in (
        lists, tuple(lists), by_name, [{name: numpy.array(rows) for name, rows in step.items()} for step in lists],
        *(tmp_path / name for name in ("run.npz", "run.json", "names.json")), str(tmp_path / "run.csv"))}
    (text,) = texts
    assert text.startswith("first difference: step 2, dense1.z[2][3]: layer dense1, net input z, row 2, unit 3")
    assert "theirs  -7.25 (-0x1.d000000000000p+2)" in text


def test_rows_and_numbers_as_they_come(lists):
    """A bias as a list, a loss as a number, losses of rows as a list; binary32 arrays as what they are."""
    numpy = pytest.importorskip("numpy")
    first = lists[0]
    other = {"dense1.bias": first["dense1.bias"][0], "loss": first["loss"][0][0], "rate": numpy.float64(0.1),
             "loss.rows": [value for (value,) in first["loss.rows"]], "targets": numpy.array(first["targets"])}
    assert not TRACE.difference(other) and TRACE.difference(other).compared[0] == 5
    found = TRACE.difference({"dense1.z": numpy.array(first["dense1.z"], numpy.float32)})
    assert found.deviation.causes == ["written in binary32"]


def test_two_files_without_a_network(lists):
    other = values_of(TRACE)
    other[0]["dense1.z"][0][0] += 1e-3
    found = difference(lists, other)
    assert (found.name, found.kernel) == ("dense1.z", "") and "known only where one of the two is" in str(found)
    assert not difference(lists, values_of(TRACE))


def test_names_that_refnet_does_not_have(lists):
    found = TRACE.difference({"dense1.z": lists[0]["dense1.z"], "dense1.zz": [[1.0]]})
    assert not found and found.unknown == ["dense1.zz"] and "not in refnet's trace: dense1.zz" in str(found)


def test_bad_input(tmp_path, lists):
    def file(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    for error, words, other in (
        (TypeError, "other: 3; allowed: a Trace", 3),
        (TypeError, "other: None", None),
        (TypeError, r"other: \[\]", []),
        (TypeError, "names of matrices: 3", {3: [[1.0]]}),
        (ValueError, "such as dense1.weights: dense1.zz; did you mean dense1.z", {"dense1.zz": [[1.0]]}),
        (ValueError, "it is empty", {}),
        (ValueError, "step 3; refnet's run has 2 steps", [*lists, lists[0]]),
        (ValueError, "dense1.weights: 3×4; refnet's is 4×3; is it transposed", {
            "dense1.weights": list(map(list, zip(*lists[0]["dense1.weights"])))}),
        (ValueError, "dense1.z: 1×2; refnet's is 4×4", {"dense1.z": [1.0, 2.0]}),
        (ValueError, "dense1.z: .*rows of one length", {"dense1.z": [[1.0, 2.0], [3.0]]}),
        (ValueError, "dense1.z: .*a row of numbers", {"dense1.z": "text"}),
        (ValueError, "dense1.z: .*a row of numbers", {"dense1.z": [[True]]}),
        (ValueError, "dense1.z: a whole number beyond", {"dense1.z": [[10**400]]}),
        (ValueError, r"end in .json, .npz or .csv", "run.txt"),
        (OSError, "nowhere.json", tmp_path / "nowhere.json"),
        (ValueError, "a.json: Expecting", file("a.json", "{")),
        (ValueError, r"b.json: steps\[0\].values\[dense1.z\].bits", file("b.json", json.dumps(
            {"steps": [{"values": {"dense1.z": {"shape": [1, 1], "bits": ["3f"]}}}]}))),
        (ValueError, "c.csv: line 2: dense1.z,0,1; expected name,row,unit,value",
         file("c.csv", "name,row,unit,value\ndense1.z,0,1\n")),
        (ValueError, "d.csv: dense1.z: row 0, unit 0 is missing", file("d.csv", "dense1.z,0,1,2.5\n")),
        (ValueError, "e.csv: line 2: dense1.z, row 0, unit 0: a second time", file("e.csv", "dense1.z,0,0,1\n" * 2)),
        (ValueError, r"^\S*f\.npz: not a \.npz file of numbers, or damaged", file("f.npz", "no archive")),
        (ValueError, r"^\S*g\.npz: not a \.npz file of numbers, or damaged", file("g.npz", "PK\3\4" + "\0" * 50)),
    ):
        with pytest.raises(error, match=words):
            TRACE.difference(other)
    assert stranger.step  # the tests of causes use it


# --- the distance ---


def test_ulps():
    tiny = 5e-324
    for a, b, distance in ((1.0, 1.0, 0), (1.0, 1.0 + 2.0**-52, 1), (1.0, 1.0 - 2.0**-53, 1), (-tiny, tiny, 2),
                           (0.0, -0.0, 0), (math.inf, 1.7976931348623157e308, 1), (math.nan, 1.0, math.inf),
                           (math.nan, math.nan, 0), (2.0, 4.0, 2**52)):
        assert ulps(a, b) == ulps(b, a) == distance


def test_a_fused_multiply_add_rounds_once():
    assert fma(1.0 + 2.0**-30, 1.0 - 2.0**-30, -1.0) == -(2.0**-60)
    assert fma(0.1, 10.0, -1.0) == 5.551115123125783e-17 and 0.1 * 10.0 - 1.0 == 0.0
    assert math.copysign(1.0, fma(-1.0, 1.0, 1.0)) == 1.0 and math.copysign(1.0, fma(-0.0, 1.0, -0.0)) == -1.0
    assert fma(1e308, 10.0, -math.inf) == -math.inf and fma(1e308, 10.0, -1e308) == math.inf
    assert math.isnan(fma(math.inf, 0.0, 1.0)) and fma(1e-200, 1e-200, 0.0) == 0.0
