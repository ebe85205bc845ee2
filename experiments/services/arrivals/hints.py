"""What looks wrong in what arrives, said in a sentence with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from experiments.domain.environment import Environment
from experiments.domain.source import SourceKind
from experiments.services.arrivals.gathered import Gathered
from experiments.services.arrivals.places import Place, Reading
from experiments.services.clock import MINUTE

#: A clock that is further off than this is worth a word; times are corrected either way.
SKEW = 2 * MINUTE
#: Fewer events or exposures than this are a developer trying things.
A_FEW = 20
#: Share of the exposed who see the change, below which reading the variant there pays.
RARELY = 0.5


@dataclass(frozen=True)
class Hint:
    """One thing to look at.

    Args:
        key: what kind of hint it is; the same for ever.
        tone: "warn" where numbers suffer, "neutral" where something is missing that one may not need.
        href: where more about it stands, empty where it is mended in the shop's own code; `link` names that place.
    """

    key: str
    tone: Literal["warn", "neutral"]
    title: str
    text: str
    href: str = ""
    link: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)


def hints_of(facts: Gathered) -> tuple[Hint, ...]:
    """Everything worth a word, what harms numbers first."""
    found = [
        *_refused_alike(facts),
        *(hint for reading in facts.readings for hint in _too_early(reading)),
        *_clocks(facts),
        *_unknown_products(facts),
        *_only_tests(facts),
        *_no_page_views(facts),
        *_no_back_office(facts),
    ]
    return tuple(sorted(found, key=lambda hint: hint.tone != "warn"))


def _refused_alike(facts: Gathered) -> Iterator[Hint]:
    """A source of which nothing is accepted, for one reason."""
    by_source: dict[int, dict[str, int]] = {}
    for (source, reason), count in facts.refused.items():
        by_source.setdefault(source, {})[reason] = count
    for source, reasons in by_source.items():
        taken = sum(count for (its, _, _), count in facts.accepted.items() if its == source)
        if taken or len(reasons) != 1 or source not in facts.senders:
            continue
        ((reason, count),) = reasons.items()
        name = facts.senders[source].name
        yield Hint(
            "all_refused",
            "warn",
            f"Nothing of “{name}” is accepted",
            f"All {count} items of the last hour were refused for one reason: {reason}. The list of refused items "
            "names the field and the bound.",
            "/setup?show=refused#events",
            "See what was refused",
        )


def _too_early(reading: Reading) -> Iterator[Hint]:
    """Exposure before the change can be seen: those who never see it are compared with each other."""
    if not reading.everywhere:
        return
    read = f"The variant of “{reading.name}” is read on {_percent(reading.share)} of the visits"
    place, href = reading.place, f"/experiments/{reading.experiment}"
    if place is not None:
        factor = reading.dilution(place)
        if factor is None or reading.seen_share(place) >= RARELY:
            return
        seen = f"but {place.path} is seen by {_percent(reading.seen_share(place))}"
        told = "" if reading.stated else f" (the change is on {place.path}, judging by the words of the test)"
        text = (
            f"Variant read on {_percent(reading.share)} of the visits {seen}{told}: exposure too early, the effect is "
            f"diluted {_times(factor)} times. Read the variant where it is shown, not on every page."
        )
        yield Hint("too_early", "warn", f"“{reading.name}” is exposed too early", text, href, "Open the test")
        return
    rare = [part for part in reading.places if 0 < reading.seen_share(part) < RARELY]
    if rare:
        parts = "; ".join(_if_there(reading, part) for part in rare[:3])
        text = f"{read}. That is right only where the change is on every page. Where it is on one part: {parts}."
        yield Hint("read_everywhere", "warn", f"“{reading.name}” is read on every page", text, href, "Open the test")


def _clocks(facts: Gathered) -> Iterator[Hint]:
    for source, skew in facts.skews.items():
        if abs(skew) < SKEW or source not in facts.senders:
            continue
        way = "ahead of" if skew > 0 else "behind"
        minutes = round(abs(skew) / MINUTE)
        yield Hint(
            "clock",
            "neutral",
            f"The clock of “{facts.senders[source].name}” is wrong",
            f"It runs {minutes} minutes {way} ours. Times are corrected by sentAt, so nothing is lost; events without "
            "sentAt could not be.",
        )


def _unknown_products(facts: Gathered) -> Iterator[Hint]:
    if facts.unknown_products:
        number = facts.unknown_products
        yield Hint(
            "unknown_products",
            "warn",
            "Products that are not in the catalogue",
            f"{number} {'line' if number == 1 else 'lines'} of the last day: nobody knows the product. They are not "
            "counted while it is missing in the catalogue.",
            "/data/quarantine",
            "See the quarantine",
        )


def _only_tests(facts: Gathered) -> Iterator[Hint]:
    used = {facts.senders[source].environment for source, _, _ in facts.accepted if source in facts.senders}
    if used == {Environment.TEST} and facts.events() >= A_FEW:
        yield Hint(
            "only_tests",
            "warn",
            "Only keys of the test environment send",
            "What they send is never analysed. Use a production key in the shop.",
            "/keys",
            "See the keys",
        )


def _no_page_views(facts: Gathered) -> Iterator[Hint]:
    if facts.exposures >= A_FEW and not facts.events(call="page"):
        yield Hint(
            "no_pages",
            "neutral",
            "Exposures, but no page views",
            "Without page views nobody can tell whether a variant is read where it is seen, nor find opportunities. "
            "Call page() on every page.",
        )


def _no_back_office(facts: Gathered) -> Iterator[Hint]:
    if SourceKind.CLIENT in facts.selling and not facts.selling & {SourceKind.SERVER, SourceKind.IMPORT}:
        yield Hint(
            "no_back_office",
            "neutral",
            "All sales come from browsers",
            "A browser misses sales by phone and in the store, and anybody can send in its name. Send orders from the "
            "back office with a server key; the same order from both counts once.",
            "/setup?with=curl#snippets",
            "See how to send a sale",
        )


def _if_there(reading: Reading, part: Place) -> str:
    times = _times(reading.exposed / part.seen)
    return f"{part.path} is seen by {_percent(reading.seen_share(part))}, so the effect is diluted {times} times"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.01 or share == 0 else "under 1%"


def _times(factor: float) -> str:
    return f"{factor:.0f}" if factor >= 3 else f"{factor:.1f}"
