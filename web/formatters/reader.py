"""How one reader wants numbers and dates written: conventions of a locale, and a time zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

MINUS = "\u2212"
NOT_KNOWN = "\u2013"  # an en dash where a number is not known; the reason stands beside it
_THIN_SPACE = "\u202f"
_SPACE = "\u00a0"


@dataclass(frozen=True)
class Conventions:
    """Signs of a locale. `day` is a pattern over {day}, {month} (a short English name) and {year}."""

    decimal: str = "."
    group: str = ","
    percent: str = "%"
    money: str = "{symbol}{amount}"
    day: str = "{day} {month} {year}"
    day_without_year: str = "{day} {month}"


_CONTINENTAL = {"decimal": ",", "group": ".", "percent": f"{_SPACE}%"}
CONVENTIONS: dict[str, Conventions] = {
    "en-GB": Conventions(),
    "en-US": Conventions(day="{month} {day}, {year}", day_without_year="{month} {day}"),
    "de-DE": Conventions(**_CONTINENTAL, money=f"{{amount}}{_SPACE}{{symbol}}"),
    "fr-FR": Conventions(",", _THIN_SPACE, f"{_THIN_SPACE}%", money=f"{{amount}}{_SPACE}{{symbol}}"),
    "nl-NL": Conventions(decimal=",", group=".", money=f"{{symbol}}{_SPACE}{{amount}}"),
}


@dataclass(frozen=True)
class Reader:
    """Who reads. Raises `KeyError` for a locale without conventions, `ZoneInfoNotFoundError` for a bad zone."""

    locale: str = "en-GB"
    time_zone: str = "UTC"
    conventions: Conventions = field(init=False)
    zone: ZoneInfo = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "conventions", CONVENTIONS[self.locale])
        object.__setattr__(self, "zone", ZoneInfo(self.time_zone))


DEFAULT_READER = Reader()
