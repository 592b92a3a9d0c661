"""The device's storage removed, full or damaged: staff are told, and the visit in hand works and is sent."""

import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import FLAGS
from tests.browser.patient import KEPT, SENT, Kiosk, ready

RESPONSES = "**/api/responses/*"
NOT_WORKING = "Staff: This device's storage does not work."
NONE = "Object.defineProperty(globalThis, 'indexedDB', { value: undefined });"
FAILING = "indexedDB.open = () => { throw new DOMException('The disk is broken.', 'UnknownError'); };"
CLEARED = """() => new Promise((resolve, reject) => {
  const request = indexedDB.deleteDatabase("compati");
  request.onsuccess = resolve;
  request.onerror = reject;
})"""
# The database is there, its store is not.
EMPTIED = f"""async () => {{
  await ({CLEARED})();
  const request = indexedDB.open("compati", 1);
  await new Promise((resolve) => {{ request.onsuccess = resolve; }});
  request.result.close();
}}"""
UNREADABLE = """() => {
  const { get } = IDBObjectStore.prototype;
  const broken = () => { throw new DOMException("Internal error.", "UnknownError"); };
  IDBObjectStore.prototype.getAll = broken;
  IDBObjectStore.prototype.get = function (key) { return key.startsWith("bad") ? broken() : get.call(this, key); };
}"""


def limit_storage(page, url, quota):
    """A real limit of the browser's, in bytes: what is over it fails with QuotaExceededError."""
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", {"origin": url, "quotaSize": quota})


@pytest.mark.parametrize(("host", "fault"), [("page", NONE), ("streamlit", FAILING)], ids=["none", "failing"])
def test_without_storage_staff_are_told_and_the_visit_is_sent(page, installation, host, fault):
    page.add_init_script(fault)
    kiosk = ready(page, installation, host).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    expect(kiosk.counter).to_contain_text(NOT_WORKING)
    kiosk.tap("Done", "Español")
    expect(kiosk.counter).to_contain_text("El almacenamiento de este dispositivo no funciona")
    assert len(installation.stored()) == 1


def test_a_full_disk_is_told_to_staff_and_forgotten_once_there_is_room(page, installation):
    kiosk = ready(page, installation)
    limit_storage(page, installation.url, 1)
    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    expect(kiosk.counter).to_contain_text(NOT_WORKING)
    assert len(installation.stored()) == 1
    limit_storage(page, installation.url, 10**9)
    kiosk.tap("Done").visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    expect(kiosk.counter).to_be_hidden()
    assert len(installation.stored()) == 2


@pytest.mark.parametrize(("host", "damage"), [("page", CLEARED), ("streamlit", EMPTIED)], ids=["removed", "emptied"])
def test_a_visit_on_a_disk_that_is_cleared_is_sent_all_the_same(page, installation, host, damage):
    page.route(RESPONSES, lambda route: route.abort())
    kiosk = ready(page, installation, host).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    page.evaluate(damage)
    page.unroute(RESPONSES)
    kiosk.send_now()
    expect(kiosk.outcome).to_have_text(SENT)
    assert len(installation.stored()) == 1
    assert kiosk.queue() == []
    kiosk.tap("Done")
    page.evaluate(damage)
    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    assert len(installation.stored()) == 2


def test_an_entry_that_the_disk_gives_back_no_more_holds_up_no_other(page, installation):
    page.route(RESPONSES, lambda route: route.abort())
    kiosk = ready(page, installation).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    page.evaluate("() => import('/kiosk/queue.js').then((queue) => queue.keepVisit('bad', {}))")
    page.unroute(RESPONSES)
    page.add_init_script(f"({UNREADABLE})()")
    page.reload()
    expect(kiosk.counter).to_have_text("1 set aside for staff")
    assert len(installation.wait_for_stored(1)) == 1


def test_files_damaged_on_the_disk_do_not_stop_the_kiosk(browser, installation, tmp_path):
    """The browser's own files, overwritten while it was closed, as after a power cut on a cheap tablet."""

    @contextmanager
    def tablet():
        executable = shutil.which("chromium")
        context = browser.browser_type.launch_persistent_context(tmp_path, executable_path=executable, args=FLAGS)
        yield context.pages[0]
        context.close()

    with tablet() as page:
        page.route(RESPONSES, lambda route: route.abort())
        kiosk = ready(page, installation).visit().tap("Send my answers")
        expect(kiosk.outcome).to_have_text(KEPT)
    files = [path for path in tmp_path.glob("Default/IndexedDB/*.leveldb/*") if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(b"damaged " * 64)

    with tablet() as page:
        kiosk = Kiosk(page, installation.url).open()
        expect(kiosk.title).to_have_text("How were you treated?")
        kiosk.visit(*["Never"] * 5).tap("Send my answers")
        expect(kiosk.outcome).to_have_text(SENT, timeout=15_000)
        # The first one may have got out while its browser was closed.
        assert [each.answers[0] for each in installation.stored()][-1] == 1
