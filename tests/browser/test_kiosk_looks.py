"""Every screen of the kiosk in every language: no finding by axe, large targets, nothing cut off, from 320 px up."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from survey.kiosk import LANGUAGES
from tests.browser.kiosk_screens import Screens
from tests.browser.patient import ready
from tests.browser.test_kiosk_notice import with_settings
from tests.browser.test_kiosk_staff import PIN

HELP = {"en": "Call the ward on 555 0100, day and night.", "ar": "اتصل بالرقم 555 0100 في أي وقت."}
# Width and height: 400 % and 200 % zoom on a PC, a phone, tablets both ways up, a PC.
SIZES = [(320, 256), (640, 400), (320, 640), (768, 1024), (1024, 768), (1280, 800), (1920, 1080)]
TABLETS = [(768, 1024), (800, 1280), (1280, 800), (1180, 820)]
LINES = """(title) => {
  const text = document.createRange();
  text.selectNodeContents(title);
  return text.getBoundingClientRect().height;
}"""
# At once, and then until a frame has shown it.
ANSWER_AND_GO_TO_BACK = """async (card) => {
  card.querySelector(".choice").click();
  card.querySelector(".back").focus();
  await new Promise((shown) => requestAnimationFrame(() => setTimeout(() => setTimeout(shown))));
}"""


@pytest.fixture
def screens(new_page, installation):
    """A kiosk with everything that a unit can set, and a person who wants no motion."""
    page = new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    with_settings(page, help_line=HELP, keep_partial=True, pin=PIN)
    ready(page, installation)
    return Screens(page)


def choose(page, *kinds):
    """Exactly these of larger, contrast and easy_words."""
    page.evaluate(
        """(kinds) => {
          const { classList } = document.querySelector(".compati");
          for (const kind of ["larger", "contrast", "easy_words"]) classList.toggle(kind, kinds.includes(kind));
        }""",
        kinds,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_of_any_level_on_any_screen(screens, language):
    found = {}
    for look in ("light", "dark", "contrast"):
        screens.page.emulate_media(color_scheme="dark" if look == "dark" else "light")
        choose(screens.page, *(["contrast"] if look == "contrast" else []))
        # The colours are all that differs.
        found[look] = screens.axe_findings(language, colours_only=look != "light")
    assert found == {"light": [], "dark": [], "contrast": []}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_screen_is_cut_off_and_all_targets_are_large(screens, language):
    found = {}
    for width, height in SIZES:
        screens.page.set_viewport_size({"width": width, "height": height})
        for kinds in ((), ("larger", "easy_words")):
            choose(screens.page, *kinds)
            found[width, height, kinds] = screens.layout_problems(language)
    assert {size: problems for size, problems in found.items() if problems} == {}


def test_a_question_is_seen_whole_on_every_tablet(screens):
    for width, height in TABLETS:
        screens.page.set_viewport_size({"width": width, "height": height})
        for language in LANGUAGES:
            assert screens.height("question", language) <= height, (width, height, language)


def test_an_answer_keeps_its_place_from_question_to_question(page, installation):
    page.set_viewport_size({"width": 768, "height": 1024})
    kiosk = ready(page, installation).tap("Start", "Clinician 1")
    always = kiosk.card.get_by_role("button", name="Always")
    lines, places = set(), set()
    for _ in range(5):
        lines.add(kiosk.title.evaluate(LINES))
        places.add(str(always.bounding_box()))
        always.click()
    assert len(lines) > 1
    assert len(places) == 1


def test_a_long_press_on_a_kiosk_finds_no_text_to_mark(page, installation):
    kiosk = ready(page, installation)
    kiosk.title.click(click_count=3)
    page.keyboard.press("Control+a")
    assert page.evaluate("String(getSelection()).trim()") == ""


def test_a_telephone_number_keeps_its_order_in_arabic(screens):
    kiosk = screens.page.locator(".compati")
    kiosk.get_by_role("button", name="العربية").click()
    places = kiosk.locator(".help").evaluate("""(help) => {
      const number = help.querySelector("bdi").firstChild;
      return ["555", "0100"].map((part) => {
        const range = document.createRange();
        const at = number.data.indexOf(part);
        range.setStart(number, at);
        range.setEnd(number, at + part.length);
        return range.getBoundingClientRect().left;
      });
    }""")
    assert places == sorted(places)


def test_the_card_in_streamlit_has_no_finding_either(page, installation):
    kiosk = ready(page, installation, "streamlit").tap("Start", "Clinician 1")
    page.wait_for_timeout(450)
    found = Axe().run(page, context=".stBidiComponent", options={}).response
    assert found["violations"] == []
    looked_at = str([node["html"] for rule in found["passes"] for node in rule["nodes"]])
    assert "Does not apply" in looked_at
    expect(kiosk.card).to_be_visible()


def test_it_says_which_language_and_direction_it_has(page, installation):
    kiosk = ready(page, installation)
    expect(kiosk.card).to_have_attribute("lang", "en")
    expect(kiosk.card).to_have_attribute("dir", "ltr")
    expect(kiosk.card.get_by_role("button", name="Español")).to_have_attribute("lang", "es")


def test_each_screen_begins_in_view_with_its_heading_in_focus(page, installation):
    page.set_viewport_size({"width": 320, "height": 420})
    kiosk = ready(page, installation).tap("Start", "Clinician 1", "Always")
    for _ in range(3):
        expect(kiosk.title).to_be_in_viewport(ratio=1)
        expect(kiosk.title).to_be_focused()
        kiosk.tap("Always")


def test_who_moves_on_before_the_heading_takes_the_focus_keeps_it(page, installation):
    kiosk = ready(page, installation).press("Start", "Clinician 1", "Always")
    kiosk.card.evaluate(ANSWER_AND_GO_TO_BACK)
    expect(kiosk.card.locator("p.progress")).to_have_text("Question 3 of 5")
    expect(kiosk.card.get_by_role("button", name="Back")).to_be_focused()
