"""Logs as they are found: torn, glued, half missing. Nothing is lost but what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Optional

import pytest
from burr_log import App, begin, compact, counted, dumps, end, write_app
from conftest import Burr, Ran

LINES = counted(range(4))
ATTRIBUTE = dumps(
    {
        "type": "attribute",
        "key": "k",
        "action_sequence_id": 1,
        "span_id": None,
        "value": 1,
        "tags": {},
        "time_logged": "2026-01-02T08:04:01.000100Z",
    }
)
SPAN_BEGIN = (
    '{"type":"begin_span","start_time":"2026-01-02T03:04:01.0001","action_sequence_id":1,'
    '"span_id":"1:0","span_name":"s","parent_span_id":null,"span_dependencies":[]}'
)
SPAN_END = (
    '{"type":"end_span","end_time":"2026-01-02T03:04:01.0002","action_sequence_id":1,'
    '"span_id":"1:0"}'
)


def without(line: str, *keys: str) -> str:
    return dumps({key: value for key, value in json.loads(line).items() if key not in keys})


def imported(burr: Burr, tmp_path: Path) -> Ran:
    return burr.call("import", tmp_path / "root")


def states(burr: Burr, name: str = "a") -> list[Optional[dict]]:
    ran = burr("replay", f"p/{name}", "--from", "first", "--to", "head", "--format", "jsonl")
    return [row["state"] for row in ran.rows]


# ------------------------------------------------ everything is kept, and steps are as usual

WHOLE = {
    "orphan span end": [*LINES[:4], SPAN_END, *LINES[4:]],
    "orphan span begin": [*LINES[:3], SPAN_BEGIN, *LINES[3:]],
    "span and attribute after the end": [*LINES[:4], SPAN_BEGIN, ATTRIBUTE, SPAN_END, *LINES[4:]],
    "span of a step that is not there": [*LINES, SPAN_END.replace('id":1', 'id":77')],
    "attribute before any step": [ATTRIBUTE, *LINES],
    "unknown type": [*LINES[:2], '{"type":"weather","is":"fine"}', *LINES[2:]],
    "no type": [*LINES[:2], '{"is":"fine"}', *LINES[2:]],
    "not an object": [*LINES[:2], "17", "[1,2]", '"text"', "null", *LINES[2:]],
    "blank lines": ["", *LINES[:3], "", "  ", *LINES[3:], ""],
    "carriage returns": [line + "\r" for line in LINES],
    "white space": [line.replace(":", ": ").replace(",", ", ") for line in LINES],
    "leading white space": ["  " + line + "\t " for line in LINES],
    "keys sorted": [json.dumps(json.loads(line), sort_keys=True) for line in LINES],
    "keys reversed": [dumps(dict(reversed(json.loads(line).items()))) for line in LINES],
    "escapes where none are needed": [line.replace('"count"', '"\\u0063ount"') for line in LINES],
    "times of all kinds": [
        line.replace(f"03:04:{second:02}.000", time)
        for line, second, time in zip(
            LINES,
            [0, 0, 1, 1, 2, 2, 3, 3],
            ["03:04:00.0", "03:04:00.000001", "03:04:01Z", "03:04:01+02:00", "x", "", "0", "3:4"],
        )
    ],
    "times missing": [without(line, "start_time", "end_time") for line in LINES],
    "times null": [
        json.dumps({**json.loads(line), "start_time": None, "end_time": None}) for line in LINES
    ],
    "inputs and result missing": [without(line, "inputs", "result") for line in LINES],
    "exception missing": [without(line, "exception") for line in LINES],
    "action missing": [without(line, "action") for line in LINES],
    "more keys": [dumps({**json.loads(line), "more": {"a": [1]}}) for line in LINES],
    "a key twice": [line[:-1] + ',"more":1,"more":2}' for line in LINES],
    "begin missing": [LINES[1], *LINES[2:]],
    "ends only": LINES[1::2],
    "end before begin": [LINES[1], LINES[0], *LINES[2:]],
}


@pytest.mark.parametrize("what", WHOLE)
def test_nothing_is_lost(burr: Burr, tmp_path: Path, what: str) -> None:
    app = write_app(tmp_path / "root", "a", WHOLE[what])
    ran = imported(burr, tmp_path)
    assert ran.code == 0, ran.err
    assert burr("export", "p/a").out == app.log.read_bytes()
    assert [state["counter"] for state in states(burr) if state] == [1, 2, 3, 4]
    size = [path.stat().st_size for path in sorted((burr.store / "p/a").iterdir())]
    imported(burr, tmp_path)
    assert [path.stat().st_size for path in sorted((burr.store / "p/a").iterdir())] == size
    assert burr.call("fsck", "p/a", "--deep").code == 0


STRANGE_STATES = {
    "list": [1, 2],
    "number": 5,
    "text": "five",
    "null": None,
    "empty": {},
    "deep": {"a": [[[[[[[[[[{"b": {}}]]]]]]]]]]},
}


@pytest.mark.parametrize("what", STRANGE_STATES)
def test_states_of_any_kind(burr: Burr, tmp_path: Path, what: str) -> None:
    state = STRANGE_STATES[what]
    lines = [*counted(range(2)), begin(2), end(2, state), *counted(range(3, 5))]
    app = write_app(tmp_path / "root", "a", lines)
    assert imported(burr, tmp_path).code == 0
    assert burr("export", "p/a").out == app.log.read_bytes()
    assert burr("replay", "a", "--step", "2", "--format", "json").text == dumps(state) + "\n"
    assert burr("replay", "a", "--step", "4", "--format", "json").json["counter"] == 5


def test_a_step_without_a_state(burr: Burr, tmp_path: Path) -> None:
    lines = counted(range(4))
    lines[3] = without(lines[3], "state")
    app = write_app(tmp_path / "root", "a", lines)
    imported(burr, tmp_path)
    assert burr("export", "p/a").out == app.log.read_bytes()
    assert burr.call("replay", "a", "--step", "1").code in (65, 66)
    assert burr("replay", "a", "--step", "2", "--format", "json").json["counter"] == 3


def test_white_space_within_a_state(burr: Burr, tmp_path: Path) -> None:
    """The state is its text without white space; the line comes back as it was."""
    text = '{ "a" : [ 1.50, 2E+3 ,-0 ] , "b" : "x  y\\t" , "c":{ } }'
    line = end(0, "STATE").replace('"STATE"', text)
    app = write_app(tmp_path / "root", "a", [begin(0), line])
    assert imported(burr, tmp_path).code == 0
    assert burr("replay", "a", "--step", "0", "--format", "json").text == compact(text) + "\n"
    assert burr("export", "p/a").out == app.log.read_bytes()


def test_numbers_and_strings_as_written(burr: Burr, tmp_path: Path) -> None:
    text = (
        '{"a":1180591620717411303424,"b":1.0,"c":-0.0,"d":1E400,"e":0.1000,"f":"\\u00e9\\/\\ud83d'
        '\\ude00","g":"\u00e9\U0001f600","h":"\\ud800","":{"":null},"k":1,"k":2}'
    )
    lines = [begin(0), end(0, "S").replace('"S"', text), *counted(range(1, 3))]
    app = write_app(tmp_path / "root", "a", lines)
    assert imported(burr, tmp_path).code == 0
    assert burr("replay", "a", "--step", "0", "--format", "json").text == text + "\n"
    assert burr("export", "p/a").out == app.log.read_bytes()


# ------------------------------------------------ what cannot be read is said, the rest is kept

TORN = LINES[7][:40]
DAMAGED = {
    "torn last line": (LINES[:7] + [TORN], [7], 3),
    "torn within a string": (LINES[:7] + [LINES[7][:-30]], [7], 3),
    "half a line glued to the next": (LINES[:4] + [LINES[4][:20] + LINES[4]] + LINES[5:], [4], 4),
    "rubbish": (LINES[:2] + ["%&!"] + LINES[2:], [2], 4),
    "two values on a line": (LINES[:2] + ["{} {}"] + LINES[2:], [2], 4),
    "NaN in a state": (LINES[:7] + [LINES[7].replace(":4,", ":NaN,")], [7], 3),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_unreadable_lines(burr: Burr, tmp_path: Path, what: str) -> None:
    lines, bad, steps = DAMAGED[what]
    write_app(tmp_path / "root", "a", lines)
    ran = imported(burr, tmp_path)
    assert "p/a" in ran.err, "import says where something could not be read"
    assert ran.code in (0, 65)
    good = [line for number, line in enumerate(lines) if number not in bad]
    if what.startswith("half"):  # The whole line behind the half one is found.
        good.insert(4, LINES[4])
    assert burr("export", "p/a").lines == good
    assert len([state for state in states(burr) if state]) == steps
    assert burr.call("fsck", "p/a", "--deep").code == 0


def test_a_torn_line_is_waited_for(burr: Burr, tmp_path: Path) -> None:
    """Without its line feed a half line may be still being written: it is no damage yet."""
    app = write_app(tmp_path / "root", "a", LINES[:7] + [TORN], ending="")
    assert imported(burr, tmp_path).code == 0
    app.log.write_text("\n".join(LINES) + "\n")
    assert imported(burr, tmp_path).code == 0
    assert burr("export", "p/a").out == app.log.read_bytes()
    assert len(states(burr)) == 4


def test_bytes_that_are_not_utf8(burr: Burr, tmp_path: Path) -> None:
    """They come as Python reads them with errors=replace."""
    app = write_app(tmp_path / "root", "a", [])
    raw = b'{"a":"x\xff\xc3y \xe2\x98 z\xf0\x9f","b":1}'
    line = end(0, "S").encode().replace(b'"S"', raw)
    app.log.write_bytes(begin(0).encode() + b"\n" + line + b"\n")
    assert imported(burr, tmp_path).code in (0, 65)
    wanted = raw.decode("utf-8", errors="replace")
    assert burr("replay", "a", "--step", "0", "--format", "json").text == wanted + "\n"
    exported, was = burr("export", "p/a").out, app.log.read_bytes()
    assert exported in (was, was.decode("utf-8", errors="replace").encode())


# ------------------------------------------------ files that are not there


def test_no_graph_and_no_metadata(burr: Burr, tmp_path: Path) -> None:
    app = write_app(tmp_path / "root", "a", LINES)
    (app.folder / "graph.json").unlink()
    (app.folder / "metadata.json").unlink()
    assert imported(burr, tmp_path).code == 0
    assert len(states(burr)) == 4
    burr("export", "--to", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out/p/a").iterdir()] == ["log.jsonl"]


@pytest.mark.parametrize("name", ["graph.json", "metadata.json"])
@pytest.mark.parametrize("text", ["", "{", "[]", '{"actions": 5, "partition_key": {}}', "\xff"])
def test_strange_graph_or_metadata(burr: Burr, tmp_path: Path, name: str, text: str) -> None:
    app = write_app(tmp_path / "root", "a", LINES)
    (app.folder / name).write_bytes(text.encode("latin-1"))
    assert imported(burr, tmp_path).code in (0, 65)
    assert len(states(burr)) == 4
    assert burr("export", "p/a").out == app.log.read_bytes()


def test_children_only(burr: Burr, tmp_path: Path) -> None:
    """A parent that was never tracked has nothing but the list of its children."""
    write_app(tmp_path / "root", "good", LINES)
    folder = tmp_path / "root/p/parent"
    folder.mkdir()
    line = (
        '{"type":"child_application_data","child":{"type":"pointer_data","app_id":"good",'
        '"sequence_id":null,"partition_key":null},"event_time":"2026-01-02T03:04:05.000001",'
        '"event_type":"spawn_start","sequence_id":0}\n'
    )
    (folder / "children.jsonl").write_text(line)
    assert imported(burr, tmp_path).code == 0
    rows = {row["app"]: row for row in burr("ls", "--format", "json").json}
    assert set(rows) == {"good", "parent"}
    burr("export", "--to", tmp_path / "out")
    assert (tmp_path / "out/p/parent/children.jsonl").read_text() == line


def test_a_torn_children_file(burr: Burr, tmp_path: Path) -> None:
    app = write_app(tmp_path / "root", "a", LINES)
    (app.folder / "children.jsonl").write_text('{"type":"child_appl')
    assert imported(burr, tmp_path).code in (0, 65)
    assert len(states(burr)) == 4


def test_one_bad_application_never_hides_the_others(burr: Burr, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ["good-1", "good-2"]:
        write_app(root, name, LINES)
    write_app(root, "rubbish", ["%&!", "\x00\x01"])
    write_app(root, "nothing", [])
    (root / "p/empty-folder").mkdir()
    (root / "p/a-file").write_text("not a folder")
    (root / "p/dir-for-log/log.jsonl").mkdir(parents=True)
    (root / "p/.hidden").mkdir()
    (root / "stray.txt").write_text("not a project")
    imported(burr, tmp_path)
    listed = {row["app"] for row in burr("ls", "--format", "json").json}
    assert {"good-1", "good-2"} <= listed
    damage(burr, App("p", "good-2", burr.store / "p/good-2"))
    strange = burr.store / "p/strange"
    strange.mkdir()
    (strange / f"{'0' * 32}.000000.burr").write_bytes(b"rubbish")
    ran = burr.call("ls", "--format", "json")
    rows = {row["app"]: row for row in ran.json}
    assert {"good-1", "good-2", "strange"} <= set(rows)
    assert rows["good-1"]["steps"] == 4
    assert len(states(burr, "good-1")) == 4
    table = burr.call("ls")
    assert "strange" in table.text and "good-1" in table.text


def damage(burr: Burr, app: App) -> None:
    for path in app.folder.glob("*.burr"):
        path.write_bytes(b"\0" * 512 + path.read_bytes()[512:])
