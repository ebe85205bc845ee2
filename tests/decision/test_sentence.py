"""The banner of every action, word for word; each quotes the numbers that decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.decision.analyse import build_report
from experiments.decision.net import NetValue
from experiments.decision.quality import Quality
from experiments.domain.metric import Margin, Scale
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

GAIN = {"cross": 0.125}


def banner(given):
    decision = build_report(given).decision
    return decision.title, decision.sentence


def test_ship(build):
    assert banner(build({"entry": GAIN | {"up": -0.003, "calls": -0.01}})) == (
        "Ship it: cross-sell orders rose, both guardrails held",
        "Ship: cross-sell orders +12.5% (7.3 to 17.9); up-sell orders can have lost at most 4.4% (limit 5%); "
        "calls within 7 days can have risen at most 2.5% (limit 5%).",
    )


def test_ship_with_one_guardrail_that_rose(build, plans):
    given = build({"entry": GAIN | {"up": 0.08}}, metrics=(plans["cross-sell"], plans["up-sell"]))
    assert banner(given) == (
        "Ship it: cross-sell orders rose, up-sell orders held",
        "Ship: cross-sell orders +12.5% (7.3 to 17.9); up-sell orders rose at least 3.7%.",
    )


def test_ship_with_a_small_loss_inside_the_margin(build, plans):
    given = build({"entry": GAIN | {"up": -0.02}}, n=700_000, metrics=(plans["cross-sell"], plans["up-sell"]))
    assert banner(given)[1] == (
        "Ship: cross-sell orders +12.5% (10.5 to 14.5); "
        "up-sell orders fell 2.0% and can have lost at most 3.5% (limit 5%)."
    )


@pytest.mark.parametrize(
    ("net", "ending"),
    [
        (NetValue(1240, 380, 2100, currency="EUR"), " Net +€1,240 per 1,000 visitors (380 to 2,100)."),
        (NetValue(24, -38, 90), " Net gain not shown: +24.00 per 1,000 visitors (−38.00 to 90.00)."),
        (
            NetValue(240, -38, 900, "partial", ("service cost", "pull-forward")),
            " Net gain not shown: service cost and pull-forward not measured.",
        ),
        (None, "calls within 7 days can have risen at most 3.6% (limit 5%)."),
    ],
)
def test_ship_says_what_is_known_about_the_net(build, net, ending):
    given = build({"entry": GAIN}, net={"entry": net} if net else {})
    assert banner(given)[1].endswith(ending)


def test_a_partial_sum_is_never_printed(build):
    net = NetValue(240, -38, 900, "partial", ("service cost",))
    report = build_report(build({"entry": GAIN}, net={"entry": net}))
    assert "240" not in report.decision.sentence + " ".join(report.decision.reasons)


def test_cannibalising(build):
    assert banner(build({"entry": GAIN | {"up": -0.08}})) == (
        "Do not ship: the gain is taken from up-sell orders",
        "Do not ship: up-sell orders fell 8.0% (−11.8 to −4.0; limit 5%) "
        "while cross-sell orders rose 12.5% (7.3 to 17.9).",
    )


def test_harm(build):
    assert banner(build({"entry": {"cross": -0.125}})) == (
        "Do not ship: cross-sell orders fell",
        "Do not ship: cross-sell orders fell 12.5% (−16.8 to −8.0).",
    )


def test_harm_beside_a_gain(build):
    assert banner(build({"entry": GAIN | {"calls": 0.12}})) == (
        "Do not ship: calls within 7 days rose",
        "Do not ship: calls within 7 days rose 12.0% (8.3 to 15.9; limit 5%), "
        "although cross-sell orders rose 12.5% (7.3 to 17.9).",
    )


def test_harm_in_two_places(build):
    assert banner(build({"entry": {"cross": -0.125, "calls": 0.12}}))[0] == (
        "Do not ship: cross-sell orders fell and 1 more worse"
    )


def test_net_loss(build):
    net = {"entry": NetValue(-240, -380, -90, currency="EUR")}
    assert banner(build({"entry": GAIN}, net=net)) == (
        "Do not ship: the net is a loss",
        "Do not ship: net −€240 per 1,000 visitors (−380 to −90), "
        "although cross-sell orders rose 12.5% (7.3 to 17.9) and every guardrail holds.",
    )


def test_no_gain(build):
    assert banner(build({"entry": {"cross": 0.005}}, n=400_000)) == (
        "No gain: cross-sell orders did not rise as planned",
        "No gain: cross-sell orders +0.5% (−1.9 to 3.0), short of the planned 8%; "
        "up-sell orders can have lost at most 2.1% (limit 5%); "
        "calls within 7 days can have risen at most 1.8% (limit 5%).",
    )


def test_keep_running(build, look):
    assert banner(build({"entry": GAIN | {"up": 0.02, "calls": 0.02}}, looks=look(3))) == (
        "Keep running: calls within 7 days not settled",
        "Keep running: calls within 7 days can still have risen up to 7.0% (limit 5%); "
        "cross-sell orders +12.5% (5.5 to 20.0); up-sell orders can have lost at most 3.6% (limit 5%). "
        "Look 3 of 5; the next is on 14 May 2026.",
    )


def test_keep_running_for_an_open_goal(build, look):
    title, sentence = banner(build({"entry": {"cross": 0.05}}, n=200_000, looks=look(2)))
    assert title == "Keep running: cross-sell orders not settled"
    assert sentence.startswith(
        "Keep running: cross-sell orders +5.0% (−0.9 to 11.3), an interval that still covers 0; up-sell orders can "
    )


def test_the_last_look_without_a_decision(build):
    title, sentence = banner(build({"entry": {"cross": 0.04}}))
    assert title == "Not decided: cross-sell orders not settled"
    assert sentence == (
        "Do not ship on this evidence: cross-sell orders +4.0% (−0.9 to 9.1), an interval that covers 0; "
        "up-sell orders can have lost at most 4.1% (limit 5%); "
        "calls within 7 days can have risen at most 3.6% (limit 5%). This was the last planned look."
    )


def test_too_few_events(build, plans):
    given = build({"entry": {}}, n=200, metrics=(plans["cross-sell"], plans["up-sell"]))
    assert banner(given)[1] == (
        "Do not ship on this evidence: cross-sell orders: too few events for an interval; "
        "up-sell orders: too few events for an interval. This was the last planned look."
    )


def test_a_guardrail_that_this_audience_cannot_break(build, plans):
    blind = replace(plans["up-sell"], measurable=False)
    assert banner(build({"entry": GAIN}, metrics=(plans["cross-sell"], blind))) == (
        "Cannot decide: up-sell orders not measurable here",
        "Cannot decide: up-sell orders: not measurable in this audience; cross-sell orders +12.5% (7.3 to 17.9).",
    )


def test_between_looks(build, look):
    given = build({"entry": GAIN}, looks=look(2, is_look=False), exposed={"control": 100_100, "entry": 99_950})
    assert banner(given) == (
        "Keep running: next look on 14 May 2026",
        "Until then only counts and data quality are shown: 100,100 / 99,950 visitors exposed, "
        "split as planned (p = 1.00).",
    )


def test_between_looks_of_a_stopped_test_nobody_is_told_to_keep_running(build, look):
    given = build({"entry": GAIN}, looks=look(2, is_look=False, next_at=None))
    given = replace(given, experiment=replace(given.experiment, status="stopped", unit="customer"))
    assert banner(given)[0] == "No verdict yet: the next planned look decides"
    assert "customers exposed" in banner(given)[1]


def test_a_broken_split(build):
    assert banner(build({"entry": GAIN}, exposed={"control": 131_900, "entry": 128_004})) == (
        "Do not read these results: the split is wrong",
        "Planned 50 / 50, seen 131,900 / 128,004 (chance of one so uneven if all works: 1 in 10¹³). "
        "Results are hidden until assignment is fixed. "
        "Likely causes: a redirect on one variant, a late exposure call, a bot filter.",
    )


def test_a_split_broken_in_one_segment(build):
    segments = {
        "iOS": {"control": 21_000, "entry": 19_000},
        "Android": {"control": 79_000, "entry": 81_000},
        "desktop": {"control": 5_000, "entry": 5_050},
    }
    title, sentence = banner(build({"entry": GAIN}, segments=segments))
    assert title == "Do not read these results: the split is wrong"
    assert sentence.startswith("In iOS: planned 50 / 50, seen 21,000 / 19,000 (chance of one so uneven if all works: ")
    assert "Likely causes: something that happens in iOS, Android only, " in sentence


def test_units_in_two_variants(build):
    quality = Quality(in_two_variants=812, in_two_variants_share=0.0031)
    assert banner(build({"entry": GAIN}, quality=quality)) == (
        "Do not read these results: visitors were seen in two variants",
        "812 visitors (0.31%) were seen in two variants; more than 0.1% is a fault of the assignment.",
    )


def test_several_variants_are_named(build):
    title, sentence = banner(build({"entry": GAIN, "big-banner": {"cross": 0.15, "up": -0.09}}))
    assert title == "Ship Entry: cross-sell orders rose, both guardrails held"
    assert sentence.startswith("Ship Entry: cross-sell orders +12.5% (6.6 to 18.8); ")
    assert sentence.endswith(" Big banner: do not ship, up-sell orders fell 9.0% (−12.8 to −5.0; limit 5%).")


def test_others_in_short(build):
    net = {"c": NetValue(-240, -380, -90)}
    arms = {"a": {"cross": 0.2}, "b": {"cross": 0.15}, "c": {"cross": 0.15}, "e": {}}
    sentence = banner(build(arms, n=400_000, net=net))[1]
    assert " B: could ship too, cross-sell orders +15.0% (" in sentence
    assert " C: do not ship, net −240 per 1,000 visitors (−380 to −90)." in sentence
    assert " E: no gain, cross-sell orders 0.0% (" in sentence
    assert banner(build({"a": GAIN, "d": {"cross": 0.04}}))[1].endswith(" D: not settled.")


def test_a_bound_is_never_rounded_onto_its_limit(build, plans):
    given = build({"entry": GAIN | {"up": -0.0095}}, metrics=(plans["cross-sell"], plans["up-sell"]))
    bound = build_report(given).metrics[1].noninferiority.bound
    assert -0.05 < bound < -0.0499
    assert "at most 4.99% (limit 5%)" in banner(given)[1]


def test_absolute_margins_read_per_thousand_units(build, plans):
    guardrail = replace(plans["up-sell"], margin=Margin(Scale.ABSOLUTE, 0.002))
    sentence = banner(build({"entry": GAIN}, metrics=(plans["cross-sell"], guardrail)))[1]
    assert "up-sell orders can have lost at most 1.77 per 1,000 visitors (limit 2 per 1,000 visitors)" in sentence


def test_ratios_keep_their_own_unit(build, plans):
    measure = Measure("ratio", "seconds", "contacts")
    handle = replace(plans["calls"], title="Handle time", measure=measure, margin=Margin(Scale.ABSOLUTE, 20.0))
    cov = [[40_000.0, 100.0], [100.0, 1.0]]
    moments = {
        "control": Moments(20_000, ("seconds", "contacts"), [400.0, 1.0], cov),
        "entry": Moments(20_000, ("seconds", "contacts"), [404.0, 1.0], cov),
    }
    given = replace(build({"entry": {}}), metrics=(handle,), moments=moments)
    row = build_report(given).metrics[0]
    assert row.verdict.value == "holds"
    assert row.noninferiority.bound == pytest.approx(4 + 1.96 * row.absolute.se, abs=1e-3)


def test_no_sentence_ever_says_no_effect(build, look):
    situations = [
        build({"entry": {}}),
        build({"entry": {"cross": 0.005}}, n=400_000),
        build({"entry": {}}, looks=look(1)),
        build({"entry": {}}, n=300),
    ]
    for given in situations:
        decision = build_report(given).decision
        text = " ".join((decision.title, decision.sentence, *decision.reasons)).lower()
        assert "no effect" not in text
        assert "no difference" not in text
        assert "-" not in text.replace("cross-sell", "").replace("up-sell", "")
