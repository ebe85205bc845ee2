"""A file becomes an experiment, or nothing changes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, func, select

from experiments.decision.report import Report
from experiments.decision.words import Action
from experiments.domain.access import UserRole
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError
from experiments.domain.experiment import Status
from experiments.domain.ids import hash_id
from experiments.services.actor import Actor
from experiments.services.analyse import latest_report, report_for
from experiments.services.import_units.parse import parse_spec
from experiments.services.import_units.result import LISTED, ImportResult
from experiments.services.import_units.rows import Rejection
from experiments.store.catalogue import experiments, snapshots
from experiments.store.engines import reading, writing
from experiments.store.tables import (
    AuditRow,
    Base,
    ExperimentRow,
    ImportColumnRow,
    ImportRow,
    ImportUnitRow,
    ImportValueRow,
)

Import = Callable[..., ImportResult]
NOW = 1_800_000_000_000_000


def counted(engine: Engine) -> dict[str, int]:
    """Rows of the tables an import writes, the history of runs apart."""
    tables = (ExperimentRow, ImportColumnRow, ImportUnitRow, ImportValueRow)
    with reading(engine) as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def states(engine: Engine) -> list[str]:
    """States of all runs, oldest first."""
    with reading(engine) as session:
        return list(session.scalars(select(ImportRow.state).order_by(ImportRow.id)))


def spend_of(engine: Engine) -> list[float]:
    """Mean spend per variant in a fresh report, the control first."""
    with reading(engine) as session:
        report = report_for(session, "trial", now=NOW)
    row = next(row for row in report.metrics if row.metric == "spend")
    assert row.control_value is not None
    assert row.variant_value is not None
    return [row.control_value, row.variant_value]


def test_the_experiment_is_a_normal_stopped_one(engine: Engine, run_import: Import) -> None:
    result = run_import(engine)
    assert (result.outcome, result.rows, result.rejected, result.variants) == ("imported", 8, 0, {"a": 4, "b": 4})
    with reading(engine) as session:
        found = experiments.find(session, "trial")
    assert found is not None
    assert (found.status, found.imported, found.phase.number, found.revision) == (Status.STOPPED, True, 1, 1)
    assert [(variant.key, variant.weight) for variant in found.phase.variants] == [("a", 0.5), ("b", 0.5)]
    assert [use.metric for use in found.goals] == ["bought"]
    assert (found.launched_at, found.stopped_at, found.created_at) == (None, None, NOW)


def test_dates_of_the_spec_are_those_of_the_experiment(engine: Engine, run_import: Import, spec_text: str) -> None:
    dated = spec_text.replace('key = "trial"', 'key = "trial"\nstarted = 2026-03-02\nended = 2026-03-15', 1)
    run_import(engine, spec=dated)
    with reading(engine) as session:
        found = experiments.find(session, "trial")
        report = report_for(session, "trial", now=NOW)
    assert found is not None
    assert found.launched_at == found.phase.started_at == 1_772_409_600_000_000
    assert found.stopped_at == found.phase.ended_at == 1_773_619_199_999_999
    assert (report.data_until or "").startswith("2026-03-15T23:59:59")


def test_units_are_hashed_and_zeros_are_not_stored(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    with reading(engine) as session:
        units = dict(session.execute(select(ImportUnitRow.unit, ImportUnitRow.variant)).all())
        values = session.execute(select(ImportValueRow.unit, ImportValueRow.position, ImportValueRow.value)).all()
    second = hash_id("customer", "c-2", b"a key for tests")
    assert units == {hash_id("customer", f"c-{i}", b"a key for tests"): int(i > 4) for i in range(1, 9)}
    assert {(position, value) for unit, position, value in values if unit == second and position < 2} == {
        (0, 1.0), (1, 10.5),
    }  # fmt: skip
    assert all(value != 0 for _, _, value in values)


def test_row_numbers_are_ids_where_the_file_has_none(engine: Engine, run_import: Import, spec_text: str) -> None:
    content = "arm,bought,spend,region\nA,0,0,n\nA,2,0,n\nA,1,3,n\nB,1,1,n\n"
    run_import(engine, content, spec_text.replace('column = "id"', "row_number = true"))
    with reading(engine) as session:
        units = set(session.scalars(select(ImportUnitRow.unit)))
    assert units == {hash_id("customer", f"row:{i}", b"a key for tests") for i in (1, 3, 4)}


def test_the_report_says_what_the_rows_say(engine: Engine, run_import: Import, spec_text: str) -> None:
    rng = np.random.default_rng(5)
    n = 900
    arm = rng.integers(0, 2, n)
    bought = (rng.random(n) < 0.3 + 0.1 * arm).astype(int)
    spend = np.round(bought * rng.gamma(2.0, 20.0, n), 2)
    lines = [f"u{i},{'AB'[arm[i]]},{bought[i]},{spend[i]},{'ns'[i % 2]}" for i in range(n)]
    run_import(engine, "id,arm,bought,spend,region\n" + "\n".join(lines), spec_text)
    with reading(engine) as session:
        report = report_for(session, "trial", now=NOW)
    rows = {row.metric: row for row in report.metrics}
    a, b = spend[arm == 0], spend[arm == 1]
    assert report.source == "units"
    assert report.look.is_look
    assert report.look.final
    assert [variant.exposed for variant in report.variants] == [len(a), len(b)]
    assert rows["spend"].absolute.point == pytest.approx(b.mean() - a.mean(), rel=1e-12)
    assert rows["spend"].absolute.se == pytest.approx(
        np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)), rel=1e-12
    )
    assert rows["bought"].control_value == pytest.approx(bought[arm == 0].mean(), rel=1e-12)
    segments = {segment.segment: segment.seen for segment in report.split.segments}
    even = np.arange(n) % 2 == 0
    assert segments["region: n"] == ((even & (arm == 0)).sum(), (even & (arm == 1)).sum())


def test_parquet_and_csv_give_the_same_report(
    engine: Engine, run_import: Import, csv_text: str, spec_text: str
) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    run_import(engine)
    before = spend_of(engine)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(io.BytesIO(csv_text.encode())), buffer)
    result = run_import(engine, buffer.getvalue(), name="trial.parquet")
    assert (result.outcome, result.rows) == ("replaced", 8)
    assert spend_of(engine) == before


def test_bad_rows_are_listed_with_line_and_reason_and_the_rest_counts(engine: Engine, run_import: Import) -> None:
    content = (
        "id,arm,bought,spend,region\n"
        "c-1,A,0,0,n\n"
        "c-2,A,2,0,n\n"
        "c-3,A,1,many,n\n"
        "c-4,C,1,3,n\n"
        " ,A,1,3,n\n"
        "c-6,A,1,,n\n"
        "c-7,A,1\n"
        "c-1,A,1,9,n\n"
        "c-9,B,1,3,n\n"
    )
    result = run_import(engine, content)
    assert (result.rows, result.rejected) == (2, 7)
    assert result.rejections == (
        Rejection(3, "bought == '2', must be 0 or 1 for kind 'rate'"),
        Rejection(4, "spend == 'many', must be a number"),
        Rejection(5, "arm == 'C', must be one of A, B"),
        Rejection(6, "id is empty, must hold the id of the unit"),
        Rejection(7, "spend is empty, must be a number"),
        Rejection(8, "has 3 cells, must have 5"),
        Rejection(9, "the unit stands in line 2 already"),
    )
    assert spend_of(engine) == [0.0, 3.0]
    with reading(engine) as session:
        assert "7 of 9 rows were rejected by the import." in report_for(session, "trial", now=NOW).quality.notes


def test_an_empty_number_is_zero_where_the_spec_says_so(engine: Engine, run_import: Import, spec_text: str) -> None:
    content = "id,arm,bought,spend,region\nc-1,A,,,n\nc-2,A,1,4,n\nc-3,B,0, ,n\n"
    result = run_import(engine, content, 'empty = "zero"\n' + spec_text)
    assert (result.rows, result.rejected) == (3, 0)
    assert spend_of(engine) == [2.0, 0.0]


def test_all_rejections_are_counted_and_the_first_are_listed(engine: Engine, run_import: Import, csv_text: str) -> None:
    result = run_import(engine, csv_text + "x,A,9,0,n\n" * (LISTED + 5))
    assert (result.rejected, len(result.rejections)) == (LISTED + 5, LISTED)


def test_a_unit_in_two_variants_is_taken_out_and_too_many_of_them_forbid_a_verdict(
    engine: Engine, run_import: Import, csv_text: str
) -> None:
    result = run_import(engine, csv_text + "c-2,B,1,100,north\nc-2,A,1,100,north\n")
    assert (result.rows, result.rejected, result.in_two_variants) == (7, 3, 1)
    assert result.variants == {"a": 3, "b": 4}
    assert result.rejections == (
        Rejection(10, "the unit stands in line 3 in another variant already"),
        Rejection(3, "the unit stands in line 10 in another variant"),
        Rejection(11, "the unit stands in line 3 already"),
    )
    assert spend_of(engine)[0] == pytest.approx(4 / 3)
    with reading(engine) as session:
        report = report_for(session, "trial", now=NOW)
    assert report.quality.in_two_variants == 1
    assert report.decision.action is Action.INVALID


def test_the_same_file_again_changes_nothing_and_says_so(engine: Engine, run_import: Import, csv_text: str) -> None:
    first = run_import(engine, csv_text + "c-9,C,0,0,n\n")
    before = counted(engine)
    again = run_import(engine, csv_text + "c-9,C,0,0,n\n", now=NOW + 1)
    assert again.outcome == "unchanged"
    assert (again.run_id, again.rows, again.rejections) == (first.run_id, first.rows, first.rejections)
    assert counted(engine) == before


def test_a_changed_file_takes_the_place_of_the_old_rows(engine: Engine, run_import: Import, csv_text: str) -> None:
    run_import(engine)
    result = run_import(engine, csv_text.replace("c-8,B,1,1,", "c-8,B,1,5,"), now=NOW + 1)
    assert result.outcome == "replaced"
    assert spend_of(engine) == [3.625, pytest.approx(20.25 / 4)]
    assert counted(engine)["import_unit"] == 8
    assert states(engine) == ["failed", "done"]
    with reading(engine) as session:
        found = experiments.find(session, "trial")
    assert found is not None
    assert (found.revision, found.created_at) == (2, NOW)


def test_a_changed_spec_is_a_changed_test(engine: Engine, run_import: Import, spec_text: str) -> None:
    run_import(engine)
    result = run_import(engine, spec=spec_text.replace("{ A = 1, B = 1 }", "{ A = 1, B = 3 }"))
    assert result.outcome == "replaced"
    with reading(engine) as session:
        assert [variant.weight for variant in report_for(session, "trial", now=NOW).variants] == [0.25, 0.75]


def test_the_report_is_stored_with_the_rows_and_replaced_with_them(
    engine: Engine, run_import: Import, csv_text: str
) -> None:
    stored = []
    for content in (csv_text, csv_text + "c-9,B,0,0,n\n"):
        run_import(engine, content)
        with reading(engine) as session:
            fresh = report_for(session, "trial", now=NOW)
            assert latest_report(session, "trial") == fresh
            assert latest_report(session, "trial", kind="live") == fresh
            assert latest_report(session, "trial", kind="look") == fresh
            stored.append(fresh)
    assert [report.variants[1].exposed for report in stored] == [4, 5]
    with reading(engine) as session:
        looks = snapshots.all_of(session, "trial", kind="look")
    assert [Report.from_dict(look.report) for look in looks] == stored


@pytest.mark.parametrize(
    ("content", "spec", "code", "words"),
    [
        ("id,arm,bought,spent,region\n", None, "unknown_column", "metrics.spend.column == 'spend'"),
        ("id,arm,bought,spent,region\n", None, "unknown_column", "nearest: spent"),
        ("id,arm,bought,spend,region\nc-1,A,0,0,n\n", None, "no_units", "variant.weights.B"),
        ("id,arm,bought,spend,region\n", None, "no_units", "variant.weights.A"),
        ('id,arm,bought,spend,region\nc-1,A,0,0,"n\n', None, "bad_file", "line 2"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(
    engine: Engine, run_import: Import, content: str, spec: str | None, code: str, words: str
) -> None:
    with pytest.raises(DomainError) as caught:
        run_import(engine, content)
    assert caught.value.code == code
    assert words in caught.value.message
    assert set(counted(engine).values()) == {0}


def test_real_numbers_are_no_ids(engine: Engine, run_import: Import) -> None:
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    table = pyarrow.table({"id": [1.0], "arm": ["A"], "bought": [0], "spend": [0.0], "region": ["n"]})
    pyarrow.parquet.write_table(table, buffer)
    with pytest.raises(DomainError, match=r"unit\.column == 'id', holds real numbers"):
        run_import(engine, buffer.getvalue())


def test_a_column_that_is_no_segment_is_refused(engine: Engine, run_import: Import) -> None:
    rows = "".join(f"c-{i},{'AB'[i % 2]},0,1,place {i}\n" for i in range(150))
    with pytest.raises(DomainError, match="more than 100 different texts") as caught:
        run_import(engine, "id,arm,bought,spend,region\n" + rows)
    assert caught.value.field == "segments.region.column"
    assert counted(engine)["import_unit"] == 0


def test_a_stopped_progress_bar_stops_the_import_and_nothing_is_left(engine: Engine, run_import: Import) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_import(engine, progress=interrupt)
    assert set(counted(engine).values()) == {0}


def test_progress_grows_to_the_size_of_the_file(engine: Engine, run_import: Import) -> None:
    rows = "".join(f"c-{i},{'AB'[i % 2]},0,1,n\n" for i in range(3_500))
    seen: list[tuple[int, int]] = []
    run_import(engine, "id,arm,bought,spend,region\n" + rows, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] == len(rows) + 27


def test_a_file_that_changes_while_it_is_read_is_refused(engine: Engine, run_import: Import, tmp_path: Path) -> None:
    def append(done: int, total: int) -> None:
        with (tmp_path / "trial.csv").open("a") as handle:
            handle.write("c-99,A,0,0,n\n")

    with pytest.raises(DomainError, match="changed while it was read"):
        run_import(engine, progress=append)
    assert set(counted(engine).values()) == {0}


def test_a_test_that_ran_here_is_never_written_over(engine: Engine, run_import: Import) -> None:
    run_import(engine)
    with writing(engine) as session:
        session.query(ExperimentRow).update({"imported": False})
    with pytest.raises(ConflictError, match="not imported") as caught:
        run_import(engine, "id,arm,bought,spend,region\nc-1,A,0,0,n\nc-2,B,0,0,n\n")
    assert caught.value.code == "exists"


def test_a_decided_test_is_not_replaced(engine: Engine, run_import: Import, csv_text: str) -> None:
    run_import(engine)
    with writing(engine) as session:
        found = experiments.find(session, "trial")
        assert found is not None
        experiments.save(session, found.decide(None, NOW))
    with pytest.raises(ConflictError, match="decided") as caught:
        run_import(engine, csv_text + "c-9,B,0,0,n\n")
    assert caught.value.code == "frozen"
    assert counted(engine)["import_unit"] == 8


def test_of_two_imports_at_the_same_time_the_later_one_counts(
    engine: Engine, run_import: Import, csv_text: str
) -> None:
    later: list[ImportResult] = []

    def begin_another(done: int, total: int) -> None:
        if not later:
            later.append(run_import(engine, csv_text + "c-9,B,1,20,n\n", name="later.csv"))

    with pytest.raises(ConflictError) as caught:
        run_import(engine, progress=begin_another)
    assert caught.value.code == "superseded"
    assert counted(engine)["import_unit"] == later[0].rows == 9
    assert states(engine) == ["failed", "done"]
    assert spend_of(engine) == [3.625, pytest.approx(36.25 / 5)]


def test_no_raw_id_is_stored_anywhere(engine: Engine, run_import: Import) -> None:
    content = "id,arm,bought,spend,region\nsecret-1,A,0,0,n\nsecret-2,B,1,1,n\nsecret-2,B,1,x,n\nsecret-3,Z,1,1,n\n"
    run_import(engine, content)
    with reading(engine) as session:
        for table in Base.metadata.sorted_tables:
            assert "secret" not in str(session.execute(select(table)).all())


def test_who_may_only_look_may_not_import(engine: Engine, run_import: Import) -> None:
    with pytest.raises(ForbiddenError):
        run_import(engine, actor=Actor("eve@example.com", UserRole.VIEWER))
    run_import(engine, actor=Actor("ed@example.com", UserRole.EDITOR))
    with reading(engine) as session:
        deed = session.scalars(select(AuditRow)).one()
    assert (deed.who, deed.action, deed.noun, deed.key) == ("ed@example.com", "import", "experiment", "trial")


def test_a_run_keeps_the_spec_it_was_made_by(engine: Engine, run_import: Import, spec_text: str) -> None:
    run_import(engine)
    with reading(engine) as session:
        row = session.scalars(select(ImportRow)).one()
    assert (row.kind, row.state, row.file, row.rows) == ("units", "done", "trial.csv", 8)
    assert row.spec["variant_column"] == parse_spec(spec_text).variant_column
