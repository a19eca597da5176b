"""What can a user call? Pages of all public names, from the package's own registers: signatures and docstrings."""

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import docstrings

import refnet as rn
from refnet.kernels import SEAM

ROOMS_BESIDE = ("lectures", "kernels", "checks")  # public, but not handed out by refnet itself
FURTHER = (  # what docstrings send to: what a method of Network hands its arguments to, and modules that explain
    "training.fit", "training.evaluate", "training.predict", "training.predict_class", "training.Report",
    "training.callbacks", "optimizers.schedules", "network.wiring", "trace.compared.foreign", "lectures.agreement",
)
PROTOCOL = {"__call__", "__getitem__", "__iter__", "__len__", "__enter__", "__bool__", "__matmul__"}


class Entry(NamedTuple):
    """A public name: `name` behind "rn.", or behind "refnet." where rn has not its room; the other names it has."""

    name: str
    thing: Any
    aliases: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def path(self) -> str:
        return f"{'refnet' if self.name.split('.')[0] in ROOMS_BESIDE or self.name in FURTHER else 'rn'}.{self.name}"


def rooms() -> dict[str, list[Entry]]:
    """The public names of each room, in the order in which help(refnet) has the rooms; each thing once."""
    found: dict[str, list[Entry]] = {}
    modules = [name for name in rn.__all__ if inspect.ismodule(getattr(rn, name))]
    for name in sorted(set(rn.__all__) - set(modules), key=str.lower):
        thing = getattr(rn, name)
        room = rn._NAMES[name] if name in rn._NAMES else thing.__module__.split(".")[1]
        found.setdefault(room.split(".")[0], []).append(Entry(name, thing))
    for name in [*modules, *ROOMS_BESIDE]:
        add(found, name, name, module_of(name))
    for name in reversed(FURTHER):
        room, (home, _, last) = name.partition(".")[0], name.rpartition(".")
        entry = Entry(name, getattr(import_module(f"refnet.{home}"), last))
        found["model" if room == "network" else room].insert(0, entry)
    return {room: found[room] for room in sorted(found, key=place)}


def add(found: dict[str, list[Entry]], room: str, path: str, module: Any) -> None:
    """The names of a module, or as further names of what another room has already."""
    entries = found.setdefault(room, [])
    for name in sorted(public(module), key=str.lower):
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            add(found, room, f"{path}.{name}", thing)
            continue
        for others in found.values():
            same = next((i for i, entry in enumerate(others) if entry.thing is thing and is_code(thing)), None)
            if same is not None:
                others[same] = others[same]._replace(aliases=(*others[same].aliases, f"{path}.{name}"))
                break
        else:
            entries.append(Entry(f"{path}.{name}", thing))


def module_of(room: str) -> Any:
    return getattr(rn, room) if room in rn.__all__ else import_module(f"refnet.{room}")


def public(module: Any) -> list[str]:
    """What a module says is public, or the functions and classes that are written in it."""
    written = [name for name, thing in vars(module).items()
               if is_code(thing) and thing.__module__ == module.__name__ and not name.startswith("_")]
    return list(getattr(module, "__all__", written))


def is_code(thing: Any) -> bool:
    return inspect.isclass(thing) or inspect.isroutine(thing)


def place(room: str) -> tuple[int, str]:
    """Where the first page of help speaks of a room, by its name or by that of something in it."""
    names = [name for name, home in rn._NAMES.items() if home.split(".")[0] == room and name != "FileError"]
    lines = [f"\n    refnet.{room} ", *(f"\n    {name}" for name in names), *(f", {name}" for name in names)]
    return min((rn.__doc__.index(line) for line in lines if line in rn.__doc__), default=len(rn.__doc__)), room


class Pages:
    """The pages, and the address of each name on them."""

    def __init__(self) -> None:
        self.rooms = rooms()
        self.index: dict[str, str] = {}
        for room, entries in self.rooms.items():
            self.index[f"refnet.{room}"] = f"{room}.html"
            for entry in entries:
                address = f"{room}.html#refnet.{entry.name}"
                bare = [entry.title] if inspect.isclass(entry.thing) and "." not in entry.name else []
                for name in (entry.name, *entry.aliases):
                    self.index[f"refnet.{name}"] = self.index[f"rn.{name}"] = address
                for name in bare:
                    self.index[name] = address
                for name in self.members(entry.thing) if inspect.isclass(entry.thing) else ():
                    self.index[f"refnet.{entry.name}.{name}"] = f"{address}.{name.strip('_')}"
        self.classes = {entry.thing: entry for entries in self.rooms.values() for entry in entries
                        if inspect.isclass(entry.thing)}

    def link(self, name: str) -> Any:
        """The address of a name as it stands in a docstring: rn.Dense, refnet.data, HalfSquaredError, `Dense(3)`."""
        bare = name.split("(")[0]
        return self.index.get(bare) or self.index.get(f"refnet.{bare}")

    def files(self) -> dict[str, str]:
        """The Markdown of each page, by its name."""
        return {f"{room}.md": self.page(room, entries) for room, entries in self.rooms.items()}

    def overview(self) -> str:
        """A line for each room: the question that it answers, and its names."""
        lines = []
        for room, entries in self.rooms.items():
            question = re.match(r"[^?]*\?", module_of(room).__doc__ or "")
            names = ", ".join(f'<a href="{self.index[f"refnet.{entry.name}"]}"><code>{entry.title}</code></a>'
                              for entry in entries)
            lines.append(f'<dt><a href="{room}.html">refnet.{room}</a></dt>'
                         f"<dd>{question[0] if question else ''}<br>{names}</dd>")
        return f'<dl class="rooms">{"".join(lines)}</dl>'

    def page(self, room: str, entries: list[Entry]) -> str:
        parts = [f"# refnet.{room}\n", self.text(module_of(room).__doc__ or "")]  # not indented: nothing to clean
        if room == "kernels":
            parts.append(self.text(import_module("refnet.kernels.seam").__doc__ or ""))
        parts += [self.entry(entry) for entry in entries]
        if room == "kernels":
            parts.append(self.seam())
        return "\n".join(parts)

    def entry(self, entry: Entry) -> str:
        anchors = "".join(f'<a id="refnet.{name}"></a>' for name in entry.aliases)
        parts = [f"## {entry.title} {{ #refnet.{entry.name} }}\n", anchors]
        if inspect.ismodule(entry.thing):
            return "\n".join([*parts, fenced(entry.path), self.text(entry.thing.__doc__ or "")])
        if not is_code(entry.thing):
            return "\n".join([*parts, self.value(entry)])
        parts.append(fenced(signature(entry.path, entry.thing)))
        if inspect.isclass(entry.thing):
            parts.append(self.bases(entry))
        else:
            parts.append(self.text(inspect.cleandoc(entry.thing.__doc__ or "")))
        return "\n".join(parts)

    def text(self, docstring: str) -> str:
        return docstrings.as_markdown(docstring, self.link) if docstring else ""

    def value(self, entry: Entry) -> str:
        """A constant: the text below it in the file where it stands, and what it is if that is short."""
        shown = default(entry.thing)
        if isinstance(entry.thing, dict):
            shown = "\n".join(f"{key!r}: {default(value)}" for key, value in entry.thing.items())
        if entry.thing is SEAM:
            shown = "\n".join(f"{name!r}: …" for name in SEAM)
        return f"{fenced(entry.path)}\n{self.text(below(entry.title))}\n{fenced(shown, 'text')}"

    def bases(self, entry: Entry) -> str:
        """What a class is, then its methods; those of a documented base are named."""
        cls = entry.thing
        above = [base for base in cls.__mro__[1:] if base in self.classes]
        said = f"<p class=\"bases\">a {', a '.join(self.anchor(base) for base in above)}</p>\n" if above else ""
        own = cls.__init__.__doc__ if "__init__" in vars(cls) else None
        docstring = "\n\n".join(inspect.cleandoc(text) for text in (vars(cls).get("__doc__"), own) if text)
        parts = [said, self.text(docstring)]
        for name, member in self.members(cls).items():
            parts.append(f"### `{name}` {{ #refnet.{entry.name}.{name.strip('_')} }}\n")
            parts.append(fenced(signature(f".{name}", member, bound=True)))
            parts.append(self.text(inspect.cleandoc(docstring_of(member) or "")))
        inherited = {base: [name for name in self.members(base) if name not in self.members(cls)] for base in above}
        for base, names in inherited.items():
            if names:
                links = ", ".join(f'<a href="{self.index[f"refnet.{self.classes[base].name}.{name}"]}">'
                                  f"<code>{name}</code></a>" for name in names)
                parts.append(f'<p class="inherited">Of {self.anchor(base)}: {links}</p>\n')
        return "\n".join(parts)

    def anchor(self, cls: type) -> str:
        return f'<a href="{self.index[f"refnet.{self.classes[cls].name}"]}">{cls.__name__}</a>'

    def members(self, cls: type) -> dict[str, Any]:
        """Methods and properties with a docstring: its own, and those of bases that no other public class has."""
        known = {entry.thing for entries in self.rooms.values() for entry in entries if inspect.isclass(entry.thing)}
        elsewhere = {inner for base in cls.__mro__[1:] if base in known for inner in base.__mro__}
        found: dict[str, Any] = {}
        for base in cls.__mro__:
            if base in elsewhere or not base.__module__.startswith("refnet"):
                continue
            for name, member in vars(base).items():
                is_public = not name.startswith("_") or name in PROTOCOL
                if is_public and name not in found and docstring_of(member):
                    found[name] = member
        return found

    def seam(self) -> str:
        """Every kernel with its signature, as the reference declares it."""
        parts = ["## The kernels { #refnet.kernels.seam }\n"]
        for name, kernel in SEAM.items():
            arguments, _, result = kernel.text.partition(" -> ")
            parts.append(f"### {name} {{ #refnet.kernels.{name} }}\n")
            parts.append(fenced(f"{name}({arguments}){' -> ' if result else ''}{result}", "text"))
            parts.append(self.text(inspect.cleandoc(kernel.function.__doc__ or "")))
        return "\n".join(parts)


def docstring_of(member: Any) -> Any:
    """The docstring of a method or property as it stands in a class; a field of a named tuple has none of its own."""
    inner = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    return member.__doc__ if inspect.isfunction(inner) else None


def fenced(code: str, language: str = "python") -> str:
    return f"```{language}\n{code}\n```\n"


def signature(path: str, thing: Any, bound: bool = False) -> str:
    """How it is called: name, arguments with their types, where these say something, and defaults."""
    if isinstance(thing, property):
        returned = annotation(thing.fget.__annotations__.get("return", inspect.Parameter.empty))
        return path + (f": {returned}" if returned else "")
    function = getattr(thing, "__func__", thing)
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return f"{path}(…)"
    arguments, star = [], False
    for i, argument in enumerate(found.parameters.values()):
        if i == 0 and bound and not isinstance(thing, staticmethod):
            continue
        if argument.kind is argument.KEYWORD_ONLY and not star:
            arguments.append("*")
        star = star or argument.kind in (argument.KEYWORD_ONLY, argument.VAR_POSITIONAL)
        said = annotation(argument.annotation)
        text = f"{ {2: '*', 4: '**'}.get(argument.kind.value, '')}{argument.name}{f': {said}' if said else ''}"
        if argument.default is not argument.empty:
            text += f" = {default(argument.default)}" if said else f"={default(argument.default)}"
        arguments.append(text)
    returned = "" if inspect.isclass(thing) else annotation(found.return_annotation)
    end = f") -> {returned}" if returned else ")"
    line = f"{path}({', '.join(arguments)}{end}"
    return line if len(line) <= 88 else "\n".join([f"{path}(", *(f"    {each}," for each in arguments), end])


def annotation(found: Any) -> str:
    """A type as text; nothing for what says nothing."""
    if found is inspect.Parameter.empty:
        return ""
    text = found if isinstance(found, str) else found.__name__ if inspect.isclass(found) else repr(found)
    text = re.sub(r"\b(?:typing|collections\.abc|refnet(?:\.\w+)*)\.", "", text)
    return "" if text in ("Any", "None", "NoneType") else text


def default(value: Any) -> str:
    if is_code(value):
        return value.__name__
    return f"{type(value).__name__}()" if " at 0x" in repr(value) else repr(value)


def below(name: str) -> str:
    """The text below the assignment of a constant, in whichever file of refnet has it."""
    for path in sorted(Path(rn.__file__).parent.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if not re.search(rf"^{name}\b.*=", source, re.MULTILINE):
            continue
        body = ast.parse(source).body
        for statement, after in zip(body, [*body[1:], None]):
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                return inspect.cleandoc(str(after.value.value)) if is_text else ""  # type: ignore[union-attr]
    return ""
