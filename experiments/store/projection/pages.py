"""`page` → page view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from experiments.store.events import StoredEvent
from experiments.store.projection import names
from experiments.store.projection.body import Body, channel_code
from experiments.store.projection.catalogue import SourceCode
from experiments.store.projection.facts import Fact, Flaw, Reading
from experiments.store.tables import PageViewRow

#: Longer ones would not fit the index of the names.
MAX_PATH = 500


def read(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """One page view with the path as a word."""
    path = path_of(body)
    if path is None:
        yield Flaw("no_path", "properties.path", "properties.path or context.page.path must name the page.")
        return
    row = {
        "seq": event.seq,
        "at": event.occurred_at,
        "received_at": event.received_at,
        "source_id": event.source_id,
        "visitor": event.visitor,
        "customer": event.customer,
        "path": (names.PATH, path),
        "channel": channel_code(body, source),
    }
    yield Fact(PageViewRow, row)


def path_of(body: Body) -> str | None:
    """The path that is stated, in the context, or inside the URL; without query and fragment."""
    page = body.context.get("page")
    stated: list[Any] = [body.properties.get("path"), page.get("path") if isinstance(page, dict) else None]
    for text in stated:
        if isinstance(text, str) and (path := text.strip()):
            return _fitting(path)
    url = body.properties.get("url")
    try:
        path = urlsplit(url).path if isinstance(url, str) else ""
    except ValueError:
        path = ""
    return _fitting(path) if path else None


def _fitting(path: str) -> str:
    return path.replace("\x00", "")[:MAX_PATH]
