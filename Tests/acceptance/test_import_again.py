"""Importing again adds only what is new, also while the file is being written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from burr_log import App, apps_of, counted, runs_of, write_app
from conftest import Burr


def sizes(burr: Burr) -> dict[str, int]:
    return {
        str(path.relative_to(burr.store)): path.stat().st_size
        for path in burr.store.rglob("*")
        if path.is_file()
    }


def records(burr: Burr, ref: str) -> list:
    return burr("log", ref, "--format", "json").json


def test_twice_adds_nothing(burr: Burr, program: Path) -> None:
    burr("import", program)
    before = sizes(burr)
    log = records(burr, "counting/restarted")
    burr("import", program)
    assert sizes(burr) == before
    assert records(burr, "counting/restarted") == log


@pytest.mark.parametrize("part", [".", "counting", "counting/plain", "counting/plain/log.jsonl"])
def test_what_can_be_named(burr: Burr, program: Path, part: str) -> None:
    """A root, a project, an application or a log; the names come from the folders."""
    burr("import", program / part)
    log = (program / "counting/plain/log.jsonl").read_bytes()
    assert burr("export", "counting/plain").out == log
    listed = {(row["project"], row["app"]) for row in burr("ls", "--format", "json").json}
    assert ("counting", "plain") in listed
    if part.startswith("counting/"):
        assert len(listed) == 1
    before = sizes(burr)
    burr("import", program)
    assert sizes(burr)["counting/plain/log.jsonl"] == 0
    again = {name: size for name, size in sizes(burr).items() if name in before}
    # An application's annotations come with its project.
    assert part.startswith("counting/") or again == before
    whole = sizes(burr)
    burr("import", program)
    assert sizes(burr) == whole
    assert burr("export", "counting/plain").out == log


GROWING = ["counting/plain", "counting/restarted", "events/failing", "values/values"]


def cuts(data: bytes) -> list[int]:
    """Offsets at which a reader may meet a growing file: between lines, and within them."""
    found = {0, 1, len(data) - 1}
    at = 0
    for number, line in enumerate(data.splitlines(keepends=True)):
        for within in (0, 1, len(line) // 2, len(line) - 2, len(line) - 1):
            if number < 4 or (number + within) % 5 == 0:
                found.add(at + within)
        at += len(line)
    return sorted(found)


@pytest.mark.parametrize("name", GROWING)
def test_a_growing_file(burr: Burr, program: Path, tmp_path: Path, name: str) -> None:
    live = tmp_path / "live" / name
    shutil.copytree(program / name, live)
    data = (program / name / "log.jsonl").read_bytes()
    for cut in cuts(data):
        (live / "log.jsonl").write_bytes(data[:cut])
        burr.call("import", tmp_path / "live")
        exported = burr("export", name).out
        assert data.startswith(exported), f"cut at {cut}"
        assert len(exported) >= data.rfind(b"\n", 0, cut) + 1, f"cut at {cut}"
    (live / "log.jsonl").write_bytes(data)
    burr("import", tmp_path / "live")
    check_whole(burr, App(*name.split("/"), live))


@pytest.mark.parametrize("name", GROWING[:3])
def test_a_file_met_once_and_again_when_whole(
    binary: Path, program: Path, tmp_path: Path, name: str
) -> None:
    data = (program / name / "log.jsonl").read_bytes()
    for number, cut in enumerate(cuts(data)[::3]):
        root = tmp_path / str(number)
        live = root / "live" / name
        shutil.copytree(program / name, live)
        burr = Burr(binary, root / "store")
        (live / "log.jsonl").write_bytes(data[:cut])
        burr.call("import", root / "live")
        (live / "log.jsonl").write_bytes(data)
        burr("import", root / "live")
        check_whole(burr, App(*name.split("/"), live))


def check_whole(burr: Burr, app: App) -> None:
    assert burr("export", app.ref).out == app.log.read_bytes()
    run = runs_of(app.log)[-1]
    for step in run.steps:
        ran = burr("replay", app.ref, "--step", step, "--format", "json")
        assert ran.text == run.states[step] + "\n", f"{app.ref} at {step}"


def test_children_and_annotations_later(burr: Burr, program: Path, tmp_path: Path) -> None:
    live = tmp_path / "live/counting"
    shutil.copytree(program / "counting", live)
    children = (live / "plain/children.jsonl").read_bytes()
    first = children.index(b"\n") + 1
    (live / "plain/children.jsonl").write_bytes(children[:first])
    notes = (live / "annotations.jsonl").read_bytes()
    (live / "annotations.jsonl").write_bytes(notes[: notes.index(b"\n") + 1])
    burr("import", tmp_path / "live")
    (live / "plain/children.jsonl").write_bytes(children)
    (live / "annotations.jsonl").write_bytes(notes)
    burr("import", tmp_path / "live")
    burr("import", tmp_path / "live")
    burr("export", "--to", tmp_path / "out")
    assert (tmp_path / "out/counting/plain/children.jsonl").read_bytes() == children
    assert (tmp_path / "out/counting/annotations.jsonl").read_bytes() == notes


def test_in_place(burr: Burr, program: Path) -> None:
    """Without a path, the store's own Burr folders are read where they are and stay untouched."""
    shutil.copytree(program, burr.store)
    before = {app.ref: app.log.read_bytes() for app in apps_of(burr.store)}
    burr("import")
    burr("import")
    for app in apps_of(program):
        assert (burr.store / app.project / app.name / "log.jsonl").read_bytes() == before[app.ref]
        assert burr("export", app.ref).out == before[app.ref]
        check = runs_of(app.log)
        if check and len(check[-1].states) < 20:
            check_whole(burr, app)


def test_a_replaced_file_is_another_run(burr: Burr, tmp_path: Path) -> None:
    """A shorter or changed file is not what was read: its steps are kept beside the first."""
    app = write_app(tmp_path / "root", "a", counted(range(5)))
    burr("import", tmp_path / "root")
    app.log.write_text("\n".join(counted(range(2))).replace("03:04", "05:06") + "\n")
    burr.call("import", tmp_path / "root")
    ran = burr("replay", "a", "--step", "head", "--format", "json")
    assert ran.json["counter"] in (2, 5)
