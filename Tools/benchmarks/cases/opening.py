"""How long it takes until a log that was left open can be written or read, and until all
applications of a store are listed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Iterator

from harness.programs import process
from harness.rounds import Rounds
from harness.rows import Row
from harness.workshop import Workshop

NAME = "open"
SEGMENT = 64 << 20


def measure(workshop: Workshop) -> Iterator[Row]:
    """Recovery of an active segment, then the catalogue."""
    yield from recovery(workshop)
    yield from catalogue(workshop)


def forget(folder: Path) -> None:
    """Drops what the system remembers of the files, as if the machine had been restarted."""
    for path in folder.rglob("*.burr"):
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def recovery(workshop: Workshop) -> Iterator[Row]:
    """A writer was killed and left a segment unsealed."""
    size = workshop.pick(SEGMENT, SEGMENT // 32)
    left = workshop.data / "left"
    left.mkdir()
    workshop.ours("leave", "--dir", left, "--bytes", size, "--text", workshop.text())

    def opened(verb: str, cached: bool, field: str) -> float:
        with workshop.folder() as folder:
            copy = folder / "log"
            shutil.copytree(left, copy)
            if not cached:
                forget(copy)
            return workshop.ours(verb, "--dir", copy)[field] * 1e6

    def whole() -> float:
        with workshop.folder() as folder:
            copy = folder / "log"
            shutil.copytree(left, copy)
            return process(workshop.swift_program("burr-bench"), "recover", "--dir", copy)[0] * 1e6

    case = f"active segment, {size >> 20} MiB"
    subjects = {
        "recover": (lambda: opened("recover", True, "seconds"), 50_000.0),
        "process": (whole, 50_000.0),
        "read": (lambda: opened("index", True, "seconds"), None),
        "uncached": (lambda: opened("recover", False, "seconds"), None),
    }
    for metric, (subject, target) in subjects.items():
        yield Rounds({"ours": subject}, workshop.rounds).row(NAME, case, metric, "us",
                                                             target=target)  # fmt: skip


def catalogue(workshop: Workshop) -> Iterator[Row]:
    """Every application of a project, with status, steps and size."""
    count = workshop.pick(10_000, 200)
    store = workshop.data / "many"
    workshop.ours("make-apps", "--store", store, "--count", count)
    burr = workshop.swift_program("burr")
    process(burr, "ls", "many", "--store", store)
    case = f"list of {count:,} apps"
    inside = {"ours": lambda: workshop.ours("list", "--store", store)["seconds"] * 1e6}
    outside = {"ours": lambda: process(burr, "ls", "many", "--store", store)[0] * 1e6}
    yield Rounds(inside, workshop.rounds).row(NAME, case, "in process", "us", target=100_000.0)
    yield Rounds(outside, workshop.rounds).row(NAME, case, "burr ls", "us", target=100_000.0)
