"""JSON Patches from `burr` lead, applied by another library, to the recorded values."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from burr_log import App, apps_of, runs_of
from conftest import Burr


def read(text: str) -> Any:
    """The value with exact integers, and with fractions kept as they are written."""
    return json.loads(text, parse_float=lambda digits: f"fraction {digits}")


def shape(value: Any) -> str:
    """Equal for equal values only: true is not 1."""
    return json.dumps(value, sort_keys=True)


@pytest.fixture(params=["demo", "program"])
def recorded(request: pytest.FixtureRequest) -> tuple[Burr, list[App]]:
    root: Path = request.getfixturevalue(request.param)
    apps = [app for app in apps_of(root) if app.name != "long-chat" and runs_of(app.log)]
    return request.getfixturevalue(f"{request.param}_store"), apps


def test_replayed_patches(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    for app in apps:
        run = runs_of(app.log)[-1]
        ran = burr("replay", app.ref, "--from", "first", "--to", "head", "--format", "patch")
        rows = [read(line) for line in ran.lines]
        assert [row["step"] for row in rows] == run.steps, app.ref
        value: Any = None
        for step, row in zip(run.steps, rows):
            value = jsonpatch.apply_patch(value, row["patch"])
            assert shape(value) == shape(read(run.states[step])), f"{app.ref} at {step}"


def test_diffs_between_any_two_steps(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    chance = random.Random(7)
    for app in apps:
        run = runs_of(app.log)[-1]
        pairs = [(run.steps[0], run.steps[-1]), (run.steps[-1], run.steps[0])]
        pairs += [tuple(chance.choices(run.steps, k=2)) for _ in range(3)]
        for first, second in pairs:
            ran = burr("diff", app.ref, f"{first}..{second}", "--format", "patch")
            value = jsonpatch.apply_patch(read(run.states[first]), read(ran.text))
            wanted = shape(read(run.states[second]))
            assert shape(value) == wanted, f"{app.ref} {first}..{second}"


def test_a_long_chat(program: Path, program_store: Burr) -> None:
    app = next(app for app in apps_of(program) if app.name == "long-chat")
    (run,) = runs_of(app.log)
    ran = program_store("replay", app.ref, "--from", "490", "--to", "head", "--format", "patch")
    value = read(run.states[489])
    for line in ran.lines:
        value = jsonpatch.apply_patch(value, read(line)["patch"])
    assert shape(value) == shape(read(run.states[499]))
    assert len(ran.out) < 20_000
    diff = program_store("diff", app.ref, "490..499", "--format", "patch")
    value = jsonpatch.apply_patch(read(run.states[490]), read(diff.text))
    assert shape(value) == shape(read(run.states[499]))
