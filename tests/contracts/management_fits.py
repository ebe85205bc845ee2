"""What a valid body must also be and JSON Schema has no words for: made-up bodies are mended here, one rule at a time.

Everything else that a body must be stands in the document. A body is mended only where it was made to fit the document,
and schemathesis checks the mended one against the document again, so that no fit can hide what the document should say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Body = Any
#: Keys of what `management_seeds` made, by the field that names it.
KNOWN: dict[str, tuple[str, ...]] = {
    "family": ("tv",),
    "families": ("tv",),
    "product": ("sim",),
    "addons": ("tv",),
    "priority": ("tv-large",),
    "replaces": ("sim",),
    "metric": ("cross-sell", "up-sell", "margin"),
    "goal": ("cross-sell",),
    "guardrail": ("up-sell",),
    "guardrails": ("up-sell", "margin"),
    "journey": ("tv-pages",),
    "layer": ("tv-pages",),
    "experiment": ("stopped",),
}


@dataclass(frozen=True, slots=True)
class Fit:
    """One rule without words in JSON Schema.

    Args:
        reason: why the document cannot say it.
        where: pattern of the operations it is about.
        mend: changes a body in place, or gives another one back.
    """

    reason: str
    where: str
    mend: Callable[[Body], Body | None]

    def of(self, operation: str) -> bool:
        """Whether it is about an operation, such as "POST /api/v1/experiments"."""
        return re.search(self.where, operation) is not None


def fitted(operation: str, body: Body) -> Body:
    """A body of an operation that keeps every rule."""
    for fit in FITS:
        if fit.of(operation):
            changed = fit.mend(body)
            body = body if changed is None else changed
    return body


def _exist(body: Body) -> None:
    for table in _tables(body):
        for name, known in KNOWN.items():
            value = table.get(name)
            if isinstance(value, str) and value:
                table[name] = known[len(value) % len(known)]
            elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
                table[name] = list(known[: len(value)])
        if isinstance(table.get("layer"), dict):
            table["layer"]["key"] = KNOWN["layer"][0]
        if table.get("version") is not None:
            table["version"] = 1
        if "variant" in table:
            table["variant"] = "personal-entry"
        if table.get("metric") in (table.get("guardrails") or ()):
            table["guardrails"] = ["margin" if table["metric"] == "up-sell" else "up-sell"]


def _variants(body: Body) -> None:
    variants = body.get("variants") or []
    for number, variant in enumerate(variants):
        variant["key"] = f"v{number}"
    weights = [max(variant.get("weight") or 0.5, 0.01) for variant in variants]
    if any(variant.get("weight") is not None for variant in variants):
        for variant, weight in zip(variants, weights, strict=True):
            variant["weight"] = weight / sum(weights)


def _each_once(body: Body) -> None:
    for name, key in (("metrics", "metric"), ("components", "product"), ("evidence", "experiment"), ("steps", "key")):
        rows = body.get(name) or []
        kept = {row.get(key) or number: row for number, row in enumerate(rows)}
        if name in body and rows:
            body[name] = list(kept.values())


def _sizing(body: Body) -> None:
    if body.pop("agents", None) is not None:
        body["traffic_per_week"] = 1_000.0
    for part in ("goals", "guardrails"):
        for number, line in enumerate(body.get(part) or []):
            line["metric"] = f"{part}-{number}"
            line["baseline"] = 0.2 if line["kind"] == "rate" else max(abs(line["baseline"]), 1)
            line["sd"] = line.get("sd") and max(line["sd"], 1e-6)
            if part == "goals":
                line["effect"] = 0.1 if line.get("scale") != "absolute" or line["kind"] != "rate" else 0.001


def _affordable(body: Body) -> None:
    body["traffic_per_week"] = 1_000_000
    for line in (*body["goals"], *(body.get("guardrails") or [])):
        line.pop("variance_explained", None)
        line["sd"] = None if line["kind"] == "rate" else line["baseline"]
        if "margin" in line:
            line["margin"], line["form"] = 0.1, "relative"
            line.pop("expected_change", None)
        elif line["kind"] != "rate":
            line["effect"], line["scale"] = 0.1, "relative"


def _ordered_numbers(body: Body) -> None:
    """Looks fall on whole weeks; the early window lies in the horizon; a slice of a layer ends behind its start."""
    for table in _tables(body):
        if table.get("looks") and table.get("weeks"):
            table["looks"] = min(table["looks"], table["weeks"])
        if table.get("horizon_days") or table.get("early_days"):
            table["horizon_days"], table["early_days"] = 28, 7
        if table.get("expected_channels"):
            table["channels"], table["expected_channels"] = ["web"], ["store"]
        if "dissatisfied" in table:
            table.update(low=1, high=5, dissatisfied=2)
        if isinstance(table.get("layer"), dict):
            table["layer"].update(start=0.25, end=0.75)


def _ascending(body: Body) -> None:
    body["low"], body["value"], body["high"] = sorted((body["low"], body["value"], body["high"]))


def _ordered_days(body: Body) -> None:
    for first, last in (("agreed_on", "review_on"), ("starts_on", "ends_on"), ("not_before", "not_after")):
        if body.get(first) and body.get(last):
            day = min(date.fromisoformat(body[first]), date(9000, 1, 1))
            body[first], body[last] = day.isoformat(), (day + timedelta(days=30)).isoformat()


def _rising(body: Body) -> None:
    rollout = body.get("rollout") or {}
    for number, step in enumerate(rollout.get("steps") or [], start=1):
        step["share"], step["earliest"] = number / 20, f"2030-01-{2 * number:02}T00:00:00Z"


def _look_back(body: Body) -> None:
    body["metrics"] = ["cross-sell"]
    for name in ("holdings", "holdings_any", "holdings_not", "page", "until"):
        body.pop(name, None)
    if body.get("unit") == "visitor":
        body["holdings"] = ["tv"]


def _margin(body: Body) -> None:
    body["margin"] = min(body["margin"], body["price"])


def _named(body: Body) -> None:
    body["name"] = f"a{body['name']}"[:200]


def _zone(body: Body) -> None:
    file = (body.get("spec") or body).get("file") or {}
    if file.get("time_zone") is not None:
        file["time_zone"] = "Europe/Amsterdam"


def _readable(body: Body) -> Body:
    return bytes(byte for byte in body if byte in b"\t\n\r" or 32 <= byte < 127) if isinstance(body, bytes) else None


def _tables(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _tables(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _tables(inner)


_DEFINITION = "(POST|PUT|PATCH) /api/v1/experiments(/{key}(/phases)?)?$"
FITS = (
    Fit("what is named must exist: only the database knows",
        "experiments|goals|ideas|learnings|products|journey", _exist),
    Fit("weights sum to 1, and keys of variants differ: arithmetic, and unique by one field", _DEFINITION, _variants),
    Fit("rows are unique by one of their fields; uniqueItems compares whole rows",
        f"{_DEFINITION}|products|learnings|journey", _each_once),
    Fit("metrics differ between two lists, effects leave rates inside 0 and 1, agents a result: arithmetic",
        "plans/size|/plan$", _sizing),
    Fit("a plan that is kept has 104 weeks at most: they are what is calculated", "PUT .*/plan$", _affordable),
    Fit("one number bounds another", _DEFINITION, _ordered_numbers),
    Fit("a value lies between its low and its high", "opportunity-assumption", _ascending),
    Fit("one day lies behind another", "goals|seasons|ideas", _ordered_days),
    Fit("steps of a roll-out rise and lie a day apart", "decide|approvals", _rising),
    Fit("families and pages of a look back exist, each in one list, and sources have delivered up to its end",
        "look-backs", _look_back),
    Fit("a margin is at most the price beside it", "PUT /api/v1/products", _margin),
    Fit("a name without a Latin letter or digit gives no key; patterns know nothing of decomposed letters",
        "POST /api/v1/drafts", _named),
    Fit("time zones are those the system knows", "mappings|imports/{key}/spec", _zone),
    Fit("a file is read when it comes; bytes of no encoding are none", "POST /api/v1/imports$", _readable),
)  # fmt: skip
