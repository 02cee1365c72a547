"""Every key does what the help says, and none does anything while somebody types."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from test_views import at_step, copied_link, said

RUN = "/p/tests/a/failures"


def slider(page: Page, name: str = "Step"):
    return page.get_by_role("slider", name=name, exact=True)


MOVES = [
    (20, "ArrowLeft", 19), (20, "ArrowRight", 21), (0, "ArrowLeft", 0), (39, "ArrowRight", 39),
    (20, "Shift+ArrowLeft", 10), (20, "Shift+ArrowRight", 30), (5, "Shift+ArrowLeft", 0),
    (20, "Home", 0), (20, "End", 39), (20, "PageDown", 39), (20, "PageUp", 0),
    *((20, str(digit), round(39 * digit / 10)) for digit in range(10)),
    (0, "e", 7), (7, "e", 22), (22, "e", 22), (22, "Shift+E", 7), (7, "Shift+E", 7),
    (20, ",", 17), (20, ".", 23), (1, ",", 1), (38, ".", 38),
]


@pytest.mark.parametrize("start, key, end", MOVES)
def test_a_key_moves(view, start, key, end):
    page = view(f"{RUN}?step={start}")
    at_step(page, start)
    page.keyboard.press(key)
    if start == end:  # it says so, or does nothing; another key comes after it
        page.keyboard.press("ArrowLeft" if start else "ArrowRight")
        end = start - 1 if start else 1
    at_step(page, end)


def test_keys_of_a_focus_window_stay_in_it(view):
    page = view(f"{RUN}?step=12&focus=10..30")
    at_step(page, 12)
    for key, step in [("0", 10), ("5", 20), ("Home", 10), ("e", 22), (".", 25)]:
        page.keyboard.press(key)
        at_step(page, step)
    page.keyboard.press("e")
    said(page, "No later error")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Leave the focus window")).to_be_hidden()


def test_pages_are_windows_of_the_strip(view):
    page = view(f"{RUN}?step=20&win=15..25")
    at_step(page, 20)
    page.keyboard.press("PageDown")
    at_step(page, 30)
    page.keyboard.press("PageUp")
    at_step(page, 20)


def test_blame_leads_to_the_step_that_wrote_the_value(view):
    page = view(f"{RUN}?step=18&path=/phase")
    at_step(page, 18)
    expect(page.locator(".inspector")).to_contain_text("\u27f5 15 prompt")
    page.keyboard.press("b")
    at_step(page, 15)
    expect(page.locator(".inspector")).to_contain_text("written here")
    page.keyboard.press("b")
    said(page, "was written by this step")
    at_step(page, 15)
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    said(page, "Select a value first")


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
    assert copied_link(page).endswith("/p/tests/a/failures?step=20&path=/phase&pin=/phase")
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


FIELDS = {"filter": "Filter steps", "find": "Find in state", "goto": "Go to step or ref",
          "speed": "Playback speed"}


@pytest.mark.parametrize("field", FIELDS)
def test_no_key_acts_while_somebody_types(view, field):
    page = view(f"{RUN}?step=20&path=/n&win=10..30")
    at_step(page, 20)
    box = page.get_by_label(FIELDS[field])
    box.focus()
    before = page.evaluate("location.search")
    for key in [*"0123456789[]eEnNwsadftvpcmulqgbB,./<>?+-", "Home", "End", "PageUp", "ArrowLeft",
                "ArrowRight", "Shift+ArrowLeft", "Space"]:
        page.keyboard.press(key)
        expect(box).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    at_step(page, 20)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("w")
    page.keyboard.press("Escape")
    where = page.evaluate("""() => new Promise((done) => setTimeout(() => {
      const query = new URLSearchParams(location.search);
      query.delete('q');
      done('?' + query.toString().replaceAll('%2F', '/'));
    }, 700))""")
    assert where == before


def test_keys_do_nothing_while_somebody_writes_a_note(view):
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


def test_every_key_of_the_help_is_tested_here(view):
    """A new key needs a test: these are those that have one."""
    page = view(RUN)
    at_step(page, 39)
    page.keyboard.press("?")
    prefix = "Change the key of: "
    titles = page.get_by_role("dialog").get_by_role("button").evaluate_all(
        "(all) => all.map((each) => each.getAttribute('aria-label') + '|' + each.textContent)")
    keys = {title.removeprefix(prefix).split("|")[0]: title.split("|")[1]
            for title in titles if title.startswith(prefix)}
    with_keys = {title for title, key in keys.items() if key != "none"}
    assert with_keys == {
        "Step back", "Step forward", "Ten steps back", "Ten steps forward", "One window back",
        "One window forward", "First step", "Head, and follow", "Go to a step or ref",
        "Previous write of the selected path", "Next write of the selected path",
        "Step that wrote the selected value", "Next error", "Previous error",
        "Next step of the filter", "Previous step of the filter",
        "Previous visit of this action", "Next visit of this action", "Zoom in", "Zoom out",
        "Pan left", "Pan right", "Centre, then fit the focus or all", "Step or time axis",
        "Play or pause", "Slower", "Faster", "Follow the head or stay", "Filter the steps",
        "Next view of the state", "Pin the selected path as a lane",
        "Compare with here, or with the step before", "Show or hide the right side",
        "Mark this step", "Copy a link to here", "Leave focus, filter and selection",
        "Command palette", "Keyboard help"}
