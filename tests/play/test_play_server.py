"""Does the server answer its own page, and nobody and nothing else?"""

import http.client
import json
import socket
import threading
import time
import urllib.parse

import pytest

from refnet.play import Session, server

FILES = {"/": ("text/html; charset=utf-8", b"<!doctype html><p>page"), "/main.js": ("text/javascript", b"1")}


class Slow:
    """A session that takes as long as it is told."""

    def __init__(self):
        self.asked, self.inside, self.most, self.goes_on = [], 0, 0, threading.Event()

    def answer(self, request):
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.asked.append(request)
        time.sleep(0.005)  # so that another could come in between
        if request == {"do": "wait"}:
            self.goes_on.wait(20)
        self.inside -= 1
        if request == {"do": "break"}:
            raise ZeroDivisionError("a mistake")
        return {"done": len(self.asked)}

    def stop(self):
        self.goes_on.set()


@pytest.fixture
def serve(monkeypatch):
    """Starts a server in a thread; at the end none of its threads is left."""
    before, running = set(threading.enumerate()), []
    monkeypatch.setattr(server, "page_files", lambda: FILES)

    def start(session):
        found = server.Server(session)
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        running.append((found, thread))
        return found

    yield start
    for found, thread in running:
        found.shutdown()
        thread.join()
        found.close()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def own(serve):
    return serve(Slow())


def send(to, method="POST", path="/answer", body=b'{"do": "x"}', **headers):
    """(status, headers, body) of one request. A header that is None is left out."""
    given = {"Host": f"127.0.0.1:{to.port}", "X-Refnet-Token": to.token, "Content-Type": "application/json",
             "Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, values in given.items():
        for value in values if isinstance(values, list) else [] if values is None else [values]:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = answer.status, answer.headers, answer.read()
    connection.close()
    return found


def get(to, path, **headers):
    left_out = {"Content_Length": None, "X_Refnet_Token": None, "Content_Type": None}
    return send(to, "GET", path, b"", **{**left_out, **headers})


def refused(found, status, *words):
    assert found[0] == status, found
    error = json.loads(found[2])["error"]
    assert all(word in error for word in words), error
    return error


# --- What is answered ---


def test_a_session_is_played_through_it(serve):
    to = serve(Session("python", size=3))
    same = Session("python", size=3)
    for request in [{"do": "open"}, {"do": "set", "settings": {"hidden": [2]}}, {"do": "train", "epochs": 2},
                    {"do": "save"}, {"do": "set", "settings": {"rate": -1}}, ["open"]]:
        status, headers, body = send(to, body=json.dumps(request).encode())
        expected = json.loads(json.dumps(same.answer(request)))
        assert (status, json.loads(body)) == (400 if "error" in expected else 200, expected)
        assert headers["Content-Type"] == "application/json"


def test_the_page_and_its_files(own):
    path = urllib.parse.urlsplit(own.address)
    assert own.address == f"http://127.0.0.1:{own.port}/?token={own.token}" and len(own.token) >= 40
    status, headers, body = get(own, f"{path.path}?{path.query}")
    assert (status, body, headers["Content-Type"]) == (200, FILES["/"][1], "text/html; charset=utf-8")
    assert get(own, "/main.js")[2] == b"1" and get(own, "/main.js?x=1")[0] == 200
    assert get(own, "/main.js", Host=f"localhost:{own.port}")[0] == 200
    assert get(own, "/main.js", Host=f"LocalHost:{own.port}")[0] == 200


def test_every_answer_has_the_headers_that_protect_it(own):
    for found in (get(own, "/main.js"), get(own, "/"), send(own), send(own, "PUT"), get(own, "/nothing"),
                  send(own, Host="evil.example")):
        headers = found[1]
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; ")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer" and headers["Cache-Control"] == "no-store"
        assert not [name for name in headers if name.lower().startswith("access-control")]
        assert headers["Server"] == "refnet"


# --- What is refused ---


def asked(to):
    return to.session.asked


@pytest.mark.parametrize("host", [
    "evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "[::1]:{port}", "127.0.0.1.nip.io:{port}",
    "localhost.:{port}", "", None, ["127.0.0.1:{port}", "evil.example"], "evil.example:{port}",
])
def test_another_host(own, host):
    """As where a name of a stranger's has been pointed at 127.0.0.1."""
    several = [each.replace("{port}", str(own.port)) for each in ([host] if isinstance(host, str) else host or [])]
    for found in (send(own, Host=several or None), get(own, f"/?token={own.token}", Host=several or None)):
        refused(found, 403, "Host: ", f"127.0.0.1:{own.port}")
    assert asked(own) == []


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1", "",
                                    "http://localhost:{port}", "http://127.0.0.1:{port}.evil.example"])
def test_another_origin(own, origin):
    origin = origin.replace("{port}", str(own.port))
    refused(send(own, Origin=origin), 403, f"Origin: {origin}", f"http://127.0.0.1:{own.port}")
    refused(get(own, "/main.js", Origin=origin), 403, "Origin: ")
    assert asked(own) == []
    assert send(own, Origin=f"http://127.0.0.1:{own.port}")[0] == 200


@pytest.mark.parametrize("token", [None, "", "x", "{token}x", ["{token}", "{token}"], "ä", "{token}, {token}"])
def test_another_token(own, token):
    several = [each.replace("{token}", own.token) for each in ([token] if isinstance(token, str) else token or [])]
    refused(send(own, X_Refnet_Token=several or None), 403, "token: missing or wrong")
    assert asked(own) == []


@pytest.mark.parametrize("query", ["", "?", "?token=", "?token=x", "?Token={token}", "?token={token}&token={token}",
                                   "?token={token}x", "?token=%ff"])
def test_the_page_without_its_token(own, query):
    refused(get(own, f"/{query.replace('{token}', own.token)}"), 403, "token: missing or wrong")


def test_each_server_has_a_token_of_its_own(serve):
    one, other = serve(Slow()), serve(Slow())
    assert one.token != other.token and one.port != other.port
    refused(send(one, X_Refnet_Token=other.token), 403, "token")


@pytest.mark.parametrize("path", ["/nothing", "/index.html", "/main.js/", "/../session.py", "/%2e%2e/a",
                                  "/main%2ejs", "/..\\session.py", "/page/main.js", "main.js", "*", "/./main.js"])
def test_other_paths(own, path):
    refused(get(own, path), 404, "not found")
    refused(send(own, path=path), 404, "not found")


def test_other_methods(own):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "NONSENSE", "get"):
        found = send(own, method)
        refused(found, 405, method, "GET and POST")
    status, headers, body = send(own, "HEAD")
    assert (status, headers["Allow"], body) == (405, "POST", b"")
    found = get(own, "/answer")
    refused(found, 405, "POST")
    assert found[1]["Allow"] == "POST"
    found = send(own, path="/main.js")
    refused(found, 405, "GET")
    assert found[1]["Allow"] == "GET" and asked(own) == []


@pytest.mark.parametrize("kind", [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                                  "application/jsonp", "json"])
def test_another_content_type(own, kind):
    """Which a form of another page could send."""
    refused(send(own, Content_Type=kind), 415, "Content-Type: ", "application/json")
    assert asked(own) == []
    assert send(own, Content_Type="Application/JSON; charset=utf-8")[0] == 200


@pytest.mark.parametrize("length, status", [
    (None, 411), ("", 400), ("-1", 400), ("1.5", 400), ("0x10", 400), ("²", 400), ("1e3", 400), ("9" * 30, 400),
    (["11", "11"], 400), (["11", "12"], 400), (str(server.MOST_BYTES + 1), 413), ("9" * 19, 413),
])
def test_a_bad_length(own, length, status):
    if length == "²":
        length = "²".encode()
    refused(send(own, Content_Length=length), status, "Content-Length: ")
    assert asked(own) == []


def test_a_body_in_chunks(own):
    refused(send(own, Transfer_Encoding="chunked"), 411, "Content-Length")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{'do': 'x'}", b"[" * 100_000, b"1" * 6000, b'{"do": "x"} 1'])
def test_a_body_that_is_no_json(own, body):
    refused(send(own, body=body), 400, "not JSON")
    assert asked(own) == []


def test_the_largest_body(own):
    body = b'"' + b"x" * (server.MOST_BYTES - 2) + b'"'
    assert send(own, body=body)[0] == 200 and len(asked(own)[0]) == server.MOST_BYTES - 2


def raw(to, data, ends=True):
    """What comes back when these bytes are sent, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", to.port), timeout=20) as client:
        client.sendall(data)
        if ends:
            client.shutdown(socket.SHUT_WR)
        found = b""
        while piece := client.recv(4096):
            found += piece
    return found


def test_what_is_no_request(own):
    for data in (b"\0\xff\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.x\r\n\r\n", b"GET " + b"x" * 70_000,
                 b"GET / HTTP/1.0\r\n" + b"a: b\r\n" * 200 + b"\r\n", f"GET /?token={own.token}\r\n\r\n".encode()):
        assert b'{"error": "' in raw(own, data)
    assert raw(own, b"") == b"" and asked(own) == []
    assert send(own)[0] == 200


def head(to, length):
    return (f"POST /answer HTTP/1.1\r\nHost: 127.0.0.1:{to.port}\r\nX-Refnet-Token: {to.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n").encode()


def test_a_body_that_ends_too_early(own):
    assert b" 400 " in raw(own, head(own, 50) + b'{"do": ').splitlines()[0]
    assert asked(own) == []


# --- Several at once ---


def test_one_request_at_a_time(own):
    threads = [threading.Thread(target=send, args=(own,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked(own)) == 12 and own.session.most == 1


def test_a_client_that_says_nothing_keeps_nobody_waiting(own):
    with socket.create_connection(("127.0.0.1", own.port)), socket.create_connection(("127.0.0.1", own.port)) as half:
        half.sendall(head(own, 50))
        assert send(own)[0] == 200


def test_a_client_that_takes_too_long_is_left(own, monkeypatch):
    """Also one that sends a byte now and then."""
    monkeypatch.setattr(server, "MOST_SECONDS", 0.1)
    assert raw(own, head(own, 50), ends=False) == b""
    with socket.create_connection(("127.0.0.1", own.port), timeout=20) as client, pytest.raises(OSError):
        client.sendall(head(own, 10_000))
        for _ in range(2000):
            client.sendall(b" ")
            time.sleep(0.01)
    while own.open:
        time.sleep(0.01)
    assert asked(own) == []


def test_what_takes_the_session_long_is_waited_for(own, monkeypatch):
    monkeypatch.setattr(server, "MOST_SECONDS", 0.05)
    found = []
    thread = threading.Thread(target=lambda: found.append(send(own, body=b'{"do": "wait"}')))
    thread.start()
    while not asked(own):
        time.sleep(0.01)
    time.sleep(0.2)
    own.session.goes_on.set()
    thread.join()
    assert found[0][0] == 200


def test_the_oldest_connection_without_the_token_makes_room(own):
    many = [socket.create_connection(("127.0.0.1", own.port), timeout=20) for _ in range(server.MOST_CONNECTIONS)]
    while len(own.open) < server.MOST_CONNECTIONS:
        time.sleep(0.01)
    assert send(own)[0] == 200
    assert many[0].recv(1) == b""  # its end
    while len(own.open) >= server.MOST_CONNECTIONS:
        time.sleep(0.01)
    assert len(own.open) == server.MOST_CONNECTIONS - 1
    for each in many:
        each.close()
    while own.open:
        time.sleep(0.01)
    assert own.strange == {}


def test_no_more_connections_than_allowed(own, monkeypatch):
    """Of those that have shown the token none is ended for another."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 2)
    found = []
    threads = [threading.Thread(target=lambda: found.append(send(own, body=b'{"do": "wait"}')[0])) for _ in range(2)]
    for thread in threads:
        thread.start()
    while len(own.open) < 2 or own.strange:
        time.sleep(0.01)
    with pytest.raises(OSError):  # its end, or a reset
        send(own)
    own.session.goes_on.set()
    for thread in threads:
        thread.join()
    while own.open:
        time.sleep(0.01)
    assert found == [200, 200] and send(own)[0] == 200


def test_a_mistake_of_the_session_is_told_and_ends_nothing(own, capsys):
    refused(send(own, body=b'{"do": "break"}'), 500, "ZeroDivisionError: a mistake")
    assert send(own)[0] == 200
    while "ZeroDivisionError" not in capsys.readouterr().err:  # of the thread
        time.sleep(0.01)


def test_closing_ends_what_is_going_on(monkeypatch):
    """A training that is running, a client that says nothing."""
    monkeypatch.setattr(server, "page_files", lambda: FILES)
    before = set(threading.enumerate())
    session = Session("python", size=2)
    to = server.Server(session)
    thread = threading.Thread(target=to.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    body = b'{"do": "train", "epochs": 100000, "milliseconds": 60000}'
    with socket.create_connection(("127.0.0.1", to.port)), socket.create_connection(("127.0.0.1", to.port)) as client:
        client.sendall(head(to, len(body)) + body)
        while not session.network.epoch:
            time.sleep(0.01)
        to.shutdown()
        to.close()
        thread.join()
    assert set(threading.enumerate()) <= before
    epoch = session.network.epoch
    assert epoch < 100_000 and session.answer({"do": "train"})["state"]["epoch"] == epoch


@pytest.mark.parametrize("port, kind", [(-1, ValueError), (65536, ValueError), ("80", TypeError), (80.5, TypeError)])
def test_a_port_that_is_none(port, kind, monkeypatch):
    monkeypatch.setattr(server, "page_files", lambda: FILES)
    with pytest.raises(kind, match="port: "):
        server.Server(Slow(), port)


def test_it_listens_on_this_machine_alone(own):
    assert own.server_address == ("127.0.0.1", own.port) and own.socket.getsockname()[0] == "127.0.0.1"
    assert own.socket.family == socket.AF_INET
