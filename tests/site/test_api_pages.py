"""Has every public name a place on the pages of the API, and every docstring its words there, sign by sign?"""

import html
import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

import refnet as rn
from refnet.kernels import SEAM

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "build"))

import api
import docstrings

MODULES = [name for name in rn.__all__ if inspect.ismodule(getattr(rn, name))]


@pytest.fixture(scope="module")
def files():
    return api.Pages().files()


@pytest.fixture(scope="module")
def text(files):
    """All pages, as words without spaces: what a docstring has is in it as it stands."""
    pages = re.sub(r"^```.*", "", "\n".join(files.values()), flags=re.MULTILINE)
    return squeezed(html.unescape(re.sub(r"</?(?:p|br|dl|dt|dd|code|a)\b[^>]*>", "", pages)))


def squeezed(words):
    return re.sub(r"[\s`]", "", words)


def names():
    """Every name that refnet, one of its modules, or the kernels hand out."""
    yield from (name for name in rn.__all__ if name not in MODULES)
    for module in MODULES:
        written = {name for name, thing in vars(getattr(rn, module)).items()
                   if getattr(thing, "__module__", "") == getattr(rn, module).__name__ and not name.startswith("_")}
        yield from (f"{module}.{name}" for name in getattr(getattr(rn, module), "__all__", written))
    yield from (f"kernels.{name}" for name in importlib.import_module("refnet.kernels").__all__)
    yield from (f"kernels.{name}" for name in SEAM)


def test_every_public_name_has_one_place(files):
    places = re.findall(r'(?: \{ #|<a id=")refnet\.([\w.]+)(?: \}|"></a>)', "\n".join(files.values()))
    for name in names():
        if not inspect.ismodule(getattr(rn.trace, name.rpartition(".")[2], None)):
            assert places.count(name) == 1, name
    assert len(places) == len(set(places))


def test_no_docstring_is_lost(text):
    things = {name: kernel.function for name, kernel in SEAM.items()}
    for name in names():
        home, _, last = name.rpartition(".")
        found = getattr(importlib.import_module("refnet.kernels") if home == "kernels" else
                        getattr(rn, home) if home else rn, last, None)
        if inspect.isclass(found) or inspect.isroutine(found):
            things[name] = found
        for method, member in vars(found).items() if inspect.isclass(found) else ():
            if inspect.isfunction(member) and not method.startswith("_"):
                things[f"{name}.{method}"] = member
    said = {name: thing.__doc__ for name, thing in things.items() if thing.__doc__}
    assert len(said) > 400
    missing = [name for name, docstring in said.items() if squeezed(inspect.cleandoc(docstring)) not in text]
    assert missing == []


def test_every_name_that_a_docstring_points_to_has_a_place(files):
    """Each refnet.x or rn.x in running text is a link; test_every_link_inside_leads_somewhere holds its address."""
    running = re.sub(r"^```.*?^```$|^#[^\n]*|<a .*?</a>", "", "\n".join(files.values()), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"(?<![\w.#\"])(?:rn|refnet)(?:\.\w+)+", running) == []
    assert 'href="training.html#refnet.training.fit"' in files["model.md"] and "training.fit(" in files["training.md"]


@pytest.mark.parametrize("docstring, shown", [
    ("a * b * c and w_1 x_1 < 2 & more", "<p>a * b * c and w_1 x_1 &lt; 2 &amp; more</p>"),
    ("One line is left.\nAnd another begins.", "<p>One line is left.<br>And another begins.</p>"),
    ("A long line " * 9 + "goes\non.", "<p>" + "A long line " * 9 + "goes on.</p>"),
    ("`Dense` and rn.Adam", '<p><a href="D"><code>Dense</code></a> and <a href="A">rn.Adam</a></p>'),
    ("rn.Adamant and brn.Adam", "<p>rn.Adamant and brn.Adam</p>"),
    ("rate  of it,\n      going on\nlast, first  too",
     '<dl class="terms"><dt><code>rate</code></dt><dd>of it, going on</dd>'
     "<dt><code>last, first</code></dt><dd>too</dd></dl>"),
    ("name      of it\nlong_name too\nRaises ValueError.",
     '<dl class="terms"><dt><code>name</code></dt><dd>of it</dd><dt><code>long_name</code></dt><dd>too</dd></dl>\n\n'
     "<p>Raises ValueError.</p>"),
    ("z = 2 x  for each row", "<p>z = 2 x  for each row</p>"),
    ("Text:\n\n    x = f(1)\n\n    y = 2", "<p>Text:</p>\n\n```python\nx = f(1)\n\ny = 2\n```"),
    ("    x: m k   a matrix", "```text\nx: m k   a matrix\n```"),
])  # fmt: skip
def test_plain_text_stays_what_it_is(docstring, shown):
    assert docstrings.as_markdown(docstring, {"Dense": "D", "rn.Adam": "A"}.get) == shown + "\n"


def f(a, *rest, b: int = 2, c="x", d: "Any" = None, e=len, **more) -> "list[int]":  # noqa: F821
    pass


def test_signatures():
    assert api.signature("rn.f", f) == "rn.f(a, *rest, b: int = 2, c='x', d=None, e=len, **more) -> list[int]"
    assert api.signature(".f", f, bound=True).startswith(".f(*rest, b")
    assert api.signature("rn.metrics.accuracy", rn.metrics.accuracy) == "rn.metrics.accuracy(targets, outputs) -> float"
    assert "rate: Union[float, Schedule] = 0.001" in api.signature("rn.Adam", rn.Adam)
    assert api.signature(".trainable", vars(rn.Layer)["trainable"], bound=True) == ".trainable: bool"
