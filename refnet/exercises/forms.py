"""How does a paper look as text, Markdown, LaTeX and HTML? Each form writes the same blocks."""

from __future__ import annotations

import textwrap
from html import escape
from typing import Any, Optional

from refnet.exercises.blocks import Drawing, Given, Heading, Line, Rule, Table, Words
from refnet.exercises.tikz import picture
from refnet.trace.explained import latex as tex
from refnet.trace.explained import markdown as md
from refnet.trace.explained.drawing import drawing
from refnet.trace.explained.page import CSS
from refnet.trace.explained.terms import Term
from refnet.trace.explained.worked import Equation
from refnet.trace.explained.writing import Style, Writer

BLANK = "_" * 14
GIVEN_DIGITS = 10  # of given numbers, and two more where a number ends with them
WIDTH = 116
TABLE = (6, 20, 14, 22, 32, 54)  # mm of the marking scheme's columns: LaTeX need not run twice to find them out
MOST_SEEN = 42  # characters of the longest formula that fits into one of two printed columns
STYLE = """
main{max-width:820px;margin:auto}.eq{padding-left:3.2em;text-indent:-3.2em;line-height:2}
.eq>b{display:inline-block;width:3.2em;text-indent:0}.blank{display:inline-block;width:7em;border-bottom:1px solid #333}
table{border-collapse:collapse;font-size:.9em}td,th{border:1px solid #99a;padding:.25em .5em;text-align:left}
svg{max-height:420px}.gaps{columns:2 24em;column-gap:2em}
@media print{.gaps{columns:2 20em}.eq{padding-left:2.6em;text-indent:-2.6em}.eq>b{width:2.6em}
body{display:block;font-size:11pt}.eq,tr{break-inside:avoid}}
"""


class _Form:
    """What the forms have in common: the pieces of a line, in one style."""

    def __init__(self, paper: Any, style: Style, digits: Optional[int]) -> None:
        names = paper.exercise.worked.names
        self.style, self.writer, self.exact = style, Writer(style, names, digits), Writer(style, names, GIVEN_DIGITS)
        self.values = paper.exercise.worked.origins.values

    def formula(self, equation: Equation) -> str:
        """The right side in symbols; where a number that is asked for decides, both ways."""
        term = equation.term
        if term.sign == "if":
            condition, yes, no = term.parts
            holds = Term(condition.sign, condition.parts, True)
            asked = Term("if", (holds, yes, no), 0.0)
            reasons = self.writer.reasons(Equation(equation.name, asked, equation.put_in, ""))
            if reasons and any(name.endswith((".z", ".o")) for name in _names(condition)):
                first, second = (self.writer.steps(Equation(equation.name, part, equation.put_in, ""))[0].text
                                 for part in (yes, no))
                return self.both(first, reasons.removeprefix("since "), second)
        return self.writer.steps(equation)[0].text

    def both(self, yes: str, condition: str, no: str) -> str:
        return f"{yes} if {condition}, else {no}"

    def pieces(self, line: Line) -> list[str]:
        """The line's left side and what follows it, an equals sign before each."""
        equation, style = line.equation, self.style
        left = self.writer.left(equation)
        if line.form == "worked":
            found = [f"{step.relation} {step.text}" for step in self.writer.steps(equation)]
            reasons = self.writer.reasons(equation)
            return [left, *found, *([self.aside(reasons)] if reasons else [])]
        sign = style.arrow if equation.is_assignment else style.equal
        if line.form == "blank":
            return [left, sign]
        return [left, f"{sign} {self.formula(equation)}", *([style.equal] if line.has_blank else [])]

    def aside(self, reasons: str) -> str:
        return f"({reasons})"

    def rule(self, block: Rule) -> list[str]:
        """o = tanh(z)"""
        found, own = [], self.writer
        for equation, names in block.formulas:
            self.writer = Writer(self.style, names, own.digits)
            while (inner := equation.put_in.get(equation.term.name)) is not None:
                equation = equation._replace(term=inner)
            found.append(" ".join(self.pieces(Line(0, equation, "aside"))))
        self.writer = own
        return found

    def given(self, block: Given) -> list[str]:
        """x1 = 0.1"""
        found = [f"{self.exact.symbol(name)} {self.style.equal} {self.exact.value(self.values[name[0]].at(*name[1:]))}"
                 for name in block.names]
        return found + [f"{self.style.setting(name)} {self.style.equal} {self.exact.value(value)}"
                        for name, value in block.settings.items()]


def _names(condition: Term) -> list[str]:
    return [part.name[0] for part in condition.parts if isinstance(part.name, tuple)]


# --- text ---


def text(paper: Any) -> str:
    form, lines = _Form(paper, Style(), paper.exercise.digits), [paper.title, ""]
    for block in paper.blocks:
        if isinstance(block, Words):
            lines += textwrap.wrap(block.text, WIDTH)
        elif isinstance(block, Rule):
            lines += textwrap.wrap(f"{', '.join([block.words, *form.rule(block)])}.", WIDTH, subsequent_indent="  ")
        elif isinstance(block, Given):
            lines += textwrap.wrap(f"{block.words}: {', '.join(form.given(block))}".replace(" = ", "\0"), WIDTH,
                                   subsequent_indent="  ")
        elif isinstance(block, Heading):
            lines += ["", block.text]
        elif isinstance(block, Line):
            label = f"({block.number})" if block.number else ""
            written = " ".join([f"{label:>5}", *form.pieces(block), *([BLANK] if block.has_blank else [])])
            lines += textwrap.wrap(written, WIDTH, subsequent_indent=" " * 8, drop_whitespace=False)
        elif isinstance(block, Table):
            rows = [block.head, *([_cell(form, each) for each in row] for row in block.rows)]
            widths = [max(len(row[i]) for row in rows) for i in range(len(block.head) - 1)]
            lines += ["", *("  ".join([*(f"{each:{width}}" for each, width in zip(row, widths)), row[-1]])
                            for row in rows)]
    return "\n".join(line.rstrip().replace("\0", " = ") for line in lines)


def _cell(form: _Form, cell: Any) -> str:
    return cell if isinstance(cell, str) else form.formula(cell)


# --- Markdown and LaTeX ---


class _TexForm(_Form):
    def both(self, yes: str, condition: str, no: str) -> str:
        condition = condition.replace(" and ", r" \text{ and } ")
        return rf"{yes} \text{{ if }} {condition}, \text{{ else }} {no}"

    def aside(self, reasons: str) -> str:
        word, _, rest = reasons.partition(" ")
        return rf"\quad (\text{{{word} }}{rest})" if word == "since" else rf"\quad (\text{{{tex.words(reasons)}}})"


def markdown(paper: Any) -> str:
    form, lines = _TexForm(paper, tex.TexStyle(), paper.exercise.digits), [f"# {paper.title}", ""]
    for block in paper.blocks:
        if isinstance(block, Words):
            lines += [md.prose(block.text), ""]
        elif isinstance(block, Rule):
            lines += [", ".join([md.prose(block.words), *(f"${each}$" for each in form.rule(block))]) + ".", ""]
        elif isinstance(block, Given):
            lines += [f"{block.words}: {', '.join(f'${each}$' for each in form.given(block))}", ""]
        elif isinstance(block, Heading):
            lines += [f"## {block.text}", ""]
        elif isinstance(block, Line):
            label = f"({block.number}) " if block.number else ""
            blank = rf" {BLANK}".replace("_", r"\_") if block.has_blank else ""
            lines += [f"{label}${' '.join(form.pieces(block))}${blank}", ""]
        elif isinstance(block, Table):
            rows = [[f"${_cell(form, each)}$".replace("|", r"\|") if not isinstance(each, str) else md.prose(each)
                     for each in row] for row in block.rows]
            lines += ["| " + " | ".join(row) + " |" for row in (block.head, ["---"] * len(block.head), *rows)]
    return "\n".join(lines).rstrip() + "\n"


def latex(paper: Any) -> str:
    form = _TexForm(paper, tex.TexStyle(), paper.exercise.digits)
    body = [f"\\section*{{\\raggedright {tex.words(paper.title)}}}"]
    gaps = [" ".join(form.pieces(each)) for each in paper.blocks if isinstance(each, Line) and each.form != "worked"]
    has_columns = bool(gaps) and max(map(tex.seen, gaps)) <= MOST_SEEN
    for block in paper.blocks:
        if isinstance(block, Drawing):
            body += picture(paper.exercise, block.blanks)
        elif isinstance(block, Words):
            body.append(f"{tex.prose(block.text)}\\par")
        elif isinstance(block, Rule):
            body.append(", ".join([tex.prose(block.words), *(f"${each}$" for each in form.rule(block))]) + ".\\par")
        elif isinstance(block, Given):
            body.append(f"{block.words}: {', '.join(f'${each}$' for each in form.given(block))}\\par")
        elif isinstance(block, Heading):
            if has_columns and r"\begin{multicols}{2}" not in body:
                body.append(r"\begin{multicols}{2}")
            body.append(f"\\subsection*{{{block.text}}}")
        elif isinstance(block, Line):
            label = f"({block.number})" if block.number else ""
            blank = r"~\underline{\hspace{30mm}}" if block.has_blank else ""
            body.append(rf"\gap{{{label}}}{{$\displaystyle {' '.join(form.pieces(block))}${blank}}}")
        elif isinstance(block, Table):
            rows = [[tex.prose(each) if isinstance(each, str) else rf"$\displaystyle {_cell(form, each)}$"
                     for each in row] for row in block.rows]
            columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{width}mm}}" for width in TABLE)
            body += [rf"\begin{{longtable}}{{@{{}}{columns}@{{}}}}", " & ".join(block.head) + r"\\\hline\endhead",
                     *(" & ".join(row) + r"\\\noalign{\vskip 1.5mm}" for row in rows), r"\end{longtable}"]
    body += [r"\end{multicols}"] if has_columns else []
    head = (tex.HEAD % 210).replace(r"\begin{document}", GAP + r"\begin{document}")
    return head + "\n".join(body) + "\n\\end{document}\n"


GAP = r"""\usepackage{array,longtable,multicol}
\IfFileExists{tikz.sty}{\usepackage{tikz}\tikzset{unit/.style={circle,draw,align=center,font=\footnotesize,
inner sep=1pt,minimum size=14mm},weight/.style={fill=white,inner sep=1pt,font=\scriptsize}}}{}
\newcommand{\gap}[2]{\par\vspace{2mm}\hangindent=12mm\makebox[12mm][l]{#1}{\raggedright #2\par}}
"""


# --- HTML ---


class _PageStyle(Style):
    def relation(self, sign: str) -> str:
        return escape(sign)


def html(paper: Any) -> str:
    form, exercise = _Form(paper, _PageStyle(), paper.exercise.digits), paper.exercise
    body, is_listing = [f"<h1>{escape(paper.title)}</h1>"], False
    for block in paper.blocks:
        if (isinstance(block, Line) and block.form != "worked") != is_listing:
            body.append("</div>" if is_listing else '<div class="gaps">')
            is_listing = not is_listing
        if isinstance(block, Drawing):
            body.append(drawing(exercise.worked, exercise.worked.network, exercise.digits,
                                lambda name, row, unit: f"{name}[{row}][{unit}]", block.blanks))
        elif isinstance(block, Words):
            body.append(f"<p>{escape(block.text)}</p>")
        elif isinstance(block, Rule):
            body.append(f"<p>{', '.join([escape(block.words), *form.rule(block)])}.</p>")
        elif isinstance(block, Given):
            body.append(f"<p>{block.words}: {', '.join(form.given(block))}</p>")
        elif isinstance(block, Heading):
            body.append(f"<h2>{escape(block.text)}</h2>")
        elif isinstance(block, Line):
            label = f"({block.number})" if block.number else ""
            blank = ' <span class="blank"></span>' if block.has_blank else ""
            body.append(f'<div class="eq"><b>{label}</b>{" ".join(form.pieces(block))}{blank}</div>')
        elif isinstance(block, Table):
            rows = [[escape(each) if isinstance(each, str) else _cell(form, each) for each in row]
                    for row in block.rows]
            body += ["<table>", _row("th", block.head), *(_row("td", row) for row in rows), "</table>"]
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(paper.title)}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{CSS}{STYLE}</style></head>\n<body><main>\n'
            + "\n".join([*body, *(["</div>"] if is_listing else [])]) + "\n</main></body></html>\n")


def _row(tag: str, cells: Any) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"
