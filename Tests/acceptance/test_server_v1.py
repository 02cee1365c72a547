"""/api/v1 says what was recorded: held to Burr's own logs, to `burr replay`, and to a client that
knows the specification only."""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
from pathlib import Path
from random import Random
from typing import Any, Iterator
from urllib.parse import quote

import jsonpatch
import pytest
from burr_log import apps_of, begin, dumps, end, runs_of
from conftest import Burr
from v1_client import WINDOW, Server, app_url, query, serving, split, states_of, windows

STEPS = 700


@pytest.fixture(scope="module")
def talks(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Burr:
    """A store with runs whose states grow, shrink, hold nulls, escapes and large numbers."""
    root = tmp_path_factory.mktemp("talks")
    random = Random(5)
    for name in ("talk", "a b%/ü"):
        folder = root / "burr" / "walks" / quote(name, safe="")
        folder.mkdir(parents=True)
        state: dict[str, Any] = {"n": 0, "list": [], "text": ""}
        lines = []
        for step in range(STEPS):
            state = changed(state, step, random)
            failed = "Traceback: no" if step % 97 == 13 else None
            action = random.choice(["prompt", "answer", "check"])
            lines += [
                begin(step, action, step % 60, {"question": step}),
                end(step, state, action, step % 60, exception=failed),
            ]
        (folder / "log.jsonl").write_text("\n".join(lines) + "\n")
    burr = Burr(binary, root / "store")
    burr("import", root / "burr")
    return burr


def changed(state: dict[str, Any], step: int, random: Random) -> dict[str, Any]:
    """The state after one more step."""
    state = json.loads(json.dumps(state))
    state["n"] = 2**53 + step
    kind = random.randrange(7)
    if kind == 0:
        state["list"].append({"role": "user", "content": f"nr {step} \"é\\/"})
    elif kind == 1 and state["list"]:
        del state["list"][random.randrange(len(state["list"]))]
    elif kind == 2:
        state["text"] += "and so on " * random.randrange(20)
    elif kind == 3:
        state[random.choice(["x/y", "t~0", "maybe"])] = random.choice([None, step, [1, None], {}])
    elif kind == 4:
        state.pop(random.choice(["x/y", "t~0", "maybe"]), None)
    elif kind == 5 and state["list"]:
        state["list"][-1]["content"] += " more"
    elif random.random() < 0.1:
        state["text"] = ""
    return state


@pytest.fixture(scope="module")
def server(binary: Path, talks: Burr) -> Iterator[Server]:
    with serving(binary, talks.store) as server:
        yield server


@pytest.fixture(scope="module")
def app() -> str:
    return app_url("walks", "talk")


@pytest.fixture(scope="module")
def states(talks: Burr) -> dict[int, Any]:
    """What Burr recorded, step by step, by way of `burr replay`."""
    rows = talks("export", "walks/talk", "--format", "states").text.splitlines()
    return {step: json.loads(row) for step, row in enumerate(rows)}


# ------------------------------------------------ states


def test_states_are_what_burr_recorded(
    binary: Path, demo_store: Burr, demo: Path, tmp_path: Path
) -> None:
    with serving(binary, demo_store.store) as server:
        for found in apps_of(demo):
            (run,) = runs_of(found.log)
            url = app_url(found.project, found.name)
            for step in run.steps:
                reply = server.ask(
                    f"{url}/states/{step}?full=1", Accept="application/json;profile=raw"
                )
                assert reply.body.decode() == run.states[step], f"{found.ref} at {step}"


def test_states_equal_burr_replay(server: Server, app: str, talks: Burr) -> None:
    for step in Random(1).sample(range(STEPS), 40):
        raw = server.ask(f"{app}/states/{step}?full=1", Accept="application/json;profile=raw")
        replayed = talks("replay", "walks/talk", "--step", step, "--format", "json")
        assert raw.body.strip() == replayed.out.strip()
        before = server.get(f"{app}/states/{step}?side=before&full=1") if step else None
        if before:
            replayed = talks("replay", "walks/talk", "--step", step, "--before", "--format", "json")
            assert before["value"] == replayed.json


def test_a_random_walk_over_refs_sides_and_paths(
    server: Server, app: str, states: dict[int, Any]
) -> None:
    random = Random(2)
    for _ in range(300):
        step = random.randrange(1, STEPS)
        ref = random.choice([str(step), f"-{STEPS - 1 - step}", f"{step}"])
        side = random.choice(["before", "after"])
        truth = states[step if side == "after" else step - 1]
        path, value = "", truth
        while isinstance(value, (dict, list)) and value and random.random() < 0.7:
            if isinstance(value, dict):
                key = random.choice(list(value))
                path += "/" + key.replace("~", "~0").replace("/", "~1")
                value = value[key]
            else:
                index = random.randrange(len(value))
                path += f"/{random.choice([index, index - len(value)])}"
                value = value[index]
        reply = server.get(f"{app}/states/{ref}" + query(side=side, path=path, full=1))
        assert (reply["step"], reply["value"]) == (step, value), (ref, side, path)


def test_refs_name_the_same_step_everywhere(server: Server, app: str, talks: Burr) -> None:
    for ref in ["head", "first", "-3", "err", "err-1", "t:2026-01-02T03:04:30Z"]:
        by_command = talks("log", "walks/talk", "--from", ref, "--to", ref, "--format", "jsonl")
        assert server.get(f"{app}/steps/{quote(ref)}")["step"] == by_command.rows[0]["step"], ref


def test_numbers_and_order_survive(server: Server, app: str) -> None:
    body = server.ask(f"{app}/states/3", Accept="application/json;profile=raw").body.decode()
    assert body.startswith('{"n":9007199254740995,"list":')


def test_what_is_too_large_says_where_it_is(
    server: Server, app: str, states: dict[int, Any]
) -> None:
    reply = server.get(f"{app}/states/head?max_bytes=256")
    elided = {key: value for key, value in reply["value"].items() if is_elided(value)}
    assert reply["elided"] >= len(elided) > 0
    for key, value in elided.items():
        whole = server.get(split(value["$elided"]["href"]))
        assert whole["value"] == states[STEPS - 1][key]
        assert whole["bytes"] == value["$elided"]["bytes"]
    assert is_elided(server.get(f"{app}/states/head?depth=0")["value"])
    assert is_elided(server.get(f"{app}/states/head?depth=1")["value"]["list"])


def is_elided(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["$elided"]


def test_slices_of_lists(server: Server, app: str, states: dict[int, Any]) -> None:
    whole = states[STEPS - 1]["list"]
    for piece in ["-5:", ":3", "2:4", "1:", "-4:-2", "900:", ":"]:
        first, last = (int(end) if end else None for end in piece.split(":"))
        reply = server.get(f"{app}/states/head" + query(path=f"/list/{piece}", full=1))
        assert reply["value"] == whole[first:last], piece


# ------------------------------------------------ differences and windows


def test_patches_lead_from_state_to_state(
    server: Server, app: str, states: dict[int, Any]
) -> None:
    random = Random(3)
    for _ in range(60):
        old, new = random.randrange(STEPS), random.randrange(STEPS)
        for test in (0, 1):
            patch = server.get(f"{app}/diff" + query(**{"from": old, "to": new, "test": test}))
            assert jsonpatch.apply_patch(states[old], patch) == states[new], (old, new)
    for step in range(1, 60):
        patch = server.get(f"{app}/diff?to={step}")
        assert jsonpatch.apply_patch(states[step - 1], patch) == states[step]


def test_merge_patches_are_right_or_refused(
    server: Server, app: str, states: dict[int, Any]
) -> None:
    taken = 0
    for step in range(1, 200):
        reply = server.ask(f"{app}/diff?to={step}", Accept="application/merge-patch+json")
        if reply.status == 406:
            assert reply.json["type"] == "/problems/lossy"
            continue
        assert merged(states[step - 1], reply.json) == states[step]
        taken += 1
    assert taken > 20


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


@pytest.mark.parametrize("accept", ["application/json", WINDOW])
def test_windows_lead_to_every_state(
    server: Server, app: str, states: dict[int, Any], accept: str
) -> None:
    seen = {}
    for window in windows(server, app, accept):
        assert window["rows"]["step"] == list(range(window["from"], window["to"] + 1))
        lengths = {len(column) for column in window["rows"].values()}
        assert lengths == {len(window["deltas"])}
        assert window["from"] // 256 == window["to"] // 256
        seen.update(states_of(window))
        again = server.get(f"{app}/windows/{(window['from'] + window['to']) // 2}", Accept=accept)
        assert again == window, "any step of a window leads to it"
    assert seen == states


def test_text_that_grows_is_appended(server: Server, app: str) -> None:
    kinds = [
        operation["op"]
        for window in windows(server, app, WINDOW)
        for delta in window["deltas"]
        for operation in delta
    ]
    assert kinds.count("str-append") > 50


def test_a_window_of_some_paths(server: Server, app: str, states: dict[int, Any]) -> None:
    window = server.get(f"{app}/windows/256?paths=/list,/maybe")
    for step, state in states_of(window):
        truth = states[step]
        assert state == {key: truth[key] for key in ("list", "maybe") if key in truth}


# ------------------------------------------------ steps, timeline, graph, events


def test_pages_of_steps_have_every_step_once(server: Server, app: str) -> None:
    for order in ("asc", "desc"):
        path, found, last = f"{app}/steps" + query(order=order, limit=97), [], None
        while True:
            page = server.get(path)
            found += [row["step"] for row in page["items"]]
            if not page["next"]:
                break
            last = page["prev"]
            path = f"{app}/steps" + query(order=order, limit=97, cursor=page["next"])
        assert found == sorted(range(STEPS), reverse=order == "desc")
        back = server.get(f"{app}/steps" + query(order=order, limit=97, cursor=last))
        assert [row["step"] for row in back["items"]] == found[5 * 97 : 6 * 97]


def test_filters_of_steps(
    server: Server, app: str, talks: Burr, states: dict[int, Any]
) -> None:
    rows = talks("log", "walks/talk", "--format", "jsonl").rows
    cases = {
        "status=failed": lambda row: row["status"] == "failed",
        "action=check": lambda row: row["action"] == "check",
        "touches=/list&from=1": lambda row: row["step"] > 0
        and states[row["step"]]["list"] != states[row["step"] - 1]["list"],
        "from=100&to=110": lambda row: 100 <= row["step"] <= 110,
        "action=nothing": lambda row: False,
    }
    for text, fits in cases.items():
        items = server.get(f"{app}/steps?limit=1000&{text}")["items"]
        assert [row["step"] for row in items] == [row["step"] for row in rows if fits(row)], text


def test_a_filter_that_is_not_there_is_refused(server: Server, app: str) -> None:
    refused = server.ask(f"{app}/steps?where={quote('/n>3')}")
    assert (refused.status, refused.json["type"]) == (400, "/problems/bad-parameter")
    assert refused.json["parameter"] == "where" and "touches" in refused.json["detail"]


def test_a_step_in_full(server: Server, app: str, talks: Burr) -> None:
    for step in (0, 13, STEPS - 1):
        ours = server.get(f"{app}/steps/{step}")
        shown = talks("show", "walks/talk", step, "--format", "json").json
        for name in ("action", "status", "inputs", "result", "exception"):
            assert ours[name] == shown[name], name


def test_timelines_sum_up_the_steps(server: Server, app: str) -> None:
    rows = server.get(f"{app}/steps?limit=1000")["items"]
    for level in range(0, 12):
        tile = server.get(f"{app}/timeline?lod={level}&tile=0")
        cells = tile["cells"]
        assert {len(column) for column in cells.values()} == {512}
        for cell in {0, 1, (STEPS - 1) >> level, 511} & set(range(512)):
            inside = [row for row in rows if row["step"] >> level == cell]
            assert cells["steps"][cell] == len(inside)
            assert cells["errors"][cell] == sum(row["status"] == "failed" for row in inside)
            assert cells["changes"][cell] == sum(len(row["changed"]) for row in inside)
            assert cells["size_last"][cell] == (inside[-1]["size"] if inside else 0)
            assert cells["dur_max_us"][cell] == max([row["duration_us"] for row in inside] or [0])
            actions = [row["action"] for row in inside]
            if actions:
                top = tile["actions"][cells["top_action"][cell]]
                assert actions.count(top) == max(map(actions.count, actions))
    whole = server.get(f"{app}/timeline?cells=100")
    assert sum(whole["cells"]["steps"]) == STEPS


def test_a_graph_is_laid_out_and_counted(binary: Path, demo_store: Burr) -> None:
    with serving(binary, demo_store.store) as server:
        for row in server.get("/api/v1/projects/demo_chatbot/apps")["items"]:
            url = app_url("demo_chatbot", row["app"])
            graph = server.get(f"{url}/graph?at=3")
            steps = server.get(f"{url}/steps?to=3")["items"]
            visits = {
                node["name"]: node["visits"]
                for node in graph["nodes"]
                if node["kind"] == "action"
            }
            assert sum(visits.values()) == len(steps) == 4
            taken = graph["edges"][graph["at"]["edge"]]
            assert (taken["from"], taken["to"]) == (steps[2]["action"], steps[3]["action"])
            assert graph["layout"] in ("dot", "layers")
            for node in graph["nodes"]:
                if graph["layout"] == "dot":
                    assert 0 <= node["x"] <= graph["width"]
                    assert 0 <= node["y"] <= graph["height"]


def test_events_come_in_the_order_of_the_log(binary: Path, demo_store: Burr, demo: Path) -> None:
    with serving(binary, demo_store.store) as server:
        for found in apps_of(demo):
            if "traces" not in found.project:
                continue
            url = app_url(found.project, found.name)
            path, events = f"{url}/events?limit=61", []
            while True:
                page = server.get(path)
                events += page["items"]
                if not page["next"]:
                    break
                path = f"{url}/events" + query(limit=61, cursor=page["next"])
            lines = [json.loads(line) for line in found.log.read_text().splitlines()]
            ours = [event for event in events if event["type"] not in ("session", "child")]
            assert len(ours) == len(lines)
            for event, line in zip(ours, lines):
                if not event["type"].startswith("step."):
                    assert event["data"] == line


def test_what_came_late_is_told_of_its_step(binary: Path, tmp_path: Path) -> None:
    """Attributes that were logged in, right after and long after their step, and while it ran."""
    random = Random(11)
    log = tmp_path / "burr" / "late" / "run" / "log.jsonl"
    log.parent.mkdir(parents=True)
    burr = Burr(binary, tmp_path / "store")
    told: dict[int, list[int]] = {}
    number = 0

    def attribute(step: int) -> str:
        nonlocal number
        number += 1
        told.setdefault(step, []).append(number)
        return dumps({"type": "attribute", "key": "n", "action_sequence_id": step,
                      "span_id": None, "value": number, "tags": {},
                      "time_logged": "2026-03-01T09:00:00+00:00"})

    def check(server: Server, steps: range) -> None:
        for step in steps:
            events = server.get(f"{app_url('late', 'run')}/steps/{step}")["events"]
            assert [event["data"]["value"] for event in events] == told.get(step, []), step

    def write(steps: range) -> None:
        with log.open("a") as file:
            for step in steps:
                lines = [begin(step)] + [attribute(step) for _ in range(random.randrange(2))]
                lines.append(end(step, {"n": step, "text": "x" * random.randrange(3000)}))
                for late in (step, max(0, step - 1), random.randrange(step + 1)):
                    if random.random() < 0.2:
                        lines.append(attribute(late))
                file.write("".join(f"{line}\n" for line in lines))
        burr("import", tmp_path / "burr")

    write(range(130))
    with serving(binary, burr.store) as server:
        check(server, range(130))
        for first, last in ((130, 260), (260, 400)):
            write(range(first, last))
            check(server, range(last))


def test_a_log_goes_out_and_comes_in_again(server: Server, app: str, talks: Burr) -> None:
    text = server.ask(f"{app}/export").body
    assert text == talks("export", "walks/talk").out
    url = "/api/v1/projects/taken/import?app=again"
    reply = server.ask(url, "POST", text, Content_Type="application/x-ndjson")
    assert reply.status == 201 and reply.json["steps"] == STEPS
    again = reply.headers["location"]
    assert server.ask(f"{again}/export").body == text
    assert server.ask(f"{again}/export?format=states").body == server.ask(
        f"{app}/export?format=states"
    ).body
    assert server.ask(url, "POST", text).json["type"] == "/problems/app-exists"
    nothing = server.ask(f"{url}st", "POST", b"")
    assert (nothing.status, nothing.json["type"]) == (400, "/problems/bad-body")


def test_a_log_that_is_sent_waits_on_the_disk(binary: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    steps = (f"{begin(step)}\n{end(step, {'text': 'a' * 900})}\n" for step in range(1_000))
    piece = "".join(steps).encode()
    with serving(binary, store) as server:
        status = Path(f"/proc/{server.process.pid}/status")

        def peak() -> int:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read_text()).group(1))

        before = peak()
        whole = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        whole.putrequest("POST", "/api/v1/projects/p/import?app=cut")
        whole.putheader("Content-Length", str(200 << 20))
        whole.endheaders()
        for _ in range((100 << 20) // len(piece)):
            whole.send(piece)
        held = peak() - before
        # Half a body leaves nothing behind.
        assert any((store / ".incoming").iterdir())
        # Cut, not ended: a connection that ends within a body is closed when it has idled long.
        whole.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        whole.close()
        until_gone(server, store / ".incoming")
        assert held < 50 << 10, f"{held} KiB"
        assert server.ask("/api/v1/projects/p/import?app=cut", "POST", piece).status == 201
        until_gone(server, store / ".incoming")


def until_gone(server: Server, folder: Path) -> None:
    """Waits until a folder is gone, which is soon after the answer."""
    while folder.exists():
        server.get("/api/v1/projects")


def test_marks_are_refs(server: Server, app: str, talks: Burr) -> None:
    body = dumps({"name": "the moment", "ref": "-10", "message": "here"}).encode()
    reply = server.ask(f"{app}/marks", "POST", body, Content_Type="application/json")
    assert reply.status == 201, reply.body
    assert [mark["name"] for mark in server.get(f"{app}/marks")["items"]] == ["the moment"]
    step = STEPS - 11
    assert server.get(f"{app}/states/{quote('mark:the moment')}")["step"] == step
    replayed = talks("replay", "walks/talk", "--step", "mark:the moment", "--path", "/n")
    assert replayed.json == 2**53 + step
    assert server.ask(reply.headers["location"], "DELETE").status == 204
    gone = server.ask(f"{app}/states/{quote('mark:the moment')}")
    assert (gone.status, gone.json["type"]) == (404, "/problems/mark-not-found")
    assert gone.json["marks"] == []
    refused = server.ask(f"{app}/marks", "POST", body, If_Match='"0000000000000000-h1"')
    assert (refused.status, refused.json["head"]) == (412, STEPS - 1)


# ------------------------------------------------ lists, caching, problems


def test_lists_of_applications(binary: Path, demo_store: Burr) -> None:
    with serving(binary, demo_store.store) as server:
        projects = server.get("/api/v1/projects?sort=project")
        names = [row["project"] for row in projects["items"]]
        assert names == sorted(names) and projects["total"] == 4
        url = "/api/v1/projects/demo_counter/apps"
        for sort in ("app", "steps", "last_written"):
            for order in ("asc", "desc"):
                whole = server.get(url + query(sort=sort, order=order))["items"]
                path, found, cursors = url + query(sort=sort, order=order, limit=2), [], []
                while path:
                    page = server.get(path)
                    found += page["items"]
                    cursors.append(page)
                    path = page["next"] and url + query(
                        sort=sort, order=order, limit=2, cursor=page["next"]
                    )
                assert found == whole
                back = url + query(sort=sort, order=order, limit=2, cursor=cursors[-1]["prev"])
                assert server.get(back)["items"] == cursors[-2]["items"]
        found = server.get(url + "?q=COUNT-TO-42")["items"]
        assert [row["app"] for row in found] == ["count-to-42"]


def test_what_is_sealed_is_kept_for_ever(server: Server, app: str) -> None:
    g = server.get(app)["g"]
    for path in (f"{app}/states/3", f"{app}/diff?to=3", f"{app}/windows/0", f"{app}/graph?at=3"):
        pinned = path + ("&" if "?" in path else "?") + f"g={g}"
        kept = server.ask(pinned)
        assert "immutable" in kept.headers["cache-control"], path
        plain = server.ask(path)
        assert plain.headers["cache-control"] == "no-cache"
        assert server.ask(path, If_None_Match=plain.headers["etag"]).status == 304
        assert kept.headers["x-burr-head"].endswith(f";step={STEPS - 1}")
        assert "dur=" in kept.headers["server-timing"]
    assert "immutable" not in server.ask(f"{app}/states/head?g={g}").headers["cache-control"]
    gone = server.ask(f"{app}/states/3?g=0123456789abcdef")
    assert (gone.status, gone.json["g"]) == (410, g)
    assert server.get(split(gone.json["restart"]))["step"] == 3


def test_problems_tell_how_to_go_on(server: Server, app: str) -> None:
    cases: dict[str, tuple[int, str, dict[str, Any]]] = {
        f"{app}/states/nonsense": (400, "bad-ref", {"parameter": "ref"}),
        f"{app}/states/3?path=list": (400, "bad-pointer", {"parameter": "path"}),
        f"{app}/states/3?side=left": (400, "bad-parameter", {"expected": ["after", "before"]}),
        f"{app}/states/9999": (404, "step-not-found", {"first": 0, "nearest": STEPS - 1}),
        f"{app}/states/3?path=/list/zero": (404, "path-not-found", {"prefix": "/list"}),
        f"{app}/states/t:1999-01-01T00:00:00Z": (404, "time-before-first", {"first": 0}),
        f"{app}/states/3@ffff": (404, "branch-not-found", {}),
        app_url("walks", "tal"): (404, "app-not-found", {"close": ["walks/talk"]}),
        "/api/v1/projects/nowhere/apps": (404, "project-not-found", {}),
        f"{app}/steps?cursor=abc": (400, "cursor-mismatch", {"parameter": "cursor"}),
        f"{app}/timeline?tile=1": (400, "bad-parameter", {"parameter": "lod"}),
        "/api/v1/stream": (400, "bad-parameter", {"parameter": "apps"}),
        "/api/v1/stream?apps=walks/no": (404, "app-not-found", {}),
    }
    for path, (status, kind, members) in cases.items():
        reply = server.ask(path)
        assert reply.status == status, f"{path}: {reply.body!r}"
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json["type"] == f"/problems/{kind}", path
        assert members.items() <= reply.json.items(), reply.json
    cursor = server.get(f"{app}/steps?limit=1")["next"]
    other = server.ask(f"{app}/steps" + query(limit=1, action="check", cursor=cursor))
    assert other.json["type"] == "/problems/cursor-mismatch"


def test_a_running_step_has_a_before(binary: Path, tmp_path: Path) -> None:
    folder = tmp_path / "store" / "p" / "a"
    folder.mkdir(parents=True)
    (folder / "log.jsonl").write_text("\n".join([begin(0), end(0, {"a": 1}), begin(1)]) + "\n")
    with serving(binary, tmp_path / "store") as server:
        url = app_url("p", "a")
        assert server.get(f"{url}")["running"]["step"] == 1
        reply = server.ask(f"{url}/states/1")
        assert (reply.status, reply.json["type"]) == (409, "/problems/step-running")
        assert server.get(split(reply.json["before"]))["value"] == {"a": 1}


# ------------------------------------------------ live
