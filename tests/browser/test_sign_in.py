"""Sign-in by a real OpenID provider: the roster decides what the person behind the address may see."""

import warnings

import pytest

from tests.server_process import ServerProcess

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock

PEOPLE = {
    "clinician": {"email": "C1@example.org", "email_verified": True},
    "stranger": {"email": "stranger@example.com", "email_verified": True},
    "impostor": {"email": "lead@example.org", "email_verified": False},
    "lead": {"email": "lead@example.org", "email_verified": True},
}


@pytest.fixture(scope="module")
def provider():
    users = [oidc_provider_mock.User(sub=name, claims=claims) for name, claims in PEOPLE.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def server(tmp_path_factory, provider):
    folder = tmp_path_factory.mktemp("sign_in")
    process = ServerProcess(folder)
    (folder / "secrets.toml").write_text(
        f"""
[auth]
redirect_uri = "{process.url}/oauth2callback"
cookie_secret = "a secret of the tests, 32 letters"
client_id = "compati"
client_secret = "secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    )
    process.prepare()
    process.start()
    yield process
    process.kill()


def sign_in(page, server, name):
    page.goto(server.url)
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[name=sub]").fill(name)
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.wait_for_url(f"{server.url}/**")
    page.get_by_role("heading", level=1).wait_for(timeout=30_000)
    page.wait_for_timeout(1_500)
    return page.inner_text("body")


def test_a_clinician_of_the_roster_sees_their_own_page(server, page):
    text = sign_in(page, server, "clinician")
    assert "Clinician 1" in text
    assert "My feedback" in text
    assert "Compare units" not in text


def test_a_stranger_is_told_to_ask_and_sees_nothing(server, page):
    text = sign_in(page, server, "stranger")
    assert "stranger@example.com, who is not in the roster" in text
    assert "My feedback" not in text
    assert "Look around as" not in text


def test_an_address_that_the_provider_has_not_verified_opens_nothing(server, page):
    assert "Compare units" not in sign_in(page, server, "impostor")


def test_a_lead_who_leaves_is_out(server, page):
    assert "Compare units" in sign_in(page, server, "lead")
    page.get_by_role("button", name="Leave").click()
    page.wait_for_timeout(3_000)
    page.goto(server.url)
    page.get_by_role("button", name="Sign in").wait_for(timeout=30_000)
    page.goto(f"{server.url}/compare_units")
    page.get_by_role("button", name="Sign in").wait_for(timeout=30_000)
    assert "Compare units" not in page.inner_text("body")
