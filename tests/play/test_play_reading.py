"""Is what the page of `refnet play` shows read as it is meant? Colours, names, sizes, and what a change does."""

import re

import browsing
import pytest
from playing import LARGEST, epochs, middle_of_the_first_line, opened, settled, until

from refnet.play.settings import TABLE


def colour_at(page, canvas, x, y):
    """Red, green, blue at a share of the width and, from above, of the height."""
    return page.evaluate("""([name, x, y]) => { const canvas = document.querySelector(name);
        const copy = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        copy.canvas.width = canvas.width;
        copy.canvas.height = canvas.height;
        copy.drawImage(canvas, 0, 0);
        return [...copy.getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3); }""", [canvas, x, y])


def colour_of(page, selector, name):
    return [int(part) for part in re.findall(r"\d+", page.evaluate(
        "([each, name]) => getComputedStyle(document.querySelector(each))[name]", [selector, name]))[:3]]


def is_warm(colour):
    return colour[0] > colour[2] + 60


def is_cold(colour):
    return colour[2] > colour[0] + 60


def test_large_is_warm_and_small_is_cold(page):
    """As in refnet.plots, where a large output is yellow and a small one blue; class 1 is the large output."""
    left, right = (colour_at(page, "#feature-0 canvas", x, 0.5) for x in (0.01, 0.99))
    assert is_cold(left) and is_warm(right)
    zero, one = (colour_of(page, f"#legend .dot.{kind}", "backgroundColor") for kind in ("low", "high"))
    assert is_cold(zero) and is_warm(one)
    assert page.inner_text("#legend").split()[:4] == ["outside", "(0)", "inside", "(1)"]
    label = page.get_attribute("#plane", "aria-label")
    assert "“outside”, blue" in label and "“inside”, orange" in label
    assert "small" in page.inner_text("#ramp") and page.inner_text("#ramp").endswith("large")


def test_the_sign_of_a_weight_is_no_class(page):
    """It has colours of its own, and a negative one is dashed too."""
    lines = [colour_of(page, f".link.{sign}", "stroke") for sign in ("positive", "negative")]
    dashes = [page.evaluate(f"getComputedStyle(document.querySelector('.link.{sign}')).strokeDasharray")
              for sign in ("positive", "negative")]
    classes = [colour_of(page, f"#legend .dot.{kind}", "backgroundColor") for kind in ("low", "high")]
    shown = [colour_of(page, ".stroke.plus", "backgroundColor")]
    assert not [each for each in lines if each in classes] and shown == lines[:1]
    assert dashes[0] == "none" and dashes[1] != "none"


def test_on_a_narrow_screen_the_plane_is_beside_the_button_that_trains(tab, server, session):
    with opened(tab, server.address, viewport={"width": 360, "height": 800}) as page:
        plane, play = (page.locator(name).bounding_box() for name in ("#plane", "#play"))
        assert play["y"] < plane["y"] and plane["y"] + plane["height"] < 800
        small = page.evaluate("""[...document.querySelectorAll('.stepper button')].map((each) =>
            each.getBoundingClientRect()).filter(({ width, height }) => width < 40 || height < 40)""")
        assert small == [] and page.locator(".stepper button").count() == 6


@pytest.mark.parametrize("width", [360, 1200])
def test_a_unit_that_is_opened_comes_into_sight(tab, server, session, width):
    """Below the bar that stays there; the focus goes with it, and Escape brings it back."""
    with opened(tab, server.address, viewport={"width": width, "height": 700}) as page:
        page.focus("#unit-1-2")
        page.keyboard.press("Enter")
        until(page, lambda: page.evaluate("document.activeElement.id") == "unit-title")
        title = page.locator("#unit-title").bounding_box()
        bar = page.locator(".transport").bounding_box()
        assert max(0, bar["y"] + bar["height"]) <= title["y"] < 700 - title["height"]
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Escape")
        assert page.is_hidden("#unit") and page.evaluate("document.activeElement.id") == "unit-1-2"


def test_a_tap_on_a_line_says_its_weight(browser, server, session):
    """Until one taps elsewhere."""
    with browsing.quiet_page(browser, server.address, viewport={"width": 390, "height": 800}, has_touch=True) as page:
        page.wait_for_selector("#main")
        page.locator("#network-box").scroll_into_view_if_needed()
        page.touchscreen.tap(*middle_of_the_first_line(page))
        page.wait_for_selector("#tip")
        assert page.inner_text("#tip").startswith("x → o3: ")
        page.touchscreen.tap(5, 400)
        until(page, lambda: page.is_hidden("#tip"))


def test_a_large_screen_is_used(tab, server, session):
    """As on a beamer: the largest network is whole, the plane is large, and no text is small."""
    session.answer({"do": "set", "settings": LARGEST})
    with opened(tab, server.address, viewport={"width": 1920, "height": 1080}) as page:
        output, box = (page.locator(name).bounding_box() for name in ("#unit-7-0", "#network-box"))
        assert output["x"] + output["width"] < box["x"] + box["width"] and page.is_hidden("#network-scrolls")
        assert page.locator("#plane").bounding_box()["width"] > 500
        assert page.locator("main").bounding_box()["width"] > 1800
        sizes = page.evaluate("""[...document.querySelectorAll('p, span, h2, h3, label, th, td, select, text')].filter(
            (each) => each.checkVisibility() && each.textContent.trim()).map((each) => {
            const svg = each.ownerSVGElement;
            const times = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            return times * parseFloat(getComputedStyle(each).fontSize); })""")
        assert len(sizes) > 40 and min(sizes) >= 14.5  # pixels
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_the_page_says_which_settings_start_again(page, session):
    """Each of those stands in a part that says so, each of the others in the bar; and so does the status line."""
    places = {name: page.evaluate("""(name) => { const place = document.querySelector(`#${name}, [name=${name}]`)
        .closest('section, .bar'); return [place.className, place.innerText.includes('starts again')]; }""",
                                  name) for name in TABLE if name not in ("features", "hidden")}
    assert places == {name: ["", True] if TABLE[name].anew else ["bar", False] for name in places}
    epochs(page, 2)
    page.select_option("#rate", "0.3")
    settled(page, session, rate=0.3)
    assert page.inner_text("#epoch-label") == "Epoch" and page.inner_text("#epoch") == "2"
    page.select_option("#activation", "relu")
    settled(page, session, activation="relu")
    until(page, lambda: page.text_content("#announcement").startswith("Started again: Epoch 0, loss"))
    assert page.inner_text("#epoch-label") == "Started again" and page.inner_text("#epoch") == "0"
    epochs(page, 1)
    assert page.inner_text("#epoch-label") == "Epoch"


def test_a_unit_has_the_name_that_its_formula_has(page, session):
    names = page.locator(".unit .name")
    assert names.all_text_contents() == ["o3", "o4", "o5", "o6", "o7", "o8", "o9"]
    page.click("#feature-2")
    settled(page, session, features=["x", "y", "x²"])
    assert names.all_text_contents()[0] == "o4"


def test_a_step_on_one_example_is_no_step_of_the_training(page, session):
    page.click("#unit-3-0")
    page.wait_for_selector("#unit")
    assert page.inner_text("#unit-about") == (
        "After 0 epochs. The step below is on this example alone, of a copy; the training takes its steps on batches "
        "of 10.")
    assert "(target: class " in page.inner_text("#unit-lines")
    page.fill("#example", "150")
    page.press("#example", "Enter")
    until(page, lambda: "This is a test example: the training itself never" in page.inner_text("#unit-about"))
    page.uncheck("#unit-step")
    until(page, lambda: page.inner_text("#unit-about").endswith("never learns from it."))


def test_the_curves_begin_where_a_network_was_opened(page, session, tmp_path):
    epochs(page, 3)
    with page.expect_download() as download:
        page.click("#save")
    download.value.save_as(tmp_path / "play.refnet")
    page.set_input_files("#open-file", tmp_path / "play.refnet")
    until(page, lambda: "is open" in page.text_content("#announcement"))
    epochs(page, 2)
    start, *_, end = page.get_attribute("#curves path.curve >> nth=1", "d")[1:].split("L")
    assert float(start.split()[0]) == 38 and float(end.split()[0]) == 300 - 6  # all of the box, as curves.js has it
    assert "Loss over 2 epochs" in page.get_attribute("#curves svg", "aria-label")


def test_the_axis_of_the_losses_ends_above_them(page):
    levels = page.locator("#curves text.left").all_text_contents()
    assert max(float(level) for level in levels) >= float(page.inner_text("#loss-training")) > 0.5


def test_a_slider_moves_by_the_steps_of_the_table(page, session):
    for name, value in (("noise", 0.05), ("test_share", 0.6)):
        page.press(f"#{name}", "ArrowRight")
        settled(page, session, **{name: value})


def test_the_noise_is_said_as_the_program_has_it(page, session):
    page.fill("#noise", "0.1")
    settled(page, session, noise=0.1)
    until(page, lambda: page.inner_text("output[for=noise]") == "0.1 (σ = 0.5)")
    assert "noise=0.5," in session.answer({"do": "program"})["text"]
    page.check("input[value=two_moons]", force=True)
    settled(page, session, data="two_moons")
    until(page, lambda: page.inner_text("output[for=noise]") == "0.1 (σ = 0.1)")


def test_the_legend_has_what_is_shown(page):
    legend = page.locator("#legend li")
    assert legend.all_text_contents() == ["outside (0)", "inside (1)", "training", "example 0"]
    page.check("#show-test")
    until(page, lambda: legend.count() == 5)
    assert legend.nth(3).text_content() == "test"
    page.uncheck("#show-test")
    until(page, lambda: legend.count() == 4)
    before = page.evaluate("document.querySelector('#plane').toDataURL()")
    page.fill("#example", "150")  # a test example: it is shown, as the others are not
    page.press("#example", "Enter")
    until(page, lambda: legend.all_text_contents()[3:] == ["test", "example 150"])
    chosen = page.evaluate("document.querySelector('#plane').toDataURL()")
    page.fill("#example", "151")
    page.press("#example", "Enter")
    until(page, lambda: page.evaluate("document.querySelector('#plane').toDataURL()") not in (before, chosen))


def test_values_are_written_as_elsewhere(page):
    assert page.locator("#activation option").all_text_contents() == ["tanh", "ReLU", "sigmoid", "linear"]
    assert page.locator(".set").all_text_contents() == ["circle", "XOR", "spiral", "two moons"]


def test_an_output_that_is_the_same_everywhere_is_said(page, session):
    assert page.is_hidden("#flat")
    session.answer({"do": "set", "settings": {"rate": 10.0, "activation": "relu"}})
    page.reload()
    page.wait_for_selector("#main")
    epochs(page, 3)
    output = session.state()["pictures"]["output"]
    assert max(output) == min(output) and page.is_visible("#flat")
