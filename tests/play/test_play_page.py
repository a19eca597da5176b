"""Does the page of `refnet play` do what its controls say? In Chromium, with the server on this machine."""

import contextlib
import io
import re
import threading

import pytest
from playing import epochs, middle_of_the_first_line, number, opened, paused, settled, until

import refnet as rn
from refnet.play import Session
from refnet.play.server import Server
from refnet.play.settings import TABLE
from refnet.verify import CANONICAL_HASH


def pixels(page, canvas):
    return page.evaluate("name => document.querySelector(name).toDataURL()", canvas)


def select(name, option):
    return lambda page: page.select_option(f"#{name}", option)


def type_in(name, text):
    return lambda page: (page.fill(f"#{name}", text), page.press(f"#{name}", "Enter"))


def press(*buttons):
    return lambda page: [page.click(button) for button in buttons]


CONTROLS = {
    "data": (lambda page: page.click("text=two moons"), "two_moons"),
    "noise": (lambda page: page.fill("#noise", "0.25"), 0.25),
    "examples": (type_in("examples", "60"), 60),
    "test_share": (lambda page: page.fill("#test_share", "0.3"), 0.3),
    "seed": (type_in("seed", "7"), 7),
    "features": (press("[aria-label='feature x²']", "[aria-label='feature y']"), ["x", "x²"]),
    "hidden": (press("[aria-label='One unit more in hidden 1']"), [5, 2]),
    "activation": (select("activation", "relu"), "relu"),
    "rate": (select("rate", "0.3"), 0.3),
    "penalty": (select("penalty", "L1"), "L1"),
    "penalty_rate": (select("penalty_rate", "0.01"), 0.01),
    "batch_size": (type_in("batch_size", "25"), 25),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_control_changes_what_it_says(page, session, name):
    """And nothing else; training goes on with the network as it is, or starts anew, as the table says."""
    epochs(page, 2)
    act, expected = CONTROLS[name]
    before = dict(session.settings)
    assert before[name] != expected
    act(page)
    settled(page, session, **{name: expected})
    assert session.settings == {**before, name: expected}
    assert page.inner_text("#epoch") == ("0" if TABLE[name].anew else "2")
    if name == "features":
        pressed = [page.get_attribute(f"[aria-label='feature {each}']", "aria-pressed") for each in ("x", "y", "x²")]
        assert pressed == ["true", "false", "true"]
    elif name == "hidden":
        assert page.locator(".unit:not(.feature)").count() == 5 + 2 + 1
    elif name == "data":
        assert page.is_checked("input[value=two_moons]")
        assert page.inner_text("#legend").split()[:4] == ["upper", "(0)", "lower", "(1)"]
    else:
        assert page.input_value(f"#{name}") == str(expected)


def test_layers_and_units_come_and_go(page, session):
    for button, hidden in [("#more-layers", [4, 2, 2]), ("#fewer-0", [3, 2, 2]), ("#more-2", [3, 2, 3]),
                           ("#fewer-layers", [3, 2]), ("#fewer-layers", [3]), ("#fewer-layers", [])]:
        page.click(button)
        settled(page, session, hidden=hidden)
        assert page.inner_text("#layers-count").split()[0] == str(len(hidden))
        assert page.locator(".link").count() == sum(a * b for a, b in zip([2, *hidden], [*hidden, 1]))
    assert page.is_disabled("#fewer-layers")
    for n in range(6):
        page.click("#more-layers")
        settled(page, session, hidden=[2] * (n + 1))
    assert page.is_disabled("#more-layers")


def test_quick_clicks_all_count(page, session):
    """Also those that come before the first of them is answered; the controls do not jump back meanwhile."""
    names = ["more-0", "more-0", "fewer-1", "more-layers", "feature-2", "feature-3"]
    page.evaluate("names => names.forEach(name => document.getElementById(name).click())", names)
    settled(page, session, hidden=[6, 1, 1], features=["x", "y", "x²", "y²"])
    assert page.locator(".link").count() == 4 * 6 + 6 + 1 + 1


@pytest.mark.parametrize("name", TABLE["data"].values)
def test_all_four_sets_are_learnt(page, session, name):
    """By the accuracy on the test examples as the page writes it."""
    if name == "spiral":
        session.answer({"do": "set", "settings": {"hidden": [8, 6], "rate": 0.1, "noise": 0.0, "features": [
            "x", "y", "x²", "y²", "sin x", "sin y"]}})
        page.reload()
    page.check(f"input[value={name}]", force=True)
    settled(page, session, data=name)
    page.select_option("#speed", label="as fast as it can")
    page.click("#play")
    goal = 80.0 if name == "spiral" else 90.0
    until(page, lambda: number(page, "#accuracy-test") >= goal, seconds=60)
    paused(page, session)
    assert page.inner_text("#accuracy-test") == f"{session.state()['accuracy']['test']:.1%}".replace("%", " %")


def test_train_pause_and_reset(page, session):
    start = page.inner_text("#fingerprint")
    assert start == session.network.fingerprint()
    page.select_option("#speed", label="draw every 10 epochs")
    page.click("#play")
    until(page, lambda: number(page, "#epoch") >= 20)
    assert page.inner_text("#play").strip() == "Pause" and page.is_disabled("#step")
    paused(page, session)
    stopped = session.network.epoch
    page.wait_for_timeout(300)
    assert session.network.epoch == stopped == int(page.inner_text("#epoch")) and stopped % 10 == 0
    epochs(page, 1)
    assert session.network.epoch == stopped + 1
    page.click("#reset")
    until(page, lambda: page.text_content("#epoch") == "0")
    assert page.inner_text("#fingerprint") == start == session.network.fingerprint()


def test_a_control_works_while_training_goes_on(page, session):
    page.click("#play")
    until(page, lambda: number(page, "#epoch") >= 3)
    for text in ("0.05", "0.1", "0.15", "0.2"):
        page.fill("#noise", text)
    page.select_option("#rate", "0.1")
    until(page, lambda: session.settings["noise"] == 0.2 and session.settings["rate"] == 0.1)
    until(page, lambda: number(page, "#epoch") >= 3)
    paused(page, session)
    assert page.input_value("#noise") == "0.2" and page.input_value("#rate") == "0.1"


def test_typing_goes_on_while_training_does(page, session):
    """The pictures that go by leave a field alone in which a number is being typed."""
    page.click("#play")
    until(page, lambda: number(page, "#epoch") >= 3)
    for name, text in (("example", "17"), ("batch_size", "25"), ("examples", "150")):
        page.press(f"#{name}", "Control+A")
        for key in text:
            page.keyboard.press(key)
            page.wait_for_timeout(150)
        assert page.input_value(f"#{name}") == text
        page.keyboard.press("Enter")
    until(page, lambda: session.settings["batch_size"] == 25 and session.settings["examples"] == 150)
    paused(page, session)
    assert page.inner_text("#example-text").startswith("x = ") and page.input_value("#example") == "17"


def test_the_same_in_python(page, session, tmp_path, monkeypatch):
    """The program that the page shows prints the fingerprint that the page shows."""
    epochs(page, 3)
    page.select_option("#rate", "0.1")
    page.select_option("#penalty", "L2")
    settled(page, session, penalty="L2")
    epochs(page, 2)
    page.click("#program")
    page.wait_for_selector("#program-dialog[open]")
    text = page.inner_text("#program-text")
    page.keyboard.press("Escape")
    assert page.is_hidden("#program-dialog")
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(text, {"__name__": "__main__"})
    assert out.getvalue().split()[-1] == page.inner_text("#fingerprint")


def test_a_unit_is_worked_out(page, session):
    epochs(page, 2)
    page.click("#unit-1-2")
    expected = session.answer({"do": "unit", "layer": "dense1", "unit": 2, "example": 0, "step": True})
    page.wait_for_selector("#unit")
    assert page.inner_text("#unit-title") == expected["title"]
    shown = page.locator("#unit-lines pre").all_text_contents()
    assert [text.splitlines() for text in shown] == [section["lines"] for section in expected["sections"]]
    assert "tanh(b5 + w15·x1 + w25·x2)" in shown[1] and len(shown) == 4
    page.uncheck("#unit-step")
    until(page, lambda: page.locator("#unit-lines pre").count() == 2)
    page.fill("#example", "5")
    page.press("#example", "Enter")
    other = session.answer({"do": "unit", "layer": "dense1", "unit": 2, "example": 5, "step": False})
    until(page, lambda: page.text_content("#unit-title") == other["title"])
    assert page.inner_text("#unit-about").startswith("After 2 epochs.")
    page.click("#reset")
    until(page, lambda: page.text_content("#epoch") == "0")
    epochs(page, 1)  # other weights: the panel follows
    until(page, lambda: page.inner_text("#unit-about").startswith("After 1 epoch."))
    now = session.answer({"do": "unit", "layer": "dense1", "unit": 2, "example": 5, "step": False})
    until(page, lambda: page.text_content("#unit-lines pre:last-child").splitlines() == now["sections"][-1]["lines"])
    assert now["sections"] != other["sections"]
    page.click("#unit-close")
    assert page.is_hidden("#unit")


def test_a_click_on_a_point_chooses_it(page, session):
    points = session.answer({"do": "open"})["points"]
    plane = page.locator("#plane")
    box = plane.bounding_box()
    page.check("#show-test")
    wanted = max(range(200), key=lambda i: min(
        (points["x"][i] - points["x"][k]) ** 2 + (points["y"][i] - points["y"][k]) ** 2 for k in range(200) if k != i))
    left, right, bottom, top = points["edges"]
    x = 30 + (box["width"] - 34) * (points["x"][wanted] - left) / (right - left)  # with the margins of plane.js
    y = 4 + (box["height"] - 24) * (top - points["y"][wanted]) / (top - bottom)
    plane.click(position={"x": x, "y": y})
    until(page, lambda: page.input_value("#example") == str(wanted))
    assert points["names"][points["class"][wanted]] in page.inner_text("#example-text")


def test_a_line_says_its_weight_and_a_unit_its_formula(page, session):
    weight = session.network.weights[0][0][0]
    at = middle_of_the_first_line(page)
    page.mouse.move(*at)
    page.mouse.move(at[0] + 1, at[1])
    page.wait_for_selector("#tip")
    said = page.inner_text("#tip")
    assert said.startswith("x → o3: ") and float(said.split()[-1].replace("−", "-")) == float(f"{weight:.4g}")
    page.hover("#unit-1-0")
    text = page.inner_text("#readout").replace("−", "-")
    assert text.startswith("o3 = tanh(") and f"{abs(weight):.3g}·x" in text


def test_what_is_said_of_a_unit_and_of_a_line_follows_the_network(page, session):
    """Also when the unit has another name, or is there no more."""
    for _ in range(2):
        page.click("#fewer-layers")
    settled(page, session, hidden=[])
    page.hover("#unit-1-0")
    assert re.fullmatch(r"o3 = sigmoid\(0 [+−] [\d.]+·x [+−] [\d.]+·y\)", page.inner_text("#readout"))
    page.click("#feature-0")
    settled(page, session, features=["y"])
    assert re.fullmatch(r"o2 = sigmoid\(0 [+−] [\d.]+·y\)", page.inner_text("#readout"))
    before = page.inner_text("#readout")
    page.mouse.move(*middle_of_the_first_line(page))
    page.wait_for_selector("#tip")
    weight = page.inner_text("#tip")
    page.evaluate("document.querySelector('#step').click()")  # the pointer stays where it is
    until(page, lambda: page.inner_text("#epoch") == "1")
    assert page.inner_text("#readout") != before and page.inner_text("#tip") != weight
    page.click("#more-layers")
    settled(page, session, hidden=[2])
    assert page.is_hidden("#tip")
    page.hover("#unit-1-1")
    assert page.inner_text("#readout").startswith("o3 = tanh(")
    page.click("#fewer-0")
    settled(page, session, hidden=[1])
    assert page.inner_text("#readout").startswith("Point at a line")


def test_lines_have_the_colour_of_the_sign_and_the_width_of_the_size(page, session):
    """In the order of layers, units and inputs."""
    epochs(page, 1)
    weights = [weight for layer in session.state()["layers"] for row in layer["weights"] for weight in row]
    drawn = page.evaluate("""[...document.querySelectorAll('.link')].map((line) => [
        line.classList.contains('positive'), line.classList.contains('negative'),
        parseFloat(line.style.strokeWidth)])""")
    assert [line[:2] for line in drawn] == [[weight > 0, weight < 0] for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: abs(weights[i]))
    widths = [drawn[i][2] for i in order]
    assert widths == sorted(widths) and len(set(widths)) > 10


def test_losses_and_their_curves(page, session):
    epochs(page, 4)
    state = session.state()
    for part in ("training", "test"):
        assert number(page, f"#loss-{part}") == float(f"{state['loss'][part]:.4g}")
        assert number(page, f"#accuracy-{part}") == round(100 * state["accuracy"][part], 1)
    test, training = (page.get_attribute(f"#curves path.curve >> nth={i}", "d") for i in (0, 1))
    assert test.count("L") == training.count("L") == 4 and test != training
    heights = [float(point.split()[1]) for point in training[1:].split("L")]
    losses = state["history"]["training"]
    order = sorted(range(5), key=lambda i: losses[i])
    assert [heights[i] for i in order] == sorted(heights, reverse=True)  # a larger loss is higher up


def test_the_pictures_show_the_network(page, session):
    before = [pixels(page, name) for name in ("#plane", "#unit-1-0 canvas", "#unit-3-0 canvas")]
    epochs(page, 3)
    after = [pixels(page, name) for name in ("#plane", "#unit-1-0 canvas", "#unit-3-0 canvas")]
    assert all(a != b for a, b in zip(before, after))
    page.check("#decide")
    page.wait_for_timeout(100)
    assert pixels(page, "#plane") != after[0]
    page.uncheck("#decide")
    page.wait_for_timeout(100)
    assert pixels(page, "#plane") == after[0]
    page.check("#show-test")
    page.wait_for_timeout(100)
    assert pixels(page, "#plane") != after[0]
    assert "200 examples" in page.get_attribute("#plane", "aria-label")
    assert "Loss over 3 epochs" in page.get_attribute("#curves svg", "aria-label")


def test_save_and_open_again(page, session, tmp_path):
    epochs(page, 3)
    saved = page.inner_text("#fingerprint")
    with page.expect_download() as download:
        page.click("#save")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "play.refnet" and rn.load(file).fingerprint() == saved
    page.select_option("#activation", "relu")
    settled(page, session, activation="relu")
    assert page.inner_text("#fingerprint") != saved
    page.set_input_files("#open-file", file)
    until(page, lambda: page.text_content("#fingerprint") == saved)
    assert page.input_value("#activation") == "tanh" and page.inner_text("#epoch") == "3"


@pytest.mark.parametrize(("data", "words"), [(b"nonsense", "no refnet file"), (b"\0" * 500_001, "500,001 bytes")])
def test_what_is_no_network_is_refused_in_words(page, session, tmp_path, data, words):
    (tmp_path / "other.refnet").write_bytes(data)
    before = page.inner_text("#fingerprint")
    page.set_input_files("#open-file", tmp_path / "other.refnet")
    page.wait_for_selector("#message")
    assert words in page.inner_text("#message-text").partition("“other.refnet” cannot be opened: ")[2]
    assert page.inner_text("#fingerprint") == before == session.network.fingerprint()
    page.click("#message-close")
    assert page.is_hidden("#message")


@pytest.mark.parametrize(("name", "typed"), [("seed", "-1"), ("seed", ""), ("examples", "5"), ("batch_size", "2.5")])
def test_what_is_not_allowed_is_said_and_taken_back(page, session, name, typed):
    before = dict(session.settings)
    type_in(name, typed)(page)
    page.wait_for_selector("#message")
    value = float(typed) if "." in typed else int(typed) if typed else ""
    assert page.inner_text("#message-text") == session.answer({"do": "set", "settings": {name: value}})["words"]
    until(page, lambda: page.input_value(f"#{name}") == str(before[name]))
    assert session.settings == before


def test_an_example_that_is_none_is_said_and_taken_back(page):
    for typed, found in (("7", ""), ("200", "200 is not allowed"), ("", "nothing is entered"), ("1.5", "1.5 is not")):
        type_in("example", typed)(page)
        assert page.input_value("#example") == "7"
        assert page.is_visible("#message") == (found != "")
        said = page.text_content("#message-text")
        assert not found or re.match(rf"Example: {found}.*\. It takes a whole number from 0 to 199\.$", said)
    type_in("example", "8")(page)
    assert page.is_hidden("#message")


def test_the_last_feature_stays(page, session):
    page.click("[aria-label='feature y']")
    settled(page, session, features=["x"])
    page.click("[aria-label='feature x']")
    page.wait_for_selector("#message")
    assert page.inner_text("#message-text").startswith("Features: at least one")
    assert session.settings["features"] == ["x"]


def test_training_that_diverges_is_said(page, session):
    session.answer({"do": "set", "settings": {"rate": 10.0, "activation": "linear", "features": ["x²", "y²"],
                                               "hidden": [8, 8, 8]}})
    page.reload()
    page.select_option("#speed", label="draw every 100 epochs")
    page.click("#play")
    page.wait_for_selector("#message")
    assert "diverged" in page.inner_text("#message-text") and page.inner_text("#play").strip() == "Train"
    assert page.inner_text("#loss-training") == "not finite"


def test_the_readmes_hash_is_recomputed(page, session):
    page.click("#check")
    page.wait_for_selector("#check-hashes")
    assert page.inner_text("#check-computed") == page.inner_text("#check-published") == CANONICAL_HASH
    assert "same" in page.inner_text("#check-text")


def test_a_server_that_is_gone_is_said(tab):
    server = Server(Session())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with opened(tab, server.address, ["Failed to load resource: net::ERR"]) as page:
        server.shutdown()
        server.close()
        thread.join()
        page.click("#step")
        page.wait_for_selector("#message")
        assert "The server does not answer any more" in page.inner_text("#message-text")
        assert page.inner_text("#epoch") == "0"
