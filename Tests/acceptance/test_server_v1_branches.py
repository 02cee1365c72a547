"""Branches, forks and sub-applications over HTTP: every answer about a line has its own states."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Iterator

import jsonpatch
import pytest
from burr_log import App, apps_of, runs_of
from conftest import Burr
from v1_client import Server, app_url, query, serving, split, states_of

RAW = "application/json;profile=raw"


@pytest.fixture(scope="module")
def server(binary: Path, program_store: Burr) -> Iterator[Server]:
    with serving(binary, program_store.store) as server:
        yield server


def branches(server: Server, url: str, app: App) -> Iterator[tuple[str, dict[int, Any]]]:
    """Each branch with steps of its own, and the states of the run that it recorded."""
    found = [branch for branch in server.get(url)["branches"] if branch["head"] is not None]
    runs = [run for run in runs_of(app.log) if run.states]
    assert len(found) == len(runs), app.ref
    for branch, run in zip(found, runs):
        assert (branch["first"], branch["head"]) == (run.steps[0], run.steps[-1]), app.ref
        yield branch["id"], {step: json.loads(text) for step, text in run.states.items()}


def test_every_branch_of_every_application(server: Server, program: Path) -> None:
    several = 0
    for app in apps_of(program):
        url = app_url(app.project, app.name)
        for number, (branch, own) in enumerate(branches(server, url, app)):
            several += number
            of = query(branch=branch)
            line = {
                row["step"]: row for row in server.get(f"{url}/steps{of}&limit=1000")["items"]
            }
            assert set(own) <= set(line), app.ref
            cells = server.get(f"{url}/timeline{of}&lod=0")["cells"]
            assert sum(cells["steps"]) == len(line)
            walked = dict(walk(server, url, of, min(line)))
            assert {step: walked[step] for step in own} == own, app.ref
            for step, state in [*own.items()][:2] + [*own.items()][-2:]:
                check_step(server, url, of, branch, step, state)
                # What a row links to is on the same line.
                linked = server.ask(split(line[step]["links"]["state"]) + "&full=1", Accept=RAW)
                assert linked.json == state
                before = walked.get(step - 1)
                if before is not None:
                    patch = server.get(f"{url}/diff{of}&to={step}")
                    assert jsonpatch.apply_patch(before, patch) == state
    assert several > 0, "some application has more than one branch"


def check_step(server: Server, url: str, of: str, branch: str, step: int, state: Any) -> None:
    """The ways to name a branch lead to the same."""
    for path in (f"{step}{of}", f"{step}@{branch[:31]}"):
        assert server.get(f"{url}/steps/{path}")["branch"] == branch
        window = server.get(f"{url}/windows/{path}")
        assert dict(states_of(window))[step] == state
        raw = server.ask(f"{url}/states/{path}", Accept=RAW)
        assert raw.json == state


def walk(server: Server, url: str, of: str, first: int) -> Iterator[tuple[int, Any]]:
    """The states of a line by its windows."""
    path = f"{url}/windows/{first}{of}"
    while path:
        window = server.get(path)
        yield from states_of(window)
        path = window["next"] and split(window["next"])


def test_differences_between_branches(server: Server, program: Path) -> None:
    compared = 0
    for app in apps_of(program):
        url = app_url(app.project, app.name)
        known = list(branches(server, url, app))
        for (old, olds), (new, news) in zip(known, known[1:]):
            for step in sorted(set(olds) & set(news))[:5]:
                ends = {"from": f"{step}@{old}", "to": f"{step}@{new}"}
                patch = server.get(f"{url}/diff" + query(**ends))
                assert jsonpatch.apply_patch(olds[step], patch) == news[step]
                compared += 1
    assert compared > 0


def test_attempts_of_a_step(server: Server, program: Path) -> None:
    tried = 0
    for app in apps_of(program):
        url = app_url(app.project, app.name)
        known = list(branches(server, url, app))
        for step in sorted({step for _, own in known for step in own})[:6]:
            own = [states[step] for _, states in known if step in states]
            for attempt, state in enumerate(own, start=1):
                reply = server.ask(f"{url}/states/{step}.{attempt}?full=1", Accept=RAW)
                assert reply.json == state, f"{app.ref} at {step}.{attempt}"
                window = server.get(f"{url}/windows/{step}.{attempt}")
                assert dict(states_of(window))[step] == state
                tried += attempt > 1
    assert tried > 0


def test_steps_before_a_fork_are_the_parents(server: Server) -> None:
    parent, fork = app_url("counting", "plain"), app_url("counting", "fork-at-4")
    assert server.get(fork)["parent"]["app"] == "plain"
    for step in range(0, 5):
        window = server.get(f"{fork}/windows/{step}")
        if step == 0:
            # Where a client begins: the first window of its block.
            assert (window["app"], window["from"]) == ("fork-at-4", 5)
            continue
        assert window["app"] == "plain" and window == server.get(f"{parent}/windows/{step}")
        mine = server.get(f"{fork}/states/{step}?full=1")["value"]
        assert mine == server.get(f"{parent}/states/{step}?full=1")["value"]
    assert server.get(f"{fork}/windows/5")["app"] == "fork-at-4"


def test_a_fork_is_one_line_with_its_parent(server: Server) -> None:
    parent, fork = app_url("counting", "plain"), app_url("counting", "fork-at-4")
    theirs = server.get(f"{parent}/steps?to=4")["items"]
    rows = server.get(f"{fork}/steps")["items"]
    assert [row["step"] for row in rows] == [*range(len(rows))]
    own = [row for row in rows if "app" not in row]
    assert [row["step"] for row in own] == [*range(5, len(rows))]
    for row, known in zip(rows, theirs):
        assert row["app"] == "plain"
        assert {**known, "app": "plain", "links": row["links"]} == row
        # What a row links to is about the same step, asked of the fork.
        assert server.get(split(row["links"]["state"]))["action"] == known["action"]
        assert server.get(split(row["links"]["self"]))["size_before"] == (
            server.get(f"{parent}/steps/{row['step']}")["size_before"]
        )
    whose = [
        {"app": "plain", "first": 0, "last": 4},
        {"app": "fork-at-4", "first": 5, "last": None},
    ]
    assert server.get(fork)["line"] == whose
    assert server.get(parent)["line"] == [{"app": "plain", "first": 0, "last": None}]
    for lod in range(0, 8):
        mine = server.get(f"{fork}/timeline?lod={lod}&tile=0")
        assert (mine["first"], mine["line"]) == (0, whose)
        sums = [0] * 512
        for row in rows:
            sums[row["step"] >> lod] += 1
        assert mine["cells"]["steps"] == sums
    whole = server.get(f"{parent}/timeline?lod=0&tile=0")["cells"]
    for name, cells in server.get(f"{fork}/timeline?lod=0&tile=0")["cells"].items():
        assert cells[:5] == whole[name][:5], name


def test_pages_and_refs_of_a_fork_go_on_in_its_parent(server: Server) -> None:
    parent, fork = app_url("counting", "plain"), app_url("counting", "fork-at-4")
    rows = server.get(f"{fork}/steps")["items"]
    for order in ("asc", "desc"):
        seen: list[int] = []
        cursor = None
        while True:
            part = query(limit=2, order=order, fields="action", cursor=cursor)
            page = server.get(f"{fork}/steps{part}")
            seen += [row["step"] for row in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert seen == sorted(range(len(rows)), reverse=order == "desc")
    for step in range(len(rows)):
        ref = f"{step - len(rows) + 1}" if step < len(rows) - 1 else "head"
        assert server.get(f"{fork}/states/{ref}")["step"] == step
    # Its own first step, from which it can be replayed alone.
    assert server.get(f"{fork}/states/first")["step"] == 5
    before = server.get(f"{fork}/windows/5")["prev"]
    window = server.get(split(before))
    assert window["app"] == "plain" and 4 in window["rows"]["step"]
    for name, start in (("from", 2), ("to", 3)):
        asked = server.get(f"{fork}/steps?{name}={start}")["items"]
        wanted = [row for row in rows if (row["step"] >= 2 if name == "from" else row["step"] <= 3)]
        assert asked == wanted
    patch = server.get(f"{fork}/diff?from=1&to=3")
    assert patch == server.get(f"{parent}/diff?from=1&to=3")


def test_a_fork_whose_parent_is_gone(
    binary: Path, program_store: Burr, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    shutil.copytree(program_store.store, store)
    shutil.rmtree(store / "counting" / "plain")
    fork = app_url("counting", "fork-at-4")
    with serving(binary, store) as server:
        assert server.get(fork)["line"] == [{"app": "fork-at-4", "first": 5, "last": None}]
        assert server.get(f"{fork}/steps")["items"][0]["step"] == 5
        assert server.get(f"{fork}/timeline?lod=0")["first"] == 5
        assert server.ask(f"{fork}/states/3").status == 404


def test_a_branch_that_is_not_there(server: Server) -> None:
    url = app_url("counting", "plain")
    for path in ("/steps?branch=ffffffff", "/windows/1@ffffffff", "/timeline?branch=ffffffff"):
        reply = server.ask(url + path)
        assert (reply.status, reply.json["type"]) == (404, "/problems/branch-not-found")
        assert reply.json["branches"]


def test_columns_that_are_asked_for(server: Server) -> None:
    url = app_url("counting", "plain")
    whole = server.get(f"{url}/steps")["items"]
    some = server.get(f"{url}/steps?fields=action,size")["items"]
    assert some == [{name: row[name] for name in ("step", "action", "size")} for row in whole]
    whole, some = (server.get(f"{url}/timeline{part}")["cells"] for part in ("", "?lanes=errors"))
    assert some == {"errors": whole["errors"]}
    for path in ("/steps?fields=state", "/timeline?lanes=steps,none"):
        assert server.ask(url + path).status == 400
