"""What do the tests of play's page share? One browser and one server a module; a session for each test."""

import threading

import browsing
import pytest
from playing import opened

from refnet.play import Session
from refnet.play.server import Server

REFUSED = "Failed to load resource: the server responded with a status of 400"  # Chromium's line for a refused request


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server():
    found = Server(Session())
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    found.close()
    thread.join()


@pytest.fixture
def session(server):
    """What the page plays with: a new one for each test."""
    server.session = Session()
    return server.session


@pytest.fixture(scope="module")
def tab(browser):
    found = browser.new_page()
    yield found
    found.close()


@pytest.fixture
def page(tab, server, session):
    with opened(tab, server.address, [REFUSED]) as found:
        yield found
