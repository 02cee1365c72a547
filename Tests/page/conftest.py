"""What the browser tests share: a server on stores of their own, and a browser that must not
complain."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from runs import Run, long_run

REPO = Path(__file__).resolve().parents[2]

#: How long anything may take on a machine that has other things to do, in milliseconds.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

#: Notes down what the page says for a moment only, and how many of its requests are on their way.
WITNESS = """{
  window.said = [];
  addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.classList?.contains('toast')) window.said.push(node.textContent);
      }
    }
  }).observe(document.body, { childList: true }));
  const { fetch } = window;
  window.asked = 0;
  window.flying = 0;
  window.fetch = async (...request) => {
    window.asked += 1;
    window.flying += 1;
    try {
      return await fetch(...request);
    } finally {
      window.flying -= 1;
    }
  };
}"""


@dataclass
class Server:
    """A running `burr`."""

    process: subprocess.Popen[str]
    address: str
    store: Path

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="session")
def binary() -> Path:
    path = os.environ.get("BURR") or REPO / ".build/release/burr"
    assert Path(path).exists(), "build it first: swift build -c release --product burr"
    return Path(path).resolve()


def serve(binary: Path, store: Path, port: int = 0, options: list[str] = []) -> Server:
    command = [binary, "serve", "--no-open", "--store", store, "--port", str(port), *options]
    if folder := os.environ.get("BURR_PAGE"):
        command += ["--page", folder]
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.PIPE, text=True,
        env={"HOME": str(store.parent), "PATH": os.environ["PATH"], "TZ": "UTC"},
    )
    assert process.stdout
    line = process.stdout.readline()
    found = re.search(r"http://\S+?:\d+", line)
    assert found, f"burr did not say where it is: {line!r}"
    return Server(process, found[0], store)


@contextmanager
def kept_port() -> Iterator[int]:
    """A port that nobody else is given while the server that has it is away."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]


@pytest.fixture(scope="session")
def store(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs that come with apache-burr, some of our own, one of a million steps."""
    root = tmp_path_factory.mktemp("page")
    spec = importlib.util.find_spec("burr")
    assert spec and spec.submodule_search_locations, "apache-burr is not installed"
    demo = Path(spec.submodule_search_locations[0]) / "tracking/server/demo_data"
    own = root / "own"
    Run.of_differences(own / "tests" / "differences")
    Run.of_hard_values(own / "tests" / "values")
    Run.of_tools(own / "tests" / "tools")
    Run.of_failures(own / "tests" / "failures")
    for number in range(60):
        Run.short(own / "many" / f"run-{number:02}", fork_of="run-00" if number == 5 else None)
    long_run(own / "long" / "million", int(os.environ.get("BURR_PAGE_STEPS", "1000000")))
    for folder in (demo, own):
        subprocess.run(
            [binary, "import", folder, "--store", root / "store"],
            check=True, capture_output=True, env={"HOME": str(root), "TZ": "UTC"},
        )
    damage(binary, root / "store")
    return root / "store"


def damage(binary: Path, store: Path) -> None:
    """A run of 400 steps in whose log a disk has overwritten some bytes."""
    subprocess.run([binary, "demo", "--store", store], check=True, capture_output=True)
    shutil.copytree(store / "support/chat-7", store / "damaged/run")
    (log,) = (store / "damaged/run").glob("*.burr")
    whole = log.read_bytes()
    middle = len(whole.rstrip(b"\0")) // 2
    # Some bytes hold an attribute only; those are looked for without which states are lost.
    for place in range(middle, middle + 8000, 64):
        log.write_bytes(whole[:place] + b"\xff" * 40 + whole[place + 40:])
        replay = subprocess.run([binary, "replay", "damaged/run", "--from", "first", "--store",
                                 store], capture_output=True)
        if replay.returncode == 65:
            return
    raise AssertionError("no damage costs a state")


@pytest.fixture(scope="session")
def server(binary: Path, store: Path) -> Iterator[Server]:
    running = serve(binary, store)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        # Without a display the frames come from the compositor's clock all the same.
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def view(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Opens an address; at the end nothing must stand in the console."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: str, **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(base_url=server.address, **options)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WITNESS)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints
