"""What the pages of the area Admin share: their tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from experiments.domain.access import Right

if TYPE_CHECKING:
    from experiments.services.actor import Actor

#: (address, label, right that opens it)
AREA = (
    ("/admin/users", "Users", Right.MANAGE_USERS),
    ("/admin/audit", "Audit log", Right.READ_AUDIT),
    ("/admin/messages", "Messages", Right.MAKE_KEYS),
    ("/admin/worker", "Worker", Right.MANAGE_SETTINGS),
    ("/admin/settings", "Settings", Right.MANAGE_SETTINGS),
)


def admin_tabs(actor: Actor) -> list[dict[str, Any]]:
    """The tabs the person may open, the current one marked."""
    return [
        {"href": href, "label": label, "active": request.path.startswith(href)}
        for href, label, right in AREA
        if actor.may(right)
    ]
