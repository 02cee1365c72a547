"""How many requests a second the server answers, beside a bare libmicrohttpd handler.

wrk drives both from the same machine, in turn.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from harness.programs import process
from harness.rounds import Rounds
from harness.rows import Row
from harness.workshop import Workshop, setup

NAME = "serve"
PEER = "libmicrohttpd, 1 KB"


def measure(workshop: Workshop) -> Iterator[Row]:
    """Small replies that are asked for often."""
    if shutil.which("wrk") is None:
        setup("install_packages", "wrk")
    store = workshop.data / "served"
    burr = workshop.swift_program("burr")
    process(burr, "demo", "--steps", workshop.pick(2_000, 200), "--store", store)
    seconds = workshop.pick(3, 1)
    with bare(workshop) as peer, ours(burr, store) as address:
        for path, target in {
            "/ready": 0.5,
            "/api/v0/projects": 0.5,
            "/api/v0/support/__none__/apps?limit=5": 0.5,
            "/api/v1/projects": 0.5,
            "/api/v1/projects/support/apps?limit=5": 0.5,
        }.items():
            found = Rounds(
                {
                    "ours": lambda: rate(address + path, seconds),
                    PEER: lambda: rate(peer, seconds),
                },
                workshop.rounds,
            )
            yield found.beside(PEER, NAME, path, "rate", "requests/s", target)


def rate(address: str, seconds: int) -> float:
    """Requests a second over 32 connections."""
    words = ["wrk", "-t1", "-c32", f"-d{seconds}s", address]
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    assert found and "Non-2xx" not in text, text
    return float(found.group(1))


@contextmanager
def bare(workshop: Workshop) -> Iterator[str]:
    """The peer, on a free port."""
    with running([workshop.c_program("bare_server", "-lmicrohttpd")]) as line:
        yield f"http://127.0.0.1:{line.strip()}/"


@contextmanager
def ours(burr: Path, store: Path) -> Iterator[str]:
    """Our server, on a free port."""
    with running([burr, "serve", "--store", store, "--port", "0", "--no-open"]) as line:
        yield line.split(" at ")[1].split(" ")[0].rstrip("/")


@contextmanager
def running(words: list[object]) -> Iterator[str]:
    """A server while it is needed; its first line."""
    started = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
    try:
        assert started.stdout
        yield started.stdout.readline()
    finally:
        started.terminate()
        started.wait()
