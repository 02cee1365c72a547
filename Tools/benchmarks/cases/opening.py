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
TARGET = 50_000.0


def measure(workshop: Workshop) -> Iterator[Row]:
    """Recovery of an active segment, then the catalogue."""
    yield from recovery(workshop)
    yield from catalogue(workshop)


def settle(folder: Path, forget: bool) -> None:
    """Makes the files durable and, as after a restart of the machine, drops them from memory."""
    for path in folder.rglob("*.burr"):
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        if forget:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)


def recovery(workshop: Workshop) -> Iterator[Row]:
    """A writer was killed and left a segment unsealed, none of it synced."""
    size = workshop.pick(SEGMENT, SEGMENT // 32)
    left = workshop.data / "left"
    left.mkdir()
    workshop.ours("leave", "--dir", left, "--bytes", size, "--text", workshop.text())

    def opened(verb: str, *, synced: bool = False, forget: bool = False) -> float:
        with workshop.folder() as folder:
            copy = shutil.copytree(left, folder / "log")
            if synced:
                settle(copy, forget)
            return workshop.ours(verb, "--dir", copy)["seconds"] * 1e6

    def process_of(verb: str) -> float:
        with workshop.folder() as folder:
            copy = shutil.copytree(left, folder / "log")
            return process(workshop.swift_program("burr-bench"), verb, "--dir", copy)[0] * 1e6

    case = f"active segment, {size >> 20} MiB"
    subjects = {
        "writer": (lambda: opened("recover"), TARGET),
        "process": (lambda: process_of("recover"), TARGET),
        "writer, synced": (lambda: opened("recover", synced=True), TARGET),
        "writer, cold": (lambda: opened("recover", synced=True, forget=True), None),
        "reader": (lambda: opened("index"), TARGET),
    }
    for metric, (subject, target) in subjects.items():
        found = Rounds({"ours": subject}, workshop.rounds)
        yield found.row(NAME, case, metric, "us", target=target)


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
