"""The server: routes, lifespan and the Streamlit app. `streamlit run streamlit_app.py` finds `app` here."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st

from pages.components.services import Services, provide
from survey.health import health_routes
from survey.instrument import InstrumentError, load_catalogue
from survey.intake import intake_routes
from survey.kiosk import kiosk_routes
from survey.settings import ROOT, SettingsError, load_settings
from survey.store import Store, StoreError


def build_app() -> st.App:
    """The app of this installation; nothing is opened before its lifespan begins."""
    settings = load_settings()
    store = Store(settings.store_url, load_catalogue(installed=settings.installed_wording))

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
        import scipy.stats  # noqa: F401  0.6 s of import that the first dashboard would otherwise wait for

        store.open()
        try:
            yield {}
        finally:
            store.close()

    provide(Services(store, settings))
    return st.App(
        ROOT / "pages" / "main.py",
        routes=[*intake_routes(store), *kiosk_routes(), *health_routes(store, lambda: {"state": "off", "lag_rows": 0})],
        lifespan=lifespan,
        secrets={"auth": settings.auth} if settings.auth else None,
    )


try:
    app = build_app()
except (SettingsError, InstrumentError, StoreError) as error:
    sys.exit(f"Compati cannot start: {error}")
