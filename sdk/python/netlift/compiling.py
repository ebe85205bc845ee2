"""The published config as pages get it: every experiment compiled to a tree of draws, which a few lines can walk.

    {"v": 2, "version": "…", "environment": "production", "generated": false,
     "experiments": [{"key": "tv-entry", "phase": 1, "unit": "visitor", "audience": [["channel", "in", "web"]],
                      "variants": [{"key": "control"}, {"key": "entry", "payload": {…}}],
                      "tree": ["salt:e:", 0.2, ["salt:v:", 0.5, ["SPLIT", 0, true], ["SPLIT", 1, true]],
                               ["NOT_ENROLLED"]]}]}

A tree is a draw, `[prefix, edge, below, otherwise]`, or an answer, `[reason, place of the variant, exposure]`, where
the control and no exposure may be left out. What does not depend on the unit is settled here: rules that nobody can
meet, tests that are paused, branches that no draw reaches. An experiment that cannot be read is left out, as
`parse_config` leaves it out, and so is one that draws agents, who are no visitors of a page. Rules of a remote
experiment are left out as well: only the server may decide it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netlift import reading
from netlift.audience import LISTED, OTHERWISE, comparable, is_number
from netlift.config import read_config
from netlift.experiment import Experiment, Layer, Rollout

VERSION = 2
#: Bounds of a number that has only one.
LARGEST = 1.7976931348623157e308

Rule = list[Any]
Tree = list[Any]


def compile_config(document: Any) -> dict[str, Any]:
    """The document for pages from the config document for servers, both as JSON decodes them.

    Raises:
        ConfigError: where the document as a whole cannot be read.
    """
    config, items = read_config(document)
    shown = [experiment for experiment in config.experiments.values() if experiment.unit != "agent"]
    return {
        "v": VERSION,
        "version": config.version,
        "environment": config.environment,
        "generated": config.generated,
        "experiments": [_compiled(experiment, items[experiment.key]) for experiment in shown],
    }


def _compiled(experiment: Experiment, item: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": experiment.key, "phase": item["phase"], "unit": experiment.unit}
    rules, tree = _gates(experiment, item)
    return {**shown, "audience": rules, "variants": [_variant(each) for each in item["variants"]], "tree": tree}


def _variant(item: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: item.get(name) for name in ("key", "payload")}
    return {name: value for name, value in told.items() if value is not None}


def _gates(experiment: Experiment, item: Mapping[str, Any]) -> tuple[list[Rule], Tree]:
    """What is asked before any draw: the rules of the audience, and the tree of whoever meets them."""
    if not experiment.accepting:
        return [], ["NOT_RUNNING"]
    if experiment.remote:
        return [], ["REMOTE"]
    rules = [compile_rule(rule) for rule in reading.items(item, "audience")]
    met = [rule for rule in rules if rule is not None]
    if len(met) < len(rules):
        return [], ["AUDIENCE"]
    return met, _layered(experiment, experiment.layer) if experiment.layer else _drawn(experiment)


def compile_rule(rule: Any) -> Rule | None:
    """`[attribute, op, *values]` of one audience rule; None where nobody can meet it.

    The ops are `in`, `not_in`, `missing` and `range`, whose two values are the lowest and the highest number. `exists`
    becomes a `not_in` without values: what is known is listed nowhere.
    """
    if not isinstance(rule, Mapping) or not isinstance(rule.get("attribute"), str):
        return None
    attribute, op, values = rule["attribute"], rule.get("op"), rule.get("values", [])
    if op in ("exists", "missing"):
        return [attribute, "not_in" if op == "exists" else op]
    if not isinstance(values, list):
        return None
    if op in LISTED or op in OTHERWISE:
        found = [value for value in map(comparable, values) if value is not None]
        return [attribute, "in" if op in LISTED else "not_in", *found]
    if op in ("gte", "lte") and len(values) == 1 and is_number(values[0]):
        return [attribute, "range", *((values[0], LARGEST) if op == "gte" else (-LARGEST, values[0]))]
    return None


def _layered(experiment: Experiment, layer: Layer) -> Tree:
    held_out = _draw(layer.holdout_prefix, layer.holdout, ["HOLDOUT", 0, True], _drawn(experiment))
    before_the_end = _draw(layer.prefix, layer.end, held_out, ["LAYER"])
    return _draw(layer.prefix, layer.start, ["LAYER"], before_the_end)


def _drawn(experiment: Experiment) -> Tree:
    if experiment.rollout is not None:
        return _rolled_out(experiment, experiment.rollout)
    split = _split(experiment, "SPLIT", True)
    return _draw(experiment.enrolment_prefix, experiment.enrolment, split, ["NOT_ENROLLED"])


def _rolled_out(experiment: Experiment, rollout: Rollout) -> Tree:
    """Kept in the test, still outside the share, held back, or shipped to."""
    keys = [answer.variant for answer in experiment.answers.split]
    shipped = ["ROLLOUT", keys.index(rollout.variant), *([True] if rollout.holdback_edge else [])]
    beside = _draw(experiment.variant_prefix, rollout.holdback_edge, ["HOLDBACK", 0, True], shipped)
    tree = _draw(experiment.enrolment_prefix, rollout.share, beside, ["NOT_ENROLLED"])
    if not rollout.keep:
        return tree
    return _draw(experiment.enrolment_prefix, experiment.enrolment, _split(experiment, "KEPT", False), tree)


def _split(experiment: Experiment, reason: str, exposure: bool) -> Tree:
    answers = [[reason, place, *([True] if exposure else [])] for place in range(len(experiment.edges))]
    tree = answers[-1]
    for edge, answer in zip(reversed(experiment.edges[:-1]), reversed(answers[:-1])):
        tree = _draw(experiment.variant_prefix, edge, answer, tree)
    return tree


def _draw(prefix: str, edge: float, below: Tree, otherwise: Sequence[Any]) -> Tree:
    """A draw; where all of them fall to one side, that side."""
    if edge >= 1:
        return below
    return [prefix, edge, below, otherwise] if edge > 0 else list(otherwise)
