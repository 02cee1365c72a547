"""The command line of Tools/bench."""

from __future__ import annotations

import argparse
from pathlib import Path

from cases import append, applications, diff, disk, imports, live, opening, page, replay
from cases import serve, server_v1, trackers
from harness.machine import describe, disk_folder
from harness.rows import Row, table, write_json
from harness.programs import Failure, say
from harness.workshop import BUILT, Workshop

CASES = {
    "append": append.measure,
    "import": imports.measure,
    "disk": disk.measure,
    "replay": replay.measure,
    "open": opening.measure,
    "server_v1": server_v1.measure,
    "live": live.measure,
    "diff": diff.measure,
    "python": trackers.measure,
    "serve": serve.measure,
    "swift": applications.measure,
    "page": page.measure,
}


def arguments(description: str) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="Tools/bench",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=argparse.SUPPRESS,
    )
    for option in ("--only", "--json", "--dir"):
        parser.add_argument(option, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.names = asked.only.split(",") if asked.only else list(CASES)
    for name in asked.names:
        if name not in CASES:
            parser.error(f"no benchmark is called {name}: there are {' '.join(CASES)}")
    return asked


def main(description: str) -> int:
    """Runs the benchmarks. 1 when one could not be run; a missed target is said, not punished."""
    asked = arguments(description)
    folder = disk_folder(asked.dir, Path(BUILT))
    workshop = Workshop(str(folder), asked.quick, asked.rounds)
    print(describe(folder))
    if asked.quick:
        print("A quick run: it shows that everything runs, not how fast it is.")
    rows: list[Row] = []
    broken = 0
    try:
        for name in asked.names:
            found: list[Row] = []
            try:
                found.extend(CASES[name](workshop))
            except Failure as failure:
                say(f"{name}: {failure}")
                broken += 1
            if found:
                rows += found
                print("\n" + table(name, found), flush=True)
    finally:
        workshop.close()
    if asked.json:
        write_json(asked.json, rows)
    judged = [row for row in rows if row.met is not None]
    missed = sum(not row.met for row in judged)
    print(f"\n{len(judged) - missed} of {len(judged)} targets met.")
    return int(broken > 0)
