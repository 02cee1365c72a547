"""Requests that mean no good: a reply with a reason, or a closed connection; never a crash."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Iterator

import pytest
from burr_log import counted, write_app
from conftest import Burr
from served import Served, serving


@pytest.fixture(scope="module")
def ours(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "outside").mkdir()
    (folder / "outside/secret.json").write_text('{"secret": 1}')
    burr = Burr(binary, folder / "store")
    write_app(burr.store, "a", counted(range(3)))
    with serving(burr) as served:
        yield served
        assert served.get("/ready").status == 200
        # Nothing was written where no application is.
        assert sorted(path.name for path in folder.iterdir()) == ["outside", "store"]
        assert sorted(path.name for path in (folder / "outside").iterdir()) == ["secret.json"]
        assert [path.name for path in burr.store.iterdir()] == ["p"]


def raw(served: Served, data: bytes) -> bytes:
    with socket.create_connection((served.host, served.port), timeout=3) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionResetError, TimeoutError):
            # What is no request yet is waited for, until the server's own deadline.
            pass
        return received


NAMES = [
    "..", "%2e%2e", "%2E%2E%2F..", "..%2f..%2foutside", "%2e%2e%2foutside%2fsecret.json", ".",
    "a%00b", "%", "%zz", "%ff", "a%2f..%2fb", "....", "~", "%5c..%5c", "C:", "x" * 3000,
    "%F0%9F%92%A9", "a%0d%0aX-Injected:%201", ".annotations",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_do_not_leave_the_store(ours: Served, name: str) -> None:
    for path in [
        f"/api/v0/{name}/__none__/apps", f"/api/v0/{name}/annotations",
        f"/api/v1/projects/{name}/apps", f"/api/v1/projects/p/apps/{name}/windows/0",
        f"/api/v1/projects/{name}/apps/{name}/steps",
        f"/api/v0/{name}/{name}/__none__/apps", f"/api/v0/p/{name}/__none__/apps",
        f"/api/v0/p/a/{name}/apps", f"/assets/{name}", f"/{name}", f"/public/../{name}",
    ]:
        reply = ours.get(path)
        assert reply.status in (200, 400, 404, 414), (path, reply.status, reply.body)
        assert b'"secret": 1' not in reply.body
        assert "x-injected" not in reply.headers
    note = {"span_id": None, "step_name": "s", "tags": [], "observations": []}
    for owner in [f"{name}/{name}/__none__", f"p/{name}/x"]:
        path = f"/api/v0/{owner}/0/annotations"
        assert ours.send("POST", path, note).status in (400, 404, 414), path


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"POST /api/v0/p/a/x/0/annotations HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/v0/p/a/x/0/annotations HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: -1\r\n\r\nx",
        b"POST /api/v0/p/a/x/0/annotations HTTP/1.1\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        b"POST /api/v0/p/a/x/0/annotations HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Length: 5000000\r\nConnection: close\r\n\r\n" + b"[" * 5_000_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500 + b"\r\n\r\n",
        bytes(range(256)) * 40,
    ],
    ids=range(16),
)
def test_bytes_that_are_no_request(ours: Served, data: bytes) -> None:
    reply = raw(ours, data)
    if reply:
        assert reply.startswith(b"HTTP/1.")
        status = int(reply.split(b" ")[1])
        assert status in {400, 403, 404, 405, 411, 413, 414, 431, 501, 505}, reply


def test_bodies_that_are_no_annotation(ours: Served) -> None:
    path = "/api/v0/p/a/__none__/0/annotations"
    for body in [
        b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"a":' * 5_000, b"nul", b'"\\ud800"',
        b'{"span_id":null,"step_name":"s","tags":[],"observations":[{}]}' + b" " * 100, b"\x00",
    ]:
        reply = ours.request("POST", path, body)
        assert reply.status == 422 and reply.json["detail"], (body[:20], reply)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {2 << 20}\r\n\r\n"
    # The server may have closed before all of it was sent.
    refused = raw(ours, head.encode() + b" " * (2 << 20))
    assert not refused or b" 413 " in refused


def test_random_requests(ours: Served) -> None:
    """A fuzzer of the routes: what is sent is wrong, the server answers on."""
    chance = random.Random(7)
    routes = [
        "api", "v0", "v1", "projects", "p", "a", "apps", "annotations", "__none__", "ready", "0",
        "metrics", "states", "steps", "diff", "windows", "timeline", "graph", "events", "..", "%2e",
        "assets", "update_annotations", "-1", "99999999999999999999", "head", "%00", "%C3", "",
    ]
    queries = [
        "limit", "offset", "app_id", "step_sequence_id", "ref", "side", "path", "depth", "from",
        "to", "format", "cursor", "max_bytes", "full", "last_event_id",
    ]
    values = ["", "-1", "0", "x", "1e9", "9" * 40, "%", "%ff", "/a/b", "head", "t:-5m", "\u2603"]
    for _ in range(1500):
        path = "/" + "/".join(chance.choices(routes, k=chance.randint(1, 8)))
        if chance.random() < 0.5:
            pairs = [f"{chance.choice(queries)}={chance.choice(values)}" for _ in range(2)]
            path += "?" + "&".join(pairs).replace("\u2603", "%E2%98%83")
        if "stream" in path or "live" in path:
            continue
        method = chance.choice(["GET", "GET", "GET", "HEAD", "PUT", "POST", "DELETE"])
        headers = {"Accept-Encoding": chance.choice(["gzip", "", "gzip;q=0", "*", ";;,"])}
        body = chance.choice([b"{}", b"[1]", b"x"]) if method in ("PUT", "POST") else None
        reply = ours.request(method, path, body, headers)
        assert reply.status < 500, (method, path, reply.status, reply.body[:300])


def test_many_slow_clients_keep_nobody_out(ours: Served) -> None:
    waiting = [socket.create_connection((ours.host, ours.port)) for _ in range(300)]
    try:
        for client in waiting:
            client.sendall(b"GET /ready HTTP/1.1\r\nHost: loc")
        assert ours.get("/ready").status == 200
    finally:
        for client in waiting:
            client.close()
