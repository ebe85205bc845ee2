"""Who was kept from an offer, by reason, over every channel and test."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.services.kept_out import ELIGIBLE, words_of
from experiments.store import eligibility
from experiments.store.contact_centre import keeping

_POLICY = "policy:"
#: The parts of a policy in the order of its document.
REASONS = tuple(
    _POLICY + part for part in ("open_issue", "offered_before", "refused_before", "not_qualified", "offer_cap")
)


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One test and how many units the reason kept out of it."""

    key: str
    name: str
    units: int


@dataclass(frozen=True, slots=True)
class PolicyReason:
    """One part of the policy.

    Args:
        units: kept out, each counted once per test at its first question; share: of all that were asked about.
    """

    reason: str
    words: str
    units: int
    share: float
    tests: tuple[PolicyTest, ...]


def policy_counts(session: Session, since: int, until: int) -> tuple[PolicyReason, ...]:
    """Every reason with its tests, of days (UTC) that begin in [since, until) µs; () where nobody was."""
    rows = keeping.kept_out(session.connection(), eligibility.FROZEN, since, until)
    asked = sum(units for _, _, reason, units in rows if reason == ELIGIBLE or reason.startswith(_POLICY))
    if not asked:
        return ()
    found = []
    for reason in REASONS:
        tests = [PolicyTest(key, name, units) for key, name, each, units in rows if each == reason]
        units = sum(test.units for test in tests)
        tests.sort(key=lambda test: (-test.units, test.key))
        found.append(PolicyReason(reason, words_of(reason), units, units / asked, tuple(tests)))
    return tuple(found)
