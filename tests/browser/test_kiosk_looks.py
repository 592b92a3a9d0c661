"""Every screen of the kiosk: no finding by axe, large targets, no sideways scrolling, from 320 px up."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from survey.kiosk import FOLDER
from tests.browser.patient import Kiosk, ready

SMALLEST_TARGET = 48
TARGETS = """(smallest) => [
  ...document.querySelectorAll(
    ".compati :is(button, textarea, select, summary, .pill), .compati input:not([type=radio])"),
]
  .map((each) => [each.textContent.trim() || each.id, each.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < smallest || box.height < smallest))
  .map(([name, box]) => `${name}: ${box.width} × ${box.height}`)"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Questions in French, Arabic and Chinese exist in English only.
LEVELS = {"en": "Usually", "es": "Por lo general", "fr": "Usually", "ar": "Usually", "zh": "Usually"}
SCREENS = [
    {"locale": locale, "color_scheme": scheme, "viewport": {"width": width, "height": 700}, "reduced_motion": motion}
    for locale, scheme, width, motion in [
        ("en-US", "light", 1280, "no-preference"),
        ("en-US", "dark", 320, "reduce"),
        ("es-ES", "light", 320, "reduce"),
        ("es-ES", "dark", 768, "no-preference"),
        ("fr-FR", "light", 768, "reduce"),
        ("ar-EG", "dark", 320, "reduce"),
        ("ar-EG", "light", 1280, "reduce"),
        ("zh-CN", "light", 320, "reduce"),
    ]
]


def wording(language):
    return json.loads((FOLDER / "wording" / f"{language}.json").read_text())


def look_at(page):
    """No finding of axe at any level, large targets, no sideways scrolling."""
    page.wait_for_timeout(450)
    assert page.evaluate(SIDEWAYS) == 0
    assert page.evaluate(TARGETS, SMALLEST_TARGET) == []
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("options", SCREENS, ids=lambda each: f"{each['locale']} {each['color_scheme']}")
def test_every_screen_is_usable_by_everyone(new_page, installation, options):
    page = new_page(**options)
    page.clock.install()
    kiosk = Kiosk(page, installation.url).open()
    look_at(page)
    kiosk.register("compati_wrong")
    expect(kiosk.card.get_by_role("alert")).to_be_visible()
    look_at(page)
    kiosk.register(installation.token)
    kiosk.card.locator(".welcome").wait_for()
    language = kiosk.card.get_attribute("lang")
    say = wording(language)
    look_at(page)
    for kind in ("contrast", "larger", "easy_words"):
        kiosk.tap(say[kind])
    look_at(page)
    kiosk.tap(say["contrast"], say["easy_words"], say["larger"], say["start"])
    look_at(page)
    kiosk.tap(say["not_sure"])
    for _ in range(2):
        kiosk.tap(LEVELS[language])
    kiosk.tap(say["back"])
    look_at(page)
    for _ in range(4):
        kiosk.tap(LEVELS[language])
    expect(kiosk.title).to_have_text(say["about_title"])
    look_at(page)
    kiosk.tap(say["contrast"])
    look_at(page)
    kiosk.tap(say["continue"])
    expect(kiosk.title).to_have_text(say["comment_question"])
    look_at(page)
    kiosk.card.get_by_role("textbox").fill(say["harm_words"][0])
    kiosk.tap(say["send"])
    expect(kiosk.title).to_have_text(say["harm_title"])
    look_at(page)
    page.clock.fast_forward(61_000)
    expect(kiosk.card.get_by_role("dialog")).to_be_visible()
    look_at(page)
    kiosk.tap(say["more_time"], say["harm_send"])
    expect(kiosk.outcome).to_have_text(say["sent"])
    look_at(page)


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
