"""axe-core finds nothing on any view, in either theme; the strip is a slider for everyone."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from test_views import at_step, quiet

VIEWS = {
    "projects": "/", "applications": "/p/many", "annotations": "/p/demo_chatbot/notes",
    "state": "/p/tests/a/values?step=5&path=/n", "diff": "/p/tests/a/differences?step=1&view=diff",
    "sides": "/p/tests/a/differences?step=3&view=sides",
    "chat": "/p/tests/a/values?step=5&view=chat", "calls": "/p/tests/a/tools?step=4&view=chat",
    "moved": "/p/tests/a/tools?step=3&path=/n", "damaged": "/p/damaged/a/run?step=215",
    "raw": "/p/tests/a/values?step=5&view=raw", "code": "/p/tests/a/values?step=5&side=code",
    "notes": "/p/tests/a/values?step=5&side=notes", "failed": "/p/tests/a/failures?step=7",
    "insights": "/p/tests/a/values?step=5&side=insights",
    "reproduce": "/p/tests/a/values?step=5&side=reproduce",
    "traces": "/p/demo_chatbot_with_traces/a/chat-1-giraffe?step=3", "missing": "/p/none",
}


def check(page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing(view, name, theme):
    page = view(VIEWS[name], color_scheme=theme, reduced_motion="reduce")
    quiet(page)
    expect(page.locator("main")).not_to_contain_text("Loading")
    check(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_dialogs(view, theme):
    page = view("/p/tests/a/values?step=5", color_scheme=theme, reduced_motion="reduce")
    at_step(page, 5)
    for key in ["?", "m", "Control+k"]:
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        check(page)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_axe_finds_nothing_in_a_narrow_window(view):
    page = view("/p/tests/a/values?step=5", viewport={"width": 320, "height": 640},
                reduced_motion="reduce")
    at_step(page, 5)
    check(page)


def test_the_strip_is_a_slider(view):
    page = view("/p/tests/a/failures?step=7")
    slider = page.get_by_role("slider", name="Step", exact=True)
    expect(slider).to_have_attribute("aria-valuemin", "0")
    expect(slider).to_have_attribute("aria-valuemax", "39")
    expect(slider).to_have_attribute("aria-valuetext",
                                     re.compile("step 7 of 39, answer, failed"))
    slider.focus()
    page.keyboard.press("ArrowRight")
    at_step(page, 8)
    expect(page.locator("#live")).to_contain_text("step 8, rest")


def test_targets_are_large_enough(view):
    page = view("/p/tests/a/failures?step=7")
    at_step(page, 7)
    small = page.evaluate("""[...document.querySelectorAll('button, select, input, summary')]
        .filter((e) => e.checkVisibility() && e.tabIndex >= 0)
        .map((e) => [e.getBoundingClientRect(), e.textContent || e.getAttribute('aria-label')])
        .filter(([box]) => box.width < 24 || box.height < 24).map(([, name]) => name)""")
    assert small == []


def test_the_theme_is_chosen_and_kept(view):
    page = view("/", color_scheme="light")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()


def test_forced_colours_and_large_text(view):
    page = view("/p/tests/a/failures?step=7", forced_colors="active",
                viewport={"width": 720, "height": 450})
    at_step(page, 7)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
