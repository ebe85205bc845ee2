"""What a context decides before anything is stored: whether the person agreed, and whether it is a customer at all."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from experiments.services.ingest.consent import check_consent, preferences
from experiments.services.ingest.traffic import MARKS, MAX_AGENT, browser_of, mark_of, marked
from experiments.services.ingest.wire import Consent, Context, Item
from experiments.store.agents import EXPOSURE


def settle(item: Item, category: str, user_agent: str) -> None:
    """Check the consent, and put the mark of bots and of internal traffic in place of what it was read from.

    Raises:
        RefusalError: `no_consent`.
    """
    told: Any = item.context
    if user_agent and item.event == EXPOSURE and item.properties is not None:
        # Pages need not tell what the request tells: how long ids last differs by browser.
        item.properties.setdefault("browser", browser_of(user_agent[:MAX_AGENT]))
    if not isinstance(told, Context):
        check_consent(told, category)
        item.context = marked(told, item.properties, item.traits, user_agent)
        return
    if told.consent is not UNSET:
        stated = msgspec.to_builtins(told.consent)
        check_consent({"consent": stated}, category)
        told.consent = stated if isinstance(stated, bool) else Consent(preferences(stated))
    internal = told.internal is True or _says_internal(item.properties) or _says_internal(item.traits)
    agent = told.user_agent if isinstance(told.user_agent, str) and told.user_agent else user_agent
    mark = mark_of(internal, agent) if internal or agent else None
    told.traffic = mark or (told.traffic if told.traffic in MARKS else UNSET)
    told.user_agent = told.internal = UNSET


def _says_internal(part: dict[str, Any] | None) -> bool:
    return part is not None and part.get("internal") is True
