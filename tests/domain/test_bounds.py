"""Constructors refuse what is outside their bounds, and name field and bound."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.audience import Audience, OfferPolicy, Operator, Rule
from experiments.domain.checks import KEY_PATTERN, check_key, check_range, check_text, storable
from experiments.domain.errors import DomainError
from experiments.domain.journey import Journey, Match, Step
from experiments.domain.key import KeyInfo, KeyKind, check_origin
from experiments.domain.layer import Layer, LayerSlice
from experiments.domain.metric import Column, EventFilter, EventKind, Margin, Metric, MetricKind, MetricUse, Role, Scale
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.product import Component, Product
from experiments.domain.rollout import RollOut
from experiments.domain.source import Source, SourceKind
from experiments.domain.user import User, check_email
from experiments.domain.variant import Variant, check_variants

SALE = Column(EventFilter(EventKind.SALE))
PAIR = (Variant("a", "A", 0.5), Variant("b", "B", 0.5))


@given(st.text(max_size=70))
def test_a_key_is_safe_in_addresses_or_refused(text: str) -> None:
    if KEY_PATTERN.fullmatch(text):
        assert check_key(text, "key") == text
        assert 1 <= len(text) <= 64
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert not text.startswith("-")
        assert not text.endswith("-")
    else:
        with pytest.raises(DomainError, match="key =="):
            check_key(text, "key")


@given(st.text(max_size=250))
def test_a_text_is_trimmed_bounded_and_storable(text: str) -> None:
    usable = bool(text.strip()) and len(text.strip()) <= 200 and storable(text.strip())
    if usable:
        assert check_text(text, "name") == text.strip()
        text.strip().encode()
    else:
        with pytest.raises(DomainError):
            check_text(text, "name")


@given(st.floats(), st.floats(-5, 5), st.floats(-5, 5), st.booleans(), st.booleans())
def test_a_range_is_what_it_says(value: float, low: float, high: float, open_low: bool, open_high: bool) -> None:
    inside = (value > low if open_low else value >= low) and (value < high if open_high else value <= high)
    bounds: dict[str, Any] = {"low": low, "high": high, "open_low": open_low, "open_high": open_high}
    if inside and math.isfinite(value):
        assert check_range(value, "x", **bounds) == value
    else:
        with pytest.raises(DomainError, match="x =="):
            check_range(value, "x", **bounds)


@given(st.lists(st.floats(0.01, 0.99), min_size=0, max_size=10))
def test_weights_sum_to_one(weights: list[float]) -> None:
    variants = [Variant(f"v-{number}", "V", weight) for number, weight in enumerate(weights)]
    if 2 <= len(weights) <= 8 and abs(sum(weights) - 1) <= 1e-9:
        check_variants(variants)
    else:
        with pytest.raises(DomainError):
            check_variants(variants)


@given(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5))
def test_a_slice_lies_inside_its_layer(start: float, end: float) -> None:
    if 0 <= start < end <= 1:
        assert LayerSlice("tv", start, end).overlaps(LayerSlice("tv", 0, 1))
    else:
        with pytest.raises(DomainError, match=r"layer\.(start|end)"):
            LayerSlice("tv", start, end)


def test_slices_that_touch_do_not_overlap() -> None:
    first, second = LayerSlice("tv", 0, 0.5), LayerSlice("tv", 0.5, 1)
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert not first.overlaps(LayerSlice("web", 0, 1))


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: Product("a", "A", "mobile", 0, 100, 50, 24), "product.tier"),
    (lambda: Product("a", "A", "mobile", 1, -1, -2, 24), "product.price"),
    (lambda: Product("a", "A", "mobile", 1, 10**12, 0, 24), "product.price"),
    (lambda: Product("a", "A", "mobile", 1, 100, 101, 24), "product.margin"),
    (lambda: Product("a", "A", "mobile", 1, 100, 50, 0), "product.months"),
    (lambda: Product("a", "A", "Mobile", 1, 100, 50, 24), "product.family"),
    (lambda: Product("a", "A", "mobile", 1, 100, 50, 24, one_off=-(10**10)), "product.one_off"),
    (lambda: Product("a", "A", "mobile", 1, 100, 50, 24, held_discount=-1), "product.held_discount"),
    (lambda: Product("a", "A", "mobile", 1, 100, 50, 24, retention=-1), "product.retention"),
    (lambda: Product("a", "A", "mobile", 1, 100, 50, 24, replaces=("a",)), "product.replaces"),
    (lambda: Product("a", "A", "mobile", 1, 100, 50, 24, replaces=("b", "b")), "product.replaces"),
    (lambda: Product("a", "A", "mobile", 1, 100, 50, 24, components=(Component("B"),)), "product.components"),
    (lambda: Component("b", 0), "product.components"),
    (lambda: Layer("tv", "TV", "salt", 0.6), "layer.holdout"),
    (lambda: Margin(Scale.RELATIVE, 1.0), "margin.value"),
    (lambda: Margin(Scale.ABSOLUTE, 0.0), "margin.value"),
    (lambda: MetricUse("up-sell", Role.GUARDRAIL), "metrics.up-sell.margin"),
    (lambda: MetricUse("up-sell", Role.GOAL, Margin(Scale.RELATIVE, 0.1)), "metrics.up-sell.margin"),
    (lambda: MetricUse("up-sell", Role.GOAL, effect=0.0), "metrics.up-sell.effect"),
    (lambda: MetricUse("up-sell", Role.GOAL, version=0), "metrics.up-sell.version"),
    (lambda: Metric("m", "M", MetricKind.RATIO, SALE), "metric.denominator"),
    (lambda: Metric("m", "M", MetricKind.MEAN, SALE, denominator=SALE), "metric.denominator"),
    (lambda: Metric("m", "M", MetricKind.MEAN, SALE, window_days=0), "metric.window_days"),
    (lambda: Column(SALE.event, cap=0.0), "metric.cap"),
    (lambda: EventFilter(EventKind.CUSTOM), "metric.event.name"),
    (lambda: EventFilter(EventKind.CONTACT, families=("tv",)), "metric.event.kind"),
    (lambda: Phase(0, "salt", PAIR), "phase.number"),
    (lambda: Phase(1, "", PAIR), "phase.salt"),
    (lambda: Phase(1, "salt", PAIR, enrolment=0.0), "phase.enrolment"),
    (lambda: Plan(looks=5, weeks=4), "plan.looks"),
    (lambda: Plan(alpha=0.3), "plan.alpha"),
    (lambda: Plan(weeks=1), "plan.weeks"),
    (lambda: RollOut("b", share=0.0), "rollout.share"),
    (lambda: RollOut("b", holdback=0.6), "rollout.holdback"),
    (lambda: Journey("tv", "TV", ()), "journey.steps"),
    (lambda: Step("a", "A", Match.PATH, "tv"), "step.pattern"),
    (lambda: Source("Shop", "Shop", SourceKind.CLIENT), "source.key"),
    (lambda: User(1, "nobody", "N", "viewer"), "user.email"),  # type: ignore[arg-type]
    (lambda: User(1, "a@b.example", " ", "viewer"), "user.name"),  # type: ignore[arg-type]
    (lambda: Rule("plan", Operator.IN), "audience.values"),
    (lambda: Rule("plan", Operator.EXISTS, ("a",)), "audience.values"),
    (lambda: Rule("age", Operator.GTE, (1, 2)), "audience.values"),
    (lambda: Rule("age", Operator.GTE, (True,)), "audience.values"),
    (lambda: Rule("age", Operator.LTE, (math.nan,)), "audience.values"),
    (lambda: Rule("plan", Operator.IN, ("\x00",)), "audience.values"),
    (lambda: OfferPolicy(not_offered_within_days=0), "policy.not_offered_within_days"),
    (lambda: OfferPolicy(not_refused_within_days=731), "policy.not_refused_within_days"),
    (lambda: Variant("b", "B", 1.0), "variant.weight"),
    (lambda: Variant("b", "B", 0.5, {1, 2}), "variant.payload"),
    (lambda: Variant("b", "B", 0.5, "é" * 9_000), "variant.payload"),
    (lambda: Variant("b", "B", 0.5, {"\ud800": 1}), "variant.payload"),
]


@pytest.mark.parametrize(("make", "field"), REFUSED)
def test_bounds(make: Callable[[], object], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        make()
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("rule", "private"),
    [(Rule("holdings", Operator.ANY_OF, ("tv",)), True), (Rule("plan", Operator.IN, ("a",)), False)],
)
def test_a_rule_on_holdings_is_private(rule: Rule, private: bool) -> None:
    assert Audience(rules=(rule,)).remote is private
    assert Audience(rules=(rule,), policy=OfferPolicy(only_if_qualified=True)).remote is True


@pytest.mark.parametrize("origin", ["https://shop.example", "http://localhost:8000", "https://[::1]:3000"])
def test_an_origin(origin: str) -> None:
    assert check_origin(origin.upper() + "/") == origin


@pytest.mark.parametrize("origin", ["shop.example", "https://", "https://a/b", "ftp://a", "https://*.a", "https://a?b"])
def test_what_is_no_origin(origin: str) -> None:
    with pytest.raises(DomainError, match=r"key\.origins"):
        KeyInfo(1, KeyKind.CLIENT, "Shop", 1, "shop", "production", "pk_", origins=(origin,))  # type: ignore[arg-type]


def test_an_address_is_kept_in_one_form() -> None:
    assert check_email("  Ann@Example.ORG ") == "ann@example.org"
    for bad in ("ann", "a b@c", "@c", "a@", "a@b@c", "x" * 250 + "@c.example"):
        with pytest.raises(DomainError, match=r"user\.email"):
            check_email(bad)
