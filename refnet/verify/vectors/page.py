"""How is the contract told to somebody who has not seen the code? A page of words, and the code's own statements in it.

The words are FORMAT.md beside this file. A line `<!-- refnet.arithmetic.elementary -->` in it is replaced by what that
module computes: constants with their bits, and every function and class with its documentation and its statements, as
they stand in the source. `<!-- example sgd -->` is replaced by the kernel calls of that run's first step, and
`<!-- index -->` by links to all headings. So the page cannot say anything else than the code does.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from refnet.kernels import SEAM, choose
from refnet.trace import Call, dumps
from refnet.verify.vectors.runs import trained

# What computes in a class; the other methods check, describe and keep house.
METHODS = {
    "forward", "backward", "forward_fused", "backward_fused", "commit", "cost", "disturbed", "draws", "divisor",
    "gradient", "table", "apply", "clipped", "variance", "start_of", "first_step", "begin_step", "update_parameter",
    "numbers", "before_forward", "probabilities", "_rivals", "_split", "_slopes", "__call__",
}

# A class whose words say it better: its statements keep products between calls.
BY_WORDS = {"ExponentialDecay"}
# What computes beside classes.
HELPERS = {"_sign", "_total"}


def page() -> str:
    """FORMAT.md, the same text everywhere."""
    words = Path(__file__).with_name("FORMAT.md").read_text(encoding="utf-8")
    text = re.sub(r"<!-- example ([\w-]+) -->\n", _example, words)
    text = re.sub(r"<!-- (refnet[\w.]+)((?: \w+)*) -->\n", _told, text)
    return text.replace("<!-- index -->\n", _index(text))


def _index(text: str) -> str:
    """A list with a link to each heading; below a function's or class's it is the name alone."""
    lines = []
    for marks, title in re.findall("^(##+) (.*)$", text, re.MULTILINE):
        anchor = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")  # as GitHub and pandoc make it
        if len(marks) < 4:
            lines.append(f"{'  ' * (len(marks) - 2)}- [{title}](#{anchor})")
        else:
            lines[-1] += f"{',' if '):' in lines[-1] else ':'} [{title.split()[1]}](#{anchor})"
    return "\n".join(_wrapped(line, 150, "    ") for line in lines) + "\n"


def _wrapped(line: str, width: int, indent: str) -> str:
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _example(mark: re.Match) -> str:
    """The kernel calls of a run's first step, each with the bits of the first number that it makes."""
    step = trained(mark[1], 1, 0, choose("python"))[0].step(1)
    return "\n".join(["```text", *map(_call, step.calls), "```"]) + "\n\n"


def _call(call: Call) -> str:
    made = ", ".join(call.names[f"→{part}"] for part in call.results)
    given = ", ".join(call.names.get(name, repr(value)) for name, value in call.arguments.items())
    first = next(iter(call.results.values()))
    return _wrapped(f"{dumps.bits_of(first.at(0, 0))}  {made} = {call.kernel}({given})", 110, " " * 18)


def _told(mark: re.Match) -> str:
    module, only = importlib.import_module(mark[1]), mark[2].split()
    source = inspect.getsource(module)
    return "\n".join(line.rstrip() for line in _lines(module, ast.parse(source), source.splitlines(), only)) + "\n"


def _lines(module: Any, tree: ast.Module, source: list[str], only: list[str]) -> Iterator[str]:
    """What a module has, in the order of its source; `only`: the functions and methods of these names."""
    constants = [] if only else list(_constants(module, tree, source))
    if constants:
        yield from ["```", *constants, "```", ""]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (node.name in (only or HELPERS) or not (classes or only)):
            yield from _function(module, node, source)
        elif isinstance(node, ast.ClassDef) and not only:
            yield from _class(node, source)
    for each in [method for node in classes for method in node.body]:
        if isinstance(each, ast.FunctionDef) and each.name in only:
            yield from _function(module, each, source)


def _constants(module: Any, tree: ast.Module, source: list[str]) -> Iterator[str]:
    """NAME  bits  decimal  # what the source says of it; of a tuple each number on a line."""
    for node in tree.body:
        target: Any = node.targets[0] if isinstance(node, ast.Assign) else None
        value = getattr(module, target.id, None) if isinstance(target, ast.Name) else None
        comment = source[node.end_lineno - 1].partition("  #")[2] if node.end_lineno else ""
        if isinstance(value, float):
            yield f"{target.id:<18} {dumps.bits_of(value)}  {value!r}{comment and '  #'}{comment}"
        elif type(value) is int:
            yield f"{target.id:<18} {value:016x}{comment and '  #'}{comment}"
        elif isinstance(value, tuple) and value and isinstance(value[0], float):
            yield f"{target.id}: highest power first"
            yield from (f"{'':<18} {dumps.bits_of(each)}  {each!r}" for each in value)


def _function(module: Any, node: ast.FunctionDef, source: list[str]) -> Iterator[str]:
    """A heading, a kernel's signature, the documentation, the statements. Parts of several modules have one name."""
    is_kernel = any(isinstance(each, ast.Call) and getattr(each.func, "id", "") == "kernel"
                    for each in node.decorator_list)
    where = f" ({module.__name__.rpartition('.')[2]})" if node.name.startswith("_") else ""
    yield from [f"#### {'kernel' if is_kernel else 'function'} {node.name}{where}", ""]
    if is_kernel:
        yield from [f"`{SEAM[node.name].text}`", ""]
    yield from _documentation(node)
    yield from ["```python", *textwrap.dedent("\n".join(_statements(node, source))).splitlines(), "```", ""]


def _class(node: ast.ClassDef, source: list[str]) -> Iterator[str]:
    named = set() if node.name in BY_WORDS else METHODS
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name in named]
    methods = [each for each in methods if not isinstance(each.body[-1], ast.Raise)]  # those left to derived classes
    bases = ", ".join(base.id for base in node.bases if isinstance(base, ast.Name))
    yield from [f"#### class {node.name}", "", f"`{node.name}({_settings(node)})`, after {bases}", ""]
    yield from _documentation(node)
    if not methods:  # as its base
        return
    yield "```python"
    for i, method in enumerate(methods):
        yield from [""] * bool(i)
        yield from textwrap.dedent("\n".join(_statements(method, source))).splitlines()
    yield from ["```", ""]


def _settings(node: ast.ClassDef) -> str:
    """The arguments of a class, in their order."""
    made = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    return ", ".join(each.arg for init in made for each in [*init.args.args[1:], *init.args.kwonlyargs])


def _documentation(node: Any) -> Iterator[str]:
    text: Optional[str] = ast.get_docstring(node)
    if text:
        yield from [*text.splitlines(), ""]


def _statements(node: ast.FunctionDef, source: list[str]) -> Iterator[str]:
    """The lines of a function without its documentation."""
    text = node.body[0]
    left_out = range(text.lineno, (text.end_lineno or 0) + 1) if ast.get_docstring(node) else range(0)
    first = min([each.lineno for each in node.decorator_list if isinstance(each, ast.Name)], default=node.lineno)
    for line in range(first, (node.end_lineno or 0) + 1):  # from @staticmethod on, if there is one
        if line not in left_out:
            yield source[line - 1]
