"""The plan of a test as a page shows it: sizes, looks with their dates, margins in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from experiments.domain.schedule import planned_looks
from experiments.services.clock import to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from experiments.decision.metric_result import MetricResult
    from experiments.domain.experiment import Experiment
    from experiments.domain.metric import Metric, MetricUse
    from experiments.services.stored_reports import StoredReports


def total_units(experiment: Experiment) -> int | None:
    """Planned units of all variants, from those of the control and its share."""
    per_control = experiment.plan.units_per_variant
    return round(per_control / experiment.phase.control.weight) if per_control else None


def plan_values(experiment: Experiment, metrics: Mapping[str, Metric], stored: StoredReports) -> dict[str, Any]:
    """Everything the plan's card prints; metrics that an imported test brought along are named as in its report."""
    asked = experiment.plan.sizing.get("asked")
    newest = stored.live or stored.look
    rows = {row.metric: row for row in newest.metrics} if newest else {}
    return {
        "plan": experiment.plan,
        "total": total_units(experiment),
        "binding": _title(experiment.plan.binding, metrics),
        "uses": [_use(use, metrics.get(use.metric), rows.get(use.metric), experiment) for use in experiment.metrics],
        "looks": look_dates(experiment, stored),
        "address": f"/planner?{urlencode(asked)}" if isinstance(asked, dict) and asked else None,
        "currency": experiment.plan.sizing.get("currency"),
    }


def look_dates(experiment: Experiment, stored: StoredReports) -> list[dict[str, Any]]:
    """The planned looks of a launched test, with what became of each."""
    taken = {report.look.number: report for report in stored.looks}
    waiting = [look.number for look in planned_looks(experiment) if look.number not in taken]
    return [
        {
            "number": look.number,
            "fraction": look.fraction,
            "at": to_iso(look.at),
            "taken_at": taken[look.number].computed_at if look.number in taken else None,
            "title": taken[look.number].decision.title if look.number in taken else None,
            "next": waiting[:1] == [look.number] and experiment.stopped_at is None,
        }
        for look in planned_looks(experiment)
    ]


def _use(use: MetricUse, metric: Metric | None, row: MetricResult | None, experiment: Experiment) -> dict[str, Any]:
    lines = experiment.plan.sizing.get("lines", ())
    worth = next((line.get("margin") for line in lines if line.get("key") == use.metric), None)
    defined = metric or row
    line: dict[str, Any] = {
        "key": use.metric,
        "title": metric.name if metric else row.title if row else use.metric,
        "role": use.role.value,
        "direction": defined.direction.value if defined else 1,
        "kind": defined.kind.value if defined else "mean",
        "effect": use.effect,
        "margin": {"scale": use.margin.scale.value, "value": use.margin.value} if use.margin else None,
        "worth": worth,
        "version": use.version,
        "measurable": use.measurable,
    }
    return line


def _title(key: str | None, metrics: Mapping[str, Metric]) -> str | None:
    return metrics[key].name if key is not None and key in metrics else key
