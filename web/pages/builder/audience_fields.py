"""The fields of the audience: holdings by family, channel, attributes, offer policy, place in a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.channel import Channel
from experiments.domain.errors import DomainError
from experiments.services.definition_parts import read_audience, read_layer
from web.pages.builder.answers import read_word, unasked_rules
from web.pages.builder.steps import ATTRIBUTE_ROWS

if TYPE_CHECKING:
    from experiments.domain.layer import LayerSlice
    from web.pages.builder.catalogue import Catalogue
    from web.pages.fields import Form

OPERATORS = (
    (Operator.IN.value, "is one of"),
    (Operator.NOT_IN.value, "is none of"),
    (Operator.GTE.value, "is at least"),
    (Operator.LTE.value, "is at most"),
    (Operator.EXISTS.value, "is known"),
    (Operator.MISSING.value, "is not known"),
    (Operator.ANY_OF.value, "has at least one of"),
    (Operator.NONE_OF.value, "has none of"),
)
_BARE = (Operator.EXISTS, Operator.MISSING)


def read_audience_fields(form: Form, catalogue: Catalogue, before: Audience) -> Audience | None:
    """The audience as typed; None, with errors in the form, where a field needs attention."""
    products = [product for family in catalogue.families for product in catalogue.products_of(family.key)]
    rules = [*_holdings(form, catalogue), *_channels(form), *_attributes(form)]
    policy: dict[str, Any] = {name: True for name in ("not_with_open_issue", "only_if_qualified") if form.text(name)}
    for name, label in (
        ("not_offered_within_days", "Days since the last offer"),
        ("not_refused_within_days", "Days since it was refused"),
        ("most_offers_in_30_days", "Offers in 30 days"),
    ):
        if form.text(name):
            policy[name] = form.whole(name, label, 0)
    if form.errors:
        return None
    try:
        found = read_audience({"description": form.text("audience") or "Everyone", "rules": rules, "policy": policy})
    except DomainError as error:
        form.refuse(error, PLACES | {f"audience.rules.{place}": name for place, name in _named(form)})
        return None
    kept = unasked_rules(before, products)
    return Audience(found.description, (*kept, *found.rules), found.policy)


PLACES = {
    "audience": "audience",
    "audience.description": "audience",
    "audience.rules": "attribute1",
    "audience.policy.not_offered_within_days": "not_offered_within_days",
    "audience.policy.not_refused_within_days": "not_refused_within_days",
    "audience.policy.most_offers_in_30_days": "most_offers_in_30_days",
}


def read_place(form: Form) -> tuple[float, LayerSlice | None]:
    """The share that takes part, and the slice of a layer; errors stay in the form."""
    enrolment = form.number("enrolment", "The share that takes part", required=False, percent=True)
    start, end = (
        form.number(name, label, required=False, percent=True)
        for name, label in (("layer_start", "The begin of the slice"), ("layer_end", "The end of the slice"))
    )
    if enrolment is not None and not 0 < enrolment <= 1:
        form.errors["enrolment"] = f"The share that takes part == {100 * enrolment:g}%, must be > 0 and <= 100%."
    if not form.text("layer") or form.errors:
        return (1.0 if enrolment is None else enrolment), None
    given = {"key": form.text("layer"), "start": 0.0 if start is None else start, "end": 1.0 if end is None else end}
    try:
        return (1.0 if enrolment is None else enrolment), read_layer(given)
    except DomainError as error:
        form.refuse(error, {"layer": "layer", "layer.start": "layer_start", "layer.end": "layer_end"})
        return 1.0, None


def _holdings(form: Form, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Holdings are products, so a family that was ticked stands for all of its products."""
    rules = []
    for field, operator in (("holds", "any_of"), ("holds_not", "none_of")):
        chosen = form.many(field)
        unknown = [family for family in chosen if not catalogue.products_of(family)]
        if unknown:
            form.errors[field] = f"{field} == {unknown[0]!r}, is no family with products."
        families = [family.key for family in catalogue.families if family.key in chosen]
        products = [product.key for family in families for product in catalogue.products_of(family)]
        if products:
            rules.append({"attribute": "holdings", "op": operator, "values": products})
    both = [family for family in form.many("holds") if family in form.many("holds_not")]
    if both:
        form.errors["holds_not"] = f"holds_not == {both[0]!r}, is asked for above: nobody can hold it and not hold it."
    return rules


def _channels(form: Form) -> list[dict[str, Any]]:
    chosen = form.many("channels")
    known = {channel.value for channel in Channel}
    unknown = [channel for channel in chosen if channel not in known]
    if unknown:
        form.errors["channels"] = f"channels == {unknown[0]!r}, must be one of {', '.join(sorted(known))}."
    return [{"attribute": "channel", "op": "in", "values": chosen}] if chosen and not unknown else []


def _attributes(form: Form) -> list[dict[str, Any]]:
    rules = []
    for number in range(1, ATTRIBUTE_ROWS + 1):
        field = f"attribute{number}"
        name, op = form.text(field), form.choice(f"{field}_op", Operator, Operator.IN)
        words = [word.strip() for word in form.text(f"{field}_values").split(",") if word.strip()]
        if not name:
            if words:
                form.errors[field] = f"The attribute of rule {number} is empty, must be given."
            continue
        if name in ("holdings", "channel"):
            form.errors[field] = f"{field} == {name!r}, is asked for above."
            continue
        try:
            Rule(name, op, () if op in _BARE and not words else tuple(map(read_word, words)))
        except DomainError as error:
            form.errors[f"{field}_values"] = error.message
        rules.append({"attribute": name, "op": op.value, "values": [read_word(word) for word in words]})
    return rules


def _named(form: Form) -> list[tuple[int, str]]:
    """Where the rules of the document were asked, in their order."""
    first = [name for name in ("holds", "holds_not", "channels") if form.many(name)]
    rows = [f"attribute{number}" for number in range(1, ATTRIBUTE_ROWS + 1) if form.text(f"attribute{number}")]
    return list(enumerate([*first, *rows]))
