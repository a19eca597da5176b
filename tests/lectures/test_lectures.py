"""Do the worked examples come out, and are the published numbers right? They are compared with decimal_lectures."""

import re
import subprocess
import sys
from collections import Counter
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, Context, Decimal
from functools import cache

import pytest
from decimal_lectures import truths

import refnet as rn
from refnet import lectures
from refnet.kernels import REFERENCE
from refnet.lectures import (
    activations_001,
    agreement,
    hill_climbing_003,
    optimizers_001,
    optimizers_002,
    results,
    training_001,
)
from refnet.lectures import deep_networks_004 as deep
from refnet.lectures import multilayer_networks_003 as multilayer

SOURCES = {
    1: "003_c85a712d8489c438.txt", 2: "003_c85a712d8489c438.txt", 3: "003_c85a712d8489c438.txt",
    4: "003_c85a712d8489c438.txt", 5: "003_c85a712d8489c438.txt", 6: "003_c85a712d8489c438.txt",
    34: "003_c85a712d8489c438.txt",
    7: "002_f454bcaa3b381492.txt", 8: "002_f454bcaa3b381492.txt", 9: "002_f454bcaa3b381492.txt",
    10: "002_f454bcaa3b381492.txt", 11: "002_f454bcaa3b381492.txt", 33: "002_f454bcaa3b381492.txt",
    36: "002_f454bcaa3b381492.txt", 37: "002_f454bcaa3b381492.txt",
    12: "004_fb3d458fd167ea13.txt", 13: "004_fb3d458fd167ea13.txt", 14: "004_fb3d458fd167ea13.txt",
    15: "004_fb3d458fd167ea13.txt", 16: "004_fb3d458fd167ea13.txt",
    17: "001_64b240ec3fb16f33.txt", 18: "001_64b240ec3fb16f33.txt",
    **dict.fromkeys((19, 20, 32), "001_64b240ec3fb16f33.txt"), 35: "004_fb3d458fd167ea13.txt",
    **dict.fromkeys(range(21, 32), "000_85791a8fc5735753.txt"),
}
# 6: four examples of o3 o4 o5, δ5 δ4 δ3 and six weights. 12 to 14: the rows of the tables, three columns in 14.
COUNTS = {1: 1, 2: 3, 4: 19, 5: 26, 6: 48, 7: 21, 8: 29, 12: 4, 13: 2, 14: 12, 15: 16, 16: 47, 17: 4, 18: 8, 25: 15,
          21: 4, 22: 17, 23: 5, 24: 13, 26: 19, 27: 9, 28: 4, 30: 10, 31: 21,
          3: 16, 34: 22, 9: 34, 10: 12, 11: 53, 33: 58, 36: 19, 37: 35,
          19: 56, 20: 18, 29: 51, 32: 51, 35: 52}


@cache
def computed_on(backend):
    return results(backend)


# --- What is shown ---


def test_every_entry_is_there_with_all_its_numbers():
    found = computed_on("python")
    assert dict(Counter(result.entry for result in found)) == COUNTS
    assert [result.entry for result in found] == sorted(result.entry for result in found)
    assert {(result.entry, result.source) for result in found} == set(SOURCES.items())
    assert len({(result.entry, result.quantity) for result in found}) == len(found)
    assert all(type(result.computed) is float and type(result.agrees) is bool for result in found)


@pytest.mark.parametrize("entry", SOURCES)
def test_entry(entry, backend):
    """Each number agrees with the published one, and equals the reference's to the last bit."""
    found = [result for result in computed_on(backend) if result.entry == entry]
    assert found
    assert [result for result in found if not result.agrees] == []
    same = [result for result in computed_on("python") if result.entry == entry]
    assert found == same
    assert [result.computed.hex() for result in found] == [result.computed.hex() for result in same]


def test_results_take_a_backend_itself():
    assert results(REFERENCE) == computed_on("python")


def test_results_of_one_entry():
    for entry in (6, 33):  # 33 stands in four modules
        assert results(entry=entry) == [each for each in computed_on("python") if each.entry == entry]
    for wrong, kind in ((0, ValueError), (38, ValueError), ("6", TypeError), (True, TypeError)):
        with pytest.raises(kind, match=r"^entry: .*; allowed: whole numbers >= 1 and <= 37$"):
            results(entry=wrong)


def digits_of(result):
    """The published digits; None if they are not a rounded number."""
    if result.published.endswith(" exactly") or result.published.startswith(("< ", "> ", "≥ ")):
        return None
    return result.published.rpartition(" = ")[2]


def test_published_digits_are_right():
    """Each printed or derived number is that of decimal arithmetic, rounded to as many places; none is left out."""
    shown = {(r.entry, r.quantity): digits_of(r) for r in computed_on("python") if digits_of(r) is not None}
    assert set(shown) == set(truths())
    for key, digits in shown.items():
        numerator, _, denominator = digits.partition("/")
        published = Decimal(numerator) / Decimal(denominator or 1)
        half_a_digit = Decimal(1).scaleb(published.as_tuple().exponent) / 2
        assert abs(published - truths()[key]) < half_a_digit, (key, digits, truths()[key])


def test_computed_numbers_are_right():
    """Computed numbers are right to the last few bits, far beyond the digits shown.

    Each is the result of at most some fifty operations on numbers below 10, with a relative error of at most 2⁻⁵³ each.
    A numerical derivative (dθ_approx) divides that error by 2ε.
    """
    for result in computed_on("python"):
        key = (result.entry, result.quantity)
        if digits_of(result) is not None:
            bound = Decimal("1e-10") if result.quantity.endswith("_approx") else Decimal("3e-15")
            if result.entry in (12, 13):  # 1e-14 is large beside e⁻³⁰: here two units in the last place, relative
                bound = truths()[key] * Decimal(2) ** -51
            assert abs(Decimal(result.computed) - truths()[key]) <= bound, result


def test_slides_digits():
    """The digits as golden.md has them: a change of one in a module does not go unnoticed."""
    shown = {}
    for result in computed_on("python"):
        shown.setdefault(result.entry, {})[result.quantity] = result.published
    assert list(shown[1].values()) == ["0.3775"]
    assert list(shown[2].values()) == ["0.73", "0.0529", "0.0529/2"]
    assert list(shown[6].items())[:12] == [
        ("o3", "0.5"), ("o4", "0.5"), ("o5", "0.5"), ("δ5", "0.1"), ("δ4", "0.0025"), ("δ3", "-0.0025"),
        ("w45", "0.09"), ("w35", "-0.11"), ("w24", "0.09995"), ("w23", "-0.09995"), ("w14", "-0.10005"),
        ("w13", "0.10005"),
    ]
    assert [text for text in shown[7].values() if " = " not in text] == [
        "0.7", "0.3", "0.604", "0.291", "0.313", "0.017", "-0.1869", "-0.1187", "0.1711", "-0.113", "-0.054",
        "1.02", "-3.0", "0.17", "1.0", "1.02", "-0.99",
    ]
    middle = "4.539786870243439450478E-5"
    assert list(shown[12].values()) == ["9.35762296883929895384E-14", middle, middle, "0.9999546021312975656055"]
    assert list(shown[13].values()) == ["0.9999546021312975656055", middle]
    assert "".join(shown[14].values()) == "011" "000" "000" "101"
    assert list(shown[17].values()) == ["0.2", "0.1", "0.0667", "0.05"]


# --- The rule of agreement ---


def test_rounding_rule():
    assert agreement.rounds_to("0.3775", 0.37754)
    assert agreement.rounds_to("-0.1187", -0.11865001)
    assert agreement.rounds_to("0.0529/2", 0.02645)
    assert agreement.rounds_to("4.5E-5", 4.54e-5)
    assert agreement.rounds_to("-3.0", -2.96)
    assert not agreement.rounds_to("0.3775", 0.37756)
    assert not agreement.rounds_to("0.3775", -0.3775)
    assert not agreement.rounds_to("0.1186", 0.11866)  # rounded, not cut
    assert not agreement.rounds_to("0.0529/2", 0.0265)
    assert not agreement.rounds_to("0.5", float("nan"))
    assert not agreement.rounds_to("0.5", float("inf"))
    assert agreement.rounds_to("0.13", 0.125) and agreement.rounds_to("-0.13", -0.125)  # a half: away from zero


def test_no_result_lies_on_a_half(monkeypatch):
    """So it does not matter how a half is rounded."""
    for rule in (ROUND_HALF_EVEN, ROUND_HALF_DOWN):
        monkeypatch.setattr(agreement, "ROUNDING", Context(prec=400, rounding=rule))
        for result in computed_on("python"):
            if digits_of(result) is not None and result.entry not in (12, 13):  # these have more digits than a double
                assert agreement.rounds_to(digits_of(result), result.computed), result


def test_rule_for_more_digits_than_a_double_holds():
    digits = "0.9999546021312975656055"
    nearest = float(digits)
    assert agreement.is_the_double(digits, nearest)
    assert agreement.is_the_double(digits, nearest + 2.0**-53)  # 1 ulp
    assert not agreement.is_the_double(digits, nearest + 2.0**-52)
    assert not agreement.is_the_double("9.35762296883929895384E-14", 9.3576229688393e-14 * (1 + 1e-14))
    # Within 1 ulp, but only 14 significant digits agree: the fifteenth is 5 in one, 4 in the other.
    digits = "0.1234567890123445"
    assert not agreement.is_the_double(digits, float(digits) - 2.0**-56)


def test_exact_and_bounded_rules():
    lecture = agreement.Lecture("", {})
    assert lecture.equals(0, "", 3, 3.0).agrees and not lecture.equals(0, "", 0, 5e-324).agrees
    assert lecture.stays_below(0, "", "1e-6", 0.0).agrees
    for value in (1e-6, 2.0, -1e-9, float("nan")):
        assert not lecture.stays_below(0, "", "1e-6", value).agrees


def test_rules_of_statements():
    lecture = agreement.Lecture("", {})
    assert lecture.is_less(0, "error", 0.25, "error before", 0.5)[3:] == ("< error before = 0.5", 0.25, True)
    assert lecture.is_more(0, "error", 0.5, "error after", 0.25)[3:] == ("> error after = 0.25", 0.5, True)
    assert lecture.is_at_least(0, "accuracy", "0.9", 0.9)[3:] == ("≥ 0.9", 0.9, True)
    for value in (0.5, float("nan")):
        assert not lecture.is_less(0, "", value, "", 0.5).agrees and not lecture.is_more(0, "", value, "", 0.5).agrees
    assert not lecture.is_at_least(0, "", "0.9", 0.8999).agrees
    assert not lecture.is_at_least(0, "", "0.9", float("nan")).agrees


# --- Layer by layer gives the same as the library's own loop ---


def test_entry_6_by_fit(backend):
    """Layer by layer as on the slides, and by one call of fit: the same bits."""
    computed_on(backend)
    layers = [rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()]
    net = rn.Network(layers, backend=backend)
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    inputs, targets = zip(*multilayer.TRAINING_SET)
    net.fit(inputs, targets, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2), batch_size=1, shuffle=False)
    last = {r.quantity[:3]: r.computed for r in computed_on(backend) if r.quantity.endswith(", example 4")}
    assert net.weights == [[[last["w13"], last["w23"]], [last["w14"], last["w24"]]], [[last["w35"], last["w45"]]]]


def test_entry_7_by_fit(backend):
    computed_on(backend)
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Tanh(), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[1.0, -3.0], [0.2, 1.0]], [[1.0, -1.0]]]
    net.fit([[1.0, 0.1]], [0.5], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2), batch_size=1)
    by_name = {r.quantity: r.computed for r in computed_on(backend) if r.entry == 7}
    assert net.weights == [[[by_name["w13"], by_name["w23"]], [by_name["w14"], by_name["w24"]]],
                           [[by_name["w35"], by_name["w45"]]]]


def test_entry_15_slides_gradient_is_not_that_of_its_cost():
    """D = Δ/m + λΘ, as printed, differs from ∂J/∂Θ by (1 − 1/m) λΘ; with (λ/m)Θ the two are equal."""
    shown = {r.quantity: r.computed for r in computed_on("python") if r.entry == 15}
    theta = [[0.4, -0.6], [0.7, 0.1]]
    slide = rn.Network([rn.Input(2), rn.Dense(2, penalty=rn.L2(deep.LAMBDA, half=True)), rn.Sigmoid(),
                        rn.Dense(2), rn.Sigmoid()], backend="python")
    slide.weights, slide.biases = [theta, [[-0.5, 0.9], [0.3, 0.2]]], [[0.1, -0.2], [0.05, -0.15]]
    slide.forward(deep.X)
    slide.loss(deep.Y, rn.BinaryCrossEntropy())
    slide.backward()
    for j, row in enumerate(slide.gradients["dense1.weights"], 1):
        for i, value in enumerate(row, 1):
            missing = value - shown[f"D(1)_{j}{i}"]
            assert missing == pytest.approx((1 - 1 / 3) * 0.6 * theta[j - 1][i - 1], abs=1e-15)  # a few roundings
            assert abs(missing) > 0.03


def test_entry_16_the_symmetric_network_learns():
    """Its hidden units stay equal, but they do move, and the two outputs become different."""
    net = rn.Network([rn.Input(2), rn.Dense(2, weights=rn.Constant(0.5)), rn.Sigmoid(),
                      rn.Dense(2, weights=rn.Constant(0.5)), rn.Sigmoid()], backend="python")
    net.fit(deep.X, deep.Y, loss=rn.BinaryCrossEntropy(), optimizer=rn.SGD(0.5), epochs=20, batch_size=1)
    (first, second), (output1, output2) = net.weights
    assert first == second and abs(first[0] - 0.5) > 0.01 and abs(first[0] - first[1]) > 0.01
    assert output1[0] == output1[1] and output2[0] == output2[1] and abs(output1[0] - output2[0]) > 0.01
    different = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(2), rn.Sigmoid()], backend="python")
    different.fit(deep.X, deep.Y, loss=rn.BinaryCrossEntropy(), optimizer=rn.SGD(0.5), epochs=20, batch_size=1)
    assert different.weights[0][0] != different.weights[0][1]


def test_entry_25_ten_is_harder_than_sixteen():
    """A division by 16 is exact before and after the sum. One by 10 is not, so the two ways differ in some bit."""
    by_name = {r.quantity: r.computed for r in computed_on("python") if r.entry == 25}
    assert by_name["batch of 16, largest distance from the mean of single gradients"] == 0.0
    assert by_name["batch of 10, largest distance from the mean of single gradients"] > 0.0


# --- The modules ---


def test_importing_refnet_leaves_the_lectures_alone():
    code = "import sys, refnet; print([name for name in sys.modules if name.startswith('refnet.lectures')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("module", lectures.LECTURES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_each_module_names_its_source_and_entries_first(module):
    first_lines = " ".join(module.__doc__.split("\n")[:5])
    assert module.lecture.source in first_lines and module.lecture.source[:3] == module.__name__[-3:]
    listed = re.search(r"Golden entr(?:y|ies) ((?:\d+(?:, | and | to )?)+)", first_lines).group(1)
    named = {int(number) for number in re.findall(r"\d+", listed)}
    for first, last in re.findall(r"(\d+) to (\d+)", listed):
        named |= set(range(int(first), int(last)))
    assert named == set(module.lecture.slides)


@pytest.mark.parametrize("number, example", [
    ("Q3.12", optimizers_001.rmsprop), ("Q3.12", optimizers_001.adam), ("Q0.7-wrap", optimizers_002.three_steps),
    ("Q0.7-wrap", activations_001.fluctuation_of_z), ("Q0.2", training_001.check_of_the_gradient),
    ("Q0.2", hill_climbing_003.trying_neighbours)])
def test_where_a_format_has_no_such_small_number_an_example_ends_all_the_same(number, example):
    """ε, a step or a variance is 0 there: a quotient is an infinity or NaN, and a result like others."""
    found = list(example(rn.kernels.choose("python", number)))
    assert found and not all(each.agrees for each in found)
