"""`GET /sdk/netlift.js`, the script that shops put on their pages, and `netlift.debug.js`, which explains itself."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request

bp = Blueprint("sdk", __name__, url_prefix="/sdk")
#: The address carries no hash, so that a shop never has to change its pages; a day-old copy may bridge an outage.
CACHE = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=86400"
HEADERS = {
    "Cache-Control": CACHE,
    "Access-Control-Allow-Origin": "*",  # for pages that state `crossorigin` and `integrity`
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}


@bp.get("/<any('netlift.js', 'netlift.debug.js'):name>")
def script(name: str) -> Response:
    """The browser SDK, packed where the browser takes it."""
    path = Path(str(current_app.static_folder)) / "vendor" / "netlift" / name
    plain, packed = _script(str(path), path.stat().st_mtime_ns)
    is_packed = request.accept_encodings.quality("gzip") > 0
    response = Response(packed if is_packed else plain, content_type="text/javascript; charset=utf-8")
    response.headers.update(HEADERS)
    response.vary.add("Accept-Encoding")
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.add_etag()
    response.make_conditional(request)
    return response


@lru_cache(maxsize=4)
def _script(path: str, _modified: int) -> tuple[bytes, bytes]:  # the time of change is part of the cache key
    plain = Path(path).read_bytes()
    return plain, gzip.compress(plain, compresslevel=9, mtime=0)
