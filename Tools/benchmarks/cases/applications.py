"""How fast applications of the Swift framework run with their tracker."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Iterator

from harness.programs import run
from harness.rounds import Measure, Rounds
from harness.rows import Row
from harness.workshop import BUILT, PARTS, Workshop

NAME = "swift"
FLOOR = "C, write() each"
BUFFERED_TARGET = 1.5e6


def measure(workshop: Workshop) -> Iterator[Row]:
    """Steps per second of a counter, what a long chat costs, and allocations by count."""
    yield from counter(workshop)
    yield from chat(workshop)
    yield from allocations(workshop)


def counter(workshop: Workshop) -> Iterator[Row]:
    """The counter, beside the same bytes in as many writes."""
    count = workshop.pick(500_000, 5_000)
    contenders: dict[str, Measure] = {
        "ours": lambda: rate(workshop, "run-counter", "os", count),
        "untracked": lambda: rate(workshop, "run-counter", "untracked", count),
        FLOOR: lambda: floor(workshop, count),
    }
    target = None if workshop.quick else 0.9
    found = Rounds(contenders, workshop.rounds)
    yield found.beside(FLOOR, NAME, "counter, written at once", "rate", "steps/s", target)
    yield found.beside("untracked", NAME, "counter, written at once", "rate", "steps/s")
    buffered = Rounds(
        {"ours": lambda: rate(workshop, "run-counter", "buffered", count)}, workshop.rounds
    )
    goal = None if workshop.quick else BUFFERED_TARGET
    yield buffered.row(NAME, "counter, buffered", "rate", "steps/s", target=goal)


def chat(workshop: Workshop) -> Iterator[Row]:
    """Messages per second of a chat, long beside short: a message costs what it is."""
    short, long = workshop.pick(5_000, 500), workshop.pick(100_000, 2_000)
    text = ("--payload", 300, "--text", workshop.text())
    contenders: dict[str, Measure] = {
        "ours": lambda: rate(workshop, "run-chat", "os", long, *text),
        f"chat of {short:,}": lambda: rate(workshop, "run-chat", "os", short, *text),
    }
    found = Rounds(contenders, workshop.rounds)
    yield found.beside(
        f"chat of {short:,}", NAME, f"chat of {long:,} messages", "rate", "steps/s"
    )


def allocations(workshop: Workshop) -> Iterator[Row]:
    """Allocations per record or step, counted: what more of them cost over fewer."""
    library = BUILT / "count_allocations.so"
    source = PARTS / "c" / "count_allocations.c"
    run("gcc", "-O2", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library, source)
    program = workshop.swift_program("burr-bench")
    environment = {**os.environ, "LD_PRELOAD": str(library)}

    def total(*words: object) -> int:
        with workshop.folder() as folder:
            ran = subprocess.run(
                [str(word) for word in (program, *words, "--dir", folder)],
                env=environment, capture_output=True, text=True, check=True,
            )  # fmt: skip
        return int(ran.stderr.splitlines()[-1])

    def each(*words: object) -> float:
        few, many = 1_000, 11_000
        return (total(*words, "--count", many) - total(*words, "--count", few)) / (many - few)

    append = ("append", "--mode", "buffered", "--payload", 256, "--text", workshop.text())
    yield Row(NAME, "record appended", "allocations", "each", each(*append))
    untracked = each("run-counter", "--mode", "untracked")
    tracked = each("run-counter", "--mode", "buffered")
    yield Row(NAME, "step tracked", "allocations", "added", tracked - untracked)


def rate(workshop: Workshop, verb: str, mode: str, count: int, *words: object) -> float:
    """Steps per second of an application."""
    with workshop.folder() as folder:
        answer = workshop.ours(verb, "--mode", mode, "--count", count, "--dir", folder, *words)
    return answer["records"] / answer["seconds"]


def floor(workshop: Workshop, count: int) -> float:
    """Steps per second of C that writes two frames of the same size for each."""
    program = workshop.c_program("append_loop")
    with workshop.folder() as folder:
        answer = workshop.ours("run-counter", "--mode", "os", "--count", 2_000, "--dir", folder)
        payload = max(answer["bytes"] // 4_000 - 32, 8)
        words = ("write", payload, 2 * count, folder / "frames", workshop.text())
        said = json.loads(run(program, *words))
    return count / said["seconds"]
