"""Does docs/graph.md say what is so? Its code runs, and has the values in its comments."""

import ast
import re
from pathlib import Path

from refnet import graph

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "graph.md").read_text(encoding="utf-8")


def test_its_code():
    known, values = {}, 0
    for code in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL):
        exec(code, known)
        for expression, expected in re.findall(r"^(\S.*?)  # (\[.*?\]|True)$", code, re.MULTILINE):
            found, values = eval(expression, known), values + 1
            if expected == "True":
                assert found is True, expression
            else:  # to the digits that are printed
                assert [f"{value:.10g}" for value in found] == [f"{value:.10g}" for value in ast.literal_eval(expected)]
    assert values == 3


def test_its_names():
    for names in re.findall(r"`((?:\w+ )+\w+)`", DOCUMENT):
        if names.startswith("exp "):
            assert set(names.split()) | {"Expansion", "Operation", "Unit", "apply", "expand"} == set(graph.__all__)
            return
    raise AssertionError("the functions are not listed")
