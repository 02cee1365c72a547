"""How evenly the page draws while the scrubber is dragged over loaded steps.

The peer is an almost empty page in the same browser: what the browser itself makes of a drag on
this machine. A frame that comes late takes twice as long or more, so the ratio is 1 or far below.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Iterator

from cases.serve import ours
from harness.logs import PROJECT
from harness.rounds import Rounds, percentile
from harness.rows import Row
from harness.workshop import Workshop, setup

NAME = "page"
PEER = "an empty page"
WINDOW = 256


def measure(workshop: Workshop) -> Iterator[Row]:
    """A run of small states, then one of large ones."""
    setup("need_browser")
    setup("need_python", "playwright")
    chromium = workshop.need("chromium", "chromium")
    burr = workshop.swift_program("burr")
    store = workshop.data / "dragged"
    steps = workshop.pick(20_000, 2_000)
    workshop.burr("demo", "--steps", steps, "--store", store)
    demo = max((store / "support").iterdir(), key=size)
    workshop.ours(
        "make-wide", "--store", store, "--app", f"{PROJECT}/wide",
        "--steps", steps, "--text", workshop.text(),
    )  # fmt: skip
    with ours(burr, store) as address:
        for case, app in (
            (f"drag, chat of {steps:,}", f"support/a/{demo.name}"),
            (f"drag, 500 KB, {steps:,}", f"{PROJECT}/a/wide"),
        ):
            first = steps // 2 // WINDOW * WINDOW
            place = f"step={first + 100}&win={first}..{first + WINDOW - 1}"
            url = f"{address}/p/{app}?{place}"
            yield from dragged(workshop, chromium, case, url)


def size(folder: Path) -> int:
    """The bytes of an application's files."""
    return sum(file.stat().st_size for file in folder.iterdir())


def dragged(workshop: Workshop, chromium: str, case: str, url: str) -> Iterator[Row]:
    """Both pages in turn."""
    processor: list[float] = []
    late: list[float] = []

    def drag(address: str) -> float:
        frames = workshop.pick(600, 60)
        found = workshop.peer("page_drag.py", chromium, address, frames)
        if address == url:
            processor.append(found["processor"])
            late.append(max(found["frames"]))
        return percentile(found["frames"], 0.95)

    found = Rounds(
        {"ours": lambda: drag(url), PEER: lambda: drag("empty")},
        workshop.rounds,
    )
    # The browser tells time in tenths of a millisecond: 16.7 may be told as 16.8.
    yield found.beside(PEER, NAME, case, "frame p95", "us", 0.98)
    yield Row(NAME, case, "longest frame", "us", median(late))
    yield Row(NAME, case, "main thread, a frame", "us", median(processor))
