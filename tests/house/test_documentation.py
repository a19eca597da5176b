"""Does docs/features.md say what is so? Its code runs, what it names exists, and nothing public is missing from it."""

import ast
import re
from pathlib import Path

import features
import pytest

import refnet as rn
from refnet.kernels import Wrapper

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
TESTS = {path.name: path for path in (ROOT / "tests").rglob("test_*.py")}

ENTRIES = {name for registry in (features.LAYERS, features.LOSSES, features.OPTIMIZERS, features.SCHEDULES,
                                 features.PENALTIES, features.INITIALIZERS, features.GRAPHS, features.FITTING)
           for name in registry}
NO_FEATURES = {"BackendError", "CONTRACT", "FileError", "data", "diagnosis", "estimators", "exchange", "exercises",
               "graph", "metrics", "neurons", "plots", "selection", "trace"}
PUBLIC = {
    "Wrapper", "exercises.Exercise", "exercises.grade", "exercises.invented", "trace.difference", "trace.lockstep",
    "trace.tolerance",
    *(name for name in rn.__all__ if name not in NO_FEATURES),
    *(f"data.{name}" for name in rn.data.__all__),
    *(f"estimators.{name}" for name in rn.estimators.__all__),
    *(f"exchange.{name}" for name in rn.exchange.__all__),
    *(f"graph.{name}" for name in rn.graph.__all__),
    *(f"neurons.{name}" for name in rn.neurons.__all__),
    *(f"selection.{name}" for name in rn.selection.__all__),
    *(f"metrics.{name}" for name, value in vars(rn.metrics).items()
      if getattr(value, "__module__", "") == rn.metrics.__name__ and not name.startswith("_")),
}
ITEMS = {"depth 2,000", "weights, not biases", "data augmentation", "gradient descent", "λ per layer",
         "the loss of each row", "a layer by its name"}


def rows(text):
    """The cells of each line of the tables: feature, code, formula, source, Python = C, replayed, tested in."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| feature |")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


def names(feature, how):
    """What a row is about: its feature, each piece of code, what that code calls, and its settings of fit."""
    found = set(feature.split("; ")) | set(code(how))
    for span in code(how):
        call = ast.parse(span, mode="eval").body
        if not isinstance(call, ast.Call):
            continue
        if ast.unparse(call.func) == "net.fit":
            found.add(", ".join(str(word.arg) for word in call.keywords))
        elif span not in ENTRIES and not any(isinstance(node, ast.Call) for node in [*ast.walk(call)][1:]):
            found.add(ast.unparse(call.func))  # neither a variant nor an example of what stands in its brackets
    return found


def run(span):
    """Evaluate a piece of the table's code with the names that the table's first lines explain."""
    a, b = rn.Input(2), rn.Input(2)
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(2), rn.Softmax()], backend="python")
    known = {name: getattr(rn, name) for name in rn.__all__}
    known.update(a=a, b=b, h=rn.Dense(2)(a), net=net, layer=rn.Dense(2), x=features.INPUTS, y=features.CLASSES,
                 w=[1.0, 0.5, 0.0, 2.0], Wrapper=Wrapper)
    return eval(span, known)


def check(text):
    documented = set()
    for cells in rows(text):
        assert len(cells) == 7 and all(cells), cells
        feature, how, _, source, same, replayed, tested = cells
        documented |= names(feature, how)
        assert re.search(r"\b00[0-4]\b|\b(19|20)\d\d\b|PyTorch|scikit-learn|no lecture|^–$", source), cells
        assert same in ("yes", "one code") and replayed in ("yes", "yes, epoch by epoch", "–"), cells
        files = code(tested)
        assert files and ", ".join(f"`{name}`" for name in files) == tested, cells
        if replayed != "–":  # found by test_features for one of its entries
            assert names(feature, how) & ENTRIES and same == "yes" and "test_features.py" in files, cells
    missing = (PUBLIC | ENTRIES | ITEMS) - documented
    assert not missing, f"docs/features.md has no line for {sorted(missing)}"


def test_the_table_is_complete():
    check(TABLE)


def test_no_line_of_it_can_go():
    lines = TABLE.splitlines()
    for i, line in enumerate(lines):
        if rows(line):
            with pytest.raises(AssertionError, match="no line for"):
                check("\n".join(lines[:i] + lines[i + 1 :]))
                print(f"not missed: {line}")


@pytest.mark.parametrize("span", sorted({span for cells in rows(TABLE) for span in code(cells[1])}))
def test_its_code_runs(span):
    run(span)


def test_the_tests_that_it_names_have_to_do_with_the_feature():
    for feature, how, *_, tested in rows(TABLE):
        words = set(re.findall(r"\w{2,}", " ".join(code(how)))) | set(re.findall(r"\w{5,}", feature))
        for name in code(tested):
            text = TESTS[name].read_text(encoding="utf-8")
            if name == "test_features.py":
                text = Path(features.__file__).read_text(encoding="utf-8")
            if name == "test_examples.py":
                text += "".join(path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*.py"))
            assert words & set(re.findall(r"\w{2,}", text)), f"{name} does not know {feature}"


def test_its_graph_learns():
    (graph,) = re.findall(r"```python\n(.*?)```", TABLE, re.DOTALL)
    known: dict = {}
    exec(graph, known)
    (first, second), numbers = known["net"].predict([[0.5, -1.0], [2.0, 0.0]])
    assert first[2] > 0.9 and second[0] > 0.9
    assert abs(numbers[0][0] - 0.25) < 0.5 and abs(numbers[1][0] - 1.5) < 0.5


def test_the_readme_leads_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    for name in links + re.findall(r"`((?:refnet|examples|csrc|tests)/[\w./]*)`", readme):
        assert (ROOT / name).exists(), name
    assert {"docs/features.md", "docs/extending.md", "docs/index.md"} <= set(links)
