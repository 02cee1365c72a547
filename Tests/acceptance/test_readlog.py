"""Tools/readlog.py, written from Formats/ alone, and `burr replay` read the same states."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from burr_log import App, apps_of, counted, runs_of, write_app
from conftest import REPO, Burr


def readlog(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(REPO / "Tools/readlog.py"), *map(str, arguments)],
        capture_output=True,
    )


def folder(burr: Burr, app: App) -> Path:
    return burr.store / app.project / app.name.replace("%", "%25")


@pytest.fixture(params=["demo", "program"])
def recorded(request: pytest.FixtureRequest) -> tuple[Burr, list[App]]:
    root = request.getfixturevalue(request.param)
    return request.getfixturevalue(f"{request.param}_store"), apps_of(root)


def test_everything_verifies(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    for app in apps:
        ran = readlog(folder(burr, app), "--verify")
        assert ran.returncode == 0, f"{app.ref}: {ran.stdout.decode()}{ran.stderr.decode()}"


def test_the_same_states(recorded: tuple[Burr, list[App]]) -> None:
    burr, apps = recorded
    for app in apps:
        runs = runs_of(app.log)
        steps = runs[-1].steps if runs else []
        for step in {*steps[:1], *steps[-1:], *steps[len(steps) // 2 :][:1]}:
            ran = readlog(folder(burr, app), "--step", step)
            assert ran.stdout.decode() == runs[-1].states[step] + "\n", f"{app.ref} at {step}"
            assert ran.stdout == burr("replay", app.ref, "--step", step, "--format", "json").out


def test_list(program_store: Burr) -> None:
    ran = readlog(program_store.store / "events/failing", "--list")
    assert ran.returncode == 0
    assert b"META" in ran.stdout and b"SNAPSHOT" in ran.stdout and b"SPAN_BEGIN" in ran.stdout


def test_what_is_not_there(program_store: Burr, tmp_path: Path) -> None:
    assert readlog(program_store.store / "events/failing", "--step", 99).returncode == 66
    assert readlog(tmp_path, "--step", 0).returncode == 66


def test_a_repair_that_is_published_in_part_is_passed_over(burr: Burr, tmp_path: Path) -> None:
    write_app(tmp_path / "root", "a", counted(range(40)))
    burr("import", tmp_path / "root")
    (segment,) = (burr.store / "p/a").glob("*.burr")
    data = bytearray(segment.read_bytes())
    data[-100] ^= 1
    segment.write_bytes(data)
    burr("repair", "p/a")
    (copy,) = set((burr.store / "p/a").glob("*.burr")) - {segment}
    copy.rename(copy.with_name(copy.name.replace(".000000.", ".000001.")))
    (burr.store / "p/a/.repair").mkdir()
    ran = readlog(burr.store / "p/a", "--step", 20)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == burr("replay", "p/a", "--step", 20, "--format", "json").out
