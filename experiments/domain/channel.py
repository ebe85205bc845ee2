"""Where a contact or a sale takes place."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """The channels of a telecom or bank; which of them count as digital is a setting."""

    WEB = "web"
    APP = "app"
    PHONE = "phone"
    CHAT = "chat"
    EMAIL = "email"
    STORE = "store"
    TV = "tv"
    OTHER = "other"


#: definitions: digital = web and app unless the deployment says otherwise; smart TV is shown apart.
DIGITAL_BY_DEFAULT = frozenset({Channel.WEB, Channel.APP})
