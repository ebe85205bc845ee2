"""EXPERIMENT.toml, and the same document as JSON: what people write down of a test.

    key = "tv-entry"                    # stable key used in SDK code
    name = "Personal entry on TV pages"
    hypothesis = "…"                    # why it should work, for whom, and how it will be seen
    unit = "visitor"                    # or "customer"
    owner = ""                          # optional
    enrolment = 1.0                     # optional: share of eligible units that take part

    [audience]                          # optional: everyone
    description = "Mobile only"
    [[audience.rules]]                  # all must hold
    attribute = "plan"
    op = "in"                           # in not_in any_of none_of gte lte exists missing
    values = ["a", "b"]
    [audience.policy]                   # optional: when the offer must not be made
    not_with_open_issue = true
    not_offered_within_days = 30
    only_if_qualified = true
    most_offers_in_30_days = 4

    [[variants]]                        # two to eight, the first is the control
    key = "control"
    name = "Page as it is"              # optional: the key
    weight = 0.5                        # optional where all variants leave it out: equal shares
    [[variants]]
    key = "personal-entry"
    weight = 0.5
    payload = {label = "For you"}       # optional: JSON that travels to the browser

    [[metrics]]
    metric = "cross-sell"               # key of a metric
    role = "goal"                       # goal guardrail secondary exploratory
    effect = 0.05                       # smallest relative change worth finding
    [[metrics]]
    metric = "up-sell"
    role = "guardrail"
    margin = {relative = 0.05}          # or {absolute = 0.001}; there is no default
    measurable = true                   # false where this audience cannot make the sale
    version = 1                         # optional: version of the definition; launch pins the newest

    [plan]                              # optional until launch
    looks = 4
    weeks = 8
    units_per_variant = 25000
    alpha = 0.025                       # one-sided
    power = 0.8
    spending = "obrien_fleming"         # or "pocock"
    goal_rule = "all"                   # or "any"
    maturation_days = 28
    traffic_per_week = 12000
    binding = "up-sell"                 # metric that needs the most units

    [layer]                             # optional
    key = "tv-pages"
    start = 0.0
    end = 0.5

Unknown names are refused with the nearest known one. docs/experiment-file.md says the same for people.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Any

from experiments.domain.audience import Audience
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.layer import LayerSlice
from experiments.domain.metric import MetricUse
from experiments.domain.phase import Phase
from experiments.domain.plan import Plan
from experiments.domain.variant import Variant
from experiments.services.definition_parts import read_audience, read_layer, read_plan, read_use, read_variants
from experiments.services.fields import Fields, placed

TOP = ("key", "name", "hypothesis", "unit", "owner", "enrolment", "audience", "variants", "metrics", "plan", "layer")


@dataclass(frozen=True)
class Definition:
    """What people decide about a test before it runs; state, salt and history belong to the experiment."""

    key: str
    name: str
    unit: UnitKind
    variants: tuple[Variant, ...]
    metrics: tuple[MetricUse, ...] = ()
    hypothesis: str = ""
    owner: str = ""
    audience: Audience = field(default_factory=Audience)
    enrolment: float = 1.0
    layer: LayerSlice | None = None
    plan: Plan = field(default_factory=Plan)

    @classmethod
    def of(cls, experiment: Experiment) -> Definition:
        """The definition of an experiment in its current phase."""
        phase = experiment.phase
        return cls(
            key=experiment.key,
            name=experiment.name,
            unit=experiment.unit,
            variants=phase.variants,
            metrics=experiment.metrics,
            hypothesis=experiment.hypothesis,
            owner=experiment.owner,
            audience=phase.audience,
            enrolment=phase.enrolment,
            layer=phase.layer,
            plan=experiment.plan,
        )

    def draft(self, salt: str, now: int) -> Experiment:
        """A new draft.

        Raises:
            DomainError: what no table alone can see, for example the same metric twice.
        """
        with placed("", "experiment", "phase"):
            return Experiment(
                key=self.key,
                name=self.name,
                hypothesis=self.hypothesis,
                unit=self.unit,
                metrics=self.metrics,
                phases=(Phase(1, salt, self.variants, self.audience, self.enrolment, self.layer),),
                plan=self.plan,
                owner=self.owner,
                created_at=now,
            )


#: What `describe.experiment` shows beside the definition; read back, it is ignored.
SET_BY_PRODUCT = frozenset(
    {"status", "phase", "phases", "rollout", "imported", "created_at", "launched_at", "stopped_at"}
)


def read_toml(text: str) -> Definition:
    """Read EXPERIMENT.toml.

    Raises:
        DomainError: `bad_toml` with line and column, or what `read_definition` raises.
    """
    try:
        return read_definition(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise DomainError("bad_toml", f"The file is no TOML: {error}.") from error


def read_definition(data: Any) -> Definition:
    """Read the document as decoded from TOML or JSON.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", TOP)
    definition = Definition(
        key=fields.text("key"),
        name=fields.text("name"),
        unit=fields.choice("unit", UnitKind, UnitKind.VISITOR),
        variants=read_variants(fields),
        metrics=tuple(read_use(item, path) for path, item in fields.items("metrics")),
        hypothesis=fields.text("hypothesis", ""),
        owner=fields.text("owner", ""),
        audience=read_audience(fields.raw("audience")),
        enrolment=fields.number("enrolment", 1.0),
        layer=read_layer(fields.raw("layer")),
        plan=read_plan(fields.raw("plan")),
    )
    definition.draft(salt="checked", now=0)  # whatever no table alone can see
    return definition


def read_revised(data: Any) -> tuple[Definition, int | None]:
    """A changed definition and the revision it started from: the document an experiment is shown as, changed.

    Raises:
        DomainError: as `read_definition`.
    """
    fields = Fields(data, "", (*TOP, *SET_BY_PRODUCT, "revision"))
    revision = fields.maybe_whole("revision")
    return read_definition({name: data[name] for name in TOP if name in data}), revision
