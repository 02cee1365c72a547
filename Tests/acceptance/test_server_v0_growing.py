"""A log that grows while Burr's page looks on: each reply is what a server gives that never saw it.

A server keeps what it made of the beginning of a long log. What comes behind may belong there
still: spans that end after their step, and steps that run at once.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Iterator

import pytest
from burr_log import begin, dumps, end, write_app
from conftest import Burr
from served import serving

PATH = "/api/v0/p/a/__none__/apps"


def span(step: int, number: int, kind: str) -> str:
    common = {"action_sequence_id": step, "span_id": f"{step}:{number}"}
    if kind == "end_span":
        return dumps({"type": kind, "end_time": "2026-01-02T03:04:05.000002", **common})
    named = {"span_name": "s", "parent_span_id": None, "span_dependencies": []}
    return dumps({"type": kind, "start_time": "2026-01-02T03:04:05.000001", **common, **named})


def attribute(step: int, value: int) -> str:
    return dumps(
        {
            "type": "attribute",
            "key": "k",
            "action_sequence_id": step,
            "span_id": None,
            "value": value,
            "tags": {},
            "time_logged": "2026-01-02T08:04:01.000100Z",
        }
    )


def lines(chance: Random) -> Iterator[str]:
    """Steps without end, one in some with spans, some of which end late, or with two at once."""
    step = 0
    while True:
        state = {"n": step, "text": chance.choice("abc") * chance.choice((10, 900, 2_500))}
        kind = chance.random()
        if kind < 0.05:
            yield from (begin(step), begin(step + 1), end(step, state), end(step + 1, state))
            step += 2
            continue
        yield begin(step)
        if kind < 0.2:
            yield span(step, 0, "begin_span")
            yield span(step, 0, "end_span")
        if kind < 0.1:
            yield span(step, 1, "begin_span")
        yield end(step, state)
        if kind < 0.1:
            if chance.random() < 0.5:
                yield begin(step + 1)
                yield end(step + 1, state)
                yield span(step, 1, "end_span")
                step += 1
            else:
                yield span(step, 1, "end_span")
        if chance.random() < 0.01:
            # Long after its step.
            yield attribute(max(0, step - chance.randrange(1, 200)), step)
        step += 1


@pytest.mark.parametrize("seed", range(3))
def test_replies_of_a_log_that_grows(burr: Burr, tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    stream = lines(chance)
    app = write_app(burr.store, "a", [next(stream) for _ in range(3)])
    with serving(burr) as server, app.log.open("a") as log:
        for _ in range(6):
            log.write("".join(next(stream) + "\n" for _ in range(chance.randrange(1, 500))))
            log.flush()
            for _ in range(2):
                told = server.get(PATH).body
            with serving(burr) as fresh:
                assert fresh.get(PATH).body == told
        # The application is run again: another branch.
        log.write("".join(f"{line}\n" for line in (begin(7), end(7, {"n": "again"}))))
        log.flush()
        told = server.get(PATH).body
        assert b'"again"' in told
        with serving(burr) as fresh:
            assert fresh.get(PATH).body == told
