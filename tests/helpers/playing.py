"""What do the tests of play's page wait for, and read?"""

import time
from contextlib import contextmanager

import browsing

LARGEST = {"hidden": [8] * 6, "features": ["x", "y", "x²", "y²", "xy", "sin x", "sin y"]}
USUAL = {"viewport": {"width": 1280, "height": 720}, "color_scheme": "light", "reduced_motion": "no-preference"}


def until(page, is_true, seconds=20):
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        page.wait_for_timeout(20)


@contextmanager
def opened(tab, address, allowed=(), **options):
    """The page, loaded anew in a tab: a new tab takes the browser more time than most tests do.

    options  other than the usual ones
    """
    media = {**USUAL, **options}
    tab.set_viewport_size(media.pop("viewport"))
    tab.emulate_media(**media)
    tab.mouse.move(0, 0)
    with browsing.quiet(tab, address, allowed):
        tab.wait_for_selector("#main")
        yield tab


def number(page, name):
    """What the page writes there."""
    return float(page.text_content(name).replace("%", "").replace(",", ""))


def settled(page, session, **expected):
    """Wait until the session has these settings, and the page has drawn them."""
    until(page, lambda: expected.items() <= session.settings.items()
          and page.text_content("#fingerprint") == session.network.fingerprint())


def paused(page, session):
    """Click on Pause, and wait until the last request is answered and drawn."""
    page.click("text=Pause")
    until(page, lambda: page.text_content("#announcement").startswith("Epoch"))
    settled(page, session)


def epochs(page, many):
    """So many times One epoch."""
    for _ in range(many):
        before = number(page, "#epoch")
        page.click("#step")
        until(page, lambda wanted=before + 1: number(page, "#epoch") == wanted)


def middle_of_the_first_line(page):
    """Of those to point at: where it is on the screen."""
    return page.evaluate("""() => { const line = document.querySelector('.area');
        const half = line.getPointAtLength(line.getTotalLength() / 2);
        const box = line.ownerSVGElement.getBoundingClientRect();
        return [box.x + half.x, box.y + half.y]; }""")
