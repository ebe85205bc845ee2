"""The answers that would give a test as it is: what the fields show where nothing newer was typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from experiments.domain.audience import Operator, Scalar
from experiments.domain.metric import Role, Scale
from web.pages.builder.net_fields import net_answers
from web.pages.builder.steps import ATTRIBUTE_ROWS
from web.pages.hypothesis import PARTS
from web.pages.sizing_form import GUARDRAILS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from experiments.domain.audience import Audience, Rule
    from experiments.domain.experiment import Experiment
    from experiments.domain.metric import MetricUse
    from experiments.domain.phase import Phase
    from experiments.domain.product import Product

Field = tuple[str, list[str]]
_BEGIN, _FOR, _WILL, _BECAUSE, _SEEN = "We believe that ", " for ", " will ", ", because ", "; we will see it in "
_HOLDINGS = {Operator.ANY_OF: "holds", Operator.NONE_OF: "holds_not"}


def answers_of(experiment: Experiment, products: Iterable[Product], digits: int) -> dict[str, list[str]]:
    """Every answer the test gives, by field; what the builder cannot ask is not among them.

    Args:
        digits: of the currency, because costs are kept in minor units and typed in major ones.
    """
    found = {"name": [experiment.name], "owner": [experiment.owner], "unit": [experiment.unit.value]}
    found |= dict(_hypothesis(experiment.hypothesis))
    found |= dict(_audience(experiment.phase.audience, tuple(products)))
    found |= dict(_place(experiment.phase))
    found |= dict(_variants(experiment))
    asked = experiment.plan.sizing.get("asked")
    found |= {name: [str(value)] for name, value in asked.items()} if isinstance(asked, dict) else {}
    found |= dict(_metrics(experiment.metrics, found))
    found |= {} if experiment.plan.net is None else net_answers(experiment.plan.net, digits)
    return {name: values for name, values in found.items() if any(values)}


def unasked_rules(audience: Audience, products: Sequence[Product]) -> tuple[Rule, ...]:
    """Rules that no field of the builder can state; they stay as they are."""
    asked: list[Rule] = []
    rest: list[Rule] = []
    for rule in audience.rules:
        (asked if _families(rule, products) or _is_channel(rule) or _is_attribute(rule) else rest).append(rule)
    attributes = [rule for rule in asked if _is_attribute(rule)]
    return (*rest, *attributes[ATTRIBUTE_ROWS:])


def _hypothesis(text: str) -> Iterator[Field]:
    """The five answers, where the sentence was written by the builder; else the text as it is."""
    found = parts_of(text)
    if found is None:
        yield "hypothesis_text", [text]
        return
    yield from ((part.field, [answer]) for part, answer in zip(PARTS, found, strict=True))


def parts_of(text: str) -> tuple[str, str, str, str, str] | None:
    """Change, whom, effect, reason and measure; None where the text is no such sentence.

    Cut from the right and never tried again: a pattern with five gaps takes minutes over a text made to confuse it.
    """
    if not text.startswith(_BEGIN) or not text.endswith("."):
        return None
    rest, _, measure = text[len(_BEGIN) : -1].rpartition(_SEEN)
    head, _, reason = rest.rpartition(_BECAUSE)
    change, _, _ = head.rpartition(_WILL)[0].rpartition(_FOR)
    whom, _, effect = head[len(change) + len(_FOR) :].partition(_WILL)
    found = change, whom, effect, reason, measure
    return found if all(found) else None


def _audience(audience: Audience, products: tuple[Product, ...]) -> Iterator[Field]:
    yield "audience", [audience.description]
    number = 0
    for rule in audience.rules:
        families = _families(rule, products)
        if families:
            yield _HOLDINGS[rule.op], families
        elif _is_channel(rule):
            yield "channels", [str(value) for value in rule.values]
        elif _is_attribute(rule) and number < ATTRIBUTE_ROWS:
            number += 1
            yield f"attribute{number}", [rule.attribute]
            yield f"attribute{number}_op", [rule.op.value]
            yield f"attribute{number}_values", [", ".join(_word(value) for value in rule.values)]
    policy = audience.policy
    yield "not_with_open_issue", ["1"] if policy.not_with_open_issue else []
    yield "only_if_qualified", ["1"] if policy.only_if_qualified else []
    for name in ("not_offered_within_days", "not_refused_within_days", "most_offers_in_30_days"):
        value = getattr(policy, name)
        yield name, [] if value is None else [str(value)]


def _families(rule: Rule, products: Sequence[Product]) -> list[str]:
    """Families that a rule on holdings names whole; empty where it names anything else."""
    if rule.attribute != "holdings" or rule.op not in _HOLDINGS:
        return []
    left, families = set(map(str, rule.values)), []
    for family in dict.fromkeys(product.family for product in products):
        mine = {product.key for product in products if product.family == family}
        if mine <= left:
            left -= mine
            families.append(family)
    return [] if left else families


def _is_channel(rule: Rule) -> bool:
    return rule.attribute == "channel" and rule.op is Operator.IN


def _is_attribute(rule: Rule) -> bool:
    return not rule.private and not _is_channel(rule) and not any("," in str(value) for value in rule.values)


def _word(value: object) -> str:
    """A value as it is typed: a text in quotes where it would be read as a number, true or false."""
    return str(value) if isinstance(value, str) and read_word(value) == value else json.dumps(value)


def read_word(text: str) -> Scalar:
    """What a typed word stands for: a number, true, false, or a text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str | int | float | bool) else text


def _place(phase: Phase) -> Iterator[Field]:
    if phase.enrolment < 1:
        yield "enrolment", [f"{100 * phase.enrolment:.12g}"]
    if phase.layer is not None:
        yield "layer", [phase.layer.layer]
        yield "layer_start", [f"{100 * phase.layer.start:.12g}"]
        yield "layer_end", [f"{100 * phase.layer.end:.12g}"]


def _variants(experiment: Experiment) -> Iterator[Field]:
    variants = experiment.phase.variants
    equal = len({variant.weight for variant in variants}) == 1
    for number, variant in enumerate(variants, start=1):
        yield f"variant{number}_name", [variant.name]
        if not equal:
            yield f"variant{number}_weight", [f"{100 * variant.weight:.12g}"]
        if variant.payload is not None:
            yield f"variant{number}_payload", [json.dumps(variant.payload, ensure_ascii=False)]


def _metrics(uses: Sequence[MetricUse], asked: dict[str, list[str]]) -> Iterator[Field]:
    """Roles as the test has them; the rest of a line as it was typed, where it was typed."""
    goal = next((use for use in uses if use.role is Role.GOAL), None)
    if goal is not None and "goal" not in asked:
        yield "goal", [goal.metric]
        if goal.effect is not None:
            yield "goal_effect", [f"{100 * goal.effect:.12g}"]
    typed = {asked[name][0] for name in asked if name.startswith("guardrail") and name[9:].isdigit()}
    free = (f"guardrail{number}" for number in range(1, GUARDRAILS + 1) if f"guardrail{number}" not in asked)
    for use in (use for use in uses if use.role is Role.GUARDRAIL and use.metric not in typed):
        if (line := next(free, None)) and use.margin is not None:
            relative = use.margin.scale is Scale.RELATIVE
            yield line, [use.metric]
            yield f"{line}_margin", [f"{use.margin.value * (100 if relative else 1000):.12g}"]
            yield f"{line}_form", ["relative" if relative else "per_1000"]
    for role, name in ((Role.SECONDARY, "secondary"), (Role.EXPLORATORY, "exploratory")):
        yield name, [use.metric for use in uses if use.role is role]
