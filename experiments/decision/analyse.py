"""From plan, moments and counts to the report."""

from __future__ import annotations

from dataclasses import replace

from experiments.decision.agents import with_agents
from experiments.decision.arms import Rows, arm_rows
from experiments.decision.bar import Bar
from experiments.decision.by_segment.compute import by_segment
from experiments.decision.evidence import Evidence
from experiments.decision.gross_to_net.bars import net_bars
from experiments.decision.gross_to_net.block import GrossToNet
from experiments.decision.gross_to_net.build import gross_to_net, net_values
from experiments.decision.heads import ExperimentHead, VariantHead
from experiments.decision.inputs import AnalysisInput
from experiments.decision.linkage import with_linkage_notes
from experiments.decision.newcomers import with_newcomer_notes
from experiments.decision.others import other_rows
from experiments.decision.plane import Plane
from experiments.decision.planes import arm_planes
from experiments.decision.quality import Quality
from experiments.decision.report import Report
from experiments.decision.row import withheld_row
from experiments.decision.rule import decide
from experiments.decision.splits import check_split
from experiments.decision.traffic import with_traffic_notes
from experiments.decision.waiting import outlook


def build_report(given: AnalysisInput) -> Report:
    """The report of one phase at one moment.

    Between looks only counts and data quality are computed: effects are withheld, no row has a verdict and the
    decision is provisional.

    Raises:
        KeyError: where moments lack a column of a measure.
    """
    given = prepared(given)
    metrics = metric_rows(given)
    block = _gross_to_net(given, metrics)
    evidence = _evidence(given, metrics, block)
    facts = given.experiment
    return Report(
        experiment=evidence.experiment,
        phase=facts.phase,
        source=facts.source,
        computed_at=given.computed_at,
        data_until=given.data_until,
        look=evidence.look,
        level=Bar(given.alpha).level,
        alpha=given.alpha,
        variants=evidence.variants,
        split=evidence.split,
        quality=evidence.quality,
        metrics=metrics,
        planes=_planes(given, metrics),
        decision=decide(evidence),
        gross_to_net=block,
        segments=by_segment(given, metrics),
        outlook=outlook(given, metrics, block),
    )


def prepared(given: AnalysisInput) -> AnalysisInput:
    """The analysis as its rows are computed: one covariate vector, and agents as the few uneven groups they are."""
    return with_agents(with_shared_covariates(given))


def with_shared_covariates(given: AnalysisInput) -> AnalysisInput:
    """The same analysis with one covariate vector for all its metrics.

    Metrics adjusted by different covariates no longer add up, and their joint region has no covariance.
    """
    named = (name for plan in given.metrics for name in plan.measure.covariates)
    shared = tuple(dict.fromkeys(named))
    plans = (replace(plan, measure=replace(plan.measure, covariates=shared)) for plan in given.metrics)
    return replace(given, metrics=tuple(plans))


def metric_rows(given: AnalysisInput) -> Rows:
    """Every metric of every variant with its verdict, ordered by variant, then as planned."""
    if not given.looks.is_look:
        return _withheld(given)
    found = {(row.variant, row.metric): row for rows in arm_rows(given).values() for row in rows}
    found |= other_rows(given)
    return tuple(found[variant.key, plan.key] for variant in given.treatments for plan in given.metrics)


def _withheld(given: AnalysisInput) -> Rows:
    bar = Bar(given.alpha)
    return tuple(withheld_row(plan, variant.key, bar) for variant in given.treatments for plan in given.metrics)


def _gross_to_net(given: AnalysisInput, metrics: Rows) -> GrossToNet | None:
    if given.net_data is None:
        return None
    early_stop = given.looks.sequential and not given.looks.closing
    return gross_to_net(given.net_data, given.control.key, net_bars(given, metrics), early_stop=early_stop)


def _evidence(given: AnalysisInput, metrics: Rows, block: GrossToNet | None) -> Evidence:
    facts = given.experiment
    return Evidence(
        experiment=ExperimentHead(facts.key, facts.title, facts.unit, facts.status),
        variants=_variants(given),
        look=given.looks.head(),
        split=check_split(given),
        quality=_quality(given),
        metrics=metrics,
        goal_rule=given.goal_rule,
        faults=given.faults,
        net={**given.net, **(net_values(block) if block else {})},
        prior=given.prior,
        settled=given.settled,
    )


def _quality(given: AnalysisInput) -> Quality:
    """The quality facts with the notes of every check, each on what the one before has written."""
    for noted in (with_linkage_notes, with_newcomer_notes, with_traffic_notes):
        given = replace(given, quality=noted(given))
    return given.quality


def _variants(given: AnalysisInput) -> tuple[VariantHead, ...]:
    return tuple(
        VariantHead(
            variant.key,
            variant.title,
            variant.control,
            variant.weight,
            given.exposed[variant.key],
            given.moments[variant.key].n,
        )
        for variant in given.ordered
    )


def _planes(given: AnalysisInput, metrics: Rows) -> tuple[Plane, ...]:
    # Between looks the rows carry no numbers, so there is no plane either.
    return tuple(
        plane
        for variant in given.treatments
        for plane in arm_planes(given, variant.key, tuple(row for row in metrics if row.variant == variant.key))
    )
