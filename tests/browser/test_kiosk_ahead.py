"""The screen that comes next is laid out while the one before it is read, and there for nobody until then."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.patient import ready

FRAMES = "() => new Promise((seen) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(seen))))"
# Where the focus goes on its way round the page, and what a finger meets anywhere on the card.
FOCUSED_AHEAD = "document.activeElement.closest('.ahead') !== null"
TOUCHED_AHEAD = """(card) => {
  const { left, top, width, height } = card.getBoundingClientRect();
  for (let x = left + 5; x < left + width; x += 20)
    for (let y = top + 5; y < top + height; y += 20)
      if (document.elementsFromPoint(x, y).some((each) => each.closest(".ahead > *"))) return true;
  return false;
}"""


def ahead_of(kiosk):
    return kiosk.card.locator(".ahead > *")


def test_the_next_screen_is_there_for_nobody(page, installation):
    kiosk = ready(page, installation).tap("Start")
    expect(ahead_of(kiosk)).to_contain_text("Question 1 of 5")
    expect(ahead_of(kiosk)).not_to_be_visible()
    expect(kiosk.title).to_have_text("Who cared for you?")
    assert "Question 1" not in kiosk.card.aria_snapshot()
    assert not kiosk.card.evaluate(TOUCHED_AHEAD)
    assert Axe().run(page).response["violations"] == []
    for _ in range(20):
        page.keyboard.press("Tab")
        assert not page.evaluate(FOCUSED_AHEAD)


def test_the_very_screen_that_was_laid_out_is_shown(page, installation):
    kiosk = ready(page, installation).tap("Start")
    for taps, title in ((["Clinician 1"], "Question 1 of 5"), (["Always"] * 5, "A little about you, if you like")):
        expect(ahead_of(kiosk)).to_contain_text(title)
        ahead_of(kiosk).evaluate("(screen) => { screen.dataset.mark = 'laid out'; }")
        kiosk.tap(*taps)
        expect(kiosk.card.locator(".stage > *")).to_contain_text(title)
        expect(kiosk.card.locator(".stage > *")).to_have_attribute("data-mark", "laid out")


def test_what_was_to_be_laid_out_changes_nothing_for_those_who_were_quicker(page, installation):
    kiosk = ready(page, installation).press("Start", "Clinician 1", "Always")
    page.evaluate(FRAMES)
    expect(kiosk.card.locator(".stage p.progress")).to_have_text("Question 2 of 5")


def test_after_a_visit_nothing_lies_ahead(page, installation):
    kiosk = ready(page, installation).tap("Start")
    expect(ahead_of(kiosk)).to_contain_text("Question 1 of 5")
    kiosk.press("Clinician 1", *["Always"] * 5, "Continue", "Send my answers")
    expect(kiosk.title).to_have_text("Thank you")
    page.evaluate(FRAMES)
    expect(ahead_of(kiosk)).to_have_count(0)


def test_a_browser_that_cannot_keep_a_layout_shows_the_same_screens(new_page, installation):
    page = new_page(service_workers="block")
    page.route("**/card.css", lambda route: route.fulfill(
        response=(found := route.fetch()),
        body=found.text().replace("content-visibility: hidden", "content-visibility: unheard-of"),
    ))  # fmt: skip
    kiosk = ready(page, installation).tap("Start")
    expect(ahead_of(kiosk)).to_contain_text("Question 1 of 5")
    expect(ahead_of(kiosk)).not_to_be_visible()
    assert "Question 1" not in kiosk.card.aria_snapshot()
    kiosk.tap("Clinician 1")
    expect(kiosk.card.locator(".stage p.progress")).to_have_text("Question 1 of 5")
