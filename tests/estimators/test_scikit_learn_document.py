"""Does the table of docs/scikit-learn.md have the figures that its code prints? (test_pages runs it.)"""

import re
from pathlib import Path

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "scikit-learn.md").read_text(encoding="utf-8")


def test_its_table_has_what_the_code_prints():
    """The figures of scikit-learn beside them are measured, and stand in the page alone."""
    rows = re.findall(r"^\| (\w+)[^|]* \| [^|]* \| ([^|]*) \|", DOCUMENT, re.MULTILINE)
    printed = dict(re.findall(r"^(\w+) +(.*)$", DOCUMENT, re.MULTILINE))
    assert [name for name, _ in rows] == ["example", "classifier", "regressor", "digits", "pipeline", "grid"]
    for name, figures in rows[1:]:
        numbers = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", figures)]
        known = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", printed[name])]
        assert numbers and set(numbers) <= set(known), name
