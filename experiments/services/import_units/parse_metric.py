"""One entry of `metrics` in a spec file."""

from __future__ import annotations

from typing import Any

from experiments.domain.checks import check_key, check_text, check_unique
from experiments.domain.errors import DomainError
from experiments.domain.metric import Direction, Margin, MetricKind, Role, Scale
from experiments.services.fields import Fields, placed
from experiments.services.import_units.spec import MetricSpec

_FIELDS = (
    "key", "name", "role", "kind", "column", "denominator", "direction", "margin", "effect", "covariates",
    "protected", "measurable", "by_segment",
)  # fmt: skip
_DIRECTIONS = {"higher": Direction.HIGHER, "lower": Direction.LOWER}


def parse_metric(data: Any, path: str) -> MetricSpec:
    """A metric whose role, kind, margin and effect fit each other."""
    fields = Fields(data, path, _FIELDS)
    key = check_key(fields.text("key"), fields.at("key"))
    kind = fields.choice("kind", MetricKind)
    return MetricSpec(
        key=key,
        name=check_text(fields.text("name", key), fields.at("name")),
        role=fields.choice("role", Role),
        kind=kind,
        column=check_text(fields.text("column"), fields.at("column")),
        denominator=_denominator(fields, kind),
        direction=_direction(fields),
        margin=_margin(fields),
        effect=fields.maybe_number("effect"),
        covariates=_covariates(fields),
        protected=fields.flag("protected", default=False),
        measurable=fields.flag("measurable", default=True),
        by_segment=fields.flag("by_segment", default=False),
    )


def _denominator(fields: Fields, kind: MetricKind) -> str | None:
    where = fields.at("denominator")
    if (kind is MetricKind.RATIO) != fields.has("denominator"):
        raise DomainError(
            "bad_metric",
            f"{where} == {fields.raw('denominator')!r}, must be given for kind 'ratio' and no other.",
            where,
        )
    return check_text(fields.text("denominator"), where) if fields.has("denominator") else None


def _direction(fields: Fields) -> Direction:
    word = fields.text("direction", "higher")
    if word not in _DIRECTIONS:
        where = fields.at("direction")
        raise DomainError("unknown_choice", f"{where} == {word!r}, must be one of higher, lower.", where)
    return _DIRECTIONS[word]


def _covariates(fields: Fields) -> tuple[str, ...]:
    covariates = fields.texts("covariates")
    check_unique(covariates, fields.at("covariates"))
    return covariates


def _margin(fields: Fields) -> Margin | None:
    """`{relative = 0.05}` or `{absolute = 0.001}`."""
    if not fields.has("margin"):
        return None
    where = fields.at("margin")
    table = Fields(fields.raw("margin"), where, tuple(Scale))
    given = [scale for scale in Scale if table.has(scale)]
    if len(given) != 1:
        raise DomainError("bad_margin", f"{where} has {len(given)} entries, must have relative or absolute.", where)
    with placed(f"{where}.{given[0]}", "margin.value"):
        return Margin(given[0], table.number(given[0]))
