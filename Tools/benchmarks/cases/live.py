"""How soon a step is on the stream, and what a thousand streams cost that are told nothing."""

from __future__ import annotations

import http.client
import json
import os
import resource
import subprocess
import time
from pathlib import Path
from typing import Iterator

from cases.server_v1 import Client, serving
from harness.programs import Failure
from harness.rounds import percentiles
from harness.rows import Row
from harness.workshop import Workshop

NAME = "live"
STREAMS = 1_000
SOON = 100_000.0
"""What is promised of a step and of a mark, in microseconds."""


def measure(workshop: Workshop) -> Iterator[Row]:
    """Both trackers, marks of another server, then streams that only wait."""
    burr = workshop.swift_program("burr")
    for tracker, case in (("ours", "a log of burrlog"), ("burr", "Burr's log.jsonl")):
        store = workshop.data / f"live-{tracker}"
        late = [*steps(workshop, burr, tracker, store)]
        for metric, value in percentiles(late):
            target = SOON if metric == "p99" else None
            said = f"written to told {metric}"
            yield Row(NAME, f"step, {case}", said, "us", value, target=target)
    late = [*marks(workshop, burr, store)]
    for metric, value in percentiles(late):
        target = SOON if metric == "p99" else None
        yield Row(NAME, "mark, another server", f"set to told {metric}", "us", value, target=target)
    yield from idle(workshop, burr)


class Stream:
    """One open stream."""

    def __init__(self, client: Client, query: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", client.connection.port)
        self.connection.request("GET", f"/api/v1/stream?{query}")
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            raise Failure(f"the stream of {query}: {self.response.status}")

    def events(self) -> Iterator[tuple[str, dict, float]]:
        """Each event, with when it was there."""
        kind = ""
        for line in self.response:
            if line.startswith(b"event: "):
                kind = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                yield kind, json.loads(line[6:]), time.monotonic()


def steps(workshop: Workshop, burr: Path, tracker: str, store: Path) -> Iterator[float]:
    """Microseconds from the end of each step's hooks to its event."""
    count = workshop.pick(500, 50)
    words = [workshop.python(), workshop.part("peers", "live_record.py"), tracker, count, 0.02]
    program = subprocess.Popen(
        [str(word) for word in (*words, store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(workshop.python_package())},
    )
    assert program.stdin and program.stdout
    if program.stdout.readline().strip() != "running":
        raise Failure("the program that is to be watched did not run")
    with serving(burr, store) as client:
        client.times("/api/v1/projects/bench/apps/live")
        events = Stream(client, "apps=bench/live").events()
        next(data for kind, data, _ in events if kind == "head")
        program.stdin.write("go\n")
        program.stdin.flush()
        told: list[float] = []
        for kind, _, when in events:
            if kind == "step.end":
                told.append(when)
            if len(told) == count:
                break
        written = json.loads(program.stdout.readline())["written"]
        program.wait()
    for before, after in zip(written, told):
        yield max(after - before, 0) * 1e6


def marks(workshop: Workshop, burr: Path, store: Path) -> Iterator[float]:
    """Microseconds from the reply of the server that sets a mark to the event of another one."""
    url = "/api/v1/projects/bench/apps/live"
    with serving(burr, store) as client, serving(burr, store) as other:
        client.times(url)
        events = Stream(client, "apps=bench/live").events()
        next(data for kind, data, _ in events if kind == "head")
        for number in range(workshop.pick(100, 10)):
            body = json.dumps({"name": f"mark {number}", "ref": "head"})
            other.connection.request("POST", f"{url}/marks", body)
            reply = other.connection.getresponse()
            reply.read()
            set_at = time.monotonic()
            if reply.status != 201:
                raise Failure(f"a mark: {reply.status}")
            told = next(when for kind, _, when in events if kind == "mark")
            yield max(told - set_at, 0) * 1e6


def idle(workshop: Workshop, burr: Path) -> Iterator[Row]:
    """Memory and processor of a server whose streams have nothing to tell."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    store = workshop.data / "watched"
    workshop.burr("demo", "--steps", workshop.pick(2_000, 200), "--store", store)
    names = sorted(folder.name for folder in (store / "support").iterdir())
    case = f"{STREAMS:,} idle streams"
    with serving(burr, store) as client:
        for name in names:
            client.times(f"/api/v1/projects/support/apps/{name}")
        streams = [
            Stream(client, f"apps=support/{names[number % len(names)]}")
            for number in range(STREAMS)
        ]
        for stream in streams:
            next(data for kind, data, _ in stream.events() if kind == "head")
        seconds = workshop.pick(10, 2)
        before = client.processor()
        time.sleep(seconds)
        spent = client.processor() - before
        yield Row(NAME, case, "processor per second", "us", spent * 1e6 / seconds, target=50_000.0)
        yield Row(NAME, case, "RSS", "B", client.memory(), target=300e6)
        for stream in streams:
            stream.connection.close()
