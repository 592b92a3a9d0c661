"""A patient's visit on a real browser and the real server, in both hosts of the kiosk."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from survey.response import NotAnswered
from tests.browser.patient import HOSTS, KEPT, SENT, Kiosk, ready

# From start to thanks: start, who it was, five questions, past "about you", send.
MOST_TAPS = 9
COMMENT = "A word that nobody else would write: quokka."


@pytest.mark.parametrize("host", HOSTS)
def test_a_visit_is_stored_once_and_takes_few_taps(page, installation, host):
    kiosk = ready(page, installation, host)
    kiosk.tap(
        "Start", "Clinician 1", "Always", "Usually", "Sometimes", "Never", "Always", "Continue", "Send my answers"
    )
    expect(kiosk.title).to_have_text("Thank you")
    assert kiosk.taps <= MOST_TAPS
    expect(kiosk.outcome).to_have_text(SENT)
    [response] = installation.stored()
    assert response.answers == (4, 3, 2, 1, 4)
    assert (response.instrument, response.version, response.language) == ("compassion-5", "2019", "en")
    assert (response.mode, response.respondent, response.clinician_id) == ("kiosk", "patient", "c-1")
    assert (response.unit_id, response.comment) == ("u-1", None)
    assert response.day == datetime.now(UTC).date()
    assert kiosk.queue() == []


def test_every_way_of_not_answering_in_spanish_by_a_relative(page, installation):
    kiosk = ready(page, installation).tap("Español")
    expect(kiosk.card).to_have_attribute("lang", "es")
    kiosk.card.get_by_label("Un familiar o cuidador").check()
    kiosk.tap("Empezar")
    kiosk.tap("No sé quién fue", "Siempre", "Nunca", "Atrás")
    expect(kiosk.card.get_by_role("button", name="Nunca")).to_have_attribute("aria-pressed", "true")
    expect(kiosk.card).to_contain_text("Esta traducción no ha sido validada")
    kiosk.tap("A veces")
    expect(kiosk.card.locator(".stage [aria-pressed=true]")).to_have_count(0)
    kiosk.tap("No corresponde", "Omitir esta pregunta", "Por lo general", "Continuar")
    kiosk.card.get_by_role("textbox").fill(f" {COMMENT}\n")
    kiosk.tap("Atrás", "Atrás", "Por lo general", "Continuar")
    expect(kiosk.card.get_by_role("textbox")).to_have_value(f" {COMMENT}\n")
    kiosk.tap("Enviar mis respuestas")
    expect(kiosk.title).to_have_text("Gracias")
    [response] = installation.wait_for_stored(1)
    assert response.answers == (4, 2, NotAnswered.not_applicable, NotAnswered.skipped, 3)
    assert (response.language, response.respondent, response.clinician_id) == ("es", "proxy", None)
    assert response.comment == COMMENT


def test_the_validated_original_is_not_marked_as_a_translation(page, installation):
    kiosk = ready(page, installation).tap("Start", "Clinician 2")
    expect(kiosk.title).to_contain_text("cares about your emotional")
    expect(kiosk.card).not_to_contain_text("has not been scientifically validated")


def test_back_to_the_welcome_keeps_language_and_respondent(page, installation):
    kiosk = ready(page, installation).tap("Español")
    kiosk.card.get_by_label("Con ayuda del personal").check()
    kiosk.tap("Empezar", "Atrás")
    expect(kiosk.title).to_have_text("¿Cómo le han tratado?")
    expect(kiosk.card.get_by_label("Con ayuda del personal")).to_be_checked()


@pytest.mark.parametrize("host", HOSTS)
def test_a_double_tap_answers_one_question(page, installation, host):
    kiosk = ready(page, installation, host).tap("Start", "Clinician 1")
    expect(kiosk.card.locator("p.progress")).to_have_text("Question 1 of 5")
    kiosk.card.get_by_role("button", name="Never").dblclick()
    page.wait_for_timeout(500)
    expect(kiosk.card.locator("p.progress")).to_have_text("Question 2 of 5")
    kiosk.press(*["Always"] * 4, "Continue")
    page.wait_for_timeout(450)
    kiosk.card.get_by_role("button", name="Send my answers").dblclick()
    expect(kiosk.outcome).to_have_text(SENT)
    page.wait_for_timeout(500)
    expect(kiosk.title).to_have_text("Thank you")
    assert [response.answers for response in installation.stored()] == [(1, 4, 4, 4, 4)]
    assert kiosk.queue() == []


def test_a_visit_with_the_keyboard_alone(page, installation):
    kiosk = ready(page, installation)

    def press(name):
        # The focus begins at each screen's heading; the button must be reachable by Tab from there.
        for _ in range(12):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.textContent.trim()")
            if focused == name:
                return page.keyboard.press("Enter")
        raise AssertionError(f"{name} cannot be reached with Tab.")

    press("Start")
    expect(kiosk.title).to_be_focused()
    press("Clinician 2")
    for _ in range(5):
        expect(kiosk.title).to_be_focused()
        press("Usually")
    press("Continue")
    page.keyboard.press("Tab")
    page.keyboard.type("By keyboard.")
    press("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    press("Done")
    expect(kiosk.title).to_have_text("How were you treated?")
    [response] = installation.stored()
    assert (response.answers, response.comment, response.clinician_id) == ((3,) * 5, "By keyboard.", "c-2")


def test_the_next_patient_is_greeted_by_itself(page, installation):
    page.clock.install()
    kiosk = ready(page, installation).press(
        "Español", "Empezar", "Clinician 1", *["Siempre"] * 5, "Continuar", "Enviar mis respuestas"
    )
    expect(kiosk.title).to_have_text("Gracias")
    page.clock.fast_forward(10_000)
    expect(kiosk.title).to_have_text("How were you treated?")


def test_a_visit_that_was_walked_away_from_is_wiped_after_a_warning(page, installation):
    page.clock.install()
    kiosk = ready(page, installation).visit()
    kiosk.card.get_by_role("textbox").fill(COMMENT)
    page.clock.fast_forward(59_000)
    expect(kiosk.card.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Shift")
    page.clock.fast_forward(59_000)
    expect(kiosk.card.get_by_role("dialog")).to_have_count(0)
    page.clock.fast_forward(2_000)
    expect(kiosk.card.get_by_role("dialog")).to_contain_text("Are you still there?")
    kiosk.tap("I need more time")
    expect(kiosk.card.get_by_role("textbox")).to_have_value(COMMENT)
    page.clock.fast_forward(61_000)
    expect(kiosk.card.get_by_role("dialog")).to_be_visible()
    page.clock.run_for(21_000)
    expect(kiosk.title).to_have_text("How were you treated?")
    expect(kiosk.card).not_to_contain_text("quokka")
    assert installation.stored() == []
    assert kiosk.queue() == []


def test_a_choice_on_the_welcome_is_forgotten_when_its_patient_walks_away(page, installation):
    page.clock.install()
    kiosk = ready(page, installation).tap("Español")
    page.clock.fast_forward(61_000)
    page.clock.run_for(21_000)
    expect(kiosk.title).to_have_text("How were you treated?")


def test_a_tablet_whose_clock_is_days_ahead_sends_the_right_day(page, installation):
    page.clock.install(time=datetime.now(UTC) + timedelta(days=3))
    kiosk = ready(page, installation).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    [response] = installation.stored()
    assert response.day == datetime.now(UTC).date()


def test_a_device_that_was_never_registered_asks_for_its_token(page, installation):
    kiosk = Kiosk(page, installation.url).open()
    expect(kiosk.title).to_have_text("For staff: register this device")
    kiosk.register("compati_wrong")
    expect(kiosk.card.get_by_role("alert")).to_contain_text("This token is not known")
    kiosk.register(installation.token)
    expect(kiosk.title).to_have_text("How were you treated?")
    page.reload()
    expect(kiosk.title).to_have_text("How were you treated?")
    assert KEPT not in kiosk.card.inner_text()
