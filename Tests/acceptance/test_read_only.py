"""A store that can only be read, with Burr's folders that nobody has imported."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

import pytest
from burr_log import begin, end

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user can read."""
    path = Path(tempfile.mkdtemp(prefix="burr-read-only-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_what_to_do_with_a_store_that_cannot_be_written_to(binary: Path, folder: Path) -> None:
    burr = shutil.copy(binary, folder / "burr")
    root = folder / "store"
    app = root / "p" / "a"
    app.mkdir(parents=True)
    (app / "log.jsonl").write_text(f"{begin(0)}\n{end(0, {'n': 1})}\n")
    for path in (root, app.parent, app):
        path.chmod(0o555)
    user = NOBODY if os.geteuid() == 0 else None
    environment = {"HOME": str(folder), "PATH": os.environ["PATH"]}

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [burr, *map(str, arguments)],
            env=environment,
            user=user,
            capture_output=True,
            text=True,
            timeout=60,
        )

    try:
        advice = f"burr import {root} --store "
        for command in (["ls"], ["replay", "p/a", "--step", "0"], ["log", "p/a"], ["import"]):
            told = run(*command, "--store", root).stderr
            assert str(app) in told and advice in told, (command, told)
        server = subprocess.Popen(
            [burr, "serve", "--no-open", "--port", "0", "--store", root],
            env=environment,
            user=user,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout
            found = re.search(r"http://([^/ ]+)", server.stdout.readline())
            assert found
            # The second answer comes before the import is tried again.
            for path in ("", "/steps", "/states/0"):
                connection = http.client.HTTPConnection(found.group(1), timeout=60)
                connection.request("GET", f"/api/v1/projects/p/apps/a{path}")
                reply = connection.getresponse()
                text = reply.read().decode()
                assert reply.status == 409, (path, text)
                assert "not-imported" in text and str(app) in text and advice in text
                connection.close()
        finally:
            server.terminate()
            server.wait(timeout=30)
        # The advice is good.
        elsewhere = tempfile.mkdtemp(dir=folder)
        if user:
            os.chown(elsewhere, user, -1)
        assert run("import", root, "--store", elsewhere).returncode == 0
        assert run("replay", "p/a", "--step", "0", "--store", elsewhere).stdout.strip() != ""
    finally:
        for path in (root, app.parent, app):
            path.chmod(0o755)
