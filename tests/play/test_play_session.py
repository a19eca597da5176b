"""Does a game end with the bits of the same training in a program, whatever was changed on the way?"""

import base64
import contextlib
import copy
import io
import json
import math

import pytest

import refnet as rn
from refnet.play import Session
from refnet.play.settings import ANEW, RATES, TABLE
from refnet.verify import CANONICAL_HASH

SMALL = {"examples": 40, "hidden": [3], "batch_size": 7}
OTHERS = {
    "data": "spiral", "noise": 0.25, "examples": 60, "test_share": 0.3, "seed": 5, "features": ["xy", "sin x"],
    "hidden": [3, 2, 1], "activation": "relu", "rate": 0.3, "penalty": "L1", "penalty_rate": 0.03, "batch_size": 3,
}


def ask(session, do, **more):
    """The answer, which is JSON as a server sends it and no error."""
    found = session.answer({"do": do, **more})
    assert "error" not in found, found
    return json.loads(json.dumps(found, allow_nan=False))


def refused(session, request, *words):
    """It is refused in these words, and nothing has changed."""
    before = ask(session, "open")
    found = session.answer(request)
    assert set(found) == {"error"} and all(word in found["error"] for word in words), found
    assert ask(session, "open") == before


def started(backend="python", **settings):
    session = Session(backend, size=4)
    ask(session, "set", settings={**SMALL, **settings})
    return session


def train(session, epochs):
    state = ask(session, "train", epochs=epochs, milliseconds=60_000)["state"]
    assert state["epoch"] == session.network.epoch
    return state


def run(text, backend, folder, monkeypatch):
    """What a program prints that a reader has copied."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("REFNET_BACKEND", backend)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "program", "exec"), {})
    return printed.getvalue().splitlines()


# --- The bits ---


def test_it_is_the_training_of_fit(backend):
    """Written by hand here, from the settings."""
    session = started(backend, penalty="L2", penalty_rate=0.01, rate=0.1, seed=3, noise=0.2)
    state = train(session, 6)
    points = rn.data.circle(40, noise=1.0, seed=3)  # 0.2 of the radius 5
    train_part, test_part = rn.data.split(points, 0.5, seed=3)
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], backend=backend, seed=3)
    net.fit(train_part.inputs, train_part.targets, optimizer=rn.SGD(0.1), epochs=6, batch_size=7, penalty=rn.L2(0.01))
    assert state["fingerprint"] == net.fingerprint() == session.network.fingerprint()
    assert state["epoch"] == 6 and session.network.backend == backend
    for part, rows in (("training", train_part), ("test", test_part)):
        found = net.evaluate(rows.inputs, rows.targets)
        assert (state["loss"][part], state["accuracy"][part]) == (found["loss"], found["accuracy"])
    hidden, output = state["layers"][1:]
    assert [hidden["weights"], output["weights"]] == net.weights and [hidden["bias"], output["bias"]] == net.biases


def test_pieces_are_the_whole(backend):
    whole, pieces = started(backend), started(backend)
    states = [ask(pieces, "train", epochs=n, milliseconds=60_000)["state"] for n in (1, 1, 5, 2)]
    for _ in range(3):
        states.append(ask(pieces, "train", epochs=50, milliseconds=0)["state"])  # an epoch, then the time is over
    assert [state["epoch"] for state in states] == [1, 2, 7, 9, 10, 11, 12]
    assert train(whole, 12) == states[-1]


@pytest.mark.parametrize("name", OTHERS)
def test_each_setting_is_in_the_program(name, backend, tmp_path, monkeypatch):
    """A program that is run on the other backend prints the same fingerprint; each setting changes it."""
    session = started(backend)
    first = train(session, 2)["fingerprint"]
    ask(session, "set", settings={"penalty": "L2", name: OTHERS[name]})
    state = train(session, 2)
    assert state["epoch"] == (2 if name in ANEW else 4)
    text = ask(session, "program")["text"]
    other = {"python": "c", "c": "python"}[backend]
    measured, fingerprint = run(text, other, tmp_path, monkeypatch)
    assert fingerprint == state["fingerprint"] != first
    assert measured == str({"loss": state["loss"]["test"], "accuracy": state["accuracy"]["test"]})


@pytest.mark.parametrize("activation", TABLE["activation"].values)
@pytest.mark.parametrize("data", TABLE["data"].values)
def test_sets_and_activations_in_the_program(data, activation, tmp_path, monkeypatch):
    session = started("python", data=data, activation=activation, features=list(TABLE["features"].values))
    state = train(session, 1)
    assert run(ask(session, "program")["text"], "python", tmp_path, monkeypatch)[-1] == state["fingerprint"]


def test_changes_on_the_way_are_stretches_of_the_program(backend, tmp_path, monkeypatch):
    session = started(backend)
    for settings, epochs in [({}, 3), ({"rate": 0.1}, 2), ({"rate": 0.3}, 0), ({"penalty": "L2"}, 2),
                             ({"penalty_rate": 0.1, "batch_size": 20}, 1), ({}, 4), ({"penalty": "none"}, 2)]:
        ask(session, "set", settings=settings)
        if epochs:
            state = train(session, epochs)
    text = ask(session, "program")["text"]
    assert text.count("net.fit(") == 5 and "epochs=5" in text  # the fourth went on with the fifth's settings
    assert text.count("penalty=") == 3 and "penalty=[]" in text
    assert run(text, backend, tmp_path, monkeypatch)[-1] == state["fingerprint"]


def test_an_untrained_network_has_a_program_too(tmp_path, monkeypatch):
    session = started()
    text = ask(session, "program")["text"]
    assert "fit" not in text
    assert run(text, "python", tmp_path, monkeypatch)[-1] == ask(session, "open")["state"]["fingerprint"]


def test_what_starts_anew_and_what_goes_on():
    assert {name for name in TABLE if name not in ANEW} == {"rate", "penalty", "penalty_rate", "batch_size"}
    session = started()
    train(session, 2)
    for name in TABLE:
        session_before = copy.deepcopy(session.network)
        answer = ask(session, "set", settings={name: OTHERS[name]})
        assert answer["settings"][name] == OTHERS[name]
        assert ("points" in answer) == ("thumbnails" in answer) == (name in list(TABLE)[:5])
        assert answer["state"]["epoch"] == (0 if name in ANEW else 2)
        if name not in ANEW:
            assert session.network.fingerprint() == session_before.fingerprint()
        again = ask(session, "set", settings={name: OTHERS[name]})
        assert again["state"] == answer["state"] and "points" not in again  # nothing has changed
        train(session, 2 if name in ANEW else 1)
        if name not in ANEW:
            session = started()
            train(session, 2)


def test_reset_goes_back_to_the_seed():
    session = started()
    first = ask(session, "open")
    train(session, 3)
    assert ask(session, "reset")["state"] == first["state"]
    assert ask(session, "open") == first
    assert Session("python", seed=7).settings["seed"] == 7


# --- What is learnt ---


@pytest.mark.parametrize("settings", [
    {"data": "circle"}, {"data": "xor"}, {"data": "two_moons", "rate": 0.1},
    {"data": "spiral", "features": ["x", "y", "sin x", "sin y"], "hidden": [8, 8], "examples": 400},
], ids=lambda settings: settings["data"])  # fmt: skip
def test_each_set_is_learnt(settings, native):
    session = Session("c", size=2)
    ask(session, "set", settings={"noise": 0.0, **settings})
    state = train(session, 400)
    assert min(state["accuracy"].values()) >= 0.97  # a right answer for all but a few points
    assert state["loss"]["training"] < 0.2 < state["history"]["training"][0]


def test_the_history_stays_short_and_true(native):
    session = started("c")
    for epochs in (1, 2, 900):
        state = train(session, epochs)
        history = state["history"]
        assert len(history["epoch"]) == len(history["training"]) == len(history["test"]) <= 400
        assert history["epoch"][0] == 0 and history["epoch"][-1] == state["epoch"]
        assert history["epoch"] == sorted(set(history["epoch"]))
        assert history["training"][-1] == state["loss"]["training"] and history["test"][-1] == state["loss"]["test"]
    short = started("c")
    for epoch in range(1, 30):
        losses = train(short, 1)["loss"]
        if epoch in history["epoch"]:
            assert history["training"][history["epoch"].index(epoch)] == losses["training"]


def test_a_training_that_diverges_says_so(backend):
    session = started(backend, rate=10.0, activation="linear", penalty="L2", penalty_rate=10.0)
    state = train(session, 2000)
    assert "diverged" in state["note"] and "learning rate" in state["note"] and state["epoch"] < 2000
    assert state["loss"]["training"] is None
    assert train(session, 10)["epoch"] == state["epoch"]  # there is nothing to train any more
    assert ask(session, "unit", layer="dense1", unit=0)["sections"]
    saved = ask(session, "save")["text"]
    assert "note" in ask(session, "load", text=saved)["state"]
    assert "note" not in ask(session, "reset")["state"]


def test_stop_ends_a_training(native):
    session = started("c")
    session.stop()
    assert train(session, 5)["epoch"] == 0
    refused_check = session.answer({"do": "check"})
    assert refused_check == {"error": "check: stopped"}


def test_the_published_hash(native):
    shares = []
    answer = Session("c").answer({"do": "check"}, shares.append)
    assert answer == {"fingerprint": CANONICAL_HASH, "published": CANONICAL_HASH, "right": True}
    assert shares == sorted(shares) and 0.0 < shares[0] < shares[-1] == 1.0


# --- One unit ---


def test_a_unit_s_numbers_are_explain_s():
    session = started("python", features=["x", "y²"], penalty="L2", penalty_rate=0.01)
    train(session, 3)
    before = session.network.fingerprint()
    answer = ask(session, "unit", layer="dense1", unit=1, example=2)
    x, y = session.problem.train.inputs[2]
    twin = copy.deepcopy(session.network)
    lines = rn.explain(twin, [[x, y * y]], [session.problem.train.targets[2]], optimizer=rn.SGD(0.03), rows=[0],
                       units={"dense1": [1], "tanh1": [1]}).sections()
    given, *others = answer["sections"]
    assert {each["title"]: each["lines"] for each in others} == {
        name: lines[name] for name in ("forward", "backward", "update")}
    assert given["title"] == "given" and given["lines"][0].startswith("x1 = x = ")
    assert given["lines"][1].startswith("x2 = y² = ") and given["lines"][2].startswith("y = ")
    assert answer["title"] == "hidden 1, o4, of example 2 (training)"
    text = "\n".join(line for section in others for line in section["lines"])
    assert "o4 = tanh(b4 + w14·x1 + w24·x2)" in text and "w14 ← w14 − η·" in text and "0.02·w14" in text
    assert session.network.fingerprint() == before and session.network.epoch == 3


def test_a_unit_is_explained_as_it_would_be_trained_now():
    """With the rate and the penalty of the settings, before the first epoch too."""
    session = started("python", rate=0.3, penalty="L1", penalty_rate=0.1)
    text = json.dumps(ask(session, "unit", layer="dense2", unit=0, example=39), ensure_ascii=False)
    assert "− 0.3·" in text and "0.1·(abs(w13)" in text and "(test)" in text and '"loss"' in text
    assert "δ6 = o6 − y = " in text


def test_a_forward_pass_alone():
    answer = ask(started(), "unit", layer="dense2", unit=0, step=False)
    assert [each["title"] for each in answer["sections"]] == ["given", "forward"]
    assert len(answer["sections"][0]["lines"]) == 2
    answer = ask(started(), "unit", layer="input", unit=1)
    assert [each["title"] for each in answer["sections"]] == ["given"] and answer["title"].startswith("input, x2,")


def test_all_weights_of_the_largest_unit_are_shown():
    session = started("python", hidden=[8, 8])
    sections = {each["title"]: each["lines"] for each in ask(session, "unit", layer="dense2", unit=7)["sections"]}
    assert len([line for line in sections["update"] if line.startswith("w")]) == 8


# --- Saved and loaded ---


def test_a_saved_game_goes_on(backend, tmp_path, monkeypatch):
    session = started(backend, features=["x²", "y²"], hidden=[2], penalty="L1")
    train(session, 3)
    saved = ask(session, "save")
    (tmp_path / saved["name"]).write_bytes(base64.b64decode(saved["text"]))
    loaded = rn.load(tmp_path / "play.refnet")
    assert loaded.notes["play"] == session.settings and loaded.fingerprint() == session.network.fingerprint()
    whole = train(session, 4)

    other = Session(backend, size=4)
    opened = ask(other, "load", text=saved["text"])
    assert opened["settings"] == session.settings and opened["state"]["epoch"] == 3
    assert set(opened) == set(ask(other, "open"))
    ask(other, "set", settings={"rate": session.settings["rate"]})
    state = train(other, 4)
    assert {**state, "history": 0} == {**whole, "history": 0}
    assert state["history"]["epoch"] == [3, 4, 5, 6, 7]
    ask(other, "set", settings={"penalty": "none"})
    state = train(other, 2)
    text = ask(other, "program")["text"]
    assert 'rn.load("play.refnet")' in text and "rn.Network" not in text
    assert run(text, backend, tmp_path, monkeypatch)[-1] == state["fingerprint"]
    assert ask(other, "reset")["state"]["epoch"] == 0 and "rn.load" not in ask(other, "program")["text"]


def as_text(network, settings, folder):
    """A file of a network, as the page would send it."""
    network.save(folder / "net.refnet") if settings is None else rn.save(network, folder / "net.refnet", settings)
    return base64.b64encode((folder / "net.refnet").read_bytes()).decode()


def built(**more):
    """The network of SMALL, with something else about it."""
    layers = [rn.Input(2), rn.Dense(3, **more), rn.Tanh(), rn.Dense(1), rn.Sigmoid()]
    return rn.Network(layers, backend="python")


def with_fit(**how):
    network = built()
    network.fit([[0.0, 1.0], [1.0, 0.0]], [0, 1], **how)
    return network


NETWORKS = {
    "layers": lambda: rn.Network([rn.Input(2), rn.Dense(3), rn.ReLU(), rn.Dense(1), rn.Sigmoid()]),
    "layers of other sizes": lambda: rn.Network([rn.Input(2), rn.Dense(4), rn.Tanh(), rn.Dense(1), rn.Sigmoid()]),
    "layers with a penalty": lambda: built(penalty=rn.L2(0.1)),
    "frozen": lambda: built(trainable=False),
    "seed": lambda: rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], seed=1),
    "number": lambda: built().to(number="binary32"),
    "loss": lambda: with_fit(loss=rn.HalfSquaredError()),
    "callbacks": lambda: with_fit(callbacks=rn.StopAtLoss(0.1)),
}


@pytest.mark.parametrize("what", NETWORKS)
def test_a_network_that_is_not_the_page_s_is_refused(what, tmp_path):
    session = started()
    settings = session.settings
    text = as_text(NETWORKS[what](), {"play": settings}, tmp_path)
    refused(session, {"do": "load", "text": text}, f"play.refnet: {what.split()[0]}")
    assert "error" not in started().answer({"do": "load", "text": as_text(built(), {"play": settings}, tmp_path)})


@pytest.mark.parametrize("notes, words", [
    (None, "notes.play: not all settings"),
    ({"play": 3}, "notes.play: not all settings"),
    ({"play": {"rate": 0.1}}, "notes.play: not all settings"),
    ({"play": {**Session().settings, "more": 1}}, "notes.play: not all settings"),
    ({"play": {**Session().settings, "hidden": [100]}}, "notes.play: hidden[0]: 100"),
    ({"play": {**Session().settings, "examples": 10**9}}, "notes.play: examples: 1000000000"),
])
def test_other_settings_are_refused(notes, words, tmp_path):
    session = started()
    refused(session, {"do": "load", "text": as_text(built(), notes, tmp_path)}, "play.refnet: ", words)


@pytest.mark.parametrize("text, words", [
    ("", "text that is not empty"), (7, "text: 7 is a int"), ("%%%%", "base64"), ("ä", "base64"), ("abc", "base64"),
    ("aGVsbG8=", "not a refnet file"), ("eyJmb3JtYXQiOiAxfQ==", "play.refnet: "), (None, "text: None"),
    ("ew==", "play.refnet: not JSON"),
])
def test_nonsense_is_no_file(text, words):
    refused(started(), {"do": "load", "text": text}, words)


def test_a_damaged_file_is_refused():
    session = started()
    saved = ask(session, "save")["text"]
    half = saved[: len(saved) // 8 * 4]
    refused(session, {"do": "load", "text": half}, "play.refnet: ")


# --- What is refused ---


@pytest.mark.parametrize("settings, words", [
    ({"rate": -1}, "rate: -1; allowed: 0.0001, "), ({"rate": True}, "rate: True"), ({"rate": 0.5}, "rate: 0.5"),
    ({"data": "square"}, "data: 'square'; allowed: 'circle', 'xor'"), ({"data": ["xor"]}, "data: ['xor']"),
    ({"noise": -0.1}, "noise: -0.1"), ({"noise": 0.6}, "<= 0.5"), ({"noise": "0.1"}, "noise: '0.1' is a str"),
    ({"noise": math.nan}, "noise: nan"), ({"noise": None}, "noise: None"), ({"noise": math.inf}, "noise: inf"),
    ({"examples": 9}, "examples: 9; allowed: whole numbers >= 10 and <= 1000"), ({"examples": 20.5}, "examples: 20.5"),
    ({"examples": 10**5000}, "examples: a whole number of"), ({"test_share": 1.0}, "test_share: 1.0"),
    ({"seed": -1}, "seed: -1"), ({"seed": 1 << 54}, "seed: "), ({"features": []}, "features: []"),
    ({"features": ["x", "x"]}, "each once"), ({"features": ["z"]}, "features[0]: 'z'"), ({"features": "x"}, "a list"),
    ({"features": [["x"]]}, "features[0]: ['x']"), ({"hidden": [9]}, "hidden[0]: 9"), ({"hidden": [0]}, "hidden[0]: 0"),
    ({"hidden": [1] * 7}, "hidden: 7 of them; allowed: at most 6"), ({"hidden": 3}, "hidden: 3"),
    ({"hidden": [2, 2.5]}, "hidden[1]: 2.5"), ({"hidden": [True]}, "hidden[0]: True"),
    ({"activation": "gelu"}, "activation: 'gelu'"), ({"penalty": "L3"}, "penalty: 'L3'"),
    ({"penalty_rate": 2}, "penalty_rate: 2"), ({"batch_size": 0}, "batch_size: 0"), ({"batch_size": 101}, "<= 100"),
    ({"size": 3}, "settings: 'size'"), ([], "settings: []; expected an object"), (None, "settings: None"),
])
def test_a_setting_that_is_not_allowed(settings, words):
    refused(started(), {"do": "set", "settings": settings}, words)


def test_of_several_settings_all_are_taken_or_none():
    refused(started(), {"do": "set", "settings": {"rate": 0.1, "hidden": [5], "noise": 7}}, "noise: 7")


@pytest.mark.parametrize("request_, words", [
    (None, "request: None"), ([], "request: []"), ({}, "do: None; allowed: 'open', 'set'"), ({"do": "quit"}, "'quit'"),
    ({"do": ["set"]}, "do: ['set']"), ({"do": "set"}, "settings: missing"), ({"do": "load"}, "text: missing"),
    ({"do": "open", "size": 3}, "size: unknown to 'open'; allowed: nothing"), ({"do": "train", "n": 3}, "epochs, "),
    ({"do": "train", "epochs": 0}, "epochs: 0"), ({"do": "train", "epochs": 10**6}, "<= 100000"),
    ({"do": "train", "milliseconds": -1}, "milliseconds: -1"), ({"do": "train", "milliseconds": 1e9}, "<= 60000"),
    ({"do": "unit", "layer": "dense1"}, "unit: missing"), ({"do": "unit", "layer": "tanh1", "unit": 0}, "'dense2'"),
    ({"do": "unit", "layer": "dense1", "unit": 3}, "unit: 3; allowed: whole numbers >= 0 and <= 2"),
    ({"do": "unit", "layer": "dense1", "unit": -1}, "unit: -1"), ({"do": "unit", "layer": 1, "unit": 0}, "layer: 1"),
    ({"do": "unit", "layer": "dense1", "unit": 0, "example": 40}, "example: 40"),
    ({"do": "unit", "layer": "dense1", "unit": 0, "step": 1}, "step: 1; allowed: True, False"),
])
def test_a_request_that_is_not_allowed(request_, words):
    refused(started(), request_, words)


def test_what_it_is_made_with():
    for make, word in [(lambda: Session(size=1), "size: 1"), (lambda: Session(seed=-1), "seed: -1"),
                       (lambda: Session("fortran"), "backend")]:
        with pytest.raises(ValueError, match=word):
            make()


# --- The table of settings ---


def test_the_page_is_told_what_is_allowed():
    answer = ask(Session("python", size=2), "open")
    assert list(answer["allowed"]) == list(answer["settings"]) == list(TABLE)
    assert answer["version"] == rn.__version__ and answer["backend"] == "python"
    for name, control in answer["allowed"].items():
        assert control["default"] == answer["settings"][name] and control["label"]
        assert control["kind"] in ("choice", "number", "count", "list", "subset")
        assert ("values" in control) != ("least" in control and "most" in control)
    assert answer["allowed"]["rate"]["values"] == list(RATES) == sorted(RATES)
    assert answer["allowed"]["hidden"]["longest"] == 6 and answer["allowed"]["noise"]["step"] == 0.05


def test_an_answer_is_a_copy():
    session = Session("python", size=2)
    first = session.answer({"do": "open"})
    for answer in (session.answer({"do": "open"}), session.answer({"do": "set", "settings": {}})):
        answer["settings"]["features"].clear()
        answer["state"]["layers"][0]["names"].clear()
        answer.get("allowed", {}).clear()
    assert session.answer({"do": "open"}) == first and Session("python", size=2).answer({"do": "open"}) == first
