"""One experiment of the published config, prepared for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netlift import reading
from netlift.answers import Answers, Variant
from netlift.audience import Test, read_rule
from netlift.buckets import upper_edges
from netlift.reading import ConfigError

UNITS = ("visitor", "customer", "agent")
OPEN = ("testing", "running")
# Weights are written with all their digits; more than this is a mistake and not rounding.
WEIGHT_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Layer:
    """The range of a layer that belongs to one experiment, and the share kept out of the whole layer."""

    prefix: str
    start: float
    end: float
    holdout_prefix: str
    holdout: float


@dataclass(frozen=True)
class Rollout:
    """A shipped variant: the share of units that get it, and the range of draws kept out of it.

    `holdback_edge` cuts the holdback at the control's range, so that nobody is kept out who had the variant before.
    `keep` is true while the windows of the test are open: whoever was enrolled keeps the variant they had.
    """

    variant: str
    share: float
    holdback_edge: float
    keep: bool = False


@dataclass(frozen=True)
class Experiment:
    """One experiment, with everything that does not depend on the unit worked out beforehand.

    `accepting` is true while a unit can be drawn at all; `needed` names the attributes its audience reads.
    """

    key: str
    unit: str
    accepting: bool
    remote: bool
    rules: tuple[tuple[str, Test], ...]
    needed: frozenset[str]
    layer: Layer | None
    rollout: Rollout | None
    enrolment: float
    enrolment_prefix: str
    variant_prefix: str
    edges: tuple[float, ...]
    answers: Answers


def read_experiment(item: Mapping[str, Any], layers: Mapping[str, Any], version: str) -> Experiment:
    """Read one experiment; raises ConfigError naming the first field that does not fit."""
    salt = reading.text(item, "salt")
    variants, edges = _read_variants(item)
    rules = tuple(read_rule(rule) for rule in reading.items(item, "audience"))
    rollout = _read_rollout(item, variants, edges)
    return Experiment(
        key=reading.text(item, "key"),
        unit=reading.one_of(item, "unit", UNITS, default="visitor"),
        accepting=reading.text(item, "status") in OPEN or rollout is not None,
        remote=reading.flag(item, "remote"),
        rules=rules,
        needed=frozenset(attribute for attribute, _ in rules),
        layer=_read_layer(item, layers),
        rollout=rollout,
        enrolment=reading.share(item, "enrolment", default=1.0),
        enrolment_prefix=salt + ":e:",
        variant_prefix=salt + ":v:",
        edges=edges,
        answers=_answers(item, variants, rollout, version),
    )


def _read_variants(item: Mapping[str, Any]) -> tuple[tuple[Variant, ...], tuple[float, ...]]:
    entries = [reading.mapping(entry, "variant") for entry in reading.items(item, "variants")]
    if not entries:
        raise ConfigError("variants == [], must hold at least the control.")
    variants = tuple(Variant(reading.text(entry, "key"), entry.get("payload")) for entry in entries)
    if len({variant.key for variant in variants}) < len(variants):
        raise ConfigError(f"variants == {[variant.key for variant in variants]}, must be distinct.")
    weights = [reading.share(entry, "weight") for entry in entries]
    if abs(sum(weights) - 1) > WEIGHT_TOLERANCE:
        raise ConfigError(f"weights == {weights}, must add up to 1.")
    return variants, upper_edges(weights)


def _read_layer(item: Mapping[str, Any], layers: Mapping[str, Any]) -> Layer | None:
    if item.get("layer") is None:
        return None
    place = reading.mapping(item["layer"], "layer")
    key = reading.text(place, "key")
    layer = reading.mapping(layers.get(key), f"layers[{key!r}]")
    salt = reading.text(layer, "salt")
    start, end = _read_range(place)
    return Layer(salt + ":", start, end, salt + ":h:", reading.share(layer, "holdout", default=0.0))


def _read_range(place: Mapping[str, Any]) -> tuple[float, float]:
    edges = reading.items(place, "range")
    if len(edges) != 2:
        raise ConfigError(f"range == {edges!r}, must hold a start and an end.")
    start, end = (reading.share({"range": edge}, "range") for edge in edges)
    if start > end:
        raise ConfigError(f"range == {edges!r}, must not end before it starts.")
    return start, end


def _read_rollout(item: Mapping[str, Any], variants: tuple[Variant, ...], edges: tuple[float, ...]) -> Rollout | None:
    if item.get("rollout") is None:
        return None
    rollout = reading.mapping(item["rollout"], "rollout")
    variant = reading.text(rollout, "variant")
    if variant not in {known.key for known in variants}:
        raise ConfigError(f"rollout.variant == {variant!r}, must be one of the variants.")
    holdback = reading.share(rollout, "holdback", default=0.0)
    share, keep = reading.share(rollout, "share"), reading.flag(rollout, "keep")
    return Rollout(variant, share, min(holdback, edges[0]), keep)


def _answers(item: Mapping[str, Any], variants: tuple[Variant, ...], rollout: Rollout | None, version: str) -> Answers:
    shipped = None if rollout is None else rollout.variant
    logged = rollout is not None and rollout.holdback_edge > 0
    return Answers.of(variants, shipped, logged, reading.whole(item, "phase"), version)
