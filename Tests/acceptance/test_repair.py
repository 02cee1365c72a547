"""`burr repair` writes what is left of a log to a whole one, and destroys nothing."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from burr_log import counted, write_app
from conftest import Burr
from test_fsck import every_state, steps


@pytest.fixture
def segment(burr: Burr, tmp_path: Path) -> Path:
    write_app(tmp_path / "root", "a", counted(range(40)))
    burr("import", tmp_path / "root")
    (path,) = (burr.store / "p/a").glob("*.burr")
    return path


def damaged(data: bytes, how: str) -> bytes:
    changed = bytearray(data)
    middle = len(data) // 2
    if how == "flip":
        changed[middle] ^= 1
    elif how == "zero":
        changed[middle : middle + 300] = bytes(300)
    elif how == "cut":
        del changed[-5:]
    elif how == "header":
        changed[40:90] = bytes(50)
    elif how == "begin":
        changed[512:900] = bytes(388)
    elif how == "missing":
        del changed[middle : middle + 512]
    elif how == "doubled":
        changed[middle:middle] = changed[middle - 512 : middle]
    return bytes(changed)


@pytest.mark.parametrize(
    "how", ["flip", "zero", "cut", "header", "begin", "missing", "doubled"]
)
def test_the_copy_has_every_step_that_is_left(burr: Burr, segment: Path, how: str) -> None:
    data = damaged(segment.read_bytes(), how)
    segment.write_bytes(data)
    found = burr.call("fsck", "p/a", "--format", "json")
    assert found.code == (1 if how == "cut" else 2)
    before = every_state(burr).rows
    assert all(row["state"]["counter"] == row["step"] + 1 for row in before)

    repaired = burr("repair", "p/a", "--format", "json").json
    assert segment.read_bytes() == data, "the evidence stays"
    assert repaired[0]["is_new"] and repaired[0]["repaired_in"] != repaired[0]["branch"]
    assert burr.call("fsck", "p/a", "--deep").code == 0
    assert every_state(burr).rows == before
    assert [row["step"] for row in before] == steps(repaired[0]["replayable_steps"])
    assert not (burr.store / "p/a/.repair").exists()

    files = sorted((burr.store / "p/a").iterdir())
    again = burr("repair", "p/a", "--format", "json").json
    assert [row["is_new"] for row in again] == [False, False]
    assert sorted((burr.store / "p/a").iterdir()) == files


def test_the_damaged_branch_can_still_be_read(burr: Burr, segment: Path) -> None:
    segment.write_bytes(damaged(segment.read_bytes(), "flip"))
    burr("repair", "p/a")
    branch = segment.name.split(".")[0]
    ran = burr("replay", "p/a", "--step", f"3@{branch}")
    assert ran.json["counter"] == 4


def test_a_damaged_repair_is_repaired_again(burr: Burr, segment: Path) -> None:
    segment.write_bytes(damaged(segment.read_bytes(), "flip"))
    burr("repair", "p/a")
    (copy,) = set((burr.store / "p/a").glob("*.burr")) - {segment}
    copy.write_bytes(copy.read_bytes()[:-40])
    assert burr.call("fsck", "p/a").code == 2
    burr("repair", "p/a")
    assert burr.call("fsck", "p/a", "--deep").code == 0
    assert len(list((burr.store / "p/a").glob("*.burr"))) == 3


def test_nothing_to_do(burr: Burr, segment: Path) -> None:
    data = segment.read_bytes()
    assert "nothing to do" in burr("repair", "p/a").text
    assert [path.read_bytes() for path in (burr.store / "p/a").glob("*.burr")] == [data]


def test_a_newer_version_is_left_alone(burr: Burr, segment: Path) -> None:
    data = bytearray(segment.read_bytes())
    data[8] = 2
    segment.write_bytes(data)
    ran = burr.call("repair", "p/a")
    assert ran.code == 65 and "newer version" in ran.err
    assert list((burr.store / "p/a").glob("*.burr")) == [segment]


def test_interrupted_repairs_leave_nothing_behind(burr: Burr, segment: Path) -> None:
    """A copy that was never published is thrown away."""
    segment.write_bytes(damaged(segment.read_bytes(), "flip"))
    work = burr.store / "p/a/.repair"
    work.mkdir()
    (work / segment.name).write_bytes(b"half a copy")
    (work / "log.jsonl").touch()
    burr("repair", "p/a")
    assert not work.exists() and burr.call("fsck", "p/a").code == 0


def test_random_damage(burr: Burr, segment: Path) -> None:
    data = segment.read_bytes()
    chance = random.Random(20)
    for _ in range(12):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 4)):
            at, count = chance.randrange(len(data)), chance.randrange(1, 200)
            changed[at : at + count] = chance.randbytes(len(changed[at : at + count]))
        for path in (burr.store / "p/a").glob("*.burr"):
            path.unlink()
        segment.write_bytes(changed)
        if burr.call("fsck", "p/a").code in (0, 3):
            continue
        before = every_state(burr).rows
        assert all(row["state"]["counter"] == row["step"] + 1 for row in before)
        burr("repair", "p/a")
        assert every_state(burr).rows == before and segment.read_bytes() == changed
        assert burr.call("fsck", "p/a", "--deep").code == 0


def test_repairs_at_once_wait_for_each_other(burr: Burr, segment: Path) -> None:
    data = damaged(segment.read_bytes(), "flip")
    segment.write_bytes(data)
    before = every_state(burr).rows
    for _ in range(10):
        running = [
            subprocess.Popen(
                [burr.binary, "repair", "p/a"], env=burr.environment(), stdout=subprocess.DEVNULL
            )
            for _ in range(4)
        ]
        assert [repair.wait(timeout=60) for repair in running] == [0] * 4
        copies = set((burr.store / "p/a").glob("*.burr")) - {segment}
        assert len(copies) == 1 and not (burr.store / "p/a/.repair").exists()
        assert every_state(burr).rows == before and segment.read_bytes() == data
        copies.pop().unlink()
