"""`refnet play`: what happens when one turns the knobs? A page in the browser, and the server behind it."""

import os
import threading
import webbrowser
from contextlib import suppress
from typing import Any

from refnet.cli.errors import CommandError
from refnet.cli.options import BACKEND, add_command, add_options, whole
from refnet.cli.screen import say
from refnet.play import Session
from refnet.play.server import Server
from refnet.play.settings import TABLE

SEED = whole(int(TABLE["seed"].least), int(TABLE["seed"].most))


def add(commands: Any) -> None:
    command = add_command(
        commands, "play", "", run, "a page in the browser to play with a small network",
        "Serves a page to this machine alone and opens it in the browser: points of the plane in two classes, a "
        "network that learns to tell them apart, and all of its numbers. It can be saved, loaded, and written as a "
        "program that ends with the same bits. Ctrl-C ends it. The address has a token; whoever does not have it is "
        "refused.",
        "refnet play\nrefnet play --no-browser --port 8000",
    )
    add_options(command, [
        ("--port", "of the server, 0 to 65535; 0 is a free one (%(default)s)", whole(0, 65535), "N"),
        ("--no-browser", "do not open the browser", False),
        BACKEND,
        ("--seed", "that the page begins with (%(default)s)", SEED, "N"),
    ])
    command.set_defaults(port=0, browser=True, backend="auto", seed=0)


def run(arguments: Any) -> int:
    """Serve until a signal ends it."""
    session = Session(arguments.backend, arguments.seed)
    try:
        server = Server(session, arguments.port)
    except OSError as error:
        raise CommandError(f"--port {arguments.port}: {error.strerror or error}") from None
    try:
        say(f"The page is at {server.address}")
        say("Ctrl-C ends it.")
        if arguments.browser:
            threading.Thread(target=open_browser, args=(server.address,), daemon=True).start()
        server.serve_forever()
    finally:
        server.close()
    return 0


def open_browser(address: str) -> None:
    """Open the page, in a thread as a browser may keep it waiting. One of text, in this terminal, could not show it."""
    with suppress(webbrowser.Error):
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser or "BROWSER" in os.environ:
            browser.open(address)
