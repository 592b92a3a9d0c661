"""After a visit nothing of it is found on the device or beside the store: not in the page, its memory, storage, caches
and history, not in the server's log, not in Streamlit's session state or on its websocket.
"""

import json
import os
import re
import signal
import time

import pytest
from playwright.sync_api import expect

from tests.browser.patient import HOSTS, SENT, Installation, ready
from tests.server_process import ServerProcess

COMMENT = "A word that nobody else would write: quokka."
# Runs inside the real server, which knows nothing of it: on a signal it writes down what its sessions hold.
PROBE = """
import gc, json, os, signal

def note(*_):
    found = []
    for each in gc.get_objects():
        kind = type(each)
        if kind.__module__.startswith("streamlit.") and kind.__name__ in ("SessionState", "WStates", "ClientState"):
            parts = vars(each) if hasattr(each, "__dict__") else {"": str(each)}
            found.append([kind.__name__, {name: repr(value) for name, value in parts.items()}])
    with open(os.environ["PROBE_FILE"] + ".part", "w") as file:
        json.dump(found, file)
    os.replace(os.environ["PROBE_FILE"] + ".part", os.environ["PROBE_FILE"])

signal.signal(signal.SIGUSR1, note)
"""
EVERYTHING = """async () => {
  const roots = [document];
  for (const root of roots) {
    for (const each of root.querySelectorAll("*")) if (each.shadowRoot) roots.push(each.shadowRoot);
  }
  const fields = roots.flatMap((root) => [...root.querySelectorAll("input, textarea, select")])
    .map((field) => field.value);
  const cached = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) cached.push(request.url, await (await cache.match(request)).text());
  }
  const entries = [];
  for (const { name } of await indexedDB.databases()) {
    const request = indexedDB.open(name);
    const database = await new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store).getAll();
      entries.push(await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); }));
    }
    database.close();
  }
  return JSON.stringify([roots.map((root) => (root.documentElement ?? root).innerHTML ?? ""), fields, cached, entries,
    performance.getEntries().map((entry) => entry.name), RegExp.$_,
    { ...localStorage }, { ...sessionStorage }, history.state, location.href, document.title, document.cookie, name]);
}"""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PRESSED = ".compati .stage [aria-pressed=true]:not([lang])"


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """A server that can be asked what its sessions hold."""
    folder = tmp_path_factory.mktemp("probed")
    (folder / "sitecustomize.py").write_text(PROBE)
    server = ServerProcess(
        folder, PYTHONPATH=str(folder), PROBE_FILE=str(folder / "sessions.json"), STREAMLIT_LOGGER_LEVEL="debug"
    )
    server.prepare()
    server.start()
    yield server
    server.kill()


def memory_of(page):
    """All that the page's scripts hold, once what nobody needs any more is gone."""
    chunks: list[str] = []
    session = page.context.new_cdp_session(page)
    session.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
    session.send("HeapProfiler.collectGarbage")
    session.send("HeapProfiler.takeHeapSnapshot")
    session.detach()
    return "".join(chunks)


def sessions_of(server):
    """Each session state, widget state and client's request in the server's memory, as text."""
    path = server.folder / "sessions.json"
    path.unlink(missing_ok=True)
    os.kill(server.pid, signal.SIGUSR1)
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, "The server did not say what its sessions hold."
        time.sleep(0.05)
    return json.loads(path.read_text())


@pytest.mark.parametrize("host", HOSTS)
def test_after_a_visit_nothing_of_it_is_found(page, probed, host):
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: frames.append(str(data))))
    store = probed.open_store()
    installation = Installation(probed.url, store, probed.device_id, probed.token)
    earlier = len(installation.stored())
    kiosk = ready(page, installation, host)
    steps = page.evaluate("history.length")
    kiosk.visit(*["Never"] * 5, clinician="Clinician 2")
    kiosk.card.get_by_role("textbox").fill(COMMENT)
    assert "quokka" in page.evaluate(EVERYTHING)
    assert "quokka" in memory_of(page)
    kiosk.tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    kiosk.tap("Done")
    expect(kiosk.title).to_have_text("How were you treated?")
    [*_, response] = installation.wait_for_stored(earlier + 1)
    store.close()
    assert (response.comment, response.clinician_id, response.answers) == (COMMENT, "c-2", (1,) * 5)

    traces = ("quokka", str(response.id), response.id.hex)
    everything = page.evaluate(EVERYTHING)
    assert [each for each in traces if each in everything] == []
    memory = memory_of(page)
    assert [each for each in traces if each in memory] == []
    assert page.evaluate("[getSelection().rangeCount, history.length]") == [0, steps]
    assert frames or host == "page"
    assert [frame for frame in frames if "quokka" in frame or "q1" in frame] == []
    page.go_back()
    page.go_forward()
    expect(kiosk.title).to_have_text("How were you treated?", timeout=30_000)
    everything = page.evaluate(EVERYTHING)
    assert [each for each in traces if each in everything] == []
    kiosk.press("Start")
    expect(kiosk.card.locator(PRESSED)).to_have_count(0)

    sessions = sessions_of(probed)
    assert ("SessionState" in str(sessions)) or host == "page"
    held = json.dumps(sessions)
    assert [each for each in (*traces, "c-2", "Clinician 2", "not_reached", "q1") if each in held] == []
    log = probed.log.read_text()
    assert [each for each in (*traces, "Clinician 2", probed.token) if each in log] == []
    # Streamlit's session ids are in the log: one in a hundred has "c-2" in it by chance.
    assert "c-2" not in UUID.sub("", log)


def test_a_visit_that_was_walked_away_from_leaves_nothing_in_memory_and_back_shows_nothing(page, installation):
    page.clock.install()
    kiosk = ready(page, installation).visit(*["Never"] * 5, clinician="Clinician 2")
    kiosk.card.get_by_role("textbox").fill(COMMENT)
    page.clock.fast_forward(61_000)
    page.clock.run_for(21_000)
    expect(kiosk.title).to_have_text("How were you treated?")
    assert "quokka" not in memory_of(page)
    page.go_back()
    page.go_forward()
    expect(kiosk.title).to_have_text("How were you treated?")
    assert "quokka" not in page.evaluate(EVERYTHING)
    kiosk.press("Start")
    expect(kiosk.card.locator(PRESSED)).to_have_count(0)
    assert installation.stored() == []
