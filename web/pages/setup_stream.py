"""The live list of what arrives, as chosen in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from experiments.domain.environment import Environment
from experiments.services import arrivals
from web.charts.minutes import minute_bars
from web.formatters import current_reader
from web.formatters.numbers import number
from web.formatters.times import clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup
    from sqlalchemy.orm import Session

    from experiments.services.arrivals import Live

STRETCHES = (("5", "5 minutes"), ("15", "15 minutes"), ("60", "1 hour"))
TYPES = (("", "Any"), ("track", "track"), ("page", "page"), ("identify", "identify"))


@dataclass(frozen=True)
class Stream:
    """What templates/pages/_setup_events.html prints.

    Args:
        show: "accepted" or "refused".
        paused: the list stands still until the reader goes on.
        query: the choice as a query string, without `pause`.
        tabs: accepted and refused, each with its count.
    """

    live: Live
    show: str
    paused: bool
    query: str
    picture: Markup
    picture_rows: list[list[str]]
    tabs: tuple[dict[str, Any], ...]
    source_options: tuple[tuple[str, str], ...]
    name_options: tuple[tuple[str, str], ...]

    @property
    def words(self) -> str:
        """What came, as one sentence."""
        return _words(self.live)

    @property
    def filtered(self) -> bool:
        """Whether anything but the stretch of time is chosen."""
        asked = self.live.asked
        return bool(asked.source or asked.type or asked.name or asked.environment)


def stream_of(session: Session, args: Mapping[str, str], now: int) -> Stream:
    """Read the address; a word it does not know is passed over, so that no link leads into an error."""
    asked = arrivals.Asked(
        minutes=_minutes(args.get("minutes")),
        environment=next((each for each in Environment if each.value == args.get("from")), None),
        source=args.get("source", "")[:100],
        type=args.get("type", "") if args.get("type") in dict(TYPES) else "",
        name=args.get("name", "")[:200],
    )
    live = arrivals.live(session, asked, now)
    show = "refused" if args.get("show") == "refused" else "accepted"
    chosen = {"minutes": str(asked.minutes), "source": asked.source, "type": asked.type, "name": asked.name,
              "from": asked.environment.value if asked.environment else "", "show": show}  # fmt: skip
    kept = {name: value for name, value in chosen.items() if value}
    return Stream(
        live=live,
        show=show,
        paused=args.get("pause") == "1",
        query=urlencode(kept),
        picture=minute_bars([(minute.accepted, minute.refused) for minute in live.minutes], _words(live)),
        picture_rows=[
            [clock(minute.at, reader=current_reader())[:5], str(minute.accepted), str(minute.refused)]
            for minute in live.minutes
        ],
        tabs=tuple(
            {"label": label, "href": "/setup?" + urlencode(kept | {"show": key}) + "#events", "active": key == show,
             "count": count}
            for key, label, count in (("accepted", "Accepted", live.accepted), ("refused", "Refused", live.refused))
        ),
        source_options=(("", "Any"), *((each.key, f"{each.name} ({each.environment.value})") for each in live.senders)),
        name_options=(("", "Any"), *((name, name) for name in _names(live))),
    )  # fmt: skip


def _words(live: Live) -> str:
    reader = current_reader()
    accepted, refused = number(live.accepted, reader=reader), number(live.refused, reader=reader)
    most = "" if live.complete else " or more"
    return f"{accepted}{most} accepted and {refused} refused in the last {live.asked.minutes} minutes"


def _minutes(given: str | None) -> int:
    return int(given) if given in dict(STRETCHES) else 15


def _names(live: Live) -> list[str]:
    chosen = [live.asked.name] if live.asked.name and live.asked.name not in live.names else []
    return [*live.names, *chosen]
