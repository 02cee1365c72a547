"""What `LogTrackingClient` gives back: Burr's own values and errors, and sense where Burr fails."""

from __future__ import annotations

import datetime
import logging
import pickle
from pathlib import Path
from typing import Any, Optional, Union

import burr.integrations.serde.pickle as pickle_serde
import pytest
from burr.core import Application, ApplicationBuilder, State
from burr.core.persistence import SQLLitePersister
from burr.tracking.client import LocalTrackingClient
from burrlog import LogTrackingClient
from conftest import Burr
from tracked_programs import PROJECT, VALUES, increment, next_value, values

Tracker = Union[LogTrackingClient, LocalTrackingClient]
KINDS = [LogTrackingClient, LocalTrackingClient]


def application(tracker: Tracker, app_id: str, loader: Any = None, **loading: Any) -> Application:
    """Counts from where `loading` says."""
    builder = (
        ApplicationBuilder()
        .with_actions(increment)
        .with_transitions(("increment", "increment"))
        .with_identifiers(app_id=app_id, partition_key="ann")
        .with_tracker(tracker)
        .initialize_from(
            loader or tracker,
            resume_at_next_action=True,
            default_state={"counter": 0},
            default_entrypoint="increment",
            **loading,
        )
    )
    return builder.build()


def steps(app: Application, count: int) -> None:
    for _ in range(count):
        app.step()


def pair(root: Path) -> list[Tracker]:
    return [kind(PROJECT, str(root / kind.__name__)) for kind in KINDS]


def outcome(call: Any, *arguments: Any) -> Any:
    """What a call gives or raises, as values that can be compared."""
    try:
        result = call(*arguments)
    except Exception as error:
        return type(error), str(error)
    if isinstance(result, dict) and "created_at" in result:
        moment = datetime.datetime.fromisoformat(result["created_at"])
        assert moment.tzinfo is None
        assert abs(datetime.datetime.now() - moment) < datetime.timedelta(minutes=1)
        return {**result, "created_at": None, "state": result["state"].get_all()}
    return result


@pytest.mark.parametrize("step", [None, 0, 3, 4, 5, -1, 99])
def test_load_is_as_burrs(tmp_path: Path, step: Optional[int]) -> None:
    ours, burrs = pair(tmp_path)
    for tracker in (ours, burrs):
        steps(application(tracker, "plain"), 5)
    assert outcome(ours.load, "ann", "plain", step) == outcome(burrs.load, "ann", "plain", step)


@pytest.mark.parametrize("app_id", [None, "missing", "empty"])
def test_load_without_steps_is_as_burrs(tmp_path: Path, app_id: Optional[str]) -> None:
    ours, burrs = pair(tmp_path)
    for tracker in (ours, burrs):
        application(tracker, "empty")
    for step in (None, 0):
        assert outcome(ours.load, None, app_id, step) is outcome(burrs.load, None, app_id, step)


def test_values_come_back_as_burr_gives_them_back(tmp_path: Path) -> None:
    app = values(tmp_path)
    steps(app, len(VALUES))
    ours = LogTrackingClient(PROJECT, str(tmp_path / "ours"))
    burrs = LocalTrackingClient(PROJECT, str(tmp_path / "burr"))
    for step in range(len(VALUES)):
        loaded = ours.load(None, "values", step)["state"].get_all()
        assert repr(loaded) == repr(burrs.load(None, "values", step)["state"].get_all())


def test_load_state_and_app_log_exists_are_as_burrs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ours, burrs = pair(tmp_path)
    folders = {kind: str(tmp_path / kind.__name__) for kind in KINDS}
    for tracker in (ours, burrs):
        steps(application(tracker, "plain"), 4)
        steps(application(tracker, "fork", fork_from_app_id="plain", fork_from_sequence_id=1), 2)
        application(tracker, "empty")
    for app_id in ["plain", "fork", "empty", "missing"]:
        exists = [kind.app_log_exists(PROJECT, app_id, folders[kind]) for kind in KINDS]
        assert exists[0] is exists[1]
        for step in [None, -1, 0, 1, -2, 3, 17, -9]:
            found = [
                outcome(kind.load_state, PROJECT, app_id, step, folder)
                for kind, folder in folders.items()
            ]
            if isinstance(found[0][1], str):
                found = [(kind, str(text).split(" under ")[0]) for kind, text in found]
            assert found[0] == found[1], (app_id, step)
    warned = [record.getMessage() for record in caplog.records if "mismatch" in record.message]
    assert len(warned) == 4 and warned[:2] == warned[2:] or warned[::2] == warned[1::2]


def test_resuming_goes_on_in_the_same_log(tmp_path: Path, binary: Path) -> None:
    for count in (3, 2, 1):
        tracker = LogTrackingClient(PROJECT, str(tmp_path / "store"), on_error="raise")
        app = application(tracker, "resumed")
        steps(app, count)
    assert app.state["counter"] == 6
    burr = Burr(binary, tmp_path / "store")
    assert [row["step"] for row in burr("log", "resumed", "--format", "jsonl").rows] == [*range(6)]
    assert len({file.name[:32] for file in (tmp_path / "store").rglob("*.burr")}) == 1


def test_a_step_before_the_fork_is_found_in_the_parent(tmp_path: Path, binary: Path) -> None:
    tracker = LogTrackingClient(PROJECT, str(tmp_path / "store"), on_error="raise")
    steps(application(tracker, "plain"), 5)
    fork = {"fork_from_app_id": "plain", "fork_from_partition_key": "ann"}
    child = application(tracker, "child", fork_from_sequence_id=2, **fork)
    child.step(inputs={"by": 10})
    assert tracker.load("ann", "child")["state"]["counter"] == 13
    assert tracker.load("ann", "child", 1)["state"]["counter"] == 2
    grandchild = application(
        tracker, "grandchild", fork_from_app_id="child", fork_from_partition_key="ann",
        fork_from_sequence_id=1,
    )  # fmt: skip
    grandchild.step()
    assert grandchild.state["counter"] == 3
    assert Burr(binary, tmp_path / "store")("replay", "child", "--step", "1", "--path", "/counter")


def test_an_application_that_crashed_in_its_first_step_is_built_again(tmp_path: Path) -> None:
    tracker = LogTrackingClient(PROJECT, str(tmp_path), on_error="raise")
    app = application(tracker, "crashed")
    begun = app._adapter_set.call_all_lifecycle_hooks_sync
    begun(
        "pre_run_step", action=app.graph.actions[0], state=app.state, inputs={}, sequence_id=0,
        app_id="crashed", partition_key="ann",
    )  # fmt: skip
    tracker.close()  # as if killed here: the step has begun and never ends
    assert tracker.app_log_exists(PROJECT, "crashed", str(tmp_path))
    assert tracker.load("ann", "crashed") is None
    again = application(LogTrackingClient(PROJECT, str(tmp_path), on_error="raise"), "crashed")
    steps(again, 2)
    assert again.state["counter"] == 2


def test_an_application_is_resumed_from_a_database_without_a_log(tmp_path: Path) -> None:
    database = SQLLitePersister(str(tmp_path / "states.db"), table_name="burr")
    database.initialize()
    database.save("ann", "app", 7, "increment", State({"counter": 8}), "completed")
    tracker = LogTrackingClient(PROJECT, str(tmp_path / "store"), on_error="raise")
    app = application(tracker, "app", loader=database)
    app.step()
    assert tracker.load("ann", "app")["state"]["counter"] == 9


def test_applications_are_listed_by_partition(tmp_path: Path) -> None:
    tracker = LogTrackingClient(PROJECT, str(tmp_path), on_error="raise")
    assert tracker.list_app_ids("ann") == []
    for app_id in ["first", "a/b", "../up", "caf\u00e9 \u2603", "100%"]:
        steps(application(tracker, app_id), 1)
    builder = ApplicationBuilder().with_actions(next_value).with_entrypoint("next_value")
    builder.with_state(values=[]).with_identifiers(app_id="alone").with_tracker(tracker).build()
    assert sorted(tracker.list_app_ids("ann")) == sorted(
        ["first", "a/b", "../up", "caf\u00e9 \u2603", "100%"]
    )
    assert tracker.list_app_ids(None) == ["alone"]
    assert tracker.load("ann", "../up")["state"]["counter"] == 1
    assert not (tmp_path / "up").exists() and not (tmp_path.parent / "up").exists()


def test_a_folder_of_burrs_own_is_loaded_from(tmp_path: Path) -> None:
    burrs = LocalTrackingClient(PROJECT, str(tmp_path))
    steps(application(burrs, "before"), 3)
    tracker = LogTrackingClient(PROJECT, str(tmp_path), on_error="raise")
    assert tracker.app_log_exists(PROJECT, "before", str(tmp_path))
    assert tracker.load_state(PROJECT, "before", 1, str(tmp_path))[0]["counter"] == 2
    app = application(tracker, "before")
    steps(app, 2)
    assert app.state["counter"] == 5
    assert tracker.load("ann", "before")["state"]["counter"] == 5
    assert tracker.load("ann", "before", 1)["state"]["counter"] == 2


class Pickled:
    def __init__(self, payload: bytes):
        self.payload = payload

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pickled) and other.payload == self.payload


def test_values_that_burr_cannot_log_are_logged_and_loaded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pickle_serde.register_type_to_pickle(Pickled)
    value = Pickled(bytes(range(256)))
    assert b"\xff" in pickle.dumps(value)
    tracker = LogTrackingClient(PROJECT, str(tmp_path))
    cycle: list = []
    cycle.append(cycle)
    app = (
        ApplicationBuilder()
        .with_actions(increment)
        .with_transitions(("increment", "increment"))
        .with_entrypoint("increment")
        .with_state(counter=0, pickled=value, lone="a\ud800b", cycle=cycle, deep=nested(280))
        .with_identifiers(app_id="odd")
        .with_tracker(tracker)
        .build()
    )
    steps(app, 2)
    loaded = tracker.load(None, "odd")["state"]
    assert loaded["counter"] == 2 and loaded["pickled"] == value and loaded["lone"] == "a\ud800b"
    assert loaded["deep"] == nested(280)
    assert loaded["cycle"]["__burr_unserializable__"] == "builtins.list"
    warnings = [record for record in caplog.records if record.name == "burrlog"]
    assert len(warnings) == 1 and warnings[0].levelno == logging.WARNING


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value
