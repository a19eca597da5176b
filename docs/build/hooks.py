"""What does MkDocs need besides the pages in docs/? Pages of the API, of files outside docs/, and the page to play.

- docs/api has a page for each room of refnet, made from its registers (api.py).
- A link to a file outside docs/ leads to a page of that file; CHANGELOG.md and CONTRIBUTING.md are pages too.
- play/ has the page of `refnet play`, which computes in the browser (play.py), where Pyodide can be had.
"""

import logging
import posixpath
import re
import sys
import tempfile
from pathlib import Path

from mkdocs.structure.files import File, InclusionLevel
from pymdownx import slugs

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "build")]

import api  # noqa: E402
import play  # noqa: E402

import refnet  # noqa: E402
from refnet.verify import CANONICAL_HASH  # noqa: E402

LOG = logging.getLogger("mkdocs.hooks.refnet")
TOP = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "README.md": "index.md"}
LANGUAGES = {".py": "python", ".c": "c", ".h": "c", ".js": "js", ".json": "json", ".toml": "toml"}
LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(?=[#)])")
ASKS = re.compile(r"\A(?:<!-- [^>]*-->\s*)+")  # what the test of a page's code needs: no part of the page
CODE = re.compile(r"(^ *(`{3,}).*?^ *\2\s*?$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`((?:rn|refnet)(?:\.\w+)+)(?:\([^`]*\))?`$")
NAMED_BARE = re.compile(r"`([\w.]+)(?:\([^`]*\))?`$")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
STATE = {}
# The search: what is written to be read first, then what is looked up, then what is about the project itself.
BOOSTS = (("api/", 0.1), ("source/", 0.01), ("changelog", 0.01), ("contributing", 0.01), ("glossary", 2), ("", 1))
WORDS = {  # what readers look for under another word than the page's titles have
    "benchmarks.md": ["benchmarks", "speed"],
    "contract.md": ["reproducible", "reproducibility", "deterministic", "fused multiply-add", "FMA"],
    "data_files.md": ["csv", "encoding", "decimal comma", "missing values", "Excel", "Parquet"],
    "cores.md": ["threads", "OpenMP"],
    "diagnosis.md": ["overfitting", "cost"],
    "difference.md": ["FPGA", "GPU", "tanhf", "oracle"],
    "exercises.md": ["grading", "marking", "teacher"],
    "extending.md": ["own layer", "custom"],
    "formats.md": ["fixed point", "rounding", "binary32", "float32", "bfloat16"],
    "glossary.md": ["glossary", "notation"],
    "index.md": ["xor", "exclusive or"],
    "install.md": ["offline", "no compiler", "wheel"],
    "one_c_file.md": ["microcontrollers", "embedded", "C code", "C source"],
    "play.md": ["playground", "browser"],
    "reporting.md": ["cite", "citation", "reproducible", "reproducibility"],
    "resume.md": ["checkpoint", "callbacks", "crash"],
    "saved_networks.md": ["save", "load"],
    "selection.md": ["hyperparameters", "cross-validation"],
    "tutorial/table.md": ["csv", "predict"],
}


def on_config(config):
    """The version and the hash at the foot of each page; the pages of the API in the navigation."""
    STATE["api"] = api.Pages()
    config.copyright = f"refnet {refnet.__version__}, contract {refnet.CONTRACT}; canonical weights " \
        f"<code>{CANONICAL_HASH}</code>"
    for group in config.nav:
        for pages in group.values():
            for i, page in enumerate(pages if isinstance(pages, list) else []):
                if page == {"API": "api/index.md"}:
                    rooms = [{f"refnet.{room}": f"api/{room}.md"} for room in STATE["api"].rooms]
                    pages[i] = {"API": ["api/index.md", *rooms]}
    return config


def on_files(files, config):
    """Add what is made: pages of the API, of files outside docs/, and the page to play."""
    for name, text in STATE["api"].files().items():
        files.append(File.generated(config, f"api/{name}", content=text))
    texts = {file.src_uri: (ROOT / "docs" / file.src_uri).read_text(encoding="utf-8")
             for file in files.documentation_pages() if (ROOT / "docs" / file.src_uri).is_file()}
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        if (ROOT / name).is_file():
            texts[TOP[name]] = (ROOT / name).read_text(encoding="utf-8")
            files.append(File.generated(config, TOP[name], content=texts[TOP[name]]))
    waiting = sorted({path for page, text in texts.items() for path in outside(page, text)})
    while waiting:
        path = waiting.pop()
        if files.get_file_from_path(page_of(path)) is None:
            text = source(path)
            waiting += sorted(outside(page_of(path), text))
            files.append(File.generated(config, page_of(path), content=text, inclusion=InclusionLevel.NOT_IN_NAV))
    add_play(files, config)
    return files


def add_play(files, config):
    """The page to play and what it needs, below play/, if Pyodide can be had."""
    STATE["folder"] = tempfile.TemporaryDirectory()
    target = Path(STATE["folder"].name)
    STATE["plays"], reason = play.build(target)
    if not STATE["plays"]:
        LOG.info("the site is built without the page to play: %s", reason)
    for path in sorted(target.rglob("*")):
        if path.is_file():
            name = f"play/{path.relative_to(target).as_posix()}"
            files.append(File.generated(config, name, abs_src_path=str(path)))


def on_page_markdown(markdown, page, config, files):
    """Links to files outside docs/ lead to their pages, and names of refnet to the API's."""
    here = page.file.src_uri
    markdown = ASKS.sub("", markdown)
    page.meta["search"] = {"boost": next(boost for start, boost in BOOSTS if here.startswith(start)),
                           **page.meta.get("search", {})}
    page.meta["tags"] = WORDS.get(here, [])
    if here == "features.md":
        page.meta["hide"] = ["navigation", "toc"]  # its tables are wide: the places are named at the top
        places = [f"[{title}](#{slug(title)})" for title in re.findall("^## (.*)", markdown, re.MULTILINE)]
        markdown = markdown.replace("\n\n", f"\n\n{' · '.join(places)}\n\n", 1)
    if here == "play.md":
        heading, _, rest = markdown.partition("\n")
        button = "[Play in this browser](play/index.html){ .md-button .md-button--primary }" if STATE["plays"] else \
            "This copy of the site was built without the page itself: there was no npm."
        markdown = f"{heading}\n\n{button}\n{rest}"
    elif STATE["plays"]:
        link = rf"\g<0> ([in this browser]({relative('play/index.html', here)}))"
        markdown = re.sub(r"\[[^]]*\]\((?:\.\./)?play\.md\)", link, markdown, count=1)
    markdown = replace_links(here, markdown, lambda path: relative(page_of(path), here))
    if here == "api/index.md":
        return markdown.replace("<!-- rooms -->", STATE["api"].overview())
    return markdown if here.startswith(("api/", "source/")) else link_names(here, markdown)


def on_page_content(html, page, config, files):
    """An option such as --no-header stays on one line; a picture, small on a telephone, leads to itself."""
    def whole(code):
        return OPTION.sub(r'<span class="option">\g<0></span>', code[0])

    html = re.sub(r"<code>[^<]*--[^<]*</code>", whole, html)
    return re.sub(r'<p>(<img [^>]*?src="([^"]+)"[^>]*>)</p>', r'<p><a href="\2">\1</a></p>', html)


def slug(title):
    return slugs.slugify(case="lower")(title, "-")


def link_names(here, markdown):
    """`rn.Dense(3)` in running text leads to the API; in the table of features, without rn., `Dense(3)` too."""
    named, done = NAMED_BARE if here == "features.md" else NAMED, []
    for kind, part in parts_of(markdown):
        before = "".join(done[-2:])
        is_in_link = before.rfind("[") > before.rfind("]")
        is_in_heading = before.rpartition("\n")[2].startswith("#")
        name = kind == "code" and not (is_in_link or is_in_heading) and named.match(part)
        address = name and STATE["api"].index.get(name[1], "")
        page, _, place = (address or "").partition(".html")
        done.append(f"[{part}]({relative(f'api/{page}.md', here)}{place})" if address else part)
    return "".join(done)


def relative(page, here):
    return posixpath.relpath(page, posixpath.dirname(here) or ".")


def on_shutdown():
    if "folder" in STATE:
        STATE.pop("folder").cleanup()


def origin(page):
    """Where the file of a page stands, from the top of the project."""
    top = {name: path for path, name in TOP.items() if path != "README.md"}
    made = re.match(r"source/(.*?)(/index)?\.md$", page)
    return top.get(page) or (f"{made[1]}{'/.' if made[2] else ''}" if made else f"docs/{page}")


def page_of(path):
    """The page of the site that has a file of the project, or that lists a folder."""
    if path in TOP:
        return TOP[path]
    if path.startswith("docs/"):
        return path[len("docs/") :]
    return f"source/{path}/index.md" if (ROOT / path).is_dir() else f"source/{path}.md"


def source(path):
    """A page with a file of the project as it stands, or with links to all files of a folder."""
    place = ROOT / path
    if place.is_dir():
        names = sorted(each.name for each in place.iterdir() if each.is_file() and each.suffix in LANGUAGES)
        return f"# {path}\n\n" + "".join(f"- [{name}]({name})\n" for name in names)
    text = place.read_text(encoding="utf-8")
    if place.suffix == ".md":
        return text
    hidden = "---\nsearch: {exclude: true}\n---\n"  # the search finds what is written about it
    return f"{hidden}# {path}\n\n````{LANGUAGES.get(place.suffix, 'text')}\n{text}\n````\n"


def outside(page, text):
    """The files and folders of the project, but for docs/, that a page links to."""
    found = set()
    replace_links(page, text, lambda path: found.add(path) or path)
    return found


def replace_links(page, text, target):
    """The page with target(path) in the place of each link to an existing file that is another page, or none, there."""
    def other(link):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin(page)), link[1]))
        is_docs = path.startswith("docs/") and origin(page).startswith("docs/")
        return link[1] if is_docs or path.startswith("..") or not (ROOT / path).exists() else target(path)

    return "".join(LINK.sub(other, part) if kind == "text" else part for kind, part in parts_of(text))


def parts_of(text):
    """A page in pieces: ("text", …), ("code", "`…`"), ("block", the whole of a fenced one)."""
    end = 0
    for code in CODE.finditer(text):
        yield "text", text[end : code.start()]
        yield "block" if code[2] else "code", code[0]
        end = code.end()
    yield "text", text[end:]
