"""The notice, saying no, what people say about themselves, moments that need somebody, and settings of the unit."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.patient import SENT, Kiosk, ready

KIOSK = "**/api/kiosk"
DECLINES = "**/api/declines/*"


def with_settings(page, **settings):
    """The server's own answer, with settings of the unit."""

    def answer(route):
        told = route.fetch()
        if told.status != 200:
            return route.fulfill(response=told)
        document = told.json()
        document["settings"] = {
            "idle_seconds": 60,
            "keep_partial": False,
            "paused": False,
            "help_line": None,
            "pin": None,
        }
        document["settings"] |= settings
        return route.fulfill(status=200, json=document)

    page.route(KIOSK, answer)


@pytest.fixture
def declines(page):
    """What was declined at a server that takes it, by uuid."""
    taken = {}

    def take(route):
        taken[route.request.url.rsplit("/", 1)[1]] = json.loads(route.request.post_data)
        route.fulfill(status=201, json={"outcome": "stored"})

    page.route(DECLINES, take)
    return taken


def test_one_tap_declines_and_is_counted_once(page, installation, declines):
    kiosk = ready(page, installation).tap("I would rather not answer")
    expect(kiosk.title).to_have_text("That is perfectly fine")
    page.wait_for_timeout(600)
    [(_, told)] = declines.items()
    assert told.pop("at").endswith("Z")
    assert told == {"instrument": "compassion-5", "version": "2019", "language": "en", "mode": "kiosk"}
    assert kiosk.queue() == []
    assert installation.stored() == []
    kiosk.tap("Done")
    expect(kiosk.title).to_have_text("How were you treated?")


def test_a_server_that_takes_no_declines_holds_up_no_visit(page, installation):
    page.route(DECLINES, lambda route: route.fulfill(status=404, json={"error": "There is nothing here."}))
    kiosk = ready(page, installation).tap("I would rather not answer", "Done")
    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    assert [each["kind"] for each in kiosk.queue()] == ["decline"]
    expect(kiosk.counter).to_be_hidden()


def test_a_damaged_entry_is_set_aside_and_stops_nobody(page, installation):
    kiosk = ready(page, installation)
    page.evaluate("import('/kiosk/queue.js').then((queue) => queue.keepVisit('damaged', null))")
    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    assert [(each["id"], each["state"]) for each in kiosk.queue()] == [("damaged", "aside")]


def test_what_people_say_about_themselves_is_stored_and_may_be_left_out(page, installation):
    kiosk = ready(page, installation).press("Start", "Clinician 1", *["Always"] * 5)
    kiosk.card.get_by_label("How old are you?").select_option("75–84")
    kiosk.card.get_by_label("How is your health").select_option("I prefer not to say")
    kiosk.tap("Continue", "Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    [response] = installation.stored()
    assert response.about == {"age_band": "75-84", "self_rated_health": "prefer_not"}


def test_a_comment_that_mentions_harm_shows_how_to_reach_someone_first(page, installation):
    with_settings(page, help_line={"en": "Call 555-0100, day and night."})
    kiosk = ready(page, installation)
    expect(kiosk.card).to_contain_text("Call 555-0100")
    kiosk.visit()
    kiosk.card.get_by_role("textbox").fill("Nobody knew that I wanted to end my life.")
    kiosk.tap("Send my answers")
    expect(kiosk.title).to_have_text("Would you like to talk to someone now?")
    expect(kiosk.card).to_contain_text("Call 555-0100, day and night.")
    assert installation.stored() == []
    kiosk.tap("Back", "Send my answers", "Send my answers now")
    expect(kiosk.outcome).to_have_text(SENT)
    [response] = installation.stored()
    assert response.comment == "Nobody knew that I wanted to end my life."


@pytest.mark.parametrize(("keeps", "answers"), [(True, (1, 4)), (True, ()), (False, (1, 4))])
def test_a_visit_left_half_way_is_kept_only_if_the_notice_says_so(page, installation, keeps, answers):
    page.clock.install()
    with_settings(page, idle_seconds=20, keep_partial=keeps)
    kiosk = ready(page, installation)
    assert ("the answers you have given so far are kept" in kiosk.card.inner_text()) is keeps
    kiosk.press("Start", "Clinician 1", *[{1: "Never", 4: "Always"}[each] for each in answers])
    for _ in range(10):
        page.clock.fast_forward(21_000)
        kiosk.tap("I need more time")
    page.clock.fast_forward(21_000)
    kept = keeps and answers
    expect(kiosk.card.get_by_role("dialog")).to_contain_text("will be kept" if kept else "will be cleared")
    page.clock.run_for(21_000)
    expect(kiosk.title).to_have_text("How were you treated?")
    stored = installation.wait_for_stored(1, seconds=3 if kept else 0.5)
    assert [[int(each) for each in response.answers[:2]] for response in stored] == ([list(answers)] if kept else [])


def test_a_unit_that_pauses_asks_nobody_and_begins_again_by_itself(page, installation):
    page.clock.install()
    with_settings(page, paused=True)
    kiosk = Kiosk(page, installation.url).open().register(installation.token)
    expect(kiosk.title).to_have_text("We are not asking at the moment")
    expect(kiosk.card.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    page.unroute(KIOSK)
    page.clock.fast_forward(181_000)
    expect(kiosk.title).to_have_text("How were you treated?")


def test_questions_keep_the_instruments_language_and_say_so(page, installation):
    kiosk = ready(page, installation).tap("العربية")
    expect(kiosk.card).to_have_attribute("dir", "rtl")
    expect(kiosk.card).to_contain_text("الإنجليزية")
    kiosk.press("ابدأ", "Clinician 1")
    expect(kiosk.title).to_have_attribute("lang", "en")
    expect(kiosk.title).to_have_attribute("dir", "ltr")
    kiosk.press(*["Always"] * 5, "متابعة", "إرسال إجاباتي")
    expect(kiosk.title).to_have_text("شكرًا لك")
    [response] = installation.wait_for_stored(1)
    assert response.language == "en"


def test_easier_reading_lasts_for_one_visit(page, installation):
    kiosk = ready(page, installation).tap("High contrast", "Larger text", "Easy words")
    expect(kiosk.card).to_contain_text("We do not ask your name.")
    kiosk.press("Start", "Clinician 1", *["Always"] * 5, "Continue")
    expect(kiosk.card).to_have_class("compati contrast larger easy_words")
    kiosk.tap("Send my answers", "Done")
    expect(kiosk.title).to_have_text("How were you treated?")
    expect(kiosk.card).to_have_class("compati")
    expect(kiosk.card).not_to_contain_text("We do not ask your name.")


def test_digits_answer_and_arrows_walk(page, installation):
    kiosk = ready(page, installation).tap("Start", "Clinician 1")
    page.wait_for_timeout(450)
    # Where the focus is not among the answers, a digit is not meant for them.
    page.keyboard.press("2")
    expect(kiosk.card.locator("p.progress")).to_have_text("Question 1 of 5")
    for key in ("2", "4"):
        page.keyboard.press("ArrowDown")
        page.keyboard.press(key)
        page.wait_for_timeout(450)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    kiosk.press("Always", "Always", "Continue", "Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    [response] = installation.stored()
    assert response.answers == (2, 4, 2, 4, 4)


def test_reading_aloud_says_the_question_and_falls_silent_on_the_next_screen(page, installation):
    page.add_init_script("""
      globalThis.said = [];
      speechSynthesis.speak = (speech) => said.push([speech.lang, speech.text]);
      speechSynthesis.cancel = () => said.push("silence");""")
    kiosk = ready(page, installation).tap("Start", "Clinician 1", "Read aloud")
    said = page.evaluate("said")
    assert ["en", "Always"] in said
    kiosk.tap("Always")
    assert page.evaluate("said").pop() == "silence"
