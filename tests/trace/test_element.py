"""Does an element's account give its number? Each operation done again, in order, from the numbers that it names."""

import pytest

import refnet as rn
from refnet.arithmetic import elementary
from refnet.trace import traced

X = [[0.5, -1.0, 2.0], [0.25, 0.75, -0.5], [1.5, 0.1, 0.3]]
SIGNS = {"+": float.__add__, "−": float.__sub__, "·": float.__mul__, "/": elementary.divide}
LOSSES = {"softmax": rn.CrossEntropy(), "sigmoid": rn.HalfSquaredError(), "gelu": rn.Huber()}


def redo(operation, known):
    values = [value for _, value in operation.operands]
    for name, value in operation.operands:
        if "[" in name:
            where, row, unit = name[:-1].replace("]", "").split("[")
            known(where, int(row), int(unit), value)
    if len(values) == 1:
        return -values[0] if operation.sign == "−" else abs(values[0]) if operation.sign == "abs" else \
            getattr(elementary, operation.sign)(*values)
    return SIGNS[operation.sign](*values)


@pytest.mark.parametrize("last", LOSSES)
def test_every_number_of_a_step(backend, last):
    layers = [rn.Input(3), rn.Dense(3), rn.BatchNorm(), rn.Tanh(), rn.Dropout(0.5), rn.Dense(2, penalty=rn.L2(0.1))]
    net = rn.Network([*layers, last], backend=backend, seed=1)
    y = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    step = traced(net, X, y, loss=LOSSES[last], optimizer=rn.Adam(0.1, clip=rn.ClipNorm(0.01))).only()

    def known(name, row, unit, value):
        if name in step:
            assert step.numbers(name).at(row, unit) == value, name

    opened = 0
    for name, numbers in step.values.items():
        for row in range(numbers.rows):
            for unit in range(numbers.columns):
                element = step.element(name, row, unit)
                assert element.value == numbers.at(row, unit) and element.name == f"{name}[{row}][{unit}]"
                assert bool(element.kernel) == (name in step.origins)
                for operation in element.operations:
                    assert redo(operation, known) == operation.result, (name, operation)
                if element.operations:
                    assert element.operations[-1].result == element.value
                    opened += 1
    assert opened > 100


def test_the_order_of_a_net_input(backend):
    """Rule 2: from the bias, inputs ascending."""
    net = rn.Network([rn.Input(3), rn.Dense(2)], backend=backend)
    net.weights, net.biases = [[[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]]], [[0.5, -0.25]]
    element = traced(net, X).element("dense1.z", row=1, unit=1)
    assert [[name for name, _ in operation.operands] for operation in element.operations] == [
        ["dense1.weights[1][0]", "input.o[1][0]"], ["dense1.bias[0][1]", ""],
        ["dense1.weights[1][1]", "input.o[1][1]"], ["", ""],
        ["dense1.weights[1][2]", "input.o[1][2]"], ["", ""]]
    assert [operation.result for operation in element.operations] == [0.25, 0.0, 1.5, 1.5, -1.5, 0.0]
    text = str(element)
    assert "dense1.weights[1][0] · input.o[1][0] = 1.0 · 0.25 = 0.25 (0x1.0000000000000p-2)" in text


def test_what_was_given_and_what_is_constant(backend):
    trace = traced(rn.Network([rn.Input(3), rn.Dense(2), rn.ReLU()], backend=backend, seed=1), X)
    given = trace.element("input.o", 0, 2)
    assert (given.value, given.kernel, given.operations) == (2.0, "", []) and "as given" in str(given)
    found = {trace.element("relu1.o", i, j).source for i in range(3) for j in range(2)}
    assert "a constant" in found and any(source.startswith("dense1.z[") for source in found)


def test_bad_places(backend):
    trace = traced(rn.Network([rn.Input(3), rn.Dense(2)], backend=backend), X)
    for error, words, place in ((IndexError, "row: 3; dense1.z is 3×2: 0 to 2", ("dense1.z", 3, 0)),
                                (IndexError, "unit: -1; dense1.z is 3×2: 0 to 1", ("dense1.z", 0, -1)),
                                (KeyError, "dense1.y", ("dense1.y", 0, 0))):
        with pytest.raises(error, match=words):
            trace.element(*place)


def test_of_a_large_layer_only_what_is_asked_is_run(backend):
    """By the numbers that take part: a net input of 400 inputs has 800 operations, its update some twenty."""
    net = rn.Network([rn.Input(400), rn.Dense(300), rn.ReLU()], backend=backend, seed=1)
    rows = [[(i * j) % 7 / 7.0 for i in range(400)] for j in range(16)]
    trace = traced(net, rows, [[0.5] * 300] * 16, optimizer=rn.Adam(0.01))
    assert len(trace.element("dense1.z", 15, 299).operations) == 800
    assert len(trace.element("dense1.weights.gradient", 299, 399).operations) == 32
    assert 10 < len(trace.element("dense1.weights.new", 299, 399).operations) < 25
