"""Every view shows what it should, in a real browser on a real server."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect


def at_step(page: Page, step: int) -> None:
    slider = page.get_by_role("slider", name="Step", exact=True)
    expect(slider).to_have_attribute("aria-valuenow", str(step))


def quiet(page: Page) -> None:
    """Waits until nothing is on its way, and nothing was asked for in half a second."""
    page.evaluate("""async () => {
      for (let before = -1; window.flying || before !== window.asked;) {
        before = window.asked;
        await new Promise((done) => setTimeout(done, 500));
      }
    }""")


def said(page: Page, words: str, since: int = 0) -> None:
    """Something was said for a moment, which may be over."""
    page.wait_for_function(
        "([words, since]) => window.said.slice(since).some((text) => text.includes(words))",
        arg=[words, since])


def copied_link(page: Page) -> str:
    """The link to here, once it is where it is copied to."""
    before = page.evaluate("window.said.length")
    page.keyboard.press("u")
    said(page, "Copied a link to here", before)
    return page.evaluate("navigator.clipboard.readText()")


def node(page: Page, name: str):
    """The row of a key in the tree."""
    return page.locator(".tree .node:not([hidden])").filter(
        has=page.locator(".name").get_by_text(name, exact=True))


def test_projects_lead_to_applications_and_to_a_run(view):
    page = view("/")
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    page.get_by_role("link", name="demo_chatbot", exact=True).click()
    expect(page).to_have_url(re.compile("/p/demo_chatbot$"))
    page.get_by_role("link", name="chat-1-giraffe").click()
    at_step(page, 29)
    expect(page).to_have_title("chat-1-giraffe \u00b7 demo_chatbot \u00b7 Burr")
    page.go_back()
    expect(page.get_by_role("heading", name="demo_chatbot")).to_be_visible()


def test_applications_are_searched_filtered_sorted_and_nested(view):
    page = view("/p/many")
    count = page.locator(".filters .count")
    expect(count).to_have_text("60 applications")
    fork = page.locator(".vrow").filter(has_text="run-05")
    expect(fork).to_contain_text("fork at 2")
    page.get_by_role("button", name="Hide what run-00 began").click()
    expect(fork).to_have_count(0)
    page.get_by_role("searchbox").fill("run-1")
    expect(count).to_have_text("10 of 60")
    page.get_by_role("searchbox").fill("")
    page.get_by_label("Partition").select_option("user-1")
    expect(count).to_have_text("60 applications")
    page.get_by_label("Time").select_option("1")
    expect(count).to_have_text("0 of 60")
    page.get_by_label("Time").select_option("")
    page.get_by_role("button", name="Application").click()
    expect(page.locator(".vrow:not([hidden]) a").first).to_have_text("run-00")


def test_the_four_failures_of_burrs_difference_view(view):
    page = view("/p/tests/a/differences?step=1&view=diff")
    expect(node(page, "gone")).to_have_class(re.compile("removed"))
    expect(node(page, "gone")).to_contain_text('"soon"')
    page.keyboard.press("ArrowRight")
    at_step(page, 2)
    expect(node(page, "2")).to_have_class(re.compile("removed"))
    page.keyboard.press("ArrowRight")
    expect(node(page, "1")).to_contain_text("2\u21929")
    page.keyboard.press("ArrowRight")
    expect(node(page, "word")).to_contain_text('"old text here"\u2192null')
    page.keyboard.press("ArrowRight")
    expect(node(page, "1")).to_contain_text("9\u2192null")
    page.keyboard.press("ArrowRight")
    expect(node(page, "item")).to_have_class(re.compile("changed"))


def test_values_are_exact(view):
    page = view("/p/tests/a/values?step=3&path=/big")
    expect(node(page, "big")).to_contain_text("1180591620717411303427")
    expect(node(page, "float")).to_contain_text("1.0")
    expect(node(page, "a/b~c")).to_contain_text("3")
    expect(node(page, "__SEQUENCE_ID")).to_have_count(0)
    page.get_by_role("button", name="Show internal keys").click()
    expect(node(page, "__SEQUENCE_ID")).to_have_count(1)
    page.get_by_role("tab", name="Raw").click()
    expect(page.locator(".raw")).to_contain_text('"big": 1180591620717411303427')
    lines = page.locator(".raw").inner_text().strip()
    state = page.evaluate("""async () => (await (await fetch(
      '/api/v1/projects/tests/apps/values/states/3?full=1')).json()).value""")
    assert json.loads(lines)["chat"] == state["chat"]


def test_raw_text_is_that_of_the_step_wherever_one_comes_from(view):
    page = view("/p/tests/a/tools?step=11&view=raw")
    for step in (11, 10, 3, 4, 0, 9):
        page.locator(".transport input").fill(str(step))
        page.keyboard.press("Enter")
        at_step(page, step)
        state = page.evaluate("""async (step) => (await (await fetch(
          `/api/v1/projects/tests/apps/tools/states/${step}?full=1`)).json()).value""", step)
        page.wait_for_function("""(state) => JSON.stringify(JSON.parse(
          document.querySelector('.raw').textContent)) === state""",
                               arg=json.dumps(state, separators=(",", ":")))


def test_what_is_opened_in_a_conversation_stays_open(view):
    page = view("/p/tests/a/tools?step=10&view=chat")
    at_step(page, 10)
    call = page.locator("details.call").first
    expect(call).not_to_have_attribute("open", "")
    call.locator("summary").click()
    expect(call).to_have_attribute("open", "")
    page.locator(".messages").focus()
    page.keyboard.press("ArrowRight")
    at_step(page, 11)
    expect(page.locator(".bubble.added")).to_contain_text("Answer 3")
    expect(call).to_have_attribute("open", "")


def test_the_heads_of_panes_fit_at_every_width(view):
    page = view("/p/demo_chatbot/a/chat-1-giraffe?step=20")
    at_step(page, 20)
    for width in (320, 700, 1024, 1180, 1280, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 760})
        # What watches sizes has its turn after the layout.
        page.wait_for_function("""(width) => {
          const head = document.querySelector('.pane.state .pane-head');
          const parts = [...head.querySelectorAll('button, input, .summary')]
            .filter((part) => part.offsetWidth > 0);
          const cut = parts.filter((part) => part.scrollWidth > part.clientWidth + 1);
          const boxes = parts.map((part) => part.getBoundingClientRect());
          const meet = boxes.filter((a, i) => boxes.some((b, j) => j > i
            && a.left < b.right - 1 && b.left < a.right - 1
            && a.top < b.bottom - 1 && b.top < a.bottom - 1));
          return innerWidth === width && !cut.length && !meet.length;
        }""", arg=width)


def test_expansion_and_selection_survive_scrubbing(view):
    page = view("/p/tests/a/values?step=5&path=/chat/0/content")
    expect(page.locator(".inspector .path")).to_have_text("chat[0].content")
    expect(node(page, "content").first).to_be_visible()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    at_step(page, 9)
    expect(page.locator(".inspector .path")).to_have_text("chat[0].content")
    expect(node(page, "content").first).to_be_visible()


def test_chat_shows_messages_as_they_were(view):
    page = view("/p/tests/a/values?step=4&view=chat")
    expect(page.locator(".bubble")).to_have_count(5)
    expect(page.locator(".bubble.added")).to_have_count(1)
    expect(page.locator(".bubble").last).to_contain_text("Message 4 <b>not bold</b>")
    expect(page.locator(".bubble strong").last).to_have_text("4")
    expect(page.locator(".bubble .figure")).to_have_count(0)  # a user costs nothing
    end = page.locator(".bubble").last
    page.goto("/p/demo_chatbot/a/chat-1-giraffe?view=chat")
    at_step(page, 29)
    expect(end).to_be_in_viewport()
    page.go_back()
    at_step(page, 4)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".bubble.added .figure")).to_have_text(
        ["50 ms", "1,000 tokens in", "50 out"])
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".bubble")).to_have_count(4)


def test_chat_leads_to_the_step_that_wrote_a_message(view):
    page = view("/p/tests/a/tools?step=11&view=chat")
    at_step(page, 11)
    expect(page.locator(".bubble")).to_have_count(12)
    first = page.locator(".bubble").first
    expect(first).to_contain_text("Question 0")
    first.get_by_role("button", name="\u27f5 0").click()
    at_step(page, 0)
    page.go_back()
    at_step(page, 11)
    page.locator(".bubble").nth(5).get_by_role("button", name="\u27f5 5").click()
    at_step(page, 5)


def test_chat_folds_calls_with_their_results(view):
    page = view("/p/tests/a/tools?step=3&view=chat")
    at_step(page, 3)
    call = page.locator(".call").last
    expect(call).to_contain_text("look_up")
    expect(call).to_contain_text("no result yet")
    page.keyboard.press("ArrowRight")
    at_step(page, 4)
    expect(page.locator(".bubble.tool")).to_have_count(0)
    expect(page.locator(".call").last.locator(".result")).to_contain_text("Found 1")
    expect(page.locator(".call").last).to_have_attribute("open", "")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".call").last).not_to_have_attribute("open", "")


def test_the_tree_marks_what_moved_and_what_changed_a_while_ago(view):
    page = view("/p/tests/a/tools?step=2&path=/queue/0")
    moved = page.locator(".tree .node.moved")
    expect(moved).to_have_count(1)
    expect(moved.locator(".sign")).to_contain_text("\u2195")
    expect(moved).to_have_attribute("title", "It was at 2")
    expect(node(page, "queue")).to_contain_text("\u21951")
    page.keyboard.press("ArrowRight")
    at_step(page, 3)
    expect(node(page, "queue")).to_have_attribute("data-age", "1")
    expect(node(page, "still")).not_to_have_attribute("data-age", re.compile("."))
    page.keyboard.press("ArrowRight")
    expect(node(page, "queue")).to_have_attribute("data-age", "2")


def test_without_motion_nothing_fades(view):
    page = view("/p/tests/a/tools?step=3", reduced_motion="reduce")
    at_step(page, 3)
    painted = node(page, "queue").evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert painted in ("rgba(0, 0, 0, 0)", "color(srgb 0 0 0 / 0)"), painted


def test_a_selected_number_shows_how_it_went(view):
    page = view("/p/tests/a/tools?step=5&path=/n")
    at_step(page, 5)
    expect(page.get_by_role("img", name="From 0 to 4 over steps 0 to 11")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".inspector")).to_be_hidden()


def test_side_by_side_shows_both(view):
    page = view("/p/tests/a/differences?step=3&view=sides")
    row = node(page, "1").locator(".val")
    expect(row.nth(0)).to_have_text("2")
    expect(row.nth(1)).to_have_text("9")


def test_a_failed_step_shows_its_exception(view):
    page = view("/p/tests/a/failures?step=7")
    expect(page.locator(".exception b")).to_have_text(
        "TimeoutError: the model did not answer in 30 s")
    expect(page.locator(".transport .status")).to_contain_text("failed")


def test_code_is_shown_with_what_it_reads(view):
    page = view("/p/tests/a/values?step=2&side=code")
    expect(page.locator(".source")).to_contain_text("def one(state):")
    expect(page.locator(".c-word").first).to_have_text("def")


def test_the_graph_marks_where_the_run_is(view):
    page = view("/p/tests/a/failures?step=8")
    expect(page.locator("g.node.current")).to_contain_text("rest")
    expect(page.locator("g.node.previous")).to_contain_text("answer")
    expect(page.locator("g.edge.taken")).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("g.node.current.failed")).to_contain_text("answer")
    page.get_by_role("button", name="prompt: filter its steps").click()
    expect(page.get_by_label("Filter steps")).to_have_value("action:prompt")
    expect(page.locator(".steps .note")).to_contain_text("14 steps found")


def test_insights_count_tokens_and_take_new_prices(view):
    page = view("/p/tests/a/values?side=insights")
    cells = page.locator(".big dd")
    expect(cells.nth(0)).to_have_text("12")
    expect(cells.nth(1)).to_have_text("12,000")
    expect(cells.nth(3)).to_have_text("$0.0022")
    page.get_by_text("Prices, dollars").click()
    page.get_by_label("Input price").first.fill("100")
    page.get_by_label("Input price").first.blur()
    expect(cells.nth(3)).to_have_text("$1.20")


def test_a_step_can_be_reproduced(view):
    page = view("/p/tests/a/values?step=3&side=reproduce")
    expect(page.get_by_text("burr replay tests/values --step 3", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("burr-test-case create .* --sequence-id 3"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download fixture").click()
    with open(download.value.path(), encoding="utf-8") as file:
        case, = json.load(file)
    assert case["action"] == "two"
    assert case["input_state"]["n"] == 2 and case["expected_state"]["n"] == 3
    assert case["expected_state"]["big"] == 2**70 + 3
    assert "__SEQUENCE_ID" not in case["input_state"]


def test_annotations_are_written_changed_and_exported(view):
    page = view("/p/tests/a/failures?step=7&side=notes")
    page.get_by_role("button", name="Annotate this step").click()
    page.get_by_label("Tags").fill("wrong, urgent")
    page.get_by_role("button", name="Thumbs down").click()
    page.get_by_label("Field").select_option("phase")
    page.get_by_label("Note", exact=True).fill('says "no"')
    page.get_by_role("button", name="Save").click()
    card = page.locator(".card")
    expect(card).to_contain_text("urgent")
    page.goto("/p/tests/notes")
    expect(page.locator(".vrow")).to_contain_text('thumbs down: says "no"')
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    with open(download.value.path(), encoding="utf-8") as file:
        text = file.read()
    assert 'failures,user-1,7,answer,wrong urgent,phase,down,"says ""no""",' in text
    page.get_by_role("link", name="failures").click()
    at_step(page, 7)


def test_a_mark_is_a_ref(view):
    page = view("/p/tests/a/failures?step=11&side=notes")
    at_step(page, 11)
    page.keyboard.press("m")
    page.get_by_label("Name").fill("odd one")
    page.get_by_role("button", name="Mark", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/p/tests/a/failures?step=mark:odd%20one")
    at_step(page, 11)


@pytest.mark.parametrize("path, words", [
    ("/p/nothing-here", "Not found"), ("/p/tests/a/nothing", "Not found"),
    ("/p/tests/a/failures?step=400", "There is no step 400"), ("/nowhere", "no such page"),
])
def test_what_is_not_there_is_said_with_a_way_out(view, path, words):
    page = view(path)
    expect(page.locator(".notice")).to_contain_text(words)
    expect(page.locator(".notice a, .notice button").first).to_be_visible()


def test_damage_costs_only_the_steps_it_lies_in(view):
    page = view("/p/damaged/a/run?step=0")
    at_step(page, 0)
    lost = page.evaluate("""async () => {
      const reply = await fetch('/api/v1/projects/damaged/apps/run/windows/200');
      return (await reply.json()).problems.map(({ step }) => step);
    }""")
    assert lost and lost == list(range(lost[0], lost[-1] + 1)) and lost[0] > 0
    page.goto(f"/p/damaged/a/run?step={lost[5]}")
    expect(page.get_by_role("alert")).to_contain_text(
        f"The log is damaged: of {len(lost)} steps from {lost[0]} to {lost[-1]}")
    notice = page.locator(".notice")
    expect(notice).to_contain_text("This state cannot be rebuilt")
    expect(notice).to_contain_text("damaged")
    expect(page.locator(".facts").first).to_contain_text("Changed")
    expect(page.locator(".facts").first).not_to_contain_text("nothing")
    notice.get_by_role("button", name=f"Last before: step {lost[0] - 1}").click()
    at_step(page, lost[0] - 1)
    expect(page.locator(".tree .node").first).to_be_visible()
    page.go_back()
    page.get_by_role("button", name=f"First after: step {lost[-1] + 1}").click()
    at_step(page, lost[-1] + 1)
    expect(page.locator(".tree .node").first).to_be_visible()
    expect(page.locator(".stale")).to_contain_text("what it changed is not known")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".stale")).to_be_hidden()


def test_the_strip_is_also_a_table(view):
    page = view("/p/tests/a/failures")
    page.get_by_role("button", name="More to copy").click()
    page.get_by_role("menuitem", name="Timeline as a table").click()
    expect(page.get_by_role("dialog").locator("tbody tr")).to_have_count(40)


def test_a_narrow_window_has_everything(view):
    page = view("/p/tests/a/failures?step=7", viewport={"width": 320, "height": 640})
    for name, what in [("Steps", ".pane.steps"), ("State", ".pane.state"),
                       ("Step and graph", ".pane.side")]:
        page.locator(".switch").get_by_role("button", name=name, exact=True).click()
        expect(page.locator(what)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
