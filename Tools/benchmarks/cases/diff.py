"""How fast a state is compared with the one before: bytes of the new text per second."""

from __future__ import annotations

from statistics import median
from typing import Iterator

from harness.rounds import Rounds
from harness.rows import Row
from harness.workshop import Workshop

NAME = "diff"

# shape, what it is, least GB/s
SHAPES = [
    ("leaf", "10 MB, a leaf changed", 2.0),
    ("append", "10,000 items, one more", 1.0),
]


def measure(workshop: Workshop) -> Iterator[Row]:
    """Both texts are given, the structure of the earlier one is kept."""
    for shape, case, target in SHAPES:

        def speed() -> float:
            words = ("diff", "--shape", shape, "--rounds", workshop.pick(50, 3))
            answer = workshop.ours(*words, "--text", workshop.text())
            return answer["bytes"] / 1e9 / median(answer["samples"])

        found = Rounds({"ours": speed}, workshop.rounds)
        yield found.row(NAME, case, "state text", "GB/s", target=target)
