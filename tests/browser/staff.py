"""What somebody of the staff does in a demo before their own pages open."""

from playwright.sync_api import Page

from tests.server_process import ServerProcess


def put_persona_on(page: Page, demo: ServerProcess, name: str) -> None:
    """Be the demo's persona of this name, whatever the page's language."""
    narrow = page.viewport_size
    # On a phone's width the list of personas takes no typing.
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(demo.url)
    form = page.locator("[data-testid=stForm]")
    form.get_by_role("combobox").click(timeout=30_000)
    page.keyboard.type(name)
    page.get_by_role("option").filter(has_text=name).first.click()
    form.get_by_role("button").last.click()
    page.get_by_test_id("stSidebarUserContent").get_by_text(name).wait_for(timeout=30_000)
    if narrow:
        page.set_viewport_size(narrow)
