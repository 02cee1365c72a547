"""What was imported comes back: byte for byte, and as folders that real Burr reads."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from burr_log import App, apps_of, lines_of, runs_of, write_app, counted
from conftest import Burr


@pytest.fixture(params=["demo", "program"])
def recorded(request: pytest.FixtureRequest) -> tuple[Burr, Path]:
    root = request.getfixturevalue(request.param)
    return request.getfixturevalue(f"{request.param}_store"), root


def files_of(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_log_byte_for_byte(recorded: tuple[Burr, Path]) -> None:
    burr, root = recorded
    for app in apps_of(root):
        assert burr("export", app.ref).out == app.log.read_bytes(), app.ref


def test_whole_folders(recorded: tuple[Burr, Path], tmp_path: Path) -> None:
    burr, root = recorded
    burr("export", "--to", tmp_path / "out")
    wanted, got = files_of(root), files_of(tmp_path / "out")
    assert sorted(got) == sorted(wanted)
    for name, data in wanted.items():
        assert got[name] == data, name


def test_one_application(program: Path, program_store: Burr, tmp_path: Path) -> None:
    program_store("export", "counting/plain", "--to", tmp_path / "out")
    out = files_of(tmp_path / "out")
    assert out["counting/plain/log.jsonl"] == (program / "counting/plain/log.jsonl").read_bytes()
    assert {name.split("/")[1] for name in out} <= {"plain", "annotations.jsonl"}


def test_states(program: Path, program_store: Burr) -> None:
    app = next(app for app in apps_of(program) if app.name == "plain")
    (run,) = runs_of(app.log)
    ran = program_store("export", app.ref, "--format", "states")
    assert ran.lines == [run.states[step] for step in run.steps]


def loaded(root: Path, app: App, step: int) -> dict[str, Any]:
    from burr.tracking.client import LocalTrackingClient

    client = LocalTrackingClient(app.project, storage_dir=str(root))
    found = client.load("ann", app.name, step)
    return {**found, "state": found["state"].get_all(), "created_at": None}


def test_real_burr_loads_it(recorded: tuple[Burr, Path], tmp_path: Path) -> None:
    burr, root = recorded
    burr("export", "--to", tmp_path / "out")
    for app in apps_of(root):
        runs = runs_of(app.log)
        if not runs or app.name == "long-chat":
            continue
        for step in {runs[-1].steps[0], runs[-1].steps[-1]}:
            assert loaded(tmp_path / "out", app, step) == loaded(root, app, step), app.ref


def test_real_burrs_server_reads_it(program: Path, program_store: Burr, tmp_path: Path) -> None:
    from burr.tracking.server.backend import LocalBackend

    def served(root: Path) -> list[Any]:
        async def read() -> list[Any]:
            backend = LocalBackend(str(root))
            answers: list[Any] = []
            for project in sorted(entry.name for entry in root.iterdir()):
                apps, total = await backend.list_apps(None, project, None)
                for app in sorted(apps, key=lambda app: app.app_id):
                    if app.app_id != "long-chat":
                        logs = await backend.get_application_logs(None, project, app.app_id, None)
                        answers.append((app.app_id, app.num_steps, logs.model_dump()))
                answers.append((project, total))
            return answers

        return asyncio.run(read())

    program_store("export", "--to", tmp_path / "out")
    before = served(program)
    assert len(before) > 20
    assert served(tmp_path / "out") == before


def test_without_a_line_feed_at_the_end(burr: Burr, tmp_path: Path) -> None:
    app = write_app(tmp_path / "root", "a", counted(range(3)), ending="")
    burr("import", tmp_path / "root")
    assert burr("export", "a").out == app.log.read_bytes()
    assert len(list(lines_of(burr("export", "a").out))) == 6
