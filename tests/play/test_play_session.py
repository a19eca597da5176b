"""Does a game end with the bits of the same training in a program, whatever was changed on the way?"""

import base64
import contextlib
import copy
import io
import json

import pytest
from play_helpers import ask, started, train

import refnet as rn
from refnet.play import Session
from refnet.play.settings import ANEW, RATES, TABLE
from refnet.verify import CANONICAL_HASH

OTHERS = {
    "data": "spiral", "noise": 0.25, "examples": 60, "test_share": 0.3, "seed": 5, "features": ["xy", "sin x"],
    "hidden": [3, 2, 1], "activation": "relu", "rate": 0.3, "penalty": "L1", "penalty_rate": 0.03, "batch_size": 3,
}


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
    assert state["epoch"] == 6 and session.network.backend == backend and session.network.callbacks == []
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


@pytest.mark.parametrize("data, radius", [("circle", 5.0), ("xor", 5.0), ("spiral", 5.0), ("two_moons", 1.0)])
def test_noise_is_a_share_of_the_radius(data, radius):
    session = started(data=data, noise=0.3)
    assert sorted(session.problem.points) == sorted(getattr(rn.data, data)(40, noise=0.3 * radius).inputs)


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
    ask(session, "set", settings=settings)  # without noise, as the page begins
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
    assert given == {"title": "given", "lines": [
        f"x1 = {x:.4g}".replace("-", "−") + "   (feature x)", f"x2 = {y * y:.4g}   (feature y²)",
        "y = 1   (target: class inside)"]}
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
    ask(other, "load", text=saved["text"])
    ask(other, "set", settings={"penalty": "none"})  # the file's network would go on with its own
    state = train(other, 2)
    text = ask(other, "program")["text"]
    assert 'rn.load("play.refnet")' in text and "rn.Network" not in text
    assert run(text, backend, tmp_path, monkeypatch)[-1] == state["fingerprint"]
    assert ask(other, "reset")["state"]["epoch"] == 0 and "rn.load" not in ask(other, "program")["text"]


# --- The table of settings ---


def test_the_page_is_told_what_is_allowed():
    answer = ask(Session("python", size=2), "open")
    assert list(answer["allowed"]) == list(answer["settings"]) == list(TABLE)
    assert answer["version"] == rn.__version__ and answer["backend"] == "python"
    for name, control in answer["allowed"].items():
        assert control["label"] and control["anew"] is TABLE[name].anew and "default" not in control
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
