"""How does a game go on another day? As refnet's own file of the network, with the settings in its notes."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import refnet as rn
from refnet import checks, files
from refnet.model.loading import built
from refnet.play import settings as of_the_page
from refnet.play.problem import network_of

NOTE = "play"  # under which name the notes keep the settings
ALLOWED = "allowed: a file that the page of refnet play has saved"


def to_text(network: Any, settings: dict[str, Any]) -> str:
    """The file's bytes in base64."""
    return base64.b64encode(files.packed(network, {**network.notes, NOTE: settings})).decode("ascii")


def from_text(text: Any, backend: Any, name: str) -> tuple[dict[str, Any], Any]:
    """Settings and network of such a text, out of a file of this name. Raises Refused if it is none that can be played
    with."""
    unread = "it is no refnet file, or a damaged one, or one of a newer version"
    unfit = "its network was not saved by this page, or has been changed since"
    with of_the_page.in_words(f"“{name}” cannot be opened: {unread}."), files.about(name):
        saved = files.unpacked(_bytes_of(text))
    with of_the_page.in_words(f"“{name}” cannot be opened: {unfit}."), files.about(name):
        if saved.number != "binary64":
            raise rn.FileError(f"number: {saved.number!r}; {ALLOWED}")
        settings = _settings_in(saved.notes)
        network = built(saved, backend)
        _check(network, settings)
    return settings, network


def _bytes_of(text: Any) -> bytes:
    given = checks.text("text", text)
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"text: {error}; expected the bytes of a file in base64") from None


def _settings_in(notes: dict[str, Any]) -> dict[str, Any]:
    noted, settings = notes.get(NOTE), of_the_page.defaults()
    if not isinstance(noted, dict) or set(noted) != set(settings):
        raise rn.FileError(f"notes.{NOTE}: not all settings, or others; {ALLOWED}")
    try:
        return of_the_page.changed(settings, noted)
    except (TypeError, ValueError) as error:
        raise rn.FileError(f"notes.{NOTE}: {error}") from None


def _check(network: Any, settings: dict[str, Any]) -> None:
    """Raise FileError if the network is not that of its settings, or would train otherwise than the page says."""
    found, expected = (files.contents(each, {}) for each in (network, network_of(settings, "python")))
    for name in ("seed", "layers", "inputs", "outputs", "frozen", "callbacks"):
        if found[name] != expected[name]:
            raise rn.FileError(f"{name}: not as the settings have it; {ALLOWED}")
    if found["loss"] not in (None, files.entry_of("loss", rn.BinaryCrossEntropy())):
        raise rn.FileError(f"loss: {type(network.objective).__name__}; allowed: BinaryCrossEntropy")
    if network.progress.position:
        raise rn.FileError("progress: in the midst of an epoch; allowed: whole epochs")
