"""Everything the results page shows, as one value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from experiments.decision.shrunken_words import shrunken_line
from experiments.decision.words import Action
from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.domain.experiment import Status, UnitKind
from experiments.services import audit, catalogue, experiments, goals, metrics, undo
from experiments.services.access import all_keys
from experiments.services.clock import to_iso
from experiments.services.kept_out import KeptOut, kept_out_of
from experiments.services.net_input import declared_of
from experiments.services.net_plan import net_plan_of
from experiments.services.stored_reports import StoredReports, stored_reports
from web.formatters import current_reader
from web.pages.audience_words import rule_words
from web.pages.copying import copy_address
from web.pages.frozen_plan import look_dates, plan_values, total_units
from web.pages.goal_form import goal_lines
from web.pages.history import log_entries
from web.pages.imported_segments import SegmentArm, segment_arms
from web.pages.kept_blocks import kept_value
from web.pages.metric_forms import digit_forms, metric_forms
from web.pages.net.pictures import declared_facts
from web.pages.net.view import OF_AGENTS, STORED_BEFORE, NetView, net_view
from web.pages.planes import planes_of
from web.pages.shown import Shown, shown_of
from web.pages.snippets import Snippet, variant_snippet
from web.pages.time_left import day_words, left_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from experiments.decision.report import Report
    from experiments.domain.experiment import Experiment
    from experiments.domain.metric import Metric
    from experiments.services.actor import Actor
    from experiments.services.undo import Decided

#: Reasons for which units are left out, as people call them.
LEFT_OUT = {"bot": "bots", "internal": "internal traffic", "busy": "an inhuman rate"}
#: States in which a visitor may come in or data may change while somebody reads.
MOVING = frozenset({Status.TESTING, Status.RUNNING, Status.PAUSED})


@dataclass(frozen=True)
class Arm:
    """One tested variant: its metric rows and its planes, as mappings."""

    key: str
    title: str
    rows: list[dict[str, Any]]
    planes: list[dict[str, Any]]


@dataclass(frozen=True)
class ResultsPage:
    """What templates/pages/results.html and _results_body.html print.

    Args:
        decision, counts, effects: reports as mappings; see `web.pages.shown.Shown`.
        arms: the tested variants of `effects`.
        net: the way from gross to net of `effects`, or why it is not shown.
        segments: effects by segment where `effects` has them beside the way from gross to net, as imported tests do.
        progress: {done, planned, note}, None where nothing is planned or collected here.
        plan: see `web.pages.frozen_plan.plan_values`.
        shrunken: the goal of the variant to ship, shrunk towards past tests, in the words of the report.
        copy: address of the new-experiment form, filled in like this test.
        kept_out: why units were kept out, counted without knowing any variant.
        me: name of who reads, as comments and the log show it.
        decided: the decision that holds, None where nothing is decided.
        undo_until: until when it can be taken back, ISO 8601; None once it is final.
        stamp: changes with everything that follows from stored reports and the test; see `web.pages.kept_blocks`.
        seen: changes whenever anything on the page changes but the clock and the counts of `kept_out`.
    """

    experiment: Experiment
    shown: Shown
    decision: dict[str, Any] | None
    counts: dict[str, Any] | None
    effects: dict[str, Any] | None
    arms: tuple[Arm, ...]
    net: NetView
    segments: tuple[SegmentArm, ...]
    progress: dict[str, Any] | None
    plan: dict[str, Any]
    looks: list[dict[str, Any]]
    rules: list[str]
    history: Sequence[dict[str, Any]]
    snippet: Snippet
    kept_out: KeptOut
    forms: dict[str, str]
    links: dict[str, str]
    goals: dict[str, str]
    day: str | None
    shrunken: str | None
    may: dict[str, bool]
    copy: str
    me: str
    decided: Decided | None
    undo_until: str | None
    stamp: str
    seen: str

    @property
    def status(self) -> str:
        """State of the experiment."""
        return self.experiment.status.value

    @property
    def begun(self) -> bool:
        """Whether there is anything to read: the test was launched, or brought from elsewhere."""
        return has_begun(self.experiment)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing before launch."""
        return () if self.experiment.launched_at else self.experiment.missing_for_launch()

    @property
    def refreshing(self) -> bool:
        """Whether the page asks for news by itself: while data come in, and while a decision can be taken back."""
        return (self.experiment.status in MOVING and not self.experiment.imported) or self.undo_until is not None

    @property
    def outlook(self) -> dict[str, Any] | None:
        """What waiting means, as the last look (before the first, the newest report) says it; None where nothing is."""
        if self.experiment.status not in (Status.RUNNING, Status.PAUSED) or self.shown.invalid:
            return None
        report = self.effects or self.counts
        found: dict[str, Any] | None = report.get("outlook") if report else None
        return found

    @property
    def overruled(self) -> bool:
        """Whether the decision that holds is not what the report recommended."""
        made = self.decided
        return made is not None and (made.decided == Action.SHIP) != (made.recommended == Action.SHIP)

    @property
    def between(self) -> bool:
        """Whether newer counts wait for the next look and the last one settled nothing: no colour of a verdict then."""
        effects, counts = self.shown.effects, self.shown.counts
        if effects is None or counts is None or self.experiment.status not in MOVING:
            return False
        return not counts.look.is_look and effects.decision.action is Action.INCONCLUSIVE

    @property
    def waiting(self) -> bool:
        """Whether nobody has been exposed yet although visitors may come in."""
        return self.experiment.status is Status.RUNNING and self.shown.exposed == 0 and not self.experiment.imported

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Units that came and were left out, by reason: while one waits, all that came may have been bots."""
        found = (self.counts or {}).get("quality", {}).get("excluded", {})
        return [(LEFT_OUT.get(reason, reason), sum(units.values())) for reason, units in found.items()]

    @property
    def variant_titles(self) -> dict[str, str]:
        """Titles by key, of the current phase."""
        return {variant.key: variant.name for variant in self.experiment.phase.variants}


def results_page(
    session: Session, key: str, actor: Actor, host: str, currency: str, now: int, stored: StoredReports | None = None
) -> ResultsPage:
    """Read everything the page needs; raises NotFoundError.

    Args:
        stored: reports to show instead of the newest ones.
    """
    experiment = experiments.by_key(session, key)
    stored = stored or stored_reports(session, key, experiment.phase.number)
    shown = shown_of(stored)
    known = _metrics(session, experiment)
    products = catalogue.product_names(session) if experiment.phase.audience.rules else {}
    begun = has_begun(experiment)
    forms = digit_forms(shown.effects.metrics if shown.effects else ()) | metric_forms(known.values(), currency)
    links = {use.metric: f"/definitions#metric-{use.metric}" for use in experiment.metrics if use.metric in known}
    agreed = goal_lines(goals.current(session), known.values(), currency, to_iso(now)[:10])
    stamp = _stamp(experiment, stored, forms, links, agreed, currency)
    documents = kept_value(("documents", stamp), lambda: _documents(shown))
    made = undo.standing(session, experiment)
    day = day_words(experiment, now)
    return ResultsPage(
        experiment=experiment,
        shown=shown,
        decision=documents[0],
        counts=documents[1],
        effects=documents[2],
        arms=kept_value(("arms", stamp), lambda: _arms(shown.effects, documents[2])),
        net=kept_value(("net", stamp), lambda: _net(experiment, known, shown)),
        segments=kept_value(("segments", stamp), lambda: segment_arms(shown.effects)),
        progress=_progress(experiment, shown, now),
        plan=plan_values(experiment, known, stored),
        looks=look_dates(experiment, stored),
        rules=[rule_words(rule, products) for rule in experiment.phase.audience.rules],
        history=() if begun else log_entries(audit.history(session, noun="experiment", key=key), ()),
        snippet=variant_snippet(experiment, all_keys(session) if _asks_for_code(experiment, shown) else (), host),
        kept_out=KeptOut() if begun else kept_out_of(session, key),
        forms=forms,
        links=links,
        goals=agreed,
        day=day,
        shrunken=shrunken_line(shown.decision.decision) if shown.decision else None,
        may={right.value: actor.may(right) for right in Right},
        copy=copy_address(experiment),
        me=actor.name,
        decided=made,
        undo_until=to_iso(undo.final_at(made)) if made and undo.is_fresh(made, now) else None,
        stamp=stamp,
        seen=_seen(stamp, day, made is not None and undo.is_fresh(made, now)),
    )


def has_begun(experiment: Experiment) -> bool:
    """Launched, or brought from elsewhere."""
    return experiment.launched_at is not None or experiment.imported


def _metrics(session: Session, experiment: Experiment) -> dict[str, Metric]:
    """The definitions the test uses, in the version it began with; an imported test may bring metrics of its own."""
    found = metrics.used(session, experiment.metrics)
    return {use.metric: found[use.metric] for use in experiment.metrics if use.metric in found}


def _asks_for_code(experiment: Experiment, shown: Shown) -> bool:
    """Whether the page shows how the shop reads the variant, for which a key is named."""
    return experiment.status in (Status.DRAFT, Status.TESTING, Status.RUNNING) and shown.exposed == 0


def _documents(shown: Shown) -> tuple[dict[str, Any] | None, ...]:
    """Decision, counts and effects as mappings; a report that is two of them is written once."""
    made = {id(report): report.to_dict() for report in (shown.decision, shown.counts, shown.effects) if report}
    return tuple(made.get(id(report)) for report in (shown.decision, shown.counts, shown.effects))


def _arms(report: Report | None, document: dict[str, Any] | None) -> tuple[Arm, ...]:
    if report is None or document is None:
        return ()
    return tuple(
        Arm(
            variant.key,
            variant.title,
            [row for row in document["metrics"] if row["variant"] == variant.key],
            planes_of(report, variant.key),
        )
        for variant in report.treatments
    )


def _net(experiment: Experiment, known: dict[str, Metric], shown: Shown) -> NetView:
    """The view with what the plan declares, as it stands or as launch would complete it."""
    if experiment.unit is UnitKind.AGENT:
        return NetView("not_measured", OF_AGENTS)
    next_look = shown.counts.look.next_at if shown.counts else None
    view = net_view(shown.effects, next_look, events=not experiment.imported)
    if view.declared or experiment.imported:
        return view
    if view.status == "not_declared" and experiment.plan.net is not None:
        view = replace(view, status="not_measured", sentence=STORED_BEFORE)
    try:
        plan = net_plan_of(experiment, known.values())
    except DomainError:  # a draft whose parts do not fit together yet; launch says which
        return view
    return replace(view, declared=tuple(declared_facts(declared_of(plan))))


def _progress(experiment: Experiment, shown: Shown, now: int) -> dict[str, Any] | None:
    planned = total_units(experiment)
    if planned is None or experiment.launched_at is None or experiment.imported:
        return None
    return {"done": shown.exposed, "planned": planned, "note": left_words(experiment, shown.exposed, planned, now)}


def _stamp(experiment: Experiment, stored: StoredReports, *printed: object) -> str:
    text = repr((experiment.key, experiment.revision, stored.stamp, current_reader().time_zone, printed))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _seen(stamp: str, day: str | None, fresh: bool) -> str:
    return hashlib.sha256(repr((stamp, day, fresh)).encode()).hexdigest()[:16]
