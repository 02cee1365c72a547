"""How long it takes to give back the state at a random step.

In process: a warm reader through the Replay API, beside what real Burr offers for the same log,
`LocalTrackingClient.load()` and `SQLitePersister.load()`. Whole process: `burr replay`.
"""

from __future__ import annotations

from random import Random
from typing import Callable, Iterator

from harness.logs import PROJECT
from harness.machine import available_memory
from harness.programs import process, say
from harness.rounds import Rounds, percentile
from harness.rows import Row
from harness.workshop import Workshop

NAME = "replay"
MILLION = 1_000_000
LOAD = "Burr load()"
SQLITE = "SQLitePersister"
Samples = Callable[[], list[float]]


def measure(workshop: Workshop) -> Iterator[Row]:
    """Small steps, a conversation, and applications of a million steps."""
    yield from small(workshop)
    yield from conversation(workshop)
    yield from million(workshop)
    yield from wide_million(workshop)


class Subject:
    """One application and the steps that are asked for."""

    def __init__(self, workshop: Workshop, kind: str, steps: int, low: int, high: int) -> None:
        self.workshop, self.kind, self.steps = workshop, kind, steps
        self.range = range(low, high)
        self.chance = Random(steps)
        self.all: dict[str, list[float]] = {}

    def some(self, count: int) -> list[int]:
        """Random steps, the same in every run."""
        return [self.chance.choice(self.range) for _ in range(count)]

    def ours(self, app: str, count: int) -> Samples:
        """A reader of our log."""
        words = ("replay", "--store", self.workshop.logs.store, "--app", app)
        return lambda: self.workshop.ours(
            *words, "--steps", ",".join(map(str, self.some(count)))
        )["samples"]

    def sqlite(self, count: int) -> Samples:
        """Burr's persister that keeps the whole state of every step in a row."""
        log = self.workshop.logs.folder(self.kind, self.steps) / "log.jsonl"
        database = self.workshop.data / f"{self.kind}-{self.steps}.sqlite"
        if not database.exists():
            say(f"making {database.name} ...")
            self.workshop.peer("burr_read.py", "sqlite", database, log, 0)
        words = ("burr_read.py", "sqlite", database, log)
        return lambda: self.workshop.peer(*words, *self.some(count))["samples"]

    def load(self, count: int) -> Samples:
        """What Burr's own page and `initialize_from` call."""
        folder = self.workshop.logs.folder(self.kind, self.steps)
        words = ("burr_read.py", "load", self.workshop.logs.root, PROJECT, folder.name)
        return lambda: self.workshop.peer(*words, *self.some(count))["samples"]

    def compare(self, contenders: dict[str, Samples], rounds: int) -> Rounds:
        """The p50 of every round; all samples stay in `all`."""

        def middle(name: str, samples: Samples) -> Callable[[], float]:
            def call() -> float:
                found = samples()
                self.all.setdefault(name, []).extend(found)
                return percentile(found, 0.5)

            return call

        return Rounds({name: middle(name, one) for name, one in contenders.items()}, rounds)

    def late(self, case: str, target: float | None = None) -> Row:
        """The row of ours at p99, over all rounds."""
        return Row(NAME, case, "p99", "us", percentile(self.all["ours"], 0.99), target=target)


def small(workshop: Workshop) -> Iterator[Row]:
    """Ten thousand steps of a counter."""
    steps = workshop.pick(10_000, 1_000)
    app = workshop.logs.imported("counter", steps)
    subject = Subject(workshop, "counter", steps, 0, steps)
    found = subject.compare(
        {
            "ours": subject.ours(app, 2_000),
            SQLITE: subject.sqlite(500),
            LOAD: subject.load(2),
        },
        workshop.rounds,
    )
    case = f"counter, {steps:,} steps"
    yield found.row(NAME, case, "p50", "us", target=10.0)
    yield found.beside(SQLITE, NAME, case, "p50", "us", 4.0)
    yield found.beside(LOAD, NAME, case, "p50", "us")
    yield subject.late(case)


def conversation(workshop: Workshop) -> Iterator[Row]:
    """The middle of a long chat."""
    steps = workshop.pick(5_000, 200)
    app = workshop.logs.imported("chat", steps)
    subject = Subject(workshop, "chat", steps, steps * 9 // 20, steps * 11 // 20)
    contenders = {"ours": subject.ours(app, 300), SQLITE: subject.sqlite(60)}
    found = subject.compare(contenders, workshop.rounds)
    case = f"chat, {steps:,} steps"
    yield found.row(NAME, case, "p50", "us", target=1_000.0)
    yield found.beside(SQLITE, NAME, case, "p50", "us")
    yield subject.late(case)
    # Real Burr needs three times the log in memory, and a minute.
    if workshop.quick or available_memory() > 14e9:
        once = subject.compare({"ours": subject.ours(app, 50), LOAD: subject.load(1)}, 1)
        yield once.beside(LOAD, NAME, case, "p50", "us")
    else:
        say("replay: too little memory for Burr's load() of the long chat")


def million(workshop: Workshop) -> Iterator[Row]:
    """A million steps of a counter."""
    steps = workshop.pick(MILLION, 20_000)
    app = workshop.logs.imported("counter", steps)
    subject = Subject(workshop, "counter", steps, 0, steps)
    contenders = {"ours": subject.ours(app, 1_000), SQLITE: subject.sqlite(300)}
    found = subject.compare(contenders, workshop.rounds)
    case = f"counter, {steps:,} steps"
    yield found.row(NAME, case, "p50", "us")
    yield found.beside(SQLITE, NAME, case, "p50", "us")
    yield subject.late(case)
    once = subject.compare({"ours": subject.ours(app, 50), LOAD: subject.load(1)}, 1)
    yield once.beside(LOAD, NAME, case, "p50", "us")
    yield whole_process(workshop, subject, case, app)


def wide_million(workshop: Workshop) -> Iterator[Row]:
    """A million steps that change a few fields of a state of 500 KB."""
    steps = workshop.pick(MILLION, 5_000)
    app = f"{PROJECT}/wide-{steps}"
    say(f"tracking {steps:,} steps of a state of 500 KB ...")
    workshop.ours(
        "make-wide", "--store", workshop.logs.store, "--app", app,
        "--steps", steps, "--text", workshop.text(),
    )  # fmt: skip
    subject = Subject(workshop, "wide", steps, 0, steps)
    found = subject.compare({"ours": subject.ours(app, 300)}, workshop.rounds)
    case = f"500 KB state, {steps:,}"
    yield found.row(NAME, case, "p50", "us", target=3_000.0)
    yield subject.late(case, 20_000.0)
    yield whole_process(workshop, subject, case, app)


def whole_process(workshop: Workshop, subject: Subject, case: str, app: str) -> Row:
    """`burr replay` at random steps, from before its start to after its end."""
    burr = workshop.swift_program("burr")
    words = (burr, "replay", app, "--store", workshop.logs.store, "--format", "json", "--step")
    count = 3 if workshop.quick else 20
    times = [process(*words, step)[0] * 1e6 for step in subject.some(count)]
    return Row(NAME, case, "burr replay", "us", percentile(times, 0.5), target=100_000.0)
