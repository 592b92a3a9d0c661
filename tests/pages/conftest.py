"""Pages run by Streamlit's AppTest, through the navigation, as the person who signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.services import Services, provide
from survey.settings import ROOT, Settings
from survey.sheets import MirrorWorker
from survey.store import Store
from tests.samples import response


@pytest.fixture
def open_page(sqlite_store: Store) -> Callable[..., AppTest]:
    """A function that signs a person in and opens the program, or runs one page past the navigation."""
    return pages_of(sqlite_store)


def pages_of(store: Store) -> Callable[..., AppTest]:
    """The same for any store."""
    settings = Settings(auth={"client_id": "tests"})
    provide(Services(store, settings, MirrorWorker(store, None)))

    def run(email: str | None, script: str = "main.py", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / script), default_timeout=60)
        app.user = {"is_logged_in": True, "email": email} if email else {"is_logged_in": False}
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return run


def give(store: Store, count: int, **changes: Any) -> None:
    """Store this many responses; unless `answers` says otherwise, every fifth gives each item less than the best."""
    waiting = []
    for number in range(count):
        answers = {f"q{item}": 4 if number % 5 else 3 for item in range(1, 6)}
        waiting.append(store.submit(response(store.catalogue, **{"answers": answers, **changes}), "{}"))
    # All at once: the writer commits what waits together.
    for each in waiting:
        each.result(timeout=30)


def text_of(app: AppTest) -> str:
    """Everything a page says."""
    return "\n".join(str(element.proto) for element in app.main)


def bytes_of(app: AppTest) -> bytes:
    """Everything a page sends to the browser, the data of charts and tables included."""
    protos = [getattr(element, "proto", None) for element in app.main]
    return b"\n".join(proto.SerializeToString() for proto in protos if proto is not None)
