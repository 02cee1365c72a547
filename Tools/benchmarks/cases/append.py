"""How fast records are appended, for each promise of durability, beside other logs.

Every contender writes the same bytes: payload and key together where a peer needs a key. Files are
removed before the system would write them to the disk by itself.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Iterator

from harness.rounds import Measure, Rounds
from harness.rows import Row
from harness.programs import Failure, run
from harness.workshop import Workshop

NAME = "append"


@dataclass
class Promise:
    """One durability mode and what stands beside it."""

    mode: str
    floor: str  # the mode of append_loop
    floor_name: str
    batch: int  # records per transaction or write batch of the peers
    synced: bool
    counts: dict[int, tuple[int, int]]  # payload: records of the fast and of the slow contenders


PROMISES = [
    Promise("buffered", "buffer", "C, 64 KiB buffer", 1000, False,
            {256: (1_000_000, 400_000), 4096: (80_000, 60_000)}),
    Promise("os", "write", "C, write() each", 1, False,
            {256: (400_000, 100_000), 4096: (60_000, 30_000)}),
    Promise("interval", "write", "C, write() each", 1, False,
            {256: (400_000, 100_000), 4096: (60_000, 30_000)}),
    Promise("everyStep", "durable", "C, preallocated", 1, True,
            {256: (2_000, 2_000), 4096: (2_000, 2_000)}),
]  # fmt: skip

# (mode, payload): the least rate of ours, and the least ratio to each peer.
TARGETS: dict[tuple[str, int], dict[str, float]] = {
    ("buffered", 256): {"rate": 3e6, "LMDB": 1.5, "RocksDB": 3.5},
    ("buffered", 4096): {"rate": 380e3, "LMDB": 1.5},
    ("os", 256): {"C": 0.9, "RocksDB": 2},
    ("everyStep", 256): {"RocksDB": 1.25},
}


def measure(workshop: Workshop) -> Iterator[Row]:
    """Rates for each promise and two sizes of payload."""
    for promise in PROMISES:
        for payload in (256, 4096):
            os.sync()  # what earlier runs left is not to be written during this one
            yield from compare(workshop, promise, payload)


def compare(workshop: Workshop, promise: Promise, payload: int) -> Iterator[Row]:
    """Ours and the peers at one payload."""
    many, few = promise.counts[payload]
    if workshop.quick:
        many, few = max(many // 50, 50), max(few // 50, 50)
    batch = f", batch {promise.batch:,}" if promise.batch > 1 else ""
    transaction = f", txn {promise.batch:,}" if promise.batch > 1 else ""
    names = {
        "C": promise.floor_name,
        "RocksDB": "RocksDB" + batch,
        "LMDB": "LMDB" + transaction,
    }
    contenders: dict[str, Measure] = {
        "ours": lambda: ours(workshop, promise, payload, many),
        names["C"]: lambda: floor(workshop, promise, payload, many),
        names["RocksDB"]: lambda: rocksdb(workshop, promise, payload, few),
        names["LMDB"]: lambda: lmdb(workshop, promise, payload, many if batch else few),
    }
    found = Rounds(contenders, workshop.rounds)
    case = f"{promise.mode}, {'256 B' if payload == 256 else '4 KiB'}"
    targets = TARGETS.get((promise.mode, payload), {})
    if "rate" in targets:
        yield found.row(NAME, case, "rate", "records/s", target=targets["rate"])
    for short, name in names.items():
        yield found.beside(name, NAME, case, "rate", "records/s", targets.get(short))
    scale = payload / 1e6
    yield Row(NAME, case, "payload", "MB/s", found.median("ours") * scale,
              found.median(names["C"]) * scale, names["C"])  # fmt: skip


def rate(answer: dict) -> float:
    """Records per second."""
    return answer["records"] / answer["seconds"]


def ours(workshop: Workshop, promise: Promise, payload: int, count: int) -> float:
    """Our log, from the first append to the flush after the last."""
    with workshop.folder() as folder:
        return rate(
            workshop.ours("append", "--mode", promise.mode, "--payload", payload,
                          "--count", count, "--dir", folder, "--text", workshop.text())
        )  # fmt: skip


def floor(workshop: Workshop, promise: Promise, payload: int, count: int) -> float:
    """The same frames, written by C that does nothing else."""
    program = workshop.c_program("append_loop")
    with workshop.folder() as folder:
        words = (promise.floor, payload, count, folder / "frames", workshop.text())
        return rate(json.loads(run(program, *words)))


def lmdb(workshop: Workshop, promise: Promise, payload: int, count: int) -> float:
    """LMDB, appending in key order."""
    workshop.need_header("lmdb.h", "liblmdb-dev")
    program = workshop.c_program("lmdb_append", "-llmdb")
    with workshop.folder() as folder:
        sync = "sync" if promise.synced else "nosync"
        words = (payload, count, promise.batch, sync, folder, workshop.text())
        return rate(json.loads(run(program, *words)))


def rocksdb(workshop: Workshop, promise: Promise, payload: int, count: int) -> float:
    """RocksDB's own benchmark: fillseq with its write-ahead log on."""
    program = workshop.need("db_bench", "rocksdb-tools")
    key = 16
    with workshop.folder() as folder:
        said = run(
            program, "--benchmarks=fillseq", f"--db={folder}", f"--num={count}",
            f"--key_size={key}", f"--value_size={payload - key}", "--compression_type=none",
            f"--batch_size={promise.batch}", f"--sync={int(promise.synced)}", "--disable_wal=0",
        )  # fmt: skip
    found = re.search(r"^fillseq\s*:.*?([\d.]+) micros/op (\d+) ops/sec", said, re.MULTILINE)
    if found is None:
        raise Failure("db_bench printed no rate")
    return float(found.group(2))
