"""Addresses of static files that carry their content's hash, so a browser may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app, g, url_for

if TYPE_CHECKING:
    from flask import Flask


@lru_cache(maxsize=256)
def _fingerprint(path: str, _modified: int) -> str:  # the time of change is part of the cache key
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def asset_url(filename: str) -> str:
    """Address of a file below `web/static`, with `?v=` and the first 10 hex digits of its SHA-256.

    Raises `FileNotFoundError` where no such file exists, so that a mistyped name fails in the first test.
    """
    # A page asks for the icons' sprite some fifty times; looking at the file once per request is enough.
    known: dict[str, str] = g.setdefault("asset_urls", {})
    if filename not in known:
        path = Path(str(current_app.static_folder)) / filename
        known[filename] = url_for("static", filename=filename, v=_fingerprint(str(path), path.stat().st_mtime_ns))
    return known[filename]


def register(app: Flask) -> None:
    """Make `asset_url` known to every template of `app`."""
    app.add_template_global(asset_url)
