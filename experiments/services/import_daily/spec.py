"""What a spec file says about a test with day totals: frozen values that the run keeps and every report reads again."""

from __future__ import annotations

from dataclasses import dataclass, field

from experiments.decision.inputs import MetricPlan
from experiments.domain.metric import MetricUse
from experiments.domain.plan import Plan
from experiments.services.import_units.spec import CsvOptions, ExperimentSpec, MetricSpec, VariantSpec

#: What the run of such an import is called.
KIND = "daily"


@dataclass(frozen=True, slots=True)
class DaySpec:
    """How the days are written.

    Args:
        format: as for `datetime.strptime`.
        year: the year of all days, where the file does not say it.
    """

    column: str
    format: str = "%Y-%m-%d"
    year: int | None = None


@dataclass(frozen=True, slots=True)
class DailyMetric:
    """A share of counted units: events of a day over units of the same day.

    Args:
        spec: the metric as a rate; its column holds the events.
        denominator: column of the units.
        lag_days: days after which a day's events are complete; younger days leave events and units alike.
    """

    spec: MetricSpec
    denominator: str
    lag_days: int = 0

    @property
    def key(self) -> str:
        """Key of the metric."""
        return self.spec.key

    @property
    def events(self) -> str:
        """Column of the events."""
        return self.spec.column

    @property
    def use(self) -> MetricUse:
        """The metric as the experiment lists it."""
        return self.spec.use

    @property
    def plan(self) -> MetricPlan:
        """The metric as the report judges it."""
        return self.spec.plan


@dataclass(frozen=True, slots=True)
class DailySpec:
    """A whole spec file.

    Args:
        variants: the control first.
        variant_column: column with the text of the variant; None where every variant has a file of its own.
        files: (text of the variant, name of its file), where every variant has one; else empty.
        exposure: column of the units that were exposed, on which the split is checked.
    """

    experiment: ExperimentSpec
    variants: tuple[VariantSpec, ...]
    day: DaySpec
    exposure: str
    metrics: tuple[DailyMetric, ...]
    plan: Plan
    variant_column: str | None = None
    files: tuple[tuple[str, str], ...] = ()
    csv: CsvOptions = field(default_factory=CsvOptions)

    @property
    def count_columns(self) -> tuple[str, ...]:
        """Columns of counts, each once."""
        named = (column for metric in self.metrics for column in (metric.events, metric.denominator))
        return tuple(dict.fromkeys((self.exposure, *named)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, each once."""
        variant = () if self.variant_column is None else (self.variant_column,)
        return tuple(dict.fromkeys((self.day.column, *variant, *self.count_columns)))

    @property
    def longest_lag(self) -> int:
        """Days until a day counts for every metric."""
        return max(metric.lag_days for metric in self.metrics)
