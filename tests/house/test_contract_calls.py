"""Do the modules that compute call only functions that give the same bits on every platform? Rule 3."""

import ast
from pathlib import Path

import pytest

import refnet as rn
from refnet.kernels import REFERENCE, choose
from refnet.kernels.seam import SEAM

PACKAGE = Path(rn.__file__).resolve().parent
CONSTANTS = {"pi", "e", "tau", "inf", "nan"}
MATH = {"sqrt", "floor", "frexp", "ldexp", "copysign", "fabs", "isnan", "isinf", "isqrt", *CONSTANTS}
MODULES = {"math", "random", "cmath", "numpy", "statistics", "decimal", "operator", "scipy"}


def violations(source, allowed=MATH):
    """(line, name) of everything that rule 3 forbids."""
    found = []
    allowed_from = {"math": allowed, "numpy": {"array", "asarray", "concatenate", "ndarray"},  # handing numbers over
                    "operator": {"attrgetter", "index", "mul"}}  # names, whole numbers, one product
    tree = ast.parse(source)
    names = {}  # a name in this file → the foreign module it stands for
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.split(".")[0]
                if top in MODULES:
                    names[each.asname or top] = top
                    if top not in allowed_from:
                        found.append((node.lineno, f"import {each.name}"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES and not node.level:
            for each in node.names:
                if each.name not in allowed_from.get(node.module, ()):
                    found.append((node.lineno, f"from {node.module} import {each.name}"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            if node.attr not in allowed_from.get(names[node.value.id], ()):
                found.append((node.lineno, f"{names[node.value.id]}.{node.attr}"))
        elif isinstance(node, ast.Name) and node.id in ("sum", "pow", "getattr", "__import__", "eval", "exec"):
            found.append((node.lineno, node.id))
        elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, (ast.Pow, ast.MatMult)):
            found.append((node.lineno, "**" if isinstance(node.op, ast.Pow) else "@"))
        elif isinstance(node, ast.Attribute) and node.attr in ("__pow__", "__rpow__", "fsum", "sumprod", "gauss"):
            found.append((node.lineno, node.attr))
    return found


def sources(room):
    """Every source file of a room, in all its folders."""
    return sorted((PACKAGE / room).rglob("*.py"))


def defined(paths):
    """The names of the functions that are defined in these files."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_reference_needs_nothing_but_python():
    """It imports what rule 3 allows of math, and itself, and nothing else that could compute."""
    kernels = [path for path in sources("kernels") if "reference" in path.relative_to(PACKAGE).as_posix()]
    assert set(SEAM) <= defined(kernels)  # guard: these are the files with the kernels
    for path in sources("arithmetic") + kernels:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                is_a_setting = (path.name, module) == ("environment.py", "os")  # os.environ
                allowed = ("__future__", "typing", "functools", "math", "re", "struct", "refnet")
                assert module.split(".")[0] in allowed or is_a_setting, path.name


# Looking up a name is not arithmetic: these files find kernels and defaults by name.
LOOKS_UP = {"backend.py", "choosing.py", "conversion.py", "observers.py", "lifted.py", "rounded.py", "__init__.py"}


@pytest.mark.parametrize("room", ["arithmetic", "kernels"])
def test_the_reference_calls_nothing_forbidden(room):
    files = sources(room)
    wanted = set(SEAM) if room == "kernels" else {"exp", "log", "tanh", "mix", "normal", "permutation"}
    assert wanted <= defined(files)  # guard: all that computes stands here
    for path in files:
        found = violations(path.read_text(encoding="utf-8"))
        if path.name in LOOKS_UP:
            found = [each for each in found if each[1] != "getattr"]
        assert found == [], path.name


@pytest.mark.parametrize("module", [
    "layers", "losses", "parameters", "optimizers", "network", "model", "training", "checks", "graph", "neurons",
    "diagnosis",
    "data/preparation", "data/containers", "data/door", "data/playground", "trace/compared/altered",
    "exercises", "trace/compared/causes", "trace/compared/orders", "trace/compared/ways", "trace/compared/ulps",
])  # fmt: skip
def test_what_stands_on_it_calls_nothing_forbidden(module):
    """isfinite is only asked here, and getattr only finds attributes: neither computes. (The causes of differences find
    the platform's functions by it, to try whether a stranger's numbers are theirs.)"""
    for path in sources(module) or [PACKAGE / f"{module}.py"]:
        found = violations(path.read_text(encoding="utf-8"), MATH | {"isfinite"})
        assert [each for each in found if each[1] != "getattr"] == [], path.name


@pytest.mark.parametrize("planted", [
    "import math\ny = math.exp(1.0)", "import math as m\ny = m.tanh(1.0)", "from math import log",
    "from math import fsum as total", "import math\nmath.sumprod([1], [2])", "import math\nf = math.pow",
    "import math\nmath.hypot(1, 2)", "import math\nmath.dist([1], [2])", "import math\nmath.sin(1)",
    "import math\nmath.cos(1)", "import math\nmath.log1p(1)", "y = sum([1.0, 2.0])", "f = sum", "y = pow(2.0, 0.5)",
    "y = 2.0 ** 0.5", "y = 2.0\ny **= 2", "import random\nrandom.gauss(0, 1)", "from random import shuffle",
    "import random as r\nr.shuffle([1])", "import numpy as np\nnp.exp(1.0)", "from numpy import exp", "import cmath",
    "import operator\noperator.pow(2.0, 2.0)", "y = (2.0).__pow__(2.0)", "def f(x):\n    return [x ** 2 for _ in x]",
])  # fmt: skip
def test_the_search_finds_a_planted_violation(planted):
    clean = "import math\nfrom math import frexp\n\n\ndef root(x):\n    return math.sqrt(x) * math.inf\n\n\n"
    assert violations(clean) == []
    assert violations(clean + planted) != []


def test_the_reference_imports_no_room_above_it():
    """Floors import downwards only: arithmetic nothing of refnet but itself, kernels also what checks scalars."""
    below = ("refnet.arithmetic", "refnet.checks", "refnet.kernels", "refnet._core")
    for room, allowed in (("arithmetic", ("refnet.arithmetic",)), ("kernels", below)):
        for path in sources(room):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                if module.split(".")[0] == "refnet":
                    assert module.startswith(allowed), f"{room}/{path.name} imports {module}"


def test_the_reference_is_the_python_backend():
    assert choose("python") is REFERENCE and REFERENCE.name == "python"
