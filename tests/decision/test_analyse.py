from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.analyse import build_report
from experiments.decision.inputs import MetricPlan
from experiments.decision.quality import Quality
from experiments.decision.words import Action, Verdict
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

GAIN = {"cross": 0.125}


def secondary(plans, *columns):
    return tuple(
        replace(plans["cross-sell"], key=f"s-{column}", role=Role.SECONDARY, planned_effect=None,
                measure=Measure("rate", column))
        for column in columns
    )  # fmt: skip


def test_the_control_comes_first_and_rows_follow_variants_and_plan(build):
    given = build({"a": GAIN, "b": {}})
    given = replace(given, variants=given.variants[1:] + given.variants[:1])
    report = build_report(given)
    assert [variant.key for variant in report.variants] == ["control", "a", "b"]
    assert [(row.variant, row.metric) for row in report.metrics] == [
        ("a", "cross-sell"), ("a", "up-sell"), ("a", "calls"),
        ("b", "cross-sell"), ("b", "up-sell"), ("b", "calls"),
    ]  # fmt: skip


def test_between_looks_no_number_of_any_effect_is_in_the_report(build, look):
    report = build_report(build({"entry": GAIN | {"up": -0.3}}, looks=look(2, is_look=False)))
    assert report.planes == ()
    assert report.decision.provisional
    assert report.decision.action is Action.INCONCLUSIVE
    for row in report.metrics:
        assert row.verdict is Verdict.NOT_SHOWN
        assert (row.control_value, row.variant_value, row.noninferiority) == (None, None, None)
        for effect in (row.absolute, row.relative):
            assert effect.status is Status.NOT_TESTABLE
            assert (effect.point, effect.lo, effect.hi, effect.p, effect.variant) == (None,) * 5
    assert [variant.exposed for variant in report.variants] == [100_000, 100_000]


def test_between_looks_a_broken_split_is_said_at_once(build, look):
    exposed = {"control": 131_900, "entry": 128_004}
    found = build_report(build({"entry": GAIN}, looks=look(2, is_look=False), exposed=exposed)).decision
    assert (found.action, found.provisional) == (Action.INVALID, True)


def test_intervals_at_a_look_are_repeated_intervals(build, look):
    at_look = build_report(build({"entry": GAIN}, looks=look(3))).metrics[0]
    fixed = build_report(build({"entry": GAIN})).metrics[0]
    z = (at_look.absolute.hi - at_look.absolute.point) / at_look.absolute.se
    assert z == pytest.approx(2.6803, abs=2e-4)
    assert at_look.critical == pytest.approx(2.6803, abs=2e-4)
    assert fixed.critical is None
    assert at_look.absolute.level == fixed.absolute.level == pytest.approx(0.95)


def test_several_variants_with_looks_share_alpha_equally(build, look):
    report = build_report(build({"a": GAIN, "b": {}, "c": {}}, looks=look(5)))
    assert {round(row.relative.level, 6) for row in report.metrics} == {round(1 - 0.05 / 3, 6)}


def test_several_variants_without_looks_follow_holm(build):
    report = build_report(build({"a": {"cross": 0.2}, "b": {"cross": 0.13}, "c": {"cross": 0.01}}, n=200_000))
    levels = {row.variant: row.relative.level for row in report.metrics}
    ships = {key for key, action in report.decision.variants.items() if action is Action.SHIP}
    assert ships == {"a", "b"}
    # Both have the same guardrails, which bind, so the first and the second step are theirs in that order.
    assert sorted(levels.values()) == pytest.approx([1 - 0.05, 1 - 0.05 / 2, 1 - 0.05 / 3])
    assert levels["c"] == pytest.approx(0.95)


def test_a_variant_that_only_passes_uncorrected_does_not_ship_beside_others(build):
    alone = build_report(build({"a": {"cross": 0.055}}))
    beside = build_report(build({"a": {"cross": 0.055}, "b": {}, "c": {}}))
    assert alone.decision.action is Action.SHIP
    assert beside.decision.variants["a"] is Action.INCONCLUSIVE


def test_secondary_metrics_are_one_family_over_metrics_and_variants(build, plans):
    metrics = (plans["cross-sell"], *secondary(plans, "up", "calls"))
    lifts = {"a": GAIN | {"up": 0.06, "calls": 0.0001}, "b": GAIN | {"up": 0.0002, "calls": 0.0001}}
    rows = [row for row in build_report(build(lifts, metrics=metrics)).metrics if row.role is Role.SECONDARY]
    best = rows[0]
    assert best.adjusted_p == pytest.approx(4 * best.absolute.p)
    assert best.verdict is Verdict.BETTER
    assert best.relative.level == pytest.approx(1 - 0.05 / 4)
    assert [row.verdict for row in rows[1:]] == [Verdict.NOT_SHOWN] * 3
    assert all(row.relative.level == pytest.approx(1 - 0.05 / 3) for row in rows[1:])


def test_a_secondary_metric_that_got_worse_is_a_step_of_the_family_too(build, plans):
    metrics = (plans["cross-sell"], *secondary(plans, "up", "calls"))
    up, calls = build_report(build({"entry": {"up": 0.048, "calls": -0.2}}, metrics=metrics)).metrics[1:]
    assert calls.verdict is Verdict.WORSE
    assert 0.025 < up.absolute.p < 0.05
    assert up.verdict is Verdict.BETTER


def test_a_secondary_metric_that_only_passes_uncorrected_is_not_shown(build, plans):
    metrics = (plans["cross-sell"], *secondary(plans, "up", "calls"))
    up = build_report(build({"entry": {"up": 0.045}}, metrics=metrics)).metrics[1]
    assert 0.025 < up.absolute.p < 0.05
    assert up.adjusted_p > 0.05
    assert up.verdict is Verdict.NOT_SHOWN
    assert up.relative.lo < 0


def test_at_looks_the_boundary_takes_the_place_of_an_adjusted_p(build, plans, look):
    metrics = (plans["cross-sell"], *secondary(plans, "up"))
    row = build_report(build({"entry": {"up": 0.15}}, metrics=metrics, looks=look(2))).metrics[1]
    assert row.adjusted_p is None
    assert row.verdict is Verdict.BETTER
    assert row.critical == pytest.approx(3.3570, abs=2e-4)


def test_secondary_metrics_never_decide(build, plans):
    harmed = secondary(plans, "up", "calls")
    report = build_report(build({"entry": GAIN | {"up": -0.2}}, metrics=(plans["cross-sell"], *harmed)))
    assert report.metrics[1].verdict is Verdict.WORSE
    assert report.decision.action is Action.SHIP


def test_exploratory_metrics_say_that_they_are_not_corrected(build, plans):
    plan = replace(secondary(plans, "up")[0], role=Role.EXPLORATORY)
    row = build_report(build({"entry": {"up": 0.045}}, metrics=(plans["cross-sell"], plan))).metrics[1]
    assert (row.verdict, row.adjusted_p) == (Verdict.BETTER, None)
    assert row.note == "Exploratory: not corrected for the number of metrics."


@pytest.mark.parametrize(
    ("rates", "verdict", "words"),
    [
        ((0.30, 0.30), Verdict.HOLDS, None),
        ((0.30, 0.32), Verdict.NOT_TESTABLE, "Response rates differ (30.0% in control, 32.0% in the variant)"),
        ((0.30, 0.3065), Verdict.HOLDS, None),
        ((0.30, 0.309), Verdict.NOT_TESTABLE, "Response rates differ (30.0% in control, 30.9% in the variant)"),
        ((0.08, 0.08), Verdict.NOT_TESTABLE, "Too few answer: 8.0% in control, 8.0% in the variant; at least 10%"),
        ((0.104, 0.098), Verdict.NOT_TESTABLE, "Too few answer: 10.4% in control, 9.8% in the variant; at least 10%"),
        ((0.10, 0.10), Verdict.HOLDS, None),
    ],
)
def test_survey_scores_are_heard_from_responders_only(build, plans, rates, verdict, words):
    csat = MetricPlan(
        "csat", "CSAT", Role.GUARDRAIL, Direction.HIGHER, Measure("ratio", "score", "answered"),
        margin=Margin(Scale.RELATIVE, 0.05), response="answered",
    )  # fmt: skip
    moments = {
        key: Moments(
            50_000, ("score", "answered"), [8 * rate, rate],
            np.array([[64 * rate * (1 - rate) + 2 * rate, 8 * rate * (1 - rate)],
                      [8 * rate * (1 - rate), rate * (1 - rate)]]),
        )
        for key, rate in zip(("control", "entry"), rates, strict=True)
    }  # fmt: skip
    report = build_report(replace(build({"entry": {}}), metrics=(csat,), moments=moments))
    row = report.metrics[0]
    assert row.verdict is verdict
    assert (words is None and row.note is None) or row.note.startswith(words)


def test_one_covariate_vector_serves_all_metrics(build, plans):
    columns = ("cross", "up", "before")
    cov = np.diag([0.03, 0.04, 1.0])
    cov[0, 2] = cov[2, 0] = 0.08
    moments = {
        "control": Moments(50_000, columns, [0.03, 0.04, 2.0], cov),
        "entry": Moments(50_000, columns, [0.034, 0.04, 2.0], cov),
    }
    goal = replace(plans["cross-sell"], measure=Measure("mean", "cross", covariates=("before",)))
    guardrail = replace(plans["up-sell"], measure=Measure("mean", "up"))
    given = replace(build({"entry": {}}), metrics=(goal, guardrail), moments=moments)
    report = build_report(given)
    plain = build_report(replace(given, metrics=(replace(goal, measure=Measure("mean", "cross")), guardrail)))
    assert report.metrics[0].absolute.se < 0.95 * plain.metrics[0].absolute.se
    # The plane needs both metrics adjusted alike; it is there although only one metric asked for the covariate.
    assert len(report.planes) == 1


def test_the_split_is_checked_on_exposed_units_and_effects_on_mature_ones(build):
    report = build_report(build({"entry": GAIN}, exposed={"control": 120_000, "entry": 120_400}))
    assert report.split.seen == (120_000, 120_400)
    assert report.split.p == pytest.approx(0.4146, abs=1e-3)
    assert [variant.mature for variant in report.variants] == [100_000, 100_000]


def test_weights_that_are_not_normalised_are_shares_in_the_report(build):
    given = build({"entry": GAIN})
    heavier = tuple(replace(variant, weight=1.0) for variant in given.variants)
    assert build_report(replace(given, variants=heavier)).split.planned == (0.5, 0.5)


def test_who_was_assigned_and_never_arrived_breaks_the_split(build):
    """Exposures are even; of the assigned one variant has 2 % more, whose pages broke before they could log."""
    given = build({"entry": {}}, assigned={"control": 100_000, "entry": 102_000})
    report = build_report(given)
    assert report.split.p > 0.5
    assert (report.split.status, report.split.assigned) == ("broken", (100_000, 102_000))
    assert report.decision.action is Action.INVALID
    assert "Among the units the server assigned: planned 50 / 50, seen 100,000 / 102,000" in report.decision.sentence
    even = build_report(replace(given, assigned={"control": 100_000, "entry": 100_300}))
    assert even.split.status == "ok"
    assert even.split.assigned_p == pytest.approx(0.5028, abs=1e-3)


def test_a_split_too_small_to_check_is_not_testable_and_not_a_fault(build):
    report = build_report(build({"entry": {}}, exposed={"control": 3, "entry": 0}))
    assert (report.split.status, report.split.p, report.split.df) == ("not_testable", None, None)
    assert report.decision.action is not Action.INVALID


def test_segments_are_corrected_for_their_number(build):
    off = {"control": 5_250, "entry": 4_925}  # alone p = 0.0013
    on = {"control": 5_000, "entry": 5_000}
    report = build_report(build({"entry": GAIN}, segments={"a": off, "b": on}))
    assert report.split.status == "ok"
    assert report.split.segments[0].p == pytest.approx(2 * 0.00127, rel=0.02)


def test_a_difference_in_linked_units_is_noted(build):
    quality = Quality(
        notes=("Phone sales up to 12 May.",),
        linked_at_exposure={"control": 0.42, "entry": 0.40},
        linked_at_cut={"control": 0.5, "entry": None},
    )
    report = build_report(build({"entry": GAIN}, quality=quality))
    assert report.quality.notes == (
        "Phone sales up to 12 May.",
        "Linked to a customer at exposure: 40.0% in Entry, 42.0% in Control. "
        "Sales of other channels are not comparable.",
    )


@pytest.mark.parametrize("shares", [(0.42, 0.4135), (1.0, 1.0), (0.0, 0.0)])
def test_what_chance_does_to_linked_units_is_not_noted(build, shares):
    linked = dict(zip(("control", "entry"), shares, strict=True))
    assert build_report(build(quality=Quality(linked_at_exposure=linked))).quality.notes == ()


def test_a_control_of_which_nobody_is_linked_is_noted_too(build):
    report = build_report(build({"entry": GAIN}, quality=Quality(linked_at_cut={"control": 0.0, "entry": 0.1})))
    assert report.quality.notes[0].startswith("Linked to a customer by the end of the data: 10.0% in Entry, 0.0% in")
    nobody = build_report(build({"entry": GAIN}, quality=Quality(linked_at_cut={"control": 0.0, "entry": 0.0})))
    assert nobody.quality.notes == ()


@pytest.mark.parametrize("missing", ["moments", "exposed"])
def test_every_variant_needs_moments_and_counts(build, missing):
    given = build({"entry": GAIN})
    held = {key: value for key, value in getattr(given, missing).items() if key != "entry"}
    with pytest.raises(DomainError, match=f"{missing} has no entry for entry"):
        replace(given, **{missing: held})


def test_exactly_one_control_is_needed(build):
    given = build({"entry": GAIN})
    with pytest.raises(DomainError, match="exactly one control"):
        replace(given, variants=tuple(replace(variant, control=True) for variant in given.variants))


def test_a_published_course_case_does_not_read_as_no_harm(build, plans):
    # Free-trial screener: 17,293 and 17,260 clicks; enrolments fell (wanted), payments must not fall by 0.75 points.
    columns = ("enrolled", "paid")
    moments = {}
    for key, n, enrolled, paid in (("control", 17_293, 3785, 2033), ("entry", 17_260, 3423, 1945)):
        products = [[enrolled, paid], [paid, paid]]
        moments[key] = Moments.from_sums(n, columns, [enrolled, paid], products)
    gross = replace(
        plans["cross-sell"], direction=Direction.LOWER, measure=Measure("rate", "enrolled"), planned_effect=None
    )
    net = replace(plans["up-sell"], measure=Measure("rate", "paid"), margin=Margin(Scale.ABSOLUTE, 0.0075))
    given = replace(build({"entry": {}}), metrics=(gross, net), moments=moments)
    report = build_report(given)
    assert [row.verdict for row in report.metrics] == [Verdict.BETTER, Verdict.NOT_SHOWN]
    assert report.metrics[0].absolute.lo == pytest.approx(-0.0291202, abs=1e-6)
    assert report.metrics[1].absolute.lo == pytest.approx(-0.0116, abs=1e-4)
    assert report.decision.action is Action.INCONCLUSIVE
