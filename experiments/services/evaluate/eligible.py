"""Eligibility before the draw: worked out once per phase and unit, frozen, and compared with later facts."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from experiments.domain.experiment import UnitKind
from experiments.services.clock import DAY
from experiments.services.evaluate.edition import Edition, LiveTest
from experiments.services.evaluate.facts import MOST_DAYS, attributes_of, forbidden_by
from experiments.services.ingest.availability import UnavailableError, answering
from experiments.services.publish import OFFER_ALLOWED
from experiments.store import eligibility, private_facts
from experiments.store.eligibility import Count, Frozen
from experiments.store.engines import hurrying
from experiments.store.private_facts import KnownFacts

_log = logging.getLogger(__name__)
#: How long a lock is waited for: an SDK waits for the whole answer 800 ms.
PATIENCE_MS = 500
#: What is counted beside the reasons that keep a unit out.
ELIGIBLE = "eligible"


@dataclass(frozen=True, slots=True)
class Case:
    """One test that a unit may enter or not.

    Args:
        unit: keyed hash of the id the test randomises.
        excluded: why the facts of this moment keep the unit out, "" where they do not.
        drawn: key of the variant it is assigned where it may enter; "" where the draw gives it none of the test's.
    """

    test: LiveTest
    unit: int
    excluded: str
    drawn: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Where it is frozen."""
        return self.test.phase_id, self.unit


def read_facts(connection: Connection, customer: int, edition: Edition, now: int) -> KnownFacts:
    """Everything known of a customer that any test could ask for."""
    since = now - MOST_DAYS * DAY
    recent = {code: phase for code, phase in edition.shown.items() if phase.ended_at is None or phase.ended_at > since}
    by_customer, by_visitor = (
        {code for code, phase in recent.items() if phase.unit is kind} for kind in (UnitKind.CUSTOMER, UnitKind.VISITOR)
    )
    return private_facts.load(
        connection, customer, now, since=since, visitor_phases=by_visitor, customer_phases=by_customer
    )


def excluded_by(edition: Edition, test: LiveTest, facts: KnownFacts, stated: Mapping[str, Any], now: int) -> str:
    """The first rule that keeps a unit out, or the part of the policy; "" where it may enter."""
    known = {**stated, **attributes_of(facts, test, edition, now)}
    for attribute, holds in edition.ruled.experiments[test.key].rules:
        if holds(known.get(attribute)):
            continue
        if attribute == OFFER_ALLOWED:
            return f"policy:{forbidden_by(facts, test, edition, now)}"
        return f"rule:{attribute}"
    return ""


def settle(engine: Engine, found: Mapping[int, Frozen], cases: Collection[Case], now: int) -> dict[int, Frozen]:
    """What is frozen for every case, by phase; what was not is frozen now, once, whoever else asks at this moment.

    A case that could not be written is missing from the answer: without the record nobody may be drawn, because the
    next request could decide otherwise.
    """
    missing = [case for case in cases if case.test.phase_id not in found]
    if not missing:
        return dict(found)
    try:
        with answering(), hurrying(engine, PATIENCE_MS) as connection:
            return {**found, **_freeze(connection, missing, now)}
    except UnavailableError as error:
        _log.warning("Eligibility in %s tests was not frozen: %s", len(missing), error)
        return dict(found)


def _freeze(connection: Connection, cases: Collection[Case], now: int) -> dict[int, Frozen]:
    first = eligibility.freeze(
        connection, [Frozen(*case.place, not case.excluded, case.excluded) for case in cases], now
    )
    new = [case for case in cases if case.test.phase_id in first]
    counts = [Count(case.test.id, case.test.phase, case.excluded or ELIGIBLE) for case in new]
    eligibility.count(connection, counts, eligibility.FROZEN, now)
    entered = [case for case in new if case.drawn and not case.excluded]
    drawn = [Count(case.test.id, case.test.phase, case.drawn) for case in entered]
    eligibility.count(connection, drawn, eligibility.DRAWN, now)
    return eligibility.find(connection, (case.place for case in cases))
