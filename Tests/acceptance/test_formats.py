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
