"""The server: routes, lifespan and the Streamlit app. `streamlit run streamlit_app.py` finds `app` here."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from pages.components.services import Services, provide
from survey.health import health_routes
from survey.instrument import InstrumentError, load_catalogue
from survey.intake import AnswersFirst, intake_routes
from survey.kiosk import kiosk_routes
from survey.listener import send_at_once
from survey.settings import ROOT, SettingsError, load_settings
from survey.sheets import Cell, MirrorWorker, connection_of
from survey.store import Store, StoreError
from survey.store.reading import answered_instruments


def build_services() -> Services:
    """This installation's services, prepared but not started; ends the process with one sentence where it cannot be."""
    try:
        settings = load_settings()
        store = Store(settings.store_url, load_catalogue(installed=settings.installed_wording))
        store.prepare()
    except (SettingsError, InstrumentError, StoreError) as error:
        sys.exit(f"Compati cannot start: {error}")
    responses = settings.sheets is None or settings.sheets.content == "responses"
    summary = partial(summarise_units, store, settings.small_group)
    return Services(store, settings, MirrorWorker(store, connection_of(settings), summary=summary, responses=responses))


def summarise_units(store: Store, threshold: int) -> list[list[Cell]]:
    """The lines of the mirror's summary tab, with small groups hidden."""
    from analysis.unit_months import HEADER, list_unit_months

    lines: list[list[Cell]] = [list(HEADER)]
    with store.reading() as connection:
        for key in answered_instruments(connection):
            instrument = store.catalogue.get(*key)
            if instrument is not None:
                lines += list_unit_months(connection, store.cube(connection, instrument), threshold)
    return lines


services = build_services()
provide(services)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the store's writer and the mirror; at the end commit what is queued."""
    # Loaded half by the first table, pandas would end the chart of another session that meets it in an error.
    import pandas as _pandas  # noqa: F401
    import scipy.stats  # noqa: F401  0.6 s of import that the first dashboard would otherwise wait for

    # What is loaded by now stays: a collection that walks through all of it again stops the server for 0.1 s.
    gc.collect()
    gc.freeze()
    await services.store.start_process()
    try:
        send_at_once()
        services.mirror.start()
        yield {}
    finally:
        services.mirror.stop()
        await services.store.stop_process()
        services.store.close()


device_routes = intake_routes(services.store)

# Streamlit looks for this very assignment before it runs the file: it must stay a plain `app = st.App(…)`.
app = st.App(
    ROOT / "pages" / "main.py",
    routes=[
        *device_routes,
        *kiosk_routes(),
        *health_routes(services.store, services.mirror.health),
    ],
    middleware=[Middleware(AnswersFirst, routes=device_routes)],
    lifespan=lifespan,
    secrets={"auth": services.settings.auth} if services.settings.auth else None,
)
