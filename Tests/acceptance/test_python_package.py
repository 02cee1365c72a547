"""The package as its users install it: its types, and what it asks of their Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import abi3info
import burrlog._native
import pytest
from abi3info.models import PyVersion, Symbol
from conftest import REPO

USER = """
from __future__ import annotations
from pathlib import Path
from typing import Any
from burr.core import Application, ApplicationBuilder, State, action
from burr.core.persistence import PersistedStateData
from burrlog import LogError, LogTrackingClient

@action(reads=["n"], writes=["n"])
def count(state: State[Any]) -> State[Any]:
    return state.update(n=state["n"] + 1)

def mask(path: tuple[str | int, ...], value: object) -> object:
    return None if path[-1] == "token" else value

tracker = LogTrackingClient("demo", Path("store"), {"a": 1}, durability="os", redact=mask)
also: LogTrackingClient = LogTrackingClient(project="demo", redact=["password"]).copy()
# Burr's own has no types:
builder: ApplicationBuilder[Any] = ApplicationBuilder()  # type: ignore[no-untyped-call]
app: Application[Any] = builder.with_tracker(tracker).with_actions(count).build()
loaded: PersistedStateData | None = tracker.load("ann", "app", 3)
names: list[str] = tracker.list_app_ids(None)
state, entrypoint = LogTrackingClient.load_state("demo", "app", storage_dir="store")
fields: dict[str, Any] = state
is_there: bool = LogTrackingClient.app_log_exists("demo", "app")
failed: int = tracker.errors
try:
    tracker.flush()
except LogError as error:
    print(error)
tracker.close()
"""


def test_package_and_programs_pass_strict_types(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(USER, encoding="utf-8")
    sources = REPO / "Tools/python/src"
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache",
         *sorted((sources / "burrlog").glob("*.py*")), program],
        env={**os.environ, "MYPYPATH": str(sources)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_extension_asks_python_for_what_3_9_has() -> None:
    """One function joined the stable interface in 3.10, as it had been in 3.9 and before."""
    symbols = subprocess.run(
        ["nm", "-D", "--undefined-only", burrlog._native.__file__],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    known = {**abi3info.FUNCTIONS, **abi3info.DATAS}
    asked = {name for name in symbols if name.startswith(("Py", "_Py"))}
    assert len(asked) > 20
    later = {
        name
        for name in asked
        if (found := known.get(Symbol(name))) is None or found.added > PyVersion(3, 9)
    }
    assert later == {"PyUnicode_AsUTF8AndSize"}


@pytest.mark.parametrize("missing", ["libBurrC.so", "_native.abi3.so"])
def test_a_package_that_is_not_whole_says_how_to_mend_it(tmp_path: Path, missing: str) -> None:
    package = tmp_path / "burrlog"
    shutil.copytree(Path(burrlog._native.__file__).parent, package)
    (package / missing).unlink()
    ran = subprocess.run(
        [sys.executable, "-c", "import burrlog"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("ImportError: burrlog is not whole: ")
    assert missing in last or "_native" in last
    assert "pip install --force-reinstall" in last
