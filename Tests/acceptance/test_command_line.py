"""The contract of the command: streams, exit codes, formats, names and refs."""

from __future__ import annotations

import json
import pty
import os
import subprocess
from pathlib import Path

import pytest
from burr_log import begin, counted, end, write_app
from conftest import Burr


@pytest.fixture
def counting(burr: Burr, tmp_path: Path) -> Burr:
    """Two projects: `p/ten` with ten steps, `p/failed` whose last step raised, `q/ten`."""
    root = tmp_path / "root"
    write_app(root, "ten", counted(range(10)))
    state = {"counter": 3, "__SEQUENCE_ID": 3}
    failing = [begin(3), end(3, state, result=None, exception="Traceback\nValueError: boom\n")]
    write_app(root, "failed", counted(range(3)) + failing)
    (tmp_path / "other").mkdir()
    write_app(tmp_path / "other", "ten", counted(range(2)))
    (tmp_path / "other/p").rename(tmp_path / "root/q")
    burr("import", root)
    return burr


# ------------------------------------------------ exit codes and streams

USAGE = [
    ["frobnicate"],
    ["replay"],
    ["replay", "p/ten", "--step"],
    ["replay", "p/ten", "--step", "nonsense"],
    ["replay", "p/ten", "--step", "1", "--format", "xml"],
    ["replay", "p/ten", "--step", "1", "--path", "no-slash"],
    ["replay", "p/ten", "--unknown"],
    ["diff", "p/ten", "1.."],
    ["diff", "p/ten"],
    ["show", "p/ten"],
    ["export"],
    ["log", "p/ten", "-n", "many"],
    ["log", "p/ten", "--status", "purple"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_usage(counting: Burr, arguments: list[str]) -> None:
    ran = counting.call(*arguments)
    assert ran.code == 64, ran.err
    assert ran.out == b"" and ran.err


NOT_FOUND = [
    ["replay", "p/none", "--step", "0"],
    ["replay", "none", "--step", "0"],
    ["replay", "p/ten", "--step", "10"],
    ["replay", "p/ten", "--step", "-11"],
    ["replay", "p/ten", "--step", "err"],
    ["replay", "p/ten", "--step", "t:2020-01-01T00:00:00Z"],
    ["replay", "p/ten", "--step", "3", "--path", "/none"],
    ["replay", "p/ten", "--step", "3@ffff"],
    ["show", "p/ten", "10"],
    ["diff", "p/ten", "1..10"],
    ["log", "none"],
    ["stat", "none"],
    ["export", "none"],
    ["import", "/nowhere/at/all"],
]


@pytest.mark.parametrize("arguments", NOT_FOUND, ids=" ".join)
def test_not_found(counting: Burr, arguments: list[str]) -> None:
    ran = counting.call(*arguments)
    assert ran.code == 66, ran.err
    assert ran.out == b"" and ran.err


def test_a_missing_step_names_the_nearest(counting: Burr) -> None:
    ran = counting.call("replay", "p/ten", "--step", "900")
    assert "900" in ran.err and "9" in ran.err.replace("900", "")


def test_damage(counting: Burr) -> None:
    """The rows that can be rebuilt come; the others are named, and the code says so."""
    (path,) = (counting.store / "p/ten").glob("*.burr")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    ran = counting.call("replay", "p/ten", "--from", "first", "--to", "head", "--format", "jsonl")
    assert ran.code == 65 and ran.err
    for row in ran.rows:
        assert row["state"]["counter"] == row["step"] + 1


def test_help_and_version(burr: Burr) -> None:
    alone = burr.call("help")
    assert alone.code == 0 and "replay" in alone.text
    assert burr("--help").text
    for command in "serve import export ls replay show log diff fsck stat".split():
        ran = burr(command, "--help")
        assert "burr " + command in ran.text
        assert all(len(line) <= 80 for line in ran.text.splitlines()), command


def test_an_empty_store(burr: Burr) -> None:
    assert burr("ls", "--format", "json").json == []
    assert burr.call("replay", "-", "--step", "0").code == 66


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "long-chat", "--from", "first", "--to", "head", "--format", "jsonl"],
        ["export", "long-chat"],
        ["log", "long-chat"],
        ["ls"],
        ["replay", "long-chat", "--step", "400"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_head_is_no_error(program_store: Burr, arguments: list[str]) -> None:
    """The reader went away: no message, and the code of success."""
    running = subprocess.Popen(
        [program_store.binary, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=program_store.environment(),
    )
    assert running.stdout and running.stderr
    running.stdout.readline()
    running.stdout.close()
    message = running.stderr.read().decode()
    running.stderr.close()
    assert running.wait(timeout=60) == 0
    assert "rror" not in message and "ipe" not in message


PARSES = [
    ["ls"],
    ["ls", "p"],
    ["log", "p/ten"],
    ["show", "p/ten", "3"],
    ["stat", "p/ten"],
    ["fsck"],
    ["fsck", "p/ten"],
    ["replay", "p/ten", "--step", "1"],
    ["diff", "p/ten", "1..3"],
]


@pytest.mark.parametrize("arguments", PARSES, ids=" ".join)
def test_json_of_everything(counting: Burr, arguments: list[str]) -> None:
    ran = counting(*arguments, "--format", "json")
    assert ran.text.endswith("\n") and ran.text.count("\n") == 1
    ran.json


def test_rows_of_ls(counting: Burr) -> None:
    rows = counting("ls", "--format", "json").json
    found = {(row["project"], row["app"]): row for row in rows}
    assert set(found) == {("p", "ten"), ("p", "failed"), ("q", "ten")}
    assert found["p", "ten"]["steps"] == 10 and found["p", "ten"]["status"] == "ok"
    assert found["p", "failed"]["status"] == "failed"
    assert {row["app"] for row in counting("ls", "q", "--format", "json").json} == {"ten"}


def test_columns_fit_a_terminal(counting: Burr, program_store: Burr) -> None:
    for burr, arguments in [
        (counting, ["ls"]),
        (counting, ["log", "p/ten"]),
        (counting, ["stat", "p/ten"]),
        (program_store, ["log", "events/failing"]),
        (program_store, ["log", "values"]),
    ]:
        for line in burr(*arguments).lines:
            assert len(line) <= 80, line


# ------------------------------------------------ colours


def on_a_terminal(burr: Burr, *arguments: str, **env: str) -> str:
    """What a person sees, through a pseudo terminal of 80 columns."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [burr.binary, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=burr.environment(TERM="xterm", **env),
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    running.wait(timeout=60)
    return seen.decode()


def test_colours_are_for_terminals(counting: Burr) -> None:
    assert "\x1b[" not in counting("replay", "p/ten", "--step", "3").text
    assert "\x1b[" in on_a_terminal(counting, "replay", "p/ten", "--step", "3")
    assert "\x1b[" not in on_a_terminal(counting, "replay", "p/ten", "--step", "3", NO_COLOR="1")


# ------------------------------------------------ names and refs


def test_names(counting: Burr) -> None:
    def counter(*arguments: str) -> int:
        return counting("replay", *arguments, "--step", "0", "--format", "json").json["counter"]

    assert counter("p/ten") == counter("failed") == counter("fai") == counter("p/fai") == 1
    assert counter("ten", "-p", "q") == counter("ten", "--project", "p") == 1


def test_an_ambiguous_name_lists_the_candidates(counting: Burr) -> None:
    ran = counting.call("replay", "ten", "--step", "0")
    assert ran.code == 66 and ran.out == b""
    assert "p/ten" in ran.err and "q/ten" in ran.err


def test_the_most_recent(burr: Burr, tmp_path: Path) -> None:
    for number, name in enumerate(["b", "c", "a"]):
        lines = [line.replace("2026-01-02", f"2026-01-{10 + number}") for line in counted(range(2))]
        write_app(tmp_path / "root", name, lines)
    burr("import", tmp_path / "root")
    assert burr("stat", "-", "--format", "json").json["app"] == "a"


REFS = [
    ("3", 4),
    ("0", 1),
    ("-1", 9),
    ("-9", 1),
    ("head", 10),
    ("first", 1),
    ("t:2026-01-02T03:04:05.500000", 6),
    ("t:2126-01-01T00:00:00Z", 10),
    ("t:-5m", 10),
]


@pytest.mark.parametrize("ref,counter", REFS)
def test_refs(counting: Burr, ref: str, counter: int) -> None:
    ran = counting("replay", "p/ten", "--step", ref, "--format", "json")
    assert ran.json["counter"] == counter


def test_the_failed_step(counting: Burr) -> None:
    ran = counting("replay", "p/failed", "--step", "err", "--format", "json")
    assert ran.json["__SEQUENCE_ID"] == 3
    before = counting("replay", "p/failed", "--step", "err", "--before", "--format", "json")
    assert before.json["__SEQUENCE_ID"] == 2
    shown = counting("show", "p/failed", "err", "--format", "json")
    assert "ValueError: boom" in json.dumps(shown.json)


def test_a_branch(counting: Burr) -> None:
    (path,) = (counting.store / "p/ten").glob("*.burr")
    branch = path.name.split(".")[0]
    for prefix in (branch, branch[:12]):
        ran = counting("replay", "p/ten", "--step", f"4@{prefix}", "--format", "json")
        assert ran.json["counter"] == 5


def test_the_runs_of_a_step(burr: Burr, tmp_path: Path) -> None:
    again = [begin(2), end(2, {"again": True}), begin(3), end(3, {"again": True})]
    write_app(tmp_path / "root", "twice", counted(range(5)) + again)
    burr("import", tmp_path / "root")

    def state(ref: str) -> dict:
        return burr("replay", "p/twice", "--step", ref, "--format", "json").json

    assert state("2.1")["counter"] == 3
    assert state("2.2") == state("2") == {"again": True}
    assert state("4.1")["counter"] == 5
    assert burr.call("replay", "p/twice", "--step", "2.3").code == 66
    assert "again" in burr("diff", "p/twice", "2.1..2.2").text


def test_log_filters(counting: Burr) -> None:
    def steps(*arguments: str) -> list[int]:
        return [row["step"] for row in counting("log", *arguments, "--format", "json").json]

    assert steps("p/ten") == list(range(10))
    assert steps("p/ten", "--reverse") == list(reversed(range(10)))
    assert steps("p/ten", "-n", "3") in ([0, 1, 2], [7, 8, 9])
    assert steps("p/failed", "--status", "failed") == [3]
    assert steps("p/failed", "--status", "ok") == [0, 1, 2]
    assert steps("p/ten", "--action", "count") == list(range(10))
    assert steps("p/ten", "--action", "none") == []


def test_the_store_named_three_ways(counting: Burr, tmp_path: Path) -> None:
    def steps(*arguments: str, **env: str) -> int:
        ran = subprocess.run(
            [counting.binary, "stat", "p/ten", "--format", "json", *arguments],
            env={"HOME": str(tmp_path / "home"), **env},
            capture_output=True,
        )
        return json.loads(ran.stdout)["steps"] if ran.returncode == 0 else -ran.returncode

    store = str(counting.store)
    assert steps("--store", store) == steps(BURR_PATH=store) == steps(burr_path=store) == 10
    assert steps("--store", store, BURR_PATH="/nowhere") == 10
    assert steps() == -66
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.burr").symlink_to(store)
    assert steps() == 10


def test_diff(counting: Burr) -> None:
    patch = counting("diff", "p/ten", "3..5", "--format", "patch").json
    assert {"op": "replace", "path": "/counter", "value": 6} in patch
    pretty = counting("diff", "p/ten", "3..5").text
    assert "/counter" in pretty and "4" in pretty and "6" in pretty
    assert counting("diff", "p/ten", "first..head", "--format", "stat").text


def test_show(counting: Burr) -> None:
    shown = counting("show", "p/ten", "3", "--format", "json").json
    assert shown["step"] == 3 and shown["action"] == "count" and shown["status"] == "ok"


def test_the_same_seed_tells_the_same_story(binary: Path, tmp_path: Path) -> None:
    stores = [Burr(binary, tmp_path / name / "store") for name in ("one", "two", "other")]
    for store, seed in zip(stores, (3, 3, 4)):
        store.store.parent.mkdir()
        store("demo", "--steps", 150, "--seed", seed)
    told = [
        {
            folder.name: [
                (row["step"], row["action"], row["state"])
                for row in store("replay", folder.name, "--from", "first").rows
            ]
            for folder in (store.store / "support").iterdir()
        }
        for store in stores
    ]
    assert told[0] == told[1] and told[0] != told[2]
