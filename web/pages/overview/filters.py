"""What can be chosen in the filter of the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.domain.channel import Channel
from experiments.services.catalogue import all_journeys
from experiments.services.compared import PERIODS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from experiments.services.overview import Figures

Choice = tuple[str, str]
CHANNELS = {Channel.TV: "Smart TV", Channel.EMAIL: "E-mail", Channel.CHAT: "Chat", Channel.STORE: "Store"}


def choices(session: Session, found: Figures) -> dict[str, list[Choice]]:
    """(value, words) per field."""
    return {
        "days": [(str(days), f"{days} days") for days in PERIODS],
        "journey": [
            ("", "All"),
            *((journey.key, journey.name) for journey in all_journeys(session) if not journey.archived),
        ],
        "channel": [("", "All"), *((one.value, CHANNELS.get(one, one.value.capitalize())) for one in Channel)],
        "segment": [("", "Everybody"), *found.segments],
    }
