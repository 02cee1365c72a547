"""Burr's own page, unmodified, in a browser, on our server: projects, steps, live, annotations."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any, Iterator

import pytest
from burr_log import counted, write_app
from conftest import Burr
from served import Served, serving

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def build() -> Path:
    found = importlib.util.find_spec("burr")
    assert found and found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "tracking/server/build"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)
    assert CHROMIUM, "please install what Debian calls chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1900, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on(
        "console",
        lambda line: page.problems.append(line.text)
        if "Content Security Policy" in line.text and "frame-ancestors" not in line.text
        else None,
    )
    yield page
    context.close()
    assert page.problems == []


@pytest.fixture(params=["", "/burr"])
def ours(request: pytest.FixtureRequest, burr: Burr, build: Path) -> Iterator[tuple[Served, Path]]:
    app = write_app(burr.store, "counting-up", counted(range(3)))
    base = ["--base-path", request.param] if request.param else []
    with serving(burr, "--ui", build, *base) as served:
        yield served, app.log


def test_from_the_projects_to_a_step(page: Any, ours: tuple[Served, Path]) -> None:
    from playwright.sync_api import expect

    served, log = ours
    page.goto(served.address + "/projects")
    page.get_by_text("p", exact=True).first.click()
    page.get_by_text("counting-up").first.click()
    page.wait_for_url("**/project/p/**")
    page.get_by_text("count", exact=True).first.wait_for()
    expect(page.get_by_text("success")).to_have_count(3)
    page.get_by_text("success").first.click()
    page.get_by_text("counter").first.wait_for()
    # Live: what is written appears within its next question or two.
    page.get_by_text("Live", exact=True).first.locator("xpath=preceding-sibling::*[1]").click()
    with log.open("ab") as file:
        file.write("".join(f"{line}\n" for line in counted(range(3, 5))).encode())
    expect(page.get_by_text("success")).to_have_count(5)


def test_annotating(page: Any, ours: tuple[Served, Path]) -> None:
    served, _ = ours
    base = served.address.removeprefix(f"http://{served.host}:{served.port}")
    path = base + "/api/v0/p/counting-up/__none__/1/annotations"
    note = {
        "span_id": None, "step_name": "count", "tags": ["seen-by-me"],
        "observations": [
            {"data_fields": {"note": "well counted", "ground_truth": ""},
             "thumbs_up_thumbs_down": True, "data_pointers": []}
        ],
    }
    assert served.send("POST", path, note).status == 200
    page.goto(served.address + "/annotations/p")
    page.get_by_text("seen-by-me").first.wait_for()
    page.get_by_text("well counted").first.wait_for()
