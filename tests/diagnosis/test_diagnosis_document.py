"""Does the table of docs/diagnosis.md have all sicknesses? (test_pages runs its code.)"""

import re
from pathlib import Path

from refnet.diagnosis import REMEDIES

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")


def test_its_table_has_all_sicknesses_in_their_order():
    rows = re.findall(r"^\| ([^|]+) \|", DOCUMENT, re.MULTILINE)
    assert rows == ["sickness", *REMEDIES]
