"""A killed `burr repair` changes nothing that was there, and the next one ends what it began."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import pytest
from burr_log import counted, write_app
from conftest import Burr
from test_fsck import every_state

#: What a repair changes the disk with.
CHANGES = (
    "openat,mkdir,mkdirat,ftruncate,fallocate,pwrite64,pwritev,pwritev2,write,fsync,fdatasync,"
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,flock"
)


@dataclass
class Damaged:
    """A damaged log, and what it gives."""

    burr: Burr
    segment: Path
    data: bytes
    states: list[Any]
    replayable: Any

    @staticmethod
    def make(burr: Burr, folder: Path) -> Damaged:
        write_app(folder / "root", "a", counted(range(40)))
        burr("import", folder / "root")
        (segment,) = (burr.store / "p/a").glob("*.burr")
        data = bytearray(segment.read_bytes())
        data[len(data) // 2] ^= 1
        segment.write_bytes(data)
        found = burr.call("fsck", "p/a", "--format", "json")
        states = every_state(burr).rows
        assert found.code == 2 and states
        return Damaged(burr, segment, bytes(data), states, found.json[0]["replayable_steps"])

    @property
    def copies(self) -> list[Path]:
        return sorted(set((self.burr.store / "p/a").glob("*.burr")) - {self.segment})

    def check(self) -> None:
        """All that was there is there, whatever a repair has come to."""
        assert self.segment.read_bytes() == self.data
        assert every_state(self.burr).rows == self.states
        found = self.burr.call("fsck", "p/a", "--format", "json")
        assert found.code == (0 if self.copies else 2)
        assert found.json[0]["replayable_steps"] == self.replayable

    def mend(self) -> None:
        """The next repair succeeds, and leaves the copy and nothing else."""
        self.burr("repair", "p/a")
        self.check()
        assert self.burr.call("fsck", "p/a", "--deep").code == 0
        assert len(self.copies) == 1 and not (self.burr.store / "p/a/.repair").exists()

    def forget(self) -> None:
        for copy in self.copies:
            copy.unlink()


@pytest.fixture
def damaged(burr: Burr, tmp_path: Path) -> Damaged:
    return Damaged.make(burr, tmp_path)


def test_at_random_moments(damaged: Damaged) -> None:
    burr, chance = damaged.burr, random.Random(31)
    began = time.monotonic()
    damaged.burr("repair", "p/a")
    whole = time.monotonic() - began
    damaged.forget()
    for _ in range(40):
        child = subprocess.Popen(
            [burr.binary, "repair", "p/a"],
            env=burr.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=chance.uniform(0, whole))
        child.kill()
        assert child.wait() in (0, -signal.SIGKILL)
        damaged.check()
        damaged.mend()
        damaged.forget()


def moments(damaged: Damaged) -> Iterator[int]:
    """Repairs killed before each call that changes something, until one ends by itself."""
    burr, number = damaged.burr, 0
    while True:
        number += 1
        inject = f"inject={CHANGES}:signal=SIGKILL:when={number}"
        ran = subprocess.run(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", inject, burr.binary, "repair", "p/a"],
            env=burr.environment(),
            capture_output=True,
            timeout=60,
        )
        if ran.returncode == 0:
            return
        assert ran.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), ran.stderr
        yield number


def may_trace() -> bool:
    if not shutil.which("strace"):
        return False
    ran = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True)
    return ran.returncode == 0


@pytest.mark.skipif(not may_trace(), reason="processes may not be traced here")
def test_before_each_call_that_changes_something(damaged: Damaged) -> None:
    killed = published = 0
    for _ in moments(damaged):
        killed += 1
        published += len(damaged.copies)
        damaged.check()
        damaged.mend()
        damaged.forget()
    assert killed > 20 and 0 < published < killed
