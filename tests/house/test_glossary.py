"""Does docs/glossary.md have the terms that the lectures ask for, and do the names that it gives exist?"""

import re
from pathlib import Path

import pytest

import refnet as rn

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "glossary.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))

# The terms that lecture 000 lists before its quiz.
QUIZ = {
    "unit", "hidden unit", "hidden layer", "epoch", "minibatch", "weight decay", "regularisation",
    "activation function", "logit", "feedforward network", "backpropagation", "ReLU", "softmax", "sigmoid",
    "maximum likelihood", "cross-entropy", "loss function", "error function", "cost function", "training set",
    "testing set", "validation set", "ROC curve", "F1 score", "accuracy", "recall", "precision", "confusion matrix",
    "overfitting", "underfitting",
}


def missing_names(text):
    """The names of refnet in code, `rn.a.b(…)` and `net.a`, that do not exist."""
    net = rn.Network([rn.Input(2), rn.Dense(1)])
    missing = []
    for root, path in re.findall(r"`(rn|net)\.([\w.]+)", text):
        found = {"rn": rn, "net": net}[root]
        for name in path.split("."):
            if not hasattr(found, name):
                missing.append(f"{root}.{path}")
                break
            found = getattr(found, name)
    return missing


def test_the_terms_of_the_quiz_are_there():
    assert not QUIZ - set(ENTRIES)


def test_the_terms_stand_in_the_alphabet_s_order():
    assert list(ENTRIES) == sorted(ENTRIES, key=str.lower)
    assert len(ENTRIES) == PAGE.count("\n## ")  # none twice


@pytest.mark.parametrize("term", sorted(ENTRIES))
def test_an_entry(term):
    """Short, with names that exist, and a name or a link to read on."""
    text = ENTRIES[term]
    assert 5 <= len(text.split()) <= 60
    assert missing_names(text) == []
    assert "`" in text or "](" in text


def test_a_name_that_does_not_exist_is_found():
    text = "`rn.Dense(3)`, `rn.Dens`, `rn.metrics.accuracy`, `rn.metrics.acuracy`, `net.weights`, `net.wheights`"
    assert missing_names(text) == ["rn.Dens", "rn.metrics.acuracy", "net.wheights"]
