"""Pages run by Streamlit's AppTest, through the navigation, as the person who signed in."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.services import Services, provide
from survey.settings import ROOT, Settings
from survey.sheets import MirrorWorker
from survey.store import Store
from survey.store.self_ratings import Rater, RaterRole, keep_self_rating
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


def rate_self(
    store: Store,
    people: int,
    *,
    role: RaterRole = "clinician",
    first: str = "c-1",
    levels: tuple[int | None, ...] = (4, 4, 4, 3, 4),
) -> None:
    """Let so many people of program p-1 say, in a month that is over, what they expect."""
    name, number = first.split("-")
    with store.writing() as connection:
        for place in range(people):
            rater = Rater(role, f"{name}-{int(number) + place}", "p-1")
            keep_self_rating(connection, store.catalogue.default, rater, levels, "en", date(2026, 9, 1))


def expect(app: AppTest, **levels: int) -> AppTest:
    """Choose levels by item in the form for what somebody expects, and save."""
    for item, level in levels.items():
        next(each for each in app.get("button_group") if str(each.key).endswith(f"-{item}")).set_value(level)
    return next(each for each in app.button if each.label == "Save what I expect").click().run()


def text_of(app: AppTest) -> str:
    """Everything a page says."""
    return "\n".join(str(element.proto) for element in app.main)


def bytes_of(app: AppTest) -> bytes:
    """Everything a page sends to the browser, the data of charts and tables included."""
    protos = [getattr(element, "proto", None) for element in app.main]
    return b"\n".join(proto.SerializeToString() for proto in protos if proto is not None)
