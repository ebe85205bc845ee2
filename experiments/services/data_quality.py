"""Whether the data behind one test can be trusted: what its report says, what was set aside, how far sources are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from experiments.domain.experiment import Experiment
from experiments.services.clock import to_iso
from experiments.services.insight.offer_conflicts import OfferConflicts, offer_conflicts_of
from experiments.services.kept_out import KeptOut, kept_out_of
from experiments.services.quarantine_words import advice_of
from experiments.services.reconciliation import SourceState, days_of, source_states
from experiments.store import waiting
from experiments.store.catalogue import metrics


@dataclass(frozen=True)
class SetAside:
    """Items of one source and reason that wait in the quarantine and name the test."""

    source: str
    reason: str
    title: str
    items: int
    last_seen: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {name: getattr(self, name) for name in ("source", "reason", "title", "items", "last_seen")}


@dataclass(frozen=True)
class DataQuality:
    """What stands beside the facts of the report.

    Args:
        sources: those a metric of the test accepts, all of them where one accepts any.
        set_aside: waiting items that name the test.
        kept_out: why units were kept out, knowing no variant.
        offer_conflicts: customers who were promised different things.
    """

    sources: tuple[SourceState, ...]
    set_aside: tuple[SetAside, ...]
    kept_out: KeptOut
    offer_conflicts: OfferConflicts

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "sources": [state.to_dict() for state in self.sources],
            "quarantine": [each.to_dict() for each in self.set_aside],
            "kept_out": self.kept_out.to_dict(),
            "offer_conflicts": self.offer_conflicts.to_dict(),
        }


def data_quality(session: Session, experiment: Experiment, now: int, zone: ZoneInfo) -> DataQuality:
    """Read what the worker counted."""
    rows = days_of(session, now, zone)
    wanted = _sources(session, experiment)
    states = source_states(session, rows)
    found = waiting.naming(session.connection(), experiment.key)
    return DataQuality(
        tuple(state for state in states if not wanted or state.source.key in wanted),
        tuple(SetAside(who, why, advice_of(why).title, items, to_iso(last)) for who, why, items, last in found),
        kept_out_of(session, experiment.key),
        offer_conflicts_of(session, experiment.key),
    )


def _sources(session: Session, experiment: Experiment) -> frozenset[str]:
    """Sources of the test's metrics; empty where one of them accepts any."""
    named = [frozenset(metric.sources) for metric in metrics.used(session, experiment.metrics).values()]
    return frozenset().union(*named) if named and all(named) else frozenset()
