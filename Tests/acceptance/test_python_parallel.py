"""Parts of an application that run elsewhere: no step and no link between them is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import pytest
from burr.core import Application, ApplicationBuilder, State, action, default, expr
from burrlog import LogTrackingClient
from conftest import Burr

PROJECT = "parallel"
PARTS, TURNS = 12, 25

# Compiled once: where threads parse at the same time, ast.parse() of Python 3.11 can fail with
# "AST constructor recursion depth mismatch" (python/cpython issue 106905).
UNFINISHED = expr(f"n < {TURNS}")


@action(reads=["n"], writes=["n"])
def count(state: State) -> State:
    return state.update(n=state["n"] + 1)


@action(reads=["n"], writes=["done"])
def finish(state: State) -> State:
    return state.update(done=True)


def builder(tracker: LogTrackingClient, app_id: str, partition: str) -> ApplicationBuilder:
    return (
        ApplicationBuilder()
        .with_actions(count, finish)
        .with_transitions(
            ("count", "count", UNFINISHED),
            ("count", "finish", default),
        )
        .with_entrypoint("count")
        .with_state(n=0, text="the same in each step")
        .with_identifiers(app_id=app_id, partition_key=partition)
        .with_tracker(tracker)
    )


def part(tracker: LogTrackingClient, number: int) -> int:
    """Runs a part of the application, wherever this is called."""
    app: Application = (
        builder(tracker.copy(), f"part-{number}", "p\u00e4rt")
        .with_spawning_parent(app_id="whole", sequence_id=number, partition_key="p\u00e4rt")
        .build()
    )
    _, _, state = app.run(halt_after=["finish"])
    return int(state["n"])


@pytest.fixture(scope="module", params=["threads", "fork", "spawn", "forkserver", "ray"])
def how(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where parts run. Ray's workers need Ray, which is large: without it they are left out."""
    if request.param != "ray":
        yield request.param
        return
    ray = pytest.importorskip("ray")
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    ray.init(num_cpus=2, include_dashboard=False, runtime_env={"env_vars": paths})
    yield request.param
    ray.shutdown()


def executor(how: str) -> Executor:
    if how == "threads":
        return ThreadPoolExecutor(6)
    if how == "ray":
        from burr.integrations.ray import RayExecutor

        return RayExecutor()
    return ProcessPoolExecutor(4, mp_context=multiprocessing.get_context(how))


class Exported:
    """What a store holds, as Burr's files."""

    def __init__(self, burr: Burr):
        self.burr = burr
        target = burr.store.parent / "exported"
        assert burr("export", "--to", target).code == 0
        self.project = target / PROJECT

    def lines(self, app_id: str, name: str) -> list[dict]:
        text = (self.project / app_id / name).read_bytes()
        return [json.loads(line) for line in text.splitlines()]

    def assert_parts(self) -> None:
        """Every part is linked from both sides, and has every step."""
        children = self.lines("whole", "children.jsonl")
        found = sorted((child["sequence_id"], child["child"]["app_id"]) for child in children)
        assert found == [(number, f"part-{number}") for number in range(PARTS)]
        segments = (self.burr.store / PROJECT / "whole").glob("*.000000.burr")
        assert len([*segments]) == 1, "a link is no reason for a branch"
        assert {child["event_type"] for child in children} == {"spawn_start"}
        assert {child["child"]["partition_key"] for child in children} == {"p\u00e4rt"}
        for number in range(PARTS):
            [metadata] = self.lines(f"part-{number}", "metadata.json")
            assert metadata["spawning_parent_pointer"]["app_id"] == "whole"
            assert metadata["spawning_parent_pointer"]["sequence_id"] == number
            log = self.lines(f"part-{number}", "log.jsonl")
            ended = [line for line in log if line["type"] == "end_entry"]
            assert [line["sequence_id"] for line in ended] == list(range(TURNS + 1))
            assert [line["state"]["n"] for line in ended] == [*range(1, TURNS + 1), TURNS]


def run_parts(tracker: LogTrackingClient, how: str) -> None:
    with executor(how) as pool:
        runs = [pool.submit(part, tracker, number) for number in range(PARTS)]
        assert [run.result(timeout=120) for run in runs] == [TURNS] * PARTS


def test_parts_and_the_whole_know_each_other(binary: Path, tmp_path: Path, how: str) -> None:
    burr = Burr(binary, tmp_path / "store")
    tracker = LogTrackingClient(PROJECT, burr.store, on_error="raise")
    whole = builder(tracker, "whole", "p\u00e4rt").build()
    whole.step()
    run_parts(tracker, how)
    whole.step()
    exported = Exported(burr)
    exported.assert_parts()
    log = exported.lines("whole", "log.jsonl")
    assert [line["sequence_id"] for line in log if line["type"] == "end_entry"] == [0, 1]


def test_parts_are_linked_while_the_whole_is_at_work(
    binary: Path, tmp_path: Path, how: str
) -> None:
    burr = Burr(binary, tmp_path / "store")
    tracker = LogTrackingClient(PROJECT, burr.store, on_error="raise")

    @action(reads=[], writes=["done"])
    def spread(state: State) -> State:
        run_parts(tracker, how)
        return state.update(done=True)

    whole = ApplicationBuilder().with_actions(spread).with_entrypoint("spread")
    whole = whole.with_identifiers(app_id="whole", partition_key="p\u00e4rt")
    whole.with_tracker(tracker).build().run(halt_after=["spread"])
    exported = Exported(burr)
    exported.assert_parts()
    log = exported.lines("whole", "log.jsonl")
    assert [line["sequence_id"] for line in log if line["type"] == "end_entry"] == [0]
    assert log[-1]["state"]["done"] is True
