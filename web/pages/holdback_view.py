"""What a holdback could see, beside the form that decides on it; recomputed as the share is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.domain.errors import DomainError
from experiments.domain.rollout import READ_OUTS, ReadAs
from experiments.services.holdback_preview import preview
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.rolling_words import MEASURES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from experiments.domain.experiment import Experiment


def holdback_view(session: Session, experiment: Experiment, typed: MultiDict[str, str]) -> dict[str, Any]:
    """What `_holdback_preview.html` shows for a share, a last read-out and a way of reading, as typed."""
    form = Form(typed)
    share = form.number("holdback", "Holdback", percent=True)
    last = form.text("last_read_out")
    found, refusal = None, form.errors.get("holdback", "")
    try:
        if share is not None:
            read_as = form.choice("read_as", ReadAs, ReadAs.SPENDING)
            found = preview(session, experiment, share, int(last) if last in map(str, READ_OUTS) else None, read_as)
    except DomainError as error:
        form.refuse(error, {error.field or "": "holdback"})
        refusal = form.errors["holdback"]
    return {"preview": found, "refusal": refusal, "measures": _measures()}


def _measures() -> list[dict[str, Any]]:
    money = f"money:{deployment().settings.currency}"
    return [
        {"key": key, "label": title, "form": money if form == "money" else form, "numeric": True,
         "href": "/docs/roll-out#sees"}
        for key, (title, form) in MEASURES.items()
    ]  # fmt: skip
