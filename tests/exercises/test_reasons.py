"""Does each typical mistake get its own reason, and none that cannot be?"""

import math

import pytest
from student import Student, written

import refnet as rn
from refnet.exercises import Exercise, grade, invented
from refnet.exercises.grading import VERDICTS


def one_weight(weight, x, y, rate=0.5, asked=("gradient", "new"), digits=4):
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)])
    net.weights = [[[weight]]]
    return Exercise(net, [[x]], [[y]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(rate), asked=asked,
                    digits=digits)


def numbers_of(exercise):
    return {gap.symbol: gap.value for gap in exercise.gaps}


def marked(exercise, symbol, answer):
    """The mark of one gap; the rest of the sheet is right."""
    number = next(gap.number for gap in exercise.gaps if gap.symbol == symbol)
    text = answer if isinstance(answer, str) else written(answer, exercise.digits)
    mark = grade(exercise, {**Student(exercise).answers, number: text}).marks[number - 1]
    assert mark.verdict in VERDICTS
    return mark


def keys(exercise, symbol, answer):
    mark = marked(exercise, symbol, answer)
    assert mark.verdict == "wrong", mark
    return [reason.key for reason in mark.reasons]


CLASSES = invented([2, 2, 2], 3, activation="tanh", last="softmax", loss=rn.CrossEntropy(), optimizer=rn.SGD(0.5))
BATCH = invented([2, 2, 2], 3, activation="sigmoid", last="linear", rows=2)
LOGISTIC = invented([2, 3, 1], 5)


def test_an_old_weight_is_not_its_rounding():
    """0.1 − 0.5·0.0001 = 0.09995 to 4 digits: 0.1000 has 4 decimals, and is another number."""
    exercise = one_weight(0.1, 1.0, 0.0999)
    for text in ("0.1", "0.1000", "0.10000"):
        assert keys(exercise, "w12 new", text)[0] == "not_updated", text
    assert marked(exercise, "w12 new", "0.09995").verdict == "right"
    exercise = one_weight(0.1, 1.0, 0.0999999)  # 0.09999995 is 0.1000 to 4 digits
    assert marked(exercise, "w12 new", "0.1").verdict == "right"


def test_an_old_weight_is_never_near():
    """0.3 − 0.51·0.010 = 0.2949 is 0.0051 from 0.30: the rounding of 0.010 would leave room for that."""
    exercise = one_weight(0.3, 1.0, 0.2899, rate=0.51, digits=2)
    assert [gap.kind for gap in exercise.gaps] == ["gradient", "new"]
    mark = grade(exercise, ["0.010", "0.3"]).marks[1]
    assert mark.verdict == "wrong" and mark.reasons[0].key == "not_updated"


def test_a_rounding_across_a_power_of_ten_has_the_digits_asked_for():
    """0.1999·0.5 = 0.09995."""
    exercise = one_weight(0.1999, 0.5, 0.3, asked=["z", "o"])
    assert marked(exercise, exercise.gaps[0].symbol, "0.1000").verdict == "wrong"


def test_a_loss_follows_from_an_output_above_1():
    """The bound at 1 that the computer keeps is not on the sheet; of 0 there is no logarithm, and nothing is said."""
    right, gaps = Student(CLASSES).answers, {gap.symbol: gap.number for gap in CLASSES.gaps}
    assert "L = −y5·ln(o5)" in CLASSES.sheet().text()
    marks = grade(CLASSES, {**right, gaps["o5"]: "1.414", gaps["L"]: "-0.3464"}).marks
    assert marks[gaps["L"] - 1].verdict == "follows" and marks[gaps["L"] - 1].expected == -math.log(1.414)
    result = grade(CLASSES, {**right, gaps["o5"]: "0"})
    line = next(line for line in str(result).splitlines() if line.split()[:2] == [str(gaps["L"]), "L"])
    assert "would follow" not in line and result.marks[gaps["L"] - 1].expected == math.inf


def test_rounded_early_is_a_rounding():
    """0.3 − 0.5·(−0.01072) = 0.30536; with −0.011 it is 0.3055, and no rounding on the way gives the others."""
    exercise = one_weight(0.3, 1.0, 0.31072)
    for text in ("0.3005", "0.3020", "0.3090"):
        assert "rounded_early" not in keys(exercise, "w12 new", text), text
    assert "rounded_early" in keys(exercise, "w12 new", "0.3055")


def test_a_near_one_is_said_to_be_near():
    exercise = one_weight(0.3, 0.4511, 0.7, asked=("z", "gradient"))  # (0.13533 − 0.7)·0.4511 = −0.25472…
    number = next(gap.number for gap in exercise.gaps if gap.kind == "gradient")
    for text, expected in (("-0.2547", ("right", False)), ("-0.2548", ("right", True)), ("-0.2546", ("wrong", False))):
        mark = marked(exercise, "∂L/∂w12", text)
        assert (mark.verdict, mark.is_near) == expected, text
    result = grade(exercise, {**Student(exercise).answers, number: "-0.2548"})
    assert "-0.2548  right, within what rounding on the way leaves; to the digit it is -0.2547" in str(result)
    assert result.as_dict()["gaps"][number - 1]["is_near"] is True


def test_no_updated_weights_in_an_output_s_delta():
    """Where the outputs are worked out on the side: the sigmoid forgotten there, and weights that go forward only."""
    exercise, v = invented([2, 3, 1], 5, asked=["delta", "new"]), numbers_of(LOGISTIC)
    y = LOGISTIC.targets[0][0]
    assert keys(exercise, "δ6", (v["z6"] - y) * v["z6"] * (1 - v["z6"]))[0] == "activation_forgotten"
    slope = v["o3"] * (1 - v["o3"])
    found = keys(exercise, "δ3", v["δ3"] / slope * v["z3"] * (1 - v["z3"]))
    assert found[0] == "activation_forgotten" and "new_weights" not in found
    later = {f"w{i}6": v[f"w{i}6 new"] for i in (3, 4, 5)}
    z6 = LOGISTIC.network.biases[1][0] + sum(later[f"w{i}6"] * v[f"o{i}"] for i in (3, 4, 5))
    o6 = 1 / (1 + math.exp(-z6))
    assert "new_weights" not in keys(exercise, "δ6", (o6 - y) * o6 * (1 - o6))
    assert "new_weights" in keys(exercise, "δ3", v["δ6"] * later["w36"] * slope)


V, B, L = numbers_of(CLASSES), numbers_of(BATCH), numbers_of(LOGISTIC)
TYPICAL = [
    (CLASSES, "o5", math.exp(V["z5"]), "softmax_not_normalised"),
    (CLASSES, "o6", 1 / (1 + math.exp(-V["z6"])), "other_activation"),
    (CLASSES, "δ5", V["δ5"] * V["o5"] * (1 - V["o5"]), "derivative_added"),
    (CLASSES, "δ5", V["L"], "loss_for_error"),
    (CLASSES, "δ6", V["δ6"] * V["δ6"], "loss_for_error"),
    (CLASSES, "δ3", V["δ3"] / (1 + V["o3"]), "square_forgotten"),
    (CLASSES, "∂L/∂w35", V["δ5"] * V["z3"], "net_input_for_output"),
    (CLASSES, "∂L/∂w13", V["δ5"] * 0.6, "wrong_layer"),
    (CLASSES, "∂L/∂w24", V["δ6"] * 0.9, "wrong_layer"),
    (CLASSES, "w35 new", -0.9 - 0.6 * V["∂L/∂w35"], "misread"),  # x1 for η
    (BATCH, "∂L/∂w35", B["δ5⁽¹⁾"] * B["o3⁽¹⁾"], "examples_forgotten"),
    (BATCH, "∂L/∂b5", 2 * B["δ5⁽²⁾"], "examples_forgotten"),
    (BATCH, "L", B["L⁽¹⁾"], "examples_forgotten"),
    (BATCH, "δ3⁽¹⁾", B["δ3⁽¹⁾"] / 2, "mean_twice"),
    (BATCH, "∂L/∂w13", B["∂L/∂w13"] / 2, "mean_twice"),
    (BATCH, "w35 new", -0.9 - 0.1 / 2 * B["∂L/∂w35"], "mean_twice"),
    (BATCH, "δ6⁽²⁾", B["δ6⁽²⁾"] * B["o6⁽²⁾"] * (1 - B["o6⁽²⁾"]), "derivative_added"),
    (LOGISTIC, "δ6", L["δ6"] / (1 - L["o6"]), "missing_factor"),
    (LOGISTIC, "δ6", L["δ6"] * L["o6"] * (1 - L["o6"]), "derivative_added"),
    (LOGISTIC, "δ6", L["δ6"] * (L["o6"] - LOGISTIC.targets[0][0]), "loss_for_error"),
]


@pytest.mark.parametrize("exercise, symbol, answer, key", TYPICAL)
def test_a_typical_mistake_comes_first(exercise, symbol, answer, key):
    assert keys(exercise, symbol, answer)[0] == key


def test_one_example_only_where_the_gradient_is_worked_out_on_the_side():
    exercise = invented([2, 2, 2], 3, activation="sigmoid", last="linear", rows=2, asked=["delta", "new"])
    for times in (1, 2):
        wrong = -0.9 - 0.1 * times * B["δ5⁽¹⁾"] * B["o3⁽¹⁾"]
        assert keys(exercise, "w35 new", wrong)[0] == "examples_forgotten"


@pytest.mark.parametrize("first", [2, 8])
def test_rows_slipped_is_said_once(first):
    """From one gap on each answer is the right one of the gap above."""
    right = Student(LOGISTIC).answers
    slipped = {i: right[i] if i < first else right[i - 1] for i in right}
    result = grade(LOGISTIC, slipped)
    assert result.first_wrong.gap.number == first
    assert [reason.key for reason in result.first_wrong.reasons] == ["rows_slipped"]
    assert str(result).count("[rows_slipped]") == 1 and str(result).count("[misread]") == 0


def test_two_answers_exchanged_are_no_slipped_rows():
    right = Student(LOGISTIC).answers
    result = grade(LOGISTIC, {**right, 1: right[2], 2: right[1]})
    assert result.first_wrong.gap.number == 1 and "rows_slipped" not in str(result)
