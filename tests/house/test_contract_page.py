"""Does docs/contract.md say of each rule what holds it, and is that there?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
RULES = dict(re.findall(r"^## Rule (\d)\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE))


def test_there_are_eight_rules():
    assert list(RULES) == list("12345678")


@pytest.mark.parametrize("number", RULES)
def test_a_rule(number):
    """It is said in bold, shown in code, and held by tests that exist."""
    text = RULES[number]
    assert text.startswith("\n**") and "```python" in text
    *_, held = text.split("*Held by*")
    files = re.findall(r"`([^`]+)`", held)
    assert files and all((ROOT / name).is_file() for name in files), files
