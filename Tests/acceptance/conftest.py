"""What the acceptance tests share: the command, and stores filled from real Burr's logs."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pytest

REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What one call of the command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def lines(self) -> list[str]:
        """What ends with a line feed; other separators of Unicode may stand in a text."""
        return self.text.split("\n")[:-1]

    @property
    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.lines]


class Burr:
    """The `burr` command on one store."""

    def __init__(self, binary: Path, store: Path):
        self.binary, self.store = binary, store

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TZ") if name in os.environ}
        return {**kept, "HOME": str(self.store.parent), "BURR_PATH": str(self.store), **more}

    def call(self, *arguments: object, env: Optional[dict[str, str]] = None) -> Ran:
        ran = subprocess.run(
            [self.binary, *map(str, arguments)],
            capture_output=True,
            env=self.environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr.decode("utf-8"))

    def __call__(self, *arguments: object) -> Ran:
        """A call that must succeed."""
        ran = self.call(*arguments)
        assert ran.code == 0, f"burr {' '.join(map(str, arguments))}: {ran.code}\n{ran.err}"
        return ran


@pytest.fixture(scope="session")
def binary() -> Path:
    path = os.environ.get("BURR") or REPO / ".build/release/burr"
    assert Path(path).exists(), "build it first: swift build -c release --product burr"
    return Path(path).resolve()


@pytest.fixture
def burr(binary: Path, tmp_path: Path) -> Burr:
    """The command on an empty store of this test's own."""
    return Burr(binary, tmp_path / "store")


@pytest.fixture(scope="session")
def demo() -> Path:
    """The recorded runs that come with apache-burr."""
    found = importlib.util.find_spec("burr")
    assert found and found.submodule_search_locations, "apache-burr is not installed"
    return Path(found.submodule_search_locations[0]) / "tracking/server/demo_data"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What real Burr records of `burr_program.py`, far from Greenwich."""
    root = tmp_path_factory.mktemp("program") / "root"
    subprocess.run(
        [sys.executable, str(Path(__file__).with_name("burr_program.py")), str(root)],
        env={**os.environ, "TZ": "America/New_York"},
        capture_output=True,
        check=True,
    )
    return root


@pytest.fixture(scope="session")
def demo_store(binary: Path, demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Burr:
    """A store with the demo data, not to be changed."""
    burr = Burr(binary, tmp_path_factory.mktemp("demo") / "store")
    burr("import", demo)
    return burr


@pytest.fixture(scope="session")
def program_store(binary: Path, program: Path, tmp_path_factory: pytest.TempPathFactory) -> Burr:
    """A store with the program's runs, not to be changed."""
    burr = Burr(binary, tmp_path_factory.mktemp("recorded") / "store")
    burr("import", program)
    return burr
