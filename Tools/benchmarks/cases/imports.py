"""How fast `burr import` reads the logs of real Burr: the whole process, into a fresh store."""

from __future__ import annotations

from typing import Iterator

from harness.logs import bytes_of
from harness.programs import process
from harness.rounds import Rounds
from harness.rows import Row
from harness.workshop import Workshop

NAME = "import"
TARGET = 200.0

# kind, steps of a full and of a quick run
SUBJECTS = [("counter", 500_000, 5_000), ("chat", 1_500, 100), ("talk", 1_500, 100)]


def measure(workshop: Workshop) -> Iterator[Row]:
    """Megabytes of JSONL per second, and the memory it takes."""
    for kind, full, quick in SUBJECTS:
        steps = workshop.pick(full, quick)
        folder = workshop.logs.folder(kind, steps)
        size = bytes_of(folder, "log.jsonl")
        burr = workshop.swift_program("burr")
        peaks = []

        def speed() -> float:
            with workshop.folder() as store:
                seconds, peak = process(burr, "import", folder, "--store", store)
            peaks.append(peak)
            return size / 1e6 / seconds

        case = f"{kind}, {steps:,} steps"
        yield Rounds({"ours": speed}, workshop.rounds).row(
            NAME, case, "JSONL", "MB/s", target=None if workshop.quick else TARGET
        )
        yield Row(NAME, case, "peak memory", "B", float(max(peaks)))
