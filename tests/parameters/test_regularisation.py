"""Are clipped gradients, constrained weights and penalties with a λ for each weight exact on both backends?"""

import math
import warnings

import pytest
from kernel_helpers import same
from refusals import refused_with

import refnet as rn
from refnet import FileError, load, save

NAN, INF = math.nan, math.inf


def updated(backend, optimizer, weights, gradients, bias=None, bias_gradient=None, **settings):
    """The network after one update of its only layer by these gradients."""
    net = rn.Network([rn.Input(len(weights[0])), rn.Dense(len(weights), bias is not None, **settings)], backend)
    net.weights = [weights]
    net.parameters["dense1.weights"].gradient = net.k.matrix(gradients)
    if bias is not None:
        net.biases = [bias]
        net.parameters["dense1.bias"].gradient = net.k.matrix([bias_gradient])
    optimizer.update(net)
    return net


def moved(backend, clip, gradients, bias_gradient):
    """The clipped gradients, read off weights that start from 0 with a rate of 1."""
    zeros = [[0.0] * len(row) for row in gradients]
    net = updated(backend, rn.SGD(1.0, clip=clip), zeros, gradients, [0.0] * len(bias_gradient), bias_gradient)
    seen = net.gradients["dense1.weights"], net.gradients["dense1.bias"]
    same(seen[0], gradients)  # clipping leaves the gradients themselves as they were
    same([seen[1]], [bias_gradient])
    return [[-w for w in row] for row in net.weights[0]], [-b for b in net.biases[0]]


# --- Clipping -------------------------------------------------------------------------------------------------------


def test_clipping_by_value(backend):
    found = moved(backend, rn.ClipValue(0.5), [[0.75, -2.0, 0.25], [0.5, -INF, -0.5]], [INF, -0.125])
    assert found == ([[0.5, -0.5, 0.25], [0.5, -0.5, -0.5]], [0.5, -0.125])


def test_no_number_stays_none_when_clipped_by_value(backend):
    (first, second), _ = moved(backend, rn.ClipValue(0.5), [[NAN, 2.0], [0.25, 0.25]], [0.0, 0.0])
    assert math.isnan(first[0]) and (first[1], second) == (0.5, [0.25, 0.25])


def test_clipping_by_the_norm_of_everything(backend):
    """‖(3, 4, 12)‖ = 13, twice the limit."""
    assert moved(backend, rn.ClipNorm(6.5), [[3.0, -4.0]], [12.0]) == ([[1.5, -2.0]], [6.0])
    for limit in (13.0, 13.5):  # not above it: no bit changes
        assert moved(backend, rn.ClipNorm(limit), [[3.0, -4.0]], [12.0]) == ([[3.0, -4.0]], [12.0])


def test_the_order_of_operations_in_clipping_by_norm(backend):
    """g·(limit/√(Σw² + Σb²)); each matrix has its own sum, from 0."""
    w, b = [[0.1, 0.7], [0.3, 0.9]], [1.1, 1.3]
    squares = [((0.1 * 0.1 + 0.7 * 0.7) + 0.3 * 0.3) + 0.9 * 0.9, 1.1 * 1.1 + 1.3 * 1.3]
    factor = 0.6 / math.sqrt(squares[0] + squares[1])
    assert moved(backend, rn.ClipNorm(0.6), w, b) == ([[g * factor for g in row] for row in w], [g * factor for g in b])


def test_clipping_each_parameter_by_its_own_norm(backend):
    """‖(3, 4)‖ = 5 and ‖(1.5, 2)‖ = 2.5."""
    clip = rn.ClipNorm(2.5, per_parameter=True)
    assert moved(backend, clip, [[3.0, -4.0], [0.0, 0.0]], [1.5, 2.0]) == ([[1.5, -2.0], [0.0, 0.0]], [1.5, 2.0])


def test_one_nan_in_the_norm_shows_everywhere(backend):
    (row,), (b,) = moved(backend, rn.ClipNorm(1.0), [[NAN, 0.25]], [0.25])
    assert all(map(math.isnan, [*row, b]))
    (row,), (b,) = moved(backend, rn.ClipNorm(1.0, per_parameter=True), [[NAN, 0.25]], [0.25])
    assert all(map(math.isnan, row)) and b == 0.25


def test_an_infinite_norm_leaves_nothing_of_finite_numbers(backend):
    (row,), (b,) = moved(backend, rn.ClipNorm(1.0), [[-INF, 0.25]], [0.25])
    assert math.isnan(row[0]) and (row[1], b) == (0.0, 0.0)
    assert moved(backend, rn.ClipNorm(1.0), [[1e200, 0.25]], [0.25]) == ([[0.0, 0.0]], [0.0])


def test_penalties_come_first_then_clipping(backend):
    """The loss's gradient is 1, the penalty's 2·½·4 = 4; together 5, of which 2 are left."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False, penalty=rn.L2(0.5))], backend)
    net.weights = [[[4.0]]]
    net.fit([[1.0]], [3.0], loss=rn.HalfSquaredError(), optimizer=rn.SGD(1.0, clip=rn.ClipValue(2.0)))
    assert (net.weights, net.gradients) == ([[[2.0]]], {"dense1.weights": [[5.0]]})


def test_weight_decay_is_not_clipped(backend):
    """The decay comes first and is not part of the gradient: 8·(1 − ½·½) − ½·1."""
    optimizer = rn.SGD(0.5, weight_decay=0.5, clip=rn.ClipValue(1.0))
    assert updated(backend, optimizer, [[8.0]], [[16.0]]).weights == [[[5.5]]]


# --- Constraints ----------------------------------------------------------------------------------------------------


def constrained(backend, constraint, weights):
    """These weights after an update with gradient 0. A bias is not constrained."""
    zeros = [[0.0] * len(row) for row in weights]
    ones = [100.0] * len(weights)
    net = updated(backend, rn.SGD(1.0), weights, zeros, ones, [0.0] * len(weights), constraint=constraint)
    assert net.biases == [ones]
    return net.weights[0]


def test_max_norm_of_each_units_weights(backend):
    """‖(3, −4)‖ = 5 becomes 2.5; ‖(0.6, 0.8)‖ is 1."""
    assert constrained(backend, rn.MaxNorm(2.5), [[3.0, -4.0], [0.6, 0.8], [1.5, 2.0]]) == [
        [1.5, -2.0], [0.6, 0.8], [1.5, 2.0]]
    weights = [0.7, -1.9, 0.3]
    factor = 1.3 / math.sqrt((0.7 * 0.7 + 1.9 * 1.9) + 0.3 * 0.3)
    assert constrained(backend, rn.MaxNorm(1.3), [weights]) == [[w * factor for w in weights]]


def test_max_norm_without_a_number(backend):
    first, second = constrained(backend, rn.MaxNorm(1.0), [[NAN, 0.5], [0.25, 0.5]])
    assert all(map(math.isnan, first)) and second == [0.25, 0.5]


def test_clamp(backend):
    weights = [[-2.0, -0.5, 0.125, 3.0]]
    assert constrained(backend, rn.Clamp(high=0.5), weights) == [[-2.0, -0.5, 0.125, 0.5]]  # w → min(w, c)
    assert constrained(backend, rn.Clamp(low=-1.0), weights) == [[-1.0, -0.5, 0.125, 3.0]]
    assert constrained(backend, rn.Clamp(-1.0, 0.125), weights) == [[-1.0, -0.5, 0.125, 0.125]]
    assert constrained(backend, rn.Clamp(0.25, 0.25), weights) == [[0.25] * 4]
    assert constrained(backend, rn.NonNegative(), weights) == [[0.0, 0.0, 0.125, 3.0]]
    assert math.isnan(constrained(backend, rn.Clamp(0.0, 1.0), [[NAN, 2.0]])[0][0])


def test_several_constraints_in_their_order(backend):
    """(−3, 4): bounded first (0, 4), then of norm 2; or of norm 2.5 first (−1.5, 2), then bounded."""
    assert constrained(backend, [rn.NonNegative(), rn.MaxNorm(2.0)], [[-3.0, 4.0]]) == [[0.0, 2.0]]
    assert constrained(backend, (rn.MaxNorm(2.5), rn.NonNegative()), [[-3.0, 4.0]]) == [[0.0, 2.0]]
    assert constrained(backend, [rn.MaxNorm(2.5), rn.Clamp(-1.0)], [[-3.0, 4.0]]) == [[-1.0, 2.0]]


@pytest.mark.parametrize("make", [rn.Momentum, rn.Nesterov, rn.Adam, rn.RMSprop])
def test_constraints_come_after_the_update(backend, make):
    net = rn.Network([rn.Input(2), rn.Dense(2, constraint=rn.Clamp(-0.25, 0.25)), rn.Tanh(), rn.Dense(1)], backend)
    net.fit([[1.0, -1.0], [0.5, 2.0], [-1.0, 0.5]], [3.0, -2.0, 1.0], optimizer=make(0.5), epochs=5, batch_size=2)
    inside = [abs(w) for row in net.weights[0] for w in row]
    assert max(inside) == 0.25  # they are outside, as no update followed
    assert max(abs(w) for w in net.weights[1][0]) > 0.25


# --- Penalties ------------------------------------------------------------------------------------------------------

WEIGHTS, LAM = [[2.0, -3.0], [0.0, 1.0]], [[0.5, 0.0], [1.0, 0.25]]
TABLES = [
    # ½·4 + 0·9 + 1·0 + ¼·1, and 2λw
    (lambda lam: rn.L2(lam), 2.25, [[2.0, 0.0], [0.0, 0.5]]),
    (lambda lam: rn.L2(lam, half=True), 1.125, [[1.0, 0.0], [0.0, 0.25]]),
    # ½·2 + 0·3 + 1·0 + ¼·1, and λ·sign(w)
    (lambda lam: rn.L1(lam), 1.25, [[0.5, 0.0], [0.0, 0.25]]),
    (lambda lam: [rn.L1(lam), rn.L2(lam)], 3.5, [[2.5, 0.0], [0.0, 0.75]]),
]


@pytest.mark.parametrize("place", range(len(TABLES)))
def test_a_lambda_for_each_weight(backend, place):
    make, cost, gradient = TABLES[place]
    net = rn.Network([rn.Input(2), rn.Dense(2, penalty=make(LAM))], backend)
    net.weights = [WEIGHTS]
    outputs = net.forward([[0.0, 0.0]], training=True)
    assert net.loss(outputs) == cost == net.penalty_cost()
    net.backward()
    assert net.gradients == {"dense1.weights": gradient, "dense1.bias": [0.0, 0.0]}


def test_a_table_of_one_lambda_is_that_lambda(backend):
    """The same bits: λ·w and its sum with g are rounded as they are for one number."""
    def trained(penalty):
        net = rn.Network([rn.Input(2), rn.Dense(3, penalty=penalty), rn.Tanh(), rn.Dense(1)], backend, seed=3)
        net.fit([[1.0, -1.0], [0.5, 2.0], [-1.0, 0.5]], [3.0, -2.0, 1.0], epochs=4, batch_size=2)
        return net.fingerprint()

    for kind in (rn.L1, rn.L2, lambda lam: rn.L2(lam, half=True)):
        assert trained(kind(0.03)) == trained(kind([[0.03, 0.03]] * 3)) != trained(None)


def test_a_changed_table_is_not_the_recorded_one(backend):
    """Each of 4 epochs of 3 steps at η = ½, gradient λ only: w − λ/2, from epoch 2 on with the new λ."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False, penalty=rn.L1([[0.25]]))], backend)
    net.weights = [[[8.0]]]

    def report(standing):
        if standing.finished and standing.epoch == 2:
            net.parameters["dense1.weights"].penalties[0].lam = [[0.5]]

    net.fit([[0.0]] * 3, [0.0] * 3, optimizer=rn.SGD(0.5), epochs=4, batch_size=1, report=report)
    assert net.weights == [[[8.0 - 6 * 0.125 - 6 * 0.25]]]


def test_a_table_of_another_shape():
    with pytest.raises(ValueError, match=r"lam: a table of shape \(2, 3\); expected \(2, 2\)"):
        rn.Network([rn.Input(2), rn.Dense(2, penalty=rn.L2([[0.1] * 3] * 2))], "python")


def test_a_table_of_another_shape_for_the_whole_network(backend):
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Dense(1)], backend)
    before = net.fingerprint()
    with pytest.raises(ValueError, match=r"lam: a table of shape \(2, 2\); expected \(1, 2\)"), \
            warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the step that cannot be recorded is tried again, and raises
        net.fit([[1.0, 2.0]], [1.0], penalty=rn.L2([[0.1, 0.2], [0.3, 0.4]]))
    assert net.fingerprint() == before


def test_where_a_penalty_starts():
    penalties = rn.L1(0.1), rn.L2(0.1), rn.L1(0.1, start=3), rn.L2(0.1, start=4)
    assert [penalty.start for penalty in penalties] == [0, 0, 3, 4]


# --- What is recorded, and what a file keeps -----------------------------------------------------------------------


@pytest.mark.parametrize("change", [
    lambda net: vars(net.layers[1].constraints[0]).update(limit=0.25),
    lambda net: vars(net.optimizer.clip).update(limit=0.0625),
    lambda net: vars(net.optimizer.clip).update(per_parameter=True),
    lambda net: vars(net.optimizer).update(clip=None),
    lambda net: vars(net.optimizer).update(beta1=0.5),
    lambda net: vars(net.optimizer).update(weight_decay=0.5),
    lambda net: vars(net.optimizer).update(inside=True),
])  # fmt: skip
def test_a_setting_changed_on_the_way_is_noticed(both, change):
    """C replays what was recorded before; the reference is always up to date."""
    found = {}
    for backend in ("python", "c"):
        for changing in (False, True):
            layers = [rn.Input(2), rn.Dense(3, constraint=rn.MaxNorm(0.75)), rn.Tanh(), rn.Dense(1)]
            net = rn.Network(layers, backend, seed=2)

            def report(standing, net=net, changing=changing):
                if changing and standing.finished and standing.epoch == 3:
                    change(net)

            with warnings.catch_warnings():
                warnings.simplefilter("error")
                net.fit([[1.0, -1.0], [0.5, 2.0], [-1.0, 0.5]], [3.0, -2.0, 1.0], epochs=6, batch_size=2,
                        optimizer=rn.Adam(0.1, epsilon=0.01, clip=rn.ClipNorm(0.5)), report=report)
            found[backend, changing] = net.fingerprint()
    assert found["python", True] == found["c", True] != found["c", False] == found["python", False]


def test_what_a_file_keeps(backend, path):
    layers = [rn.Input(2), rn.Dense(2, constraint=[rn.MaxNorm(0.5), rn.NonNegative(), rn.Clamp(None, 2.0)]),
              rn.Dense(1, penalty=[rn.L1([[0.5, 0.25]], start=2), rn.L2(0.125, start=3)])]  # fmt: skip
    net = rn.Network(layers, backend)
    schedule = rn.Plateau(rn.Warmup(rn.LinearScaling(0.5, 8, base=4), 3, start=0.25), 0.3, 5, 0.1, "loss", 0.5, "max")
    optimizer = rn.AMSGrad(schedule, 0.5, 0.75, 0.125, True, False, weight_decay=0.25, clip=rn.ClipNorm(2.0, True))
    net.fit([[1.0, 2.0]], [1.0], optimizer=optimizer)
    save(net, path)
    back = load(path, backend)
    first, second = back.layers[1:]
    assert first.constraints == back.parameters["dense1.weights"].constraints
    assert [vars(each) for each in first.constraints] == [{"limit": 0.5}, {}, {"low": None, "high": 2.0}]
    assert [vars(each) for each in second.penalties] == [{"lam": ((0.5, 0.25),), "start": 2},
                                                         {"lam": 0.125, "start": 3, "half": False}]
    again = back.optimizer
    for name in ("beta1", "beta2", "epsilon", "inside", "corrected", "weight_decay"):
        assert getattr(again, name) == getattr(optimizer, name)
    assert type(again.clip) is rn.ClipNorm and vars(again.clip) == vars(optimizer.clip)
    not_kept = ("schedule", "_owner")
    assert {n: v for n, v in vars(again.schedule).items() if n not in not_kept} == \
        {n: v for n, v in vars(schedule).items() if n not in not_kept}
    assert [again.rate_at(epoch) for epoch in range(5)] == [optimizer.rate_at(epoch) for epoch in range(5)]
    same(back.k.tolist(again.state["step"]["power2"]), [[0.0]])
    assert back.fingerprint() == net.fingerprint()


def test_constraints_of_ones_own(backend, path):
    class Rounded(rn.Constraint):
        def apply(self, k, w):
            k.clamp(w, 1.0, 1.0)

    net = updated(backend, rn.SGD(1.0), [[3.0]], [[1.0]], constraint=Rounded())
    assert net.weights == [[[1.0]]]
    with pytest.raises(FileError, match=r"layers\[1\].settings.constraint\[0\]: .*Rounded is not known to files"):
        save(net, path)
    with pytest.raises(TypeError, match="Constraint defines no apply"):
        updated(backend, rn.SGD(1.0), [[3.0]], [[1.0]], constraint=rn.Constraint())
    with pytest.raises(TypeError, match="Clip defines no clipped"):
        updated(backend, rn.SGD(1.0, clip=rn.Clip()), [[3.0]], [[1.0]])


def test_a_constraint_changed_by_a_report_counts_from_then_on(native):
    """C has recorded the limit, and records anew."""
    nets = [rn.Network([rn.Input(1), rn.Dense(1, False, constraint=rn.Clamp(high=0.5))], b) for b in ("python", "c")]
    for net in nets:

        def widen(report, net=net):
            net.layers[1].constraints[0].high = 0.75

        net.fit([[1.0]] * 8, [[9.0]] * 8, optimizer=rn.SGD(0.5), batch_size=1, epochs=2, report=widen)
        assert net.weights == [[[0.75]]]


BAD = [
    *[(lambda kind=kind, limit=limit: kind(limit), ValueError, ["limit", repr(limit), "> 0"])
      for kind in (rn.ClipValue, rn.ClipNorm, rn.MaxNorm) for limit in (0.0, -1.0, NAN, INF)],
    *[(lambda kind=kind: kind("1"), TypeError, ["limit", "'1'", "> 0"])
      for kind in (rn.ClipValue, rn.ClipNorm, rn.MaxNorm)],
    (lambda: rn.ClipNorm(1.0, per_parameter="all"), ValueError, ["per_parameter", "'all'", "False, True"]),
    (lambda: rn.Clamp(), ValueError, ["Clamp", "low", "high", "None", "number"]),
    (lambda: rn.Clamp(NAN), ValueError, ["low", "nan", "finite"]),
    (lambda: rn.Clamp(high=INF), ValueError, ["high", "inf", "finite"]),
    (lambda: rn.Clamp(1.0, 0.5), ValueError, ["high", "0.5", ">= 1.0"]),
    (lambda: rn.Clamp("0"), TypeError, ["low", "'0'"]),
    (lambda: rn.Dense(1, constraint=3.0), TypeError, ["constraint", "3.0", "MaxNorm(…), Clamp(…), NonNegative()"]),
    (lambda: rn.Dense(1, constraint=[rn.NonNegative(), None]), TypeError, ["constraint", "None"]),
    (lambda: rn.Dense(1, constraint=rn.MaxNorm), TypeError, ["constraint", "MaxNorm"]),
    *[(lambda kind=kind: kind([[0.1, -0.2]]), ValueError, ["lam[0][1]", "-0.2", ">= 0"]) for kind in (rn.L1, rn.L2)],
    (lambda: rn.L2([[0.1, NAN]]), ValueError, ["lam[0][1]", "nan", "finite"]),
    (lambda: rn.L2([[0.1], [0.1, 0.2]]), ValueError, ["lam", "row 1 has 2 numbers"]),
    (lambda: rn.L2([]), ValueError, ["lam", "no rows"]),
    (lambda: rn.L1([["0.1"]]), TypeError, ["lam", "'0.1'", "row 0, column 0"]),
    (lambda: rn.L1(0.1, start=-1), ValueError, ["start", "-1", ">= 0"]),
    (lambda: rn.L2(0.1, start=1.5), TypeError, ["start", "1.5", "whole numbers"]),
    (lambda: rn.L2(0.1, start=True), TypeError, ["start", "True"]),
]


@pytest.mark.parametrize("make, kind, words", BAD, ids=range(len(BAD)))
def test_what_cannot_be_made(make, kind, words):
    refused_with(make, kind, words)
