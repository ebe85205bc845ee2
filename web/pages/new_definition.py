"""From the filled new-experiment form to a definition with its plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from experiments.decision.sizing.frozen import frozen_plan
from experiments.domain.errors import DomainError
from experiments.domain.plan import Plan
from experiments.services.definitions import read_definition
from web.formatters.numbers import minor_digits
from web.pages.fields import slug
from web.pages.hypothesis import PARTS, read_hypothesis
from web.pages.metric_forms import is_money
from web.pages.sizing_form import GUARDRAILS, asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.decision.sizing import LineOutcome, SizingOutcome
    from experiments.domain.metric import Metric
    from experiments.domain.product import Family, Product
    from experiments.services.definitions import Definition
    from web.pages.fields import Form
    from web.pages.variant_rows import VariantRow

#: Addresses below /experiments that are pages of their own.
RESERVED = frozenset({"new"})


class Catalogue:
    """Metrics, families and products a definition may name."""

    def __init__(self, metrics: Sequence[Metric], families: Sequence[Family], products: Sequence[Product]) -> None:
        self.metrics = metrics
        self.by_key = {metric.key: metric for metric in metrics}
        self.families = families
        self._products = products

    def products_of(self, family: str) -> tuple[Product, ...]:
        """The products of a family, lowest tier first."""
        return tuple(sorted((each for each in self._products if each.family == family), key=lambda each: each.tier))


def read_new(
    form: Form, rows: Sequence[VariantRow], outcome: SizingOutcome | None, catalogue: Catalogue, owner: str
) -> Definition | None:
    """The definition, None where a field needs attention; errors stay in the form."""
    name = form.required("name", "The name")
    if not form.text("guardrail1"):
        form.errors["guardrail1"] = "The guardrail is empty, choose a metric: without one no test is launched."
    document = {
        "key": _key(form, name),
        "name": name,
        "hypothesis": read_hypothesis(form),
        "unit": form.text("unit", "visitor"),
        "owner": owner,
        "audience": {"description": form.text("audience") or "Everyone", "rules": _rules(form, catalogue)},
        "variants": [row.document() for row in rows],
    }
    if form.errors or outcome is None:
        return None
    document["metrics"] = metrics = _metrics(form, outcome, catalogue)
    try:
        definition = read_definition(document)
        return replace(definition, plan=_plan(form, outcome, [catalogue.by_key[use["metric"]] for use in metrics]))
    except DomainError as error:
        form.refuse(error, places(form, rows))
        return None


def places(form: Form, rows: Sequence[VariantRow]) -> dict[str, str]:
    """Where in the form a path of the definition is asked."""
    found = {"key": "key", "experiment.key": "key", "name": "name", "experiment.name": "name", "unit": "unit"}
    found |= {"hypothesis": PARTS[0].field, "experiment.hypothesis": PARTS[0].field, "audience": "audience"}
    found |= {"audience.rules": "holds", "variants": "variant1_name", "plan": "traffic", "plan.looks": "looks"}
    for position, row in enumerate(rows):
        path = f"variants.{position}"
        found |= {path: f"variant{row.number}_name", f"{path}.payload": f"variant{row.number}_payload"}
        found[f"{path}.weight"] = f"variant{row.number}_weight"
    guardrails = [number for number in range(1, GUARDRAILS + 1) if form.text(f"guardrail{number}")]
    found |= {"metrics": "goal", "metrics.0": "goal"}
    return found | {f"metrics.{place}": f"guardrail{number}_margin" for place, number in enumerate(guardrails, start=1)}


def _key(form: Form, name: str) -> str:
    key = form.text("key") or slug(name)
    if key in RESERVED:
        form.errors["key"] = f"key == {key!r}, is an address of the product; choose another."
    elif name and not key:
        form.errors["key"] = "The key is empty, and the name gives none; use lower-case letters, digits or hyphens."
    return key


def _rules(form: Form, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Holdings are products, so a family that was ticked stands for all of its products."""
    rules = []
    for field, operator in (("holds", "any_of"), ("holds_not", "none_of")):
        chosen = form.many(field)
        families = [family.key for family in catalogue.families if family.key in chosen]
        products = [product.key for family in families for product in catalogue.products_of(family)]
        unknown = [family for family in chosen if not catalogue.products_of(family)]
        if unknown:
            form.errors[field] = f"{field} == {unknown[0]!r}, is no family with products."
        if products:
            rules.append({"attribute": "holdings", "op": operator, "values": products})
    return rules


def _metrics(form: Form, outcome: SizingOutcome, catalogue: Catalogue) -> list[dict[str, Any]]:
    effect = form.number("goal_effect", "Smallest effect worth finding", percent=True)
    used: list[dict[str, Any]] = [{"metric": form.text("goal"), "role": "goal", "effect": abs(effect or 0.0)}]
    for line in outcome.lines:
        if line.margin is not None:
            margin = {line.margin.scale: _margin(line, catalogue.by_key, outcome.currency)}
            used.append({"metric": line.key, "role": "guardrail", "margin": margin})
    taken = {item["metric"] for item in used}
    wanted = [key for key in form.many("secondary") if key in catalogue.by_key]
    return used + [{"metric": key, "role": "secondary"} for key in wanted if key not in taken]


def _margin(line: LineOutcome, metrics: Mapping[str, Metric], currency: str) -> float:
    """The margin in the unit of the facts, which count money in minor units."""
    if line.margin is None:
        raise ValueError(f"{line.key} has no margin")
    in_money = line.margin.scale == "absolute" and is_money(metrics[line.key])
    return line.margin.value * (10 ** minor_digits(currency) if in_money else 1)


def _plan(form: Form, outcome: SizingOutcome, metrics: Sequence[Metric]) -> Plan:
    """The plan as the calculation gives it; whoever launches freezes it."""
    ripe = max(metric.window_days + metric.return_days for metric in metrics)
    return frozen_plan(outcome, ripe, asked(form))
