"""Scrubbing: a million steps, live runs, a server that goes away."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from conftest import PATIENCE, kept_port, serve
from runs import Run
from test_views import at_step, quiet

LAST = int(os.environ.get("BURR_PAGE_STEPS", "1000000")) - 1
FRAMES = """async (box) => {
  const slider = document.querySelectorAll('.strip .slider')[1];
  const send = (type, x) => slider.dispatchEvent(new PointerEvent(type, { clientX: x,
    clientY: box.y, pointerId: 1, button: 0, buttons: 1, bubbles: true }));
  slider.setPointerCapture = () => {};
  const long = [];
  const watch = new PerformanceObserver((list) => long.push(...list.getEntries()
    .map(({ duration }) => duration)));
  watch.observe({ type: 'longtask' });
  const frames = [];
  send('pointerdown', box.from);
  for (let i = 0; i <= 300; i++) {
    frames.push(await new Promise(requestAnimationFrame));
    send('pointermove', box.from + (box.to - box.from) * Math.abs(Math.sin(i / 40)));
  }
  send('pointerup', box.to);
  watch.disconnect();
  const between = frames.slice(1).map((at, i) => at - frames[i]);
  return { between: between.sort((a, b) => a - b), long };
}"""


def drag(page, from_part: float, to_part: float):
    box = page.locator(".strip .slider").nth(1).bounding_box()
    return page.evaluate(FRAMES, {
        "y": box["y"] + 30, "from": box["x"] + box["width"] * from_part,
        "to": box["x"] + box["width"] * to_part})


def test_a_million_steps_open_with_few_requests(view):
    page = view("about:blank")
    page.add_init_script("""new MutationObserver((_, observer) => {
      if (!document.querySelector('.tree .node')) return;
      observer.disconnect();
      window.painted = performance.now();
    }).observe(document, { childList: true, subtree: true });""")
    page.goto("/p/long/a/million")
    at_step(page, LAST)
    expect(page.locator(".tree .node").first).to_be_visible()
    quiet(page)
    begun = page.evaluate("""[...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource')].filter((e) => e.startTime <= window.painted)
      .map((e) => [new URL(e.name).pathname, e.transferSize])""")
    print(f"\nstrip and state painted after {page.evaluate('window.painted'):.0f} ms, with "
          f"{len(begun)} requests and {sum(size for _, size in begun)} bytes")
    if not os.environ.get("BURR_PAGE"):  # which serves each module by itself
        assert len(begun) <= 10, begun
    assert sum(size for _, size in begun) <= 400_000


def test_dragging_over_loaded_steps_asks_for_nothing(view):
    middle = LAST // 2 // 256 * 256
    page = view(f"/p/long/a/million?step={middle + 100}&win={middle}..{middle + 255}")
    at_step(page, middle + 100)
    expect(page.locator(".tree .node").first).to_be_visible()
    quiet(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used() -> dict[str, float]:
        metrics = meter.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] * 1000 for each in metrics}

    before = used()
    result = drag(page, 0.02, 0.98)
    after = used()
    moving = [url for url in asked if "/windows/" in url or "/timeline" in url
              or "/states/" in url]
    assert moving == []
    assert page.locator("*").count() <= 3000
    heap = page.evaluate("performance.memory.usedJSHeapSize")
    each = {name: (after[f"{name}Duration"] - before[f"{name}Duration"]) / 300
            for name in ("Task", "Script", "Layout", "RecalcStyle")}
    print("\nprocessor time of a frame: %s" % ", ".join(
        f"{name} {value:.2f} ms" for name, value in each.items()))
    between = result["between"]
    print("from frame to frame: p50 %.1f ms, p95 %.1f ms; %d long tasks; heap %.0f MB" % (
        between[150], between[285], len(result["long"]), heap / 1e6))
    assert heap <= 200e6


def test_dragging_over_everything_is_never_wrong(view):
    page = view(f"/p/long/a/million?step={LAST}")
    at_step(page, LAST)
    page.evaluate("""() => {
      const { fetch } = window;
      const flying = new Set();
      window.most = 0;
      window.fetch = async (address, options) => {
        if (!address.includes('/windows/')) return fetch(address, options);
        flying.add(options);
        const wanted = [...flying].filter(({ signal }) => !signal.aborted);
        window.most = Math.max(window.most, wanted.length);
        try {
          const reply = await fetch(address, options);
          const text = await reply.text();
          return new Response(text, reply);
        } finally {
          flying.delete(options);
        }
      };
      window.wrong = [];
      const look = () => {
        const at = document.querySelectorAll('.strip .slider')[1].getAttribute('aria-valuenow');
        const node = [...document.querySelectorAll('.tree .node')]
          .find((each) => each.querySelector('.name')?.textContent === 'n');
        const stale = !document.querySelector('.stale').hidden;
        const said = node?.querySelector('.val').textContent.split('\\u2192').pop();
        if (node && !stale && said !== at) window.wrong.push([at, said]);
        requestAnimationFrame(() => setTimeout(look));
      };
      look();
    }""")
    drag(page, 0.05, 0.9)
    expect(page.locator(".stale")).to_be_hidden()
    assert page.evaluate("window.wrong") == []
    assert 1 <= page.evaluate("window.most") <= 2
    assert page.locator("*").count() <= 3000


def test_a_list_taller_than_a_browser_can_scroll_is_scrolled_row_by_row(view):
    page = view(f"/p/long/a/million?step={LAST // 2}")
    at_step(page, LAST // 2)
    steps = page.locator('.steps [role="listbox"]')
    seen = """(list) => {
      const box = list.getBoundingClientRect();
      const rows = [...list.querySelectorAll('.step')].filter((row) => !row.hidden
        && row.getBoundingClientRect().bottom > box.top
        && row.getBoundingClientRect().top < box.bottom);
      return rows.map((row) => Number(row.dataset.step));
    }"""

    def in_order() -> list[int]:
        """The steps that are seen, once they also stand so in the document."""
        expect(page.locator(".step.current:not([hidden])")).to_have_count(1)
        page.wait_for_function(f"""() => {{
          const shown = ({seen})(document.querySelector('.steps [role="listbox"]'));
          return shown.length > 9 && shown.every((step, i) => step === shown[0] + i);
        }}""")
        return steps.evaluate(seen)

    before = in_order()
    for by in (26 * 3, -26 * 5):
        # By hand, as a finger does it.
        steps.evaluate("(list, by) => { list.scrollTop += by; }", by)
        page.wait_for_function(f"""() => ({seen})(document.querySelector(
          '.steps [role="listbox"]'))[0] === {before[0] + by // 26}""")
        before = in_order()
    steps.evaluate("(list) => { list.scrollTop = 0; }")
    page.wait_for_function(f"() => ({seen})(document.querySelector("
                           "'.steps [role=\"listbox\"]'))[0] === 0")
    steps.evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    page.wait_for_function(f"() => ({seen})(document.querySelector("
                           f"'.steps [role=\"listbox\"]')).at(-1) === {LAST}")
    half = (LAST + 1) // 2
    for key, there in (("Home", 0), ("End", LAST), ("5", half), ("ArrowLeft", half - 1)):
        page.keyboard.press(key)
        at_step(page, there)
        expect(page.locator(".step.current:not([hidden])")).to_have_attribute(
            "data-step", str(there))
        assert there in in_order()


def test_the_pointer_focuses_zooms_and_shows_what_is_under_it(view):
    page = view("/p/tests/a/failures?step=20")
    at_step(page, 20)
    box = page.locator(".strip .slider").nth(1).bounding_box()
    x, y = box["x"], box["y"] + 30
    page.mouse.move(x + box["width"] * 0.5 + 1, y)
    expect(page.locator(".tip")).to_contain_text("Step 20")
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.move(x + box["width"] * 0.75, y, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.get_by_role("button", name="Leave the focus window")).to_contain_text("Focus 20")
    expect(page.locator(".steps .note")).to_contain_text("in the focus window")
    page.keyboard.press("0")
    at_step(page, 20)
    page.get_by_role("button", name="Leave the focus window").click()
    page.mouse.move(x + box["width"] * 0.5, y)
    page.mouse.wheel(0, 100)
    at_step(page, 21)


@pytest.fixture
def live(binary, tmp_path):
    store = tmp_path / "store"
    run = Run(store / "now" / "run", ["count", "talk"])
    run.add({"n": 0})
    server = serve(binary, store)
    yield server, run
    server.stop()


@pytest.fixture
def port():
    with kept_port() as number:
        yield number


def test_a_live_run_is_followed_until_somebody_touches_it(view, live):
    server, run = live
    page = view(f"{server.address}/p/now/a/run")
    at_step(page, 0)
    for number in range(1, 10):
        run.add({"n": number})
    at_step(page, 9)
    page.keyboard.press("ArrowLeft")
    at_step(page, 8)
    for number in range(10, 15):
        run.add({"n": number})
    expect(page.locator(".pill")).to_contain_text("+5")
    at_step(page, 8)
    run.begin()
    expect(page.locator(".transport .total, .transport .where")).to_contain_text("/ 15")
    page.keyboard.press("End")
    at_step(page, 15)
    expect(page.locator(".step.current")).to_contain_text("talk")
    run.end({"n": 15})
    expect(page.locator(".tree .node").first).to_contain_text("15")


def test_a_thousand_steps_a_second_arrive_whole_and_move_nothing(view, live):
    server, run = live
    page = view(f"{server.address}/p/now/a/run?step=0")
    at_step(page, 0)
    state = page.locator(".tree .node").first
    expect(state).to_contain_text("0")
    steps = 5000
    done = threading.Event()

    def write() -> None:
        for number in range(1, steps + 1):
            run.add({"n": number})
            if number % 50 == 0:
                done.wait(0.05)

    thread = threading.Thread(target=write)
    thread.start()
    while thread.is_alive():
        at_step(page, 0)
    thread.join()
    expect(page.locator(".pill")).to_contain_text("+5,000")
    page.keyboard.press("End")
    at_step(page, steps)
    expect(state).to_contain_text(str(steps))
    page.keyboard.press("2")
    at_step(page, 1000)
    expect(state).to_contain_text("1000")


def test_a_server_that_goes_away_is_seen_and_so_is_its_return(view, binary, port, tmp_path):
    run = Run(tmp_path / "store" / "now" / "run", ["count"])
    run.add({"n": 0})
    server = serve(binary, tmp_path / "store", port)
    page = view(f"{server.address}/p/now/a/run")
    at_step(page, 0)
    server.stop()
    expect(page.locator(".pill")).to_have_text("Reconnecting")
    expect(page.get_by_role("alert")).to_contain_text("may be old")
    run.add({"n": 1})
    again = serve(binary, tmp_path / "store", port)
    try:
        at_step(page, 1)
        expect(page.locator(".pill")).to_have_text("Live")
    finally:
        again.stop()


def test_a_list_is_told_what_happens(view, live, tmp_path):
    server, run = live
    page = view("about:blank")
    page.goto(f"{server.address}/p/now")
    rows = page.locator(".vrow:not([hidden])")
    expect(rows).to_have_count(1)
    other = Run(tmp_path / "store" / "now" / "other", ["count"])
    other.add({"n": 0})
    expect(rows).to_have_count(2)
    for number in range(1, 4):
        other.add({"n": number})
    row = rows.filter(has_text="other")
    expect(row.locator('[role="cell"]').nth(3)).to_have_text("4")
    second = page.context.new_page()
    second.goto(f"{server.address}/p/now/a/other")
    at_step(second, 3)
    other.add({"n": 4})
    at_step(second, 4)
    expect(row.locator('[role="cell"]').nth(3)).to_have_text("5")


def test_a_list_that_is_told_asks_for_nothing(view, live):
    server, run = live
    page = view("about:blank")
    page.add_init_script("""
      window.SharedWorker = class extends SharedWorker {
        constructor(...how) {
          super(...how);
          this.port.addEventListener('message', ({ data }) => {
            window.isTold ||= data.event === 'list';
          });
        }
      };""")
    page.goto(f"{server.address}/p/now")
    expect(page.locator(".vrow:not([hidden])")).to_have_count(1)
    # Until the stream is there a list is asked for every two seconds.
    page.wait_for_function("window.isTold")
    quiet(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for number in range(1, 30):
        run.add({"n": number})
    expect(page.locator('.vrow [role="cell"]').nth(3)).to_have_text("30")
    assert asked == []


def test_a_list_of_a_server_that_goes_away_says_so(view, binary, port, tmp_path):
    run = Run(tmp_path / "store" / "now" / "run", ["count"])
    run.add({"n": 0})
    server = serve(binary, tmp_path / "store", port)
    page = view(f"{server.address}/p/now")
    expect(page.locator(".vrow:not([hidden])")).to_have_count(1)
    server.stop()
    expect(page.get_by_role("alert")).to_contain_text("may be old")
    run.add({"n": 1})
    again = serve(binary, tmp_path / "store", port)
    try:
        expect(page.locator('.vrow [role="cell"]').nth(3)).to_have_text("2")
        expect(page.get_by_role("alert")).to_be_hidden()
    finally:
        again.stop()


def test_the_page_is_small(server):
    import gzip
    folder = Path(__file__).resolve().parents[2] / "Sources/CPage/page"
    total = sum(len(gzip.compress(path.read_bytes())) for path in folder.rglob("*")
                if path.is_file())
    assert total <= 150_000, total


def test_more_tabs_than_a_browser_has_connections_are_all_live(browser, live):
    server, run = live
    context = browser.new_context(base_url=server.address)
    context.set_default_timeout(PATIENCE)
    try:
        tabs = [context.new_page() for _ in range(9)]
        for tab in tabs:
            tab.goto("/p/now/a/run")
            at_step(tab, 0)
        run.add({"n": 1})
        for tab in tabs:
            at_step(tab, 1)
            expect(tab.locator(".pill")).to_have_text("Live")
        for tab in tabs[:4]:
            tab.close()
        run.add({"n": 2})
        for tab in tabs[4:]:
            at_step(tab, 2)
    finally:
        context.close()
