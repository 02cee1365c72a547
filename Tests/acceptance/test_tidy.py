"""Tools/tidy finds what it promises, at the right line, and leaves the innocent alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]

PACKAGE = """\
let package = Package(name: "burr", targets: [
    .target(name: "EventLog"),
    .target(name: "StateDelta"),
    .target(name: "Tracking", dependencies: ["EventLog"]),
    .testTarget(name: "EventLogTests", dependencies: ["EventLog"]),
])
"""


def findings(tmp_path: Path, files: dict[str, str]) -> list[str]:
    """What tidy says of a small package with these files."""
    for name, text in {"Package.swift": PACKAGE, **files}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "Tools").mkdir(exist_ok=True)
    shutil.copy(REPO / "Tools/tidy", tmp_path / "Tools/tidy")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    ran = subprocess.run([tmp_path / "Tools/tidy"], capture_output=True, text=True)
    lines = ran.stdout.splitlines()
    assert ran.returncode == (1 if lines else 0), ran.stderr
    return lines


LOG = "Sources/EventLog/A.swift"

BAD = [
    (LOG, "import StateDelta\n", 1, "not below"),
    ("Sources/Tracking/A.swift", "import StateDelta\n", 1, "without declaring"),
    ("Tests/EventLogTests/A.swift", "import Tracking\n", 1, "without declaring"),
    (LOG, "\nimport Foundation\n", 2, "never imports Foundation"),
    (LOG, "internal import struct FoundationEssentials.Date\n", 1, "never imports Foundation"),
    ("Sources/Tracking/A.swift", "import Foundation\n", 1, "FoundationEssentials"),
    (LOG, "let a = try" + "! b()\n", 1, "hides a failure"),
    (LOG, "let a = b as" + "! C\n", 1, "hides a failure"),
    (LOG, "func f() {\n    print(1)\n}\n", 2, "prints nothing"),
    (LOG, 'let a = "\\(print(1))"\nfunc f() { print(2) }\n', 2, "prints nothing"),
    (LOG, "let a = Data(b)\n", 1, "raw buffers"),
    (LOG, "struct A: @unchecked Sendable {}\n", 1, "Safety"),
    (LOG, "package func f() {}\n", 1, "func f has no"),
    (LOG, "/// A.\npublic struct A {\n    public struct B {}\n}\n", 3, "struct B has no"),
    (LOG, "func f() {\n" + "    g()\n" * 69 + "}\n", 1, "71 lines"),
    (LOG, "// a\n" * 601, 601, "601 lines"),
    (LOG, "let a = " + "1" * 93 + "\n", 1, "101 columns"),
    (LOG, "// \u00e9\n", 1, "not ASCII"),
    (LOG, "// TO" + "DO: later\n", 1, "leftover"),
    (LOG, "let a = 1 \n", 1, "white space"),
    ("Tests/EventLogTests/A.swift", "try await Task" + ".sleep(for: .x)\n", 1, "never sleep"),
    ("README.md", "see /" + "home/ann/burr\n", 1, "one machine"),
    ("Notes/a.md", "a\n", 1, "top level"),
    ("Tools/run", "#!/bin/sh\n", 1, "run bit"),
]


@pytest.mark.parametrize("name,text,line,message", BAD, ids=[row[3] + row[0] for row in BAD])
def test_finds(tmp_path: Path, name: str, text: str, line: int, message: str) -> None:
    found = findings(tmp_path, {name: text})
    assert len(found) == 1, found
    place = name if message != "top level" else "Notes"
    assert found[0].startswith(f"{place}:{line}: ") and message in found[0]


GOOD = [
    "// try" + "! in a comment, print( and Data(\n",
    'let a = "print(1) \\"as' + '! b\\" // no comment"\n/* /* print( */ Data( */\n',
    'let a = #"a " print(\\(b) "#\nlet b = """\n    print("x")\n    """\n',
    "/// A.\nprotocol A {\n    /// F.\n    func f()\n}\npackage func f() {}\n",
    "/// Says.\n@inlinable\npackage func f() {}\n",
    "// Safety: one owner.\nstruct A: @unchecked Sendable {}\n",
    "protocol A {\n    func f()\n    init(a: Int)\n}\n" + "let a = 1\n" * 80,
    "extension A { func print(_ a: Int) {} }\nlet a = b.print(1)\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_leaves_alone(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, {LOG: text}) == []
