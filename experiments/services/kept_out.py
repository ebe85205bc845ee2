"""Why units were kept out of a test, and how often a fallback was shown: counts that know no variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from experiments.services.clock import to_iso
from experiments.store import eligibility
from experiments.store.eligibility import DayCount

ELIGIBLE = "eligible"
#: Names of one stored count, in the order of a table.
DAY_COLUMNS = ("day", "counted", "phase", "reason", "count")
#: What an SDK counts that is no fallback.
_ENTERED = frozenset({"SPLIT", "HOLDOUT", "HOLDBACK", "ROLLOUT", "KEPT"})
_WORDS = {
    "eligible": "May enter",
    "policy:open_issue": "Serious issue open",
    "policy:offered_before": "Offered the same before",
    "policy:refused_before": "Refused the same before",
    "policy:offer_cap": "Enough offers seen",
    "policy:not_qualified": "Not qualified for the offer",
    "SPLIT": "In the test",
    "ROLLOUT": "Gets the winner",
    "KEPT": "Keeps its variant until its window closes",
    "HOLDOUT": "Held out of the layer",
    "HOLDBACK": "Held back from the winner",
    "AUDIENCE": "Not in the audience",
    "LAYER": "In another test of the layer",
    "NOT_ENROLLED": "Not enrolled",
    "NOT_RUNNING": "Paused or stopped",
    "NO_UNIT": "No id",
    "NO_CONSENT": "No consent",
    "NO_CONFIG": "No config in time",
    "REMOTE": "Private facts not known",
    "UNKNOWN": "Test not in the config",
    "FORCED": "Forced for a check",
    "ERROR": "Error in the SDK",
}


@dataclass(frozen=True)
class Reason:
    """One reason with its count and its share of all that were asked."""

    code: str
    words: str
    times: int
    share: float


@dataclass(frozen=True)
class KeptOut:
    """Counts of one test.

    Args:
        units: of the server, once per unit at its first evaluation; only tests on private facts have them.
        evaluations: of the SDKs, once per evaluation.
        days: the counts as they are stored, by UTC day.
    """

    units: tuple[Reason, ...] = ()
    evaluations: tuple[Reason, ...] = ()
    days: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def empty(self) -> bool:
        """Whether nothing was counted."""
        return not self.units and not self.evaluations

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "units": [_plain(reason) for reason in self.units],
            "evaluations": [_plain(reason) for reason in self.evaluations],
            "days": list(self.days),
        }


def kept_out_of(session: Session, key: str) -> KeptOut:
    """The counts of a test; empty where nothing was counted or there is no such test."""
    rows = eligibility.counts_of(session.connection(), key)
    return KeptOut(_reasons(rows, eligibility.FROZEN), _reasons(rows, eligibility.SDK), tuple(map(_day, rows)))


def words_of(code: str) -> str:
    """A reason in words for people."""
    if code.startswith("rule:"):
        return f"Rule on {code.removeprefix('rule:')}"
    return _WORDS.get(code, code)


def _reasons(rows: Iterable[DayCount], teller: str) -> tuple[Reason, ...]:
    """Those who entered first, then the most frequent."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row.teller == teller:
            counts[row.reason] += row.times
    total = counts.total()
    entered = _ENTERED | {ELIGIBLE}
    order = sorted(counts, key=lambda code: (code not in entered, -counts[code], code))
    return tuple(Reason(code, words_of(code), counts[code], counts[code] / total) for code in order)


def _plain(reason: Reason) -> dict[str, Any]:
    return {"reason": reason.code, "words": reason.words, "count": reason.times, "share": reason.share}


def _day(row: DayCount) -> Mapping[str, Any]:
    counted = "units" if row.teller == eligibility.FROZEN else "evaluations"
    return {
        "day": to_iso(row.day)[:10],
        "counted": counted,
        "phase": row.phase or None,
        "reason": row.reason,
        "count": row.times,
    }
