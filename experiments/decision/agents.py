"""What a test of agents needs beside its numbers: enough agents, and customers who met one variant only.

The agent is drawn and the agent is the row, so the spread between agents is what intervals are made of and contacts
of one agent are never taken for independent. What that needs is many agents, not many contacts: with few, no
correction helps. The bounds follow the literature on few clusters (Cameron and Miller 2015, "A practitioner's guide to
cluster-robust inference", section VI: problems below 20 to 50; Kahan et al. 2016, Trials 17:438) and what these very
intervals were seen to keep in simulation (docs/calibration.md#agents).
"""

from __future__ import annotations

from dataclasses import replace

from experiments.decision.formats import count, percent
from experiments.decision.inputs import AnalysisInput, MetricPlan

AGENT = "agent"
#: Below so many agents in a variant nothing is tested; below the second a sentence warns.
FEWEST, FEW = 10, 20
#: From these shares on a sentence warns: customers served by agents of several variants, contacts without agent.
SHARED, UNNAMED = 0.05, 0.05


def with_agents(given: AnalysisInput) -> AnalysisInput:
    """The analysis with what few agents forbid, and with sentences about what a reader should know."""
    if given.experiment.unit != AGENT:
        return given
    smallest = min(given.moments[variant.key].n for variant in given.ordered)
    fault = _fault(smallest)
    given = replace(given, metrics=tuple(_of_agents(plan, fault) for plan in given.metrics))
    notes = [*given.quality.notes, *_few(smallest), *_served(given)]
    return replace(given, quality=replace(given.quality, notes=tuple(notes)))


def _of_agents(plan: MetricPlan, fault: str | None) -> MetricPlan:
    """The metric as one of groups: agents are few, and handle unevenly many contacts."""
    groups = plan.measure.kind == "ratio"
    return replace(plan, measure=replace(plan.measure, groups=groups), fault=plan.fault or fault)


def _fault(smallest: int) -> str | None:
    if smallest >= FEWEST:
        return None
    return f"Only {count(smallest)} agents in a variant: below {FEWEST} the spread between agents cannot be told."


def _few(smallest: int) -> list[str]:
    if not FEWEST <= smallest < FEW:
        return []
    return [
        f"{count(smallest)} agents in the smallest variant, below {FEW}: one unusual agent can move a result. The "
        "intervals allow for few agents (Student's t between agents); a repeat with others would say more."
    ]


def _served(given: AnalysisInput) -> list[str]:
    told = given.quality.handled
    if told is None:
        return []
    notes = []
    if told.customers and told.in_both / told.customers >= SHARED:
        notes.append(
            f"{percent(told.in_both / told.customers)} of the customers were served by agents of several variants: "
            "what one agent said can carry over to the next, so that the variants look more alike than they are."
        )
    if told.contacts and told.unnamed / told.contacts >= UNNAMED:
        notes.append(
            f"{percent(told.unnamed / told.contacts)} of the contacts name no agent and count for nobody: send "
            "agent_id with every contact and order, or the groups may differ in what is missing."
        )
    return notes
