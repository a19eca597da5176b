"""Does docs/difference.md say what is so? Its code runs and prints what stands below it; no cause is missing."""

import re
from pathlib import Path

import pytest

from refnet.trace.compared.causes import CAUSES
from refnet.trace.compared.difference import Difference

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "difference.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"```python\n(.*?)```\n(.*?)(?=```python|\Z)", DOCUMENT, re.DOTALL)


def test_its_code():
    pytest.importorskip("mpmath")
    known = {}
    for code, text in SECTIONS:
        printed = []
        known["print"] = lambda value, printed=printed: printed.extend(str(value).splitlines())
        exec(code, known)
        shown = [line[4:] for line in text.splitlines() if line.startswith("    ") and line.strip() != "…"]
        assert shown and [line for line in printed if line in shown] == shown
    found = known["trace"].difference(known["mine"])
    for name in re.findall(r"`(\w+)`", DOCUMENT[DOCUMENT.index("its attributes (") :].split(", …)")[0]):
        assert isinstance(found, Difference) and hasattr(found, name)


def test_its_causes():
    """Each kind of cause has its word in the list, so that a new kind is not forgotten."""
    causes = DOCUMENT[DOCUMENT.index("## The causes") :].split("## Backends")[0]
    words = ("fused", "bias", "descending", "airwise", "lanes", "blocks", "rounded once", "binary32", "binary16", "−0",
             "flushed", "platform's", "sigmoid", "tanh", "softplus", "x·(1/m)", "√s", "derivative at 0", "NaN",
             "maximum", "not fused", "once", "divided", "root", "Adam's", "digits", "fixed point",
             "accumulator")
    assert all(word in causes for word in words)
    for cause in CAUSES:
        assert any(word in cause.name for word in words), cause.name
