"""The first application of a Swift user: run, replayed, exported as Burr would have logged it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from conftest import Burr


def test_the_example_runs_and_every_step_of_it_is_replayed(burr: Burr) -> None:
    example = Path(os.environ["BURR"]).parent / "burr-example"
    ran = subprocess.run(
        [example], capture_output=True, text=True, env=burr.environment(), check=True
    )
    assert ran.stderr == ""
    state = json.loads(ran.stdout.split("counter: ")[1].split("\n")[0])
    assert burr.call("replay", "demo/counter", "--step", 6, "-o", "json").json == state

    lines = burr.call("export", "demo/counter").rows
    ends = [line for line in lines if line["type"] == "end_entry"]
    assert [end["sequence_id"] for end in ends] == list(range(7))
    assert [end["action"] for end in ends] == ["count"] * 5 + ["call"] * 2
    assert [end["exception"] is not None for end in ends] == [False] * 5 + [True, False]
    assert ends[5]["result"] is None and ends[5]["exception"].startswith("Unavailable: ")
    assert ends[6]["state"] == state
    spans = [line for line in lines if line["type"] == "begin_span"]
    assert [span["span_id"] for span in spans] == [f"{step}:0" for step in range(5)]

    fork = burr.call("export", "demo/counter-fork").rows
    assert fork[0]["sequence_id"] == 3
    # Before the fork the steps are the parent's.
    assert burr.call("replay", "demo/counter-fork", "--step", 1, "-o", "json").json["n"] == 2
