"""What was found, and what is there to try? The result of `diagnose`, and its words."""

from __future__ import annotations

from typing import Any, NamedTuple

from refnet.checks import counted
from refnet.diagnosis.remedies import REMEDIES


class Finding(NamedTuple):
    """One thing that is wrong.

    name      one of REMEDIES
    layer     the layer or parameter it is about; "" if it is about none
    figures   the numbers that say so, by name
    sentence  the same in words
    remedies  what to try: those of REMEDIES that are not in force
    """

    name: str
    layer: str
    figures: dict[str, float]
    sentence: str
    remedies: tuple[str, ...] = ()


class Examination:
    """What `diagnose` has found: `findings`, a Finding each; `names` of the sicknesses; it is true if there are any.

    rows      how many rows were looked at
    loss      the network's loss on them, and `constant`, the loss of the best constant answer
    left_out  why something was not looked for, by name
    """

    def __init__(self, findings: list[Finding], rows: int, loss: float, constant: float,
                 left_out: dict[str, str]) -> None:
        order = list(REMEDIES)
        self.findings = sorted(findings, key=lambda each: order.index(each.name))
        self.rows, self.loss, self.constant, self.left_out = rows, loss, constant, left_out

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(each.name for each in self.findings))

    def __bool__(self) -> bool:
        return bool(self.findings)

    def __repr__(self) -> str:
        return f"<Examination: {', '.join(self.names) or 'nothing found'}>"

    def __str__(self) -> str:
        what = counted(len(self.findings), "finding") if self.findings else "Nothing found"
        lines = [f"{what} on {counted(self.rows, 'row')}: loss {self.loss:.4g}, of the best constant answer "
                 f"{self.constant:.4g}"]
        for each in self.findings:
            lines += ["", f"{each.name}{f', {each.layer}' if each.layer else ''}: {each.sentence}"]
            lines += [f"  try {remedy}" for remedy in each.remedies]
        if self.left_out:
            lines.append("")
        lines += [f"not looked for: {name} ({why})" for name, why in self.left_out.items()]
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """All of it as dicts, lists, text and numbers, as JSON has them."""
        findings = [{**each._asdict(), "remedies": list(each.remedies)} for each in self.findings]
        return {"rows": self.rows, "loss": self.loss, "constant": self.constant, "findings": findings,
                "left_out": self.left_out}
