"""Do units compute logical functions? Lecture 004's weights, and the truth tables."""

import pytest

import refnet as rn
from refnet.neurons import GATES, Neuron, Perceptron, gate, truth_table

TRUTH = {
    "AND": lambda x1, x2: x1 and x2, "OR": lambda x1, x2: x1 or x2, "NOT": lambda x1: not x1,
    "NOR": lambda x1, x2: not (x1 or x2), "NAND": lambda x1, x2: not (x1 and x2),
    "XNOR": lambda x1, x2: x1 == x2, "XOR": lambda x1, x2: x1 != x2,
}


@pytest.mark.parametrize("name", GATES)
def test_each_gate(name, backend):
    table = truth_table(gate(name, backend))
    two = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    assert [x for x, _ in table] == ([[0.0], [1.0]] if name == "NOT" else two)
    for x, o in table:
        assert abs(o - TRUTH[name](*x)) < 5e-5  # σ(−10)


def test_the_lecture_s_numbers(backend):
    """The 21 digits of lecture 004, in the nearest double or the one beside it: golden entries 12 and 13."""
    (_, none), (_, one), (_, other), (_, both) = truth_table(gate("AND", backend))
    assert none == pytest.approx(9.35762296883929895384e-14, rel=2.0**-51) and one == other
    assert one == pytest.approx(4.539786870243439450478e-5, rel=2.0**-51)
    assert both == pytest.approx(0.9999546021312975656055, rel=2.0**-51)
    assert [o for _, o in truth_table(gate("NOT", backend))] == [both, one]


def test_gates_are_networks_of_their_own():
    first, second = gate("OR"), gate("OR")
    first.biases = [[5.0]]
    assert second.biases == [[-10.0]] and isinstance(first, rn.Network)


def test_tables_of_other_units(backend):
    assert truth_table(Perceptron([1, 1], -1.5, backend=backend)) == [
        ([0.0, 0.0], 0.0), ([0.0, 1.0], 0.0), ([1.0, 0.0], 0.0), ([1.0, 1.0], 1.0)]
    assert truth_table(Neuron([2.0], 1.0, "linear", backend)) == [([0.0], 1.0), ([1.0], 3.0)]
    assert len(truth_table(rn.Network([rn.Input(3), rn.Dense(1)], backend))) == 8


def test_what_is_refused():
    with pytest.raises(ValueError, match="name: 'IF'; allowed: 'AND', 'OR', 'NOT', 'NOR', 'NAND', 'XNOR', 'XOR'"):
        gate("IF")
    for unit in (3.0, rn.Network([rn.Input(2), rn.Dense(2)]), lambda x: x):
        with pytest.raises(TypeError, match=r"unit: .*allowed: a Neuron, or a Network with one output"):
            truth_table(unit)
