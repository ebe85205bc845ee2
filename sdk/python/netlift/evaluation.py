"""Decide which variant a unit sees: a pure function of the config, the unit and its attributes.

The first rule that matches answers. Four independent draws keep the parts apart: place in the layer, holdout of the
layer, enrolment and variant, so that raising the enrolment share never moves a unit between variants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netlift.buckets import choose
from netlift.config import Config
from netlift.experiment import Experiment, Layer, Rollout
from netlift.hashing import draw, normalise_unit
from netlift.result import NO_CONFIG, Result

_NOTHING: Mapping[str, Any] = {}


def evaluate(
    config: Config | None,
    key: str,
    unit: object,
    attributes: Mapping[str, Any] | None = None,
    *,
    forced: str | None = None,
    consent: bool = True,
    facts: bool = False,
) -> Result:
    """The variant of one experiment for one unit, with the reason and whether it is an exposure.

    Args:
        config: what `parse_config` read; None where nothing has been fetched.
        key: key of the experiment.
        unit: id of the kind the experiment randomises; anything but text gives NO_UNIT.
        attributes: what is known of the unit, by name; absent or None means not known.
        forced: key of a variant to show whatever the rules say; ignored where the experiment has no such variant.
        consent: False where the visitor has not agreed; nothing is drawn and nothing is an exposure.
        facts: True where the caller has looked up every fact that remote rules need, so that an absent attribute
            is known to be unknown. Without it a remote experiment is drawn only where all are given.
    """
    if config is None:
        return NO_CONFIG
    experiment = config.experiments.get(key)
    if experiment is None:
        return config.unknown
    answers = experiment.answers
    if forced is not None and forced in answers.forced:
        return answers.forced[forced]
    if not consent:
        return answers.no_consent
    name = normalise_unit(unit)
    if name is None:
        return answers.no_unit
    return _refused(experiment, name, attributes or _NOTHING, facts) or _drawn(experiment, name)


def _refused(experiment: Experiment, unit: str, attributes: Mapping[str, Any], facts: bool) -> Result | None:
    """The answer for a unit that may not be drawn; None where it may."""
    answers = experiment.answers
    if not experiment.accepting:
        return answers.not_running
    if experiment.remote and not facts and not _holds(attributes, experiment.needed):
        return answers.remote
    for attribute, test in experiment.rules:
        if not test(attributes.get(attribute)):
            return answers.audience
    if experiment.layer is None:
        return None
    return _layered(experiment, experiment.layer, unit)


def _holds(attributes: Mapping[str, Any], needed: frozenset[str]) -> bool:
    """Whether every needed attribute was given; rules that were not published cannot be held."""
    return bool(needed) and all(attribute in attributes for attribute in needed)


def _layered(experiment: Experiment, layer: Layer, unit: str) -> Result | None:
    if not layer.start <= draw(layer.prefix, unit) < layer.end:
        return experiment.answers.layer
    if layer.holdout and draw(layer.holdout_prefix, unit) < layer.holdout:
        return experiment.answers.holdout
    return None


def _drawn(experiment: Experiment, unit: str) -> Result:
    if experiment.rollout is not None:
        return _rolled_out(experiment, experiment.rollout, unit)
    if experiment.enrolment < 1 and draw(experiment.enrolment_prefix, unit) >= experiment.enrolment:
        return experiment.answers.not_enrolled
    return experiment.answers.split[_variant(experiment, unit)]


def _variant(experiment: Experiment, unit: str) -> int:
    return choose(experiment.edges, draw(experiment.variant_prefix, unit))


def _rolled_out(experiment: Experiment, rollout: Rollout, unit: str) -> Result:
    """Kept in the test, still outside the share, held back, or shipped to.

    The share uses the enrolment draw: a roll-out that starts at the share of the experiment or above takes the
    variant away from nobody who had it, and raising the share only adds units. It is asked before the holdback, so
    that both sides of the holdback enter at the same steps and stay comparable.
    """
    answers = experiment.answers
    place = draw(experiment.enrolment_prefix, unit)
    if rollout.keep and place < experiment.enrolment:
        return answers.kept[_variant(experiment, unit)]
    if answers.rollout is None or place >= rollout.share:
        return answers.not_enrolled
    if rollout.holdback_edge and draw(experiment.variant_prefix, unit) < rollout.holdback_edge:
        return answers.holdback
    return answers.rollout
