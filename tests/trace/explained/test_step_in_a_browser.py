"""Can the page of a worked solution be read on a telephone, and does a click show where a number comes from there?"""

import browsing
import pytest

import refnet as rn
from refnet import lectures

SIZES = """() => [...document.querySelectorAll("svg .w")].map(each =>
    parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a)"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "step.html"
    step = lectures.STEPS["003"]("python")
    rn.explain(step.network, step.inputs, step.targets, loss=step.loss, optimizer=step.optimizer).save(path)
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    with browsing.chromium() as found:
        yield found


@pytest.mark.parametrize("width", [390, 1000, 1200])
def test_a_click_shows_where_a_number_comes_from(browser, address, width):
    """The account stands on the screen, wherever the page has been scrolled to, and leaves room for the equations."""
    with browsing.quiet_page(browser, address, viewport={"width": width, "height": 800}) as page:
        for place in ("first", "last"):
            number = getattr(page.locator("main .eq [data-n]"), place)
            number.click()
            account, clicked = page.locator("aside").bounding_box(), number.bounding_box()
            assert page.locator("#account").inner_text() != "Click one."
            assert account["y"] >= 0 and account["y"] + account["height"] <= 800
            assert 0 <= clicked["y"] < 800 - (account["height"] if width < 1044 else 0)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1200])
def test_the_weights_can_be_read(browser, address, width):
    """Letters of 10 pixels at least; what is wider than the screen is scrolled within its own frame."""
    with browsing.quiet_page(browser, address, viewport={"width": width, "height": 800}) as page:
        sizes = page.evaluate(SIZES)
        assert len(sizes) == 6 and min(sizes) >= 10
        page.locator("svg tspan[data-n]").last.click()  # it can be scrolled to
        assert page.evaluate("document.documentElement.scrollWidth") <= width
