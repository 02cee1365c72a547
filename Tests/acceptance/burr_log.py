"""What a `log.jsonl` of Burr says, read from its bytes: the truth that replay is held to."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, Optional

DECODER = json.JSONDecoder()
SPACE = re.compile(r"[ \t\r\n]*")
OUTSIDE_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


def member_texts(line: str) -> dict[str, str]:
    """The members of one JSON object, each value as the text that stands there."""

    def skip(at: int) -> int:
        match = SPACE.match(line, at)
        return match.end() if match else at

    at = skip(0)
    if line[at : at + 1] != "{":
        raise ValueError("no object")
    found: dict[str, str] = {}
    at = skip(at + 1)
    while line[at] != "}":
        key, at = DECODER.raw_decode(line, at)
        at = skip(skip(at) + 1)
        _, end = DECODER.raw_decode(line, at)
        found[key] = line[at:end]
        at = skip(end)
        if line[at] == ",":
            at = skip(at + 1)
    return found


def compact(text: str) -> str:
    """The text without white space between its tokens; strings, digits and order as they stand."""
    return OUTSIDE_STRINGS.sub(lambda match: match.group(1) or "", text)


@dataclass
class Run:
    """The steps of one run of an application: until its sequence ids restart."""

    states: dict[int, str] = field(default_factory=dict)
    actions: dict[int, str] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    begun: list[int] = field(default_factory=list)

    @property
    def steps(self) -> list[int]:
        return sorted(self.states)


def lines_of(data: bytes) -> Iterator[str]:
    for line in data.split(b"\n"):
        if line.strip():
            yield line.decode("utf-8", errors="replace")


def runs_of(log: Path) -> list[Run]:
    """The runs of a log that Burr itself wrote whole."""
    runs: list[Run] = []
    for line in lines_of(log.read_bytes()):
        texts = member_texts(line)
        kind = json.loads(texts["type"])
        if kind not in ("begin_entry", "end_entry"):
            continue
        step = int(texts["sequence_id"])
        if kind == "begin_entry":
            if not runs or (runs[-1].begun and step <= runs[-1].begun[-1]):
                runs.append(Run())
            runs[-1].begun.append(step)
        else:
            runs[-1].states[step] = compact(texts["state"])
            runs[-1].actions[step] = json.loads(texts["action"])
            if texts["exception"] != "null":
                runs[-1].failed.add(step)
    return runs


@dataclass(frozen=True)
class App:
    """An application's folder in a Burr root."""

    project: str
    name: str
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    @property
    def ref(self) -> str:
        return f"{self.project}/{self.name}"


def apps_of(root: Path) -> list[App]:
    found = []
    for log in sorted(root.glob("*/*/log.jsonl")):
        found.append(App(log.parent.parent.name, log.parent.name, log.parent))
    return found


# ------------------------------------------------ lines to make logs of


def dumps(value: Any) -> str:
    """JSON as Burr writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def begin(step: int, action: str = "count", second: int = 0, inputs: Optional[dict] = None) -> str:
    return dumps(
        {
            "type": "begin_entry",
            "start_time": f"2026-01-02T03:04:{second:02}.000001",
            "action": action,
            "inputs": inputs or {},
            "sequence_id": step,
        }
    )


def end(step: int, state: Any, action: str = "count", second: int = 0, **other: Any) -> str:
    line = {
        "type": "end_entry",
        "end_time": f"2026-01-02T03:04:{second:02}.000250",
        "action": action,
        "result": {},
        "exception": None,
        "state": state,
        "sequence_id": step,
    }
    return dumps({**line, **other})


def counted(steps: range) -> list[str]:
    """The lines of an application that counts."""
    lines = []
    for step in steps:
        state = {"counter": step + 1, "__SEQUENCE_ID": step, "__PRIOR_STEP": "count"}
        lines += [begin(step, second=step % 60), end(step, state, second=step % 60)]
    return lines


def write_app(root: Path, name: str, lines: list[str], ending: str = "\n") -> App:
    """An application of project `p` whose log has these lines."""
    folder = root / "p" / name
    folder.mkdir(parents=True)
    app = App("p", name, folder)
    app.log.write_bytes(("\n".join(lines) + ending).encode("utf-8") if lines else b"")
    (folder / "graph.json").write_text(
        '{"type": "application", "entrypoint": "count", "actions": [{"type": "action", "name": '
        '"count", "reads": [], "writes": [], "code": "", "inputs": [], "optional_inputs": []}], '
        '"transitions": []}'
    )
    (folder / "metadata.json").write_text(
        '{"type": "application_metadata", "partition_key": null, "parent_pointer": null, '
        '"spawning_parent_pointer": null}'
    )
    return app
