"""What does the worked solution look like as a page? One file that needs nothing else, not even a network."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Optional

from refnet.trace.explained.drawing import drawing
from refnet.trace.explained.words import left_out, opening
from refnet.trace.explained.worked import Equation, Worked
from refnet.trace.explained.writing import Style, Writer

CSS = """
body{font:16px/1.5 Georgia,serif;color:#1b1b1b;background:#fff;margin:0;display:flex;flex-wrap:wrap}
main{flex:1 1 640px;padding:1em 2em;min-width:0}
aside{flex:1 1 340px;max-width:560px;position:sticky;top:0;align-self:flex-start;height:100vh;overflow:auto;
background:#f4f6f8;border-left:1px solid #ccd;padding:1em;box-sizing:border-box}
h1{font-size:1.3em}h2{font-size:1.1em}p{margin:.2em 0}summary{font-weight:bold;cursor:pointer;margin:.5em 0}
.eq{padding:.15em 0 .15em 7em;text-indent:-5em}.eq span{text-indent:0}.eq i{color:#667}
[data-n]{cursor:pointer;border-bottom:1px dotted #0072b2;font-weight:normal}[data-n]:hover{background:#ffefc2}
.on{background:#ffdf80!important}pre{font:13px/1.4 monospace;white-space:pre-wrap;overflow-wrap:anywhere}
svg{width:100%;display:block;margin:1em 0}svg line,svg path{stroke:#9aa5b1;fill:none}
circle,rect{fill:#eef4fa;stroke:#0072b2}svg text{font:12px sans-serif;text-anchor:middle}
svg .w{font-size:11px;fill:#333;paint-order:stroke;stroke:#fff;stroke-width:3px}tspan[data-n]{fill:#005a8c}
.net{overflow-x:auto}
@media screen and (max-width:1044px){body{display:block}main{padding:1em}svg{min-width:var(--width)}
aside{position:sticky;bottom:0;top:auto;max-width:none;height:auto;max-height:45vh;border:0;
border-top:2px solid #0072b2;padding:.3em 1em}aside h2{margin:0}aside pre{margin:.3em 0}
.eq{padding-left:3em;text-indent:-2em;overflow-wrap:anywhere}}
@media print{aside{display:none}}
"""
SCRIPT = """
const accounts = JSON.parse(document.getElementById("accounts").textContent);
document.addEventListener("click", event => {
  const touched = event.target.closest("[data-n]");
  if (!touched) return;
  for (const each of document.querySelectorAll(".on")) each.classList.remove("on");
  for (const each of document.querySelectorAll("[data-n]"))
    if (each.dataset.n === touched.dataset.n) each.classList.add("on");
  const account = document.getElementById("account");
  account.textContent = accounts[touched.dataset.n] || touched.dataset.n;
  account.parentElement.scrollTop = 0;
  const number = touched.getBoundingClientRect(), over = account.parentElement.getBoundingClientRect();
  if (number.right > over.left && number.bottom > over.top) scrollBy(0, number.bottom - over.top + 8);
});
"""


class PageStyle(Style):
    """Text in which each number and each symbol can be clicked."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.touched: set[tuple] = set()

    def key(self, name: str, row: int, unit: int) -> str:
        self.touched.add((name, row, unit))
        return f"{self.step}:{name}[{row}][{unit}]"

    def touch(self, text: str, name: tuple) -> str:
        return f'<b data-n="{escape(self.key(*name))}">{text}</b>'

    def bare(self, text: str) -> str:
        return re.sub("<[^>]*>", "", text)

    def relation(self, sign: str) -> str:
        return escape(sign)


def page(title: str, solutions: list[Worked], digits: Optional[int]) -> str:
    """The whole page."""
    body, accounts = [f"<h1>{escape(title)}</h1>"], {}
    for worked in solutions:
        style = PageStyle(worked.step.number)
        if len(solutions) > 1:
            body.append(f"<h2>step {worked.step.number}</h2>")
        body.append(drawing(worked, worked.network, digits, style.key))
        if worked.step.number == 1:
            body += [f"<p>{escape(line)}</p>" for line in opening(worked)]
        writer = Writer(style, worked.names, digits)
        for section in worked.sections:
            body.append(f"<details open><summary>{section.title}</summary>")
            body += [_equation(writer, equation) for equation in section.equations]
            body += [f'<div class="eq">{escape(f"{name} {rows}×{columns}, by {formula}")}</div>'
                     for name, (rows, columns), formula in section.shapes]
            body.append("</details>")
        if worked.left_out:
            body.append(f"<p>{escape(left_out(worked))}</p>")
        accounts.update(_accounts(worked, style, digits))
    data = json.dumps(accounts, ensure_ascii=False).replace("<", "\\u003c")
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{CSS}</style></head>\n<body><main>\n'
            + "\n".join(body)
            + '\n</main><aside><h2>Where does a number come from?</h2><pre id="account">Click one.</pre></aside>\n'
            f'<script type="application/json" id="accounts">{data}</script>\n<script>{SCRIPT}</script></body></html>\n')


def embedded(html: str) -> str:
    """The page within a notebook."""
    return f'<iframe srcdoc="{escape(html)}" style="width:100%;height:640px;border:1px solid #ccd"></iframe>'


def _equation(writer: Writer, equation: Equation) -> str:
    steps = "".join(f" <span>{step.relation} {step.text}</span>" for step in writer.steps(equation))
    reason = writer.reasons(equation)
    return f'<div class="eq">{writer.left(equation)}{steps}{f" <i>({reason})</i>" if reason else ""}</div>'


def _accounts(worked: Worked, style: PageStyle, digits: Optional[int]) -> dict[str, str]:
    """For each number that can be clicked, where it comes from."""
    equations = {equation.name: equation for section in worked.sections for equation in section.equations}
    writer, found = Writer(Style(), worked.names, digits), {}
    for name in sorted(style.touched):
        if name[0] in worked.step and name[0] != "loss":
            account = str(worked.step.element(*name))
        else:
            equation = equations.get(name) or Equation(name, worked.origins.term(*name), {}, "")
            account = f"{writer.left(equation)} " + " ".join(f"{relation} {text}" for relation, text in
                                                             writer.steps(equation))
        found[style.key(*name)] = f"{writer.symbol(name)}\n\n{account}"
    return found
