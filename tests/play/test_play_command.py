"""Does `refnet play` start, say where it is, and end as every command does? Without a browser."""

import errno
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import refnet
from refnet.cli import main, play
from refnet.play.server import page_files

PACKAGE = Path(refnet.__file__).parent
ROOT = PACKAGE.parent
LINE = re.compile(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)")
SIGNALS = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def start(*words, path=ROOT, command=("-m", "refnet", "play"), **how):
    """The process, and the port and the token that it has printed."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONUNBUFFERED": "1"}
    environment.pop("REFNET_REQUIRE_C", None)  # there is no C core in a zip file
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    process = subprocess.Popen([sys.executable, *command, *words], env=environment, text=True, **how)
    if how["stdout"] != subprocess.PIPE:
        return process, 0, ""
    lines = process.stdout.readline() + process.stdout.readline()
    found = LINE.search(lines)
    assert found and lines.endswith("Ctrl-C ends it.\n"), lines + process.stderr.read()
    return process, int(found[1]), found[2]


def get(port, path, token=""):
    """Status and body of a page's file; with a token, of its answer to "open"."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    if token:
        headers = {"X-Refnet-Token": token, "Content-Type": "application/json"}
        connection.request("POST", path, b'{"do": "open"}', headers)
    else:
        connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


@SIGNALS
@pytest.mark.parametrize("name, status", [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_it(name, status):
    """While a client is connected that says nothing, and another trains."""
    process, port, token = start("--no-browser", "--backend", "python", preexec_fn=as_in_a_terminal)
    body = b'{"do": "train", "epochs": 100000, "milliseconds": 60000}'
    with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)) as training:
        training.sendall(f"POST /answer HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nX-Refnet-Token: {token}\r\nContent-Type: "
                         f"application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        assert get(port, "/style.css")[0] == 200
        process.send_signal(getattr(signal, name))
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (status, "", "refnet: stopped\n")
    with pytest.raises(ConnectionRefusedError):
        get(port, "/style.css")


def as_in_a_terminal():
    """The tests may have been started where one of these is ignored, as by nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@SIGNALS
def test_its_terminal_goes_away():
    import fcntl
    import pty
    import termios

    def own_terminal():
        as_in_a_terminal()
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    ours, theirs = pty.openpty()
    process, _, _ = start("--no-browser", stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=own_terminal)
    os.close(theirs)
    seen = b""
    while b"ends it" not in seen:
        seen += os.read(ours, 1000)
    os.close(ours)
    assert process.wait(timeout=30) == 129


def test_what_it_serves():
    process, port, token = start("--no-browser", "--seed", "5", "--backend", "python")
    try:
        assert get(port, f"/?token={token}") == (200, page_files()["/"][1])
        for path, (_, data) in page_files().items():
            assert path == "/" or get(port, path) == (200, data)
        status, body = get(port, "/answer", token)
        assert status == 200 and b'"seed": 5' in body and b'"backend": "python"' in body
    finally:
        process.kill()
        process.communicate()


def test_the_page_s_files_are_of_known_types():
    """What is in the folder is served, and nothing else is in it."""
    served = {"index.html" if path == "/" else path[1:] for path in page_files()}
    assert served == {path.name for path in (PACKAGE / "play" / "page").iterdir() if path.is_file()}
    assert {"index.html", "style.css", "main.js"} <= served
    for kind, data in page_files().values():
        assert data and "/" in kind


def test_a_zip_file_serves_its_page(tmp_path):
    with zipfile.ZipFile(tmp_path / "refnet.zip", "w") as packed:
        for folder, _, names in os.walk(PACKAGE, followlinks=True):
            for name in names:
                if name.endswith((".py", ".html", ".css", ".js", ".svg")):
                    path = Path(folder, name)
                    packed.write(path, path.relative_to(ROOT))
    process, port, token = start("--no-browser", path=tmp_path / "refnet.zip")
    try:
        assert get(port, f"/?token={token}") == (200, page_files()["/"][1])
        assert get(port, "/answer", token)[0] == 200
    finally:
        process.kill()
        process.communicate()


def said(capsys, *words):
    """Status and standard error of a command that ends at once."""
    status = main(["play", "--no-browser", *map(str, words)])
    out, err = capsys.readouterr()
    assert out == ""
    return status, err


@pytest.mark.skipif(os.name == "nt", reason="Windows has other words for it")
def test_a_port_that_is_taken(capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, err = said(capsys, "--port", port)
    assert status == 2 and err == f"refnet: --port {port}: {os.strerror(errno.EADDRINUSE)}\n"


@pytest.mark.parametrize("words, line", [
    (["--port", "99999"], "--port: '99999'; allowed: whole numbers >= 0 and <= 65535 (see"),
    (["--port", "-1"], "--port: '-1'; allowed: whole numbers >= 0"),
    (["--port", "eighty"], "--port: 'eighty'; allowed: whole numbers >= 0"),
    (["--seed", "-1"], "--seed: '-1'; allowed: whole numbers >= 0"),
    (["--seed", str(1 << 54)], "--seed: '18014398509481984'; allowed: whole numbers >= 0 and <= 9007199254740992 (see"),
    (["--backend", "fortran"], "--backend: invalid choice: 'fortran'"),
    (["page.html"], "unrecognized arguments: page.html"),
])
def test_what_is_refused(capsys, words, line):
    status, err = said(capsys, *words)
    assert status == 2 and err.startswith(f"refnet: {line}") and err.count("\n") == 1


def test_the_help_says_how_it_ends(capsys):
    assert main(["play", "--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Ctrl-C ends it" in out and "token" in out and "--no-browser" in out


@pytest.mark.parametrize("kind, environment, is_opened", [
    ("BackgroundBrowser", {}, True), ("GenericBrowser", {}, False), ("GenericBrowser", {"BROWSER": "lynx"}, True),
])
def test_which_browser_is_opened(kind, environment, is_opened, monkeypatch):
    """None of text, unless it is asked for: it would take the terminal and could not show the page."""
    opened = []
    browser = getattr(play.webbrowser, kind)("a browser")
    browser.open = opened.append
    monkeypatch.setattr(play.webbrowser, "get", lambda: browser)
    monkeypatch.delenv("BROWSER", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    play.open_browser("http://127.0.0.1:1/")
    assert opened == (["http://127.0.0.1:1/"] if is_opened else [])


def test_without_a_browser_it_serves_all_the_same(monkeypatch):
    def none():
        raise play.webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(play.webbrowser, "get", none)
    play.open_browser("http://127.0.0.1:1/")
