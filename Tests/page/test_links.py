"""A link leads back to what it was copied from: in the browser, in its history, in a terminal."""

from __future__ import annotations

import json
import re
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from test_travel import LAST
from test_views import at_step, copied_link, node, said

RUN = "/p/tests/a/failures"


@pytest.mark.parametrize("ref, step", [
    ("22", 22), ("-1", 38), ("first", 0), ("head", 39), ("err", 22), ("err-1", 7),
    ("t:2026-03-01T09:00:01Z", 4), ("mark:to%20link", 13), ("", 39),
])
def test_a_step_is_any_ref(view, server, ref, step):
    page = view("/")
    page.evaluate("""(address) => fetch(address, { method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'to link', ref: '13' }) })""",
                  "/api/v1/projects/tests/apps/failures/marks")
    page.goto(f"{RUN}?step={ref}")
    at_step(page, step)
    follows = "true" if ref == "" else "false"
    expect(page.locator(".pill")).to_have_attribute("aria-pressed", follows)


def test_every_part_of_an_address_is_seen(view):
    page = view(f"{RUN}?step=20&base=12&path=/phase&view=diff&side=code&win=10..30&focus=5..35"
                "&axis=time&pin=/n&pin=/phase&q=failed")
    at_step(page, 20)
    expect(page.get_by_role("button", name="vs 12")).to_be_visible()
    expect(page.get_by_role("slider", name="Base of the diff")).to_have_attribute(
        "aria-valuenow", "12")
    expect(page.locator(".inspector .path")).to_have_text("phase")
    expect(page.get_by_role("tab", name="Diff")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tab", name="Code")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Leave the focus window")).to_contain_text("5\u201335")
    expect(page.get_by_role("button", name="Time axis")).to_be_visible()
    expect(page.get_by_label("Filter steps")).to_have_value("failed")
    expect(page.locator(".steps .note")).to_contain_text("2 steps found")
    expect(node(page, "n")).to_contain_text("12\u219220")
    assert parse_qs(urlsplit(copied_link(page)).query) == {
        "step": ["20"], "base": ["12"], "path": ["/phase"], "view": ["diff"], "side": ["code"],
        "win": ["10..30"], "focus": ["5..35"], "axis": ["time"], "pin": ["/n", "/phase"],
        "q": ["failed"]}


def test_a_base_is_any_ref_and_its_state_is_loaded_wherever_it_is(view):
    page = view("/p/long/a/million?step=-1&base=first&view=diff")
    expect(page.get_by_role("button", name="vs 0")).to_be_visible()
    expect(node(page, "n")).to_contain_text("0\u2192")
    page.keyboard.press("5")
    expect(node(page, "n")).to_contain_text(f"0\u2192{(LAST + 1) // 2}")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="vs step before")).to_be_visible()
    expect(node(page, "n")).not_to_contain_text("0\u2192")


def test_paths_with_escapes(view):
    page = view("/p/tests/a/values?step=3&path=/a~1b~0c")
    at_step(page, 3)
    expect(page.locator(".inspector .path")).to_have_text("a/b~c")
    expect(page.locator(".inspector .block, .inspector .pair").first).to_contain_text("3")
    link = copied_link(page)
    assert "path=/a~1b~0c" in link or "path=/a%7E1b%7E0c" in link
    page.goto(link)
    expect(page.locator(".inspector .path")).to_have_text("a/b~c")


@pytest.mark.parametrize("wrong", [
    "view=nothing", "side=nothing", "axis=nothing", "win=x", "win=900..20", "focus=7..1000000",
    "path=n", "pin=n", "base=", "q=",
])
def test_what_an_address_says_wrongly_harms_nothing(view, wrong):
    page = view(f"{RUN}?step=20&{wrong}")
    at_step(page, 20)
    expect(node(page, "n")).to_be_visible()
    page.keyboard.press("ArrowRight")
    at_step(page, 21)


def test_a_base_that_is_not_there_is_said(view):
    page = view(f"{RUN}?step=20&base=mark:nobody")
    at_step(page, 20)
    said(page, "nobody")
    expect(page.get_by_role("button", name="vs step before")).to_be_visible()


def test_back_and_forward_are_jumps(view):
    page = view(f"{RUN}?step=0")
    at_step(page, 0)
    page.keyboard.press("e")
    at_step(page, 7)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("e")
    at_step(page, 22)
    page.go_back()
    at_step(page, 8)
    page.go_back()
    at_step(page, 0)
    page.go_forward()
    at_step(page, 8)


def test_back_brings_all_that_an_address_says(view):
    page = view(f"{RUN}?step=0&base=3&view=diff&q=failed&path=/n")
    at_step(page, 0)
    page.keyboard.press("e")
    at_step(page, 7)
    page.keyboard.press("c")
    page.get_by_role("tab", name="State").click()
    page.get_by_label("Filter steps").fill("answer")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"\?((?!q=).)*$"))
    page.go_back()
    at_step(page, 0)
    expect(page.get_by_role("button", name="vs 3")).to_be_visible()
    expect(page.get_by_role("tab", name="Diff")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_label("Filter steps")).to_have_value("failed")
    expect(page.locator(".inspector .path")).to_have_text("n")


def test_a_title_names_the_step(view):
    page = view(f"{RUN}?step=22")
    expect(page).to_have_title("22 answer \u00b7 failures \u00b7 tests \u00b7 Burr")


@pytest.mark.parametrize("link", [
    '/project/tests/null/failures?sequence_location={"appId":"failures","partitionKey":null,'
    '"sequenceId":22}',
    "/project/tests/user-1/failures?sequence_id=22",
    '/project/tests/user-1/failures?sequence_location=%7B%22sequenceId%22%3A22%7D',
])
def test_links_of_burrs_page_lead_to_the_right_step(view, link):
    page = view(link)
    at_step(page, 22)
    assert copied_link(page).endswith(f"{RUN}?step=22")


def test_a_link_is_pasted_into_the_command_line(view, binary, store):
    page = view("/p/tests/a/values?step=3&path=/big")
    at_step(page, 3)
    link = copied_link(page)

    def replay(*words: str) -> str:
        return subprocess.run([binary, "replay", *words, "--store", store, "--format", "json"],
                              check=True, capture_output=True, text=True).stdout

    assert json.loads(replay(link)) == 2**70 + 3
    assert json.loads(replay("tests/values", "--step", "3", "--path", "/big")) == 2**70 + 3
    page.goto("/p/tests/a/values")
    at_step(page, 11)
    assert json.loads(replay(page.url))["n"] == 11
