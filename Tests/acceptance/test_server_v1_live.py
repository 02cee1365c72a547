"""The stream of /api/v1: a client that knows the specification only misses nothing."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonpatch
from burr_log import dumps
from live_program import Program
from v1_client import Events, Server, app_url, kept_port, serving, states_of, windows


class Follower:
    """A client that knows what it was told, by the rules of the stream."""

    def __init__(self, app: str):
        self.app = app
        self.states: dict[int, Any] = {}
        self.state: Any = None
        self.last: int = -1
        self.id: str = ""
        self.gaps = 0

    def begin(self, server: Server) -> None:
        """Everything up to the head, by windows; the stream goes on from there."""
        summary = server.get(self.app)
        self.load(server, summary["head"]["step"])
        self.id = f"{summary['g']}.{summary['head']['lsn']}"

    def load(self, server: Server, upto: int) -> None:
        for window in windows(server, self.app):
            for step, state in states_of(window):
                if step <= upto:
                    self.states[step] = self.state = state
                    self.last = step

    def follow(self, server: Server, until: int, most: int) -> bool:
        """Reads so many events, or until a step has ended; true at the end."""
        path = "/api/v1/stream?view=delta&apps=" + quote("p/a")
        events = Events(server, path, last=self.id)
        try:
            for count, (kind, data) in enumerate(events):
                if kind == "step.end":
                    assert data["step"] == self.last + 1, "no hole, no repetition"
                    self.state = jsonpatch.apply_patch(self.state, data["delta"])
                    self.last = data["step"]
                    self.states[self.last] = self.state
                elif kind == "gap":
                    self.gaps += 1
                    self.load(server, data["to"])
                self.id = events.last or self.id
                if self.last >= until:
                    return True
                if count >= most:
                    return False
        except (ConnectionError, OSError, ValueError):
            return False
        finally:
            events.close()
        return False


def test_a_client_ends_with_what_was_recorded(binary: Path, tmp_path: Path) -> None:
    steps = 4_000
    store = tmp_path / "store"
    program = Program(store / "p" / "a", steps, rate=1_000)
    follower = Follower(app_url("p", "a"))
    program.thread.start()
    with kept_port() as port:
        for limit in (300, 500):
            with serving(binary, store, port) as server:
                if not follower.id:
                    follower.begin(server)
                follower.follow(server, steps - 1, limit)
        with serving(binary, store, port) as server:
            # It sleeps until all has been written, and goes on where it was.
            follower.follow(server, steps - 1, 200)
            program.thread.join()
            assert follower.follow(server, steps - 1, 10 * steps)
    truth = {
        step: {"counter": step, "words": ["w"] * (step % 7)} for step in range(steps)
    }
    assert follower.states == truth


def test_a_sleeper_far_behind_is_told_of_a_gap(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    program = Program(store / "p" / "a", 12_000, rate=1e9)
    with serving(binary, store) as server:
        follower = Follower(app_url("p", "a"))
        follower.begin(server)
        program.run()
        assert follower.follow(server, 11_999, 100_000)
        assert follower.gaps == 1 and follower.states[7_777]["counter"] == 7_777


def test_a_deleted_application_is_gone(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    Program(store / "p" / "a", 1, 1)
    with serving(binary, store) as server:
        events = iter(Events(server, "/api/v1/stream?apps=p/a"))
        assert next(data for kind, data in events if kind == "head" and data["status"] == "ok")
        for file in (store / "p" / "a").iterdir():
            file.unlink()
        os.rmdir(store / "p" / "a")
        assert next(kind for kind, _ in events if kind != "head") == "gone"


def test_marks_are_told_live(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    Program(store / "p" / "a", 1, 1)
    with serving(binary, store) as server:
        url = app_url("p", "a")
        assert server.get(url)["head"]["step"] == 0
        told = (data for kind, data in Events(server, "/api/v1/stream?apps=p/a") if kind == "mark")
        # The marks there are when a stream begins are told by their own route, not by it: this
        # one is set again and again until the stream has begun.
        names = (f"m{number}" for number in range(1_000))
        stop = threading.Event()

        def mark() -> None:
            while not stop.is_set():
                body = dumps({"name": next(names), "ref": "head"}).encode()
                assert server.ask(f"{url}/marks", "POST", body).status == 201
                stop.wait(0.2)

        marking = threading.Thread(target=mark)
        marking.start()
        try:
            first = next(told)
        finally:
            stop.set()
            marking.join()
        assert first["mark"]["step"] == 0
        assert server.ask(f"{url}/marks/{first['mark']['name']}", "DELETE").status == 204
        assert next(data for data in told if "removed" in data)["removed"] == first["mark"]["name"]


def test_marks_of_another_server_are_told(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    Program(store / "p" / "a", 1, 1)
    with serving(binary, store) as server, serving(binary, store) as other:
        url = app_url("p", "a")
        assert server.get(url)["head"]["step"] == 0
        told = iter(Events(server, "/api/v1/stream?apps=p/a"))
        next(data for kind, data in told if kind == "head")
        # The first one makes the folder that the others are written in.
        for number in range(20):
            body = dumps({"name": f"m{number}", "ref": "head"}).encode()
            assert other.ask(f"{url}/marks", "POST", body).status == 201
            data = next(data for kind, data in told if kind == "mark")
            assert data["mark"]["name"] == f"m{number}"


def test_marks_that_a_reader_was_away_for_are_told(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    for name in ("a", "b"):
        Program(store / "p" / name, 1, 1)
    stream = "/api/v1/stream?apps=p/a,p/b"

    def mark(server: Server, name: str) -> None:
        body = dumps({"name": name, "ref": "head"}).encode()
        assert server.ask(f"{app_url('p', 'a')}/marks", "POST", body).status == 201

    with serving(binary, store) as server:
        mark(server, "before")
        events = Events(server, stream)
        heads: set[str] = set()
        for kind, data in events:
            assert kind != "mark", "what was there is not told"
            heads.add(data["app"])
            if heads == {"p/a", "p/b"} and events.last:
                break
        events.close()
        mark(server, "one")
        mark(server, "two")
        assert server.ask(f"{app_url('p', 'a')}/marks/before", "DELETE").status == 204
    # Also after a restart; and from within what was missed.
    last = events.last
    with serving(binary, store) as server:
        for missed in (["one", "two", "before"], ["two", "before"], ["before"]):
            events = Events(server, stream, last)
            told: list[str] = []
            for kind, data in events:
                if kind != "mark":
                    continue
                told.append(data["removed"] if "removed" in data else data["mark"]["name"])
                if len(told) == 1:
                    last = events.last
                if len(told) == len(missed):
                    break
            events.close()
            assert told == missed


def test_a_new_branch_is_a_new_generation(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    program = Program(store / "p" / "a", 5, 1e9)
    program.run()
    with serving(binary, store) as server:
        url = app_url("p", "a")
        g = server.get(url)["g"]
        stream = Events(server, "/api/v1/stream?apps=p/a", last=f"{g}.3")
        events = iter(stream)
        assert next(data["step"] for kind, data in events if kind == "step.end") >= 0
        program.write(2)
        kind, data = next((kind, data) for kind, data in events if kind == "generation")
        assert data["g"] != g and data["head"] == 2
        assert server.get(f"{url}/steps?limit=9")["head"]["step"] == 2
        assert server.ask(f"{url}/states/1?g={g}").status == 410
