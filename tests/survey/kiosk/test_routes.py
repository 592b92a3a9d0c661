"""What /kiosk/ serves, asked over HTTP."""

import json
import re
import shutil
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import survey.kiosk
from survey.kiosk import FOLDER, kiosk_routes
from survey.respondent import ABOUT

MODULES = sorted(path.name for path in FOLDER.glob("*.js"))
LANGUAGES = sorted(path.stem for path in (FOLDER / "wording").glob("*.json"))


@pytest.fixture
def client():
    return TestClient(Starlette(routes=kiosk_routes()))


@pytest.fixture
def changeable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A copy of the kiosk's files that the routes serve instead."""
    folder = tmp_path / "kiosk"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr(survey.kiosk, "FOLDER", folder)
    return folder


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("", "text/html; charset=utf-8"),
        ("mount.js", "text/javascript; charset=utf-8"),
        ("card.css", "text/css; charset=utf-8"),
        ("wording/es.json", "application/json"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_comes_with_its_type_and_the_headers_that_keep_the_page_to_itself(client, path, content_type):
    answer = client.get(f"/kiosk/{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == content_type
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("path", ["__init__.py", "../settings.py", "..%2fsettings.py", "wording", "nothing.js"])
def test_nothing_else_is_served(client, path):
    assert client.get(f"/kiosk/{path}").status_code == 404


def test_the_page_has_no_inline_script_or_style(client):
    page = client.get("/kiosk/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page)


def test_the_shell_names_every_file_that_the_page_needs(client):
    shell = client.get("/kiosk/shell.json").json()["files"]
    assert {f"wording/{language}.json" for language in LANGUAGES} <= set(shell)
    assert {"./", "page.js", "page.css", "card.css", "icon.svg"} <= set(shell)
    for module in MODULES:
        for imported in re.findall(r'from "\./([^"]+)"', client.get(f"/kiosk/{module}").text):
            assert imported in shell
    assert all(client.get(f"/kiosk/{name}").status_code == 200 for name in shell)


def test_the_version_is_new_exactly_when_a_file_changes(changeable):
    def version():
        client = TestClient(Starlette(routes=kiosk_routes()))
        named = client.get("/kiosk/shell.json").json()["version"]
        assert f'data-version="{named}"' in client.get("/kiosk/").text
        return named

    before = version()
    assert version() == before
    (changeable / "card.css").write_text("")
    assert version() != before


def wording(language):
    return json.loads((FOLDER / "wording" / f"{language}.json").read_text())


def texts(words, place=""):
    """Every text of a wording by its key, those of the easy variant as easy.key."""
    for key, text in words.items():
        if key == "easy":
            yield from texts(text, "easy.")
        elif key != "harm_words":
            yield place + key, text


def test_the_interface_speaks_five_languages():
    assert LANGUAGES == ["ar", "en", "es", "fr", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language):
    """Same keys, same blanks to fill in, nothing empty, nothing left in English, words of harm to look for."""

    def blanks(name):
        return {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in texts(wording(name))}

    assert blanks(language) == blanks("en")
    said = dict(texts(wording(language)))
    assert all(text.strip() for text in said.values())
    if language != "en":
        english = dict(texts(wording("en")))
        assert [key for key, text in said.items() if text == english[key] and len(text) > 12] == []
    words = wording(language)["harm_words"]
    assert len(words) >= 15
    assert all(isinstance(word, str) and word == word.strip().lower() and word for word in words)


def test_every_wording_is_used_and_every_use_has_a_wording():
    keys = set(wording("en")) - {"easy", "harm_words"}
    source = "".join((FOLDER / module).read_text() for module in MODULES)
    source += (FOLDER.parent / "own_phone" / "poster.py").read_text()
    quoted = set(re.findall(r'"([a-z_]+)"', source)) | set(
        re.findall(r"\b(waiting|aside|age_band|self_rated_health|education):", source)
    )
    quoted |= {f"{reason}_note" for reason in ("used", "expired")}
    assert keys - quoted == set()
    said = set(re.findall(r'say\([\w.]+, "(\w+)"', source)) | set(re.findall(r'key: "(\w+)"', source))
    assert said <= keys
    assert set(re.findall(r'showMessage\("(\w+)"', source)) <= keys


def test_the_kiosk_is_small(client):
    shell = client.get("/kiosk/shell.json").json()["files"]
    assert sum(len(client.get(f"/kiosk/{name}").content) for name in shell) < 300_000


def test_what_people_may_say_of_themselves_is_what_the_server_takes():
    source = (FOLDER / "about.js").read_text()
    for field, values in ABOUT.items():
        [listed] = re.findall(rf"{field}: \[(.*?)\]", source)
        assert tuple(json.loads(f"[{listed}]")) == values
