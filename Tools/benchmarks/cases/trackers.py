"""What tracking adds to a step of a Python program, beside Burr's own tracker."""

from __future__ import annotations

import os
from typing import Iterator

from harness.rounds import Measure, Rounds
from harness.rows import Row
from harness.workshop import Workshop

NAME = "python"
PEER = "LocalTrackingClient"

# what is measured, its name, bytes of the state, steps of a full and of a quick run, the target
SUBJECTS = [
    ("hooks", "pair of hooks, 1 KB state", 1_000, 5_000, 50, 8.0),
    ("hooks", "pair of hooks, 100 KB of messages", 100_000, 300, 10, 15.0),
    ("hooks", "pair of hooks, 10 MB (event loop)", 10_000_000, 10, 2, 8.0),
    ("counts", "added per step(), 1 KB state", 1_000, 3_000, 50, 8.0),
    ("steps", "added per step(), 1 MB chat", 1_000_000, 100, 5, 8.0),
]


def measure(workshop: Workshop) -> Iterator[Row]:
    """Microseconds of a step that are the tracker's."""
    package = workshop.python_package()
    for what, case, size, full, quick, target in SUBJECTS:
        count = workshop.pick(full, quick)

        def contender(name: str) -> Measure:
            def cost() -> float:
                with workshop.folder() as folder:
                    words = (what, name, size, count, folder)
                    environment = {**os.environ, "PYTHONPATH": str(package)}
                    return workshop.peer("tracker_cost.py", *words, env=environment)["us"]

            return cost

        rounds = Rounds({"ours": contender("ours"), PEER: contender("burr")}, workshop.rounds)
        yield rounds.beside(
            PEER, NAME, case, "time", "us", None if workshop.quick else target
        )
