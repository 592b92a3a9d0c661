"""`GET /healthz` for people and load balancers, `GET /metrics` for Prometheus."""

from collections.abc import Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from survey.metrics import (
    MIRROR_LAG_ROWS,
    MIRROR_LAG_SECONDS,
    MIRROR_LAST_SUCCESS,
    MIRROR_REFUSED_ROWS,
    MIRROR_STATE,
    QUEUE_DEPTH,
    REGISTRY,
)
from survey.store import Store, StoreError
from survey.store.reading import tallies_revision
from survey.store.waiting import read_in_thread

MirrorHealth = Callable[[], dict[str, Any]]


def health_routes(store: Store, mirror: MirrorHealth) -> list[BaseRoute]:
    """The two routes; `mirror` tells the mirror's state in plain words, with at least `state` and `lag_rows`."""

    def ask_mirror() -> dict[str, Any]:
        with store.reading() as connection:
            tallies_revision(connection)
        return mirror()

    async def examine() -> tuple[int, dict[str, Any]]:
        try:
            state = await read_in_thread(ask_mirror)
        except StoreError as error:
            return 503, {"status": "down", "store": str(error), "queue": store.queue_depth}
        status = "ok" if state["state"] in ("off", "running", "waiting") else "degraded"
        return 200, {"status": status, "store": "ok", "queue": store.queue_depth, "mirror": state}

    async def healthz(_request: Request) -> JSONResponse:
        status, body = await examine()
        return JSONResponse(body, status, headers={"Cache-Control": "no-store"})

    async def metrics(_request: Request) -> Response:
        QUEUE_DEPTH.set(store.queue_depth)
        _, body = await examine()
        state = body.get("mirror", {})
        MIRROR_LAG_ROWS.set(state.get("lag_rows", 0))
        MIRROR_LAG_SECONDS.set(state.get("lag_seconds", 0))
        MIRROR_REFUSED_ROWS.set(state.get("refused_rows", 0))
        MIRROR_LAST_SUCCESS.set(state.get("last_success") or 0)
        MIRROR_STATE.state(state.get("state", "off"))
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/metrics", metrics)]
