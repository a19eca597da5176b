"""Does every class refuse settings that it cannot have, and name setting, value and what is allowed?"""

import math
from fractions import Fraction

import pytest

import refnet as rn
from refnet.optimizers.schedules import as_schedule

INF, NAN = math.inf, math.nan
MADE = [
    (lambda: rn.Input(0), ValueError, ["units", "0", ">= 1"]), (lambda: rn.Input(-2), ValueError, ["units", "-2"]),
    (lambda: rn.Input(2.0), TypeError, ["units", "2.0", "whole numbers"]),
    (lambda: rn.Input("2"), TypeError, ["units", "'2'"]), (lambda: rn.Input(None), TypeError, ["units", "None"]),
    (lambda: rn.Dense(0), ValueError, ["units", "0", ">= 1"]), (lambda: rn.Dense(True), TypeError, ["units", "True"]),
    (lambda: rn.Dense(2.5), TypeError, ["units", "2.5"]),
    (lambda: rn.Dense(2, bias="no"), ValueError, ["bias", "'no'", "True, False"]),
    (lambda: rn.Dense(2, bias=None), ValueError, ["bias", "None", "True, False"]),
    (lambda: rn.Dense(2, weights=0.1), TypeError, ["weights", "0.1", "initializers such as Glorot()"]),
    (lambda: rn.Dense(2, weights=rn.He), TypeError, ["weights", "initializers"]),
    (lambda: rn.Dense(2, weights=[[1.0], ["x"]]), TypeError, ["weights", "'x'", "initializers"]),
    (lambda: rn.Dense(2, weights=0), TypeError, ["weights", "0", "initializers"]),
    (lambda: rn.Dense(2, weights="he"), TypeError, ["weights: 'he'", "Glorot()", "numbers themselves", "[[…], …]"]),
    (lambda: rn.Dense(2, weights=rn.He), TypeError, ["weights: <class", "He'", "initializers such as Glorot()"]),
    (lambda: rn.Dense(2, weights=[0.1, 0.2]), TypeError, ["weights: [0.1, 0.2]", "a row for each unit: [[…], …]"]),
    (lambda: rn.Dense(2, biases="zeros"), TypeError, ["biases: 'zeros'", "Zeros()", "one for each unit"]),
    (lambda: rn.Dense(2, biases=0.0), TypeError, ["biases", "0.0", "initializers such as Zeros()"]),
    (lambda: rn.Dense(2, penalty=0.1), TypeError, ["penalty", "0.1", "L2"]),
    (lambda: rn.Dense(2, penalty="L2"), TypeError, ["penalty", "'L2'"]),
    (lambda: rn.Dense(2, penalty=[rn.L2(0.1), None]), TypeError, ["penalty", "None"]),
    (lambda: rn.ReLU(0.5), ValueError, ["gradient_at_zero", "0.5", "0, 1"]),
    (lambda: rn.ReLU("0"), ValueError, ["gradient_at_zero", "'0'", "0, 1"]),
    (lambda: rn.LeakyReLU(NAN), ValueError, ["slope", "nan", "finite"]),
    (lambda: rn.LeakyReLU("0.1"), TypeError, ["slope", "'0.1'", "str", "numbers"]),
    (lambda: rn.LeakyReLU(None), TypeError, ["slope", "None", "numbers"]),
    (lambda: rn.Softmax(INF), ValueError, ["beta", "inf", "finite"]),
    (lambda: rn.Softmax([1.0]), TypeError, ["beta", "[1.0]", "numbers"]),
    (lambda: rn.Standardize([0.0, 1.0], [1.0]), ValueError, ["std", "1", "2"]),
    (lambda: rn.Standardize([0.0], [0.0]), ValueError, ["std[0]", "0.0", "> 0"]),
    (lambda: rn.Standardize([0.0, 1.0], [1.0, -1.0]), ValueError, ["std[1]", "-1.0", "> 0"]),
    (lambda: rn.Standardize([NAN], [1.0]), ValueError, ["mean", "nan", "finite"]),
    (lambda: rn.Standardize([], []), ValueError, ["mean"]),
    (lambda: rn.Standardize("ab", [1.0, 2.0]), TypeError, ["mean", "'ab'"]),
    (lambda: rn.Constant(NAN), ValueError, ["value", "nan", "finite"]),
    (lambda: rn.Constant("1"), TypeError, ["value", "'1'"]), (lambda: rn.Constant(None), TypeError, ["value", "None"]),
    (lambda: rn.Constant(10**400), ValueError, ["value", "finite"]),
    (lambda: rn.Normal(-0.1), ValueError, ["sigma", "-0.1", ">= 0"]),
    (lambda: rn.Normal(INF), ValueError, ["sigma", "inf", "finite"]),
    (lambda: rn.Normal("1"), TypeError, ["sigma", "'1'"]),
    (lambda: rn.Uniform(-1), ValueError, ["alpha", "-1", ">= 0"]),
    (lambda: rn.Uniform(NAN), ValueError, ["alpha", "nan"]), (lambda: rn.Uniform(None), TypeError, ["alpha", "None"]),
    (lambda: rn.Glorot("gauss"), ValueError, ["distribution", "'gauss'", "'uniform', 'normal'"]),
    (lambda: rn.He(None), ValueError, ["distribution", "None"]),
    (lambda: rn.LeCun(1), ValueError, ["distribution", "1"]),
    (lambda: rn.HalfSquaredError("mean"), ValueError, ["over", "'mean'", "'rows', 'elements', 'sum'"]),
    (lambda: rn.CrossEntropy("elements"), ValueError, ["over", "'elements'", "'rows', 'sum'"]),
    (lambda: rn.MeanSquaredError(None), ValueError, ["over", "None", "'rows', 'elements', 'sum'"]),
    (lambda: rn.CrossEntropy(from_logits="yes"), ValueError, ["from_logits", "'yes'", "False, True"]),
    (lambda: rn.BinaryCrossEntropy(fused=None), ValueError, ["fused", "None", "False, True"]),
    (lambda: rn.BinaryCrossEntropy(2), ValueError, ["over", "2", "'rows', 'elements', 'sum'"]),
    *[(lambda rate=rate, kind=kind: kind(rate), ValueError, ["rate", repr(rate), "> 0"])
      for kind in (rn.SGD, rn.Momentum, rn.Nesterov, rn.InverseTimeDecay) for rate in (0, 0.0, -0.1, NAN, INF, -INF)],
    *[(lambda rate=rate, kind=kind: kind(rate), TypeError, ["rate", repr(rate), "> 0"])
      for kind in (rn.SGD, rn.Momentum, rn.Nesterov, rn.InverseTimeDecay)
      for rate in ("0.1", None, [0.1], True, Fraction(1, 10))],
    *[(lambda mu=mu, kind=kind: kind(0.1, mu), ValueError, ["mu", repr(mu), ">= 0", "< 1"])
      for kind in (rn.Momentum, rn.Nesterov) for mu in (-0.1, 1.0, 1.5, NAN, INF)],
    (lambda: rn.Momentum(0.1, "0.9"), TypeError, ["mu", "'0.9'"]),
    (lambda: rn.InverseTimeDecay(0.1, -1), ValueError, ["decay", "-1", ">= 0"]),
    (lambda: rn.InverseTimeDecay(0.1, NAN), ValueError, ["decay", "nan", ">= 0"]),
    (lambda: rn.InverseTimeDecay(0.1, None), TypeError, ["decay", "None"]),
    (lambda: as_schedule(0), ValueError, ["rate", "0", "> 0"]), (lambda: as_schedule("x"), TypeError, ["rate", "'x'"]),
    *[(lambda lam=lam, kind=kind: kind(lam), ValueError, ["lam", repr(lam), ">= 0"])
      for kind in (rn.L1, rn.L2) for lam in (-0.1, NAN, INF)],
    *[(lambda lam=lam, kind=kind: kind(lam), TypeError, ["lam", repr(lam), ">= 0"])
      for kind in (rn.L1, rn.L2) for lam in ("0.1", None, [0.1], True)],
    (lambda: rn.L2(0.1, half="yes"), ValueError, ["half", "'yes'", "False, True"]),
    (lambda: rn.SGD(10**400), ValueError, ["rate", "> 0"]),
]


@pytest.mark.parametrize("place", range(len(MADE)))
def test_what_cannot_be_made(place):
    make, kind, words = MADE[place]
    with pytest.raises(kind) as error:
        make()
    assert type(error.value) in (TypeError, ValueError)
    for word in words:
        assert word in str(error.value), str(error.value)
