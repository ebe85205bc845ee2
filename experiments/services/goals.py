"""Goals: what was agreed about metrics, and what of it holds today."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.agreement import Agreement
from experiments.domain.errors import ConflictError, DomainError
from experiments.domain.metric import Margin, Scale
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.services.fields import Fields, placed
from experiments.services.metrics import metric_by_key
from experiments.store.catalogue import goals
from experiments.store.catalogue.goals import Recorded

AGREEMENT = (
    "metric", "success", "margin", "target", "guardrails", "agreed_by", "agreed_on", "review_on", "reason", "ended",
)  # fmt: skip

__all__ = ["Recorded", "agree", "current", "describe_agreement", "history", "read_agreement"]


def agree(session: Session, actor: Actor, now: int, agreement: Agreement) -> Agreement:
    """Write an agreement down; it takes the place of the one before.

    Raises:
        ForbiddenError: the actor may not agree margins.
        NotFoundError: a metric does not exist.
        DomainError: `no_margin`, a target's guardrail has no agreed margin; `in_use`, the margin that is ended or left
            out stands beside a target; `nothing_to_end`.
    """
    actor.require(Right.AGREE)
    held = current(session)
    for key in (agreement.metric, *agreement.guardrails):
        metric_by_key(session, key)
    _check_guardrails(agreement, held)
    before = held.get(agreement.metric)
    if agreement.ended and before is None:
        message = f"goal.metric == {agreement.metric!r}, has no agreement to end."
        raise ConflictError(message, "goal.metric", code="nothing_to_end")
    goals.add(session, agreement, actor.name, now)
    audit.record(
        session,
        actor,
        now,
        "agree",
        "goal",
        agreement.metric,
        before=describe_agreement(before.agreement) if before else None,
        after=describe_agreement(agreement),
        reason=agreement.reason,
    )
    return agreement


def current(session: Session) -> dict[str, Recorded]:
    """What holds today by metric; ended agreements are not among it."""
    newest: dict[str, Recorded] = {}
    for recorded in goals.all_agreements(session):
        newest.setdefault(recorded.agreement.metric, recorded)
    return {key: recorded for key, recorded in sorted(newest.items()) if not recorded.agreement.ended}


def history(session: Session, metric: str | None = None) -> tuple[Recorded, ...]:
    """Everything that was ever agreed, newest first, of one metric or of all."""
    every = goals.all_agreements(session)
    return every if metric is None else tuple(one for one in every if one.agreement.metric == metric)


def read_agreement(data: Any) -> Agreement:
    """An agreement from its document.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", AGREEMENT)
    with placed("", "goal"):
        return Agreement(
            metric=fields.text("metric"),
            success=fields.text("success", ""),
            margin=_margin(fields.raw("margin")) if fields.has("margin") else None,
            target=fields.maybe_number("target"),
            guardrails=fields.texts("guardrails"),
            agreed_by=fields.text("agreed_by"),
            agreed_on=fields.text("agreed_on"),
            review_on=fields.text("review_on"),
            reason=fields.text("reason"),
            ended=fields.flag("ended", False),
        )


def describe_agreement(agreement: Agreement) -> dict[str, Any]:
    """The document that `read_agreement` reads."""
    margin = agreement.margin
    return {
        "metric": agreement.metric,
        "success": agreement.success,
        "margin": {margin.scale.value: margin.value} if margin else None,
        "target": agreement.target,
        "guardrails": list(agreement.guardrails),
        "agreed_by": agreement.agreed_by,
        "agreed_on": agreement.agreed_on,
        "review_on": agreement.review_on,
        "reason": agreement.reason,
        "ended": agreement.ended,
    }


def _check_guardrails(agreement: Agreement, held: dict[str, Recorded]) -> None:
    for key in agreement.guardrails:
        beside = held.get(key)
        if beside is None or beside.agreement.margin is None:
            message = f"guardrails holds {key!r}, which has no agreed margin; agree one first."
            raise ConflictError(message, "guardrails", code="no_margin")
    if agreement.margin is None:
        guarded = [key for key, other in held.items() if agreement.metric in other.agreement.guardrails]
        if guarded:
            message = (
                f"margin is empty, must be given: {agreement.metric!r} stands beside the target of {guarded[0]!r}."
            )
            raise DomainError("in_use", message, "margin")


def _margin(data: Any) -> Margin:
    fields = Fields(data, "margin", [scale.value for scale in Scale])
    given = [scale for scale in Scale if fields.has(scale.value)]
    if len(given) != 1:
        raise DomainError("bad_margin", "margin must hold one of relative, absolute.", "margin")
    return Margin(given[0], fields.number(given[0].value))
