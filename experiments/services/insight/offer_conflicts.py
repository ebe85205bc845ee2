"""One customer who was promised different things: counted by the worker for every launched test, kept, read by all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.changes import LAUNCHED
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.promise import contradictions
from experiments.services.clock import DAY, to_iso
from experiments.services.experiments import all_experiments
from experiments.services.insight.journey_counts import channel_word
from experiments.services.metrics import all_metrics
from experiments.services.net_plan import net_plan_of
from experiments.store import offer_conflicts as store
from experiments.store.catalogue import phases
from experiments.store.insight import results
from experiments.store.offer_conflicts import PairCount, Rival

NAME = "offer-conflicts"
#: Two offers that a customer saw further apart than this are two offers and no contradiction.
WITHIN_DAYS = 30
_BEGUN = (*LAUNCHED, Status.STOPPED, Status.DECIDED)
#: After so many days without a new exposure the counts of a test stay as they are.
FINAL_DAYS = 60
#: Names of one row, in the order of a table.
COLUMNS = (
    "variant", "channel", "other_experiment", "other_variant", "other_channel", "customers", "share", "first", "last"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """Customers who were shown two variants that contradict each other, by variant and channel.

    Args:
        other_experiment: key of the test of the second variant, which may be the same test.
        share: of all customers and unknown visitors the test showed a variant.
        first, last: ISO 8601; when the first of them had seen both, and when one of them last saw either.
    """

    variant: str
    channel: str
    other_experiment: str
    other_name: str
    other_variant: str
    other_channel: str
    customers: int
    share: float
    first: str
    last: str

    @property
    def cells(self) -> tuple[Any, ...]:
        """The row of a table, in the order of COLUMNS."""
        return tuple(getattr(self, name) for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class OfferConflicts:
    """What the worker found of one test.

    Args:
        exposed: customers, and visitors whose customer is not known, that were shown a variant.
        in_conflict: of them, those in any row; a customer may be in several rows.
        computed_at: ISO 8601; None where nothing was counted yet.
    """

    exposed: int = 0
    in_conflict: int = 0
    rows: tuple[ConflictRow, ...] = ()
    computed_at: str | None = None

    @property
    def share(self) -> float | None:
        """Share of the exposed that are in a conflict; None where nobody was exposed."""
        return self.in_conflict / self.exposed if self.exposed else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "exposed": self.exposed,
            "in_conflict": self.in_conflict,
            "share": self.share,
            "within_days": WITHIN_DAYS,
            "rows": [asdict(row) for row in self.rows],
            "computed_at": self.computed_at,
        }


def offer_conflicts_of(session: Session, key: str) -> OfferConflicts:
    """What was counted last of a test; empty where nothing was."""
    stored = results.find(session, NAME)
    found = stored.document.get(key) if stored else None
    if stored is None or found is None:
        return OfferConflicts()
    rows = tuple(ConflictRow(**row) for row in found["rows"])
    return OfferConflicts(found["exposed"], found["in_conflict"], rows, to_iso(found["computed_at"]))


@dataclass(frozen=True, slots=True)
class Contradicted:
    """One row, with the test it belongs to."""

    experiment: str
    name: str
    row: ConflictRow


def conflicts_since(session: Session, since: int) -> tuple[Contradicted, ...]:
    """Every contradiction that somebody saw a side of since `since` (µs), in whatever test, each pair once.

    The largest first. Two tests tell the same people, so that the one counted by the test with the smaller key stands.
    """
    stored = results.find(session, NAME)
    names = {test.key: test.name for test in all_experiments(session)}
    found: list[Contradicted] = []
    for key, told in stored.document.items() if stored else ():
        rows = (ConflictRow(**each) for each in told["rows"] if key in names)
        kept = (row for row in rows if row.last >= to_iso(since) and key <= row.other_experiment)
        found += [Contradicted(key, names[key], row) for row in kept]
    return tuple(sorted(found, key=lambda each: (-each.row.customers, each.experiment, each.row.cells)))


def count(session: Session, now: int) -> dict[str, Any]:
    """Count every launched test that is not long over; reads exposures, so only the worker may."""
    tests = [each for each in all_experiments(session, _BEGUN) if not each.imported and each.unit is not UnitKind.AGENT]
    codes, metrics = phases.ids(session), all_metrics(session)
    promoted = {test.key: net_plan_of(test, metrics).promoted for test in tests}

    def rivals(test: Experiment) -> list[Rival]:
        found = []
        for other in tests:
            if other.key == test.key or not _met(test, other, now):
                continue
            pairs = contradictions(test, other, (promoted[test.key], promoted[other.key]))
            if pairs:
                code = codes[other.key, other.phase.number]
                found.append(Rival(code, tuple((pair.mine, pair.theirs) for pair in pairs)))
        return found

    by_code = {codes[test.key, test.phase.number]: test for test in tests}
    open_ones = {code: test for code, test in by_code.items() if now - _shown_until(test, now) <= FINAL_DAYS * DAY}
    return {test.key: _counted(session, test, code, rivals(test), by_code, now) for code, test in open_ones.items()}


def keep(session: Session, counts: Mapping[str, Any], now: int) -> None:
    """Keep what was counted, beside what is final."""
    before = results.find(session, NAME)
    results.save(session, NAME, {**(before.document if before else {}), **counts}, now)


def piece(now: int) -> Callable[[Session], Callable[[Session], None]]:
    """The work as the worker takes it: reads, and returns how to keep."""

    def work(session: Session) -> Callable[[Session], None]:
        found = count(session, now)
        return lambda writer: keep(writer, found, now)

    return work


def _met(one: Experiment, other: Experiment, now: int) -> bool:
    """Whether the current phases of two tests lie near enough for one customer to compare them."""
    a, b = one.phase, other.phase
    if a.started_at is None or b.started_at is None:
        return False
    ends = _shown_until(one, now), _shown_until(other, now)
    apart = WITHIN_DAYS * DAY
    return a.started_at - ends[1] <= apart and b.started_at - ends[0] <= apart


def _shown_until(test: Experiment, now: int) -> int:
    """µs until which customers see its variants: the winner of a test that was shipped beyond the end of its phase."""
    rollout, ended = test.rollout, test.phase.ended_at or now
    if rollout is None or rollout.started_at is None:
        return ended
    back = rollout.halted_at if not rollout.live else None
    return max(ended, now if back is None else back)


def _counted(
    session: Session, test: Experiment, code: int, rivals: Sequence[Rival], tests: Mapping[int, Experiment], now: int
) -> dict[str, Any]:
    until = {phase: _shown_until(each, now) for phase, each in tests.items() if each.rollout is not None}
    found = store.conflicts_of(session, code, rivals, WITHIN_DAYS * DAY, now, until)
    rows = [asdict(_row(test, tests[pair.phase_id], pair, found.people)) for pair in found.pairs]
    rows.sort(key=lambda row: -row["customers"])
    return {"exposed": found.people, "in_conflict": found.in_conflict, "rows": rows, "computed_at": now}


def _row(test: Experiment, other: Experiment, pair: PairCount, exposed: int) -> ConflictRow:
    return ConflictRow(
        variant=test.phase.variants[pair.mine].key,
        channel=channel_word(pair.channel),
        other_experiment=other.key,
        other_name=other.name,
        other_variant=other.phase.variants[pair.theirs].key,
        other_channel=channel_word(pair.their_channel),
        customers=pair.people,
        share=pair.people / exposed,
        first=to_iso(pair.first),
        last=to_iso(pair.last),
    )
