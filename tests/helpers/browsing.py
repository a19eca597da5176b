"""How is a page tried in a real browser? Chromium through Playwright; no page may complain, or ask elsewhere."""

import functools
import http.server
import importlib.util
import shutil
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest


class Files(http.server.SimpleHTTPRequestHandler):
    """Any static server."""

    def log_message(self, *words):
        pass


@contextmanager
def served(folder, handler=Files):
    """The address of a folder, with a slash at its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


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
    """A new page at an address, watched as `quiet` does.

    options  of the browser's page: viewport, color_scheme, …
    """
    page = browser.new_page(**options)
    try:
        with quiet(page, address, allowed):
            yield page
    finally:
        page.close()


@contextmanager
def quiet(page, address, allowed=()):
    """A page goes to an address. At the end: nothing on its console, no error, no request to anywhere else.

    allowed  beginnings of console messages that a test expects
    """
    complaints, asked = [], []
    heard = {"console": lambda message: complaints.append(message.text),
             "pageerror": lambda error: complaints.append(str(error)),
             "request": lambda request: asked.append(request.url)}
    for event, hear in heard.items():
        page.on(event, hear)
    page.set_default_timeout(20_000)
    page.goto(address)
    try:
        yield
        page.wait_for_timeout(50)
    finally:
        for event, hear in heard.items():
            page.remove_listener(event, hear)
    assert [text for text in complaints if not text.startswith(tuple(allowed))] == []
    home = urlsplit(address)[:2]
    assert [url for url in asked if urlsplit(url)[:2] != home and not url.startswith("blob:")] == []
    assert asked
