"""Web servers with several worker processes, each request building its application anew."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import pytest
from conftest import Burr

HERE = Path(__file__).parent

#: The servers with two workers; both are given a socket that listens already.
SERVERS = {
    # It kills workers that do not answer in time, for which 5 s may be too few.
    "uvicorn": ["uvicorn", "--workers", "2", "--log-level", "warning",
                "--timeout-worker-healthcheck", "20", "web_program:app"],
    "gunicorn": ["gunicorn", "--workers", "2", "--preload", "--log-level", "warning",
                 "--graceful-timeout", "5", "web_program:wsgi"],
    "gunicorn threads": ["gunicorn", "--workers", "2", "--threads", "4", "--log-level", "warning",
                         "--graceful-timeout", "5", "web_program:wsgi"],
}  # fmt: skip


@pytest.fixture
def burr(binary: Path, tmp_path: Path) -> Burr:
    return Burr(binary, tmp_path)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, burr: Burr) -> Iterator[str]:
    """The address of a running server."""
    listening = socket.create_server(("127.0.0.1", 0))
    handle = listening.fileno()
    os.set_inheritable(handle, True)
    name, *arguments = SERVERS[request.param]
    bind = ["--fd", handle] if name == "uvicorn" else ["--bind", f"fd://{handle}"]
    path = os.pathsep.join([str(HERE), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-m", name, *map(str, bind), *arguments],
        env={**os.environ, "PYTHONPATH": path, "STORE": str(burr.store)},
        pass_fds=[handle], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield "http://127.0.0.1:%d" % listening.getsockname()[1]
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        listening.close()
    assert "Traceback" not in output, output


def ask(server: str, app_id: str, text: str) -> dict:
    """One request, on a connection of its own, so that any worker may take it."""
    url = f"{server}/?app_id={app_id}&text={text}"
    with urllib.request.urlopen(url, timeout=60) as answered:
        return json.load(answered)


def test_workers_share_conversations(server: str, burr: Burr) -> None:
    counted = [ask(server, "one", f"text-{number}")["count"] for number in range(12)]
    assert counted == [*range(1, 13)]

    def talk(person: int) -> list[int]:
        return [ask(server, f"person-{person}", f"{n}")["count"] for n in range(5)]

    with ThreadPoolExecutor(6) as people:
        assert all(each == [1, 2, 3, 4, 5] for each in people.map(talk, range(6)))
        workers: set[int] = set()
        for batch in range(500):  # which one takes a request is the system's to say
            names = [f"other-{batch}-{number}" for number in range(12)]
            workers.update(people.map(lambda name: ask(server, name, "t")["worker"], names))
            if len(workers) == 2:
                break
    assert len(workers) == 2
    for app_id, count in [("one", 12), *((f"person-{n}", 5) for n in range(6))]:
        rows = burr("log", app_id, "--format", "jsonl").rows
        assert [row["step"] for row in rows] == [*range(count)]
        assert all(row["status"] == "ok" for row in rows)
        state = burr("replay", app_id, "--format", "json").json
        assert len(state["messages"]) == count
    burr("fsck")


def test_a_killed_worker_loses_nothing_it_answered(server: str, burr: Burr) -> None:
    answered = 0
    for number in range(6):
        worker = ask(server, "one", f"text-{number}")
        answered += 1
        assert worker["count"] == answered
        if number % 2:
            os.kill(worker["worker"], signal.SIGKILL)
    assert len(burr("log", "one", "--format", "jsonl").rows) == answered
