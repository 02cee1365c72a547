"""A pointer that drags in a browser: `page_drag.py CHROMIUM ADDRESS [FRAMES]`.

ADDRESS is an application's page, whose detail strip is dragged over, or `empty`: a page on which
one line follows the pointer, and nothing else is. In each frame the pointer moves once. Prints
{"frames": [...], "processor": ...}: the times from frame to frame and what a frame cost the page's
main thread, in microseconds.

The browser has no display and no GPU: what a graphics card would do, the processor does. Nothing
in it is told to go slower, faster, or not to wait for the next frame.
"""

from __future__ import annotations

import json
import sys

from playwright.sync_api import Page, sync_playwright

WARM = 30
DRAG = """async ([selector, from, width, y, frames, warm]) => {
  const slider = document.querySelector(selector);
  const send = (type, x) => slider.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: y,
    pointerId: 1, button: 0, buttons: 1, bubbles: true }));
  slider.setPointerCapture = () => {};
  const times = [];
  send('pointerdown', from);
  for (let i = 0; i <= warm + frames; i++) {
    const at = await new Promise(requestAnimationFrame);
    if (i >= warm) times.push(at);
    send('pointermove', from + width * Math.abs(Math.sin(i / 40)));
  }
  send('pointerup', from);
  return times.slice(1).map((at, i) => (at - times[i]) * 1000);
}"""
EMPTY = """<!doctype html>
<style>
  #slider { position: absolute; inset: 0; }
  #line { position: absolute; top: 0; width: 2px; height: 8rem; background: blue; }
</style>
<div id="line"></div><div id="slider"></div>
<script>
  let frame = 0;
  slider.onpointermove = ({ clientX }) => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      line.style.transform = `translateX(${clientX}px)`;
    });
  };
</script>"""


def opened(page: Page, address: str) -> str:
    """Shows what is to be dragged over; the selector of where."""
    if address == "empty":
        page.set_content(EMPTY)
        return "#slider"
    page.goto(address)
    page.locator(".tree .node").first.wait_for()
    page.locator("g.node.current").wait_for()
    page.wait_for_load_state("load")
    return ".strip + .strip .slider"


def main() -> None:
    """Drags once."""
    chromium, address = sys.argv[1:3]
    frames = int(sys.argv[3]) if len(sys.argv) > 3 else 300
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        selector = opened(page, address)
        page.wait_for_timeout(1_000)
        box = page.locator(selector).bounding_box()
        assert box
        meter = page.context.new_cdp_session(page)
        meter.send("Performance.enable", {"timeDomain": "threadTicks"})

        def spent() -> float:
            found = meter.send("Performance.getMetrics")["metrics"]
            return next(each["value"] for each in found if each["name"] == "TaskDuration")

        before = spent()
        place = [box["x"] + box["width"] * 0.02, box["width"] * 0.96, box["y"] + 30]
        times = page.evaluate(DRAG, [selector, *place, frames, WARM])
        processor = (spent() - before) * 1e6 / (frames + WARM)
        browser.close()
    print(json.dumps({"frames": times, "processor": processor}))


if __name__ == "__main__":
    main()
