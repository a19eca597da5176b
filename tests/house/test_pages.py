"""Does all code on the pages of the documentation run, print what stands below it, and have the values beside it?"""

import pages
import pytest


@pytest.mark.filterwarnings("ignore:.*have not been enough to converge")  # of the page on scikit-learn
@pytest.mark.parametrize("path", pages.PAGES, ids=lambda path: path.relative_to(pages.ROOT).as_posix())
def test_its_code(path, tmp_path, request):
    asks = pages.wanted(path.read_text(encoding="utf-8"), "data")
    pages.run(path, tmp_path, request.getfixturevalue("shared_data") if asks else None)


GOOD = '''
# A page

```python
x = 0.1 + 0.2
x  # 0.30000000000000004
[x, "a"]      # [0.3000…, 'a']
x, 2  # (0.3…, 2), two numbers
x / 1e9  # 3.0…e-10
print("one\\ntwo", x)  # words
```

```text
one
…
```

- In a list:

    ```python
    x == 0.3  # False
    ```

```sh
echo "from a file" > file
cat file; exit 0
```
```text
from a file
```

```console
no such command
```
'''


def run(text, folder):
    folder.mkdir()
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    pages.run(page, folder)


def test_a_page_that_is_right(tmp_path):
    run(GOOD, tmp_path / "good")


@pytest.mark.parametrize("right, wrong, words", [
    ("x  # 0.30000000000000004", "x  # 0.3", "page.md:6: x is 0.30000000000000004, not 0.3"),
    ("[0.3000…, 'a']", "[0.3001…, 'a']", "page.md:7: "),
    ("[0.3000…, 'a']", "[0.3000…]", "page.md:7: "),
    ("[0.3000…, 'a']", "(0.3000…, 'a')", "page.md:7: "),
    ("[0.3000…, 'a']", "[0.3000…, 'b…']", "page.md:7: "),
    ("3.0…e-10", "2.9…e-10", "page.md:9: "),
    ("3.0…e-10", "3.0…e-11", "page.md:9: "),
    ("3.0…e-10", "3 ten-billionths", "neither a value nor words: # 3 ten-billionths"),
    ("3.0…e-10", "3.0…e-11, words", "page.md:9: "),
    ("x / 1e9", "x / 0", "division by zero"),
    ("x == 0.3  # False", "x == 0.3  # 0", "page.md:21: "),
    ("one\n…", "one", "page.md:5: other lines are printed"),
    ("one\n…", "two\n…", "other lines are printed"),
    ("one\n…", "…\none", "other lines are printed"),
    ("```text\none\n…\n```", "Words between.\n\n```text\none\n…\n```", "prints what is not shown"),
    ("```text\nfrom a file\n", "```text\nfrom another file\n", "page.md:25: other lines are printed"),
    ("exit 0", "exit 3", "exit status 3"),
    ("cat file", "cat no_file; true", "exit status 1"),
    ("```console\nno such command\n```", "```console\nno such command\n", "has no end"),
])  # fmt: skip
def test_what_is_wrong_fails(right, wrong, words, tmp_path):
    assert GOOD.count(right) == 1
    with pytest.raises((AssertionError, ZeroDivisionError)) as failed:
        run(GOOD.replace(right, wrong), tmp_path / "wrong")
    assert words in str(failed.value)


@pytest.mark.parametrize("shown, is_so", [
    ("a b c", True), ("a b", False), ("b c", False), ("a … c", True), ("a b … c", True), ("… c", True), ("… b", False),
    ("a …", True), ("b …", False), ("…", True), ("a … b", False), ("a b … b c", False), ("… b … c", True),
    ("a … c …", True), ("… c … b …", False), ("a b c d", False), ("a … a b c", False), ("a b c …", True),
])  # fmt: skip
def test_lines_left_out(shown, is_so):
    assert pages.fits(["a", "b", "c"], shown.split()) is is_so


def test_values_are_told_apart():
    assert pages.same(True, True) and not pages.same(1, True) and not pages.same(True, 1)
    assert pages.same(float("nan"), float("nan")) is False
    assert pages.same(-0.0999, pages.value("-0.09…")) and not pages.same(-0.0999, pages.value("-0.1…"))
    assert pages.same(0.0999, pages.value("0.099…")) and not pages.same(0.0999, pages.value("0.10…"))
    assert pages.same({"a": (1, 0.25)}, pages.value("{'a': (1, 0.2…)}")) and not pages.same({"b": 1}, {"a": 1})
    assert pages.same("5f6f9472", pages.value("'5f6f…'")) and not pages.same("5f6f9472", "9472…")
    assert not pages.same(float("inf"), pages.value("1.0…")) and not pages.same("0.5", pages.value("0.5…"))


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (pages.ROOT / "docs" / "pictures").iterdir()}
    assert len(sizes) > 20 and {name: size for name, size in sizes.items() if size >= 150_000} == {}
