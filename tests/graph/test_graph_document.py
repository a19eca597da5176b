"""Does docs/graph.md list all functions? (test_pages runs its code.)"""

import re
from pathlib import Path

from refnet import graph

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "graph.md").read_text(encoding="utf-8")


def test_its_names():
    for names in re.findall(r"`((?:\w+ )+\w+)`", DOCUMENT):
        if names.startswith("exp "):
            assert set(names.split()) | {"Expansion", "Operation", "Unit", "apply", "expand"} == set(graph.__all__)
            return
    raise AssertionError("the functions are not listed")
