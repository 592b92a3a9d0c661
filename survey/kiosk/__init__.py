"""The kiosk: what runs in the patient's browser, and the routes that serve it under /kiosk/.

Plain ES modules without a build step. `mount.js` is the one entry; the page here and the Streamlit page both call it.
"""

import hashlib
import json
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

FOLDER: Final = Path(__file__).parent
# The languages of the interface; a test holds them to the wording and to wording.js.
LANGUAGES: Final = {"en": "English", "es": "Español", "fr": "Français", "ar": "العربية", "zh": "中文"}
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_HEADERS: Final = {
    # The browser asks each time whether a file is still the same: a kiosk must never mix two versions.
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def kiosk_routes() -> list[BaseRoute]:
    """The routes under /kiosk/. The files are read once: a running server serves one version of them."""
    files = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _TYPES
    }
    version = hashlib.sha256(b"".join(name.encode() + text for name, text in files.items())).hexdigest()[:12]
    shell = ["./", *(name for name in files if name not in ("index.html", "service_worker.js"))]
    files["shell.json"] = json.dumps({"version": version, "files": shell}).encode()
    files["index.html"] = files["index.html"].replace(b"__VERSION__", version.encode())

    async def serve(request: Request) -> Response:
        name = request.path_params["name"] or "index.html"
        if name not in files:
            raise HTTPException(404)
        return Response(files[name], headers={**_HEADERS, "Content-Type": _TYPES[Path(name).suffix]})

    # `/kiosk` without the slash is Streamlit's page of that name, which must survive a reload.
    return [Route("/kiosk/{name:path}", serve, methods=["GET", "HEAD"])]
