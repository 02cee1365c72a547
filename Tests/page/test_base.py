"""Below a base path, as behind a proxy, everything works as at the root."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from conftest import serve
from runs import Run
from test_views import at_step, copied_link


@pytest.fixture
def below(binary, tmp_path):
    run = Run(tmp_path / "store" / "now" / "run", ["count"])
    run.add({"n": 0})
    server = serve(binary, tmp_path / "store", options=["--base-path", "/tools/burr"])
    yield server, run
    server.stop()


def test_everything_is_below_the_base_path(view, below):
    server, run = below
    page = view("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.address}/tools/burr/")
    page.get_by_role("link", name="now", exact=True).click()
    page.get_by_role("link", name="run", exact=True).click()
    at_step(page, 0)
    expect(page).to_have_url(re.compile(r"/tools/burr/p/now/a/run"))
    run.add({"n": 1})
    at_step(page, 1)
    expect(page.locator(".pill")).to_have_text("Live")
    page.goto(copied_link(page))
    at_step(page, 1)
    page.get_by_role("link", name="Projects", exact=True).click()
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    root = f"{server.address}/tools/burr/"
    assert asked and [url for url in asked if not url.startswith(root)] == []
