"""New ids per browser: silent where variants are alike, and a note that names the browser where one of them is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.analyse import build_report
from experiments.decision.newcomers import with_newcomer_notes
from experiments.decision.quality import NewIds, Quality

BROWSERS = {"Chrome": (20_000, 0.20), "Safari": (9_000, 0.45), "Edg": (3_000, 0.15), "other": (400, 0.30)}


def drawn(rng: np.random.Generator, planted: dict[str, float] | None = None) -> dict[str, dict[str, NewIds]]:
    """Shares of new ids as of `BROWSERS` in both variants, but for what is planted in the variant."""
    found = {}
    for word, (units, share) in BROWSERS.items():
        shares = {"control": share, "entry": share + (planted or {}).get(word, 0.0)}
        found[word] = {key: NewIds(units, int(rng.binomial(units, p))) for key, p in shares.items()}
    return found


def test_alike_variants_are_called_unlike_no_more_often_than_promised(build):
    given, rng = build(), np.random.default_rng(5)
    lowest = []
    for _ in range(2_000):
        quality = Quality(new_ids=drawn(rng))
        ps = with_newcomer_notes(replace(given, quality=quality)).new_ids_p.values()
        lowest.append(min(p for p in ps if p is not None))
    # Any of four browsers: Holm keeps the chance of one false word at its level.
    assert np.mean(np.array(lowest) < 0.05) <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 2_000)
    assert np.mean(np.array(lowest) < 0.001) <= 0.005


def test_a_planted_difference_is_found_in_its_browser_only(build):
    rng = np.random.default_rng(6)
    given = build(quality=Quality(new_ids=drawn(rng, {"Edg": 0.06}), notes=("Said before.",)))
    quality = build_report(given).quality
    assert quality.new_ids_p["Edg"] < 0.001
    assert all(quality.new_ids_p[word] > 0.001 for word in ("Chrome", "Safari", "other"))
    first, note = quality.notes
    assert first == "Said before."
    assert note.startswith("New ids in Edge: ")
    assert "in Control" in note
    assert "in Entry" in note
    assert "Safari" not in note


def test_what_chance_does_in_one_of_many_refreshes_is_not_noted(build):
    counts = {"control": NewIds(10_000, 2_000), "entry": NewIds(10_000, 2_165)}
    quality = build_report(build(quality=Quality(new_ids={"Chrome": counts}))).quality
    assert 0.001 < quality.new_ids_p["Chrome"] < 0.01
    assert quality.notes == ()


def test_browsers_too_small_to_be_tested_have_no_p_and_cost_the_others_nothing(build):
    big = {"control": NewIds(1_000, 100), "entry": NewIds(1_000, 140)}
    alone = build_report(build(quality=Quality(new_ids={"Chrome": big}))).quality.new_ids_p
    tiny = {word: {"control": NewIds(9, 2), "entry": NewIds(8, 8)} for word in ("Firefox", "Edg")}
    among = build_report(build(quality=Quality(new_ids={**tiny, "Chrome": big}))).quality.new_ids_p
    assert among == {"Firefox": None, "Edg": None, "Chrome": alone["Chrome"]}


def test_a_variant_a_browser_was_never_seen_in_is_no_difference(build):
    counts = {"control": NewIds(1_000, 100)}
    quality = build_report(build(quality=Quality(new_ids={"Chrome": counts}))).quality
    assert (quality.new_ids_p, quality.notes) == ({"Chrome": None}, ())


def test_offers_of_other_tests_have_a_p_and_raise_no_alarm(build):
    offers = {"bundle": {"control": 4_000, "entry": 3_000}, "rare": {"control": 1}}
    quality = build_report(build(quality=Quality(offers_elsewhere=offers))).quality
    assert quality.offers_elsewhere_p["bundle"] < 1e-9
    assert quality.offers_elsewhere_p["rare"] is None
    assert quality.notes == ()


@pytest.mark.parametrize("more", [1, 50_000])
def test_more_offers_than_units_do_not_break_a_report(build, more):
    given = build(quality=Quality(offers_elsewhere={"bundle": {"control": 100_000 + more, "entry": 90_000}}))
    assert build_report(given).quality.offers_elsewhere_p["bundle"] is not None
