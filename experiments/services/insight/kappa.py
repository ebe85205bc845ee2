"""The share of a gap that tests close: what is assumed, kept and changed by people, and what past tests have told."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.insight.opportunities.kappa import LEAST_TESTS, Closed, Kappa, learnt
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.services.learn.past import past_tests
from experiments.store.catalogue import deployment_settings
from experiments.store.insight import gaps

NAME = "kappa"
#: The goal that gaps are measured in.
GOAL = "cross-sell"
NOUN = "setting"


def assumed(session: Session) -> Kappa:
    """What people assume; 10 % in 0 to 30 % until somebody says otherwise."""
    found = deployment_settings.value(session, NAME)
    return Kappa() if found is None else Kappa(found["value"], found["low"], found["high"])


def assume(session: Session, actor: Actor, now: int, kappa: Kappa, *, reason: str = "") -> Kappa:
    """Change what is assumed; for those who may agree on goals, and written down.

    Raises:
        ForbiddenError: the actor may not.
        DomainError: it is not an assumption.
    """
    actor.require(Right.AGREE)
    if kappa.source != "assumption":
        raise DomainError("bad_choice", f"kappa.source == {kappa.source!r}, must be an assumption.", "kappa")
    before = assumed(session)
    if kappa == before:
        return before
    deployment_settings.put(session, NAME, _document(kappa))
    audit.record(
        session, actor, now, "change", NOUN, NAME, before=_document(before), after=_document(kappa), reason=reason
    )
    return kappa


def kappa_of(session: Session, now: int) -> Kappa:
    """What counts today: past tests of opportunities from ten on, before them what is assumed."""
    planned = gaps.all_of(session)
    if len(planned) < LEAST_TESTS:
        return assumed(session)
    tests = past_tests(session, now).tests
    found = [
        Closed(test.gain / planned[test.key], test.se / planned[test.key])
        for test in tests
        if test.key in planned and test.goal == GOAL
    ]
    return learnt(found) or assumed(session)


def describe(session: Session, now: int) -> dict[str, Any]:
    """JSON-ready: what is assumed, what counts, and where that comes from."""
    used = kappa_of(session, now)
    return {"assumed": _document(assumed(session)), "used": asdict(used) | {"words": used.words}}


def _document(kappa: Kappa) -> dict[str, float]:
    return {"value": kappa.value, "low": kappa.low, "high": kappa.high}
