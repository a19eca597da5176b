"""Is what cannot be played with refused in words, before anything has changed? Files, settings, requests."""

import base64
import math

import pytest
from play_helpers import ask, refused, started

import refnet as rn
from refnet.play import Session

# --- Files ---


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


@pytest.mark.parametrize("settings, words", [
    ({"seed": ""}, "Seed: nothing is entered. It takes a whole number from 0 to 9,007,199,254,740,992."),
    ({"batch_size": 1.5}, "Batch size: 1.5 is not allowed. It takes a whole number from 1 to 100."),
    ({"noise": -1}, "Noise: -1 is not allowed. It takes a number from 0.0 to 0.5."),
    ({"features": []}, "Features: at least one of x, y, x², y², xy, sin x, sin y has to be chosen."),
    ({"penalty": "L3"}, "Penalty: 'L3' is not allowed. It is one of none, L1, L2."),
    ({"rate": 0.1, "hidden": [9]}, "Hidden layers: [9] is not allowed. It takes up to 6 numbers from 1 to 8."),
])
def test_the_page_says_it_in_the_words_of_its_labels(settings, words):
    assert started().answer({"do": "set", "settings": settings})["words"] == words


UNREAD = "it is no refnet file, or a damaged one, or one of a newer version."


@pytest.mark.parametrize("data, error, words", [
    (b"import refnet", "five.py: not a refnet file", UNREAD), (b"", "text: ''; allowed", UNREAD),
    (None, "five.py: notes.play: ", "its network was not saved by this page, or has been changed since."),
])
def test_a_file_has_its_own_name(data, error, words, tmp_path):
    text = as_text(built(), None, tmp_path) if data is None else base64.b64encode(data).decode()
    found = started().answer({"do": "load", "text": text, "name": "five.py"})
    assert found["error"].startswith(error) and found["words"] == f"“five.py” cannot be opened: {words}"


def test_of_several_settings_all_are_taken_or_none():
    refused(started(), {"do": "set", "settings": {"rate": 0.1, "hidden": [5], "noise": 7}}, "noise: 7")


@pytest.mark.parametrize("request_, words", [
    (None, "request: None"), ([], "request: []"), ({}, "do: None; allowed: 'open', 'set'"), ({"do": "quit"}, "'quit'"),
    ({"do": ["set"]}, "do: ['set']"), ({"do": "set"}, "settings: missing"), ({"do": "load"}, "text: missing"),
    ({"do": "open", "size": 3}, "size: unknown to 'open'; allowed: nothing"), ({"do": "train", "n": 3}, "epochs, "),
    ({"do": "train", "epochs": 0}, "epochs: 0"), ({"do": "train", "epochs": 10**6}, "<= 100000"),
    ({"do": "train", "milliseconds": -1}, "milliseconds: -1"), ({"do": "train", "milliseconds": 1e9}, "<= 60000"),
    ({"do": "load", "text": "", "name": 3}, "name: 3"),
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
