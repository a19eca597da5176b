"""How does a browser on this machine, and nobody else, reach the session? A server of the loopback address alone.

A page of another site can send requests to a server on the same machine. So each is refused unless it names this
server as its host (a name that was pointed at 127.0.0.1 does not) and, where the browser says so, as the page it comes
from; and unless it has the token, which is only in the address that is printed.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib import resources
from socketserver import TCPServer, ThreadingMixIn
from threading import Lock
from typing import Any, Optional
from urllib.parse import parse_qs

from refnet import checks

ADDRESS = "127.0.0.1"
MOST_BYTES = 1 << 20  # of a request: a network's file is a tenth of it
MOST_SECONDS = 10.0  # to send a request, or to take an answer
MOST_CONNECTIONS = 32
TOKEN = "X-Refnet-Token"
JSON = "application/json"
ANSWER = "/answer"
UTF8 = "charset=utf-8"
TYPES = {".html": f"text/html; {UTF8}", ".css": f"text/css; {UTF8}", ".js": f"text/javascript; {UTF8}",
         ".svg": "image/svg+xml", ".png": "image/png", ".json": JSON}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page_files() -> dict[str, tuple[str, bytes]]:
    """(type, bytes) of each file of the page by its path; the start page is "/"."""
    found = {}
    for file in sorted((resources.files("refnet.play") / "page").iterdir(), key=lambda each: each.name):
        kind = TYPES.get(os.path.splitext(file.name)[1])
        if kind:
            found["/" if file.name == "index.html" else f"/{file.name}"] = kind, file.read_bytes()
    return found


class Refusal(Exception):
    """A request that is not answered: the status, and words that say why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Server(ThreadingMixIn, TCPServer):
    """Serves the page and one session. Listening from the start; `serve_forever` answers; `close` ends it.

    session  that answers, one request at a time
    port     0: a free one

    Raises OSError if the port cannot be had, TypeError or ValueError if it is none.
    """

    daemon_threads = False
    block_on_close = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would let another program have the same port
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, session: Any, port: int = 0) -> None:
        self.session, self.token, self.files = session, secrets.token_urlsafe(32), page_files()
        self.lock = Lock()  # of the session
        self.open: dict[socket.socket, Optional[float]] = {}  # connections, and until when one has to be done
        self.strange: dict[socket.socket, None] = {}  # those that have not shown the token yet, the oldest first
        super().__init__((ADDRESS, checks.count("port", port, 0, 65535)), Handler)

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://{ADDRESS}:{self.port}/?token={self.token}"

    @property
    def hosts(self) -> set[str]:
        """How a browser names this server."""
        names = (ADDRESS, "localhost")
        return {f"{name}:{self.port}" for name in names} | (set(names) if self.port == 80 else set())

    def answer(self, request: Any) -> dict[str, Any]:
        with self.lock:
            return self.session.answer(request)

    def close(self) -> None:
        """End all connections and a training that is running, and wait for their threads. After serve_forever."""
        self.session.stop()
        for connection in list(self.open):
            _shut(connection)
        self.server_close()

    # --- what socketserver calls ---

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there is a place for one more connection. The oldest one without the token makes room."""
        if len(self.open) >= MOST_CONNECTIONS:
            for connection in list(self.strange)[:1]:
                self.strange.pop(connection, None)
                self.open.pop(connection, None)
                _shut(connection)
        return len(self.open) < MOST_CONNECTIONS

    def process_request(self, request: Any, client_address: Any) -> None:
        self.strange[request] = None
        self.has_to_be_done(request, MOST_SECONDS)
        super().process_request(request, client_address)

    def has_to_be_done(self, connection: socket.socket, seconds: Optional[float]) -> None:
        """Give a connection this long for what it does next; None: as long as it takes."""
        self.open[connection] = None if seconds is None else time.monotonic() + seconds

    def service_actions(self) -> None:
        """End the connections that take too long, however they go about it. Called twice a second."""
        now = time.monotonic()
        for connection, end in list(self.open.items()):
            if end is not None and now > end:
                _shut(connection)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.open.pop(request, None)
        self.strange.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is none of the user's concern; anything else is a mistake of this program."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One request of one connection (HTTP/1.0)."""

    server: Server

    def do_GET(self) -> None:
        self._run(self._page)

    def do_POST(self) -> None:
        self._run(self._answer)

    def _run(self, found: Callable[[], tuple[int, str, bytes]]) -> None:
        try:
            self._send(*found())
        except Refusal as refusal:
            self._refuse(refusal.status, str(refusal))

    def _page(self) -> tuple[int, str, bytes]:
        self._check_caller()
        path, _, query = self.path.partition("?")
        if path == ANSWER:
            raise Refusal(405, f"GET: not allowed for {ANSWER}; allowed: POST")
        if path not in self.server.files:
            raise Refusal(404, f"{path}: not found")
        if path == "/":
            self._check_token(parse_qs(query).get("token", []))
        return (200, *self.server.files[path])

    def _answer(self) -> tuple[int, str, bytes]:
        data = self.rfile.read(self._length())  # in any case: who is still sending would not hear a refusal
        self._check_caller()
        if self.path in self.server.files:
            raise Refusal(405, f"POST: not allowed for {self.path}; allowed: GET")
        if self.path != ANSWER:
            raise Refusal(404, f"{self.path}: not found")
        self._check_token(self.headers.get_all(TOKEN, []))
        kind = self.headers.get("Content-Type", "")
        if kind.partition(";")[0].strip().lower() != JSON:
            raise Refusal(415, f"Content-Type: {kind or 'missing'}; allowed: {JSON}")
        try:
            request = json.loads(data.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Refusal(400, f"body: not JSON in UTF-8: {error}") from None
        self.server.has_to_be_done(self.connection, None)
        try:
            found = self.server.answer(request)
        except Exception as error:
            self._refuse(500, f"{type(error).__name__}: {error}")
            raise
        return 400 if "error" in found else 200, JSON, json.dumps(found, allow_nan=False).encode()

    def _length(self) -> int:
        """How many bytes the body has."""
        lengths = self.headers.get_all("Content-Length", [])
        if not lengths or "Transfer-Encoding" in self.headers:
            raise Refusal(411, "Content-Length: missing; expected the number of bytes")
        if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit() and len(lengths[0]) < 20):
            raise Refusal(400, f"Content-Length: {', '.join(lengths)}; expected the number of bytes")
        if int(lengths[0]) > MOST_BYTES:
            raise Refusal(413, f"Content-Length: {lengths[0]}; allowed: at most {MOST_BYTES} bytes")
        return int(lengths[0])

    def _check_caller(self) -> None:
        """Refuse another host, another origin."""
        hosts, origins = self.headers.get_all("Host", []), self.headers.get_all("Origin", [])
        if len(hosts) != 1 or hosts[0].lower() not in self.server.hosts:
            raise Refusal(403, f"Host: {', '.join(hosts) or 'missing'}; allowed: {ADDRESS}:{self.server.port}")
        if origins and origins != [f"http://{hosts[0].lower()}"]:
            raise Refusal(403, f"Origin: {', '.join(origins)}; allowed: http://{ADDRESS}:{self.server.port}")

    def _check_token(self, given: list[str]) -> None:
        if len(given) != 1 or not hmac.compare_digest(given[0].encode(), self.server.token.encode()):
            raise Refusal(403, "token: missing or wrong; open the address that refnet play has printed")
        self.server.strange.pop(self.connection, None)

    def _refuse(self, status: int, words: str) -> None:
        self._send(status, JSON, json.dumps({"error": words}).encode())

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.server.has_to_be_done(self.connection, MOST_SECONDS)
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        if status == 405:
            self.send_header("Allow", "POST" if self.path == ANSWER else "GET")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    # --- what http.server calls ---

    def send_error(self, code: int, message: Any = None, explain: Any = None) -> None:
        """What http.server itself refuses: a request that is none, or a method that nobody knows."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            code, message = 405, f"{self.command}: not allowed; allowed: GET and POST"
        self._refuse(code, str(message or HTTPStatus(code).phrase))

    def version_string(self) -> str:
        return "refnet"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the user's."""


def _shut(connection: socket.socket) -> None:
    """End a connection, so that whoever reads from it or writes to it stops."""
    with suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)
