"""One way to a report, whatever the data; stored reports read back as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.decision.report import Report
from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.phase import Phase
from experiments.domain.variant import Variant
from experiments.services.actor import SYSTEM
from experiments.services.analyse import explain, latest_report, report_for
from experiments.services.clock import to_iso
from experiments.services.import_units.parse import parse_spec
from experiments.services.import_units.report import segments_of
from experiments.services.import_units.write import import_units
from experiments.store.catalogue import experiments, snapshots
from experiments.store.engines import reading, writing

NOW = 1_800_000_000_000_000
SPEC = """
experiment = { key = "trial", unit = "customer" }
unit = { row_number = true }
variant = { column = "arm", control = "a", weights = { a = 1, b = 1 } }
metrics = [
    { key = "spend", role = "goal", kind = "mean", column = "spend" },
    { key = "calls", role = "exploratory", kind = "mean", column = "calls", direction = "lower" },
]
segments = [{ key = "region", column = "region" }]
"""
CSV = "arm,spend,calls,region\na,1,3,n\na,3,1,s\na,2,2,n\nb,4,1,n\nb,6,0,s\nb,5,1,s\n"


@pytest.fixture
def imported(engine: Engine, tmp_path: Path) -> Engine:
    """A database with an imported test."""
    path = tmp_path / "trial.csv"
    path.write_text(CSV)
    import_units(engine, path, parse_spec(SPEC), id_key=b"a key for tests", now=NOW, actor=SYSTEM)
    return engine


@pytest.fixture
def stored(imported: Engine) -> tuple[Engine, Experiment, Report]:
    """An imported test with its report."""
    with reading(imported) as session:
        experiment = experiments.find(session, "trial")
        assert experiment is not None
        return imported, experiment, report_for(session, "trial", now=NOW)


def test_an_imported_test_is_reported_from_its_units(stored: tuple[Engine, Experiment, Report]) -> None:
    _, experiment, report = stored
    assert (report.source, report.experiment.key, report.experiment.status) == ("units", "trial", "stopped")
    assert [(row.metric, row.absolute.point) for row in report.metrics] == [
        ("spend", pytest.approx(3)), ("calls", pytest.approx(-4 / 3)),
    ]  # fmt: skip
    assert report.computed_at == to_iso(NOW)
    assert experiment.imported


def test_a_test_that_runs_here_is_reported_from_events(engine: Engine) -> None:
    variants = (Variant("control", "Control", 0.5), Variant("offer", "Offer", 0.5))
    with writing(engine) as session:
        draft = Experiment("live", "Live", "", UnitKind.VISITOR, (), (Phase(1, "salt", variants),))
        experiments.add(session, draft)
        report = report_for(session, "live", now=NOW)
    assert (report.source, [variant.exposed for variant in report.variants]) == ("events", [0, 0])


def test_what_does_not_exist_is_not_found(imported: Engine) -> None:
    with reading(imported) as session:
        for name, call in (
            ("experiment", lambda: report_for(session, "absent", now=NOW)),
            ("experiment", lambda: explain(session, "absent", "spend", now=NOW)),
            ("metric", lambda: explain(session, "trial", "absent", now=NOW)),
            ("variant", lambda: explain(session, "trial", "spend", now=NOW, variant="absent")),
            ("segment", lambda: segments_of(session, "trial", "absent")),
        ):
            with pytest.raises(NotFoundError) as caught:
                call()
            assert caught.value.field == name
        assert latest_report(session, "absent") is None


def test_a_number_is_taken_apart_into_its_sums(imported: Engine) -> None:
    with reading(imported) as session:
        found = explain(session, "trial", "spend", now=NOW)
    assert (found.control.n, found.control.sums, found.variant.sums) == (3, (6.0,), (15.0,))
    assert found.control.covariance == ((1.0,),)
    assert found.result.absolute.point == pytest.approx(3)


def test_groups_of_a_segment_hold_their_units(imported: Engine) -> None:
    with reading(imported) as session:
        found = segments_of(session, "trial", "region")
    assert {group: {arm: m.n for arm, m in arms.items()} for group, arms in found.items()} == {
        "n": {"a": 2, "b": 1}, "s": {"a": 1, "b": 2},
    }  # fmt: skip
    assert found["n"]["a"].mean_of("spend") == pytest.approx(1.5)


def test_the_newest_report_is_found_by_kind_and_phase(stored: tuple[Engine, Experiment, Report]) -> None:
    engine, _, report = stored
    later = replace(report, computed_at=to_iso(NOW + 1), data_until="2026-01-01T00:00:00Z")
    with writing(engine) as session:
        snapshots.save_live(session, "trial", 1, report.to_dict(), NOW)
        snapshots.add(session, "trial", 1, "day", later.to_dict(), NOW + 1)
        assert latest_report(session, "trial") == later
        assert latest_report(session, "trial", kind="live", phase=1) == report
        assert latest_report(session, "trial", phase=2) is None
        assert latest_report(session, "trial", kind="decision") is None
