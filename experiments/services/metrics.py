"""Metrics: look them up, and save a definition as a new version."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from difflib import get_close_matches

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.channel import DIGITAL_BY_DEFAULT
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Metric, MetricUse, Role
from experiments.services import audit
from experiments.services.actor import SYSTEM, Actor
from experiments.services.default_metrics import DIGITAL_SHARE, default_metrics
from experiments.services.metric_documents import describe_metric
from experiments.store.catalogue import metrics


def metric_by_key(session: Session, key: str, version: int | None = None) -> Metric:
    """One version of a metric, None = the newest; raises NotFoundError."""
    found = metrics.find(session, key, version)
    if found is None:
        raise NotFoundError("metric", key if version is None else f"{key} version {version}")
    return found


def all_metrics(session: Session) -> tuple[Metric, ...]:
    """The newest version of every metric, by key."""
    return metrics.all_metrics(session)


def metric_versions(session: Session, key: str) -> tuple[Metric, ...]:
    """Every version of a metric, newest first."""
    return metrics.versions(session, key)


def used(session: Session, uses: Iterable[MetricUse]) -> dict[str, Metric]:
    """Metrics by key, each in the version it is used in (None = the newest); what is not known is left out."""
    return metrics.used(session, uses)


def save_metric(session: Session, actor: Actor, now: int, metric: Metric, *, reason: str = "") -> Metric:
    """Add a metric, or the next version of one that changed; launched tests keep the version they began with.

    Returns:
        The newest version, which is the old one where nothing changed.
    """
    actor.require(Right.EDIT)
    last = metrics.find(session, metric.key)
    if last is not None and replace(metric, version=last.version) == last:
        return last
    saved = replace(metric, version=last.version + 1 if last else 1)
    metrics.add(session, saved, now)
    audit.record(
        session,
        actor,
        now,
        "change" if last else "create",
        "metric",
        metric.key,
        before=describe_metric(last) if last else None,
        after=describe_metric(saved),
        reason=reason,
    )
    return saved


def ensure_default_metrics(session: Session, now: int, digital: Collection[str] = DIGITAL_BY_DEFAULT) -> None:
    """Add built-in metrics that are missing; the digital share follows the setting unless somebody redefined it."""
    for metric in default_metrics(digital):
        known = metrics.find(session, metric.key)
        if known is None or (metric.key == DIGITAL_SHARE and _differs_in_channels_only(known, metric)):
            save_metric(session, SYSTEM, now, metric, reason="Built-in metric")


def check_known(session: Session, uses: Iterable[MetricUse], unit: UnitKind) -> None:
    """Raise where a metric is used that does not exist, with the nearest one that does, or that may not decide.

    Means over contacts decide where agents are drawn: who makes contact then does not follow from the variant.
    """
    for position, use in enumerate(uses):
        found = metrics.find(session, use.metric, use.version)
        if found is None:
            raise _unknown(session, use, f"metrics.{position}")
        if found.per_contact and unit is not UnitKind.AGENT and use.role in (Role.GOAL, Role.GUARDRAIL):
            raise _descriptive(use, f"metrics.{position}.role")


def pin(session: Session, uses: Iterable[MetricUse]) -> tuple[MetricUse, ...]:
    """The uses with the version of each definition fixed."""
    return tuple(replace(use, version=metric_by_key(session, use.metric, use.version).version) for use in uses)


def _unknown(session: Session, use: MetricUse, path: str) -> DomainError:
    newest = metrics.find(session, use.metric)
    if newest is not None:
        field = f"{path}.version"
        return DomainError("unknown_choice", f"{field} == {use.version}, must be 1 to {newest.version}.", field)
    near = get_close_matches(use.metric, [metric.key for metric in metrics.all_metrics(session)], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    field = f"{path}.metric"
    return DomainError("unknown_choice", f"{field} == {use.metric!r}, is no metric.{hint}", field)


def _descriptive(use: MetricUse, field: str) -> DomainError:
    return DomainError(
        "bad_role",
        f"{field} == {use.role.value!r}, must be secondary or exploratory: {use.metric} is a mean over contacts, and "
        "the offer itself changes who makes contact. Decide by totals per unit, such as contacts and handle time.",
        field,
    )


def _differs_in_channels_only(known: Metric, wanted: Metric) -> bool:
    channels = wanted.column.event.channels
    event = replace(known.column.event, channels=channels)
    moved = replace(known, column=replace(known.column, event=event), version=wanted.version)
    return known.column.event.channels != channels and moved == wanted
