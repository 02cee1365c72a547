"""`burrlog.LogTrackingClient` records what Burr's own tracker logs, text for text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from burr.core import Application, ApplicationBuilder, State, action
from conftest import Burr
from tracked_programs import PROJECT, TIMES, VALUES, build, counter, parallel, streaming, trackers
from tracked_programs import increment, values

@pytest.fixture
def ours(binary: Path, tmp_path: Path) -> Burr:
    """The command on the store that our tracker writes to."""
    return Burr(binary, tmp_path / "ours")


def run(app: Application, steps: int) -> None:
    """Steps on, also over what the application raises."""
    for _ in range(steps):
        try:
            app.step()
        except ValueError:
            pass


def logged(root: Path, app_id: str) -> bytes:
    """What Burr's own tracker wrote."""
    return (root / "burr" / PROJECT / app_id / "log.jsonl").read_bytes()


def assert_same(ours: Burr, root: Path, app_id: str) -> None:
    """Both recorded the same, but for when it was."""
    theirs = logged(root, app_id)
    assert TIMES.sub(rb"", ours("export", app_id).out) == TIMES.sub(rb"", theirs)
    states = [
        (line["sequence_id"], raw[raw.index(b'"state":') + 8 : raw.rindex(b',"sequence_id"')])
        for raw in theirs.splitlines()
        if (line := json.loads(raw))["type"] == "end_entry"
    ]
    assert states
    for step, text in states:
        replayed = ours("replay", app_id, "--step", step, "--format", "json").out
        assert replayed.rstrip(b"\n") == text


def test_a_failing_counter_is_logged_alike(ours: Burr, tmp_path: Path) -> None:
    run(counter(tmp_path), 8)
    assert_same(ours, tmp_path, "counter")


def test_values_of_every_kind_are_logged_alike(ours: Burr, tmp_path: Path) -> None:
    run(values(tmp_path), len(VALUES))
    assert_same(ours, tmp_path, "values")


@action(reads=["messages", "seen"], writes=[])
def mutate(state: State) -> State:
    state["messages"].append({"text": f"message {len(state['messages'])}"})
    state["seen"]["inner"]["count"] += 1
    return state


def test_a_value_changed_in_place_is_noticed(ours: Burr, tmp_path: Path) -> None:
    app = build(
        tmp_path, [mutate], [("mutate", "mutate")], "mutate",
        {"messages": [], "seen": {"inner": {"count": 0}}}, "mutating",
    )  # fmt: skip
    run(app, 5)
    assert_same(ours, tmp_path, "mutating")
    assert ours("replay", "mutating", "--step", "2", "--path", "/seen/inner/count").text == "3\n"


def test_streams_spans_and_attributes_are_logged_alike(ours: Burr, tmp_path: Path) -> None:
    app = streaming(tmp_path)
    for _ in range(2):
        _, streamed = app.stream_result(halt_after=["answer"])
        assert [item["answer"] for item in streamed] == ["one", "two", "three"]
        streamed.get()
        app.step()
    assert_same(ours, tmp_path, "streaming")


def test_parallel_children_are_applications_of_their_own(ours: Burr, tmp_path: Path) -> None:
    for tracker in trackers(tmp_path):
        run(parallel(tracker), 1)
    children = {
        json.loads(line)["child"]["app_id"]
        for line in (tmp_path / "burr" / PROJECT / "parent/children.jsonl").open()
    }
    assert len(children) == 3
    for app_id in children:
        assert_same(ours, tmp_path, app_id)
    # Burr logs the addresses of the context object that it hands to parallel actions; we do not.
    theirs = [json.loads(line) for line in logged(tmp_path, "parent").splitlines()]
    mine = ours("export", "parent").rows
    assert [row["type"] for row in mine] == [row["type"] for row in theirs]
    assert list(theirs[0]["inputs"]) == ["__context"] and mine[0]["inputs"] == {}
    assert mine[1]["state"] == theirs[1]["state"]


def test_an_exported_folder_is_as_burrs(ours: Burr, tmp_path: Path) -> None:
    """For Burr's own server: the state machine, the partition, the parent."""
    run(streaming(tmp_path), 2)
    tracker, burrs = trackers(tmp_path)
    builder = ApplicationBuilder().with_actions(increment).with_state(counter=0)
    builder = builder.with_identifiers(app_id="child", partition_key="ann")
    builder = builder.with_entrypoint("increment").with_tracker(tracker).with_hooks(burrs)
    builder.with_spawning_parent("streaming", 1, "ann").build().step()
    ours("export", "--to", tmp_path / "exported")
    for app_id in ["streaming", "child"]:
        for name in ["graph.json", "metadata.json"]:
            mine, theirs = (
                json.loads((tmp_path / root / PROJECT / app_id / name).read_text(encoding="utf-8"))
                for root in ("exported", "burr")
            )
            for action in theirs.get("actions", []):  # sets, in any order
                action["inputs"].sort()
                action["optional_inputs"].sort()
            assert mine == theirs
    children = (tmp_path / "exported" / PROJECT / "streaming/children.jsonl").read_text()
    assert json.loads(children)["event_type"] == "spawn_start"
