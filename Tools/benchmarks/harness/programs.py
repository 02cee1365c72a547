"""Running other programs, and saying why one failed."""

from __future__ import annotations

import os
import subprocess
import sys
import time


class Failure(Exception):
    """A benchmark that cannot be run; the text says why."""


def say(text: str) -> None:
    """What is going on, for the person who waits."""
    print(text, file=sys.stderr, flush=True)


def run(*command: object, **options: object) -> str:
    """Runs a program and returns what it printed."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Failure(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return done.stdout


def process(*command: object) -> tuple[float, int]:
    """Seconds of a whole process, from before its start to after its end, and its peak of
    memory in bytes."""
    words = [str(word) for word in command]
    begin = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read().decode()
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise Failure(f"{' '.join(words)} ended with {child.returncode}:\n{said[-2000:]}")
    return seconds, used.ru_maxrss * 1024
