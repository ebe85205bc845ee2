"""Day totals become an experiment whose report counts mature days only, or nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, select

from experiments.decision.report import Report
from experiments.decision.words import Action, Verdict
from experiments.domain.access import UserRole
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError
from experiments.domain.experiment import Status
from experiments.domain.plain import from_plain, to_plain
from experiments.services import analyse
from experiments.services.actor import SYSTEM, Actor
from experiments.services.import_daily.parse import parse_spec, read_spec
from experiments.services.import_daily.report import input_from_daily
from experiments.services.import_daily.robustness import daily_spread
from experiments.services.import_daily.spec import DailySpec
from experiments.services.import_daily.write import DailyResult, import_daily
from experiments.services.import_units.parse import parse_spec as parse_units
from experiments.services.import_units.report import input_from_units
from experiments.services.import_units.write import import_units
from experiments.services.stored_reports import stored_reports
from experiments.stats import effects, noninferiority
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.srm import pearson
from experiments.store.catalogue import experiments
from experiments.store.engines import reading, writing
from experiments.store.tables import ImportRow

NOW = 1_800_000_000_000_000
SPEC = """
[experiment]
key = "trial"
unit = "visitor"

[variant]
column = "arm"
control = "A"
weights = { A = 1, B = 1 }

[day]
column = "day"

[exposure]
column = "views"

[[metrics]]
key = "orders"
name = "Orders per view"
role = "goal"
column = "orders"
denominator = "views"
lag_days = 2
effect = 0.05

[[metrics]]
key = "upgrades"
name = "Upgrades per order"
role = "guardrail"
column = "upgrades"
denominator = "orders"
lag_days = 2
margin = { absolute = 0.05 }

[[metrics]]
key = "clicks"
role = "exploratory"
column = "clicks"
denominator = "views"
"""
HEAD = "day,arm,views,clicks,orders,upgrades\n"
CSV = (
    HEAD
    + """2026-03-02,A,1000,300,100,40
2026-03-02,B,1010,310,120,50
2026-03-03,A,1100,320,110,45
2026-03-03,B,1090,315,140,55
2026-03-04,A,900,290,,
2026-03-04,B,910,280,9,
2026-03-05,A,950,300,,
2026-03-05,B,940,290,,
"""
)
UNITS = """
[experiment]
key = "trial"
unit = "visitor"
[unit]
row_number = true
[variant]
column = "arm"
control = "A"
weights = { A = 1, B = 1 }
[[metrics]]
key = "y"
role = "goal"
kind = "rate"
column = "y"
"""

Import = Callable[..., DailyResult]


@pytest.fixture
def run_import(tmp_path: Path) -> Import:
    """Import a text as a file by a spec text."""

    def run(engine: Engine, content: str = CSV, spec: str = SPEC, **more: object) -> DailyResult:
        path = tmp_path / "days.csv"
        path.write_text(content)
        return import_daily(engine, [path], parse_spec(spec), **{"now": NOW, "actor": SYSTEM, **more})  # type: ignore[arg-type]

    return run


def report_of(engine: Engine) -> Report:
    """A fresh report."""
    with reading(engine) as session:
        return analyse.report_for(session, "trial", now=NOW)


def test_mature_days_are_counted_as_binomial(engine: Engine, run_import: Import) -> None:
    result = run_import(engine)
    assert result == DailyResult("imported", "trial", rows=8, days=4, mature=2)
    report = report_of(engine)
    rows = {row.metric: row for row in report.metrics}
    orders = Moments.from_counts(2_100, 210, "orders"), Moments.from_counts(2_100, 260, "orders")
    wanted = effects.absolute(Measure("rate", "orders"), *orders)
    assert (rows["orders"].absolute.lo, rows["orders"].absolute.hi) == (wanted.lo, wanted.hi)
    upgrades = Moments.from_counts(210, 85, "upgrades"), Moments.from_counts(260, 105, "upgrades")
    assert rows["upgrades"].noninferiority == noninferiority.absolute(Measure("rate", "upgrades"), *upgrades, 0.05)
    assert rows["clicks"].control_value == pytest.approx(1_210 / 3_950)
    assert report.source == "daily"
    assert report.data_until is not None
    assert report.data_until.startswith("2026-03-05T23:59:59")


def test_the_split_is_checked_on_all_exposures_and_per_day(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    split = report_of(engine).split
    assert split.seen == (3_950, 3_950)
    assert [segment.segment for segment in split.segments] == [f"2026-03-0{day}" for day in (2, 3, 4, 5)]
    broken = CSV.replace("2026-03-05,A,950", "2026-03-05,A,1900").replace("2026-03-02,B,1010", "2026-03-02,B,1960")
    run_import(engine, broken)
    report = report_of(engine)
    assert report.split.p == pytest.approx(pearson((4_900, 4_900), (1, 1)).p)
    assert report.decision.action is Action.INVALID
    assert [segment.segment for segment in report.split.segments if segment.broken] == ["2026-03-02", "2026-03-05"]


def test_young_days_are_told_and_counted_as_immature(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    report = report_of(engine)
    assert [(variant.exposed, variant.mature) for variant in report.variants] == [(3_950, 2_100), (3_950, 2_100)]
    assert report.quality.immature == 3_700
    assert "Orders per view: 2 of 4 days count, the others are younger than 2 days." in report.quality.notes
    assert not any(note.startswith("clicks: 4") for note in report.quality.notes)


def test_a_sign_test_over_days_stands_beside_goal_and_guardrail(engine: Engine, run_import: Import) -> None:
    rows = [f"2026-03-{day:02},{arm},1000,300,{100 + 9 * (arm == 'B')},40\n" for day in range(2, 12) for arm in "AB"]
    run_import(engine, HEAD + "".join(rows))
    notes = report_of(engine).quality.notes
    assert (
        "Orders per view: higher in B than in A on 8 of 8 days (sign test p = 0.008); its days differ no more than "
        "counts explain (Q test p = 1.000)."
    ) in notes
    assert not any("clicks" in note and "sign test" in note for note in notes)


def test_days_that_differ_more_than_counts_explain_are_told(engine: Engine, run_import: Import) -> None:
    rng = Random(2)
    rows = []
    for day in range(2, 30):
        lift = rng.choice([-60, 60])
        rows += [f"2026-03-{day:02},A,1000,300,200,40\n", f"2026-03-{day:02},B,1000,300,{200 + lift},40\n"]
    run_import(engine, HEAD + "".join(rows))
    (note,) = (note for note in report_of(engine).quality.notes if note.startswith("Orders per view: higher"))
    assert "differ more than counts explain (Q test p < 0.001), so the interval is too narrow" in note


def test_the_spread_of_days_is_that_of_counts_where_days_are_alike() -> None:
    from experiments.services.import_daily.days import Day

    rng = Random(5)
    metric = parse_spec(SPEC).metrics[0]
    days = []
    for number in range(1, 29):
        counts = {arm: {"views": 2_000, "orders": sum(rng.random() < 0.1 for _ in range(2_000))} for arm in ("a", "b")}
        days.append(Day(date(2026, 2, number), counts))
    spread = daily_spread(metric, days, "a", "b")
    assert spread is not None
    assert spread.df == 27
    assert spread.p is not None
    assert 0.01 < spread.p < 0.99


def test_a_file_per_variant(sqlite_engine: Engine, tmp_path: Path) -> None:
    by_file = SPEC.replace('column = "arm"', 'files = { A = "a.csv", B = "b.csv" }')
    dated = by_file.replace('column = "day"', 'column = "day"\nformat = "%a, %b %d"\nyear = 2014')
    (tmp_path / "a.csv").write_text('\ufeffday,views,clicks,orders,upgrades\n"Sat, Oct 11",1000,9,5,2\n')
    (tmp_path / "b.csv").write_text('day,views,clicks,orders,upgrades\n"Sat, Oct 11",1001,8,4,2\n')
    spec = parse_spec(dated.replace("lag_days = 2", "lag_days = 0"))
    paths = [tmp_path / "b.csv", tmp_path / "a.csv"]
    assert import_daily(sqlite_engine, paths, spec, now=NOW, actor=SYSTEM).days == 1
    report = report_of(sqlite_engine)
    assert [variant.exposed for variant in report.variants] == [1_000, 1_001]
    assert report.data_until is not None
    assert report.data_until.startswith("2014-10-11")
    for some, words in (([paths[0]], "'a.csv', is not among"), ([*paths, tmp_path / "c.csv"], "'c.csv', must be one")):
        (tmp_path / "c.csv").write_text("x\n")
        with pytest.raises(DomainError, match=words):
            import_daily(sqlite_engine, some, spec, now=NOW, actor=SYSTEM)


def test_the_report_is_stored_with_the_import(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    with reading(engine) as session:
        stored = stored_reports(session, "trial")
        found = experiments.find(session, "trial")
    assert stored.shown == report_of(engine)
    assert found is not None
    assert (found.status, found.imported) == (Status.STOPPED, True)
    assert found.launched_at == 1_772_409_600_000_000
    assert found.stopped_at == 1_772_755_199_999_999


def test_the_same_again_changes_nothing_and_other_days_replace(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    assert run_import(engine).outcome == "unchanged"
    changed = run_import(engine, CSV.replace(",100,40", ",130,40"), now=NOW + 1)
    assert changed.outcome == "replaced"
    assert run_import(engine, CSV, SPEC.replace("lag_days = 2", "lag_days = 3"), now=NOW + 2).outcome == "replaced"
    with reading(engine) as session:
        assert list(session.scalars(select(ImportRow.state).order_by(ImportRow.id))) == ["failed", "failed", "done"]
        stored = stored_reports(session, "trial")
    row = next(row for row in stored.shown.metrics if row.metric == "orders")  # type: ignore[union-attr]
    assert row.control_value == pytest.approx(100 / 1_000)


def test_a_number_can_be_taken_apart(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    with reading(engine) as session:
        found = analyse.explain(session, "trial", "upgrades", now=NOW)
    assert (found.control.n, found.variant.n) == (210, 260)
    assert found.control.sums == pytest.approx((85,))


def test_a_refused_file_leaves_everything_as_it_was(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    before = report_of(engine)
    with pytest.raises(DomainError):
        run_import(engine, CSV.replace("2026-03-03,B,1090", "2026-03-03,B,x"))
    assert report_of(engine) == before


def test_other_tests_are_not_replaced(sqlite_engine: Engine, run_import: Import, tmp_path: Path) -> None:
    run_import(sqlite_engine)
    units = parse_units(UNITS)
    path = tmp_path / "units.csv"
    path.write_text("arm,y\nA,1\nB,0\n")
    with pytest.raises(ConflictError, match="imported as daily, not as units"):
        import_units(sqlite_engine, path, units, id_key=b"k", now=NOW, actor=SYSTEM)
    with reading(sqlite_engine) as session:
        found = experiments.find(session, "trial")
        assert found is not None
        with pytest.raises(DomainError, match="imported as daily"):
            input_from_units(session, found, NOW)
    with writing(sqlite_engine) as session:
        experiments.save(session, found.move_to(Status.DECIDED, NOW))
    with pytest.raises(ConflictError, match="is decided; only a stopped test"):
        run_import(sqlite_engine, CSV.replace(",100,40", ",130,40"))


def test_units_are_no_day_totals(sqlite_engine: Engine, run_import: Import, tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_text("arm,y\nA,1\nB,0\n")
    units = parse_units(UNITS)
    import_units(sqlite_engine, path, units, id_key=b"k", now=NOW, actor=SYSTEM)
    with pytest.raises(ConflictError, match="imported as units, not as day totals"):
        run_import(sqlite_engine)
    with reading(sqlite_engine) as session:
        found = experiments.find(session, "trial")
        assert found is not None
        with pytest.raises(DomainError, match="has no day totals"):
            input_from_daily(session, found, NOW)
    assert report_of(sqlite_engine).source == "units"


def test_only_editors_import(sqlite_engine: Engine, run_import: Import) -> None:
    with pytest.raises(ForbiddenError):
        run_import(sqlite_engine, actor=Actor("vera@example.org", UserRole.VIEWER))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("A,1000,300", "A,1e3,300", "days.csv line 2: views == '1e3', must be a whole number >= 0"),
        ("A,1000,300", "A,,300", "days.csv line 2: views == empty, must be a whole number >= 0"),
        ("300,100,40", "300,,40", "line 2: orders == empty, must be a whole number >= 0 on a day that is 2 days old"),
        ("300,100,40", "300,1001,40", "line 2: orders == 1001, must be <= views == 1000"),
        ("2026-03-02,A", "2 March,A", "line 2: day == '2 March', must be a day written %Y-%m-%d"),
        ("2026-03-02,A", "2026-03-02,C", "line 2: arm == 'C', must be one of A, B"),
        ("2026-03-02,A", "2026-03-03,A", "line 4: day == 2026-03-03 of a, must be once; days.csv line 2 is it"),
        ("2026-03-02,A,1000,300,100,40\n", "", "2026-03-02 has no row for 'A'"),
        ("day,arm,views", "day,arm,view", "'views' is no column of days.csv; nearest: view"),
        ("300,100,40", "300,100", "line 2: has 5 cells, must have 6"),
    ],
)
def test_a_bad_file_is_refused_by_name(
    sqlite_engine: Engine, run_import: Import, old: str, new: str, words: str
) -> None:
    with pytest.raises(DomainError) as refused:
        run_import(sqlite_engine, CSV.replace(old, new, 1))
    assert words in refused.value.message


def test_an_empty_file_is_refused(sqlite_engine: Engine, run_import: Import) -> None:
    with pytest.raises(DomainError, match="has no row below its header"):
        run_import(sqlite_engine, HEAD)


def test_counts_of_young_days_may_be_empty_and_of_all_days_too_few(sqlite_engine: Engine, run_import: Import) -> None:
    run_import(sqlite_engine, spec=SPEC.replace("lag_days = 2", "lag_days = 30"))
    report = report_of(sqlite_engine)
    assert next(row for row in report.metrics if row.metric == "orders").verdict is Verdict.TOO_FEW


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("lag_days = 2", "lag_days = -1", "metrics.orders.lag_days"),
        ("lag_days = 2", "lag = 2", "metrics.orders.lag"),
        ('column = "day"', 'column = "day"\nyear = 20', "day.year"),
        ('column = "views"', "", "exposure.column"),
        ('column = "arm"', "", "variant"),
        ('column = "arm"', 'column = "arm"\nfiles = { A = "a", B = "b" }', "variant"),
        ('column = "arm"', 'files = { A = "a", B = "a" }', "variant.files"),
        ('column = "arm"', 'files = { A = "a" }', "variant.files.B"),
        ("margin = { absolute = 0.05 }", "", "metrics.upgrades.margin"),
        ('denominator = "orders"', "", "metrics.upgrades.denominator"),
        ('key = "upgrades"', 'key = "orders"', "metrics.key"),
        ("[exposure]", "[exposures]", "exposures"),
        ("[exposure]", "[exposure", "spec"),
    ],
)
def test_a_bad_spec_is_refused_by_field(old: str, new: str, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        parse_spec(SPEC.replace(old, new, 1))
    assert refused.value.field == field


def test_a_spec_needs_a_metric() -> None:
    with pytest.raises(DomainError, match="metrics is empty"):
        parse_spec(SPEC[: SPEC.index("[[metrics]]")])


def test_a_spec_is_kept_exactly(tmp_path: Path) -> None:
    spec = parse_spec(SPEC.replace('column = "arm"', 'files = { A = "a.csv", B = "b.csv" }'))
    assert from_plain(DailySpec, to_plain(spec)) == spec
    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    assert read_spec(path) == parse_spec(SPEC)
    with pytest.raises(DomainError, match=r"nothing\.toml"):
        read_spec(tmp_path / "nothing.toml")


def test_variants_have_their_names(sqlite_engine: Engine, run_import: Import) -> None:
    run_import(sqlite_engine, spec=SPEC.replace("[day]", 'names = { B = "Better page" }\n[day]'))
    assert [variant.title for variant in report_of(sqlite_engine).variants] == ["A", "Better page"]
