"""Every key does what the help says, and none does anything while somebody types."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from test_views import at_step

RUN = "/p/tests/a/failures"


@pytest.mark.parametrize("start, key, end", [
    (20, "ArrowLeft", 19), (20, "ArrowRight", 21), (20, "Shift+ArrowLeft", 10),
    (20, "Shift+ArrowRight", 30), (20, "Home", 0), (20, "End", 39), (20, "PageDown", 39),
    (20, "PageUp", 0), (20, "5", 20), (0, "5", 20), (39, "0", 0), (0, "e", 7), (7, "e", 22),
    (22, "Shift+E", 7), (20, ",", 17), (20, ".", 23),
])
def test_a_key_moves(view, start, key, end):
    page = view(f"{RUN}?step={start}")
    at_step(page, start)
    page.keyboard.press(key)
    at_step(page, end)


def test_brackets_go_from_write_to_write(view):
    page = view(f"{RUN}?step=12&path=/phase")
    at_step(page, 12)
    page.keyboard.press("]")
    at_step(page, 15)
    page.keyboard.press("[")
    at_step(page, 10)


def test_filter_hits(view):
    page = view(f"{RUN}?step=0")
    at_step(page, 0)
    page.keyboard.press("/")
    page.keyboard.type("failed")
    expect(page.locator(".steps .note")).to_contain_text("2 steps found")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    at_step(page, 7)
    page.keyboard.press("n")
    at_step(page, 22)
    page.keyboard.press("Shift+N")
    at_step(page, 7)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Filter steps")).to_have_value("")


def at_window(page: Page, win: str) -> None:
    """The address comes to rest a while after the strip."""
    page.wait_for_function(
        "(win) => (new URLSearchParams(location.search).get('win') ?? '') === win", arg=win)


def test_zoom_pan_and_fit(view):
    page = view(f"{RUN}?step=20")
    at_step(page, 20)
    page.keyboard.press("w")
    at_window(page, "10..30")
    page.keyboard.press("d")
    at_window(page, "15..35")
    page.keyboard.press("a")
    page.keyboard.press("a")
    at_window(page, "5..25")
    page.keyboard.press("f")
    at_window(page, "10..30")
    page.keyboard.press("f")
    at_window(page, "")
    page.keyboard.press("w")
    page.keyboard.press("s")
    at_window(page, "")


def test_views_base_axis_drawer(view):
    page = view(f"{RUN}?step=20")
    at_step(page, 20)
    for name in ["Diff", "Side by side", "Chat", "Raw", "State"]:
        page.keyboard.press("v")
        expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute(
            "aria-selected", "true")
    page.keyboard.press("c")
    expect(page.get_by_role("slider", name="Base of the diff")).to_have_attribute(
        "aria-valuenow", "20")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="vs 20")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="vs step before")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Time axis")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("idle . compress"))).to_be_visible()
    page.get_by_role("button", name=re.compile("idle . compress")).click()
    expect(page.get_by_role("button", name="Show idle time")).to_be_visible()
    page.keyboard.press("q")
    expect(page.locator(".right-side")).to_be_hidden()
    page.keyboard.press("q")
    expect(page.locator(".right-side")).to_be_visible()


def test_playback(view):
    page = view(f"{RUN}?step=0")
    at_step(page, 0)
    for _ in range(4):
        page.keyboard.press(">")
    expect(page.get_by_label("Playback speed")).to_have_value("64")
    page.keyboard.press("Space")
    at_step(page, 39)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("<")
    expect(page.get_by_label("Playback speed")).to_have_value("32")


def test_pin_link_follow_and_go_to(view):
    page = view(f"{RUN}?step=20&path=/phase")
    at_step(page, 20)
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Pin")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("u")
    expect(page.get_by_text("Copied a link to here")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.endswith("/p/tests/a/failures?step=20&path=/phase&pin=/phase")
    page.keyboard.press("g")
    page.keyboard.type("err")
    page.keyboard.press("Enter")
    at_step(page, 22)
    page.keyboard.press("l")
    at_step(page, 39)
    expect(page.locator(".pill")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".pill")).to_have_attribute("aria-pressed", "false")


def test_help_and_palette(view):
    page = view(f"{RUN}?step=20")
    at_step(page, 20)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("Next error")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("previous err")
    page.keyboard.press("Enter")
    at_step(page, 7)
    page.keyboard.press("Control+k")
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    at_step(page, 36)


def test_keys_do_nothing_while_somebody_types(view):
    page = view(f"{RUN}?step=20&side=notes")
    at_step(page, 20)
    page.get_by_role("button", name="Annotate this step").click()
    page.get_by_label("Note", exact=True).click()
    page.keyboard.type("e5[w,. m")
    page.keyboard.press("ArrowLeft")
    at_step(page, 20)
    expect(page.get_by_label("Note", exact=True)).to_have_value("e5[w,. m")


def test_keys_are_changed_and_letters_switched_off(view):
    page = view(f"{RUN}?step=20")
    at_step(page, 20)
    page.keyboard.press("?")
    page.get_by_role("button", name="Change the key of: Next error").click()
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    at_step(page, 22)
    page.keyboard.press("?")
    page.get_by_label("Single letters and signs are shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    page.keyboard.press("ArrowRight")
    at_step(page, 23)


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


def test_links_of_burrs_page_lead_to_the_right_step(view):
    page = view('/project/tests/null/failures?sequence_location={"appId":"failures",'
                '"partitionKey":null,"sequenceId":22}')
    at_step(page, 22)
