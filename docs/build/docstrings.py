"""How does a docstring become a page? It is plain text: paragraphs, tables of names, and indented blocks.

Nothing in it is Markdown: in w_1 x_1 and a * b each sign is itself. Only `code` stands in backticks.
"""

import ast
import re
from html import escape

# "name  what it is", "name, name   what they are": a name of up to 40 characters, no formula, then two spaces at least.
TERM = re.compile(r"([^\s=←;(](?:[^=←;(]{0,38}?[^\s=←;(])?) {2,}(?=\S)")
NAMES = re.compile(r"[\w*]+(?:(?:, | … |/)[\w*]+)*")
ROOM = 100  # docstrings are wrapped at 120, indented by up to 12
WORD = re.compile(r"""`([^`\n]+)`|(?<![\w.\"'])((?:rn|refnet)(?:\.\w+)+|[A-Z]\w*[A-Z\d]\w*)(?![\w=])""")


def as_markdown(docstring, link):
    """A docstring, cleaned of its indentation, as Markdown; `link` gives the address of a public name, or None."""
    return "\n\n".join(part for paragraph in paragraphs(docstring) for part in rendered(paragraph, link)) + "\n"


def paragraphs(docstring):
    """The lines of each paragraph; indented ones with blank lines between are one."""
    found = []
    for text in re.split(r"\n\s*\n", docstring.strip("\n")):
        lines = [line.rstrip() for line in text.split("\n")]
        if found and all(line.startswith("    ") for line in lines) and found[-1][-1].startswith("    ") and \
                found[-1][0].startswith("    "):
            found[-1] += ["", *lines]
        else:
            found.append(lines)
    return found


def rendered(lines, link):
    """The parts of a paragraph: running text, terms with what they mean, blocks as they stand."""
    column, parts = column_of(lines), []
    for line in lines:
        kind, content = "text", line.strip()
        term = TERM.match(line)
        if column and not line.startswith(" ") and line[column - 1 : column] == " " and \
                NAMES.fullmatch(line[:column].strip()):
            kind, content = "terms", (line[:column].strip(), line[column:].strip())
        elif term:
            kind, content = "terms", (term[1], line[term.end() :].strip())
        elif line.startswith(" ") and parts and parts[-1][0] == "terms":
            name, meaning = parts[-1][1][-1]
            parts[-1][1][-1] = (name, f"{meaning} {content}")
            continue
        elif line.startswith("    ") or (not line and parts and parts[-1][0] == "block"):
            kind, content = "block", line[4:]
        if not parts or parts[-1][0] != kind:
            parts.append((kind, []))
        parts[-1][1].append(content)
    return [WRITERS[kind](content, link) for kind, content in parts]


def column_of(lines):
    """Where the meanings of a table of names begin, by most of its lines; 0 if it is none."""
    columns = [found.end() for found in map(TERM.match, lines) if found]
    columns += [len(line) - len(line.lstrip()) for line in lines if line.startswith("      ")]
    return max(set(columns), key=columns.count) if (columns and TERM.match(lines[0])) or len(columns) > 1 else 0


def text_of(lines, link):
    """Running text. A line ends where the author has ended it, if the next word had room on it."""
    pieces = [[lines[0]]]
    for line, after in zip(lines, lines[1:]):
        if len(line) + len(after.split()[0]) < ROOM:
            pieces.append([])
        pieces[-1].append(after)
    return f"<p>{'<br>'.join(inline(' '.join(piece), link) for piece in pieces)}</p>"


def terms_of(terms, link):
    rows = "".join(f"<dt><code>{escape(name, quote=False)}</code></dt><dd>{inline(meaning, link)}</dd>"
                   for name, meaning in terms)
    return f'<dl class="terms">{rows}</dl>'


def block_of(lines, link):
    code = "\n".join(lines)
    return f"```{'python' if is_python(code) else 'text'}\n{code}\n```"


WRITERS = {"text": text_of, "terms": terms_of, "block": block_of}


def is_python(code):
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return bool(re.search(r"[=(]", code))


def inline(text, link):
    """Running text as HTML: `code` in backticks, and each name that has an address leads there."""
    found, end = [], 0
    for word in WORD.finditer(text):
        found.append(escape(text[end : word.start()], quote=False))
        code = escape(word[1] or word[2], quote=False)
        address, end = link(word[1] or word[2]), word.end()
        shown = f"<code>{code}</code>" if word[1] else code
        found.append(f'<a href="{address}">{shown}</a>' if address else shown)
    return "".join(found) + escape(text[end:], quote=False)
