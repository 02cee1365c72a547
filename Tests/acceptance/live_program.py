"""A Burr program while it runs: its own files grow, with no tracker of ours in sight."""

from __future__ import annotations

import threading
from pathlib import Path

from burr_log import begin, end


class Program:
    """A Burr program that records steps at a rate, in Burr's own files."""

    def __init__(self, folder: Path, steps: int, rate: float):
        folder.mkdir(parents=True)
        self.log = (folder / "log.jsonl").open("a")
        self.steps, self.rate = steps, rate
        self.write(0)
        self.thread = threading.Thread(target=self.run)

    def write(self, step: int) -> None:
        state = {"counter": step, "words": ["w"] * (step % 7)}
        second = step % 60
        lines = [begin(step, second=second), end(step, state, second=second)]
        self.log.write("\n".join(lines) + "\n")
        self.log.flush()

    def run(self) -> None:
        pause = threading.Event()
        for step in range(1, self.steps):
            self.write(step)
            # A pause each ten steps: single ones would be too short to be kept.
            if step % 10 == 0:
                pause.wait(10 / self.rate)
