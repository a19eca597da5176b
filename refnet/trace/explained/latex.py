"""What does the worked solution look like in LaTeX? A document that compiles, or its formulas for one's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Optional

from refnet.trace.explained.names import SETTINGS, Names, Symbol
from refnet.trace.explained.words import left_out, opening
from refnet.trace.explained.worked import Equation, Worked
from refnet.trace.explained.writing import RELATIONS, Style, Writer

HEAD = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{lmodern}
\usepackage{amsmath}
\usepackage[paperwidth=%dmm,paperheight=297mm,margin=18mm]{geometry}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\begin{document}
"""
LETTERS = {
    "δ": r"\delta", "γ": r"\gamma", "β": r"\beta", "α": r"\alpha", "μ": r"\mu", "ε": r"\varepsilon", "η": r"\eta",
    "ρ": r"\rho", "σ": r"\sigma", "x̂": r"\hat{x}", "σ²": r"\sigma^2", "β₁": r"\beta_1", "β₂": r"\beta_2",
    "β₁ᵗ": r"\beta_1^t", "β₂ᵗ": r"\beta_2^t", "ΣL": r"\Sigma L", "‖g‖²": r"\|g\|^2",
    "zmax": r"z_{\max}",
}
CHARACTERS = {
    **{letter: f"${code}$" for letter, code in LETTERS.items() if len(letter) == 1}, "∂": r"$\partial$",
    "←": r"$\leftarrow$", "→": r"$\rightarrow$", "·": r"$\cdot$", "−": "$-$", "×": r"$\times$", "Σ": r"$\Sigma$",
    "√": r"$\surd$", "≥": r"$\geq$", "≤": r"$\leq$", "≠": r"$\neq$", "∇": r"$\nabla$", "…": r"\dots{}",
    "‖": r"$\|$", "½": r"$\frac12$", "\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}",
    **{letter: f"\\{letter}" for letter in "_&%#${}"},
}
RELATION = {"<": "<", "≤": r"\le", ">": ">", "≥": r"\ge", "=": "=", "≠": r"\ne"}
SMALL = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵗᶻ"
GREEK = "".join(letter for letter in LETTERS if len(letter) == 1)
NAME = rf"(?<![\w'.-])∂?[b-zB-HJ-Z{GREEK}](?:\d+(?:→\d+)?)?[{SMALL}]*(?![\w'-]|\.\w)"  # a, A and I are words
FORMULA = re.compile(rf"{NAME}(?: ?[←−·+/=] ?{NAME})*|[{SMALL}]+")  # in a sentence
LONG = 90  # characters that are seen; a longer equation gets a line for each of its steps


class TexStyle(Style):
    minus, times, dots, about, arrow = "-", r" \cdot ", r"\dots", r"\approx", r"\leftarrow"
    has_fractions = True

    def number(self, text: str) -> str:
        mantissa, _, exponent = text.partition("e")
        return f"{mantissa} \\cdot 10^{{{exponent}}}" if exponent else mantissa

    def symbol(self, symbol: Symbol, names: Names) -> str:
        joint = "" if not names.joint else ","
        text = LETTERS.get(symbol.letter) or (
            symbol.letter if len(symbol.letter) == 1 else f"\\mathtt{{{symbol.letter}}}".replace("_", r"\_"))
        if symbol.places:
            numbers = map(str, symbol.places)
            text += f"_{{{joint.join(numbers) if names.is_numbered else ','.join(numbers)}}}"
        if symbol.row is not None:
            text += f"^{{({symbol.row})}}"
        for around in symbol.around:
            if around.startswith("∂"):
                text = f"\\frac{{\\partial {around[1]}}}{{\\partial {text}}}"
            else:
                text = f"{_operator(around)}({text})"
        return text

    def setting(self, name: str) -> str:
        return LETTERS.get(SETTINGS[name], SETTINGS[name])

    def fraction(self, above: str, below: str) -> str:
        return f"\\frac{{{above}}}{{{below}}}"

    def square(self, base: str) -> str:
        return f"{self.brackets(base) if '^' in base or 'frac' in base else base}^2"

    def brackets(self, text: str) -> str:
        return f"\\left({text}\\right)"

    def function(self, name: str, arguments: list[str]) -> str:
        inside = ", ".join(arguments)
        if name == "exp":
            return f"e^{{{inside}}}"
        if name == "sqrt":
            return f"\\sqrt{{{inside}}}"
        if name == "abs":
            return f"\\left|{inside}\\right|"
        known = {"log": r"\ln", "max": r"\max", "min": r"\min", "tanh": r"\tanh"}
        return f"{known.get(name, _operator(name))}{self.brackets(inside)}"

    def relation(self, sign: str) -> str:
        return RELATION[sign] if sign in RELATIONS.values() else sign


def _operator(name: str) -> str:
    return name if len(name) == 1 else f"\\operatorname{{{name}}}"


def document(title: str, solutions: list[Worked], digits: Optional[int]) -> str:
    """A whole document. The page is as wide as the longest line needs."""
    body, longest = [f"\\section*{{\\raggedright {words(title)}}}"], 0
    for worked in solutions:
        if len(solutions) > 1:
            body.append(f"\\section*{{step {worked.step.number}}}")
        if worked.step.number == 1:
            body += [f"{prose(line)}\\par" for line in opening(worked)]
        for section in worked.sections:
            body.append(f"\\subsection*{{{section.title}}}")
            if section.equations:
                lines = aligned(worked, section.equations, digits)
                body += [r"\begin{align*}", *lines, r"\end{align*}"]
                longest = max(longest, *map(seen, lines))
            body += [f"{words(f'{name} {rows}×{columns}, by {formula}')}\\par"
                     for name, (rows, columns), formula in section.shapes]
        if worked.left_out:
            body.append(words(left_out(worked)))
    return HEAD % max(210, 60 + int(2.1 * longest)) + "\n".join(body) + "\n\\end{document}\n"


def fragment(solutions: list[Worked], digits: Optional[int]) -> str:
    r"""The equations alone, which a document with amsmath can \input: an align* for each section."""
    lines = []
    for worked in solutions:
        for section in worked.sections:
            lines.append(f"% {f'step {worked.step.number}, ' if len(solutions) > 1 else ''}{section.title}")
            lines += [f"% {name}, {rows} by {columns}, is left at its shape"
                      for name, (rows, columns), _ in section.shapes]
            if section.equations:
                lines += [r"\begin{align*}", *aligned(worked, section.equations, digits), r"\end{align*}"]
    return "\n".join(lines) + "\n"


def aligned(worked: Worked, equations: list[Equation], digits: Optional[int]) -> list[str]:
    """The lines of an align environment: an equation, or if it is long each of its steps, or a piece of a long sum."""
    writer = Writer(TexStyle(), worked.names, digits)
    lines = []
    for equation in equations:
        left = f"{writer.left(equation)} &"
        steps = [f"{step.relation} {step.text}" for step in writer.steps(equation)]
        if seen(" ".join(steps)) <= LONG:
            steps = [" ".join(steps)]
        pieces = [piece for step in steps for piece in _pieces(step)]
        reason = writer.reasons(equation)
        if reason:
            pieces[-1] += f" \\quad (\\text{{{_reason(reason)}}})"
        lines += [left + pieces[0], *(f"  &{piece}" for piece in pieces[1:])]
    return [f"{line} \\\\" for line in lines[:-1]] + lines[-1:]


def _pieces(text: str) -> list[str]:
    """A long line in several, which begin with a sign of the sum that is not within brackets or a fraction."""
    pieces, start, last, depth = [], 0, 0, 0
    for found in re.finditer(r"\\left(?!arrow)|\\right(?!arrow)|[{}]| [+-] ", text):
        if found.group() in ("{", r"\left"):
            depth += 1
        elif found.group() in ("}", r"\right"):
            depth -= 1
        elif depth == 0:
            if seen(text[start : found.start()]) > LONG and last > start:
                pieces.append(text[start:last])
                start = last
            last = found.start()
    if seen(text[start:]) > LONG and last > start:
        pieces.append(text[start:last])
        start = last
    return [piece if i == 0 else rf"\quad {piece.strip()}" for i, piece in enumerate([*pieces, text[start:]])]


def seen(text: str) -> int:
    """About how many characters a reader sees of a formula."""
    return len(re.sub(r"\\(?:cdot|left|right|operatorname|mathtt|frac|partial|quad|text)|[{}^_\\&]", "", text))


def _reason(reason: str) -> str:
    word, _, rest = reason.partition(" ")
    return f"{word} {words(rest)}" if word == "by" else f"{word} ${rest}$".replace(" and ", "$ and $")


def words(text: str) -> str:
    """Plain text as LaTeX writes it. Of a letter without a LaTeX name what it is made of is taken: ⁽ is (."""
    return "".join(_characters(text))


def prose(text: str, plain: Callable[[str], str] = words) -> str:
    """A sentence, with the names and formulas in it written as in an equation: w13 − y as $w_{13} - y$.

    plain  how the other words are written
    """
    found, start = [], 0
    for formula in FORMULA.finditer(text):
        found += [plain(text[start : formula.start()]), f"${_formula(formula.group())}$"]
        start = formula.end()
    return "".join([*found, plain(text[start:])])


def _formula(text: str) -> str:
    text = re.sub(r"(?<=\d)→(?=\d)", ",", text)
    text = re.sub(r"(?<=\w)\d+(?:,\d+)?", lambda index: f"_{{{index.group()}}}", text)
    text = re.sub(f"[{SMALL}]+", lambda power: f"^{{{unicodedata.normalize('NFKC', power.group())}}}", text)
    text = re.sub(f"[∂{GREEK}←·]", lambda letter: f"{CHARACTERS[letter.group()].strip('$')} ", text)
    return re.sub(" +", " ", text.replace("−", "-")).strip()


def _characters(text: str) -> Iterator[str]:
    for letter in text:
        if letter in CHARACTERS:
            yield CHARACTERS[letter]
        elif ord(letter) < 128:
            yield letter
        else:
            kind, _, plain = unicodedata.decomposition(letter).partition(" ")
            found = "".join(chr(int(code, 16)) for code in plain.split()) if kind in ("<super>", "<sub>") else "?"
            found = "-" if found == "\u2212" else found
            yield f"$^{{{found}}}$" if kind == "<super>" else f"$_{{{found}}}$"
