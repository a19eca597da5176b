"""Is what the page of `refnet play` shows read as it is meant? Colours, names, sizes, and what a change does."""

import re


def colour_at(page, canvas, x, y):
    """Red, green, blue at a share of the width and, from above, of the height."""
    return page.evaluate("""([name, x, y]) => { const canvas = document.querySelector(name);
        return [...canvas.getContext('2d').getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3);
        }""", [canvas, x, y])


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
