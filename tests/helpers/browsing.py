"""How is a page tried in a real browser? Chromium through Playwright; no page may complain, or ask elsewhere."""

import importlib.util
import shutil
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest


@contextmanager
def chromium():
    """A browser without a window; the test skips where there is none."""
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("Playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def quiet_page(browser, address, allowed=(), **options):
    """A page at an address. At the end: nothing on its console, no error, no request to anywhere else.

    allowed  beginnings of console messages that a test expects
    options  of the browser's page: viewport, color_scheme, …
    """
    page = browser.new_page(**options)
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.set_default_timeout(20_000)
    try:
        page.goto(address)
        yield page
        page.wait_for_timeout(50)
        assert [text for text in complaints if not text.startswith(tuple(allowed))] == []
        home = urlsplit(address)[:2]
        assert [url for url in asked if urlsplit(url)[:2] != home and not url.startswith("blob:")] == []
        assert asked
    finally:
        page.close()
