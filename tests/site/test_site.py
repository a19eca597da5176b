"""Does the site build without a warning, lead nowhere that is not there, and ask nothing of other hosts?"""

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import browsing
import pytest

import refnet
from refnet.verify import CANONICAL_HASH

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md"))

FOUND = {word: f"{page}.html" for word, page in {
    "epoch": "glossary", "momentum": "glossary", "overfitting": "glossary", "csv": "data_files",
    "encoding": "data_files", "decimal comma": "data_files", "missing values": "data_files", "xor": "index",
    "fused multiply-add": "contract", "reproducible": "reporting", "reproducibility": "contract",
    "fixed point": "formats", "bfloat16": "formats", "benchmark": "benchmarks", "benchmarks": "benchmarks",
    "cite": "reporting", "offline": "install", "no compiler": "install", "microcontroller": "one_c_file",
    "embedded": "one_c_file", "tanhf": "difference", "FPGA": "difference", "checkpoint": "resume",
    "save": "saved_networks", "grading": "exercises", "playground": "play", "own layer": "extending",
    "column_sums": "api/kernels", "rate_matrix": "extending", "IntegrateAndFire": "api/neurons", "threads": "cores",
    "hyperparameters": "selection",
}.items()}


class Document(HTMLParser):
    """The anchors of a page, what its links lead to, and what a browser loads with it."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loaded, self.text = set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors |= {found[key] for key in ("id", "name") if found.get(key) and tag != "meta"}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("img", "script", "source", "iframe", "link"):
            self.loaded += [found[key] for key in ("src", "href") if found.get(key) and found.get("rel") != "canonical"]

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the whole site, built as CONTRIBUTING says; a warning is an error."""
    if not importlib.util.find_spec("material"):
        pytest.skip("the extra `docs`, which `test` brings, is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8",
                          env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_MKDOCS_2_WARNING": "1"})
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    return folder


@pytest.fixture(scope="module")
def documents(site):
    """Every page of the site but that to play, by its place."""
    paths = [path for path in site.rglob("*.html") if path.relative_to(site).parts[0] != "play"]
    return {path.relative_to(site).as_posix(): Document(path.read_text(encoding="utf-8")) for path in paths}


def test_every_page_is_there_and_in_the_navigation(documents):
    assert set(PAGES) <= set(documents)
    start = {link.partition("#")[0] for link in documents["index.html"].links} | {"index.html"}
    assert {page for page in PAGES if page not in start} == set()
    assert {"changelog.html", "contributing.html", "api/layers.html"} <= start


def test_every_link_inside_leads_somewhere(site, documents):
    checked = 0
    for name, document in documents.items():
        for link in document.links + document.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            base = site if name == "404.html" else (site / name).parent  # 404.html has links from the top
            target = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else site / name
            if target.is_dir():
                target /= "index.html"
            assert target.is_file(), f"{name}: {link} leads nowhere"
            if parts.fragment and target.suffix == ".html" and not target.is_relative_to(site / "play"):
                anchors = documents[target.relative_to(site).as_posix()].anchors
                assert unquote(parts.fragment) in anchors, f"{name}: {link} has no such place"
            checked += 1
    assert checked > 5000


@pytest.mark.parametrize("name, link", [
    ("features.html", "api/layers.html#refnet.Dense"), ("glossary.html", "api/metrics.html#refnet.metrics.accuracy"),
    ("contributing.html", "contract.html"), ("mnist.html", "source/examples/mnist_dropout.py.html"),
    ("gallery.html", "source/examples/gallery/index.html"), ("api/diagnosis.html", "optimizers.html#refnet.SGD"),
    ("source/examples/gallery/index.html", "perceptron.py.html"), ("gallery.html", "pictures/perceptron.png"),
    ("source/examples/conformance/README.md.html", "check.js.html"),
    ("api/model.html", "training.html#refnet.training.fit"), ("index.html", "play.html"),
])  # fmt: skip
def test_names_and_files_are_links(documents, name, link):
    assert link in documents[name].links


def test_an_option_stays_on_one_line(site):
    page = (site / "data_files.html").read_text(encoding="utf-8")
    assert '<code><span class="option">--no-header</span></code>' in page


def test_nothing_is_loaded_from_elsewhere(site, documents):
    for name, document in documents.items():
        assert [address for address in document.loaded if urlsplit(address).netloc] == [], name
    for path in site.rglob("*.css"):
        style = path.read_text(encoding="utf-8")
        assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)\s]*", style) == [], path


def test_each_page_says_version_and_hash(documents):
    for name in ("index.html", "api/layers.html"):
        text = "".join(documents[name].text)
        assert f"refnet {refnet.__version__}, contract {refnet.CONTRACT}" in text and CANONICAL_HASH in text


# --- In a browser ---


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(site):
    """Where a plain server of files has the site."""
    with browsing.served(site) as found:
        yield found


@pytest.fixture(params=[1200, 360])
def page(request, browser, address):
    """A page of that width, which has to stay without errors and without requests to elsewhere."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    opened, errors, elsewhere = context.new_page(), [], []
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("request", lambda asked: None if asked.url.startswith((address, "data:", "blob:"))
              else elsewhere.append(asked.url))
    yield opened
    context.close()
    assert (errors, elsewhere) == ([], [])


def is_as_wide_as_the_window(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("name", ["index.html", "lectures/003.html", "features.html", "api/layers.html"])
def test_a_page_opens(page, address, name):
    page.goto(address + name)
    assert page.locator("h1").first.is_visible() and is_as_wide_as_the_window(page)
    assert page.locator(".md-tabs").is_visible() == (page.viewport_size["width"] == 1200)


def test_no_page_scrolls_sideways_on_a_telephone(browser, address, documents):
    """All of them, which is fast without scripts; test_a_page_opens has some with scripts."""
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    opened = context.new_page()
    for name in documents:
        opened.goto(address + name)
        assert is_as_wide_as_the_window(opened), name
    context.close()


def test_the_search_finds_a_name_of_the_api(page, address):
    page.goto(address + "index.html")
    if page.viewport_size["width"] < 1200:
        page.locator("label[for=__search].md-header__button").click()
    page.locator("input.md-search__input").click()
    page.keyboard.type("IntegrateAndFire")
    result = page.locator(".md-search-result__link[href*='api/neurons.html']").first
    result.wait_for(timeout=20_000)  # the index is loaded by then, or never: a busy machine is slow
    result.click()
    page.wait_for_url("**/api/neurons.html*")
    assert is_as_wide_as_the_window(page)


def test_the_search_has_the_page_to_read_among_the_first_three(browser, address):
    context = browser.new_context(viewport={"width": 1300, "height": 800})
    opened = context.new_page()
    opened.goto(address + "index.html")
    box, found = opened.locator("input.md-search__input"), {}
    box.click()
    for word in FOUND:
        for typed, until in (("", "!items.length"), (word, "items.length || nothing")):
            box.fill(typed)
            box.press("End")  # the search listens to keys
            opened.wait_for_function("""until => {
                const items = document.querySelectorAll(".md-search-result__item"),
                      nothing = document.querySelector(".md-search-result__meta").innerText.includes("No matching")
                return eval(until) }""", arg=until, timeout=20_000)
        found[word] = opened.evaluate("""[...document.querySelectorAll(".md-search-result__item")].slice(0, 3)
            .map(item => new URL(item.querySelector("a").href).pathname.slice(1))""")
    context.close()
    assert {word: pages for word, pages in found.items() if FOUND[word] not in pages} == {}


def test_both_schemes_can_be_chosen(page, address):
    page.goto(address + "api/layers.html")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "default"
    page.locator("form[data-md-component=palette] label:visible").click()
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
