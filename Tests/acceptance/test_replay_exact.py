"""Every step of every application is rebuilt as exactly the text that Burr logged."""

from __future__ import annotations

import pytest
from burr_log import App, Run, apps_of, member_texts, runs_of
from conftest import Burr


@pytest.fixture(params=["demo", "program"])
def recorded(request: pytest.FixtureRequest) -> tuple[Burr, list[App]]:
    """A store, and the Burr folders that it was filled from."""
    root = request.getfixturevalue(request.param)
    return request.getfixturevalue(f"{request.param}_store"), apps_of(root)


def latest(app: App) -> Run:
    """What the default view shows: the last run."""
    runs = runs_of(app.log)
    return runs[-1] if runs else Run()


def test_the_input_is_what_it_should_be(demo, program) -> None:
    assert len(apps_of(demo)) == 21 and len({app.project for app in apps_of(demo)}) == 4
    assert sum(len(run.states) for app in apps_of(demo) for run in runs_of(app.log)) == 471
    names = {app.name for app in apps_of(program)}
    assert {"fork-at-0", "parent", "failing", "restarted", "values", "empty"} <= names


def test_ranges(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    for app in apps:
        run = latest(app)
        if not run.states:
            continue
        ran = burr("replay", app.ref, "--from", "first", "--to", "head", "--format", "jsonl")
        rows = [member_texts(line) for line in ran.lines]
        assert [int(row["step"]) for row in rows] == run.steps, app.ref
        for step, row in zip(run.steps, rows):
            assert row["state"] == run.states[step], f"{app.ref} at {step}"
            assert row["action"] == f'"{run.actions[step]}"'


def test_every_single_step(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    for app in apps:
        run = latest(app)
        steps = run.steps if len(run.steps) <= 150 else run.steps[::25] + run.steps[-1:]
        for step in steps:
            ran = burr("replay", app.ref, "--step", step, "--format", "json")
            assert ran.text == run.states[step] + "\n", f"{app.ref} at {step}"


def test_before(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    for app in apps:
        run = latest(app)
        for before, step in list(zip(run.steps, run.steps[1:]))[:3]:
            ran = burr("replay", app.ref, "--step", step, "--before", "--format", "json")
            assert ran.text == run.states[before] + "\n", f"{app.ref} before {step}"


def test_before_the_first_step_burr_recorded_nothing(demo_store: Burr) -> None:
    ran = demo_store.call("replay", "demo_counter/count-to-10", "--step", "first", "--before")
    assert ran.code == 66 and ran.out == b"" and ran.err


def test_pretty_is_the_same_value(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    for app in apps:
        if latest(app).states:
            exact = burr("replay", app.ref, "--step", "head", "--format", "json")
            assert burr("replay", app.ref, "--step", "head").json == exact.json


def test_earlier_runs_of_an_id(program: Burr, program_store: Burr) -> None:
    """A restarted application keeps its earlier runs as branches."""
    app = next(app for app in apps_of(program) if app.name == "restarted")
    runs = runs_of(app.log)
    files = sorted((program_store.store / "counting/restarted").glob("*.burr"))
    branches = sorted({path.name.split(".")[0] for path in files})
    assert len(branches) == len(runs) == 3
    for branch, run in zip(branches, runs):
        for step in run.steps:
            ran = program_store("replay", app.ref, "--step", f"{step}@{branch}", "--format", "json")
            assert ran.text == run.states[step] + "\n", f"{step}@{branch}"


def test_path(program: Burr, program_store: Burr) -> None:
    def at(pointer: str) -> str:
        ran = program_store(
            "replay", "values", "--step", "head", "--path", pointer, "--format", "json"
        )
        return ran.text

    assert at("/mixed/tuple") == '"(1, 2)"\n'
    assert at("/mixed/caf\u00e9 \"key\"/a~1b") == "1\n"
    assert at("/mixed/caf\u00e9 \"key\"/~0") == "2\n"
    assert at("/mixed/caf\u00e9 \"key\"/") == "3\n"
    assert at("/numbers/0") == "1180591620717411303424\n"
    assert at("/numbers/1") == "1.0\n"
    assert at("/numbers/-1") == "0.30000000000000004\n"
    missing = program_store.call("replay", "values", "--step", "head", "--path", "/nothing/here")
    assert missing.code == 66 and missing.out == b""
