"""How does it look on the screen? Text that fits the terminal's width and its encoding, tables, a progress bar.

What goes to a pipe or a file is UTF-8, unless PYTHONIOENCODING names another encoding. Where an encoding lacks one of
refnet's own characters, `say` writes ASCII in its place: δ is delta. A name out of the data is never written in other
letters, by which it could not be told from another name: `verbatim` and `say_exactly`.
"""

import errno
import os
import sys
import textwrap
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Optional
from unicodedata import category

from refnet.cli.errors import CommandError, in_options

ASCII = {
    "✓": "ok", "✗": "NO", "→": "->", "…": "...", "·": "*", "±": "+-", "×": "x", "−": "-", "—": "-", "–": "-", "≥": ">=",
    "≤": "<=", "≠": "!=", "½": "1/2", "⟨": "<", "⟩": ">", "█": "#", "░": "-", "ŷ": "y^", "∂": "d", "Σ": "sum",
    "α": "alpha", "β": "beta", "δ": "delta", "Δ": "Delta", "ε": "eps", "η": "eta", "Θ": "Theta", "λ": "lambda",
    "µ": "u", "μ": "mu", "σ": "sigma", "¹": "^1", "²": "^2", "³": "^3", "⁴": "^4", "⁻": "^-", "ᶜ": "c", "ᵀ": "^T",
    "←": "<-", "≈": "~", "√": "sqrt", "γ": "gamma", "ρ": "rho", "⁽": "(", "⁾": ")", "₁": "1", "₂": "2", "ᵗ": "^t",
    "ᶻ": "^z",
}


def encoding_of(stream: Any = None) -> str:
    return getattr(stream or sys.stdout, "encoding", None) or "utf-8"


def can_show(text: str, stream: Any = None) -> bool:
    """Whether the stream's encoding has all these characters."""
    try:
        text.encode(encoding_of(stream), "surrogateescape")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def escaped(text: str, stream: Any = None) -> str:
    """The text with backslashes, \\u03b2, in the place of a character that the stream's encoding does not have."""
    if can_show(text, stream):
        return text
    encoding = encoding_of(stream)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def shown(text: str, stream: Any = None) -> str:
    """Text of refnet's own, with ASCII in the place of characters that the stream's encoding does not have."""
    if can_show(text, stream):
        return text
    return escaped("".join(each if can_show(each, stream) else ASCII.get(each, each) for each in text), stream)


def verbatim(name: str) -> str:
    """A name of a class, a column or a file as a part of a line that `say` says: in its own letters, or escaped.

    What would end the line or move the cursor is escaped too.
    """
    return escaped("".join(
        each if category(each) not in ("Cc", "Zl", "Zp") else each.encode("unicode_escape").decode() for each in name))


def set_up() -> None:
    """Make standard output and error what this file's first lines say, with names of files byte by byte. One that is
    closed (`>&-`) goes nowhere."""
    asked = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            encoding = stream.encoding if asked or stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="surrogateescape")


def hush() -> None:
    """From here on, standard output goes nowhere, and so does what is still waiting to be written."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


_must_be_read = True


@contextmanager
def read_or_not() -> Iterator[None]:
    """Within the block, `say` goes on in silence if nobody reads the output any more: the work is worth it anyway."""
    global _must_be_read
    before, _must_be_read = _must_be_read, False
    try:
        yield
    finally:
        _must_be_read = before


def say(text: str = "") -> None:
    """Print a line to standard output, at once, in an encoding that it has."""
    try:
        print(shown(text), flush=True)
    except OSError as error:
        if _must_be_read and error.errno != errno.EIO:  # the terminal is gone: its SIGHUP decides, or nohup
            raise
        hush()


def say_exactly(text: str) -> None:
    """Print data. Raises CommandError if PYTHONIOENCODING asks for an encoding that lacks a character of theirs."""
    if not can_show(text):
        asked = os.environ.get("PYTHONIOENCODING")
        if asked:
            missing = next(each for each in text if not can_show(each))
            raise CommandError(f"PYTHONIOENCODING={asked}: has no {missing!r}; expected an encoding that has it: utf-8")
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a terminal, which may know it anyway
    print(text, end="", flush=True)


def warn(text: str) -> None:
    """Print one line `refnet: …` to standard error; names are a part of it, so nothing is written in ASCII letters."""
    with suppress(OSError):  # there is nowhere left to report it
        print(escaped(f"refnet: {' '.join(text.splitlines())}", sys.stderr), file=sys.stderr, flush=True)


@contextmanager
def warnings_in_a_line() -> Iterator[None]:
    """Within the block, what the library warns of is said as `warn` says it, without the place in the code."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
            if category is RuntimeWarning:
                warn(in_options(str(message).removeprefix("fit: ")))
            else:
                others(message, category, *where, **more)

        warnings.showwarning = show
        yield


def mark(good: bool) -> str:
    """✓ or ✗; ok or NO if the encoding has neither."""
    return shown("✓" if good else "✗")


def columns(stream: Any = None, elsewhere: int = 100) -> int:
    """The width of the terminal behind the stream (COLUMNS comes first); `elsewhere` if there is none."""
    try:
        asked = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        asked = 0
    try:
        return max(20, asked or os.get_terminal_size((stream or sys.stdout).fileno()).columns or 80)
    except (OSError, ValueError, AttributeError):
        return elsewhere


def fold(text: str, indent: int = 0, elsewhere: int = 100) -> list[str]:
    """The text as lines that fit the terminal, those after the first indented. No word is cut."""
    width = columns(elsewhere=elsewhere)
    indent = indent if indent <= width // 2 else 4
    return textwrap.wrap(
        shown(text), width, subsequent_indent=" " * indent, break_on_hyphens=False, break_long_words=False
    )


def labelled(label: str, text: str) -> None:
    """Say `label    text`, the text folded to the terminal's width beside its label; in a file, one line."""
    say("\n".join(fold(f"{label:<9} {text}", 10, elsewhere=10_000)))


def table(rows: Sequence[Sequence[str]], align: str, width: Optional[int] = None) -> list[str]:
    """Lines with aligned columns: `align` has l or r for each, a capital if its cells may be cut to fit."""
    widths = [max(len(row[j]) for row in rows) for j in range(len(align))]
    surplus = sum(widths) + 2 * (len(widths) - 1) - (width or 1 << 30)
    while surplus > 0:
        widest = max((j for j in range(len(align)) if align[j].isupper()), key=lambda j: widths[j], default=0)
        if widths[widest] <= 6 or not align[widest].isupper():
            break
        widths[widest] -= 1
        surplus -= 1
    lines = []
    for row in rows:
        cells = [cell if len(cell) <= w else cell[: w - 1] + "…" for cell, w in zip(row, widths)]
        padded = [cell.rjust(w) if side in "rR" else cell.ljust(w) for cell, w, side in zip(cells, widths, align)]
        lines.append("  ".join(padded).rstrip())
    return lines


def grid(cells: Sequence[str], width: int) -> list[str]:
    """The cells in as many columns as the width allows, read downwards."""
    for height in range(1, len(cells) + 1):
        stacks = [cells[i : i + height] for i in range(0, len(cells), height)]
        widths = [max(map(len, stack)) for stack in stacks]
        if sum(widths) + 2 * (len(widths) - 1) <= width:
            break
    lines = []
    for i in range(height):
        row = [f"{stack[i]:<{w}}" for stack, w in zip(stacks, widths) if i < len(stack)]
        lines.append("  ".join(row).rstrip())
    return lines


class Bar:
    """A progress bar on standard error, shown only if that is a terminal.

        bar.show(0.42, "epoch 3/10", "loss 0.12")    epoch 3/10  ████████░░░░░░░░░░░  42 %  loss 0.12  0:07 left
    """

    def __init__(self, done: float = 0.0) -> None:
        self.on = sys.stderr.isatty()
        self.start, self.done_before = time.monotonic(), done
        self.drawn = 0
        self.drawn_at = 0.0

    def show(self, done: float, before: str, after: str = "") -> None:
        """Draw it, at most 20 times a second. `done` is between 0 and 1; the texts stand before and after the bar."""
        now = time.monotonic()
        if not self.on or now - self.drawn_at < 0.05:
            return
        self.drawn_at = now
        took, share = now - self.start, done - self.done_before
        if share > 0.0 and took > 1.0:
            left = int(took * (1.0 - done) / share + 0.5)
            after = f"{after}  {left // 60}:{left % 60:02} left".strip()
        width = columns(sys.stderr, 80) - 1
        room = min(40, width - len(before) - len(after) - 11)
        full = int(max(room, 0) * done)
        parts = [before, "█" * full + "░" * (room - full) if room >= 4 else "", f"{100 * done:3.0f} %", after]
        text = shown("  ".join(part for part in parts if part)[:width], sys.stderr)[:width]
        _draw(f"\r{text:<{self.drawn}}")
        self.drawn = len(text)

    def clear(self) -> None:
        """Take it off the screen."""
        if self.drawn:
            _draw(f"\r{'':<{self.drawn}}\r")
        self.drawn = 0


def _draw(text: str) -> None:
    with suppress(OSError):  # a terminal that is gone ends no work
        print(text, end="", file=sys.stderr, flush=True)
