"""Do `refnet exercise` and `refnet grade` lead a teacher from nothing to a graded sheet?"""

import csv
import json
import re

import pytest

import refnet as rn
from refnet.exercises import Exercise, load

WEIGHTS = "[[[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]], [[0.5, -0.6, 0.1]]]"


def fill_in(form, answers):
    """Write answers into a form, as a spreadsheet does."""
    with open(form, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with open(form, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*rows[:2], *([gap, name, answers[int(gap)]] for gap, name, _ in rows[2:])])


def test_from_nothing_to_a_grade(refnet_command, here):
    status, out, err = refnet_command("exercise", "2-3-1", "class", "--weights", WEIGHTS, "--input", "0.1,0.7",
                                      "--target", "0.9", "--rate", "0.2")
    assert (status, err) == (0, "")
    assert out == "31 gaps: sheet.html, solution.html, marking.html, answers.csv and exercise.json written to class\n"
    exercise = load("class/exercise.json")
    net = rn.Network([rn.Input(2), rn.Dense(3, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()])
    net.weights = json.loads(WEIGHTS)
    same = Exercise(net, [0.1, 0.7], [0.9], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))
    for paper in ("sheet", "solution", "marking"):
        written = (here / "class" / f"{paper}.html").read_text(encoding="utf-8")
        assert written == getattr(same, paper)().html() == getattr(exercise, paper)().html()
    right = {gap.number: f"{gap.value:.4g}" for gap in exercise.gaps}
    fill_in("class/answers.csv", right)
    status, out, err = refnet_command("grade", "class/exercise.json", "class/answers.csv")
    most = len(exercise.gaps)
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == f"A training step by hand: {most} of {most} points ({most} right)"
    new = next(gap for gap in exercise.gaps if gap.symbol == "w46 new")
    fill_in("class/answers.csv", {**right, new.number: "0,5"})
    document = json.loads(refnet_command("grade", "class/exercise.json", "class/answers.csv", "--json")[1])
    assert document["first_wrong"] == new.number and document["points"] == most - 1


def test_a_class(refnet_command, here):
    """A line for each sheet, with the first wrong step, and the reasons by how often they come first."""
    assert refnet_command("exercise", "2-2-1", "class", "--ask", "new", "--no-bias")[0] == 0
    exercise = load("class/exercise.json")
    right = {str(gap.number): repr(gap.value) for gap in exercise.gaps}
    old = exercise.network.weights[0][0][0]
    for name, answers in (("anna", right), ("ben", {**right, "1": repr(old)}), ("cy", {**right, "1": repr(old)}),
                          ("di", {})):
        (here / f"{name}.json").write_text(json.dumps(answers), encoding="utf-8")
    names = ["anna.json", "ben.json", "cy.json", "di.json"]
    status, out, err = refnet_command("grade", "class/exercise.json", *names)
    more = "2 sheets, 2 numbers: not_updated"
    wrong = "     5 of 6  gap 1, w13 new: w13 is the old one; nothing was subtracted"
    assert (status, err) == (0, "") and out.splitlines() == [
        "anna.json     6 of 6", f"ben.json {wrong}", f"cy.json  {wrong}", "di.json       0 of 6", more]
    documents = json.loads(refnet_command("grade", "class/exercise.json", *names, "--json")[1])
    assert [documents[name]["points"] for name in names] == [6, 5, 5, 0]


def test_a_lecture_s_network(refnet_command, here):
    status, _, err = refnet_command("exercise", "003", "class", "--ask", "delta,new", "--format", "text",
                                    "--answers", "markdown")
    assert (status, err) == (0, "")
    text = (here / "class" / "solution.txt").read_text(encoding="utf-8")
    assert text.startswith("Lecture 003: a training step by hand: solution\n") and "w45 ← w45 − η·δ5·o4" in text
    assert (here / "class" / "answers.md").read_text(encoding="utf-8").startswith("| gap | number | answer |")
    assert {gap.kind for gap in load("class/exercise.json").gaps} == {"delta", "new"}


def test_a_saved_network(refnet_command, here):
    rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(2), rn.Softmax()], seed=1).save(here / "net.refnet")
    assert refnet_command("exercise", "net.refnet", "class", "--input", "0.1,0.7", "--target", "1", "--decimals", "1",
                          "--optimizer", "momentum", "--rate", "0.1", "--format", "latex")[0] == 0
    sheet = (here / "class" / "sheet.tex").read_text(encoding="utf-8")
    assert re.search(r"\$w_\{13\} = -?\d\.\d\$", sheet) and r"\gap{(1)}" in sheet
    assert "Loss: cross entropy" in sheet and "Optimizer: Momentum" in sheet
    example = ["--input", "0.1,0.7", "--target", "1", "--format", "text"]
    status, out, _ = refnet_command("exercise", "net.refnet", "other", *example)
    assert status == 0 and out.splitlines()[-1].startswith("weights and biases are rounded to 2 decimals")
    sheet = (here / "other" / "sheet.txt").read_text(encoding="utf-8")
    assert re.search(r"w13 = −?\d\.\d\d,", sheet) and "Optimizer: SGD" in sheet and "η = 0.1" in sheet
    assert refnet_command("exercise", "net.refnet", "exact", *example, "--decimals", "exact")[1].count("\n") == 1
    assert load("exact/exercise.json").network.weights == rn.load("net.refnet").weights


def test_a_seed_for_each_student(refnet_command, here):
    for seed in ("1", "2"):
        assert refnet_command("exercise", "2-2-2", f"student{seed}", "--seed", seed, "--last", "softmax",
                              "--activation", "relu", "--rows", "2", "--no-bias", "--no-formulas", "--format",
                              "markdown")[0] == 0
    first, second = ((here / f"student{seed}" / "sheet.md").read_text(encoding="utf-8") for seed in "12")
    assert first != second and "cross entropy" in first and "b_" not in first and "No biases." in first
    assert r"\cdot" not in first[first.index("## forward") :] and "Sheet " in first and "seed" not in first


@pytest.mark.parametrize(("arguments", "words"), [
    (["2-x", "class"], "2-x: no such file; expected units such as 2-3-1, a lecture (002, 003) or the file of a "),
    (["003", "class", "--seed", "2"], "--seed: not for a lecture"),
    (["003", "class", "--rate", "2"], "--rate: not for a lecture"),
    (["net.refnet", "class"], "--input: missing; expected 2 numbers"),
    (["net.refnet", "class", "--input", "1,2"], "--target: missing; an exercise is a training step"),
    (["net.refnet", "class", "--input", "1,2", "--target", "1,1", "--weights", "[]"], "--weights: not for the file"),
    (["narrow.refnet", "class", "--input", "1,2", "--target", "1,1"], "network: computes in Q7.8; allowed: binary64"),
    (["2-2-1", "class", "--weights", "[[1]"], "--weights: Expecting"),
    (["2-2-1", "class", "--weights", "{}"], "--weights: expected a list of matrices"),
    (["2-2-1", "class", "--weights", "[[[1]]]"], "--weights: "),
    (["2-2-1", "class", "--input", "1,2;3,4"], "--target: missing; expected 2 rows of 1 number"),
    (["2-2-1", "class", "--input", "1"], "expected 2"),
    (["2-2-1", "class", "--ask", "w"], "--ask: 'w'; expected some of z,o,loss,delta,gradient,new"),
    (["2-2-1", "class", "--digits", "1"], "--digits: '1'; allowed"),
    (["2-2-1", "class", "--format", "pdf"], "--format"),
    (["2-2-1", "net.refnet"], "net.refnet: is a file; expected the name of a folder"),
    (["2-2-1", "class", "--weights", "[[[NaN, 1], [1, 1]], [[1, 1]]]"], "--weights: NaN; allowed: finite numbers"),
    (["2-2-1", "class", "--weights", "[[[1, 1], [1, 1]], [[1, -Infinity]]]"], "--weights: -Infinity; allowed: finite"),
    (["2-2-1", "class", "--weights", "none.json"], "--weights none.json: no such file; expected one, or JSON"),
    (["2-2-1", "class", "--input", "-0.1,0.2"],
     "--input: expected one argument; one that begins with a minus follows an equals sign: --input=-0.1 (see refnet"),
    (["2-2-1", "class", "--sed", "2"], "unrecognized arguments: --sed 2; did you mean --seed? (see refnet exercise"),
    (["2-2-1", "class", "--decimals", "exact"], "--decimals exact: only for the file of a network"),
    (["2-2-1", "class", "--sheets", "0"], "--sheets: '0'; allowed: whole numbers >= 1"),
    (["003", "class", "--sheets", "2"], "--sheets: not for a lecture"),
    (["1-1", "class", "--sheets", "2", "--weights", "[[[1]]]", "--input", "1", "--target", "1"],
     "--sheets 2: all numbers are given; expected some that --seed draws"),
    (["1-1", "class", "--sheets", "10", "--weights", "[[[1]]]", "--input", "1"],
     "--sheets 10: found 9 different ones; expected fewer"),
    (["99-99", "class"], "numbers in a step; allowed: up to 400"),
])  # fmt: skip
def test_bad_arguments(refnet_command, here, arguments, words):
    for name, number in (("net.refnet", "binary64"), ("narrow.refnet", "Q7.8")):
        rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid()], number=number).save(here / name)
    status, out, err = refnet_command("exercise", *arguments)
    assert (status, out) == (2, "") and words in err and len(err.splitlines()) == 1
    assert not (here / "class").exists()


def test_a_class_with_a_sheet_for_each(refnet_command, here):
    """Sheets apart from solutions; each answer form finds its own exercise, in whatever order the files come."""
    status, out, _ = refnet_command("exercise", "2-2-1", "class", "--sheets", "3", "--seed", "1", "--no-bias")
    teacher, students = here / "class" / "teacher", here / "class" / "students"
    made = [load(teacher / f"exercise{i}.json") for i in (1, 2, 3)]
    assert status == 0 and out.splitlines() == [
        *(f"sheet {i}: {each.letters}, seed {i}, 22 gaps" for i, each in enumerate(made, 1)),
        "written to class: sheets and answer forms in students; solutions, marking schemes and exercises in teacher"]
    assert sorted(path.name for path in students.iterdir()) == [
        *(f"answers{i}.csv" for i in (1, 2, 3)), *(f"sheet{i}.html" for i in (1, 2, 3))]
    assert sorted(path.name for path in teacher.iterdir()) == [
        f"{name}{i}.{ending}" for name, ending in (("exercise", "json"), ("marking", "html"), ("solution", "html"))
        for i in (1, 2, 3)]
    for i, each in enumerate(made, 1):
        right = {gap.number: repr(gap.value) for gap in each.gaps}
        if i > 1:  # δ5 with the other sign, in two of the sheets
            right[8] = repr(-each.gaps[7].value)
        fill_in(students / f"answers{i}.csv", right)
    files = [f"class/students/answers{i}.csv" for i in (2, 1, 3)]
    files += [f"class/teacher/exercise{i}.json" for i in (1, 2, 3)]
    status, out, err = refnet_command("grade", *files)
    lines = out.splitlines()
    assert (status, err) == (0, "") and lines[1].split() == ["answers1.csv", made[0].letters, "22", "of", "22"]
    slip = "gap 8, δ5: δ has the other sign: y − o in the place of o − y"
    assert lines[0] == f"answers2.csv  {made[1].letters}    21 of 22  {slip}"
    assert lines[-1] == "2 sheets, 2 numbers: delta_sign" and len(lines) == 4
    rows = list(csv.DictReader(refnet_command("grade", *files, "--csv")[1].splitlines()))
    assert [(row["sheet"], row["points"], row["most"]) for row in rows] == [
        (made[1].letters, "21", "22"), (made[0].letters, "22", "22"), (made[2].letters, "21", "22")]
    documents = json.loads(refnet_command("grade", *files, "--json")[1])
    assert [documents[name]["sheet"] for name in files[:3]] == [made[i].letters for i in (1, 0, 2)]


def test_answers_of_no_sheet_in_a_class(refnet_command, here):
    assert refnet_command("exercise", "2-1", "class", "--sheets", "2")[0] == 0
    (here / "none.csv").write_text("gap,number,answer\n1,z,1\n", encoding="utf-8")
    (here / "other.csv").write_text("gap,number,answer\nsheet,,abcd\n1,z,1\n", encoding="utf-8")
    papers = [f"class/teacher/exercise{i}.json" for i in (1, 2)]
    letters = ", ".join(load(path).letters for path in papers)
    status, out, err = refnet_command("grade", *papers, "none.csv", "other.csv")
    assert (status, out) == (2, "") and err.splitlines() == [
        f"refnet: none.csv: answers: of no sheet; these exercises are sheets {letters}",
        f"refnet: other.csv: answers: those of sheet 'abcd'; these exercises are sheets {letters}"]
    assert "answers: missing; expected an exercise.json and" in refnet_command("grade", *papers)[2]
    assert "--csv: not with --json" in refnet_command("grade", *papers, "none.csv", "--csv", "--json")[2]


def test_forms_of_the_same_name_are_told_by_their_folders(refnet_command, here):
    assert refnet_command("exercise", "2-1", "class")[0] == 0
    for name in ("anna", "ben"):
        (here / name).mkdir()
        (here / name / "answers.csv").write_bytes((here / "class" / "answers.csv").read_bytes())
    out = refnet_command("grade", "class/exercise.json", "anna/answers.csv", "ben/answers.csv")[1]
    assert [line.split()[0] for line in out.splitlines()] == ["anna/answers.csv", "ben/answers.csv"]


def test_bad_files_to_grade(refnet_command, here):
    assert refnet_command("exercise", "2-1", "class")[0] == 0
    for arguments, words in ((["none.json", "class/answers.csv"], "none.json: No such file"),
                             (["class/exercise.json", "none.csv"], "none.csv: No such file"),
                             (["class/sheet.html", "class/answers.csv"], "sheet.html: not a refnet file"),
                             (["class/exercise.json", "class/sheet.html"], "sheet.html: expected an answer form"),
                             (["class/answers.csv", "class/answers.csv"],
                              "answers.csv: not a refnet file: it starts with b'gap,number,answe'; expected the"),
                             (["class", "class/answers.csv"], "class: is a folder; expected the exercise.json")):
        status, out, err = refnet_command("grade", *arguments)
        assert (status, out) == (2, "") and words in err, err
    (here / "more.csv").write_text("gap,number,answer\n99,z,1\n", encoding="utf-8")
    assert "gap '99'; allowed: 1 to" in refnet_command("grade", "class/exercise.json", "more.csv")[2]


def test_a_bad_file_does_not_stop_the_class(refnet_command, here):
    assert refnet_command("exercise", "2-1", "class")[0] == 0
    right = {str(gap.number): repr(gap.value) for gap in load("class/exercise.json").gaps}
    (here / "anna.json").write_text(json.dumps(right), encoding="utf-8")
    (here / "empty.csv").write_text("", encoding="utf-8")
    status, out, err = refnet_command("grade", "class/exercise.json", "empty.csv", "anna.json", "none.csv")
    assert status == 2 and out.splitlines() == [f"anna.json  {len(right):4} of {len(right)}"]
    assert [line.split(": ")[1] for line in err.splitlines()] == ["empty.csv", "none.csv"]
    status, out, _ = refnet_command("grade", "class/exercise.json", "empty.csv", "anna.json", "--json")
    assert status == 2 and list(json.loads(out)) == ["anna.json"]


def test_the_form_of_another_sheet(refnet_command, here):
    for seed in ("1", "2"):
        assert refnet_command("exercise", "2-1", seed, "--seed", seed)[0] == 0
    assert refnet_command("grade", "1/exercise.json", "1/answers.csv")[0] == 0
    status, out, err = refnet_command("grade", "1/exercise.json", "2/answers.csv")
    letters = load("2/exercise.json").letters
    assert (status, out) == (2, "") and f"2/answers.csv: answers: those of sheet '{letters}'; this exercise is" in err
    assert f"Sheet {letters}." in (here / "2" / "sheet.html").read_text(encoding="utf-8")


def test_weights_that_powershell_wrote(refnet_command, here):
    (here / "numbers.json").write_bytes(WEIGHTS.encode("utf-16"))
    assert refnet_command("exercise", "2-3-1", "class", "--weights", "numbers.json")[0] == 0
    assert load("class/exercise.json").network.weights == json.loads(WEIGHTS)


def test_nothing_is_lost(refnet_command, here):
    """A form that was filled in, and papers that would go on lying beside those of another exercise."""
    assert refnet_command("exercise", "2-1", "class")[0] == 0
    before = (here / "class" / "answers.csv").read_bytes()
    status, out, err = refnet_command("exercise", "2-2-1", "class", "--format", "text", "--answers", "json")
    assert (status, out) == (2, "") and (here / "class" / "answers.csv").read_bytes() == before
    assert "class: has sheet.html, solution.html, marking.html, answers.csv, exercise.json of an earlier" in err
    assert refnet_command("exercise", "2-2-1", "class", "--format", "text", "--force")[0] == 0
    assert sorted(path.name for path in (here / "class").iterdir()) == [
        "answers.csv", "exercise.json", "marking.txt", "sheet.txt", "solution.txt"]
    assert refnet_command("exercise", "2-1", "many", "--sheets", "11")[0] == 0
    assert (here / "many" / "students" / "sheet01.html").exists()  # so that names sort as numbers do
    (here / "many" / "students" / "answers_of_anna.csv").write_text("", encoding="utf-8")
    err = refnet_command("exercise", "2-1", "many", "--sheets", "2")[2]
    assert ", students" in err and ", … of an earlier exercise" in err
    assert refnet_command("exercise", "2-1", "many", "--sheets", "2", "--force")[0] == 0
    assert sorted(path.name for path in (here / "many" / "students").iterdir()) == [
        "answers1.csv", "answers2.csv", "answers_of_anna.csv", "sheet1.html", "sheet2.html"]


def texts(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_force_removes_nothing_of_anybody_elses(refnet_command, here):
    """No form that was filled in, nor what is needed to grade it; nothing that has the name of a paper and is none."""
    folder = here / "class"
    assert refnet_command("exercise", "2-2-1", "class", "--sheets", "3")[0] == 0
    students = folder / "students"
    (students / "answers17.csv").write_bytes((students / "answers1.csv").read_bytes())
    (students / "sheet2.md").write_text("What we shall draw next time", encoding="utf-8")
    form = students / "answers3.csv"
    form.write_bytes(form.read_bytes().rstrip() + b"0.5\n")
    before = texts(folder)
    assert refnet_command("exercise", "2-2-1", "class", "--seed", "1", "--force")[0] == 0
    after = texts(folder)
    assert {name: after.get(name) for name in before} == before
    assert sorted({*after} - {*before}) == [
        "answers.csv", "exercise.json", "marking.html", "sheet.html", "solution.html"]

    words = ("exercise", "2-2-1", "class", "--sheets", "1", "--seed", "9", "--format", "text")
    assert refnet_command(*words)[0] == 2 and texts(folder) == after
    assert refnet_command(*words, "--force")[0] == 0
    left = texts(folder)
    assert sorted({*after} - {*left}) == [
        "students/answers2.csv", "students/sheet1.html", "students/sheet2.html", "teacher/exercise2.json",
        "teacher/marking1.html", "teacher/marking2.html", "teacher/solution1.html", "teacher/solution2.html"]
    assert {name for name in after if name in left and left[name] != after[name]} == {
        "students/answers1.csv", "teacher/exercise1.json"}
    assert refnet_command("grade", "class/teacher/exercise3.json", "class/students/answers3.csv")[0] == 0
