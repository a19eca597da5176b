"""What does a function of the reference say? Its source, read once."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections import Counter
from types import FunctionType
from typing import Any


class Parsed:
    """A function's syntax.

    parameters      names, in order
    body            statements, without the docstring; summary: the docstring's first line
    stores          how often each name is given a value; 2 and more make it a variable of C
    returns_scalar  whether what it returns may be one number
    """

    def __init__(self, function: FunctionType) -> None:
        try:
            tree: Any = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        except OSError as error:
            raise ValueError(f"export: the source of {function.__name__} cannot be read: {error}") from None
        self.function, self.name = function, function.__name__
        self.parameters = [argument.arg for argument in tree.args.args]
        documented = ast.get_docstring(tree)
        self.summary = (documented or "").split("\n\n")[0]
        self.body = tree.body[1:] if documented else tree.body
        self.stores = Counter(self.parameters)
        self.stores.update(name.id for name in _outside_comprehensions(self.body)
                           if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store))
        self.stores.update(node.target.id for node in _outside_comprehensions(self.body)
                           if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name))
        returned = [node.value for statement in self.body for node in ast.walk(statement)
                    if isinstance(node, ast.Return)]
        self.returns_scalar = bool(returned) and not any(isinstance(each, (ast.Tuple, ast.List, ast.ListComp))
                                                         for each in returned)

    def is_all_of(self, name: str, statements: list[Any]) -> bool:
        """Whether the name is used in none but these statements."""
        return _uses(name, statements) == _uses(name, self.body)


def _outside_comprehensions(statements: list[Any]) -> list[Any]:
    """All nodes but those of comprehensions, whose variables are their own."""
    found, left = [], list(statements)
    while left:
        node = left.pop()
        if not isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            found.append(node)
            left.extend(ast.iter_child_nodes(node))
    return found


def _uses(name: str, statements: list[Any]) -> int:
    return sum(isinstance(node, ast.Name) and node.id == name for each in statements for node in ast.walk(each))


parsed = functools.cache(Parsed)
