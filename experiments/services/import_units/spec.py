"""What a spec file says about a finished test: frozen values that the run keeps and every report reads again."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.decision.inputs import MetricPlan
from experiments.domain.experiment import UnitKind
from experiments.domain.metric import Direction, Margin, MetricKind, MetricUse, Role
from experiments.domain.plan import Plan
from experiments.stats.measure import Measure

#: What a run of such an import is called among the imports.
KIND = "units"
#: Beyond this a segment is no segment but an id.
MAX_SEGMENT_VALUES = 100
#: Name of the units that no `when` of a segment describes.
OTHER = "other"
#: Name of the units whose cell is empty.
EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class ExperimentSpec:
    """The test itself.

    Args:
        unit: what was randomised.
        started, ended: first and last instant, µs UTC; None where not told.
        not_measured: questions that readers will ask and these data cannot answer, as sentences.
    """

    key: str
    name: str
    hypothesis: str
    unit: UnitKind
    owner: str = ""
    started: int | None = None
    ended: int | None = None
    not_measured: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """One variant: the text that stands for it in the file, its key, its name and its planned share."""

    value: str
    key: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric: which columns of the file, and the part it plays.

    Goals and guardrails are reported by segment; `by_segment` asks for it of another metric.

    Args:
        column: a 0/1 column of a rate, a number per unit of a mean, the numerator of a ratio.
        denominator: second column of a ratio.
        covariates: columns known before the test; named for one metric, they serve all metrics of the report.
    """

    key: str
    name: str
    role: Role
    kind: MetricKind
    column: str
    denominator: str | None = None
    direction: Direction = Direction.HIGHER
    margin: Margin | None = None
    effect: float | None = None
    covariates: tuple[str, ...] = ()
    protected: bool = False
    measurable: bool = True
    by_segment: bool = False

    def __post_init__(self) -> None:
        """A guardrail and nobody else has a margin; an effect is above 0."""
        MetricUse(self.key, self.role, self.margin, self.effect)

    @property
    def measure(self) -> Measure:
        """What the statistics compute."""
        return Measure(self.kind.value, self.column, self.denominator, self.covariates)

    @property
    def use(self) -> MetricUse:
        """The metric as the experiment lists it."""
        return MetricUse(self.key, self.role, self.margin, self.effect, self.measurable)

    @property
    def plan(self) -> MetricPlan:
        """The metric as the report judges it."""
        return MetricPlan(
            key=self.key,
            title=self.name,
            role=self.role,
            direction=self.direction,
            measure=self.measure,
            margin=self.margin,
            protected=self.protected,
            measurable=self.measurable,
            planned_effect=self.effect,
            by_segment=self.by_segment,
        )


#: Cells that a row must have, as (column, text).
When = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SegmentValue:
    """One group of a segment: its name and the cells that describe it."""

    name: str
    when: When


@dataclass(frozen=True, slots=True)
class SegmentSpec:
    """A partition of the units by facts known before the test.

    Args:
        columns: where the facts stand.
        values: groups, first match wins, `other` for the rest; empty = every text of the one column is a group.
    """

    key: str
    name: str
    columns: tuple[str, ...]
    values: tuple[SegmentValue, ...] = ()

    @property
    def column_key(self) -> str:
        """Name of the stored column, apart from those of the file."""
        return f"segments.{self.key}"


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How a CSV file is written; a Parquet file needs none of it."""

    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class ImportSpec:
    """A whole spec file.

    Args:
        unit_column: column of the unit ids; None = the row number is the id.
        variants: the control first.
        empty_is_zero: whether an empty number counts as 0 instead of rejecting its row.
        when: cells of the rows that count; others are left out. Empty = every row counts.
        left_out: texts of variants whose rows are left out.
    """

    experiment: ExperimentSpec
    unit_column: str | None
    variant_column: str
    variants: tuple[VariantSpec, ...]
    metrics: tuple[MetricSpec, ...]
    plan: Plan
    segments: tuple[SegmentSpec, ...] = ()
    csv: CsvOptions = CsvOptions()
    empty_is_zero: bool = False
    when: When = ()
    left_out: tuple[str, ...] = ()

    @property
    def number_columns(self) -> tuple[str, ...]:
        """Columns of numbers, each once, in the order of their first use."""
        named = (column for metric in self.metrics for column in metric.measure.columns)
        return tuple(dict.fromkeys(named))

    @property
    def rate_columns(self) -> frozenset[str]:
        """Columns that must hold 0 or 1."""
        return frozenset(metric.column for metric in self.metrics if metric.kind is MetricKind.RATE)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the file that is read, each once."""
        segments = (column for segment in self.segments for column in segment.columns)
        ids = () if self.unit_column is None else (self.unit_column,)
        facts = (*(column for column, _ in self.when), *segments)
        return tuple(dict.fromkeys((*ids, self.variant_column, *self.number_columns, *facts)))
