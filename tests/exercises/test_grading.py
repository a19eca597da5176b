"""Are right sheets accepted in any rounding, is each seeded mistake named, and does the first wrong step come first?"""

import json
import random
from collections import Counter

import pytest
from student import PLACES, Student, made_up, right_sheet, wrong_sheet

import refnet as rn
from refnet.exercises import Exercise, Reason, grade, invented
from refnet.exercises.grading import _likeliest
from refnet.exercises.ways import LIKELY


def lecture():
    """The network of lecture 003: two logistic units and one, no biases."""
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()])
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    return Exercise(net, [0.1, 0.9], [0.9], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))


EXERCISE = lecture()
RIGHT = Student(EXERCISE).answers
GAPS = {gap.symbol: gap.number for gap in EXERCISE.gaps}


def graded(**answers):
    """Right but for these: {"o3": "0.5", …}, "_new" for " new"."""
    return grade(EXERCISE, {**RIGHT, **{GAPS[name.replace("_", " ")]: text for name, text in answers.items()}})


@pytest.mark.parametrize("seed", [*range(12), 320, 480])  # the last two: softmax of rounded eᶻ, not of eᶻ⁻ᵐᵃˣ
def test_a_right_sheet_is_accepted_whole(seed):
    exercise, answers = right_sheet(seed)
    result = grade(exercise, answers)
    assert [mark for mark in result.marks if mark.verdict != "right"] == []
    assert result.points == result.most == len(exercise.gaps) and result.first_wrong is None


@pytest.mark.parametrize("mistake", PLACES)
def test_each_mistake_is_named(mistake):
    seed = 1
    while not (found := wrong_sheet(mistake, seed)):
        seed += 1
    exercise, student = found
    first = grade(exercise, student.answers).first_wrong
    assert first.gap.number in (student.wrong if mistake == "cut" else student.wrong[:1])
    assert mistake in [reason.key for reason in first.reasons]


def test_updated_weights_as_the_student_has_them_before_rounding():
    """w35 is near 0 after its update, so what was written of it is far from what was used."""
    exercise, student = wrong_sheet("new_weights", 113)
    assert grade(exercise, student.answers).first_wrong.reasons[0].key == "new_weights"


def test_there_is_a_mistake_for_every_reason():
    assert set(PLACES) | {"sign", "rows_slipped"} == set(LIKELY)
    answer = RIGHT[GAPS["z5"]]
    mark = graded(z5=answer.lstrip("-") if answer.startswith("-") else f"-{answer}").first_wrong
    assert mark.gap.symbol == "z5" and "sign" in [reason.key for reason in mark.reasons]


def test_what_follows_from_a_wrong_number_has_full_points():
    exercise, student = wrong_sheet("derivative_forgotten", 3)
    result = grade(exercise, student.answers)
    verdicts = [mark.verdict for mark in result.marks]
    wrong = [mark.gap.number for mark in result.marks if mark.verdict == "wrong"]
    assert wrong == student.wrong and "follows" in verdicts[wrong[0]:] and "follows" not in verdicts[: wrong[0]]
    assert result.points == result.most - len(wrong)
    follower = next(mark for mark in result.marks if mark.verdict == "follows")
    assert abs(follower.expected - follower.gap.value) > 1e-3 * abs(follower.gap.value)  # it is another number


def test_roundings_of_one_number():
    """δ5 = (o5 − 0.9)·o5·(1 − o5) is −0.09999…; o3 = σ(−0.08) = 0.48001066…"""
    for text in ("0.4800", "0.48", "0,480011", "0.4800107", "4.800e-1", "0.48001066"):
        assert graded(o3=text).first_wrong is None, text
    for text, key in (("0.480010", "cut"), ("0.5", "few_digits"), ("4.800", "point_moved"), ("-0.4800", "sign"),
                      ("0.4080", "digits_exchanged"), ("0.8400", "digits_exchanged")):
        first = graded(o3=text).first_wrong
        assert first.gap.symbol == "o3" and key in [reason.key for reason in first.reasons], text


def test_a_half_may_go_up_or_to_even():
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False), rn.Sigmoid()])
    net.weights = [[[0.12345]]]
    exercise = Exercise(net, [[1.0]], [[0.5]], loss=rn.HalfSquaredError(), asked="z")
    for text, is_right in (("0.1234", True), ("0.1235", True), ("0.12345", True), ("0.1233", False), ("0.1236", False)):
        assert (grade(exercise, [text]).points == 1) is is_right, text


def test_a_half_with_too_few_digits():
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False), rn.Sigmoid()])
    net.weights = [[[0.605]]]
    exercise = Exercise(net, [[1.0]], [[0.5]], loss=rn.HalfSquaredError(), asked="z")
    assert grade(exercise, ["0.61"]).first_wrong.reasons[0].key == "few_digits"


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_student_who_cuts_everything(seed):
    """Each number that was cut where a rounding goes up is wrong, also one that could be a rounding of rounded ones."""
    found = wrong_sheet("cut", seed)
    marks = grade(found[0], found[1].answers).marks if found else []
    for mark in marks:
        written, unit = abs(float(mark.answer)), 0.1 ** len(mark.answer.partition(".")[2])
        is_rounding = abs(abs(mark.gap.value) - written) <= unit / 2
        if 0.51 * unit < abs(mark.expected) - written < 0.99 * unit and not is_rounding:
            assert mark.verdict == "wrong" and mark.reasons[0].key == "cut", mark
    assert not found or any(mark.verdict == "wrong" for mark in marks)


def test_which_reason_comes_first():
    found = [(False, Reason("not_updated", "near")), (True, Reason("cut", "exact")), (True, Reason("sign", "exact")),
             (True, Reason("sign", "the same once more"))]
    assert [reason.key for reason in _likeliest(found, Counter(cut=1, sign=1))] == ["cut", "sign", "not_updated"]
    assert [reason.key for reason in _likeliest(found, Counter(cut=1, sign=2))] == ["sign", "cut", "not_updated"]
    assert _likeliest(found, Counter()) == [found[1][1], found[2][1], found[0][1]]


def test_what_overflows_is_not_right():
    exercise = invented([1, 1], 1, activation="linear", asked=["z", "loss"])
    assert [mark.verdict for mark in grade(exercise, ["1e300", "5"]).marks] == ["wrong", "wrong"]


def test_fractions_and_commas():
    answers = dict(RIGHT)
    answers[GAPS["z3"]], answers[GAPS["z4"]] = "-8/100", "0,08"
    assert grade(EXERCISE, answers).first_wrong is None


def test_missing_and_unreadable():
    result = grade(EXERCISE, {1: RIGHT[1], 2: "a lot"})
    assert [mark.verdict for mark in result.marks[:4]] == ["right", "unreadable", "missing", "missing"]
    assert result.first_wrong.gap.number == 2 and "allowed: numbers" in result.first_wrong.reasons[0].words
    assert grade(EXERCISE, {}).points == 0 and grade(EXERCISE, {}).first_wrong is None


def test_the_likeliest_reason_explains_the_whole_sheet():
    """η forgotten in all new weights comes first for each of them, whatever else gives one or the other."""
    exercise, student = next(found for seed in range(0, 99, 3) if (found := wrong_sheet("rate_forgotten", seed))
                             and len(found[1].wrong) > 5)
    marks = [mark for mark in grade(exercise, student.answers).marks if mark.verdict == "wrong"]
    assert {mark.reasons[0].key for mark in marks} == {"rate_forgotten"}


def test_what_is_not_asked_is_worked_out_by_the_grader():
    exercise = invented([2, 3, 1], 5, asked=["delta", "new"], points={"delta": 2})
    assert {gap.kind for gap in exercise.gaps} == {"delta", "new"}
    result = grade(exercise, Student(exercise).answers)
    assert result.points == result.most == 2 * 4 + 13
    student = Student(exercise, mistake="delta_sign", seed=1)
    assert grade(exercise, student.answers).first_wrong.reasons[0].key == "delta_sign"


def test_a_comparison_is_answered_by_the_student_s_own_number():
    """The sign of a net input is wrong, so the ReLU is off for this student, and what follows is right."""
    exercise = next(each for each in map(made_up, range(99)) if each.network.layers[2].name == "relu1")
    right = Student(exercise).answers
    z = next(gap for gap in exercise.gaps if gap.kind == "z" and gap.value > 0.05)
    o = next(gap for gap in exercise.gaps if gap.name == ("relu1.o", *z.name[1:]))
    delta = next(gap for gap in exercise.gaps if gap.name == ("dense1.delta", *z.name[1:]))
    assert delta.value != 0.0
    marks = grade(exercise, {**right, z.number: f"-{right[z.number]}", o.number: "0", delta.number: "0"}).marks
    assert [marks[gap.number - 1].verdict for gap in (z, o, delta)] == ["wrong", "follows", "follows"]


def test_the_loss_follows_from_the_student_s_own_output():
    """Not from the net inputs, of which the backend computes cross-entropy."""
    exercise = invented([2, 2], 4, activation="softmax")
    right = Student(exercise).answers
    o = next(gap for gap in exercise.gaps if gap.kind == "o" and exercise.targets[0][gap.name[2]] == 1.0)
    loss = next(gap for gap in exercise.gaps if gap.kind == "loss")
    marks = grade(exercise, {**right, o.number: "0.3333", loss.number: "1.099"}).marks
    assert [marks[gap.number - 1].verdict for gap in (o, loss)] == ["wrong", "follows"]
    assert "ln(o" in exercise.sheet().text()


@pytest.mark.parametrize("seed", [0, 1, 5])
def test_nonsense_is_wrong_and_nothing_breaks(seed):
    chosen, exercise = random.Random(seed), made_up(seed)
    texts = ["0", "-0", "1e300", "-1e300", "1e-300", "1/3", "-7", "999999", "1e-320", "0.1"]
    answers = {gap.number: chosen.choice(texts) for gap in exercise.gaps}
    result = grade(exercise, answers)
    assert result.first_wrong and result.points < result.most and str(result)
    json.dumps(result.as_dict(), allow_nan=False)


def test_its_words_and_its_document():
    result = graded(o3="0.5200")
    lines = str(result).splitlines()
    assert lines[0].startswith("A training step by hand: ") and "1 wrong" in lines[0]
    assert lines[1].startswith(f"The first wrong step is gap {GAPS['o3']}, o3: ")
    document = json.loads(json.dumps(result.as_dict()))
    assert document["first_wrong"] == GAPS["o3"] and document["gaps"][GAPS["o3"] - 1]["answer"] == "0.5200"
    assert document["points"] == result.points == result.most - 1


def test_an_exercise_from_its_file(tmp_path):
    for seed in range(4):
        exercise = made_up(seed)
        exercise.save(tmp_path / "exercise.json")
        again = rn.exercises.load(tmp_path / "exercise.json")
        assert [(gap.number, gap.symbol, gap.value) for gap in again.gaps] == [
            (gap.number, gap.symbol, gap.value) for gap in exercise.gaps]
        for paper in ("sheet", "solution", "marking"):
            assert getattr(again, paper)().html() == getattr(exercise, paper)().html()
        assert grade(tmp_path / "exercise.json", Student(exercise).answers).first_wrong is None


def test_a_network_is_no_exercise(tmp_path):
    EXERCISE.network.save(tmp_path / "net.refnet")
    with pytest.raises(rn.FileError, match="no exercise"):
        grade(tmp_path / "net.refnet", {})
    with pytest.raises(FileNotFoundError):
        grade(tmp_path / "none.json", {})
