"""Is a number understood in every way that people write one, and an answer form in every way that programs save one?"""

import pytest

from refnet.exercises import grade, invented
from refnet.exercises.answers import answer_of, answers_of, form
from refnet.files import FileError


@pytest.mark.parametrize(("text", "value", "digits"), [
    ("0.3775", 0.3775, 4), ("0,3775", 0.3775, 4), (".3775", 0.3775, 4), ("+0.37750", 0.3775, 5), ("5.", 5.0, 1),
    ("−0.0025", -0.0025, 2), ("–0,5", -0.5, 1), ("-0", 0.0, 0), ("0.000", 0.0, 0), ("≈ 0.38", 0.38, 2),
    ("= 1/3", 1 / 3, 0), ("-3/8", -0.375, 0), ("1e-3", 0.001, 1), ("1.50E-3", 0.0015, 3), ("2,5·10^-3", 0.0025, 2),
    ("2.5×10⁻³", 0.0025, 2), (r"$2.5 \cdot 10^{-3}$", 0.0025, 2), ("1 000,5", 1000.5, 5), (0.25, 0.25, 2), (1, 1.0, 1),
])  # fmt: skip
def test_a_number(text, value, digits):
    found = answer_of(text)
    assert (found.value, found.digits) == (value, digits)


@pytest.mark.parametrize("text", ["x", "", "1.234,5", "1,2,3", "1/0", "0.5.1", "e-3", "--1", "1e9999", "nan", "½?"])
def test_what_is_none(text):
    with pytest.raises(ValueError, match="answer: "):
        answer_of(text)


FORMS = {
    "commas": "gap,number,answer\n1,z3,0.39\n2,o3,0,5\n3,L,\n",  # 0,5 in two cells
    "quoted": 'gap,number,answer\n1,z3,0.39\n2,o3,"0,5"\n3,L,\n',
    "semicolons": "\ufeffgap;number;answer\r\n1;z3;0.39\r\n2;o3;0,5\r\n3;L;\r\n",
    "tabs": "gap\tnumber\tanswer\n1\tz3\t0.39\n2\to3\t0,5\n",
    "markdown": "| gap | number | answer |\n|---|---|---|\n| 1 | z3 | 0.39 |\n| 2 | o3 | 0,5 |\n| 3 | L | __ |\n",
    "json": '{"1": "0.39", "2": "0,5", "3": ""}',
    "two columns out of three": "gap,number,answer\n(1),z3,0.39\n\n2.,o3,0,5\n,,\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_was_filled_in(tmp_path, name):
    path = tmp_path / "answers"
    path.write_bytes(FORMS[name].encode("utf-8"))
    assert answers_of(path, 3) == {1: "0.39", 2: "0,5"}


def test_a_form_that_a_spreadsheet_saved_without_utf_8(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_bytes("gap;number;answer\n1;weiß;0,5\n".encode("latin-1"))
    assert answers_of(path, 1) == {1: "0,5"}
    path.write_bytes("gap;number;answer\n1;weiß;0,5\n".encode("utf-16"))
    assert answers_of(path, 1) == {1: "0,5"}


@pytest.mark.parametrize("kind", ["csv", "markdown", "json"])
def test_an_empty_form_can_be_read(tmp_path, kind):
    path = tmp_path / "answers"
    path.write_text(form(["z3", "∂L/∂w13"], kind, "bcdf"), encoding="utf-8")
    assert answers_of(path, 2) == answers_of(path, 2, "bcdf") == {}
    with pytest.raises(ValueError, match="answers: those of sheet 'bcdf'; this exercise is sheet xyzz"):
        answers_of(path, 2, "xyzz")


def test_answers_in_python():
    assert answers_of([0.39, None, "0.5", ""], 4) == {1: "0.39", 3: "0.5"}
    assert answers_of({2: 0.5, "(3)": "1/3"}, 4) == {2: "0.5", 3: "1/3"}


@pytest.mark.parametrize(("given", "error", "words"), [
    ({5: 1}, ValueError, "gap 5; allowed: 1 to 4"), ({"z3": 1}, ValueError, "gap 'z3'; allowed: 1 to 4"),
    ([1, 2, 3, 4, 5], ValueError, "gap 5"), ({1: 2, "1": 3}, ValueError, "gap 1 is answered twice"),
    (7, TypeError, "answers: 7; allowed"),
])  # fmt: skip
def test_answers_that_are_none(given, error, words):
    with pytest.raises(error, match=words):
        answers_of(given, 4)


@pytest.mark.parametrize("text", ["", "1,0.39\n", "{1: 2", "gap,number,answer\n1\n", "<html>"])
def test_a_file_that_is_no_form(tmp_path, text):
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"answers\.csv: "):
        answers_of(path, 3)


def test_an_exercise_in_the_place_of_answers(tmp_path):
    exercise = invented([1, 1], 1)
    exercise.save(tmp_path / "exercise.json")
    with pytest.raises(FileError, match=r"exercise\.json: is 'refnet network', such as an exercise; expected an"):
        grade(exercise, tmp_path / "exercise.json")


def test_of_several_exercises_the_one_whose_letters_stand_in_the_form():
    both = [invented([1, 1], seed) for seed in (1, 2)]
    for each in both:
        assert grade(both, {"sheet": f" {each.letters.upper()}", 1: repr(each.gaps[0].value)}).points == 1
    with pytest.raises(ValueError, match="answers: of no sheet; these exercises are sheets "):
        grade(both, {1: "0.5"})
    with pytest.raises(ValueError, match=r"exercise: \[\]; allowed: an Exercise, the file of one, or some of these"):
        grade([], {1: "0.5"})
