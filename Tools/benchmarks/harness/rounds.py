"""Contenders run in turn, round after round, so that what else the machine does falls on all."""

from __future__ import annotations

from random import Random
from statistics import median
from typing import Callable, Iterator

from harness.rows import Row, better

Measure = Callable[[], float]


class Rounds:
    """The figures of several contenders: `figures[name]` has one per round."""

    def __init__(self, contenders: dict[str, Measure], rounds: int) -> None:
        self.figures: dict[str, list[float]] = {name: [] for name in contenders}
        chance = Random(rounds)
        for _ in range(rounds):
            # In another order each time: who comes after whom must not decide.
            for name in chance.sample(list(contenders), len(contenders)):
                self.figures[name].append(contenders[name]())

    def median(self, name: str) -> float:
        """The middle of one contender's figures."""
        return median(self.figures[name])

    def row(self, name: str, case: str, metric: str, unit: str, **extra: object) -> Row:
        """A row of ours alone."""
        return Row(name, case, metric, unit, self.median("ours"), **extra)

    def beside(
        self, peer: str, name: str, case: str, metric: str, unit: str, target: float | None = None
    ) -> Row:
        """A row of ours beside a peer; the ratio is the median of the rounds' ratios."""
        pairs = zip(self.figures["ours"], self.figures[peer])
        ratio = median(better(unit, ours, theirs) for ours, theirs in pairs)
        return Row(
            name, case, metric, unit, self.median("ours"), self.median(peer), peer, ratio, target
        )


def percentile(samples: list[float], share: float) -> float:
    """The sample below which `share` of all lie, by nearest rank."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def percentiles(samples: list[float]) -> Iterator[tuple[str, float]]:
    """What is said of a latency."""
    yield "p50", percentile(samples, 0.50)
    yield "p99", percentile(samples, 0.99)
