"""What the planner asks of history: read from its fields, filled into them when the worker has found it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.experiment import UnitKind
from experiments.services import experiments, measuring
from experiments.services.audience_families import families_of
from experiments.services.history_result import USUAL_DAYS, Lookback
from experiments.services.measuring.question import end_of
from experiments.services.neighbours import place_of
from web.pages.fields import Form
from web.pages.measured import measurement
from web.pages.sizing_form import GUARDRAILS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from experiments.domain.metric import Metric
    from experiments.services.measuring import Asked, Measured
    from web.pages.measured import Measurement

LINES = ("goal", "goal2", *(f"guardrail{number}" for number in range(1, GUARDRAILS + 1)))
#: Fields that say whom to look back at.
AUDIENCE = ("unit", "page", "holdings", "holdings_any", "holdings_not", "days", "until", "covariate_days")
LISTS = ("holdings", "holdings_any", "holdings_not")
#: Field of the form by the field that a look back refuses.
_PLACES = {name: name for name in AUDIENCE} | {"units": "days", "metrics": "goal", "experiment": "like"}


def chosen(form: Form) -> dict[str, str]:
    """Metric by the field that chooses it, goals first."""
    return {line: form.text(line) for line in LINES if form.text(line)}


def read_asked(form: Form) -> Asked | None:
    """What to measure; None with errors in the form where a field needs attention."""
    lines = chosen(form)
    if not form.text("goal"):
        form.errors["goal"] = "The goal is empty, choose a metric: its value today can then be measured."
        return None
    days = form.whole("days", "Days of new units", USUAL_DAYS)
    before = form.whole("covariate_days", "Days of the covariate", 0) if form.text("covariate_days") else None
    unit = form.choice("unit", UnitKind, UnitKind.CUSTOMER)
    if form.errors:
        return None
    try:
        until = end_of(form.text("until")) if form.text("until") else None
        holds, any_of, lacks = (tuple(form.text(name).replace(",", " ").split()) for name in LISTS)
        page = form.text("page") or None
        return measuring.Asked(
            tuple(lines.values()), Lookback(unit, days, until, holds, lacks, page, before, holds_any=any_of)
        )
    except DomainError as error:
        refuse(form, error)
        return None


def refuse(form: Form, error: DomainError) -> None:
    """Put the refusal of a look back under the field that caused it."""
    form.refuse(error, places(form))


def places(form: Form) -> dict[str, str]:
    """Field of the form by what a look back names."""
    return _PLACES | {f"metric.{key}": line for line, key in chosen(form).items()}


def refused(form: Form, measured: Measured) -> None:
    """Say in the form why a look back found nothing."""
    form.refuse(DomainError("no_history", measured.reason, measured.field or None), places(form))


def found_in(
    session: Session, form: Form, metrics: Sequence[Metric], currency: str
) -> tuple[Measured | None, Measurement | None]:
    """The look back that the address names, under way or done; neither where it names none or it was forgotten."""
    name = form.text("measured")
    if not name:
        return None, None
    try:
        measured = measuring.by_name(session, name)
    except NotFoundError:
        return None, None
    return measured, measurement(measured, chosen(form), {metric.key: metric for metric in metrics}, currency)


def copied(form: Form, **changes: str) -> Form:
    """The same fields without their errors, some of them changed."""
    values = MultiDict([(name, text) for name, texts in form.answers().items() for text in texts])
    for field, text in changes.items():
        values[field] = text
    return Form(values)


def filled(form: Form, found: Measurement) -> Form:
    """The form with every measured value in its field."""
    return copied(form, fill="", **found.texts)


def with_audience_of(session: Session, form: Form) -> Form:
    """The form with the audience of a test that `like` names; nothing changes without.

    Raises:
        NotFoundError: there is no such test.
    """
    key = form.text("like")
    if not key:
        return form
    test = experiments.by_key(session, key)
    families = families_of(session, test.phase.audience)
    return copied(
        form,
        like="",
        unit=test.unit.value,
        page=place_of(session, key),
        holdings="",
        holdings_any=" ".join(families.holds_any),
        holdings_not=" ".join(families.lacks),
    )


def audience_query(form: Form) -> str:
    """The audience as the builder's fields name it, as a query; families that are all held only where it is one."""
    if not any(form.text(name) for name in ("page", *LISTS)):
        return ""
    holds, any_of, lacks = (form.text(name).replace(",", " ").split() for name in LISTS)
    told = [("unit", form.text("unit") or UnitKind.CUSTOMER.value), ("place", form.text("page"))]
    told += [("holds", family) for family in (holds if len(holds) == 1 and not any_of else any_of)]
    return urlencode([*told, *(("holds_not", family) for family in lacks)])
