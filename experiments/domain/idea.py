"""An idea for a test, and what must be known of it before it can be ranked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from experiments.domain.checks import TEXT_MAX, check_key, check_range, check_text, check_unique, parse_day
from experiments.domain.errors import ConflictError, DomainError

MOST = 1e15


class IdeaStatus(StrEnum):
    """An open idea waits; a started one became a draft; an archived one is kept and can come back."""

    OPEN = "open"
    STARTED = "started"
    ARCHIVED = "archived"


class Origin(StrEnum):
    """Where an idea came from."""

    TYPED = "typed"
    STAFF = "staff"
    OPPORTUNITY = "opportunity"
    LEARNING = "learning"


@dataclass(frozen=True, slots=True)
class Idea:
    """What somebody wants to test.

    Args:
        evidence: what speaks for it: feedback, recordings, numbers, links.
        source: what it came from, as an address of the product: `/learnings/3`; empty where it was typed.
        effort_days: person-days to build it.
        journey, template, families: what it is about, as of a learning.
        layer, layer_share: the layer it would run in, and the share of its units it needs.
        traffic_per_week: eligible units a week of its audience, all of them.
        goal: key of the metric that must rise; `baseline` its value today, `sd` its deviation (none of a rate),
            `effect` the smallest relative change worth finding.
        value: money one event of the goal (or one unit of a mean) is worth, in major units.
        guardrail, guardrail_baseline, guardrail_margin: metric that must hold, its value today, relative loss accepted.
        net_share: share of the gross gain that remains net; an assumption.
        half_life_weeks: weeks in which the effect halves; None = it stays.
        expected: relative effect that its author expects, instead of what its gap or past tests say.
        gap: relative change of the goal if the whole gap of the opportunity closed from which it came.
        not_before, not_after: ISO dates between which it may run; empty = any time.
    """

    title: str
    hypothesis: str = ""
    evidence: str = ""
    origin: Origin = Origin.TYPED
    source: str = ""
    audience: str = "Everyone"
    effort_days: float | None = None
    journey: str = ""
    template: str = ""
    families: tuple[str, ...] = ()
    layer: str = ""
    layer_share: float = 1.0
    traffic_per_week: float | None = None
    goal: str = "cross-sell"
    baseline: float | None = None
    sd: float | None = None
    effect: float | None = None
    value: float | None = None
    guardrail: str = ""
    guardrail_baseline: float | None = None
    guardrail_margin: float | None = None
    net_share: float = 1.0
    half_life_weeks: float | None = None
    expected: float | None = None
    gap: float | None = None
    not_before: str = ""
    not_after: str = ""

    def __post_init__(self) -> None:
        """Check every bound."""
        object.__setattr__(self, "title", check_text(self.title, "idea.title"))
        for name, most in (("hypothesis", TEXT_MAX), ("evidence", TEXT_MAX), ("source", 400), ("template", 80)):
            text = check_text(getattr(self, name), f"idea.{name}", at_most=most, required=False)
            object.__setattr__(self, name, text)
        if self.source and not self.source.startswith("/"):
            raise DomainError("bad_text", f"idea.source == {self.source!r}, must begin with '/'.", "idea.source")
        object.__setattr__(self, "audience", check_text(self.audience or "Everyone", "idea.audience"))
        check_key(self.goal, "idea.goal")
        for name in ("journey", "layer", "guardrail"):
            if getattr(self, name):
                check_key(getattr(self, name), f"idea.{name}")
        check_unique(self.families, "idea.families")
        self._check_numbers()
        self._check_dates()

    def _check_numbers(self) -> None:
        check_range(self.layer_share, "idea.layer_share", low=0, high=1, open_low=True)
        check_range(self.net_share, "idea.net_share", low=-1, high=2)
        above = ("traffic_per_week", "baseline", "sd", "guardrail_baseline", "half_life_weeks", "gap")
        for name in above:
            if getattr(self, name) is not None:
                check_range(getattr(self, name), f"idea.{name}", low=0, open_low=True, high=MOST)
        for name, low, high in (("effect", 0.0, 10.0), ("guardrail_margin", 0.0, 1.0)):
            if getattr(self, name) is not None:
                check_range(getattr(self, name), f"idea.{name}", low=low, high=high, open_low=True)
        for name, low, high in (("value", 0.0, MOST), ("effort_days", 0.0, 10_000.0), ("expected", -1.0, 10.0)):
            if getattr(self, name) is not None:
                check_range(getattr(self, name), f"idea.{name}", low=low, high=high)

    def _check_dates(self) -> None:
        days = [_maybe_day(getattr(self, name), f"idea.{name}") for name in ("not_before", "not_after")]
        if days[0] and days[1] and days[1] <= days[0]:
            raise DomainError(
                "out_of_range",
                f"idea.not_after == {self.not_after}, must be after {self.not_before}.",
                "idea.not_after",
            )

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the fields without which it cannot be ranked."""
        wanted = ["traffic_per_week", "baseline", "effect", "value"]
        if self.guardrail:
            wanted += ["guardrail_baseline", "guardrail_margin"]
        return tuple(name for name in wanted if getattr(self, name) is None)

    @property
    def lane(self) -> str:
        """What it competes for: the layer, else the people of its journey, else those of its audience."""
        if self.layer:
            return f"layer:{self.layer}"
        return f"journey:{self.journey}" if self.journey else f"audience:{self.audience.casefold()}"


@dataclass(frozen=True, slots=True)
class Season:
    """Days on which no test may run, such as the week of Black Friday; ISO dates, both included."""

    name: str
    starts_on: str
    ends_on: str

    def __post_init__(self) -> None:
        """Check name and dates."""
        object.__setattr__(self, "name", check_text(self.name, "season.name", at_most=80))
        starts = _maybe_day(self.starts_on, "season.starts_on")
        ends = _maybe_day(self.ends_on, "season.ends_on")
        if starts is None or ends is None:
            raise DomainError("required", "season needs its first and its last day.", "season.starts_on")
        if ends < starts:
            message = f"season.ends_on == {self.ends_on}, must not be before {self.starts_on}."
            raise DomainError("out_of_range", message, "season.ends_on")


def check_open(status: IdeaStatus, wanted: str) -> None:
    """Raise where an idea is not open any more."""
    if status is not IdeaStatus.OPEN:
        message = f"status == {status.value!r}, only an open idea can be {wanted}."
        raise ConflictError(message, "status", code="bad_transition")


def _maybe_day(text: str, field: str) -> date | None:
    return parse_day(text, field) if text else None
