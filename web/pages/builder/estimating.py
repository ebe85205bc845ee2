"""The size of the audience as it stands in the form, saved or not."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any

from experiments.domain.experiment import UnitKind
from experiments.services.audience_estimate import estimate
from experiments.services.clock import now_us
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.builder.audience_fields import read_audience_fields

if TYPE_CHECKING:
    from web.pages.builder.steps import Step
    from web.pages.builder.view import Draft
    from web.pages.fields import Form


def estimate_values(draft: Draft, step: Step, form: Form) -> dict[str, Any]:
    """The estimate for the template; None where the form needs attention first."""
    if step.key != "audience":
        return {}
    audience = read_audience_fields(form, draft.catalogue, draft.experiment.phase.audience)
    unit = form.choice("unit", UnitKind, UnitKind.VISITOR)
    if audience is None:
        return {"estimate": None}
    with reading(deployment().engine) as session:
        found = estimate(session, audience, unit, now_us(), place=form.text("place"))
    return {"estimate": found, "about": None if found.units is None else two_digits(found.units)}


def two_digits(value: float) -> float:
    """Rounded to two significant digits: an estimate is no count."""
    return value if value <= 0 else round(value, 1 - floor(log10(value)))
