"""Nobody gets at a page that is not theirs, on a server that was started a moment ago."""

import pytest

STAFF_PAGES = ["my_feedback", "compare_units", "overview", "devices", "asking", "google_sheet", "comments"]
LINKS = {
    "my_feedback": "My feedback",
    "compare_units": "Compare units",
    "overview": "Overview",
    "devices": "Tablets, posters and links",
    "asking": "How units ask",
    "google_sheet": "Google Sheet",
    "comments": "Comments",
}
# What Streamlit would make of the scripts' paths if it served a folder of pages by itself.
OTHER_PATHS = [
    "main",
    "clinician/my_feedback",
    "program/compare_units",
    "setup/overview",
    "setup/devices",
    "moderator/comments",
    "viewer",
    "services",
]
SECRET = ["Cardiology", "Score, 0 to 100", "Front desk", "Responses waiting"]


def settle(page, url):
    page.goto(url)
    page.wait_for_selector("[data-testid=stMain] h1, [data-testid=stMain] h2, [data-testid=stAlert]", timeout=30_000)
    page.wait_for_timeout(700)
    return page.inner_text("body")


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_a_cold_server_shows_a_stranger_no_staff_page(server, page, path):
    text = settle(page, f"{server.url}/{path}")
    assert not any(secret in text for secret in SECRET)


@pytest.mark.parametrize("path", OTHER_PATHS)
def test_a_cold_server_has_no_page_for_each_script(server, page, path):
    page.goto(f"{server.url}/{path}", wait_until="networkidle")
    page.wait_for_timeout(2_000)
    assert not any(secret in page.inner_text("body") for secret in SECRET)


def test_without_sign_in_it_says_what_to_configure(server, page):
    text = settle(page, server.url)
    assert "Nobody can sign in here yet" in text
    assert "[auth]" in text
    assert "Look around as" not in text


def be(page, url, persona):
    settle(page, url)
    page.get_by_role("combobox", name="Persona of the demo").click()
    page.keyboard.type(persona)
    page.get_by_role("option", name=persona).first.click()
    page.get_by_role("button", name="Be this persona").click()
    page.get_by_test_id("stSidebarUserContent").get_by_text("Signed in as").wait_for()


@pytest.mark.parametrize(
    ("persona", "own", "title"),
    [
        ("Clinician · Clinician 03", {"my_feedback"}, "My feedback"),
        ("Lead · Lead of Community", {"compare_units"}, "Compare units"),
        ("Administrator · Administrator", {"overview", "devices", "asking", "google_sheet"}, "Set-up"),
        ("Moderator · Moderator", {"comments"}, "Comments"),
    ],
)
def test_each_role_has_its_own_pages_and_no_others(demo, page, persona, own, title):
    be(page, demo.url, persona)
    page.get_by_role("heading", name=title, exact=True).wait_for()
    assert "Synthetic demo data" in page.inner_text("body")
    links = page.locator("[data-testid=stSidebarNav]").inner_text()
    for other in STAFF_PAGES:
        assert (LINKS[other] in links) == (other in own)


def test_a_real_store_has_no_personas_even_for_one_who_says_so(server, page):
    text = settle(page, f"{server.url}/?demo_persona=admin@example.org")
    assert "Signed in as" not in text


def test_a_reload_of_the_kiosk_in_streamlit_stays_there(server, page):
    settle(page, server.url)
    page.get_by_role("link", name="Kiosk").click()
    page.get_by_role("heading", name="For staff: register this device").wait_for()
    page.reload()
    page.get_by_role("heading", name="For staff: register this device").wait_for()
    assert page.locator("[data-testid=stSidebarNav]").count() == 1
