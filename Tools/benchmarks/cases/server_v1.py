"""How fast /api/v1 answers about applications of a million steps, and in how much memory.

The times are the server's own (`Server-Timing`), as a client in Python takes longer than the
answer; `wall` is what that client sees.
"""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Callable, Iterator

from harness.logs import PROJECT
from harness.programs import Failure, say
from harness.rounds import percentile
from harness.rows import Row
from harness.workshop import Workshop

NAME = "server_v1"
MILLION = 1_000_000


def measure(workshop: Workshop) -> Iterator[Row]:
    """States, paths, windows and tiles at random; then the memory."""
    steps = workshop.pick(MILLION, 5_000)
    app = f"wide-{steps}"
    store = workshop.logs.store
    if not (store / PROJECT / app).exists():
        say(f"tracking {steps:,} steps of a state of 500 KB ...")
        workshop.ours(
            "make-wide", "--store", store, "--app", f"{PROJECT}/{app}",
            "--steps", steps, "--text", workshop.text(),
        )  # fmt: skip
    workshop.ours("make-apps", "--store", store, "--count", workshop.pick(1_000, 50))
    with serving(workshop.swift_program("burr"), store) as client:
        url = f"/api/v1/projects/{PROJECT}/apps/{app}"
        case = f"500 KB state, {steps:,}"
        opened = client.times(url)
        yield Row(NAME, case, "open", "us", opened[1])
        yield from latencies(client, url, case, steps, workshop.pick(500, 50))
        client.times("/api/v1/projects/many/apps")
        target = 300e6
        yield Row(NAME, case, "RSS, 1,000 apps", "B", client.memory(), target=target)


def latencies(
    client: "Client", url: str, case: str, steps: int, count: int
) -> Iterator[Row]:
    """Each kind of request at random steps: the middle and the late ones, with their targets."""
    chance = Random(7)
    step = lambda: chance.randrange(steps)  # noqa: E731
    tiles = [(level, (steps >> level) // 512) for level in range(0, 12)]

    def tile() -> str:
        level, last = chance.choice(tiles)
        return f"/timeline?lod={level}&tile={chance.randrange(last + 1)}"

    kinds: dict[str, tuple[Callable[[], str], float | None, float]] = {
        "state": (lambda: f"/states/{step()}?full=1", 3_000.0, 20_000.0),
        "path": (lambda: f"/states/{step()}?path=/counter", None, 5_000.0),
        "window": (lambda: f"/windows/{step()}?paths=/counter,/last", None, 15_000.0),
        "whole window": (lambda: f"/windows/{step()}", None, 15_000.0),
        "tile": (tile, None, 5_000.0),
    }
    for kind, (path, middle, late) in kinds.items():
        walls, inside = zip(*(client.times(url + path()) for _ in range(count)))
        yield Row(NAME, case, f"{kind} p50", "us", percentile(list(inside), 0.5), target=middle)
        yield Row(NAME, case, f"{kind} p99", "us", percentile(list(inside), 0.99), target=late)
        yield Row(NAME, case, f"{kind} wall", "us", percentile(list(walls), 0.5))


class Client:
    """One connection to a server of ours."""

    def __init__(self, port: int, process: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.process = process

    def times(self, path: str) -> tuple[float, float]:
        """Microseconds that the client waited, and that the server says it took."""
        begin = time.perf_counter()
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        body = response.read()
        wall = (time.perf_counter() - begin) * 1e6
        if response.status != 200:
            raise Failure(f"{path}: {response.status} {body[:300]!r}")
        timing = response.headers["Server-Timing"]
        return wall, sum(float(found) for found in re.findall(r"dur=([0-9.]+)", timing)) * 1e3

    def memory(self) -> float:
        """Bytes of the server in memory."""
        status = Path(f"/proc/{self.process}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return float(found.group(1)) * 1024


    def processor(self) -> float:
        """Seconds that the server's threads have run."""
        threads = Path(f"/proc/{self.process}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@contextmanager
def serving(burr: Path, store: Path) -> Iterator[Client]:
    """A server on a free port while the block runs."""
    words = [burr, "serve", "--no-open", "--port", "0", "--store", store]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        found = re.search(r":(\d+)", process.stdout.readline())
        if not found:
            raise Failure("the server did not start")
        yield Client(int(found.group(1)), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
