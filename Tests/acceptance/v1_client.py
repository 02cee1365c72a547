"""A client of /api/v1 that knows the specification only: HTTP, patches, windows, events."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Optional
from urllib.parse import quote, urlencode, urlsplit

import jsonpatch

WINDOW = "application/vnd.burr.window+json"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@contextmanager
def kept_port() -> Iterator[int]:
    """A port that nobody else is given while the server that has it is away."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]


class Server:
    """`burr serve` on a store, on a free port or on one that is kept for it."""

    def __init__(self, binary: Path, store: Path, port: int = 0):
        environment = {
            **{name: os.environ[name] for name in ("PATH", "TZ") if name in os.environ},
            "HOME": str(store.parent),
        }
        self.process = subprocess.Popen(
            [binary, "serve", "--no-open", "--port", str(port), "--store", store],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
        line = self.process.stdout.readline().decode()
        found = re.search(r"http://[^:]+:(\d+)", line)
        assert found, f"the server did not start: {line}"
        self.port = int(found.group(1))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0

    def ask(
        self, path: str, method: str = "GET", body: Optional[bytes] = None, **headers: str
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named)
        response = connection.getresponse()
        reply = Reply(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            response.read(),
        )
        connection.close()
        return reply

    def get(self, path: str, **headers: str) -> Any:
        """A reply that must be 200, as JSON."""
        reply = self.ask(path, **headers)
        assert reply.status == 200, f"{path}: {reply.status} {reply.body[:500]!r}"
        return reply.json


@contextmanager
def serving(binary: Path, store: Path, port: int = 0) -> Iterator[Server]:
    server = Server(binary, store, port)
    try:
        yield server
    finally:
        server.stop()


def app_url(project: str, app: str) -> str:
    return f"/api/v1/projects/{quote(project, safe='')}/apps/{quote(app, safe='')}"


def query(**fields: Any) -> str:
    return "?" + urlencode({name: value for name, value in fields.items() if value is not None})


def apply(state: Any, patch: list[dict[str, Any]]) -> Any:
    """The state after a patch, of the operations of RFC 6902 and `str-append`."""
    for operation in patch:
        if operation["op"] == "str-append":
            pointer = jsonpatch.JsonPointer(operation["path"])
            text = pointer.resolve(state) + operation["value"]
            operation = {"op": "replace", "path": operation["path"], "value": text}
        state = jsonpatch.apply_patch(state, [operation])
    return state


def states_of(window: dict[str, Any]) -> Iterator[tuple[int, Any]]:
    """Each step of a window with the state after it, where that is known."""
    state = window["keyframe"]["state"]
    for step, delta in zip(window["rows"]["step"], window["deltas"]):
        if delta is None:
            continue
        state = apply(state, delta)
        yield step, state


def windows(server: Server, app: str, accept: str = "application/json") -> Iterator[dict[str, Any]]:
    """All windows of an application, from the first to the head."""
    first = server.get(app)["first"]
    path = f"{app}/windows/{first - first % 256}"
    while path:
        window = server.get(path, Accept=accept)
        yield window
        path = window["next"]


class Events:
    """A stream of server-sent events, read as it comes; one that tells nothing for long fails."""

    PATIENCE = 60
    """Seconds until the next event."""

    def __init__(self, server: Server, path: str, last: Optional[str] = None):
        headers = {"Last-Event-ID": last} if last else {}
        port, patience = server.port, self.PATIENCE
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()
        self.last = last

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        kind, data = "message", ""
        asked = time.monotonic()
        for raw in self.response:
            # A comment comes now and then, so that no reading takes too long.
            if time.monotonic() - asked > self.PATIENCE:
                raise TimeoutError(f"no event in {self.PATIENCE} s")
            line = raw.decode().rstrip("\r\n")
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line and data:
                yield kind, json.loads(data)
                kind, data = "message", ""
                asked = time.monotonic()
            elif name == "event":
                kind = value
            elif name == "data":
                data += value
            elif name == "id":
                self.last = value

    def close(self) -> None:
        self.response.close()
        self.connection.close()


def split(url: str) -> str:
    """The path and query of a link."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
