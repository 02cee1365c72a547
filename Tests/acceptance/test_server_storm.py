"""Hundreds of readers while a store is written and its server is stopped and killed again and
again: each of them ends with the history that was recorded, no step twice, none missing."""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import subprocess
from pathlib import Path
from typing import Any, Optional

import jsonpatch
from live_program import Program
from test_server_hostile import NAMES
from v1_client import Server, app_url, kept_port, serving, states_of, windows

LIVE, OURS = "p/live", "support/chat-7"
"""Applications of real Burr's own tracker and of ours."""
STEPS = 4_000
RATE = 1_000
STREAMS = 200
RESTARTS = 5
MEMORY = 200 << 20
"""What the server may hold at the end, in bytes."""


class Reader:
    """One client of the stream, and which steps it was told of."""

    def __init__(self, app: str, generation: str, slow: bool):
        self.app, self.generation, self.slow = app, generation, slow
        self.id: Optional[str] = None
        self.last = -1
        self.gaps: list[tuple[int, int]] = []
        self.patches: dict[int, bytes] = {}

    async def run(self, port: "Port") -> None:
        """Reads until the last step has ended, however often the server goes away."""
        while self.last < STEPS - 1:
            try:
                await self.read(port)
            except (OSError, asyncio.IncompleteReadError):
                await port.is_up.wait()

    async def read(self, port: "Port") -> None:
        source, sink = await asyncio.open_connection("127.0.0.1", port.number)
        try:
            place = f"Last-Event-ID: {self.id}\r\n" if self.id else ""
            path = f"/api/v1/stream?view=delta&apps={self.app}&from={self.generation}.0"
            sink.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n{place}\r\n".encode())
            head = await source.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n")[0]:
                return
            while self.last < STEPS - 1:
                event = await source.readuntil(b"\n\n")
                self.take(event)
                port.tell(self.last)
                if self.slow and self.last % 100 == 0:
                    # It sleeps, its connection unread, until the next server has come.
                    await port.is_next.wait()
        finally:
            sink.close()

    def take(self, event: bytes) -> None:
        fields = dict(line.split(b": ", 1) for line in event.splitlines() if b": " in line)
        kind = fields.get(b"event", b"").decode()
        if kind == "step.end":
            found = re.search(rb'"step":(\d+)', fields[b"data"])
            assert found
            step = int(found.group(1))
            assert step == self.last + 1, f"{step} after {self.last}"
            self.patches[step] = fields[b"data"].partition(b'"delta":')[2]
            self.last = step
        elif kind in ("gap", "generation"):
            data = json.loads(fields[b"data"])
            end = data["to"] if kind == "gap" else data["head"]
            start = data["from"] if kind == "gap" else 0
            assert start <= self.last + 1, "what a gap leaves out is told"
            self.gaps.append((start, end))
            self.last = end
        if b"id" in fields:
            self.id = fields[b"id"].decode()


class Port:
    """Where the server is, and when something has happened to it."""

    def __init__(self, server: Server):
        self.server, self.number = server, server.port
        self.is_up, self.is_next = asyncio.Event(), asyncio.Event()
        self.is_up.set()
        # When a reader has come so far the server goes away.
        self.ends = [asyncio.Event() for _ in range(RESTARTS)]

    def tell(self, step: int) -> None:
        """A reader has come to a step."""
        for number, end in enumerate(self.ends):
            if step >= (number + 1) * STEPS // (RESTARTS + 1):
                end.set()

    def begin(self, is_last: bool) -> None:
        """Another server has come."""
        self.is_up.set()
        self.is_next.set()
        if not is_last:
            self.is_next.clear()


def memory(server: Server) -> int:
    """Bytes of the server in memory."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found.group(1)) * 1024


async def molest(port: Port, over: asyncio.Event) -> None:
    """Requests that mean no good, as long as it lasts."""
    chance = random.Random(5)
    while not over.is_set():
        name = chance.choice(NAMES)
        rest = chance.choice(["states/1", "windows/x", "steps?limit=-1", "diff?from=%00", "graph"])
        try:
            source, sink = await asyncio.open_connection("127.0.0.1", port.number)
            project, app = chance.choice([(name, name), ("p", "live"), ("p", name)])
            path = f"/api/v1/projects/{project}/apps/{app}/{rest}"
            sink.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            if chance.random() < 0.7:
                line = await source.readline()
                assert not re.match(rb"HTTP/1.. 5", line) or b" 503 " in line, (path, line)
            sink.close()
        except OSError:
            await port.is_up.wait()


async def restart(port: Port, binary: Path, store: Path) -> None:
    """Stops the server while it works, in good order and not, and starts it again."""
    for number, end in enumerate(port.ends):
        await end.wait()
        port.is_up.clear()
        process = port.server.process
        process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
        code = await asyncio.to_thread(process.wait, 60)
        assert code == (-signal.SIGKILL if number % 2 else 0)
        port.server = await asyncio.to_thread(Server, binary, store, port.number)
        port.begin(number == RESTARTS - 1)


async def storm(binary: Path, store: Path, program: Program, number: int) -> list[Reader]:
    port = Port(Server(binary, store, number))
    try:
        while port.server.ask(url(OURS)).status != 200:
            pass
        generations = {name: port.server.get(url(name))["g"] for name in (LIVE, OURS)}
        readers = []
        for reader in range(STREAMS):
            name = LIVE if reader % 4 else OURS
            readers.append(Reader(name, generations[name], slow=reader % 10 == 0))
        program.thread.start()
        over = asyncio.Event()
        others = [asyncio.create_task(molest(port, over)) for _ in range(2)]
        tasks = [restart(port, binary, store), *(reader.run(port) for reader in readers)]
        await asyncio.wait_for(asyncio.gather(*tasks), 600)
        over.set()
        await asyncio.gather(*others)
        assert memory(port.server) < MEMORY
        return readers
    finally:
        port.server.stop()


def url(name: str) -> str:
    return app_url(*name.split("/"))


def states(server: Server, name: str) -> dict[int, Any]:
    """What a client loads that comes when all is over; -1 is the state before the first step."""
    found: dict[int, Any] = {}
    for window in windows(server, url(name)):
        found.setdefault(-1, window["keyframe"]["state"])
        found.update(states_of(window))
    return found


def check(reader: Reader, truth: dict[int, Any], known: dict[tuple[int, bytes], Any]) -> None:
    """What was told, with what a client loads where it was told of a gap, is what happened."""
    missing = {step for start, end in reader.gaps for step in range(start, end + 1)}
    assert set(reader.patches) | missing == set(range(STEPS))
    for step, patch in reader.patches.items():
        if (step, patch) not in known:
            after = jsonpatch.apply_patch(truth[step - 1], json.loads(patch[:-1]))
            known[step, patch] = after
        assert known[step, patch] == truth[step]


def test_every_reader_ends_with_what_was_recorded(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    words = [binary, "demo", "--store", store, "--steps", STEPS, "--rate", RATE]
    program = Program(store / LIVE, STEPS, RATE)
    demo = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
    with demo, kept_port() as number:
        readers = asyncio.run(storm(binary, store, program, number))
        program.thread.join()
        assert demo.wait() == 0
    with serving(binary, store) as server:
        truth = {name: states(server, name) for name in (LIVE, OURS)}
    truth[LIVE].pop(-1)
    assert truth[LIVE] == {
        step: {"counter": step, "words": ["w"] * (step % 7)} for step in range(STEPS)
    }
    # Burr's own log does not say what was before its first step: nothing, here.
    truth[LIVE][-1] = {}
    known: dict[str, dict[tuple[int, bytes], Any]] = {LIVE: {}, OURS: {}}
    for reader in readers:
        check(reader, truth[reader.app], known[reader.app])
