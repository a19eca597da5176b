"""Do the other forms say the same? LaTeX and Markdown in balance, the page's numbers, the spreadsheet's formulas."""

import json
import re
import sys

import pytest
import worked_solutions

import refnet as rn
from refnet.arithmetic import elementary
from refnet.trace.explained import latex

FUNCTIONS = {
    "EXP": elementary.exp, "LN": elementary.log, "TANH": elementary.tanh, "SQRT": elementary.sqrt, "ABS": abs,
    "MAX": lambda *values: max(values), "MIN": lambda *values: min(values),
    "IF": lambda condition, yes, no: yes if condition else no,
}


def steps(seeds):
    for seed in seeds:
        net, x, y, settings = worked_solutions.random_step(seed)
        yield rn.explain(net, x, y, units="all", **settings)


def test_latex_is_in_balance():
    for explanation in steps(range(30, 40)):
        text = explanation.latex()
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
        left, right = (len(re.findall(rf"\\{side}(?!arrow)", text)) for side in ("left", "right"))
        assert left == right and text.isascii() and text.count(r"\begin") == text.count(r"\end")


@pytest.mark.parametrize(("sentence", "written"), [
    ("x input; w13 leads from unit 1 to unit 3.", "$x$ input; $w_{13}$ leads from unit 1 to unit 3."),
    ("w1→13 = −0.5, L⁽²⁾", "$w_{1,13}$ = $-$0.5, $L^{(2)}$"),
    ("δ = ∂L/∂z: w ← w − η·∂L/∂w",
     r"$\delta = \partial L/\partial z$: $w \leftarrow w - \eta \cdot \partial L/\partial w$"),
    ("(eᶻ + e⁻ᶻ), as in ⁽¹⁾", "($e^{z} + e^{-z}$), as in $^{(1)}$"),
    ("A step, e.g. dense1.z[0][1] of user's x-axis: 100%", r"A step, e.g. dense1.z[0][1] of user's x-axis: 100\%"),
])  # fmt: skip
def test_names_in_a_sentence_look_as_in_an_equation(sentence, written):
    assert latex.prose(sentence) == written


def test_a_fragment_is_the_equations_of_the_document():
    for explanation in steps([31, 36]):
        text, document = explanation.fragment(), explanation.latex()
        lines = [line for line in text.splitlines() if not line.startswith("% ")]
        assert text.startswith("% ") and lines[0] == r"\begin{align*}" and lines[-1] == r"\end{align*}"
        assert "section" not in text and "document" not in text and "\n".join(lines[:3]) in document
        equations = re.findall(r"\\begin{align\*}.*?\\end{align\*}", document, re.DOTALL)
        assert "\n".join(equations) == "\n".join(lines)


def test_what_a_fragment_leaves_out():
    net = rn.Network([rn.Input(30), rn.Dense(20), rn.Sigmoid()], seed=1)
    found = rn.explain(net, [0.1] * 30, units={"dense1": [0]}).fragment().splitlines()
    assert found[:3] == ["% forward", "% sigmoid1.o, 1 by 20, is left at its shape", r"\begin{align*}"]
    assert found[3].startswith("z_{31} &= b_{31} + w_{1,31}")


def test_markdown_has_a_heading_for_each_section():
    text = next(steps([31])).markdown()
    assert [line for line in text.splitlines() if line.startswith("### ")][-4:] == [
        "### forward", "### loss", "### backward", "### update"]
    assert text.count("$$") % 2 == 0 and text.count(r"\begin{aligned}") == text.count(r"\end{aligned}")


def test_the_page_knows_where_each_number_comes_from():
    for explanation in steps([32, 33]):
        page = explanation.html()
        data = re.search(r'<script type="application/json" id="accounts">(.*?)</script>', page, re.DOTALL).group(1)
        accounts = json.loads(data)
        touched = set(re.findall(r'data-n="([^"]+)"', page))
        assert touched and touched <= set(accounts) and all(accounts[name].strip() for name in touched)
        assert "<svg" in page and page.count("<details open>") >= 4
        assert not re.search(r"(?:src|href)=|https?://|url\(|@import", page), "the page asks for something else"
        shown = re.sub(r"<[^>]+>", "", page.split("<details open>", 1)[1].split("</main>")[0])
        numbers = re.findall(r"\d+\.\d+", str(explanation).partition("forward ")[2])
        assert numbers and all(number in shown for number in numbers)
        assert "srcdoc" in explanation._repr_html_() and explanation._repr_markdown_() == explanation.markdown()


def recalculated(book, sheet, cell, known):
    """A cell's value, computed as a spreadsheet does."""
    if (sheet, cell) not in known:
        content = book[sheet][cell.replace("$", "")].value
        if not isinstance(content, str):
            known[sheet, cell] = float(content)
        else:
            code = re.sub(r"(?:'([^']+)'!)?(\$[A-Z]+\$\d+)",
                          lambda found: f"cell({found.group(1) or sheet!r}, {found.group(2)!r})", content[1:])
            code = re.sub(r"(?<![<>=])=(?!=)", "==", code).replace("<>", "!=")
            names = {**FUNCTIONS, "cell": lambda other, place: recalculated(book, other, place, known)}
            known[sheet, cell] = eval(code, names)
    return known[sheet, cell]


def test_the_spreadsheet_computes_the_trace(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    everything = [rn.Input(2), *(layer for kind in worked_solutions.ACTIVATIONS for layer in (rn.Dense(1), kind()))]
    everything = rn.explain(rn.Network(everything, seed=1), [0.5, -0.5], [0.3], optimizer=rn.Adam(0.1), units="all")
    for explanation in (everything, *steps([34, 35])):
        explanation.save(tmp_path / "step.xlsx")
        book, known, formulas = openpyxl.load_workbook(tmp_path / "step.xlsx"), {}, 0
        for worked in explanation.steps:
            name = f"step {worked.step.number}"
            for row in book[f"{name} traced"].iter_rows(min_col=4):
                for cell in row:
                    if isinstance(cell.value, (int, float)):
                        place = f"${cell.column_letter}${cell.row}"
                        found = recalculated(book, name, place, known)
                        formulas += isinstance(book[name][cell.coordinate].value, str)
                        # An exp or a sum of its own makes some units in the last place.
                        assert abs(found - cell.value) <= 1e-11 * max(1.0, abs(cell.value)), (name, place)
        assert formulas > 20


@pytest.mark.parametrize("number", ["binary64", "Q3.12"])
def test_the_spreadsheet_of_another_format_says_that_it_computes_in_binary64(tmp_path, number):
    openpyxl = pytest.importorskip("openpyxl")
    net = rn.Network([rn.Input(1), rn.Dense(1)], seed=1, number=number, backend="python")
    rn.explain(net, [[0.1]], [[0.3]], optimizer=rn.SGD(0.1), loss=rn.HalfSquaredError()).save(tmp_path / "step.xlsx")
    about = [str(row[0].value) for row in openpyxl.load_workbook(tmp_path / "step.xlsx")["about"].iter_rows()]
    said = [line for line in about if "was computed in Q3.12, but a spreadsheet computes in binary64" in line]
    assert len(said) == (number == "Q3.12")


def test_the_ending_chooses_the_form(tmp_path):
    explanation = rn.explain(rn.Network([rn.Input(1), rn.Dense(1)], seed=1), [[0.5]], [0.1])
    for ending, start in ((".txt", "A training step"), (".md", "# A"), (".tex", r"\documentclass"), (".html", "<!DOC")):
        explanation.save(tmp_path / f"step{ending}")
        assert (tmp_path / f"step{ending}").read_text(encoding="utf-8").startswith(start)
    assert repr(explanation) == str(explanation)
    with pytest.raises(ValueError, match=r"step\.pdf; allowed endings: \.txt"):
        explanation.save(tmp_path / "step.pdf")
    with pytest.raises(ValueError, match="form"):
        explanation.save(tmp_path / "step", "pdf")


def test_without_openpyxl(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    explanation = rn.explain(rn.Network([rn.Input(1), rn.Dense(1)], seed=1), [[0.5]])
    with pytest.raises(ImportError, match=r"pip install 'refnet\[sheets\]'"):
        explanation.save(tmp_path / "step.xlsx")


def test_too_large_for_a_spreadsheet(tmp_path):
    pytest.importorskip("openpyxl")
    explanation = rn.explain(rn.Network([rn.Input(150), rn.Dense(150)], seed=1), [[0.5] * 150])
    with pytest.raises(ValueError, match="numbers in a step; allowed"):
        explanation.save(tmp_path / "step.xlsx")
