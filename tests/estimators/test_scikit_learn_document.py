"""Does docs/scikit-learn.md say what is so? Its code prints what stands below it."""

import re
from pathlib import Path

import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="the extra `test` brings scikit-learn")

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "scikit-learn.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_its_code_prints_what_stands_below_it(native):
    sections = re.findall(r"```python\n(.*?)```\n(.*?)(?=```python|\Z)", DOCUMENT, re.DOTALL)
    printed, known = [], {"print": lambda *words: printed.append(" ".join(map(str, words)))}
    for code, text in sections:
        printed.clear()
        exec(code, known)
        below = re.match(r"\n((?:    .*\n|\n)+)", text)
        assert "\n".join(printed) == "\n".join(line[4:] for line in below.group(1).rstrip().split("\n"))
    assert len(sections) == 3


def test_its_table_has_what_the_code_prints():
    """The figures of scikit-learn beside them are measured, and stand in the page alone."""
    rows = re.findall(r"^\| (\w+)[^|]* \| [^|]* \| ([^|]*) \|", DOCUMENT, re.MULTILINE)
    printed = dict(re.findall(r"^    (\w+) +(.*)$", DOCUMENT, re.MULTILINE))
    assert [name for name, _ in rows] == ["example", "classifier", "regressor", "digits", "pipeline", "grid"]
    for name, figures in rows[1:]:
        numbers = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", figures)]
        known = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", printed[name])]
        assert numbers and set(numbers) <= set(known), name
