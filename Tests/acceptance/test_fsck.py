"""`burr fsck` names what is wrong with a log, and nothing that is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from burr_log import counted, write_app
from conftest import Burr, Ran


@pytest.fixture
def segment(burr: Burr, tmp_path: Path) -> Path:
    write_app(tmp_path / "root", "a", counted(range(40)))
    write_app(tmp_path / "root", "b", counted(range(5)))
    burr("import", tmp_path / "root")
    (path,) = (burr.store / "p/a").glob("*.burr")
    return path


def every_state(burr: Burr) -> Ran:
    return burr.call("replay", "p/a", "--from", "first", "--to", "head", "--format", "jsonl")


def test_clean(burr: Burr, segment: Path) -> None:
    assert burr.call("fsck").code == 0
    assert burr.call("fsck", "--deep").code == 0
    assert burr.call("fsck", "p/a").code == 0


def test_what_was_never_imported_is_said(burr: Burr) -> None:
    write_app(burr.store, "burrs", counted(range(3)))
    (burr.store / "p" / "bare").mkdir()
    for words in (("fsck",), ("fsck", "p/burrs")):
        ran = burr.call(*words)
        assert ran.code == 0
        assert "p/burrs" in ran.text and "not_imported" in ran.text and "burr import" in ran.text
    bare, burrs = burr.call("fsck", "--format", "json").json
    assert (burrs["app"], burrs["verdict"], burrs["branch"]) == ("burrs", "not_imported", None)
    assert burrs["run"] == "burr import" and "checksum" in burrs["findings"][0]
    assert (bare["verdict"], bare["run"]) == ("empty", None)
    # What it says is what helps.
    burr("import")
    assert [row["verdict"] for row in burr.call("fsck", "p/burrs", "--format", "json").json] == [
        "clean"
    ]


def test_torn(burr: Burr, segment: Path) -> None:
    """A cut tail is no damage: what was whole is read, and said."""
    data = segment.read_bytes()
    for cut in (len(data) - 1, len(data) - 33, len(data) * 2 // 3):
        segment.write_bytes(data[:cut])
        ran = burr.call("fsck", "p/a")
        assert "torn" in (ran.text + ran.err).lower(), cut
        assert segment.read_bytes() == data[:cut], "fsck changes nothing"
        rows = every_state(burr).rows
        assert [row["step"] for row in rows] == list(range(len(rows))) and rows
        assert all(row["state"]["counter"] == row["step"] + 1 for row in rows)


def test_damaged(burr: Burr, segment: Path) -> None:
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0x40
    segment.write_bytes(data)
    ran = burr.call("fsck", "p/a")
    said = (ran.text + ran.err).lower()
    assert ran.code == 2 and "damaged" in said and "offset" in said
    assert burr.call("fsck").code == 2
    assert burr.call("fsck", "p/b").code == 0


def test_every_damage_is_found(burr: Burr, segment: Path) -> None:
    """One flipped bit anywhere: never a crash, never a wrong state."""
    data = segment.read_bytes()
    for offset in range(0, len(data), max(1, len(data) // 60)):
        changed = bytearray(data)
        changed[offset] ^= 1 << (offset % 8)
        segment.write_bytes(changed)
        assert burr.call("fsck", "p/a", "--deep").code in (0, 1, 2, 3), offset
        ran = every_state(burr)
        assert ran.code in (0, 65, 66), f"{offset}: {ran.code} {ran.err}"
        for row in ran.rows:
            assert row["state"]["counter"] == row["step"] + 1, offset


def test_written_by_a_newer_version(burr: Burr, segment: Path) -> None:
    data = bytearray(segment.read_bytes())
    data[8] = 2
    segment.write_bytes(data)
    ran = burr.call("fsck", "p/a")
    assert "newer version" in ran.text + ran.err
    assert "damaged" not in ran.text + ran.err


def test_json_says_what_is_lost_and_what_to_do(burr: Burr, segment: Path) -> None:
    data = bytearray(segment.read_bytes())
    at = len(data) // 2
    data[at] ^= 0x40
    segment.write_bytes(data)
    (row,) = burr.call("fsck", "p/a", "--format", "json").json
    (damage,) = row["damages"]
    assert row["verdict"] == "damaged" and damage["kind"] == "damage"
    assert damage["file"] == segment.name and damage["from"] <= at < damage["to"]
    assert damage["run"] == "burr repair 'p/a'"
    given = {state["step"] for state in every_state(burr).rows}
    assert given == set(steps(damage["steps_replayable"])) == set(steps(row["replayable_steps"]))
    assert set(steps(damage["steps_lost"])) == set(range(40)) - given


def steps(ranges: list[list[int]]) -> list[int]:
    return [step for first, last in ranges for step in range(first, last + 1)]


def test_a_torn_tail_names_the_bytes(burr: Burr, segment: Path) -> None:
    data = segment.read_bytes()
    segment.write_bytes(data[:-3])
    ran = burr.call("fsck", "p/a", "--format", "json")
    (damage,) = ran.json[0]["damages"]
    assert ran.code == 1 and damage["kind"] == "torn_tail" and damage["to"] == len(data) - 3


def test_exit_codes(burr: Burr, segment: Path) -> None:
    """3 for a newer version, 4 where reading fails; the worst of all applications counts."""
    data = bytearray(segment.read_bytes())
    segment.write_bytes(data[:-1])
    assert burr.call("fsck").code == 1
    data[8] = 2
    segment.write_bytes(data)
    assert burr.call("fsck").code == 3
    segment.unlink()
    segment.symlink_to("/proc/self/mem")  # a file whose bytes cannot be read
    ran = burr.call("fsck", "--format", "json")
    assert ran.code == 4 and ran.json[0]["verdict"] == "io_error"
    assert burr.call("fsck", "p/b").code == 0
