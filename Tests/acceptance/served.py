"""A running `burr serve`, and real Burr's server over the same files."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Optional
from urllib.parse import urlsplit

from conftest import Burr


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Served:
    """The server of one store, on a port of its own."""

    def __init__(self, process: subprocess.Popen[bytes], address: str):
        self.process, self.address = process, address
        parts = urlsplit(address)
        self.host, self.port = parts.hostname or "", parts.port or 0

    def request(
        self,
        method: str,
        path: str,
        body: Optional[bytes] = None,
        headers: Optional[dict[str, str]] = None,
    ) -> Reply:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            named = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, named, reply.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.request("GET", path, headers=headers)

    def json(self, path: str) -> Any:
        reply = self.get(path)
        assert reply.status == 200, (path, reply.status, reply.body[:300])
        return reply.json

    def send(self, method: str, path: str, body: Any) -> Reply:
        kind = {"Content-Type": "application/json"}
        return self.request(method, path, json.dumps(body).encode(), kind)


@contextmanager
def serving(burr: Burr, *arguments: object) -> Iterator[Served]:
    process = subprocess.Popen(
        [burr.binary, "serve", "--port", "0", "--no-open", *map(str, arguments)],
        env=burr.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        assert process.stdout
        line = process.stdout.readline().decode()
        assert " at http" in line, line
        yield Served(process, line.split(" at ")[1].split(" ")[0].rstrip("/"))
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def real_server(root: Path) -> Any:
    """Real Burr's server over a folder, without a socket."""
    from burr.tracking.server import run
    from burr.tracking.server.backend import LocalBackend
    from fastapi.testclient import TestClient

    run.backend = LocalBackend(str(root))
    return TestClient(run.create_burr_ui_app(serve_static=False), raise_server_exceptions=False)
