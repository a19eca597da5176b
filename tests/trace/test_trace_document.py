"""Does docs/trace.md say what is so? Its code runs, prints what stands below it, and has the values in its comments."""

import ast
import re
from pathlib import Path

from refnet.trace import Trace

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "trace.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"```python\n(.*?)```\n(.*?)(?=```python|\Z)", DOCUMENT, re.DOTALL)


def test_its_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed, known, values = [], {}, 0
    known["print"] = lambda *words: printed.append(" ".join(map(str, words)))
    for code, text in SECTIONS:
        printed.clear()
        exec(code, known)
        shown = [line[4:].rstrip() for line in text.splitlines() if line.startswith("    ")]
        lines = "\n".join(printed).splitlines()
        assert [line for line in shown if line.strip() != "…"] == lines[: len([x for x in shown if x.strip() != "…"])]
        for expression, expected in re.findall(r"^(trace\S.*?)  # (\[\[.*?\]\]|True)", code, re.MULTILINE):
            found, values = eval(expression, known), values + 1
            assert found is True if expected == "True" else near(found, ast.literal_eval(expected)), expression
    assert values == 5 and isinstance(known["trace"], Trace)


def near(found, expected):
    """To the digits that are printed."""
    return [[f"{value:.10g}" for value in row] for row in found] == \
        [[f"{value:.10g}" for value in row] for row in expected]
