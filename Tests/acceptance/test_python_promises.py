"""What Burr promises of its own tracking client, kept by ours; logs are looked at as exported."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Optional, Type

import pytest
from burr.core import Application, ApplicationBuilder, Result, State, action, default, expr
from burr.core.persistence import BaseStateLoader, PersistedStateData
from burr.lifecycle import PostRunStepHook
from burr.tracking.common import models
from burr.visibility import TracerFactory
from burrlog import LogTrackingClient
from conftest import Burr

PROJECT = "promises"

MODELS: dict[str, Type[Any]] = {
    "begin_entry": models.BeginEntryModel,
    "end_entry": models.EndEntryModel,
    "begin_span": models.BeginSpanModel,
    "end_span": models.EndSpanModel,
    "attribute": models.AttributeModel,
}


@pytest.fixture
def burr(binary: Path, tmp_path: Path) -> Burr:
    return Burr(binary, tmp_path / "store")


@pytest.fixture
def tracker(burr: Burr) -> LogTrackingClient:
    # A path, as Burr's client takes one too.
    return LogTrackingClient(project=PROJECT, storage_dir=burr.store)


@action(reads=["counter", "fails_at"], writes=["counter"])
def count(state: State, __tracer: TracerFactory) -> tuple[dict, State]:
    with __tracer("counting") as span:
        result = {"counter": state["counter"] + 1}
        span.log_attributes(counter=result["counter"])
    if result["counter"] == state["fails_at"]:
        raise ValueError("as asked")
    return result, state.update(**result)


def builder(tracker: LogTrackingClient, app_id: str, until: int = 2) -> ApplicationBuilder:
    """Counts up to a number, then gives it."""
    return (
        ApplicationBuilder()
        .with_actions(count=count, result=Result("counter"))
        .with_transitions(
            ("count", "count", expr(f"counter < {until}")), ("count", "result", default)
        )
        .with_identifiers(app_id=app_id, partition_key="ann")
        .with_tracker(tracker)
    )


def new(tracker: LogTrackingClient, app_id: str, **state: Any) -> Application:
    started = builder(tracker, app_id).with_entrypoint("count")
    return started.with_state(**{"counter": 0, "fails_at": -1, **state}).build()


class Exported:
    """An application as a folder of Burr's, read with the models of Burr's server."""

    def __init__(self, burr: Burr, app_id: str):
        target = burr.store.parent / f"exported-{app_id}"
        burr("export", app_id, "--to", target)
        self.folder = target / PROJECT / app_id

    def lines(self, name: str = "log.jsonl") -> list[dict]:
        return [json.loads(line) for line in (self.folder / name).read_bytes().splitlines()]

    def log(self) -> list[Any]:
        return [MODELS[line["type"]].model_validate(line) for line in self.lines()]

    def graph(self) -> models.ApplicationModel:
        return models.ApplicationModel.model_validate_json(
            (self.folder / "graph.json").read_bytes()
        )

    def metadata(self) -> models.ApplicationMetadataModel:
        return models.ApplicationMetadataModel.model_validate_json(
            (self.folder / "metadata.json").read_bytes()
        )

    def children(self) -> list[models.ChildApplicationModel]:
        lines = self.lines("children.jsonl")
        return [models.ChildApplicationModel.model_validate(line) for line in lines]


def kinds(log: list[Any]) -> dict[str, int]:
    return dict(Counter(entry.type for entry in log))


def test_a_run_is_tracked_end_to_end(burr: Burr, tracker: LogTrackingClient) -> None:
    new(tracker, "app").run(halt_after=["result"])
    exported = Exported(burr, "app")
    assert exported.graph().entrypoint == "count"
    assert [known.name for known in exported.graph().actions] == ["count", "result"]
    log = exported.log()
    assert kinds(log) == {
        "begin_entry": 3, "end_entry": 3, "begin_span": 2, "end_span": 2, "attribute": 2
    }  # fmt: skip
    assert not any(entry.exception for entry in log if entry.type == "end_entry")


def test_a_run_that_fails_is_tracked_to_its_failure(burr: Burr, tracker: LogTrackingClient) -> None:
    with pytest.raises(ValueError, match="as asked"):
        new(tracker, "app", fails_at=2).run(halt_after=["result"])
    log = Exported(burr, "app").log()
    assert kinds(log)["begin_entry"] == kinds(log)["end_entry"] == 2
    assert "as asked" in log[-1].exception


class Elsewhere(BaseStateLoader):
    """A database that has the state, and knows nothing of logs."""

    def load(
        self, partition_key: Optional[str], app_id: Optional[str],
        sequence_id: Optional[int] = None, **others: Any,
    ) -> PersistedStateData:  # fmt: skip
        return PersistedStateData(
            partition_key="ann", app_id="123", sequence_id=5, position="count",
            state=State({"counter": 5, "fails_at": -1}), created_at="", status="completed",
        )  # fmt: skip

    def list_app_ids(self, partition_key: Optional[str], **others: Any) -> list[str]:
        return ["123"]


def test_a_fork_of_what_is_kept_elsewhere_has_its_parent(
    burr: Burr, tracker: LogTrackingClient
) -> None:
    app = (
        builder(tracker, "new")
        .initialize_from(
            Elsewhere(), resume_at_next_action=True, default_state={}, default_entrypoint="count",
            fork_from_app_id="old", fork_from_partition_key="ann", fork_from_sequence_id=5,
        )
        .build()
    )  # fmt: skip
    app.run(halt_after=["result"])
    metadata = Exported(burr, "new").metadata()
    parent = metadata.parent_pointer
    assert metadata.partition_key == "ann"
    assert (parent.app_id, parent.sequence_id, parent.partition_key) == ("old", 5, "ann")


class Steps(PostRunStepHook):
    """Counts the steps that were really executed."""

    def __init__(self) -> None:
        self.count = 0

    def post_run_step(self, **step: Any) -> None:
        self.count += step["action"].name == "count"


def forked(
    tracker: LogTrackingClient, parent: Optional[str], step: Optional[int], app_id: str, until: int
) -> tuple[Application, Steps]:
    steps = Steps()
    app = (
        builder(tracker, app_id, until)
        .initialize_from(
            tracker,
            resume_at_next_action=True,
            default_state={"counter": 0, "fails_at": -1},
            default_entrypoint="count",
            fork_from_app_id=parent,
            fork_from_partition_key="ann" if parent else None,
            fork_from_sequence_id=step,
        )
        .with_hooks(steps)
        .build()
    )
    return app, steps


def test_forks_of_forks_go_on_where_they_were_forked(
    burr: Burr, tracker: LogTrackingClient
) -> None:
    # parent, step, until: the step it stands at, and the steps it has to run
    generations = [
        (None, None, 10, None, 10), ("app-0", 5, 15, 5, 9), ("app-1", 10, 25, 10, 14),
        ("app-2", 3, 6, 3, 2), ("app-2", None, 35, 25, None),
    ]  # fmt: skip
    for number, (parent, step, until, stands_at, runs) in enumerate(generations):
        app, steps = forked(tracker, parent, step, f"app-{number}", until)
        assert app.sequence_id == stands_at
        assert (app.parent_pointer.app_id if parent else app.parent_pointer) == parent
        if runs is None:  # a fork of an application that has come to its end
            continue
        _, _, state = app.run(halt_after=["result"])
        assert (state["counter"], steps.count) == (until, runs)
    [child] = Exported(burr, "app-1").children()
    assert (child.event_type, child.child.app_id) == ("fork", "app-2")
    assert child.child.partition_key == "ann"


def test_spawned_applications_and_their_parent_know_each_other(
    burr: Burr, tracker: LogTrackingClient
) -> None:
    new(tracker, "parent").run(halt_after=["result"])
    for app_id in ["one", "two"]:
        spawned = builder(tracker, app_id).with_entrypoint("count")
        spawned.with_spawning_parent("parent", 1).with_state(counter=0, fails_at=-1).build()
    pointer = Exported(burr, "one").metadata().spawning_parent_pointer
    assert (pointer.app_id, pointer.sequence_id) == ("parent", 1)
    children = Exported(burr, "parent").children()
    assert {child.child.app_id for child in children} == {"one", "two"}
    assert {child.event_type for child in children} == {"spawn_start"}


def test_texts_of_all_languages_come_back_in_a_second_run(
    burr: Burr, tracker: LogTrackingClient
) -> None:
    texts = {
        "latin": "\u00e1, \u00f1, \u00fc", "greek": "\u03b1\u03b2", "cyrillic": "\u0436\u044b",
        "hebrew": "\u05d0\u05d1", "arabic": "\u062e\u062f", "hindi": "\u0905\u0906",
        "chinese": "\u4e2d\u56fd", "japanese": "\u65e5\u672c\u8a9e", "korean": "\ud55c\uad6d",
        "emoji": "\U0001f600, \U0001f44d", "control": "\x9d",
    }  # fmt: skip

    @action(reads=[], writes=[*texts])
    def write(state: State) -> State:
        return state.update(**texts)

    for run in range(2):
        app = (
            ApplicationBuilder()
            .with_actions(write)
            .with_transitions(("write", "write"))
            .with_identifiers(app_id="texts")
            .with_tracker(tracker)
            .initialize_from(
                tracker, resume_at_next_action=False, default_state={}, default_entrypoint="write"
            )
            .build()
        )  # fmt: skip
        if run == 1:
            assert {name: app.state[name] for name in texts} == texts
        app.run(halt_after=["write"])
    assert tracker.load(None, "texts")["state"].subset(*texts).get_all() == texts
