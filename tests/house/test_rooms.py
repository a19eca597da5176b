"""Does every room import downwards only? The order of rooms, no circle, no hidden import, no file too long.

The order is that of the design. A file may import from its own room and from rooms below it; a name of refnet itself
(`import refnet as rn`) only where refnet is above it: what a user could write too.
"""

import ast
from pathlib import Path

import pytest

import refnet

PACKAGE = Path(refnet.__file__).parent
ROOT = PACKAGE.parent
ORDER = (  # from the ground up; rooms of one line do not import each other
    ("arithmetic",), ("checks",), ("kernels",), ("data",), ("parameters",), ("layers",), ("losses",), ("optimizers",),
    ("network",), ("training",), ("files",), ("model",), ("graph",), ("exchange",), ("trace",), ("parallel",),
    ("neurons",), ("selection",), ("diagnosis",), ("lectures",), ("exercises",), ("estimators",), ("plots",),
    ("verify",), ("bench",), ("play",), ("cli",), ("__pyinstaller",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
OF_REFNET = LEVEL["model"] + 0.5  # where `import refnet` stands: below it nothing may ask for it
HEAVY = {"_cffi_backend", "refnet._core", "numpy", "matplotlib", "mpmath", "sklearn", "torch", "scipy", "jax", "numba",
         "distributed", "dask", "threadpoolctl", "mpi4py", "tqdm", "openpyxl", "onnx", "safetensors",
         "pandas"}

DERIVED = "refnet.estimators."  # whose files derive from scikit-learn's classes; it imports them when they are used


def sources():
    return sorted(PACKAGE.rglob("*.py"))


def module_of(path):
    return ".".join(("refnet", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


MODULES = {module_of(path): path for path in sources()}


def imports(text):
    """(module, line, is it inside a function?) of each import; `from a import b` is a.b where that is a module."""
    found = []

    def visit(node, inside):
        for child in ast.iter_child_nodes(node):
            is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            if isinstance(child, ast.Import):
                found.extend((alias.name, child.lineno, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                for alias in child.names:
                    whole = f"{child.module}.{alias.name}"
                    found.append((whole if whole in MODULES else child.module, child.lineno, inside))
            visit(child, inside or is_function)

    visit(ast.parse(text), False)
    return found


def room_of(module):
    return module.split(".")[1] if "." in module else ""


def faults(module, text):
    """What a file's imports do wrong, a phrase each."""
    found, level = [], LEVEL.get(room_of(module))
    for name, line, inside in imports(text):
        is_heavy = bool({name, name.split(".")[0]} & HEAVY) and not module.startswith(DERIVED)
        if inside and not is_heavy:
            found.append(f"{module}:{line} imports {name} inside a function")
        if not inside and is_heavy:
            found.append(f"{module}:{line} imports {name}, which is optional, at the top")
        if name.split(".")[0] != "refnet" or level is None or name == "refnet._core":
            continue
        if (OF_REFNET if name == "refnet" else LEVEL[room_of(name)]) > level:
            found.append(f"{module}:{line} imports {name}, which stands above it")
    return found


def test_every_file_stands_in_a_room():
    loose = {path.name for path in PACKAGE.iterdir() if path.suffix == ".py"}
    assert loose == {"__init__.py", "__main__.py"}
    assert {room_of(module) for module in MODULES} - {"", "__main__"} <= set(LEVEL)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_downwards_and_stand_at_the_top(module):
    assert faults(module, MODULES[module].read_text(encoding="utf-8")) == []


def test_no_circle():
    """Files in an order in which each comes after all it imports."""
    needs = {
        module: {name for name, _, _ in imports(path.read_text(encoding="utf-8"))} & set(MODULES) - {module, "refnet"}
        for module, path in MODULES.items() if module not in ("refnet", "refnet.__main__")
    }
    while needs:
        free = {module for module, wanted in needs.items() if not wanted & set(needs)}
        assert free, f"a circle among {sorted(needs)}"
        needs = {module: wanted for module, wanted in needs.items() if module not in free}


@pytest.mark.parametrize(("module", "text", "fault"), [
    ("refnet.kernels.seam", "from refnet.layers import Dense", "above"),
    ("refnet.training.loop", "from refnet.model import Network", "above"),
    ("refnet.network.passes", "from refnet import training", "above"),
    ("refnet.files.reading", "import refnet as rn", "above"),
    ("refnet.model.network", "def f():\n    from refnet.kernels import choose", "inside"),
    ("refnet.data.idx", "class A:\n    def f(self):\n        import gzip", "inside"),
    ("refnet.plots.curves", "import matplotlib", "optional"),
    ("refnet.estimators", "from sklearn.base import BaseEstimator", "optional"),
])  # fmt: skip
def test_a_planted_fault_is_found(module, text, fault):
    assert len(faults(module, text)) == 1 and fault in faults(module, text)[0]


def test_what_is_allowed_is_let_be():
    assert faults("refnet.plots.curves", "import refnet as rn\ndef f():\n    import matplotlib.pyplot as plt") == []
    assert faults("refnet.estimators.base", "from sklearn.base import BaseEstimator") == []


LONG = [path for folder in ("refnet", "csrc", "tests", "examples") for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".c", ".h") and path.name != "_core.c"]


def test_no_file_is_over_400_lines():
    assert len(LONG) > 200
    too_long = {path.name: n for path in LONG if (n := len(path.read_text(encoding="utf-8").splitlines())) > 400}
    assert too_long == {}
