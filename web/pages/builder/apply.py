"""What the fields of one step change in the definition; what does not fit yet leaves its part as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from experiments.decision.sizing.frozen import frozen_plan
from experiments.domain.checks import check_text
from experiments.domain.errors import DomainError
from experiments.domain.experiment import UnitKind
from experiments.domain.variant import Variant, check_variants
from experiments.services.definition_parts import read_variants as variants_of
from experiments.services.definitions import Definition
from experiments.services.fields import Fields
from web.formatters.numbers import minor_digits
from web.pages.builder.audience_fields import read_audience_fields, read_place
from web.pages.builder.metric_lines import read_uses
from web.pages.builder.net_fields import PLACES as NET_PLACES
from web.pages.builder.net_fields import read_net_fields
from web.pages.builder.steps import LINES
from web.pages.fields import Form
from web.pages.hypothesis import PARTS, read_hypothesis
from web.pages.sizing_form import FIELDS, Sized, asked, read_sizing
from web.pages.variant_rows import arms_of, read_variants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.domain.experiment import Experiment
    from experiments.domain.plan import Plan
    from web.pages.builder.catalogue import Catalogue
    from web.pages.builder.steps import Step

#: What a calculation begins with; both are choices of method and no figures of the business.
USUAL = {"power": "80", "looks": "3"}


@dataclass(frozen=True)
class Applied:
    """The definition after a step, the form with its errors, and the calculation where one could be made."""

    definition: Definition
    form: Form
    sized: Sized


def form_of(answers: Mapping[str, Sequence[str]]) -> Form:
    """All answers as one form."""
    typed = {**{name: [text] for name, text in USUAL.items()}, **{k: list(v) for k, v in answers.items() if any(v)}}
    return Form(MultiDict([(name, text) for name, texts in typed.items() for text in texts]))


def apply_step(
    step: Step,
    experiment: Experiment,
    answers: Mapping[str, Sequence[str]],
    catalogue: Catalogue,
    currency: str,
    earlier: Mapping[str, Sequence[str]] | None = None,
    *,
    sizing: bool = True,
) -> Applied:
    """The definition with this step's answers.

    Args:
        answers: of all steps, those of this one as just typed.
        earlier: the answers before, which say what the fields have asked about so far.
        sizing: False to check the fields alone, without the calculation.
    """
    form, definition = form_of(answers), Definition.of(experiment)
    if step.key in _PARTS:
        definition = _PARTS[step.key](form, definition)
    if step.key == "audience":
        definition = _audience(form, definition, catalogue)
    if step.key in ("metrics", "plan"):
        seen = [text for line in LINES for text in (earlier or answers).get(line, ())]
        uses = read_uses(form, catalogue.by_key, definition.metrics, seen, currency)
        definition = _kept(definition, form, metrics=uses) if not form.errors else definition
    if step.key == "metrics":
        definition = _net(form, definition, currency)
    if not sizing or step.key not in ("variants", "metrics", "plan"):
        return Applied(definition, form, Sized())
    sized = size(answers, catalogue, currency)
    plan = _plan(definition, experiment, sized, answers, catalogue)
    if step.key == "plan" and sized.outcome is None:
        trial = form_of(answers)
        read_sizing(trial, catalogue.metrics, currency, arms_of(read_variants(form_of(answers))))
        form.errors |= {name: text for name, text in trial.errors.items() if name in FIELDS or not name}
    return Applied(_planned(definition, plan, form), form, sized)


def size(answers: Mapping[str, Sequence[str]], catalogue: Catalogue, currency: str) -> Sized:
    """The calculation that the answers ask for; nothing while one of its fields is missing."""
    form = form_of(answers)
    if not form.text("goal") or not form.text("guardrail1"):
        return Sized()
    history, arms = catalogue.history, arms_of(read_variants(form_of(answers)))
    if history is None:
        return read_sizing(form, catalogue.metrics, currency, arms)
    lend = partial(history.lend, typed=form.text, explained=True)
    return read_sizing(form, catalogue.metrics, currency, arms, lend)


def _start(form: Form, definition: Definition) -> Definition:
    name = form.required("name", "The name")
    try:
        owner = check_text(form.text("owner"), "owner", required=False)
        return replace(definition, name=check_text(name, "name"), owner=owner) if name else definition
    except DomainError as error:
        form.refuse(error, {"name": "name", "owner": "owner"})
        return definition


def _hypothesis(form: Form, definition: Definition) -> Definition:
    own = form.text("hypothesis_text")
    guided = not own and any(form.text(part.field) for part in PARTS)
    sentence = read_hypothesis(form) if guided else own
    if form.errors:
        return definition
    made = replace(definition, hypothesis=sentence)
    return _checked(made, definition, form, {"hypothesis": "hypothesis_text" if own else PARTS[0].field})


def _variants(form: Form, definition: Definition) -> Definition:
    rows = read_variants(form)
    if form.errors:
        return definition
    places = {"variants": "variant1_name"}
    for position, row in enumerate(rows):
        path = f"variants.{position}"
        places |= {path: f"variant{row.number}_name", f"{path}.payload": f"variant{row.number}_payload"}
        places[f"{path}.weight"] = f"variant{row.number}_weight"
    keys = {variant.name: variant.key for variant in definition.variants}
    try:
        read = variants_of(Fields({"variants": [row.document() for row in rows]}, "", ("variants",)))
        made = tuple(_same_key(variant, keys, position) for position, variant in enumerate(read))
        check_variants(made)
        return replace(definition, variants=made)
    except DomainError as error:
        form.refuse(error, places)
        return definition


def _same_key(variant: Variant, keys: Mapping[str, str], position: int) -> Variant:
    """A variant that keeps its name keeps its key, which may stand in the code of the shop already."""
    known = keys.get(variant.name)
    return replace(variant, key=known) if known and (known == "control") == (position == 0) else variant


def _audience(form: Form, definition: Definition, catalogue: Catalogue) -> Definition:
    unit = form.choice("unit", UnitKind, UnitKind.VISITOR)
    audience = read_audience_fields(form, catalogue, definition.audience)
    enrolment, layer = read_place(form)
    if form.errors or audience is None:
        return definition
    return replace(definition, unit=unit, audience=audience, enrolment=enrolment, layer=layer)


def _net(form: Form, definition: Definition, currency: str) -> Definition:
    try:
        net = read_net_fields(form, definition.plan.net, currency, minor_digits(currency))
    except DomainError as error:
        form.refuse(error, NET_PLACES)
        return definition
    return definition if form.errors else replace(definition, plan=replace(definition.plan, net=net))


def _plan(
    definition: Definition,
    experiment: Experiment,
    sized: Sized,
    answers: Mapping[str, Sequence[str]],
    catalogue: Catalogue,
) -> Plan:
    """The plan of the calculation; without one the old plan, unless what it was made for has changed."""
    old = definition.plan
    if sized.outcome is not None and sized.outcome.weeks is not None:
        used = [catalogue.by_key[use.metric] for use in definition.metrics if use.metric in catalogue.by_key]
        ripe = max((metric.window_days + metric.return_days for metric in used), default=0)
        fresh = frozen_plan(sized.outcome, ripe, asked(form_of(answers)))
        return replace(fresh, net=old.net)
    judged = [(use.metric, use.role, use.margin, use.effect) for use in definition.metrics]
    was = [(use.metric, use.role, use.margin, use.effect) for use in experiment.metrics]
    weights = [variant.weight for variant in definition.variants]
    if judged == was and weights == [variant.weight for variant in experiment.phase.variants]:
        return old
    return replace(old, weeks=None, units_per_variant=None, binding=None, sizing={})


def _planned(definition: Definition, plan: Plan, form: Form) -> Definition:
    return _kept(definition, form, plan=plan)


def _kept(definition: Definition, form: Form, **changes: object) -> Definition:
    made = replace(definition, **changes)  # type: ignore[arg-type]
    return _checked(made, definition, form, {"metrics": "goal", "experiment.metrics": "goal", "plan": "traffic"})


def _checked(made: Definition, before: Definition, form: Form, places: Mapping[str, str]) -> Definition:
    """The changed definition where it holds together, else the one before with the refusal in the form."""
    try:
        made.draft("checked", 0)
    except DomainError as error:
        form.refuse(error, places)
        return before
    return made


_PARTS = {"start": _start, "hypothesis": _hypothesis, "variants": _variants}
