"""The examples that the specifications show are vectors, which the code is held to."""

from __future__ import annotations

import json
import re

from conftest import REPO


def test_deltas_in_the_specification() -> None:
    vectors = json.loads((REPO / "Formats/vectors/delta.json").read_text())
    known = {vector["delta"] for vector in vectors}
    section = (REPO / "Formats/events.md").read_text().split("## 8. Delta")[1].split("## 9.")[0]
    shown = [found.replace(" ", "") for found in re.findall(r"`([0-9a-f ]{8,})`", section)]
    assert len(shown) >= 5
    assert set(shown) <= known


def test_the_tests_that_reliability_names_exist() -> None:
    promises = (REPO / "Formats/reliability.md").read_text().split("## 4.")[1].split("## 5.")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", promises, re.MULTILINE)[1:]
    assert len(rows) >= 15
    sources = [
        path
        for folder in ("Tests", "Tools")
        for path in (REPO / folder).rglob("*")
        if path.suffix in (".swift", ".py")
    ]
    text = "\n".join(path.read_text() for path in sources)
    tests = set(re.findall(r"func `([^`]+)`|def (test_\w+)|struct (\w+Tests)\b", text))
    known = {name for names in tests for name in names if name}
    known |= {path.name for path in sources if path.name.startswith("test_")}
    known |= {f"Tools/{path.name}" for path in (REPO / "Tools").iterdir()}
    fuzz = (REPO / "Tools/fuzz").read_text()
    known |= set(re.findall(r"^targets=\((.*)\)", fuzz, re.MULTILINE)[0].split())
    for promise, row in rows:
        named = re.findall(r"`([^`]+)`", row)
        assert named, f"no test is named for: {promise}"
        assert set(named) <= known, f"{set(named) - known} of: {promise}"
