"""What people agreed to, as the sender says: kept with the event; where measuring is refused there is no event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.domain.ids import message_id
from experiments.services.ingest.refusal import RefusalError
from experiments.store.quarantine import SetAside

REASON = "no_consent"
MAX_CATEGORIES = 20
MAX_NAME = 60


def check_consent(context: Mapping[str, Any] | None, category: str) -> None:
    """Refuse an item whose sender says that the person did not agree to be measured.

    Raises:
        RefusalError: `no_consent`.
    """
    if not is_allowed(context, category):
        raise RefusalError(REASON, "context.consent", "The person has not agreed to be measured; nothing was kept.")


def is_allowed(context: Any, category: str) -> bool:
    """Whether the person may be measured: nothing said is yes, because the sender asks before it sends.

    `context.consent` is True or False, or Segment's `{"categoryPreferences": {"Analytics": false}}`.
    """
    stated = context.get("consent") if isinstance(context, Mapping) else None
    return stated if isinstance(stated, bool) else preferences(stated).get(category.casefold(), True)


def kept(stated: Any) -> Any:
    """The stated consent as it is stored; None where nothing was said."""
    if isinstance(stated, bool):
        return stated
    return {"categoryPreferences": found} if (found := preferences(stated)) else None


def preferences(stated: Any) -> dict[str, bool]:
    """Categories in small letters, and whether each is allowed."""
    told = stated.get("categoryPreferences") if isinstance(stated, Mapping) else None
    if not isinstance(told, Mapping):
        return {}
    answers = [(str(name)[:MAX_NAME].casefold(), value) for name, value in told.items() if isinstance(value, bool)]
    return dict(answers[:MAX_CATEGORIES])


def counted(source_id: int) -> SetAside:
    """What stays of a refusal: one row per source that counts them, without a body and without any id."""
    message = "The person has not agreed to be measured; only this count is kept."
    return SetAside(message_id(source_id, REASON), source_id, REASON, "context.consent", message, None, None, "{}")
