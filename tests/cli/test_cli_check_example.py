"""Does `refnet check --example` show one worked example, and say so when a number of it is wrong?"""

import json

import pytest

from refnet import lectures
from refnet.kernels import REFERENCE


def test_one_example(refnet_command):
    status, out, err = refnet_command("check", "--example", 6)
    assert (status, err) == (0, "")
    lines = [line for line in out.splitlines() if line.startswith("  6  ")]
    assert len(lines) == 48 == out.count("✓")
    assert lines[0].split() == ["6", "o3", "0.5", "0.5", "✓"]


def test_digits_that_are_on_no_slide_stand_in_brackets(refnet_command, monkeypatch):
    """Of example 6 the lecture prints the first training example; of the others the formulas alone."""
    for width in ("60", "80", "140"):
        monkeypatch.setenv("COLUMNS", width)
        words = refnet_command("check", "--example", 6)[1].split()
        in_brackets = [word for word in words if word.startswith("(-0.") or word.startswith("(0.")]
        assert len(in_brackets) == 36 and in_brackets[0] == "(0.480023139878)"
        assert " ".join(words).endswith("In brackets: the formula is published, and these digits follow from it.")
    assert "In brackets" not in refnet_command("check", "--example", 17)[1]
    compared = refnet_command("check", "--example", 31)[1]  # experiments: what is compared is a number of theirs
    assert "(<" not in compared and "(>" not in compared


def test_for_machines(refnet_command):
    status, out, _ = refnet_command("check", "--example", 3, "--json")
    found = json.loads(out)
    assert status == 0 and found["ok"] is True
    shown = [(each["quantity"], each["published"], each["python"]) for each in found["examples"]]
    assert shown == [(each.quantity, each.published, each.computed) for each in lectures.results(entry=3)]


def test_a_wrong_number(refnet_command, monkeypatch):
    sigmoid = REFERENCE.sigmoid
    monkeypatch.setattr(REFERENCE, "sigmoid", lambda z: sigmoid([[-net for net in row] for row in z]))
    status, out, _ = refnet_command("check", "--example", 1)
    assert status == 1 and "✗" in out
    status, out, _ = refnet_command("check", "--example", 1, "--json")
    assert status == 1 and json.loads(out)["ok"] is False


@pytest.mark.parametrize("words, said", [
    *((["--example", text], f"--example: '{text}'; allowed: whole numbers >= 1 and <= {lectures.last_entry()} (see")
      for text in (lectures.last_entry() + 1, 0, "abc")),
    *((["--example", 6, *more], f"{more[0]}: not with --example")
      for more in (["--cases", 5], ["--seed", 0], ["--verbose"])),
])
def test_refusals(refnet_command, words, said):
    status, out, err = refnet_command("check", *words)
    assert status == 2 and out == "" and said in err
