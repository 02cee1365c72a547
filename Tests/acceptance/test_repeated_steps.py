"""Steps that were run again and again: each run is a branch, and many of them cost what few do."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

from burr_log import begin, end, write_app
from conftest import Burr
from served import serving

RUNS = 200


def repeated(step: int) -> list[str]:
    """Steps up to one, which is then run so often, and one more behind it."""
    lines = [line for number in range(step) for line in (begin(number), end(number, {"n": number}))]
    for run in range(RUNS):
        lines += [begin(step), end(step, {"n": step, "run": run})]
    return lines + [begin(step + 1), end(step + 1, {"n": step + 1})]


def test_a_step_that_was_run_again_and_again(burr: Burr, tmp_path: Path) -> None:
    write_app(tmp_path / "root", "a", repeated(3))
    burr("import", tmp_path / "root")
    assert len(list((burr.store / "p" / "a").glob("*.burr"))) == RUNS
    for ref, state in {
        "head": {"n": 4},
        "3": {"n": 3, "run": RUNS - 1},
        "3.1": {"n": 3, "run": 0},
        f"3.{RUNS // 2}": {"n": 3, "run": RUNS // 2 - 1},
        "2": {"n": 2},
    }.items():
        assert burr("replay", "p/a", "--step", ref, "--format", "json").json == state, ref
    assert [row["step"] for row in burr("log", "p/a", "--format", "jsonl").rows] == [0, 1, 2, 3, 4]
    with serving(burr) as server:
        reply = server.json("/api/v0/p/a/__none__/apps")
        ends = [step["step_end_log"]["state"] for step in reply["steps"]]
        assert ends == [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3, "run": RUNS - 1}, {"n": 4}]
        branches = server.json("/api/v1/projects/p/apps/a")["branches"]
        assert len(branches) == RUNS
        # Beside each other, not one behind the other.
        assert {branch["continues"]["branch"] for branch in branches[1:]} == {branches[0]["id"]}
        assert {branch["continues"]["step"] for branch in branches[1:]} == {2}


def test_no_run_is_left_out_for_want_of_descriptors(burr: Burr, tmp_path: Path) -> None:
    write_app(tmp_path / "root", "a", repeated(1))
    burr("import", tmp_path / "root")

    def replay(soft: int, hard: int) -> subprocess.CompletedProcess[bytes]:
        words = [burr.binary, "replay", "p/a", "--step", "1", "--store", burr.store]
        return subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
        )

    # As many as it may have are taken.
    enough = replay(64, 2 * RUNS)
    assert enough.returncode == 0 and f'"run": {RUNS - 1}'.encode() in enough.stdout
    # Another run's state would be wrong: better none.
    few = replay(64, 64)
    assert few.returncode != 0 and b"Too many open files" in few.stderr and not few.stdout
