"""Does the page work without a server, with Python in the browser? The same bits, and no request to elsewhere."""

import base64
import importlib.util
import os
import shutil
import zipfile
from pathlib import Path

import browsing
import pytest
from playing import epochs, number, until

from refnet.play import Session
from refnet.verify import CANONICAL_HASH

ROOT = Path(__file__).resolve().parents[2]
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"


def builder():
    spec = importlib.util.spec_from_file_location("build_play", ROOT / "docs" / "build" / "play.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


class Handler(browsing.Files):
    """A static server that forbids what it can."""

    policy = POLICY

    def end_headers(self):
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder that docs/build/play.py makes."""
    if not os.environ.get("REFNET_PYODIDE") and not shutil.which("npm"):
        pytest.skip("Pyodide: npm is not installed, and REFNET_PYODIDE names no copy")
    target = tmp_path_factory.mktemp("site") / "play"
    is_built, reason = builder().build(target)
    if not is_built:
        pytest.skip(f"the page cannot be built here: {reason}")
    return target


@pytest.fixture(scope="module")
def address(folder):
    with browsing.served(folder, Handler) as found:
        yield f"{found}index.html"


def test_python_in_the_browser_gives_the_same_bits(browser, address, tmp_path):
    """What is trained there, what is saved there and loaded here, and the canonical network; and it learns."""
    here = Session()
    with browsing.quiet_page(browser, address) as page:
        until(page, lambda: "Loading Python (" in page.inner_text("#loading-text"))
        page.wait_for_selector("#main", timeout=60_000)
        assert page.is_hidden("#loading") and "in this browser" in page.inner_text("#backend")
        assert page.inner_text("#fingerprint") == here.network.fingerprint()
        epochs(page, 3)
        here.answer({"do": "train", "epochs": 3})
        assert page.inner_text("#fingerprint") == here.network.fingerprint()

        page.click("[aria-label='feature sin x']")
        page.check("input[value=two_moons]", force=True)
        page.select_option("#activation", "sigmoid")
        page.select_option("#penalty", "L1")
        changes = {"features": ["x", "y", "sin x"], "data": "two_moons", "activation": "sigmoid", "penalty": "L1"}
        here.answer({"do": "set", "settings": changes})
        until(page, lambda: page.inner_text("#fingerprint") == here.network.fingerprint())
        epochs(page, 2)
        here.answer({"do": "train", "epochs": 2})
        assert page.inner_text("#fingerprint") == here.network.fingerprint()

        page.click("#unit-1-0")
        page.wait_for_selector("#unit")
        there = page.locator("#unit-lines pre").all_text_contents()
        sections = here.answer({"do": "unit", "layer": "dense1", "unit": 0, "example": 0, "step": True})["sections"]
        assert [text.splitlines() for text in there] == [section["lines"] for section in sections]

        with page.expect_download() as download:
            page.click("#save")
        download.value.save_as(tmp_path / "play.refnet")
        data = (tmp_path / "play.refnet").read_bytes()
        assert here.answer({"do": "load", "text": base64.b64encode(data).decode()})["state"]["epoch"] == 2
        assert here.network.fingerprint() == page.inner_text("#fingerprint")

        page.fill("#seed", "-1")
        page.press("#seed", "Enter")
        page.wait_for_selector("#message")
        assert page.inner_text("#message-text").startswith("Seed: -1 is not allowed. ")

        page.click("#check")
        shares = set()
        until(page, lambda: shares.add(page.get_attribute("#check-progress", "value"))
              or page.is_visible("#check-hashes"), seconds=120)
        assert len(shares) > 3  # the progress is seen
        assert page.inner_text("#check-computed") == page.inner_text("#check-published") == CANONICAL_HASH

        for name, option in (("activation", "tanh"), ("penalty", "none"), ("rate", "0.3")):
            page.select_option(f"#{name}", option)
        page.select_option("#speed", label="as fast as it can")
        page.click("#play")
        until(page, lambda: number(page, "#accuracy-test") >= 95.0, seconds=60)
        page.click("#play")


@pytest.mark.parametrize("missing", ["pyodide/pyodide.mjs", "pyodide/pyodide.asm.wasm", "refnet.zip"])
def test_what_cannot_be_loaded_is_said(browser, folder, tmp_path, missing):
    shutil.copytree(folder, tmp_path / "site")
    (tmp_path / "site" / missing).unlink()
    with browsing.served(tmp_path / "site", Handler) as place, \
            browsing.quiet_page(browser, f"{place}index.html", [""]) as page:
        page.wait_for_selector("#message", timeout=30_000)
        assert "Python could not be started in this browser" in page.inner_text("#message-text")
        assert page.is_hidden("#main") and page.is_hidden("#loading")


def test_a_server_that_forbids_webassembly_is_said(browser, folder):
    class Strict(Handler):
        policy = "default-src 'self'"

    with browsing.served(folder, Strict) as place, \
            browsing.quiet_page(browser, f"{place}index.html", [""]) as page:
        page.wait_for_selector("#message", timeout=30_000)
        assert "Python could not be started in this browser" in page.inner_text("#message-text")


def test_the_zip_is_pure_python_and_always_the_same(tmp_path):
    play = builder()
    for name in ("a.zip", "b.zip"):
        play.write_zip(tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "a.zip").namelist()
    assert "refnet/__init__.py" in names and "refnet/play/session.py" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".so", ".pyd", ".pyc"))]


def test_without_pyodide_there_is_a_reason_and_nothing_is_written(tmp_path, monkeypatch):
    play = builder()
    monkeypatch.setenv("REFNET_PYODIDE", str(tmp_path / "nowhere"))
    is_built, reason = play.build(tmp_path / "site")
    assert not is_built and "has no pyodide.mjs" in reason
    monkeypatch.delenv("REFNET_PYODIDE")
    monkeypatch.setattr(play, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(play.shutil, "which", lambda name: None)
    is_built, reason = play.build(tmp_path / "site")
    assert not is_built and "npm is not installed" in reason
    (tmp_path / "broken.tgz").write_bytes(b"no archive")
    monkeypatch.setenv("REFNET_PYODIDE", str(tmp_path / "broken.tgz"))
    assert not play.build(tmp_path / "site")[0]
    assert not (tmp_path / "site").exists()
