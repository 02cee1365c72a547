"""The stream of a project's list: a client that keeps its rows by it has those of the list."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

from live_program import Program
from v1_client import Events, Server, app_url, serving

LIST = "/api/v1/projects/p/apps?limit=1000"


class Rows:
    """The rows of a project as its stream tells them."""

    def __init__(self, server: Server, query: str = "project=p"):
        self.server = server
        self.events = Events(server, f"/api/v1/stream?{query}")
        self.told: Iterator[tuple[str, Any]] = iter(self.events)
        self.rows: dict[str, Any] = {}
        self.kinds: list[str] = []

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Reads on until the rows are as wanted; a stream that never tells so times out."""
        while not holds(self.rows):
            kind, data = next(self.told)
            self.kinds.append(kind)
            if kind == "list":
                assert data["project"] == "p"
                self.rows = {row["app"]: row for row in self.fetch()}
                assert len(self.rows) >= data["total"]
            elif kind == "app" and data.get("removed"):
                self.rows.pop(data["app"], None)
            elif kind == "app":
                self.rows[data["app"]] = data

    def fetch(self) -> list[Any]:
        """The list, without links."""
        items = self.server.get(LIST)["items"]
        return [{key: row[key] for key in row if key != "links"} for row in items]

    def end(self) -> None:
        """What is told leads to what the list says, also where a row was read amid two writes."""
        self.until(lambda rows: rows == {row["app"]: row for row in self.fetch()})
        self.events.close()


def test_rows_come_change_and_go(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    Program(store / "p" / "old", 3, 1e9).run()
    with serving(binary, store) as server:
        rows = Rows(server)
        rows.until(lambda rows: set(rows) == {"old"})
        assert rows.kinds == ["list"]
        program = Program(store / "p" / "new", 40, 200)
        rows.until(lambda rows: "new" in rows)
        program.run()
        rows.until(lambda rows: rows["new"]["steps"] == 40)
        shutil.rmtree(store / "p" / "old")
        rows.until(lambda rows: "old" not in rows)
        assert set(rows.kinds[1:]) == {"app"}
        rows.end()


def test_what_was_not_written_lately_is_told_too(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    names = [f"{number:03}" for number in range(150)]
    programs = {name: Program(store / "p" / name, 1, 1e9) for name in names}
    with serving(binary, store) as server:
        rows = Rows(server)
        rows.until(lambda rows: len(rows) == 150)
        for name in ("000", "149"):
            for step in range(1, 6):
                programs[name].write(step)
            rows.until(lambda rows: rows[name]["steps"] == 6)
        rows.end()


def test_many_changes_at_once_are_one_list(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    Program(store / "p" / "first", 1, 1e9)
    with serving(binary, store) as server:
        rows = Rows(server)
        rows.until(lambda rows: len(rows) == 1)
        for number in range(300):
            Program(store / "p" / f"{number:03}", 1, 1e9)
        rows.until(
            lambda rows: len(rows) == 301 and all(row["steps"] == 1 for row in rows.values())
        )
        rows.end()


KILLED = """
import os, signal, sys
from burr.core import ApplicationBuilder, State, action
from burrlog import LogTrackingClient

@action(reads=["n"], writes=["n"])
def step(state: State) -> State:
    if state["n"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return state.update(n=state["n"] + 1)

app = (
    ApplicationBuilder().with_actions(step).with_transitions(("step", "step"))
    .with_entrypoint("step").with_state(n=0).with_identifiers(app_id="killed")
    .with_tracker(LogTrackingClient("p", sys.argv[1])).build()
)
while True:
    app.step()
"""


def test_a_program_that_is_killed_has_crashed(binary: Path, tmp_path: Path) -> None:
    """A lock that is given up leaves no trace in a folder: the row changes all the same."""
    store = tmp_path / "store"
    Program(store / "p" / "old", 1, 1e9)
    with serving(binary, store) as server:
        rows = Rows(server)
        rows.until(lambda rows: set(rows) == {"old"})
        ran = subprocess.run([sys.executable, "-c", KILLED, store], capture_output=True)
        assert ran.returncode == -9, ran.stderr
        rows.until(lambda rows: rows.get("killed", {}).get("status") == "crashed")
        assert rows.rows["killed"]["steps"] == 3
        rows.end()


def test_a_stream_of_a_list_and_of_an_application(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    Program(store / "p" / "a", 2, 1e9).run()
    with serving(binary, store) as server:
        assert server.get(app_url("p", "a"))["steps"] == 2
        events = Events(server, "/api/v1/stream?project=p&apps=p/a")
        seen: dict[str, Any] = {}
        for kind, data in events:
            seen[kind] = data
            if {"list", "head"} <= set(seen):
                break
        assert seen["head"]["app"] == "p/a" and seen["list"] == {"project": "p", "total": 1}
        events.close()
        for query in ("project=none", "project="):
            reply = server.ask(f"/api/v1/stream?{query}")
            assert (reply.status, reply.json["type"]) == (404, "/problems/project-not-found")
        assert server.ask("/api/v1/stream").status == 400
