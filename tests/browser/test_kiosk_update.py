"""A new version of the kiosk is taken between visits only, and never in parts."""

import shutil
import threading
import time

import pytest
import uvicorn
from playwright.sync_api import expect
from starlette.applications import Starlette

import survey.kiosk
from survey.intake import intake_routes
from survey.kiosk import FOLDER, kiosk_routes
from survey.store.devices import add_device
from survey.store.responses import iterate_responses
from tests.browser.patient import SENT, Installation, ready
from tests.server_process import free_port

OLD = "How were you treated?"
NEW = "How did we treat you?"
ONE_CACHE = "() => caches.keys().then((names) => names.length === 1)"
COMPLETE = "() => caches.match('/kiosk/complete').then(Boolean)"


class KioskServer:
    """The kiosk's and the intake's own routes, restarted on the same port with whatever the folder now has."""

    def __init__(self, store):
        self.store = store
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        app = Starlette(routes=[*intake_routes(self.store), *kiosk_routes()])
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_level="warning", timeout_graceful_shutdown=1)
        )
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)

    def stop(self):
        self.server.should_exit = True
        self.thread.join()


def until(page, condition):
    """Wait until a promise ends true; Playwright's own waiting takes the promise itself for true."""
    while not page.evaluate(condition):
        page.wait_for_timeout(100)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the kiosk's files that is served instead, to be changed."""
    shutil.copytree(FOLDER, tmp_path / "kiosk")
    monkeypatch.setattr(survey.kiosk, "FOLDER", tmp_path / "kiosk")
    return tmp_path / "kiosk"


@pytest.fixture
def kiosk_server(folder, sqlite_store):
    server = KioskServer(sqlite_store)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def kiosk(page, kiosk_server, sqlite_store):
    with sqlite_store.writing() as connection:
        device, token = add_device(connection, "u-1", "Front desk")
    kiosk = ready(page, Installation(kiosk_server.url, sqlite_store, device.id, token))
    page.wait_for_function("() => navigator.serviceWorker.controller")
    until(page, COMPLETE)
    return kiosk


@pytest.fixture
def release(folder, kiosk_server):
    """A function that restarts the server with a new version."""

    def change():
        kiosk_server.stop()
        wording = folder / "wording" / "en.json"
        wording.write_text(wording.read_text().replace(OLD, NEW))
        kiosk_server.start()

    return change


def test_a_kiosk_that_is_never_reloaded_takes_a_new_version_after_a_visit(page, kiosk, release, sqlite_store):
    kiosk.press("Start", "Clinician 1", "Always")
    release()
    kiosk.press("Never", "Never", "Never", "Never", "Continue", "Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    kiosk.tap("Done")
    expect(kiosk.title).to_have_text(NEW)
    until(page, ONE_CACHE)
    with sqlite_store.reading() as connection:
        [response] = iterate_responses(connection, sqlite_store.catalogue)
    assert response.answers == (4, 1, 1, 1, 1)


def test_a_new_version_that_arrives_in_the_middle_of_a_visit_leaves_it_alone(page, kiosk, release, kiosk_server):
    release()
    held = []
    page.route("**/kiosk/card.css?*", lambda route: held.append(route))
    kiosk.visit().tap("Send my answers", "Done").press("Start", "Clinician 1", "Always")
    while not held:
        page.wait_for_timeout(100)
    held[0].continue_()
    until(page, ONE_CACHE)
    kiosk.tap("Never")
    expect(kiosk.card).to_contain_text("Question 3 of 5")
    page.unroute("**/kiosk/card.css?*")
    kiosk.press("Never", "Never", "Never", "Continue", "Send my answers").tap("Done")
    expect(kiosk.title).to_have_text(NEW)
    kiosk_server.stop()
    page.reload()
    expect(kiosk.title).to_have_text(NEW)
    kiosk_server.start()


def test_a_version_that_did_not_arrive_whole_does_not_count(page, kiosk, release, kiosk_server):
    release()
    aborted = []
    page.route("**/kiosk/card.css?*", lambda route: (route.abort(), aborted.append(route)))
    kiosk.visit().tap("Send my answers", "Done")
    while not aborted:
        page.wait_for_timeout(50)
    page.wait_for_timeout(300)
    expect(kiosk.title).to_have_text(OLD)
    assert len(page.evaluate("caches.keys()")) == 2
    kiosk_server.stop()
    page.reload()
    expect(kiosk.title).to_have_text(OLD)
    kiosk_server.start()
    page.unroute("**/kiosk/card.css?*")
    kiosk.visit().tap("Send my answers", "Done")
    expect(kiosk.title).to_have_text(NEW)
    until(page, ONE_CACHE)
