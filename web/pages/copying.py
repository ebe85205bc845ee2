"""The address of the new-experiment form, filled in like an existing test: to correct a draft, or to test again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from experiments.domain.audience import Operator
from experiments.domain.metric import Role
from web.pages.hypothesis import PARTS
from web.pages.variant_rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from experiments.domain.experiment import Experiment
    from experiments.domain.product import Product

Field = tuple[str, str]
_SENTENCE = re.compile(r"We believe that (.+) for (.+?) will (.+), because (.+); we will see it in (.+)\.", re.DOTALL)
_HOLDINGS = {Operator.ANY_OF: "holds", Operator.NONE_OF: "holds_not"}


def copy_address(experiment: Experiment, products: Iterable[Product]) -> str:
    """Everything the form can ask of the test but its key; what it cannot ask is left out."""
    phase = experiment.phase
    fields: list[Field] = [("name", experiment.name), ("unit", experiment.unit.value)]
    fields.append(("audience", phase.audience.description))
    fields += [*_hypothesis(experiment.hypothesis), *_holdings(experiment, tuple(products)), *_variants(experiment)]
    asked = experiment.plan.sizing.get("asked")
    fields += asked.items() if isinstance(asked, dict) else ()
    fields += [("secondary", use.metric) for use in experiment.metrics if use.role is Role.SECONDARY]
    return f"/experiments/new?{urlencode(fields)}"


def _hypothesis(text: str) -> Iterator[Field]:
    """The five answers, where the sentence was written by the form; else all of it as the first."""
    found = _SENTENCE.fullmatch(text)
    answers = found.groups() if found else (text,)
    return ((part.field, answer) for part, answer in zip(PARTS, answers, strict=False))


def _holdings(experiment: Experiment, products: tuple[Product, ...]) -> Iterator[Field]:
    """Families whose products all stand in a rule on holdings."""
    for rule in experiment.phase.audience.rules:
        if rule.attribute != "holdings" or rule.op not in _HOLDINGS:
            continue
        for family in dict.fromkeys(product.family for product in products):
            if {product.key for product in products if product.family == family} <= set(rule.values):
                yield _HOLDINGS[rule.op], family


def _variants(experiment: Experiment) -> Iterator[Field]:
    variants = experiment.phase.variants[:ROWS]
    equal = len({variant.weight for variant in variants}) == 1
    for number, variant in enumerate(variants, start=1):
        yield f"variant{number}_name", variant.name
        if not equal:
            yield f"variant{number}_weight", f"{100 * variant.weight:.12g}"
        if variant.payload is not None:
            yield f"variant{number}_payload", json.dumps(variant.payload, ensure_ascii=False)
