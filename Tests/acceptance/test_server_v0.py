"""Burr's own API: what real Burr's server answers over the same files, but for what is listed.

The differences are those of Formats/burr-compatibility.md.
"""

from __future__ import annotations

import gzip
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Iterator
from urllib.parse import quote

import pytest
from burr_log import apps_of, counted, write_app
from conftest import Burr
from served import Served, real_server, serving

#: Times that Burr takes from the folder, and we from the log.
FOLDER_TIMES = {"last_written", "first_written", "created", "num_apps"}


def without(value: Any, keys: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: without(inner, keys) for key, inner in value.items() if key not in keys}
    if isinstance(value, list):
        return [without(inner, keys) for inner in value]
    return value


def inputs_as_meant(logs: Any) -> Any:
    """Burr swaps required and optional inputs; ours are where their names say."""
    for action in logs["application"]["actions"]:
        inputs = action["inputs"], action["optional_inputs"]
        action["optional_inputs"], action["inputs"] = map(sorted, inputs)
    return logs


def sorted_inputs(logs: Any) -> Any:
    for action in logs["application"]["actions"]:
        action["inputs"].sort()
        action["optional_inputs"].sort()
    return logs


@pytest.fixture(scope="module", params=["demo", "program"])
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Served, Any, Path]]:
    """Our server over what was imported, real Burr's over the original."""
    root = request.getfixturevalue(request.param)
    with serving(request.getfixturevalue(f"{request.param}_store")) as ours:
        yield ours, real_server(root), root


def test_projects(both: tuple[Served, Any, Path]) -> None:
    ours, real, root = both
    by_id = {project["id"]: project for project in ours.json("/api/v0/projects")}
    for project in real.get("/api/v0/projects").json():
        mine = by_id.pop(project["id"])
        assert mine.keys() == project.keys()
        assert without(mine, FOLDER_TIMES) == without(project, FOLDER_TIMES)
        assert mine["num_apps"] == len([app for app in apps_of(root) if app.project == mine["id"]])
    assert not by_id


def test_applications(both: tuple[Served, Any, Path]) -> None:
    ours, real, root = both
    for project in {app.project for app in apps_of(root)}:
        path = f"/api/v0/{quote(project)}/__none__/apps?limit=1000"
        mine, theirs = ours.json(path), real.get(path).json()
        assert mine["total"] == theirs["total"]
        assert mine["has_another_page"] is False
        key = lambda row: row["app_id"]  # noqa: E731
        rows = sorted(mine["applications"], key=key)
        wanted = sorted(theirs["applications"], key=key)
        assert [row.keys() for row in rows] == [row.keys() for row in wanted]
        assert without(rows, FOLDER_TIMES) == without(wanted, FOLDER_TIMES)


def test_logs_of_every_application(both: tuple[Served, Any, Path]) -> None:
    ours, real, root = both
    compared = 0
    for app in apps_of(root):
        path = f"/api/v0/{quote(app.project)}/{quote(app.name, safe='')}/__none__/apps"
        theirs = real.get(path)
        if theirs.status_code != 200:
            continue
        assert sorted_inputs(ours.json(path)) == inputs_as_meant(theirs.json()), app.ref
        compared += 1
    assert compared >= 10


def test_annotations_of_every_project(both: tuple[Served, Any, Path]) -> None:
    ours, real, root = both
    for project in {app.project for app in apps_of(root)}:
        for query in ["", "?app_id=plain", "?step_sequence_id=2", "?partition_key=ann"]:
            path = f"/api/v0/{quote(project)}/annotations{query}"
            assert ours.json(path) == real.get(path).json(), path


@pytest.mark.parametrize(
    "path",
    [
        "/ready", "/api/v0/ready", "/api/v0/version", "/api/v0/indexing_jobs",
        "/api/v0/nowhere/__none__/apps", "/api/v0/nowhere/annotations",
        "/api/v0/nowhere/none/__none__/apps", "/api/v0/nowhere/__none__/apps?limit=x",
        "/api/v0/nowhere/__none__/apps?offset=1.5", "/api/v0/p/annotations?step_sequence_id=x",
    ],
)
def test_small_replies(both: tuple[Served, Any, Path], path: str) -> None:
    ours, real, _ = both
    with real:
        theirs = real.get(path)
    mine = ours.get(path)
    assert (mine.status, mine.json) == (theirs.status_code, theirs.json())


def test_pages_of_a_list(both: tuple[Served, Any, Path]) -> None:
    ours, _, root = both
    project = apps_of(root)[0].project
    whole = ours.json(f"/api/v0/{project}/__none__/apps")["applications"]
    for limit, offset in [(2, 0), (2, 1), (1, 100), (0, 0), (-1, 0), (2, -1), (10**18, 10**18)]:
        page = ours.json(f"/api/v0/{project}/__none__/apps?limit={limit}&offset={offset}")
        assert page["applications"] == whole[offset : offset + limit], (limit, offset)
        assert page["has_another_page"] == (len(whole) > offset + limit)


def test_the_partition_key_counts(program_store: Burr) -> None:
    with serving(program_store) as ours:
        assert ours.get("/api/v0/counting/plain/ann/apps").status == 200
        wrong = ours.get("/api/v0/counting/plain/bob/apps")
        assert wrong.status == 404 and "plain" in wrong.json["detail"]
        mine = ours.json("/api/v0/counting/ann/apps")["applications"]
        assert mine and {row["partition_key"] for row in mine} == {"ann"}
        assert ours.json("/api/v0/counting/bob/apps")["total"] == 0


# ------------------------------------------------ annotations

NOTE = {
    "span_id": None,
    "step_name": "increment",
    "tags": ["a", "\u2603"],
    "observations": [
        {
            "data_fields": {"note": "n", "ground_truth": ""},
            "thumbs_up_thumbs_down": True,
            "data_pointers": [{"type": "state_field", "field_name": "counter", "span_id": None}],
        }
    ],
}


def both_writable(program: Path, burr: Burr, tmp_path: Path) -> tuple[Path, Any]:
    root = tmp_path / "root"
    shutil.copytree(program / "counting", root / "counting")
    burr("import", program / "counting")
    return root, real_server(root)


def test_annotating(program: Path, burr: Burr, tmp_path: Path) -> None:
    _, real = both_writable(program, burr, tmp_path)
    times = {"created", "updated"}
    path = "/api/v0/counting/plain/ann/3/annotations"
    change = {**NOTE, "tags": ["b"], "step_name": "other"}
    with serving(burr) as ours:
        mine, theirs = ours.send("POST", path, NOTE), real.post(path, json=NOTE)
        assert (mine.status, without(mine.json, times)) == (200, without(theirs.json(), times))
        assert mine.json["created"].endswith("Z")
        number = mine.json["id"]
        update = f"/api/v0/counting/{number}/update_annotations"
        changed = ours.send("PUT", update, change)
        real.put(update, json=change)
        assert changed.json["tags"] == ["b"] and changed.json["created"] == mine.json["created"]
        listed = "/api/v0/counting/annotations?app_id=plain"
        after = ours.json(listed)
        assert after[-1] == changed.json
        assert without(after, times) == without(real.get(listed).json(), times)
        missing = ours.send("PUT", "/api/v0/counting/999/update_annotations", change)
        theirs = real.put("/api/v0/counting/999/update_annotations", json=change)
        assert (missing.status, missing.json) == (theirs.status_code, theirs.json())
    with serving(burr) as again:
        assert again.json(listed) == after
    burr("export", "--to", tmp_path / "out")
    lines = (tmp_path / "out/counting/annotations.jsonl").read_text().splitlines()
    assert json.loads(lines[-1]) == after[-1]


def test_two_servers_annotate_at_once(program: Path, burr: Burr, tmp_path: Path) -> None:
    both_writable(program, burr, tmp_path)
    path = "/api/v0/counting/plain/ann/3/annotations"
    with serving(burr) as one, serving(burr) as other, ThreadPoolExecutor(8) as threads:
        before = {note["id"] for note in one.json("/api/v0/counting/annotations")}
        replies = threads.map(
            lambda number: (one, other)[number % 2].send("POST", path, NOTE), range(40)
        )
        given = [reply.json["id"] for reply in replies]
        assert len(set(given)) == 40 and not before & set(given)
        for server in (one, other):
            listed = [note["id"] for note in server.json("/api/v0/counting/annotations")]
            assert sorted(listed) == sorted([*before, *given])


@pytest.mark.parametrize(
    "body",
    [
        {}, [], 3, {**NOTE, "tags": "a"}, {**NOTE, "tags": [1]}, {**NOTE, "step_name": None},
        {**NOTE, "observations": [{"data_fields": 1}]},
        {**NOTE, "observations": [{**NOTE["observations"][0], "data_pointers": [{"type": "x"}]}]},
    ],
)
def test_bodies_that_are_refused(program: Path, burr: Burr, tmp_path: Path, body: Any) -> None:
    _, real = both_writable(program, burr, tmp_path)
    path = "/api/v0/counting/plain/ann/3/annotations"
    with serving(burr) as ours:
        mine, theirs = ours.send("POST", path, body), real.post(path, json=body)
        assert mine.status == theirs.status_code == 422
        key = lambda problem: str(problem["loc"])  # noqa: E731
        wanted = [
            {name: problem[name] for name in ("type", "loc", "msg", "input")}
            for problem in theirs.json()["detail"]
        ]
        assert sorted(mine.json["detail"], key=key) == sorted(wanted, key=key)


# ------------------------------------------------ what Burr's server gets wrong


def test_one_bad_application_hides_no_other(burr: Burr) -> None:
    root = burr.store
    write_app(root, "good", counted(range(3)))
    torn = write_app(root, "torn", counted(range(3)), ending="\n{\"type\":\"begin_en")
    (root / torn.project / "empty").mkdir()
    (root / torn.project / "only-children").mkdir()
    (root / torn.project / "only-children/children.jsonl").write_text("{}\n")
    with serving(burr) as ours:
        rows = ours.json(f"/api/v0/{torn.project}/__none__/apps")["applications"]
        steps = {row["app_id"]: row["num_steps"] for row in rows}
        assert steps == {"good": 3, "torn": 3, "empty": 0, "only-children": 0}
        logs = ours.json(f"/api/v0/{torn.project}/torn/__none__/apps")
        assert len(logs["steps"]) == 3
        assert ours.json("/api/v0/projects")[0]["num_apps"] == 4


def listed(ours: Served, project: str) -> Any:
    return ours.json(f"/api/v0/{project}/__none__/apps")["applications"]


def test_burrs_own_folder_is_followed_as_it_grows(burr: Burr) -> None:
    app = write_app(burr.store, "growing", counted(range(2)))
    path = f"/api/v0/{app.project}/growing/__none__/apps"
    lines = app.log.read_bytes()
    with serving(burr) as ours:
        first = ours.get(path)
        assert len(first.json["steps"]) == 2
        before = listed(ours, app.project)[0]
        with app.log.open("ab") as log:
            log.write("".join(f"{line}\n" for line in counted(range(2, 5))).encode())
        second = ours.get(path, **{"If-None-Match": first.headers["etag"]})
        assert second.status == 200
        states = [step["step_end_log"]["state"]["counter"] for step in second.json["steps"]]
        assert states == [1, 2, 3, 4, 5]
        # A list may be as old as four times what it costs.
        while (after := listed(ours, app.project)[0])["num_steps"] == 2:
            pass
        assert after["num_steps"] == 5 and after["last_written"] > before["last_written"]
    assert app.log.read_bytes().startswith(lines)


# ------------------------------------------------ cost


def test_an_unchanged_application_costs_a_poll_little(program_store: Burr) -> None:
    with serving(program_store) as ours:
        path = "/api/v0/counting/plain/ann/apps"
        tag = ours.get(path).headers["etag"]
        again = ours.get(path, **{"If-None-Match": tag})
        assert (again.status, again.body) == (304, b"")
        size = sum(len(f"{name}: {value}\r\n") for name, value in again.headers.items())
        assert len("HTTP/1.1 304 Not Modified\r\n\r\n") + size <= 200


def test_a_long_reply_is_a_stream_and_may_be_packed(burr: Burr) -> None:
    app = write_app(burr.store, "long", counted(range(20_000)))
    path = f"/api/v0/{app.project}/long/__none__/apps"
    with serving(burr) as ours:
        plain = ours.get(path)
        packed = ours.get(path, **{"Accept-Encoding": "gzip"})
    assert plain.headers["transfer-encoding"] == "chunked"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 5
    assert [step["step_start_log"]["sequence_id"] for step in plain.json["steps"]] == [
        *range(20_000)
    ]
