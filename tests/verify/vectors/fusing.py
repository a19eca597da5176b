"""What does a compiler make of refnet's elementary functions if it fuses? Their source, with a·b + c rounded once.

    fused(lines, side)["exp"](x)

A product is fused into the sum or difference that it stands in, also where it was given a name first, as gcc does it
with -O2 -march=haswell. Where both operands are products, `side` says which: compilers differ.
"""

import ast
import inspect

from refnet.arithmetic import elementary
from refnet.trace.compared.ulps import fma

SOURCE = inspect.getsource(elementary)
SIDES = ("left", "right")


class Fusing(ast.NodeTransformer):
    """Replaces sums with products in these lines of the source (those where a statement begins; None: in all)."""

    def __init__(self, lines, side):
        self.lines, self.side, self.line, self.sites = lines, side, 0, {}
        self.products = {}

    def visit(self, node):
        if isinstance(node, ast.FunctionDef) and node.name == "_pi":  # of integers
            return node
        if isinstance(node, ast.FunctionDef):
            self.products, self.function = {}, node.name
        elif isinstance(node, ast.stmt):
            self.line = node.lineno
        return super().visit(node)

    def visit_Assign(self, node):
        self.generic_visit(node)
        if isinstance(node.targets[0], ast.Name):
            self.products[node.targets[0].id] = node.value
        return node

    def factors(self, node):
        """(a, b) of a product, or of a name that was given to one."""
        node = self.products.get(node.id, node) if isinstance(node, ast.Name) else node
        return (node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else None

    def visit_BinOp(self, node):
        self.generic_visit(node)
        found = {side: self.factors(getattr(node, side)) for side in SIDES}
        sides = [side for side in SIDES if found[side]]
        if not isinstance(node.op, (ast.Add, ast.Sub)) or not sides:
            return node
        self.sites.setdefault(self.line, self.function)
        if self.lines is not None and self.line not in self.lines:
            return node
        side = self.side if self.side in sides else sides[0]
        a, b = found[side]
        rest = node.right if side == "left" else node.left
        if isinstance(node.op, ast.Sub):
            a, rest = (a, ast.UnaryOp(ast.USub(), rest)) if side == "left" else (ast.UnaryOp(ast.USub(), a), rest)
        return ast.Call(ast.Name("fma", ast.Load()), [a, b, rest], [])


def fused(lines=None, side="left", fma=fma):
    """The functions by name, fused in these lines."""
    tree = ast.fix_missing_locations(Fusing(lines, side).visit(ast.parse(SOURCE)))
    names = {"__name__": elementary.__name__, "fma": fma}
    exec(compile(tree, elementary.__file__, "exec"), names)
    return names


def lines_with_sums():
    """{line of a statement with a product in a sum: (the function it stands in, the line's text)}"""
    fusing, lines = Fusing((), "left"), SOURCE.splitlines()
    fusing.visit(ast.parse(SOURCE))
    return {line: (function, lines[line - 1].strip()) for line, function in fusing.sites.items()}
