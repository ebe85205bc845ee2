"""The rail beside the builder: which steps are complete, and what the others still miss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.domain.metric import Role
from web.pages.builder.apply import apply_step, form_of
from web.pages.builder.steps import LINES, STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.domain.experiment import Experiment
    from web.pages.builder.catalogue import Catalogue
    from web.pages.builder.steps import Step

COMPLETE, MISSING, ATTENTION, OPEN = "complete", "missing", "attention", "open"
WORDS = {COMPLETE: "complete", MISSING: "to do", ATTENTION: "needs attention", OPEN: "before launch"}
ICONS = {COMPLETE: "circle-check", MISSING: "circle-dashed", ATTENTION: "circle-alert", OPEN: "rocket"}


@dataclass(frozen=True)
class Stop:
    """One step of the rail; `note` says what it misses."""

    step: Step
    href: str
    state: str
    note: str
    active: bool

    @property
    def word(self) -> str:
        """The state in words."""
        return WORDS[self.state]

    @property
    def icon(self) -> str:
        """The state as a drawing beside its word."""
        return ICONS[self.state]


def rail(
    experiment: Experiment, answers: Mapping[str, Sequence[str]], catalogue: Catalogue, currency: str, active: Step
) -> tuple[Stop, ...]:
    """Every step with its state, from what is saved."""
    stops = []
    for step in STEPS:
        state, note = _state(step, experiment, answers, catalogue, currency)
        stops.append(Stop(step, f"/experiments/{experiment.key}/build/{step.key}", state, note, step == active))
    return tuple(stops)


def first_open(stops: Sequence[Stop]) -> Step:
    """Where to go on: the first step that misses something, else the review."""
    return next((stop.step for stop in stops if stop.state in (MISSING, ATTENTION)), STEPS[-1])


def _state(
    step: Step, experiment: Experiment, answers: Mapping[str, Sequence[str]], catalogue: Catalogue, currency: str
) -> tuple[str, str]:
    if step.key == "review":
        return OPEN, ""
    missing = _missing(step, experiment, answers, catalogue)
    if step.key == "plan":  # a calculation for every page would be slow; the saved plan says whether there is one
        return (MISSING, missing) if missing else (COMPLETE, "")
    errors = apply_step(step, experiment, answers, catalogue, currency, sizing=False).form.errors
    if errors and not missing:
        return ATTENTION, next(iter(errors.values()))
    return (MISSING, missing) if missing else (COMPLETE, "")


def _missing(step: Step, experiment: Experiment, answers: Mapping[str, Sequence[str]], catalogue: Catalogue) -> str:
    """What the step misses for a launch, in one short sentence."""
    if step.key == "hypothesis" and not experiment.hypothesis:
        return "No hypothesis yet."
    if step.key == "metrics":
        return _without_margin(experiment, answers, catalogue)
    if step.key == "plan" and (experiment.plan.weeks is None or experiment.plan.units_per_variant is None):
        return "No sample size yet."
    return ""


def _without_margin(experiment: Experiment, answers: Mapping[str, Sequence[str]], catalogue: Catalogue) -> str:
    form = form_of(answers)
    if not experiment.goals:
        return "No goal yet."
    guarded = {use.metric for use in experiment.metrics if use.role is Role.GUARDRAIL}
    for line in LINES[1:]:
        key = form.text(line)
        if key in catalogue.by_key and key not in guarded:
            return f"{catalogue.by_key[key].name}: no accepted loss yet."
    return "" if guarded else "No guardrail yet."
