"""Generated logs, in any order that programs write: served as real Burr's server serves them."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, Iterator
from urllib.parse import quote

import pytest
from burr_log import begin, dumps, end, write_app
from conftest import Burr
from served import real_server, serving

TIME = "2026-01-02T03:04:05.{0:06}"
VALUES: list[Any] = [
    None, True, -0.0, 1e-7, 2**70, "", "é\u2028\"\\\n", "\U0001f600", [], {}, [{"a": [1, None]}],
    {"k" * 300: "v"}, 1.0, "x" * 5_000,
]  # fmt: skip


def event(step: int, kind: str, **fields: Any) -> str:
    return dumps({"type": kind, **fields, "action_sequence_id": step})


class Program:
    """What a program with steps, spans, attributes, streams, failures and runs writes."""

    def __init__(self, seed: int):
        self.chance = Random(seed)
        self.clock = 0
        self.spans = 0

    def time(self) -> str:
        self.clock += self.chance.randrange(1, 900)
        return TIME.format(self.clock % 1_000_000)

    def lines(self) -> Iterator[str]:
        for _ in range(self.chance.choice((1, 1, 1, 2, 4))):
            first = self.chance.choice((0, 0, 0, 3))
            count = self.chance.randrange(0, 60)
            late: list[str] = []
            for step in range(first, first + count):
                yield from self.step(step, late)
                while late and self.chance.random() < 0.7:
                    yield late.pop(0)
            yield from late

    def step(self, step: int, late: list[str]) -> Iterator[str]:
        chance = self.chance
        name = chance.choice(("count", "think", "é", "a:b"))
        inputs = {"by": chance.choice(VALUES)} if chance.random() < 0.3 else {}
        yield begin(step, name, second=step % 60, inputs=inputs)
        for _ in range(chance.choice((0, 0, 0, 1, 3))):
            yield from self.events(step, late)
        if chance.random() < 0.02:
            return  # killed
        state = {"n": step, "v": chance.choice(VALUES), "__SEQUENCE_ID": step}
        other: dict[str, Any] = {"result": chance.choice((None, {}, {"v": 1}))}
        if chance.random() < 0.1:
            other["exception"] = "Traceback\n  é"
        yield end(step, state, name, second=step % 60, **other)
        if chance.random() < 0.1:
            yield from self.events(step, late)

    def events(self, step: int, late: list[str]) -> Iterator[str]:
        chance = self.chance
        kind = chance.randrange(3)
        if kind == 0:
            self.spans += 1
            span = {"span_id": f"{step}:{self.spans}"}
            yield event(
                step, "begin_span", start_time=self.time(), **span, span_name="s",
                parent_span_id=chance.choice((None, f"{step}:0")),
                span_dependencies=chance.choice(([], ["1:0"])),
            )  # fmt: skip
            line = event(step, "end_span", end_time=self.time(), **span)
            if chance.random() < 0.3:
                late.append(line)
            elif chance.random() < 0.9:
                yield line
        elif kind == 1:
            yield event(
                step, "attribute", key="k", span_id=None, value=chance.choice(VALUES),
                tags={"t": "1"}, time_logged=self.time(),
            )  # fmt: skip
        else:
            yield event(step, "begin_stream", span_id=None, stream_init_time=self.time())
            yield event(step, "first_item_stream", span_id=None, first_item_time=self.time())
            yield event(
                step, "end_stream", span_id=None, end_time=self.time(), items_streamed=step
            )


@pytest.mark.parametrize("seed", range(4))
def test_generated_logs(burr: Burr, tmp_path: Path, seed: int) -> None:
    root = tmp_path / "root"
    for number in range(25):
        program = Program(1_000 * seed + number)
        write_app(root, f"a{number}", list(program.lines()))
    burr("import", root)
    real = real_server(root)
    with serving(burr) as ours:
        for number in range(25):
            path = f"/api/v0/p/{quote(f'a{number}')}/__none__/apps"
            theirs = real.get(path)
            assert theirs.status_code == 200, theirs.text[:500]
            assert ours.json(path) == theirs.json(), f"seed {1_000 * seed + number}"
