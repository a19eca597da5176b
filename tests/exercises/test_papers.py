"""Does a sheet say all that is needed and no more, and do the solution and the marking scheme go with it?"""

import math
import re
from pathlib import Path

import pytest
from student import Student, made_up

import refnet as rn
from refnet.exercises import Exercise, grade, invented
from refnet.exercises.papers import roundings
from refnet.exercises.ways import LIKELY

EXERCISE = invented([2, 3, 1], 5, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))


def python(formula):
    """A formula of the sheet as Python reads it."""
    text = re.sub(r"∂L/∂(\w+)", r"g_\1", formula).replace("−", "-").replace("·", "*").replace("²", "**2")
    condition = re.fullmatch(r"(.*) if (.*), else (.*)", text.replace("≤", "<=").replace("≥", ">="))
    return "({}) if ({}) else ({})".format(*condition.groups()) if condition else text


def from_the_page_alone(page, digits):
    """A student's answers, who has nothing but the printed sheet. {gap: answer}"""
    known = {"sigmoid": lambda z: 1 / (1 + math.exp(-z)), "tanh": math.tanh, "max": max, "exp": math.exp,
             "ln": math.log}
    for line in page.splitlines():
        if re.match("(inputs|targets|weights|biases|settings): ", line):
            for name, number in re.findall(r"(\S+) = (−?[\d.]+)", line):
                known[name] = float(number.replace("−", "-"))
    answers, new = {}, {}
    for line in page.splitlines():
        found = re.match(r" +(?:\((\d+)\) )?(\S+) ([=←]) (.*?)(?: = _+)?$", line)
        if found:
            gap, left, sign, formula = found.groups()
            value = eval(python(formula), {}, known)
            (known if sign == "=" else new)[python(left)] = value
            if gap:
                answers[int(gap)] = f"{value:.{digits - 1}e}"
    return answers


def test_a_student_needs_nothing_but_the_page():
    answers = from_the_page_alone(EXERCISE.sheet().text(), 4)
    result = grade(EXERCISE, answers)
    assert len(answers) == result.points == result.most == 35


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_nor_with_other_units_and_gaps(activation):
    for asked in (["new"], ["o", "delta"], ["loss"]):
        exercise = invented([2, 2, 1], 3, activation=activation, asked=asked)
        result = grade(exercise, from_the_page_alone(exercise.sheet().text(), 5))
        assert result.points == result.most > 0


@pytest.mark.parametrize("seed", range(5))
def test_the_sheet_does_not_give_the_answers(seed):
    exercise = made_up(seed)
    given = set(re.findall(r"\d\.\d+", " ".join(line for line in exercise.sheet().text().splitlines()
                                                 if re.match("inputs|targets|weights|biases|settings|  ", line))))
    for form in ("text", "markdown", "latex", "html"):
        page = getattr(exercise.sheet(), form)()
        for gap in exercise.gaps:
            for rounding in roundings(gap.value, 4):
                text = rounding.lstrip("−")
                assert len(text) < 5 or text in given or text not in page, (form, gap.symbol, text)


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "html"])
def test_gaps_have_the_same_numbers_everywhere(form):
    pages = [getattr(paper(), form)() for paper in (EXERCISE.sheet, EXERCISE.solution, EXERCISE.marking)]
    for page in pages[:2]:
        undrawn = re.sub(r"<svg.*?</svg>|begin{tikzpicture}.*?end{tikzpicture}", "", page, flags=re.DOTALL)
        assert [int(each) for each in re.findall(r"(?<=[ \n>{])\((\d+)\)", undrawn)] == list(range(1, 36))
    first_cells = {"text": r"(?m)^(\d+)  ", "markdown": r"(?m)^\| (\d+) ", "latex": r"(?m)^(\d+) &",
                   "html": r"<tr><td>(\d+)</td>"}
    assert [int(each) for each in re.findall(first_cells[form], pages[2])] == list(range(1, 36))


def test_the_solution_is_the_worked_one():
    lines = EXERCISE.solution().text().splitlines()
    assert "  (4) o3 = sigmoid(z3) = sigmoid(0.39) = 0.5963" in lines
    explained = str(rn.explain(EXERCISE.network, EXERCISE.inputs, EXERCISE.targets))
    assert "L = 0.5·(o6 − y)² ≈ 0.5·(0.3830 − 0.8)² ≈ 0.08695" in explained
    assert "  (9) L = 0.5·(o6 − y)² ≈ 0.5·(0.3830 − 0.8)² ≈ 0.08695" in lines


def test_the_marking_scheme_accepts_what_grade_accepts():
    for seed in range(3):
        exercise = made_up(seed)
        table = exercise.marking().blocks[-1]
        answers = {int(row[0]): row[4].split(" or ")[-1] for row in table.rows}
        assert grade(exercise, answers).points == len(exercise.gaps)
        assert [row[3] for row in table.rows][:1] == [row[3].replace("-", "−") for row in table.rows][:1]


def test_roundings():
    assert roundings(0.12345, 4) == ["0.1234", "0.1235"]
    assert roundings(-0.5962827, 4) == ["−0.5963"] and roundings(0.5, 4) == ["0.5"]
    assert roundings(0.30004335, 4) == ["0.3000"] and roundings(5.6e-17, 4) == ["0"] == roundings(0.0, 2)


def test_without_formulas():
    exercise = invented([2, 2, 1], 1, formulas=False)
    lines = exercise.sheet().text().splitlines()
    assert "  (1) z3 = ______________" in lines and not any("w13·x1" in line for line in lines)
    assert any("w13·x1" in line for line in exercise.solution().text().splitlines())


@pytest.mark.parametrize(("settings", "lines"), [
    ({"activation": "relu", "last": "linear", "rows": 2, "optimizer": rn.Momentum(0.1)},
     ["Units 3 and 4: ReLU, o = max(0, z).", "Unit 5: linear, o is the net input.",
      "Loss: half squared error; first of an example, then of all, L = 0.5·(o5 − y)², L = (L⁽¹⁾ + L⁽²⁾)/2.",
      "Optimizer: Momentum; for each weight and bias, v(w) ← μ·v(w) − η·∂L/∂w, w ← w + v(w).",
      "At the start v of each weight is 0.", "settings: η = 0.1, μ = 0.9"]),
    ({"last": "linear", "loss": rn.MeanSquaredError(over="sum"), "rows": 2, "bias": False},
     ["No biases.", "Loss: mean squared error; first of an example, then of all, L = (o5 − y)², L = L⁽¹⁾ + L⁽²⁾.",
      "Optimizer: SGD; for each weight, w ← w − η·∂L/∂w."]),
    ({"loss": rn.BinaryCrossEntropy()},
     ["Loss: binary cross entropy, L = −Σ (y ln o + (1 − y) ln(1 − o)) over the units."]),
    ({"last": "linear", "loss": rn.Huber(0.5)},
     ["Loss: huber, its delta 0.5, L = 1/n Σ Σ of ½e² for |e| ≤ δ and δ(|e| − ½δ) for |e| > δ, where e = o − y."]),
    ({"optimizer": rn.Adam(0.1)}, ["At the start m and s of each weight is 0."]),
    ({"optimizer": rn.Nesterov(0.1)},
     ["Forward and backward take each weight ahead of the step, ahead(w) = w + μ·v(w)."]),
])  # fmt: skip
def test_a_sheet_without_formulas_can_be_solved(settings, lines):
    sheet = invented([2, 2, 1], 3, formulas=False, **settings).sheet()
    for line in lines:
        assert line in sheet.text().splitlines(), line
    for form in (sheet.markdown(), sheet.latex(), sheet.html()):
        assert "Optimizer: " in form and "Loss: " in form


def test_sheets_are_told_from_each_other(tmp_path):
    other = invented([2, 3, 1], 6, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))
    assert re.fullmatch("[b-z]{4}", EXERCISE.letters) and EXERCISE.letters != other.letters
    for paper in (EXERCISE.sheet, EXERCISE.solution, EXERCISE.marking):
        for form in ("text", "markdown", "latex", "html"):
            page = getattr(paper(), form)()
            assert f"Sheet {EXERCISE.letters}" in page
            assert ("seed 5" in page) == (paper != EXERCISE.sheet)  # with it students would print the solution
    EXERCISE.save(tmp_path / "exercise.json")
    same = rn.exercises.load(tmp_path / "exercise.json")
    assert (same.letters, same.seed) == (EXERCISE.letters, 5)
    for kind in ("csv", "markdown", "json"):
        (tmp_path / "answers").write_text(other.answer_form(kind), encoding="utf-8")
        with pytest.raises(ValueError, match=f"sheet '{other.letters}'; this exercise is sheet {EXERCISE.letters}"):
            grade(EXERCISE, tmp_path / "answers")


def test_printed_gaps_stand_in_two_columns_where_they_fit():
    narrow, wide = invented([2, 2, 1], 4).sheet().latex(), invented([5, 2, 1], 4).sheet().latex()
    assert narrow.count("{multicols}") == 2 and "{multicols}" not in wide
    assert "{multicols}" not in invented([2, 2, 1], 4).solution().latex()
    assert "{multicols}" in invented([5, 2, 1], 4, formulas=False).sheet().latex()


@pytest.mark.parametrize("rows", [1, 3])
def test_drawn_relus_are_not_off(rows):
    for seed in range(6):
        outputs = invented([2, 3, 1], seed, activation="relu", rows=rows).worked.origins.values["relu1.o"]
        table = [[outputs.at(row, unit) > 0 for unit in range(3)] for row in range(rows)]
        assert all(map(any, table)) and sum(not any(unit) for unit in zip(*table)) <= 1


def test_units_that_are_off_are_not_told():
    """The rule of ReLU's δ stands there with both its ways, for units that are on and for those that are off."""
    exercise = next(each for each in map(made_up, range(99)) if each.network.layers[2].name == "relu1"
                    and {gap.value == 0.0 for gap in each.gaps if gap.name[0] == "dense1.delta"} == {True, False})
    lines = [line for line in exercise.sheet().text().splitlines() if re.search(r"\) δ[34](⁽¹⁾)? =", line)]
    assert len({re.sub(r"[\d⁽¹⁾()]|_+", "", line).strip() for line in lines}) == 1 and "if" in lines[0]


def test_forms_and_files(tmp_path):
    for ending, start in ((".txt", "A training"), (".md", "# A training"), (".tex", r"\documentclass"),
                          (".html", "<!DOCTYPE html>")):
        EXERCISE.sheet().save(tmp_path / f"sheet{ending}")
        assert (tmp_path / f"sheet{ending}").read_text(encoding="utf-8").startswith(start)
    EXERCISE.marking().save(tmp_path / "marking", "latex")
    with pytest.raises(ValueError, match=r"path: .*a.pdf; allowed endings: .txt, .md, .tex, .html"):
        EXERCISE.sheet().save(tmp_path / "a.pdf")
    with pytest.raises(ValueError, match="form: 'pdf'"):
        EXERCISE.sheet().save(tmp_path / "a", "pdf")
    assert str(EXERCISE.sheet()) == EXERCISE.sheet().text() and "<iframe" in EXERCISE.sheet()._repr_html_()


def test_the_page_draws_the_network_without_its_answers():
    page = EXERCISE.sheet().html()
    drawn = page[page.index("<svg") : page.index("</svg>")]
    assert "o3 (4)" in drawn and "δ3 (14)" in drawn and "−0.9" in drawn and "0.5963" not in drawn
    assert "0.5963" in EXERCISE.solution().html().split("</svg>")[0]
    printed = EXERCISE.sheet().latex()
    drawn = printed[printed.index(r"\begin{tikzpicture}") : printed.index(r"\end{tikzpicture}")]
    assert r"{$o_{3}$ (4) \\ $\delta_{3}$ (14)};" in drawn and "{$-0.9$} (u1-0);" in drawn and "0.5963" not in drawn
    assert "b3 <tspan" in page and "below:$b_{3} = " in printed and "example 1" not in page + printed
    batch = invented([2, 2, 1], 1, rows=2).sheet()
    assert ">example 1<" in batch.html() and "{example 1}" in batch.latex()  # whose numbers are drawn
    assert "tikzpicture" not in invented([9, 9, 1], asked="loss").sheet().latex()  # too large to be drawn


def test_other_seeds_give_other_sheets_and_the_same_seed_the_same():
    sheets = {invented([2, 2, 1], seed).sheet().text() for seed in range(8)}
    assert len(sheets) == 8 and invented([2, 2, 1], 7).sheet().text() in sheets


def test_numbers_are_nice():
    for seed in range(5):
        exercise = invented([2, 3, 2], seed, activation="relu", last="softmax", rows=2, decimals=2)
        weights = [value for matrix in exercise.network.weights for row in matrix for value in row]
        assert all(0 < abs(value) < 1 and round(value, 2) == value for value in weights)
        for name, numbers in exercise.worked.origins.values.items():
            assert not name.endswith(".delta") or any(numbers.values)
    assert Student(exercise).answers


def net(**settings):
    return rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid()], seed=1, **settings)


@pytest.mark.parametrize(("make", "error", "words"), [
    (lambda: Exercise(net(), [0.1, 0.2], None), ValueError, "targets: missing"),
    (lambda: Exercise(net().to("python", "bfloat16"), [0.1, 0.2], [0.2, 0.3]), ValueError,
     r'network: computes in bfloat16; allowed: binary64, .*: net.to\(number="binary64"\)'),
    (lambda: Exercise(net(), [0.1], [0.2, 0.3]), ValueError, "expected 2"),
    (lambda: Exercise(net(), [0.1, 0.2], [0.2, 0.3], digits=1), ValueError, "digits: 1; allowed"),
    (lambda: Exercise(net(), [0.1, 0.2], [0.2, 0.3], asked=["delta", "w"]), ValueError, "asked: 'w'; allowed: 'z', "),
    (lambda: Exercise(net(), [0.1, 0.2], [0.2, 0.3], asked=["new"]).gaps, ValueError, "asked: new; this step has no"),
    (lambda: Exercise(net(), [0.1, 0.2], [0.2, 0.3], points={"L": 2}), ValueError, "points: 'L'"),
    (lambda: Exercise(net(), [0.1, 0.2], [0.2, 0.3], points={"z": -1}), ValueError, r"points\['z'\]: -1"),
    (lambda: Exercise(net(), [0.1, 0.2], [0.2, 0.3], optimizer="sgd"), TypeError, "optimizer: 'sgd'"),
    (lambda: Exercise(rn.Network([rn.Input(30), rn.Dense(20)]), [0.1] * 30, [0.1] * 20), ValueError, "up to 400"),
    (lambda: invented([2]), ValueError, r"sizes: \[2\]; allowed: units from inputs to outputs"),
    (lambda: invented([2, 0]), ValueError, r"sizes\[1\]: 0"),
    (lambda: invented([2, 1], decimals=4), ValueError, "decimals: 4"),
    (lambda: EXERCISE.answer_form("pdf"), ValueError, "kind: 'pdf'"),
])  # fmt: skip
def test_what_cannot_be(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_the_network_and_its_optimizer_stay_as_they_are():
    own, optimizer = net(), rn.Momentum(0.1)
    before = [list(map(list, matrix)) for matrix in own.weights]
    Exercise(own, [0.1, 0.2], [0.2, 0.3], optimizer=optimizer).solution().text()
    assert own.weights == before and own.optimizer is None
    own.fit([[0.1, 0.2]], [[0.2, 0.3]], optimizer=optimizer, loss=rn.HalfSquaredError(), epochs=1)
    going_on = Exercise(own, [0.1, 0.2], [0.2, 0.3], optimizer=optimizer, asked=["new"])
    assert "v(w13) = " in going_on.sheet().text()  # a velocity that is not 0 any more is given
    assert grade(going_on, {gap.number: repr(gap.value) for gap in going_on.gaps}).first_wrong is None


def test_the_page_about_exercises_has_every_key_of_a_reason():
    text = (Path(__file__).resolve().parents[2] / "docs" / "exercises.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`(\w+)`(?=.*\|$)", text[text.index("| key |") :], re.MULTILINE)) == set(LIKELY)
