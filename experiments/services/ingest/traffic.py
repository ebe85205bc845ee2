"""Who is no customer: programs that name themselves in their User-Agent, and people who mark themselves as internal.

Only the mark is stored, never the User-Agent. It is set while the event is taken in, before anybody knows a variant.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from crawleruseragents import is_crawler

BOT = "bot"
INTERNAL = "internal"
MARKS = frozenset({BOT, INTERNAL})
#: Longer ones are cut before they are looked up; browsers stay well below.
MAX_AGENT = 500


def marked(
    context: Mapping[str, Any] | None,
    properties: Mapping[str, Any] | None,
    traits: Mapping[str, Any] | None,
    user_agent: str,
) -> dict[str, Any] | None:
    """The context with the mark in place of what it was read from; None where there was no context and is no mark.

    Args:
        user_agent: of the request, where the request itself comes from the visitor's browser; else "". A sender that
            passes the visitor's own on in `context.userAgent` is believed.
    """
    given = context or {}
    stated = given.get("userAgent")
    agent = stated if isinstance(stated, str) and stated else user_agent
    mark = (
        INTERNAL if _is_internal(given, properties, traits) else BOT if agent and _is_bot(agent[:MAX_AGENT]) else None
    )
    if mark is None:
        return dict(given) if context is not None else None
    return {**given, "traffic": mark}


def mark_of(internal: bool, user_agent: str) -> str | None:
    """The mark; None for an ordinary customer."""
    if internal:
        return INTERNAL
    return BOT if user_agent and _is_bot(user_agent[:MAX_AGENT]) else None


def _is_internal(*parts: Mapping[str, Any] | None) -> bool:
    return any(isinstance(part, Mapping) and part.get("internal") is True for part in parts)


@lru_cache(maxsize=4_096)
def _is_bot(user_agent: str) -> bool:
    """Whether the kept list of crawlers knows it; a browser that somebody drives without a window counts as one."""
    return bool(is_crawler(user_agent))


@lru_cache(maxsize=4_096)
def browser_of(user_agent: str) -> str:
    """The family that decides how long an id lasts; each names those it descends from, so the newest is asked first."""
    return next((family for family in ("Edg", "Firefox", "Chrome", "Safari") if family in user_agent), "other")
