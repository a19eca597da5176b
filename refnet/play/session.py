"""What does the page ask, and what is the answer? One network, what it learns from, and how it has been trained.

A request is an object {"do": "train", "epochs": 10}, an answer another one; both are JSON. The server passes them on,
and so does the page that runs Python itself.
"""

from __future__ import annotations

import copy
import math
import time
import warnings
from threading import Event
from typing import Any, Callable, Optional

import refnet as rn
from refnet import checks
from refnet.files import finite
from refnet.play import settings as of_the_page
from refnet.play.history import History
from refnet.play.pictures import layers_document, pictures_document, shown_layers, thumbnails
from refnet.play.problem import Problem, network_of, penalties_of
from refnet.play.program import FILE, Course
from refnet.play.saving import from_text, to_text
from refnet.play.unit import explained
from refnet.training.callbacks import Callback
from refnet.verify import CANONICAL_HASH, train_canonical

MOST_MILLISECONDS = 60_000  # of one request to train
DIVERGED = ("The training has diverged: the loss is no number any more. Reset the network and try a smaller learning "
            "rate.")


def _nobody(share: float) -> None:
    """Who is told how far it is, unless somebody is."""


class _Until(Callback):
    """Ends a training when a function of the epoch's loss says so."""

    is_over: Any = None

    def __init__(self, is_over: Callable[[float], bool]) -> None:
        self.is_over = is_over

    def epoch_end(self, network: Any, line: dict[str, float]) -> bool:
        return self.is_over(line["loss"])


class Session:
    """A network to play with. Not to be asked by two threads at once.

    backend  of the network, as rn.Network takes it
    seed     of the settings that it begins with
    size     of a picture, in points

    Raises TypeError or ValueError for these, and what rn.Network raises for the backend.
    """

    settings: dict[str, Any]
    network: Any
    problem: Problem
    course: Course
    history: History
    _measured: Optional[dict[str, dict[str, float]]]

    def __init__(self, backend: Any = "auto", seed: int = 0, size: int = 30) -> None:
        self.backend, self.size = backend, checks.count("size", size, least=2, most=100)
        self._tell: Callable[[float], Any] = _nobody
        self._has_to_stop = Event()
        self._begin(of_the_page.changed(of_the_page.defaults(), {"seed": seed}))

    def answer(self, request: Any, tell: Callable[[float], Any] = _nobody) -> dict[str, Any]:
        """The answer to a request; {"error": …} if something in it is not allowed, and then nothing has changed. Where
        a reader of the page may have done that by mistake, {"error": …, "words": …}: the same for people.

        tell  called now and then with the share that is done, 0 … 1, in "check"
        """
        self._tell = tell
        try:
            if not isinstance(request, dict):
                raise TypeError(f"request: {checks.shown(request)}; expected an object such as {{\"do\": \"open\"}}")
            what = checks.choice("do", request.get("do"), REQUESTS)
            answer, allowed = REQUESTS[what]
            given = {name: value for name, value in request.items() if name != "do"}
            for name in given:
                if name not in allowed:
                    raise ValueError(f"{name}: unknown to {what!r}; allowed: {', '.join(allowed) or 'nothing'}")
            for name in allowed:
                if allowed[name] and name not in given:
                    raise ValueError(f"{name}: missing; expected {allowed[name]}")
            return answer(self, **given)
        except of_the_page.Refused as error:
            return {"error": str(error), "words": error.words}
        except (TypeError, ValueError) as error:
            return {"error": str(error)}

    def stop(self) -> None:
        """Let a training or a check that is running come to an end, and begin no other. From any thread."""
        self._has_to_stop.set()

    # --- what is asked ---

    def _open(self) -> dict[str, Any]:
        allowed = {name: control.described for name, control in of_the_page.TABLE.items()}
        return {"settings": copy.deepcopy(self.settings), "allowed": allowed, "backend": self.network.backend,
                "version": rn.__version__, "state": self.state(), **self._points()}

    def _set(self, settings: Any) -> dict[str, Any]:
        before, after = self.settings, of_the_page.changed(self.settings, settings)
        if any(before[name] != after[name] for name in of_the_page.ANEW):
            self._begin(after)
        self.settings = after
        has_other_points = any(before[name] != after[name] for name in of_the_page.DATA)
        points = self._points() if has_other_points else {}
        return {"settings": copy.deepcopy(after), "state": self.state(), **points}

    def _train(self, epochs: Any = 1, milliseconds: Any = MOST_MILLISECONDS) -> dict[str, Any]:
        epochs = checks.count("epochs", epochs, most=100_000)
        end = time.monotonic() + checks.number("milliseconds", milliseconds, least=0, most=MOST_MILLISECONDS) / 1000

        def is_over(loss: float) -> bool:
            """After an epoch: keep what the page asks for, and say whether it was the last."""
            self.course.add(self.settings, 1)
            self._changed()
            return not math.isfinite(loss) or self._has_to_stop.is_set() or time.monotonic() >= end

        if not self.has_diverged and not self._has_to_stop.is_set():
            self._fit(epochs, is_over)
        return {"state": self.state()}

    def _reset(self) -> dict[str, Any]:
        self._begin(self.settings)
        return {"state": self.state()}

    def _unit(self, layer: Any, unit: Any, example: Any = 0, step: Any = True) -> dict[str, Any]:
        shown = {each.layer.name: each for each in shown_layers(self.network)}
        where = shown[checks.choice("layer", layer, shown)]
        unit = checks.count("unit", unit, 0, where.layer.units - 1)
        example = checks.count("example", example, 0, len(self.problem.points) - 1)
        step = checks.choice("step", step, [True, False])
        return explained(self.network, self.problem, self.settings, where, unit, example, step)

    def _save(self) -> dict[str, Any]:
        return {"name": FILE, "text": to_text(self.network, self.settings)}

    def _load(self, text: Any, name: Any = FILE) -> dict[str, Any]:
        settings, network = from_text(text, self.backend, checks.text("name", name))
        self._hold(settings, network, Course(is_loaded=True))
        return self._open()

    def _program(self) -> dict[str, Any]:
        return {"text": self.course.program(self.settings)}

    def _check(self) -> dict[str, Any]:
        found = train_canonical(self.network.backend, self._told)
        return {"fingerprint": found.fingerprint, "published": CANONICAL_HASH, "right": found.is_right}

    # --- what is done ---

    def _points(self) -> dict[str, Any]:
        return {"points": self.problem.document, "thumbnails": thumbnails(self.problem)}

    def state(self) -> dict[str, Any]:
        """What the page shows of the network."""
        measured = self.measured
        losses = [measured[part]["loss"] for part in measured]
        found = {
            "epoch": self.network.epoch, "fingerprint": self.network.fingerprint(),
            **{name: {part: measured[part][name] for part in measured} for name in ("loss", "accuracy")},
            "history": self.history.document(self.network.epoch, *losses),
            "layers": layers_document(self.network, self.problem),
        }
        note = {"note": DIVERGED} if self.has_diverged else {}
        return {**finite(found), "pictures": pictures_document(self.network, self.problem), **note}

    @property
    def measured(self) -> dict[str, dict[str, float]]:
        """Loss and accuracy of the two parts of the examples, of the network as it is."""
        if self._measured is None:
            problem = self.problem
            self._measured = {"training": self.network.evaluate(problem.rows, problem.train.targets),
                              "test": self.network.evaluate(problem.test_rows, problem.test.targets)}
        return self._measured

    @property
    def has_diverged(self) -> bool:
        """Whether a loss is not finite any more."""
        return not all(math.isfinite(each["loss"]) for each in self.measured.values())

    def _begin(self, settings: dict[str, Any]) -> None:
        """Start anew with these settings."""
        self._hold(settings, network_of(settings, self.backend), Course())

    def _hold(self, settings: dict[str, Any], network: Any, course: Course) -> None:
        """Go on with a network that was made with these settings, and trained like this."""
        problem = Problem(settings, self.size)
        self.settings, self.network, self.problem, self.course = settings, network, problem, course
        self.history = History()
        self._changed()

    def _changed(self) -> None:
        """The network is another one than before: measure it anew, if it is one for the history at once."""
        self._measured = None
        if self.history.takes(self.network.epoch):
            self.history.add(self.network.epoch, *(each["loss"] for each in self.measured.values()))

    def _fit(self, epochs: int, is_over: Callable[[float], bool]) -> None:
        """Train until is_over, of an epoch's loss, says so. In pieces or at once, the bits are the same."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of a training that diverges: the state says so
                self.network.fit(
                    self.problem.rows, self.problem.train.targets, optimizer=rn.SGD(self.settings["rate"]),
                    epochs=epochs, batch_size=self.settings["batch_size"], penalty=list(penalties_of(self.settings)),
                    callbacks=[_Until(is_over)])
        finally:
            self.network.callbacks = []

    def _told(self, share: float) -> None:
        if self._has_to_stop.is_set():
            raise ValueError("check: stopped")
        self._tell(share)


REQUESTS: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, str]]] = {
    "open": (Session._open, {}),
    "set": (Session._set, {"settings": "an object of settings by name"}),
    "train": (Session._train, {"epochs": "", "milliseconds": ""}),
    "reset": (Session._reset, {}),
    "unit": (Session._unit, {"layer": "the name of a layer", "unit": "its number", "example": "", "step": ""}),
    "save": (Session._save, {}),
    "load": (Session._load, {"text": "the bytes of a file in base64", "name": ""}),
    "program": (Session._program, {}),
    "check": (Session._check, {}),
}
"""How each request is answered, and its arguments: what is expected of one that has to be given."""
