"""Does docs/diagnosis.md say what is so? Its code prints what stands below it, and its table has all sicknesses."""

import re
from pathlib import Path

from refnet.diagnosis import REMEDIES

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")


def test_its_code_prints_what_stands_below_it():
    sections = re.findall(r"```python\n(.*?)```\n(.*?)(?=```python|\Z)", DOCUMENT, re.DOTALL)
    printed, known = [], {"print": lambda *words: printed.append(" ".join(map(str, words)))}
    for code, text in sections:
        printed.clear()
        exec(code, known)
        below = re.match(r"\n((?:    .*\n|\n)+)", text)
        assert "\n".join(printed) == "\n".join(line[4:] for line in below.group(1).rstrip().split("\n"))
    assert len(sections) == 3


def test_its_table_has_all_sicknesses_in_their_order():
    rows = re.findall(r"^\| ([^|]+) \|", DOCUMENT, re.MULTILINE)
    assert rows == ["sickness", *REMEDIES]
