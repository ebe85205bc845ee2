"""The form of a metric: read into the document that the services check, and filled from a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, Metric, MetricKind
from experiments.services.metric_documents import describe_metric, read_metric
from web.pages.fields import slug

if TYPE_CHECKING:
    from web.pages.fields import Form

#: Names of the fields of a column by what the document calls them; a denominator's have `per_` before them.
COLUMN = ("event", "name", "value", "at_least", "relations", "families", "products", "channels")
_FIELD = {name: f"of_{name}" if name in ("name", "value", "at_least") else name for name in COLUMN}
LISTS = frozenset({"relations", "families", "products", "channels"})
NUMBERS = (("window_days", "Window"), ("covariate_days", "Days before"), ("return_days", "Days for returns"))
PLACES = {
    **{name: name for name in ("key", "name", "kind", "direction", "description", "sources", *dict(NUMBERS))},
    **{f"column.{name}": field for name, field in _FIELD.items()},
    **{f"denominator.{name}": f"per_{field}" for name, field in _FIELD.items() if name != "at_least"},
    "column": "event",
    "column.cap": "cap",
    "denominator": "kind",
}


def read_form(form: Form, known: Metric | None) -> Metric | None:
    """The metric as typed; None, with errors in the form, where a field needs attention."""
    name = form.required("name", "The name")
    numbers = {field: form.whole(field, label, 28 if field == "window_days" else 0) for field, label in NUMBERS}
    cap = form.number("cap", "The cap", required=False)
    if form.errors:
        return None
    kind = form.text("kind") or MetricKind.RATE.value
    document = {
        "key": known.key if known else form.text("key") or slug(name),
        "name": name,
        "kind": kind,
        "direction": form.text("direction") or "higher",
        "protected": bool(form.text("protected")),
        "description": form.text("description"),
        "sources": form.many("sources"),
        "column": {**_column(form, ""), "cap": cap},
        "denominator": _column(form, "per_") if kind == MetricKind.RATIO else None,
        **numbers,
    }
    try:
        return read_metric(document)
    except DomainError as error:
        form.refuse(error, PLACES)
        return None


def _column(form: Form, prefix: str) -> dict[str, Any]:
    """Only what the kind of event can have: fields of sales are ignored for others, as the page says."""
    event = form.text(f"{prefix}event") or "sale"
    column: dict[str, Any] = {"event": event}
    for name, field in _FIELD.items():
        if name in LISTS and (event == "sale" or name == "channels"):
            column[name] = form.many(prefix + field)
        elif name == "name" and event in ("custom", "page", "survey"):
            column[name] = form.text(prefix + field) or None
        elif name == "value":
            column[name] = _value(form, prefix + field, event)
        elif name == "at_least" and form.text("kind") == MetricKind.RATE and form.text(field):
            column[name] = form.whole(field, "The least number", 1)
    return column


def _value(form: Form, field: str, event: str) -> str:
    """What is summed; a rate of sales may count orders, and any other rate counts events."""
    given = form.text(field) or "count"
    if form.text("kind") == MetricKind.RATE and not (given == "orders" and event == "sale"):
        return "count"
    return given


def field_values(metric: Metric) -> list[tuple[str, str]]:
    """(field, text) of a metric, as a browser would send its form."""
    document = describe_metric(metric)
    pairs = [(name, document[name]) for name in ("key", "name", "kind", "direction", "description", *dict(NUMBERS))]
    pairs += [("protected", "1")] * metric.protected
    pairs += [("sources", source) for source in metric.sources]
    for prefix, column in (("", document["column"]), ("per_", document["denominator"])):
        for name in COLUMN if column else ():
            value = column[name]
            if prefix and name == "at_least":
                continue
            values = value if name in LISTS else [value] if value is not None else []
            pairs += [(prefix + _FIELD[name], each) for each in values]
    cap = metric.column.cap
    pairs += [("cap", f"{cap:g}")] if cap is not None else []
    return [(name, str(value)) for name, value in pairs]


def direction_words(metric: Metric) -> str:
    """More or less is better."""
    return "More is better" if metric.direction is Direction.HIGHER else "Less is better"
