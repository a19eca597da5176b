"""What do the tests of play share? A small session, and questions whose answers are no errors."""

import json

from refnet.play import Session

SMALL = {"examples": 40, "hidden": [3], "batch_size": 7}


def ask(session, do, **more):
    """The answer, which is JSON as a server sends it and no error."""
    found = session.answer({"do": do, **more})
    assert "error" not in found, found
    return json.loads(json.dumps(found, allow_nan=False))


def refused(session, request, *words):
    """It is refused in these words, and nothing has changed."""
    before = ask(session, "open")
    found = session.answer(request)
    assert set(found) <= {"error", "words"} and all(word in found["error"] for word in words), found
    assert ask(session, "open") == before


def started(backend="python", **settings):
    session = Session(backend, size=4)
    ask(session, "set", settings={**SMALL, **settings})
    return session


def train(session, epochs):
    state = ask(session, "train", epochs=epochs, milliseconds=60_000)["state"]
    assert state["epoch"] == session.network.epoch
    return state
