"""One row of the answer, and how rows are printed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

# Units in which more is better; in all others less is.
RATES = {"records/s", "steps/s", "requests/s", "MB/s", "GB/s"}

HEADINGS = ("case", "metric", "ours", "peer", "", "ratio", "target", "met")
COLUMNS = 100


@dataclass
class Row:
    """A measured figure, alone or beside one peer's. The field names are those of the JSON."""

    name: str
    case: str
    metric: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    ratio: float | None = None
    target: float | None = None
    met: bool | None = None

    def __post_init__(self) -> None:
        if self.peer is not None and self.ratio is None:
            self.ratio = better(self.unit, self.ours, self.peer)
        if self.target is not None:
            if self.ratio is not None:
                self.met = self.ratio >= self.target
            else:
                self.met = better(self.unit, self.ours, self.target) >= 1

    def cells(self) -> tuple[str, ...]:
        """What the table shows of it."""
        goal = ""
        if self.target is not None:
            goal = times(self.target) if self.ratio is not None else amount(self.target, self.unit)
        return (
            self.case,
            self.metric,
            amount(self.ours, self.unit),
            "" if self.peer is None else amount(self.peer, self.unit),
            self.peer_name or "",
            "" if self.ratio is None else times(self.ratio),
            goal,
            "" if self.met is None else "yes" if self.met else "NO",
        )


def better(unit: str, ours: float, other: float) -> float:
    """How many times better `ours` is."""
    ratio = ours / other if unit in RATES else other / ours
    return float(f"{ratio:.4g}")


def three(value: float) -> str:
    """Three significant digits without an exponent."""
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def times(ratio: float) -> str:
    """A ratio."""
    return three(ratio) + "x"


def amount(value: float, unit: str) -> str:
    """A figure in the size of its unit that reads best."""
    steps: list[tuple[float, str]] = []
    if unit in ("records/s", "steps/s", "requests/s"):
        steps = [(1e6, "M/s"), (1e3, "k/s"), (1, "/s")]
    elif unit == "us":
        steps = [(1e6, "s"), (1e3, "ms"), (1, "us")]
    elif unit == "B":
        steps = [(1e9, "GB"), (1e6, "MB"), (1, "B")]
    for size, name in steps:
        if value >= size:
            return f"{three(value / size)} {name}"
    return f"{three(value)} {steps[-1][1] if steps else unit}"


def table(name: str, rows: list[Row]) -> str:
    """The rows of one benchmark, aligned; a case is named once."""
    cells = [HEADINGS]
    previous = None
    for row in rows:
        first, *others = row.cells()
        cells.append(("" if first == previous else first, *others))
        previous = first
    widths = [max(map(len, column)) for column in zip(*cells)]
    assert sum(widths) + len(widths) - 1 <= COLUMNS, widths
    lines = [f"== {name}"]
    for row_cells in cells:
        out = []
        for number, (cell, width) in enumerate(zip(row_cells, widths)):
            figure = number in (2, 3, 5, 6)
            out.append(cell.rjust(width) if figure else cell.ljust(width))
        lines.append(" ".join(out).rstrip())
    return "\n".join(lines)


def write_json(path: str, rows: list[Row]) -> None:
    """The array that other programs read."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump([asdict(row) for row in rows], file, indent=1)
        file.write("\n")
