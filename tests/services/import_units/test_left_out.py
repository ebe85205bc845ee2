"""Rows that a spec does not ask for are left out, counted and named; their units still may not stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from experiments.domain.errors import DomainError
from experiments.services.analyse import report_for
from experiments.services.import_units.parse import parse_spec
from experiments.services.import_units.result import ImportResult
from experiments.store.engines import reading

Import = Callable[..., ImportResult]
NOW = 1_800_000_000_000_000
CSV = """id,arm,bought,spend,region,mens,womens
c-1,A,0,0,north,1,0
c-2,A,1,10.5,north,1.0,0
c-3,B,0,0,south,true,0
c-4,B,1,7,south,1,0
c-5,C,1,7,north,1,0
c-6,C,not a number,0,south,0,1
c-7,A,1,8.25,south,0,1
c-8,B,also not,1,south,,
"""


@pytest.fixture
def narrow(spec_text: str) -> str:
    """The test of A against B among men's customers, in a file that has C and others."""
    with_c = spec_text.replace('control = "A"', 'control = "A"\nleave_out = ["C"]')
    limits = 'name = "A trial"\nnot_measured = ["Whether B takes sales from A: no column says so."]'
    return with_c.replace('name = "A trial"', limits) + "\n[rows]\nwhen = { mens = 1, womens = 0 }\n"


def notes_of(engine: Engine) -> tuple[str, ...]:
    with reading(engine) as session:
        return report_for(session, "trial", now=NOW).quality.notes


def test_they_are_counted_and_named_and_their_numbers_are_not_read(
    engine: Engine, run_import: Import, narrow: str
) -> None:
    result = run_import(engine, CSV, narrow)
    assert (result.variants, result.rejected) == ({"a": 2, "b": 2}, 0)
    assert (result.left_out, result.unmatched) == ({"C": 2}, 2)
    assert notes_of(engine)[1:] == (
        "2 rows of variant 'C' were left out: the spec compares the others.",
        "2 rows were left out: only those with mens = 1 and womens = 0 count.",
        "Not measurable with these data: whether B takes sales from A: no column says so.",
    )
    with reading(engine) as session:
        report = report_for(session, "trial", now=NOW)
    assert report.split.planned == (0.5, 0.5)
    assert [(each.metric, each.segment) for each in report.segments] == [("bought", "region")]
    assert {group.group: group.units for group in report.segments[0].groups} == {
        "north": {"a": 2, "b": 0},
        "south": {"a": 0, "b": 2},
    }


def test_again_they_change_nothing(engine: Engine, run_import: Import, narrow: str) -> None:
    first, again = run_import(engine, CSV, narrow), run_import(engine, CSV, narrow)
    assert (first.outcome, again.outcome) == ("imported", "unchanged")
    assert (again.left_out, again.unmatched) == (first.left_out, first.unmatched)


@pytest.mark.parametrize("arms", ["CA", "AC"])
def test_a_unit_of_a_variant_that_is_left_out_may_not_stand_in_another(
    sqlite_engine: Engine, run_import: Import, narrow: str, arms: str
) -> None:
    twice = "".join(f"c-9,{arm},0,0,north,1,0\n" for arm in arms)
    result = run_import(sqlite_engine, CSV + twice, narrow)
    assert (result.in_two_variants, result.rejected) == (1, 2)
    assert (result.variants, result.left_out, result.unmatched) == ({"a": 2, "b": 2}, {"C": 2}, 2)


def test_a_unit_that_is_left_out_once_does_not_count_later(
    sqlite_engine: Engine, run_import: Import, narrow: str
) -> None:
    result = run_import(sqlite_engine, CSV + "c-7,A,1,8,south,1,0\n", narrow)
    assert (result.variants, result.rejected, result.unmatched) == ({"a": 2, "b": 2}, 1, 2)
    assert result.rejections[0].reason == "the unit stands in line 8 already"


def test_a_condition_that_leaves_a_variant_without_rows_says_so(
    sqlite_engine: Engine, run_import: Import, narrow: str
) -> None:
    with pytest.raises(DomainError, match=r"0 rejected, 6 left out by rows\.when"):
        run_import(sqlite_engine, CSV, narrow.replace("mens = 1,", "mens = 2,"))


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("{ mens = 1, womens = 0 }", "{}", "required", "rows.when"),
        ("{ mens = 1, womens = 0 }", "{ mens = [1] }", "bad_type", "rows.when.mens"),
        ("{ mens = 1, womens = 0 }", "{ bought = 1 }", "bad_rows", "rows.when.bought"),
        ("{ mens = 1, womens = 0 }", '{ arm = "A" }', "bad_rows", "rows.when.arm"),
        ('leave_out = ["C"]', 'leave_out = ["B"]', "bad_variant", "variant.leave_out"),
        ('leave_out = ["C"]', 'leave_out = ["C", "C"]', "duplicate", "variant.leave_out"),
        ('leave_out = ["C"]', 'leave_out = "C"', "bad_type", "variant.leave_out"),
        ('["Whether B takes sales from A: no column says so."]', '[""]', "required", "experiment.not_measured.0"),
    ],
)
def test_what_a_spec_must_not_say_is_refused_by_name(narrow: str, old: str, new: str, code: str, field: str) -> None:
    assert old in narrow
    with pytest.raises(DomainError) as refused:
        parse_spec(narrow.replace(old, new))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_column_that_is_not_there_is_named(sqlite_engine: Engine, run_import: Import, narrow: str) -> None:
    with pytest.raises(DomainError, match=r"rows\.when\.men == 'men', is no column of the file; nearest: mens"):
        run_import(sqlite_engine, CSV, narrow.replace("mens = 1,", "men = 1,"))
