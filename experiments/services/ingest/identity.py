"""The shop's signature in an event of a page: checked while the raw id is at hand, kept as yes or no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from experiments.services.ingest.wire import Context, Item

#: Whether the shop signed a customer id: (id as sent, what `context.identity` holds).
Check = Callable[[str, Any], bool]


def take_identity(item: Item, check: Check | None) -> bool | None:
    """The verdict on `context.identity`, which is dropped; None where there is none or nobody has to prove anything."""
    told: Any = item.context
    identity = None
    if isinstance(told, Context):
        identity, told.identity = told.identity, UNSET
    elif isinstance(told, dict):
        identity = told.get("identity")
    return verdict(item.user_id, identity, check)


def verdict(user_id: object, identity: object, check: Check | None) -> bool | None:
    """The same for an item that could not be read as a whole."""
    if check is None or identity is None or identity is UNSET or not isinstance(user_id, str):
        return None
    return check(user_id, identity)
