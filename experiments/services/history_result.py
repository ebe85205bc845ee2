"""A look back at an audience: what was asked, and what a plan takes from the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from experiments.decision.sizing import KnownMetric
from experiments.domain.checks import check_range, check_unique
from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import MAX_WINDOW_DAYS, Direction, Metric, MetricKind
from experiments.stats.power.history import Baseline

LEAST_DAYS = 7
#: Shorter looks back say little about how often people return, and less about the weeks of a month.
USUAL_DAYS = 28
#: Below so many units with the event a baseline is known to worse than 10 % either way.
FEW_EVENTS = 100
#: Browsers that cap script storage keep a visitor's id about so many days.
COOKIE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Lookback:
    """Which units, and when they were first seen.

    Args:
        unit: what the test will randomise.
        days: days in which units are first seen; the metrics' windows and returns come on top, up to `until`.
        until: µs; end of the history; None = up to what every source has delivered.
        holds: families that must all be held at first sight.
        lacks: families of which none may be held then.
        page: path pattern with `*`; only its page views count as a sight. None = any page view, outcome or exposure.
        holds_any: families of which at least one must be held then.
        covariate_days: days before first sight whose same column serves as covariate of every metric; None = as each
            metric is defined.
    """

    unit: UnitKind = UnitKind.CUSTOMER
    days: int = USUAL_DAYS
    until: int | None = None
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    page: str | None = None
    covariate_days: int | None = None
    holds_any: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every bound."""
        check_range(self.days, "days", low=LEAST_DAYS, high=365)
        if self.covariate_days is not None:
            check_range(self.covariate_days, "covariate_days", low=0, high=MAX_WINDOW_DAYS)
        check_unique((*self.holds, *self.holds_any, *self.lacks), "holdings")

    @property
    def place(self) -> str:
        """Where units were looked for, in words."""
        return "anywhere" if self.page is None else f"on {self.page}"

    @property
    def audience(self) -> str:
        """Holdings in words, by their keys, with a blank at the end; empty for everybody."""
        return self.audience_as({})

    def audience_as(self, names: Mapping[str, str]) -> str:
        """The same with the names of families, by key, where they have one."""
        all_of, any_of, lacks = (
            [names.get(key, key) for key in keys] for keys in (self.holds, self.holds_any, self.lacks)
        )
        parts = [f"with {', '.join(all_of)}"] if all_of else []
        parts += [f"with {' or '.join(any_of)}"] if any_of else []
        parts += [f"without {' or '.join(lacks)}"] if lacks else []
        return " and ".join(parts) + " " if parts else ""


@dataclass(frozen=True, slots=True)
class OfAgents:
    """How contacts lie with agents.

    Args:
        contacts: mean contacts of one agent inside the window; cv: their standard deviation over that mean.
        sd: standard deviation of one contact; icc: share of its variance that lies between agents, as follows from
            the spread of agents. Both None where one contact's spread is not stored.
    """

    contacts: float
    cv: float
    sd: float | None
    icc: float | None


@dataclass(frozen=True, slots=True)
class MetricHistory:
    """One metric as it was, in the unit a plan states it in.

    Args:
        baseline: rate, mean or ratio; standard_error: of the baseline itself.
        sd: per unit, linearised for a ratio; None for a rate.
        events: units with the event, of a rate; None otherwise.
        r_squared: share of the variance that the test's covariates explain; 0 without.
        of_agents: of a ratio over contacts where agents are looked back at; None otherwise.
    """

    key: str
    version: int
    kind: MetricKind
    direction: Direction
    baseline: float
    sd: float | None
    standard_error: float
    events: int | None
    r_squared: float
    of_agents: OfAgents | None = None

    @classmethod
    def of(cls, metric: Metric, found: Baseline) -> MetricHistory:
        """The measured baseline of a metric."""
        spread = sqrt(found.value * (1 - found.value)) if found.sd is None else found.sd
        return cls(
            metric.key,
            metric.version,
            metric.kind,
            metric.direction,
            found.value,
            found.sd,
            spread / sqrt(found.n),
            round(found.value * found.n) if metric.kind is MetricKind.RATE else None,
            found.r_squared,
        )


@dataclass(frozen=True)
class History:
    """Planning inputs of an audience.

    Args:
        since, until: ISO 8601 in UTC; units enter in the first `lookback.days` days of it.
        window_days: longest window with its returns, which every unit has behind it.
        units: units that entered.
        by_day: distinct units seen by the end of day 1, 2, … of the whole period; concave, since units come back.
        correlation: of the metrics per unit in their order, after covariates.
        notes: what to keep in mind.
    """

    lookback: Lookback
    since: str
    until: str
    window_days: int
    units: int
    by_day: tuple[float, ...]
    metrics: tuple[MetricHistory, ...]
    correlation: tuple[tuple[float, ...], ...]
    notes: tuple[str, ...]

    @property
    def traffic_per_week(self) -> float:
        """New units per week, averaged over the period."""
        return self.by_day[-1] / len(self.by_day) * 7

    def known(self, key: str, value: float | None = None) -> KnownMetric:
        """One metric, ready for an effect or a margin; `value` is the money one of its events is worth.

        Raises:
            NotFoundError: the metric was not looked back at.
        """
        for metric in self.metrics:
            if metric.key == key:
                return KnownMetric(
                    key,
                    metric.kind,
                    metric.baseline,
                    sd=metric.sd,
                    value=value,
                    direction=metric.direction,
                    variance_explained=metric.r_squared,
                )
        raise NotFoundError("metric", key)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "unit": self.lookback.unit.value,
            "page": self.lookback.page,
            "holds": list(self.lookback.holds),
            "holds_any": list(self.lookback.holds_any),
            "lacks": list(self.lookback.lacks),
            "since": self.since,
            "until": self.until,
            "days": self.lookback.days,
            "window_days": self.window_days,
            "units": self.units,
            "traffic_per_week": self.traffic_per_week,
            "distinct_by_day": list(self.by_day),
            "metrics": [_plain(metric) for metric in self.metrics],
            "correlation": [list(row) for row in self.correlation],
            "notes": list(self.notes),
        }


def notes_on(wanted: Lookback, metrics: Sequence[MetricHistory], window: int) -> tuple[str, ...]:
    """What a reader of the history should keep in mind."""
    notes = [
        f"{metric.key} rests on {metric.events} units with the event; its baseline is known to about "
        f"±{1.96 * metric.standard_error / metric.baseline:.0%}."
        for metric in metrics
        if metric.events is not None and metric.events < FEW_EVENTS
    ]
    if wanted.days < USUAL_DAYS:
        notes.append(f"{wanted.days} days of new units; {USUAL_DAYS} or more tell a month's weeks apart.")
    if wanted.page is None and wanted.unit is not UnitKind.AGENT:
        notes.append("Any page view, outcome or exposure counts as seen; for a test on some pages name the page.")
    if wanted.unit is UnitKind.VISITOR and window > COOKIE_DAYS:
        notes.append(
            f"Visitors are counted for {window} days; browsers that cap script storage keep an id about {COOKIE_DAYS}."
        )
    return tuple(notes)


def _plain(metric: MetricHistory) -> dict[str, Any]:
    return {
        "key": metric.key,
        "version": metric.version,
        "kind": metric.kind.value,
        "direction": metric.direction.name.lower(),
        "baseline": metric.baseline,
        "sd": metric.sd,
        "standard_error": metric.standard_error,
        "events": metric.events,
        "r_squared": metric.r_squared,
        "of_agents": None if metric.of_agents is None else asdict(metric.of_agents),
    }
