"""One experiment of a summary file: its variants, metrics and moments in time, checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.decision.inputs import MetricPlan, VariantFacts
from experiments.domain.metric import Direction, Margin, MetricKind, Role
from experiments.domain.variant import MAX_VARIANTS
from experiments.services.summaries.row import SummaryRow
from experiments.services.summaries.stated import refused, stated
from experiments.services.summaries.taken import Taken, check_complete, check_growing, read_taken
from experiments.stats.measure import Measure

#: Name of the one column of every metric's own moments.
COLUMN = "y"
#: What the file calls a unit where it does not say.
UNIT = "unit"


@dataclass(frozen=True, slots=True)
class SummaryExperiment:
    """One experiment.

    Args:
        variants: the control first, then in the order of the file.
        metrics: in the order of the file.
        taken: one entry per moment, oldest first; one entry where the file has no times.
        planned_n: planned units of all variants; None where not stated.
    """

    key: str
    unit: str
    variants: tuple[VariantFacts, ...]
    metrics: tuple[MetricPlan, ...]
    taken: tuple[Taken, ...]
    planned_n: int | None


def assemble(rows: Sequence[SummaryRow], margins: Mapping[str, Margin], split: Sequence[float]) -> SummaryExperiment:
    """The experiment of some rows, which all name it.

    Args:
        margins: by metric, from outside the file.
        split: planned shares, the control first; empty where the file states them or nobody does.

    Raises:
        DomainError: rows are missing, stand there twice or contradict each other; the message names lines.
    """
    key = rows[0].experiment
    variants = _variants(key, rows, split)
    metrics = tuple(dict.fromkeys(row.metric for row in rows))
    taken = read_taken(key, rows)
    check_complete(key, taken, [variant.key for variant in variants], metrics)
    check_growing(taken)
    return SummaryExperiment(
        key=key,
        unit=stated(rows, "unit", lambda facts: facts.unit) or UNIT,
        variants=variants,
        metrics=tuple(_plan(metric, [row for row in rows if row.metric == metric], margins) for metric in metrics),
        taken=taken,
        planned_n=stated(rows, "planned_n", lambda facts: facts.planned_n),
    )


def _variants(key: str, rows: Sequence[SummaryRow], split: Sequence[float]) -> tuple[VariantFacts, ...]:
    by_variant: dict[str, list[SummaryRow]] = {}
    for row in rows:
        by_variant.setdefault(row.variant, []).append(row)
    if not 2 <= len(by_variant) <= MAX_VARIANTS:
        raise refused(rows[0], "variant", f"experiment {key!r} has {len(by_variant)}", f"2 to {MAX_VARIANTS}")
    control = _control(key, by_variant)
    ordered = [control, *(name for name in by_variant if name != control)]
    weights = _weights(key, {name: by_variant[name] for name in ordered}, split)
    return tuple(
        VariantFacts(name, name, weight, control=name == control) for name, weight in zip(ordered, weights, strict=True)
    )


def _control(key: str, by_variant: Mapping[str, Sequence[SummaryRow]]) -> str:
    """The flagged variant, else the first one of the file."""
    flagged = [name for name, rows in by_variant.items() if stated(rows, "control", lambda facts: facts.control)]
    if len(flagged) > 1:
        row = by_variant[flagged[1]][0]
        raise refused(row, "control", f"experiment {key!r} has {len(flagged)}", "at most one control")
    return flagged[0] if flagged else next(iter(by_variant))


def _weights(
    key: str, by_variant: Mapping[str, Sequence[SummaryRow]], split: Sequence[float]
) -> tuple[float | None, ...]:
    said = [stated(rows, "weight", lambda facts: facts.weight) for rows in by_variant.values()]
    given = tuple(weight for weight in said if weight is not None)
    first = next(iter(by_variant.values()))[0]
    if split and given:
        raise refused(first, "weight", f"experiment {key!r} states it", "empty where --split is given")
    if split and len(split) != len(by_variant):
        raise refused(first, "--split", f"{len(split)} shares", f"{len(by_variant)} for experiment {key!r}")
    if given and len(given) < len(said):
        raise refused(first, "weight", f"stated for {len(given)} variants", f"stated for all or none of {key!r}")
    shares = tuple(split) or given
    return tuple(share / sum(shares) for share in shares) if shares else tuple(None for _ in said)


def _plan(metric: str, rows: Sequence[SummaryRow], margins: Mapping[str, Margin]) -> MetricPlan:
    kind = rows[0].kind
    other = next((row for row in rows if row.kind is not kind), None)
    if other is not None:
        raise refused(other, "metric", f"{metric!r} as a {other.kind}", f"a {kind} as in line {rows[0].line}")
    margin = stated(rows, "margin", lambda facts: facts.margin)
    if margin is not None and metric in margins:
        raise refused(rows[0], "margin", f"{metric!r} states it", f"empty where --margin {metric} is given")
    margin = margin or margins.get(metric)
    role = stated(rows, "role", lambda facts: facts.role) or (Role.GUARDRAIL if margin else Role.GOAL)
    if (role is Role.GUARDRAIL) != (margin is not None):
        wanted = "a margin for a guardrail; there is no default" if margin is None else f"no margin for a {role}"
        raise refused(rows[0], "margin", f"{metric!r} as {role}", wanted)
    return MetricPlan(
        key=metric,
        title=metric,
        role=role,
        direction=stated(rows, "direction", lambda facts: facts.direction) or Direction.HIGHER,
        measure=Measure("rate" if kind is MetricKind.RATE else "mean", COLUMN),
        margin=margin,
        protected=stated(rows, "protected", lambda facts: facts.protected) or False,
        planned_effect=stated(rows, "effect", lambda facts: facts.effect),
    )
