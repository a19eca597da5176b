"""Can everyone use the page of `refnet play`? By keyboard alone, on a narrow screen, in the dark, with less motion."""

import re
import time

import pytest
from playing import LARGEST, opened, settled, until

from refnet.play.server import page_files

FOCUS = """() => { const each = document.activeElement, style = getComputedStyle(each);
    const shown = [each, each.closest('label'), each.nextElementSibling].filter(Boolean);
    return [each.id || each.getAttribute('aria-label') || each.value || each.tagName,
            shown.some((one) => getComputedStyle(one).outlineStyle === 'solid')]; }"""
EXPECTED = """() => [...document.querySelectorAll('button, select, input')].filter((each) => !each.disabled &&
    each.checkVisibility() && (each.type !== 'radio' || each.checked)).map((each) => each.id ||
    each.getAttribute('aria-label') || each.value)"""


def wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [360, 768, 1000, 1366])
def test_no_page_is_wider_than_its_screen(tab, server, session, width):
    """The largest network scrolls in its own box; the lines of a unit and the fingerprint are broken."""
    session.answer({"do": "set", "settings": LARGEST})
    with opened(tab, server.address, viewport={"width": width, "height": 800}) as page:
        page.click("#unit-3-1")
        page.wait_for_selector("#unit")
        page.click("#check")
        page.wait_for_selector("#check-hashes")
        assert wide(page) == 0
        box = page.evaluate("(() => { const box = document.querySelector('#network-box');"
                            "return [box.scrollWidth, box.clientWidth]; })()")
        assert box[0] >= box[1] and (width > 400 or box[0] > box[1])
        page.click("#program")
        page.wait_for_selector("#program-dialog[open]")
        assert wide(page) == 0
        names = "button, select, input, p, h1, h2, code, table"
        outside = page.evaluate("""(names) => [...document.querySelectorAll(names)].filter(
            (each) => each.checkVisibility() && !each.closest('#network-box') &&
            each.getBoundingClientRect().right > innerWidth + 0.5).map((each) => each.outerHTML.slice(0, 80))""", names)
        assert outside == []


def test_the_network_says_that_it_scrolls(tab, server, session):
    """The one that the page begins with is whole on a telephone."""
    with opened(tab, server.address, viewport={"width": 360, "height": 800}) as page:
        output = page.locator("#unit-3-0").bounding_box()
        assert page.is_hidden("#network-scrolls") and output["x"] + output["width"] < 360 - 10
        page.click("#more-layers")
        page.wait_for_selector("#network-scrolls")
        page.set_viewport_size({"width": 768, "height": 800})
        until(page, lambda: page.is_hidden("#network-scrolls"))


@pytest.mark.parametrize("width", [360, 1200])
def test_the_buttons_of_a_unit_stand_together_at_the_right(tab, server, session, width):
    with opened(tab, server.address, viewport={"width": width, "height": 800}) as page:
        page.click("#unit-1-0")
        page.wait_for_selector("#unit")
        title, tick, close, box = (page.locator(name).bounding_box() for name in (
            "#unit-title", "#unit-step", "#unit-close", "#unit"))
        middle = [each["y"] + each["height"] / 2 for each in (title, tick, close)]
        assert abs(middle[1] - middle[2]) < 2 and (width < 500 or abs(middle[0] - middle[2]) < 2)
        assert abs(close["x"] + close["width"] - box["x"] - box["width"]) < 2


def test_everything_is_reached_by_tab_and_seen_there(page):
    expected = page.evaluate(EXPECTED)
    assert len(expected) > 30
    page.evaluate("document.activeElement.blur()")
    visited = []
    for _ in range(len(expected) + 5):
        page.keyboard.press("Tab")
        name, is_seen = page.evaluate(FOCUS)
        if name == "BODY":
            break
        visited.append(name)
        assert is_seen or name == "network-box", f"no outline around {name}"
    assert [name for name in visited if name != "network-box"] == expected  # in the order in which they stand


def test_a_whole_session_by_keyboard(page, session):
    keys = page.keyboard
    page.focus("#play")
    keys.press("Space")
    until(page, lambda: session.network.epoch > 2)
    keys.press("Enter")
    until(page, lambda: page.text_content("#announcement").startswith("Epoch"))
    stopped = session.network.epoch
    keys.press("Tab")
    keys.press("Enter")  # one epoch
    until(page, lambda: page.text_content("#epoch") == str(stopped + 1))
    page.focus("input[value=circle]")
    keys.press("ArrowDown")
    settled(page, session, data="xor")
    page.focus("#more-0")
    keys.press("Enter")
    settled(page, session, hidden=[5, 2])
    assert page.evaluate("document.activeElement.id") == "more-0"  # still there, though the network was drawn anew
    keys.press("Enter")
    settled(page, session, hidden=[6, 2])
    page.focus("#unit-1-3")
    assert page.inner_text("#readout").startswith("o6 = tanh(")
    keys.press("Enter")
    page.wait_for_selector("#unit")
    page.focus("#unit-step")
    keys.press("Space")
    until(page, lambda: page.locator("#unit-lines pre").count() == 2)
    keys.press("Escape")
    assert page.is_hidden("#unit") and page.evaluate("document.activeElement.id") == "unit-1-3"
    page.focus("#program")
    keys.press("Enter")
    page.wait_for_selector("#program-dialog[open]")
    keys.press("Escape")
    assert page.evaluate("document.activeElement.id") == "program"


def test_each_control_has_a_name_and_each_picture_words(page):
    nameless = page.evaluate("""[...document.querySelectorAll('button, select, input')].filter((each) =>
        !(each.getAttribute('aria-label') || each.textContent.trim() || [...(each.labels ?? [])].some((label) =>
        label.textContent.trim()))).map((each) => each.outerHTML)""")
    assert nameless == []
    silent = page.evaluate("""[...document.querySelectorAll('canvas, svg')].filter((each) => !each.closest(
        '[aria-hidden=true]') && !each.getAttribute('aria-label')).map((each) => each.outerHTML)""")
    assert silent == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(set(ids)) == len(ids) and not [name for name in ids if " " in name]


def luminance(page, selector):
    """Of an element's background, 0 … 1 (WCAG's relative luminance)."""
    rgb = page.evaluate("name => getComputedStyle(document.querySelector(name)).backgroundColor", selector)
    parts = [int(each) / 255 for each in re.findall(r"\d+", rgb)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_light_and_dark(tab, server, session):
    with opened(tab, server.address, color_scheme="light") as page:
        light, picture = luminance(page, "body"), page.evaluate("document.querySelector('#plane').toDataURL()")
        page.emulate_media(color_scheme="dark")
        assert light > 0.8 and luminance(page, "body") < 0.05
        until(page, lambda: page.evaluate("document.querySelector('#plane').toDataURL()") != picture)
        page.emulate_media(color_scheme="light")
        until(page, lambda: page.evaluate("document.querySelector('#plane').toDataURL()") == picture)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(tab, server, session, scheme):
    """At least 4.5 to 1, WCAG's AA, of ink, quiet ink and the accent on paper and on the ground."""
    with opened(tab, server.address, color_scheme=scheme) as page:

        def of(name):
            page.evaluate("name => { document.querySelector('#tip').style.background = `var(${name})`; }", name)
            return luminance(page, "#tip")

        for front, back in [("--ink", "--paper"), ("--quiet", "--paper"), ("--quiet", "--ground"),
                            ("--accent", "--paper"), ("--on-accent", "--accent")]:
            lower, higher = sorted([of(front), of(back)])
            assert (higher + 0.05) / (lower + 0.05) >= 4.5, (front, back)


def test_less_motion(tab, server, session):
    """At most four pictures a second, and no transitions."""
    asked = []
    session.answer, answer = lambda request: asked.append(request["do"]) or answer(request), session.answer
    with opened(tab, server.address, reduced_motion="reduce") as page:
        assert page.evaluate("getComputedStyle(document.querySelector('.link')).transitionProperty") == "none"
        start = time.monotonic()
        page.click("#play")
        until(page, lambda: asked.count("train") >= 5)
        most = (time.monotonic() - start) / 0.25 + 1  # from one request to the next a quarter of a second, or more
        assert asked.count("train") <= most


def test_no_line_of_the_page_is_too_long_and_nothing_comes_from_elsewhere():
    files = page_files()
    assert {"/", "/style.css", "/main.js", "/worker.js", "/icon.svg"} <= set(files)
    for name, (_, data) in files.items():
        text = data.decode("utf-8")
        assert max(len(line) for line in text.splitlines()) <= 120, name
        assert "https:" not in text and "http:" not in text.replace("http://www.w3.org/2000/svg", ""), name
        assert "innerHTML" not in text and " style=" not in text and "<script>" not in text, name
