"""Is FORMAT.md the whole contract? Every kernel, constant, layer, loss and optimizer is in it, as the code has it."""

import inspect
import json
import pkgutil
import re
import textwrap

import pytest
import reading_the_page
import training_by_the_page

import refnet as rn
from refnet.arithmetic import elementary, random, streams
from refnet.kernels import SEAM, reference
from refnet.trace.dumps import bits_of
from refnet.verify.vectors import Extent, page, texts

PAGE = page()


@pytest.fixture(scope="module")
def written():
    """What the page's text alone defines."""
    return reading_the_page.Page(PAGE)


@pytest.mark.parametrize("room", ["functions", "initializers", "kernels"])
def test_the_page_alone_gives_the_results_of_every_call(written, room):
    cases = [json.loads(text) for name, text in texts(Extent(4, 1, 5, f"{room}/*")) if name.startswith(room)]
    assert len(cases) >= 8
    for case in cases:
        assert reading_the_page.wrong_calls(written, case) == [], case["name"]


def test_the_page_alone_gives_every_number_of_every_training(written):
    """Sections 5, 9 and 12 are its words, written down in training_by_the_page."""
    runs = [(name, json.loads(text)) for name, text in texts(Extent(1, 2, 3, "runs/*")) if name.startswith("runs/")]
    assert len(runs) > 30
    for name, run in runs:
        training = training_by_the_page.Training(written, run, are_given=name == "runs/lecture-003.json")
        assert list(training_by_the_page.differences(training)) == [], name
    run["steps"][2]["values"]["dense5.delta"]["bits"][0] = "3ff0000000000000"
    again = training_by_the_page.Training(written, run)
    assert list(training_by_the_page.differences(again)) == ["step 3 dense5.delta"]


def test_the_example_is_the_first_step_of_its_run(written):
    """Each call on what the calls before it have made, by the page's kernels; its results are the run's."""
    words, calls = PAGE.partition("### A step, call by call")[2].split("```text\n")
    (name,), lines = re.findall(r"(runs/[\w-]+)\.json", words), re.sub(r"\n +", " ", calls.split("```")[0]).splitlines()
    run = json.loads(dict(texts(Extent(1, 1, 0, name)))[f"{name}.json"])
    file = run["steps"][0]["values"]
    calls = [re.fullmatch(r"(\w{16})  (.*) = (\w+)\((.*)\)", line).groups() for line in lines]
    all_made = {name for _, made, _, _ in calls for name in made.split(", ")}
    now = {name: reading_the_page.given(entry) for name, entry in file.items() if name not in all_made}
    for digits, made, kernel, given in calls:
        arguments = [now[name] if name in file else float(name) for name in given.split(", ")]
        result = getattr(written.k, kernel)(*arguments)
        for name, rows in zip(made.split(", "), arguments if result is None else [result]):
            now[name] = rows
            assert [bits_of(value) for row in rows for value in row] == file[name]["bits"], name
        assert digits == file[made.split(", ")[0]]["bits"][0]
    assert len(calls) == 19
    assert {name for name in file if name.endswith((".delta", ".gradient", ".new", ".z"))} <= all_made


@pytest.mark.parametrize("name", SEAM)
def test_every_kernel_is_on_it(name):
    """Its signature, its formula, and its statements, below its name."""
    signature = SEAM[name]
    (section,) = [part for part in re.split(r"\n#{2,4} ", PAGE) if part.startswith(f"kernel {name}\n")]
    assert section.startswith(f"kernel {name}\n\n`{signature.text}`")
    for line in signature.function.__doc__.splitlines():
        assert line.strip() in section
    source = textwrap.dedent(inspect.getsource(signature.function))
    statements = source[source.index('"""', source.index('"""') + 3) + 3 :].strip("\n")
    assert statements in section and len(statements) > 10


def test_every_constant_is_on_it():
    found = 0
    for module in (elementary, random):
        for name, value in vars(module).items():
            for number in value if isinstance(value, tuple) else [value]:
                if name.isupper() and isinstance(number, float):
                    assert f"{bits_of(number)}  {number!r}" in PAGE, name
                    found += 1
    for name, value in vars(streams).items():
        if name.isupper():
            assert re.search(rf"^{name} +{value:016x}  # ", PAGE, re.MULTILINE), name
    assert found > 80


def test_every_function_is_on_it():
    for name, function in [*vars(elementary).items(), *vars(random).items()]:
        if inspect.isfunction(function) and function.__module__.startswith("refnet.arithmetic"):
            assert re.search(rf"\n#### function {name}( \(\w+\))?\n", PAGE) and f"\ndef {name}(" in PAGE
    for module in pkgutil.iter_modules(reference.__path__):
        if module.name != "matrices":  # keeping and checking lists
            source = inspect.getsource(__import__(f"refnet.kernels.reference.{module.name}", fromlist=["x"]))
            for name in re.findall(r"^def (\w+)\(", source, re.MULTILINE):
                assert f"\ndef {name}(" in PAGE, name


def test_every_class_that_computes_is_on_it():
    rooms = {"layers": {"Layer", "Input", "Merge"}, "losses": set(),
             "optimizers": {"Optimizer", "Clip", "Schedule"}, "parameters": {"Initializer", "Penalty", "Constraint"}}
    for room, others in rooms.items():
        for name in getattr(rn, room).classes:
            assert name in others or f"\n#### class {name}\n" in PAGE, name


def test_no_two_headings_are_equal_and_the_index_has_a_link_to_each():
    """An anchor is the heading in small letters, without punctuation, with - for a blank."""
    index, _, text = PAGE.partition("\n## ")
    titles = re.findall("^##+ (.*)$", f"## {text}", re.MULTILINE)
    anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
    assert re.findall(r"\]\(#(.*?)\)", index) == anchors and len(set(anchors)) == len(anchors) > 250


def test_it_has_no_mark_left_and_reads_well():
    assert "<!--" not in PAGE
    assert len(re.findall(r"^## \d+\. ", PAGE, re.MULTILINE)) == 14
    assert PAGE.count("```") % 2 == 0 and "\t" not in PAGE
