"""Is FORMAT.md enough? What computes is taken from its text alone, without a look at refnet.

A section's blocks of statements are executed with the constants of its table, and what section 2 says of names; so what
is missing on the page is missing here.
"""

import math
import re
import struct
from types import SimpleNamespace


def number_of(digits):
    return struct.unpack(">d", bytes.fromhex(digits))[0]


def bits_of(value):
    return "7ff8000000000000" if value != value else struct.pack(">d", value).hex()


def headings(text, marks):
    """(heading, what stands below it) for headings of this level: "3. Elementary functions", "kernel exp"."""
    parts = re.split(rf"^{marks} (.*)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def statements(text):
    found = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return [f"from __future__ import annotations\n{each}" for each in found]  # annotations compute nothing


def constants(text):
    """Those of a section's tables: numbers, whole numbers, and lists of numbers."""
    found = {}
    tables = re.findall(r"```\n(.*?)```", re.sub(r"```\w+\n.*?```", "", text, flags=re.DOTALL), re.DOTALL)
    for line in "\n".join(tables).splitlines():
        name, _, rest = line.partition(" ")
        if line.endswith(": highest power first"):
            last = found[name.rstrip(":")] = []
        elif not name:
            last.append(number_of(rest.split()[0]))
        else:
            digits, _, decimal = rest.strip().partition("  ")
            found[name] = number_of(digits) if decimal and not decimal.startswith("#") else int(digits, 16)
    return found


# Section 3's words on the bits.


def word_of(x):
    return struct.unpack(">Q", struct.pack(">d", x))[0]


def number_from(word):
    return struct.unpack(">d", struct.pack(">Q", word))[0]


def copysign(a, b):
    return number_from(word_of(b) >> 63 << 63 | word_of(a) & (1 << 63) - 1)


def ldexp(one, n):
    assert one == 1.0 and -1022 <= n <= 1023
    return number_from(n + 1023 << 52)


def frexp(x):
    assert 0.0 < x < math.inf
    exponent = word_of(x) >> 52
    if exponent == 0:
        m, k = frexp(x * 18014398509481984.0)
        return m, k - 54
    return number_from(word_of(x) & (1 << 52) - 1 | 1022 << 52), exponent - 1022


class Page:
    """What the page defines: functions of sections 3 to 5 in `elementary`, `random`, `streams`, kernels in `k`, and the
    classes and functions of the other sections in `classes`."""

    def __init__(self, text):
        known = {"fabs": math.fabs, "sqrt": math.sqrt, "copysign": copysign, "frexp": frexp, "ldexp": ldexp}
        known.update(math=math, functools=SimpleNamespace(cache=lambda function: function))
        self.k, self.classes = SimpleNamespace(**MATRICES), {}
        for title, section in headings(text, "##"):
            if title.startswith("3."):
                spaces = self._run(section, known)
                spaces["_TWO_TO"] = {float(n): spaces["_two_to"](float(n)) for n in range(-1076, 1025)}
                self.elementary = SimpleNamespace(**spaces)
                known = {**known, "elementary": self.elementary, **{
                    name: spaces[name] for name in ("divide", "sqrt", "exp", "log", "cos")}}
                known["format_of"] = lambda k: BINARY64
            elif title.startswith("4."):
                self.random = known["random"] = SimpleNamespace(**self._run(section, known))
            elif title.startswith("5."):
                self.streams = constants(section)
                self._classes(section, {**known, "sqrt": math.sqrt})
                self.classes["Zeros"].value = 0.0  # in words: every weight zero
            elif title.startswith("6."):
                shared = {}  # parts of kernels that stand under another heading
                for _, part in headings(section, "###"):
                    space = self._run(part, {**known, **shared})
                    shared.update({name: space[name] for name in ("total_of", "squares_of", "maximum_of",
                                                                  "softmax_terms") if name in space})
                    names = [title.split()[1] for title, _ in headings(part, "####") if title.startswith("kernel ")]
                    vars(self.k).update({name: space[name] for name in names})
                    shared.update({name: space[name] for name in names if name in ("uniform", "normal")})
            else:
                self._classes(section, known)

    def _run(self, text, known):
        space = {**known, **constants(text)}
        for each in statements(text):
            exec(each, space)
        return space

    def _classes(self, section, known):
        """A class from what stands below its name: its base, and its methods."""
        space = {**known, **constants(section), "kernels_for": lambda thing, k: k}
        for title, below in headings(section, "####"):
            kind, name = title.split()[:2]
            base = re.match(r"\n`\w+\((.*)\)`, after (\w+)", below)
            if kind == "function":
                for each in statements(below):
                    exec(each, space)
                self.classes[name] = space[name]
                continue
            methods = {"__init__": _with_settings, "order": base[1].split(", ")} if base[1] else {}
            for each in statements(below):
                made = {}
                exec(each.replace("super()", "super(type(self), self)"), space, made)
                methods.update(made)
            bases = (self.classes.get(base[2], _Nothing),)
            self.classes[name] = space[name] = type(name, bases, methods)


class _Nothing:
    def __init__(self, **settings):
        vars(self).update(settings)


def _with_settings(self, *given, **settings):
    vars(self).update(zip(self.order, given), **settings)


BINARY64 = SimpleNamespace(normal=math.ldexp(1.0, -1022), below_1=1.0 - math.ldexp(1.0, -53))
MATRICES = {
    "matrix": lambda rows: [list(row) for row in rows],
    "wide": lambda rows: [list(row) for row in rows],
    "zeros": lambda rows, columns: [[0.0] * columns for _ in range(rows)],
    "shape": lambda x: (len(x), len(x[0])),
    "tolist": lambda x: [list(row) for row in x],
}


def given(entry):
    """What an entry of a file stands for: a number, a matrix, a word or words, a count, None."""
    if not isinstance(entry, dict):
        return entry
    if "bytes" in entry:
        return _Rows([[byte / 255.0 for byte in row] for row in _rows(bytes.fromhex(entry["bytes"]), entry["shape"])])
    values = [int(digits, 16) for digits in entry.get("words", ())] or list(map(number_of, entry["bits"]))
    return values[0] if not entry["shape"] else _rows(values, entry["shape"])


def _rows(values, shape):
    return [values[i : i + shape[1]] for i in range(0, len(values), shape[1])]


class _Rows(list):
    """A matrix of bytes or of binary32 numbers, as the kernels ask it for rows."""

    def row(self, i):
        return self[i]

    def __getitem__(self, i):
        return SimpleNamespace(tolist=lambda: list.__getitem__(self, i)) if isinstance(i, slice) else \
            list.__getitem__(self, i)


def wrong_calls(page, document):
    """The numbers of the calls of a case whose results are not what the page gives."""
    name, found = document["name"], []
    for number, call in enumerate(document["calls"]):
        values = {each: given(entry) for each, entry in call["arguments"].items()}
        if document["kind"] == "function":
            function = getattr(page.random if name in vars(page.random) and name not in ("log", "sqrt") else
                               page.elementary, name)
            results = {"result": [[function(*each) for each in zip(*(rows[0] for rows in values.values()))]]}
        elif document["kind"] == "initializer":
            results = {"result": page.classes[name](**call["settings"])(page.k, *values.values())}
        else:
            data = [_Rows(value) if each == "data" else value for each, value in values.items()]
            result = getattr(page.k, name)(*data)
            results = {**values, "result": result}
        for part, entry in call["results"].items():
            written = (lambda word: f"{word:016x}") if "words" in entry else bits_of
            digits = [written(value) for row in results[part] for value in row]
            if digits != entry.get("words", entry.get("bits")):
                found.append(number)
    return found
