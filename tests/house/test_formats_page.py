"""Does the table of docs/formats.md have the limits of each format? (test_pages runs its code.)"""

import re
from fractions import Fraction
from pathlib import Path

from refnet.arithmetic.formats import as_format

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def number(text):
    """The number that is written as 3.4·10³⁸, 2⁻⁷ or 65504."""
    factor, _, power = text.rpartition("·")
    base, exponent = re.fullmatch(r"(10|2|[\d.]+?)([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*)", power).groups()
    return Fraction(factor or 1) * Fraction(base) ** int(exponent.translate(DIGITS) or 1)


def test_its_table_has_the_limits_of_each_format():
    found = re.findall(r'^\| `"([^"]+)"`.*? \| (\d+) \| (\S+) \| (\S+) \| (\S+) \|', DOCUMENT, re.MULTILINE)
    assert len(found) == 5
    for name, bits, *limits in found:
        form = as_format(name)
        assert form.bits == int(bits)
        for text, value in zip(limits, (form.largest, form.smallest, form.epsilon)):
            assert abs(number(text) / Fraction(value) - 1) < 0.02, (name, text, value)  # two digits are shown
