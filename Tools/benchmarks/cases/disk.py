"""Bytes on disk per step, beside the JSONL of real Burr."""

from __future__ import annotations

from typing import Iterator

from harness.logs import PROJECT, bytes_of
from harness.rows import Row
from harness.workshop import Workshop

NAME = "disk"

# kind, steps, most bytes per step, least ratio to Burr. In a talk each message is also the input
# and the result of its step.
SUBJECTS = [
    ("counter", 10_000, 128, None),
    ("chat", 100, None, None),
    ("chat", 500, None, None),
    ("chat", 2_000, None, None),
    ("chat", 5_000, 650, 1_000),
    ("talk", 500, None, None),
]
QUICK_STEPS = 500


def measure(workshop: Workshop) -> Iterator[Row]:
    """The size of what `burr import` makes of a log."""
    for kind, steps, bound, ratio in SUBJECTS:
        if workshop.quick and kind == "chat" and steps > QUICK_STEPS:
            continue
        name = workshop.logs.imported(kind, steps)
        ours = bytes_of(workshop.logs.store / name, "*.burr") / steps
        burr = bytes_of(workshop.logs.root / PROJECT / f"{kind}-{steps}", "log.jsonl") / steps
        case = f"{kind}, {steps:,} steps"
        yield Row(NAME, case, "per step", "B", ours, burr, "Burr, log.jsonl", target=ratio)
        if bound is not None:
            yield Row(NAME, case, "per step", "B", ours, target=bound)
