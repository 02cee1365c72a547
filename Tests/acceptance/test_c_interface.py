"""The C interface, used by a small C program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import REPO, Burr

HEADER = REPO / "Sources/BurrC/include/burr.h"


@pytest.fixture(scope="session")
def counter(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, linked to the library beside the command."""
    assert (binary.parent / "libBurrC.so").exists(), "build it: swift build -c release"
    compiler = shutil.which("clang") or shutil.which("cc")
    assert compiler, "no C compiler"
    target = tmp_path_factory.mktemp("c") / "counter"
    subprocess.run(
        [
            compiler, "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
            f"-I{HEADER.parent}", Path(__file__).with_name("counter.c"), "-o", target,
            f"-L{binary.parent}", "-lBurrC", f"-Wl,-rpath,{binary.parent}",
        ],
        check=True,
    )  # fmt: skip
    return target


def test_a_c_program_records_and_reads(counter: Path, burr: Burr) -> None:
    ran = subprocess.run(
        [counter, burr.store, "6"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    state, applications, steps = ran.stdout.splitlines()
    assert state == '5 count 0 {"count":6,"text":"caf\u00e9"}'
    assert json.loads(applications) == [{"app_id": "counter", "partition_key": "ann"}]
    statuses = ["ok", "ok", "ok", "failed", "ok", "ok"]
    assert json.loads(steps) == [
        {"step": number, "status": status} for number, status in enumerate(statuses)
    ]
    assert burr("replay", "counter", "--step", "3", "--path", "/count").text == "4\n"
    assert burr("replay", "counter", "--step", "0", "--before", "--format", "json").json == {
        "count": 0
    }
    assert burr("export", "counter").rows[0]["inputs"] == {"by": 1}


def test_every_function_of_the_header_is_documented_and_there(binary: Path) -> None:
    text = HEADER.read_text(encoding="utf-8")
    function = r"(?:const )?\w+ \*?(burr_\w+)\("
    declared = set(re.findall(rf"^{function}", text, re.MULTILINE))
    documented = set(re.findall(rf"\*/\n{function}", text))
    assert len(declared) > 10 and documented == declared
    symbols = subprocess.run(
        ["nm", "-D", "--defined-only", "--extern-only", binary.parent / "libBurrC.so"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    exported = {line.split()[-1] for line in symbols.splitlines()}
    assert exported == declared, "nothing else is shown of how the library is made"


def test_the_library_needs_no_swift(binary: Path) -> None:
    needed = subprocess.run(
        ["readelf", "-d", binary.parent / "libBurrC.so"], capture_output=True, text=True, check=True
    ).stdout
    assert "swift" not in needed.lower() and "Foundation" not in needed
