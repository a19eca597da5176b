"""Is what a network shows of its numbers like a list, and does it say so when a change would be lost?"""

import copy
import json
import math
import pickle
import warnings

import pytest

import refnet as rn

WEIGHTS, BIASES = [[[0.5, -1.0], [2.0, 0.25]], [[2.0, -4.0]]], [[0.5, -0.5], [1.0]]


def small(backend):
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Dense(1)], backend=backend)
    net.weights, net.biases = WEIGHTS, BIASES
    return net


def numbers(net):
    return {name: net.get(name) for name in net.parameters}


def trained(backend):
    net = small(backend)
    net.forward([[1.0, 2.0]])
    net.loss([[0.0]], rn.HalfSquaredError())
    net.backward()
    return net


def shown(net):
    """Everything that is a copy of a parameter or of its gradient, with the plain lists that it equals."""
    gradients = {"dense1.weights": [[-18.0, -36.0], [36.0, 72.0]], "dense1.bias": [-18.0, 36.0],
                 "dense2.weights": [[9.0, -18.0]], "dense2.bias": [-9.0]}
    return [(net.weights, WEIGHTS), (net.biases, BIASES), (net.gradients, gradients)]


def leaves(thing):
    """The thing and every list in it."""
    inside = thing.values() if isinstance(thing, dict) else thing
    return [thing, *(leaf for each in inside if isinstance(each, (list, dict)) for leaf in leaves(each))]


def increase(numbers):
    numbers[0] += 1.0


def extend(numbers):
    numbers += [1.0]


def repeat(numbers):
    numbers *= 2


def delete(numbers):
    del numbers[0]


CHANGES = [
    lambda one: one.__setitem__(0, 5.0), increase, extend, repeat, delete, lambda one: one.append(1.0),
    lambda one: one.extend([1.0]), lambda one: one.insert(0, 1.0), lambda one: one.remove(one[0]),
    lambda one: one.pop(), lambda one: one.clear(), lambda one: one.sort(), lambda one: one.reverse(),
    lambda one: one.__setitem__(slice(None), [1.0]),
]  # fmt: skip
OF_DICTS = [
    lambda one: one.__setitem__("dense1.bias", [5.0, 5.0]), lambda one: one.update({"dense1.bias": [5.0, 5.0]}),
    lambda one: one.pop("dense1.bias"), lambda one: one.popitem(), lambda one: one.clear(),
    lambda one: one.setdefault("dense3.bias", []), lambda one: one.__delitem__("dense1.bias"),
]  # fmt: skip


def test_no_change_is_lost(backend):
    net = trained(backend)
    before = numbers(net)
    for thing, plain in shown(net):
        for one in leaves(thing):
            for change in OF_DICTS if isinstance(one, dict) else CHANGES:
                with pytest.raises(TypeError, match=r"a copy of the network's numbers.*net\.set\(name, numbers\)"):
                    change(one)
        assert thing == plain and numbers(net) == before


def test_otherwise_they_are_lists(backend):
    for thing, plain in shown(trained(backend)):
        assert thing == plain and plain == thing
        assert repr(thing) == repr(plain) and json.dumps(thing) == json.dumps(plain)
        assert isinstance(thing, type(plain)) and len(thing) == len(plain)
        for twin in (copy.deepcopy(thing), pickle.loads(pickle.dumps(thing)), json.loads(json.dumps(thing))):
            assert twin == plain and {type(leaf) for leaf in leaves(twin)} <= {list, dict}
    net = trained(backend)
    assert type(copy.copy(net.weights)) is type(net.weights[0][:]) is type([*net.biases]) is list
    assert type(copy.copy(net.gradients)) is dict and sorted(net.weights[0][0]) == [-1.0, 0.5]
    net.weights, net.biases = net.weights, net.biases
    assert (net.weights, net.biases) == (WEIGHTS, BIASES)


def test_a_list_of_ones_own_may_change(backend):
    net = small(backend)
    mine = net.get("dense1.weights")
    mine[0][0] = 5.0
    assert net.weights == WEIGHTS
    net.set("dense1.weights", mine)
    assert net.weights[0][0][0] == 5.0
    mine = copy.deepcopy(net.weights)
    mine[1][0][1] = 7.0
    net.weights = mine
    assert net.weights[1] == [[2.0, 7.0]]


@pytest.mark.parametrize("name, values, words", [
    ("dense1.bias", [[0.35, 0.35]], "dense1.bias: 1 row; expected a flat list of 2 numbers"),
    ("dense1.bias", [[0.35], [0.35]], "dense1.bias: 2 rows; expected a flat list of 2 numbers"),
    ("dense1.bias", [0.35], "dense1.bias: 1 number; expected a flat list of 2 numbers"),
    ("dense2.bias", [0.35, 0.5], "dense2.bias: 2 numbers; expected a flat list of 1 number"),
    ("dense1.bias", 0.35, "dense1.bias: 0.35; expected a flat list of 2 numbers"),
    ("dense1.bias", "ab", "dense1.bias: 'ab'; expected a flat list of 2 numbers"),
    ("dense1.weights", [[1.0, 2.0]], "dense1.weights: 1 row; expected 2 rows of 2 numbers"),
    ("dense2.weights", [[1.0, 2.0]] * 2, "dense2.weights: 2 rows; expected 1 row of 2 numbers"),
])
def test_numbers_of_another_shape_are_told_which_is_right(backend, name, values, words):
    net = small(backend)
    with pytest.raises((TypeError, ValueError)) as error:
        net.set(name, values)
    assert str(error.value) == words and numbers(net) == numbers(small(backend))


@pytest.mark.parametrize("values", [{"dense1.weights": [[1.0, 2.0]] * 2}, {0: 1, 1: 2}, "ab", 2.0, None])
def test_all_weights_are_a_list_of_tables(backend, values):
    net = small(backend)
    with pytest.raises(ValueError, match=r"weights: .*; expected one for each of dense1\.weights, dense2\.weights"):
        net.weights = values


def test_a_bias_may_be_an_array(backend):
    numpy = pytest.importorskip("numpy")
    net = small(backend)
    net.set("dense1.bias", numpy.array([1.0, 2.0]))
    assert net.get("dense1.bias") == [1.0, 2.0]
    with pytest.raises(ValueError, match=r"dense1\.bias: 1 row; expected a flat list of 2 numbers"):
        net.set("dense1.bias", numpy.array([[1.0, 2.0]]))


def test_a_single_parameter_is_no_plural(backend):
    assert "; 1 parameter, backend" in repr(rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend))


@pytest.mark.parametrize("name", ["bias", "weight", "weigths", "note", "epochs", "loss", "fit", "gradients", "backend"])
def test_an_attribute_that_a_network_has_not_cannot_be_assigned(backend, name):
    net = small(backend)
    with pytest.raises(AttributeError, match=rf"net\.{name}: .*net\.weights, net\.biases") as error:
        setattr(net, name, [[0.0, 0.0], [0.0]])
    assert "net.set(name, numbers)" in str(error.value)
    assert numbers(net) == numbers(small(backend)) and name not in vars(net)


def test_what_is_assigned_on_purpose_stays(backend):
    class Mine(rn.Network):
        """A class of a user's own may keep more."""

    net = Mine([rn.Input(1), rn.Dense(1)], backend=backend)
    net.notes, net.penalties, net.tag = {"a": 1}, (rn.L2(0.5),), "mine"
    twin = pickle.loads(pickle.dumps(small(backend)))
    twin.notes = net.notes
    twin._seen = True  # as other libraries mark objects
    assert net.tag == "mine" and net.notes == twin.notes == {"a": 1} and net.penalties[0].lam == 0.5


# --- Numbers beyond a format ---


@pytest.mark.filterwarnings("ignore:dense1")
@pytest.mark.parametrize("number, given, kept", [
    ("binary64", 1e300, 1e300), ("binary32", 1e300, math.inf), ("binary16", 65520.0, math.inf),
    ("binary16", 65519.0, 65504.0), ("bfloat16", -1e39, -math.inf), ("Q7.8", 1e300, 127.99609375),
    ("Q7.8", -math.inf, -128.0), ("Q7.8-wrap", 300.0, 44.0), ("binary16", math.nan, math.nan),
])
def test_what_is_assigned_is_rounded_to_the_format(number, given, kept):
    net = rn.Network([rn.Input(1), rn.Dense(1)], "python", number=number)
    net.weights, net.biases = [[[given]]], [[given]]
    assert repr((net.weights, net.get("dense1.bias"))) == repr(([[[kept]]], [kept]))


@pytest.mark.parametrize("name, values", [("dense1.weights", [[math.nan, 1.0]]), ("dense1.bias", [math.nan])])
def test_fixed_point_refuses_nan(name, values):
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python", number="Q7.8")
    before = net.fingerprint()
    with pytest.raises(ValueError, match=rf"{name}: nan; allowed in Q7\.8: numbers, as fixed point has no NaN"):
        net.set(name, values)
    assert net.fingerprint() == before


@pytest.mark.parametrize("number, given, kept", [
    ("Q3.12", 100.0, 7.999755859375), ("Q3.12", -100.0, -8.0), ("Q3.12-wrap", 9.0, -7.0), ("binary16", 7e4, math.inf),
    ("bfloat16", 1e300, math.inf), ("binary32", -1e300, -math.inf),
    ("Q3.12", -8.0, None), ("Q3.12", 7.9999, None), ("binary16", 65510.0, None), ("binary16", math.inf, None),
    ("binary64", 1e300, None),
])
def test_weights_beyond_the_format_are_told_wherever_they_come_in(number, given, kept):
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python", number=number)
    table = [[0.5, given]]
    ways = {
        "weights": lambda: setattr(net, "weights", [table]),
        "set": lambda: net.set("dense1.weights", table),
        "Dense": lambda: rn.Network([rn.Input(2), rn.Dense(1, weights=table)], "python", number=number),
        "to": lambda: rn.Network([rn.Input(2), rn.Dense(1, weights=table)], "python").to(number=number),
    }
    for way in ways.values():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            way()
        assert [str(each.message) for each in caught] == (
            [f"dense1.weights: {given!r} is {kept!r} in {number}"] if kept else [])
        assert all(each.category is RuntimeWarning and each.filename == __file__ for each in caught)


def test_of_several_weights_beyond_the_format_one_is_told_before_anything_has_changed():
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python", number="Q3.12")
    net.weights, net.biases = [[[0.5, 0.25]]], [[0.125]]
    before = net.fingerprint()
    for way, text in ((lambda: net.set("dense1.bias", [9]), "dense1.bias: 9.0 is 7.99"),
                      (lambda: setattr(net, "weights", [[[9.0, -10.0]]]), "dense1.weights: -10.0 is -8.0")):
        with warnings.catch_warnings(), pytest.raises(RuntimeWarning, match=text):
            warnings.simplefilter("error")
            way()
    assert net.fingerprint() == before
