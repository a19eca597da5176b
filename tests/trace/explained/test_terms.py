"""Can a formula be evaluated with other numbers, with its comparisons as they were or asked again?"""

import pytest

import refnet as rn
from refnet.trace.explained.terms import evaluated
from refnet.trace.explained.worked import worked

NET = rn.Network([rn.Input(2), rn.Dense(2), rn.LeakyReLU(0.5), rn.Dense(1)])
NET.weights = [[[1.0, 1.0], [-1.0, -1.0]], [[1.0, 1.0]]]
TRACE = rn.traced(NET, [0.25, 0.5], [0.5], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.5))


@pytest.mark.parametrize(("z", "kept", "asked"), [(0.75, 0.75, 0.75), (-2.0, -2.0, -1.0), (4.0, 4.0, 4.0)])
def test_a_comparison(z, kept, asked):
    """o3 = z3 where z3 ≥ 0, else z3/2; in the trace z3 is 0.75."""
    term = worked(TRACE.network, TRACE.only()).origins.term("leakyrelu1.o", 0, 0)

    def value_of(each):
        return z if each.name == ("dense1.z", 0, 0) else None

    assert evaluated(term, value_of) == kept
    assert evaluated(term, value_of, asks_again=True) == asked


def lines(**settings):
    return [equation.name[0] for section in worked(TRACE.network, TRACE.only(), **settings).sections
            for equation in section.equations]


def test_what_keeps_a_line_of_its_own():
    """A gradient is put into the step that takes it, unless it is asked for; a δ alone, a bias's, always."""
    assert "dense1.weights.gradient" not in lines()
    assert lines(apart=["gradient"]).count("dense1.weights.gradient") == 4
    assert "dense1.bias.gradient" not in lines(apart=["gradient"])
    net = rn.Network([rn.Input(1), rn.Dense(1), rn.Sigmoid()])
    step = rn.traced(net, [[0.5]])
    for apart, expected in (((), ["sigmoid1.o"]), (["z"], ["dense1.z", "sigmoid1.o"])):
        found = worked(step.network, step.only(), apart=apart)
        assert [equation.name[0] for equation in found.sections[0].equations] == expected
