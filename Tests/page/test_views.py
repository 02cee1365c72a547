"""Every view shows what it should, in a real browser on a real server."""

from __future__ import annotations

from playwright.sync_api import expect


def test_projects_lead_to_applications_and_to_a_run(view):
    page = view("/")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.get_by_role("link", name="demo_chatbot", exact=True).click()
    expect(page).to_have_url(lambda url: url.endswith("/p/demo_chatbot"))
    page.get_by_role("link", name="chat-1-giraffe").click()
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "29")
    expect(page).to_have_title("chat-1-giraffe · demo_chatbot · Burr")
