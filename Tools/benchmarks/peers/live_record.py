"""A program that is watched while it runs: `live_record.py TRACKER COUNT PAUSE FOLDER`.

TRACKER is `ours` or `burr`. It runs one step, says so, waits for a line, and runs COUNT more, with
PAUSE seconds between two. Prints {"written": [...]}: when each step's hooks had returned, by the
clock that all processes share.
"""

from __future__ import annotations

import json
import sys
import time

from tracker_cost import application, tracker


def main() -> None:
    """Runs the program."""
    name, count, pause, folder = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    app = application(tracker(name, folder), "live", messages=[])
    app.step()
    print("running", flush=True)
    sys.stdin.readline()
    written = []
    for _ in range(count):
        app.step()
        written.append(time.monotonic())
        time.sleep(pause)
    print(json.dumps({"written": written}))


if __name__ == "__main__":
    main()
