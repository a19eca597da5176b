"""Is every example of the lectures on their pages, where the table says, and under its name in refnet.lectures?"""

import re
from functools import cache
from pathlib import Path

import pytest

from refnet import lectures

PAGES = Path(__file__).resolve().parents[2] / "docs" / "lectures"
INDEX = (PAGES / "index.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| (\d+) \| \[.+\]\((\d{3})\.md#([\w-]+)\) \| (\d{3}) \| (.*) \|")
GLOSSARY = 38  # the quiz's terms: no numbers, so no entry of refnet.lectures


@cache
def sections(page):
    """The text below each heading of a page, by its anchor: as GitHub and MkDocs make it, for letters and signs."""
    parts = re.split(r"^#+ (.+)\n", (PAGES / f"{page}.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower()): text
            for title, text in zip(parts[1::2], parts[2::2])}


@cache
def register():
    """(entry, module, function) of each example in refnet.lectures."""
    return {(row.entry, module.__name__.rpartition(".")[2], example.__name__)
            for module in lectures.LECTURES for example in module.WORKED_EXAMPLES for row in example("python")}


def check(text):
    """The table names all that is in the register and nothing else, and leads to sections on these examples."""
    rows = [ROW.fullmatch(line) for line in text.splitlines() if re.match(r"\| \d\d? \|", line)]
    named = set()
    for number, page, anchor, lecture, functions in (row.groups() for row in rows):
        assert page == lecture
        assert re.search(rf"\bExample {number}\b", sections(page)[anchor]), (number, page, anchor)
        module, *names = re.findall(r"\w+", functions) if int(number) != GLOSSARY else [""]
        assert module.endswith(page) or int(number) == GLOSSARY
        named |= {(int(number), module, name) for name in names}
    assert named == register()
    assert {int(row[1]) for row in rows} == {entry for entry, *_ in named} | {GLOSSARY}


def test_the_table_is_complete():
    check(INDEX)


def test_no_line_of_it_can_go():
    lines = INDEX.splitlines()
    for i, line in enumerate(lines):
        if ROW.fullmatch(line):
            with pytest.raises(AssertionError):
                check("\n".join(lines[:i] + lines[i + 1 :]))
                print(f"not missed: {line}")


@pytest.mark.parametrize("right, wrong", [
    ("003.md#a-sigmoid-unit", "003.md#notation"), ("004.md#and)", "004.md#not)"),
    ("multilayer_networks_003.sigmoid_unit", "multilayer_networks_003.tanh_unit"),
])
def test_what_is_wrong_shows(right, wrong):
    assert right in INDEX
    with pytest.raises((AssertionError, KeyError)):
        check(INDEX.replace(right, wrong))


def test_numbers_that_the_pages_tell():
    assert f"all {len(lectures.results())} numbers" in INDEX
    told = {int(number) for path in PAGES.glob("*.md")
            for number in re.findall(r"--example (\d+)", path.read_text(encoding="utf-8"))}
    assert told <= {entry for entry, *_ in register()} and len(told) > 5


@pytest.mark.parametrize("page", ["000", "001", "002", "003", "004"])
def test_each_page_has_its_last_section(page):
    """For teachers: sheets, which the page's test runs; and what to do with them."""
    *_, (anchor, text) = sections(page).items()
    assert anchor == "for-a-class" and "refnet exercise" in text and "../exercises.md" in text
