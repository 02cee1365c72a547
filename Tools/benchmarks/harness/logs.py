"""The applications whose logs are imported, stored and replayed.

Logs of real Burr's exact form come from the generator, as real Burr would take hours for them. Each
kind is first held against a short run of real Burr.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from harness.programs import Failure, run, say

if TYPE_CHECKING:
    from harness.workshop import Workshop

PROJECT = "bench"
TIMES = re.compile(r'"(?:start|end)_time":"[^"]*"')
CHECKED_STEPS = 25


class Logs:
    """Burr's folders as a tracker leaves them, and a store into which they are imported."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.root = workshop.data / "burr"
        self.store = workshop.data / "store"
        self._examples: dict[str, Path] = {}

    def folder(self, kind: str, steps: int) -> Path:
        """The folder of one application; its name is the application's id."""
        folder = self.root / PROJECT / f"{kind}-{steps}"
        if not folder.exists():
            example = self.example(kind)
            folder.mkdir(parents=True)
            for name in ("graph.json", "metadata.json"):
                shutil.copy(example / name, folder / name)
            say(f"generating {steps:,} steps of {kind} ...")
            self.generate(kind, steps, folder / "log.jsonl")
        return folder

    def generate(self, kind: str, count: int, file: Path) -> None:
        """Runs the generator."""
        run(self.workshop.c_program("generate", "-lm"), kind, count, file)

    def example(self, kind: str) -> Path:
        """A few steps by real Burr; fails when the generator would write anything else."""
        if kind not in self._examples:
            messages = self.workshop.data / "messages.txt"
            self.generate("messages", CHECKED_STEPS, messages)
            where = self.workshop.data / "example"
            script = self.workshop.part("peers", "burr_record.py")
            words = (script, kind, CHECKED_STEPS, where, PROJECT, kind)
            with messages.open() as lines:
                run(self.workshop.python(), *words, stdin=lines)
            ours = self.workshop.data / "generated.jsonl"
            self.generate(kind, CHECKED_STEPS, ours)
            theirs = where / PROJECT / kind / "log.jsonl"
            if TIMES.sub("", ours.read_text()) != TIMES.sub("", theirs.read_text()):
                raise Failure(f"the generator's {kind} log is not what real Burr writes")
            self._examples[kind] = theirs.parent
        return self._examples[kind]

    def imported(self, kind: str, steps: int) -> str:
        """The name of the application in the store, imported if need be."""
        folder = self.folder(kind, steps)
        if not (self.store / PROJECT / folder.name).exists():
            say(f"importing {folder.name} ...")
            self.workshop.burr("import", folder, "--store", self.store)
        return f"{PROJECT}/{folder.name}"


def bytes_of(folder: Path, pattern: str) -> int:
    """The size of the files of a folder whose names fit."""
    sizes = [path.stat().st_size for path in folder.glob(pattern)]
    if not sizes:
        raise Failure(f"no {pattern} in {folder.name}")
    return sum(sizes)
