"""Something of every noun, made over the API itself, and where it is found, so that made-up requests meet something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import requests

_MAPPING = {
    "holds": "orders",
    "source": {"key": "store", "name": "Stores"},
    "columns": {"order_id": "order", "timestamp": "day", "user_id": "customer", "product": "sku"},
}
_TV_LARGE = {"name": "TV large", "family": "tv", "tier": 2, "price": 2_000, "margin": 800, "months": 24}
_JOURNEY = {"name": "TV pages", "steps": [{"name": "Entry", "pattern": "/tv/*"}, {"name": "Shop", "pattern": "/shop"}]}
_WEBHOOK = {"url": "https://example.org/hook", "label": "Chat room", "topics": ["alarm"]}
_GOAL = {"metric": "up-sell", "margin": {"relative": 0.05}, "agreed_by": "Board", "agreed_on": "2026-01-01",
         "review_on": "2027-01-01", "reason": "Agreed."}  # fmt: skip
_SHIP = {"choice": "ship", "rollout": {"variant": "personal-entry", "share": 0.5}, "reason": "Made to be asked about."}
#: What is made, in this order; numbers count from 1.
SEEDS: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/products/tv-large", _TV_LARGE),
    ("PUT", "/products/sim", _TV_LARGE | {"name": "SIM"}),
    ("PUT", "/product-aliases/sku-1", {"product": "tv"}),
    ("PUT", "/journeys/tv-pages", _JOURNEY),
    *(("POST", "/goals", _GOAL | {"metric": metric}) for metric in ("up-sell", "margin")),
    ("POST", "/ideas", {"title": "An entry on every page"}),
    ("POST", "/ideas/suggest", {"title": "A shorter form"}),
    ("POST", "/seasons", {"name": "Winter", "starts_on": "2027-12-20", "ends_on": "2028-01-02"}),
    ("POST", "/learnings", {"title": "Names help", "finding": "Entries with a name are opened more often."}),
    ("POST", "/experiments/running/comments", {"text": "Looks well."}),
    ("POST", "/experiments/shipped/decide", _SHIP),
    ("POST", "/webhooks", _WEBHOOK),
    ("POST", "/invitations", {"email": "new@example.org", "role": "viewer"}),
    ("POST", "/keys", {"kind": "server", "label": "Back office"}),
    ("PUT", "/mappings/stores", {"spec": _MAPPING}),
    ("POST", "/imports?holds=orders&name=orders.csv", b"order,day,customer,sku\n1,2026-01-02,c1,tv\n"),
)
_KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/experiments/", ("draft", "running", "stopped", "shipped")),
    ("/journeys/", ("tv-pages",)),
    ("/layers/", ("tv-pages",)),
    ("/products/", ("tv-large",)),
    ("/product-aliases/", ("sku-1",)),
    ("/families/", ("tv",)),
    ("/metrics/", ("cross-sell", "up-sell")),
    ("/goals/", ("up-sell",)),
    ("/ready-metrics/", ("nps",)),
    ("/mappings/", ("stores",)),
    ("/imports/", ("1",)),
)
#: Of users the second: who asks must not lock themselves out.
_NUMBERS = {"/users/": 2, "/tokens/": 2}


def make(url: str, token: str) -> None:
    """Make all of it."""
    for method, path, body in SEEDS:
        given: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        headers = {"Authorization": f"Bearer {token}"}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        answer = requests.request(method, f"{url}/api/v1{path}", headers=headers, timeout=30, **given)
        assert answer.ok, (path, answer.text)


def known_place(operation: str, place: Mapping[str, Any]) -> dict[str, Any]:
    """For half of all made-up addresses one of what there is.

    Args:
        operation: such as "GET /api/v1/experiments/{key}".
        place: parameters of the path as they were made up; they also toss the coin.
    """
    toss = crc32(repr(sorted(place.items())).encode())
    if toss % 2:
        return {}
    found: dict[str, Any] = {}
    for name in place:
        if name == "key":
            keys = next((keys for part, keys in _KEYS if part in operation), ())
            found |= {name: keys[toss // 2 % len(keys)]} if keys else {}
        elif name != "variant":
            found[name] = next((number for part, number in _NUMBERS.items() if part in operation), 1 + toss // 2 % 2)
    if re.search(r"/experiments/{key}/(comments|shares)/", operation):
        found["key"] = "running"
    return found


def known_query(operation: str, query: Mapping[str, Any]) -> dict[str, str]:
    """Parameters of the overview that name what must exist, as it does."""
    known = {"segment": "tv", "journey": "tv-pages"}
    return {name: word for name, word in known.items() if operation.endswith("/overview") and query.get(name)}
