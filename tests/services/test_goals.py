"""Agreements: added and never changed, by those who may, a target only beside its guardrails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.services import audit, goals
from experiments.services.actor import Actor
from experiments.services.sessions import writing
from tests.scenes import EDITOR, NOW, seed

APPROVER = Actor("abel", UserRole.APPROVER)
GUARD = {"metric": "up-sell", "margin": {"relative": 0.05}, "agreed_by": "Ada and Bo", "agreed_on": "2026-01-15",
         "review_on": "2026-07-15", "reason": "Half of the up-sell team's plan"}  # fmt: skip
TARGET = GUARD | {"metric": "cross-sell", "margin": None, "target": 0.04, "guardrails": ["up-sell"]}


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        seed(session)
        yield session


def agree(session: Session, document: dict[str, Any], now: int = NOW, actor: Actor = APPROVER) -> None:
    goals.agree(session, actor, now, goals.read_agreement(document))


def test_a_later_agreement_takes_the_place_and_both_stay(session: Session) -> None:
    agree(session, GUARD)
    agree(session, GUARD | {"margin": {"absolute": 0.002}, "reason": "Smaller"}, NOW + 1)
    (held,) = goals.current(session).values()
    assert goals.describe_agreement(held.agreement)["margin"] == {"absolute": 0.002}
    assert [(one.agreement.reason, one.who, one.recorded_at) for one in goals.history(session, "up-sell")] == [
        ("Smaller", "abel", NOW + 1), (GUARD["reason"], "abel", NOW),
    ]  # fmt: skip
    newest = audit.history(session, noun="goal", key="up-sell")[0]
    assert (newest.action, newest.reason) == ("agree", "Smaller")
    assert newest.before is not None
    assert newest.before["margin"] == {"relative": 0.05}


def test_a_document_comes_back_as_it_went_in(session: Session) -> None:
    agree(session, GUARD)
    agree(session, TARGET)
    held = goals.describe_agreement(goals.current(session)["cross-sell"].agreement)
    assert held == TARGET | {"success": "", "ended": False}


def test_only_who_may_agrees(session: Session) -> None:
    with pytest.raises(ForbiddenError):
        agree(session, GUARD, actor=EDITOR)
    assert goals.current(session) == {}


def test_a_target_stands_beside_agreed_guardrails_only(session: Session) -> None:
    with pytest.raises(DomainError) as error:
        agree(session, TARGET)
    assert (error.value.code, error.value.field) == ("no_margin", "guardrails")
    agree(session, GUARD)
    agree(session, TARGET)
    ended = GUARD | {"margin": None, "ended": True}
    with pytest.raises(DomainError) as error:
        agree(session, ended)
    assert error.value.code == "in_use"
    agree(session, TARGET | {"target": None, "guardrails": [], "ended": True})
    agree(session, ended)
    assert goals.current(session) == {}
    assert len(goals.history(session)) == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"guardrails": []}, "guardrails"),
        ({"guardrails": ["cross-sell"]}, "guardrails"),
        ({"target": None, "guardrails": []}, "margin"),
        ({"agreed_by": " "}, "agreed_by"),
        ({"reason": ""}, "reason"),
        ({"review_on": "2026-01-15"}, "review_on"),
        ({"review_on": "soon"}, "review_on"),
        ({"agreed_on": "20260115"}, "agreed_on"),
        ({"margin": {"relative": 1.5}}, "margin.value"),
        ({"margin": {"relative": 0.1, "absolute": 1}}, "margin"),
        ({"agent": "Bo"}, "agent"),
    ],
)
def test_what_is_wrong_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as error:
        goals.read_agreement(TARGET | change)
    assert error.value.field == field


def test_unknown_metrics_and_nothing_to_end(session: Session) -> None:
    with pytest.raises(NotFoundError):
        agree(session, GUARD | {"metric": "absent"})
    with pytest.raises(DomainError) as error:
        agree(session, GUARD | {"margin": None, "ended": True})
    assert error.value.code == "nothing_to_end"


def test_a_review_is_overdue_from_the_day_after() -> None:
    agreement = goals.read_agreement(GUARD)
    assert [agreement.overdue(day) for day in ("2026-07-14", "2026-07-15", "2026-07-16")] == [False, False, True]
