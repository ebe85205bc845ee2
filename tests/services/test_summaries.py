"""A summary file becomes the reports its numbers call for, or is refused with line, column, value and bound."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.decision.report import Report
from experiments.decision.words import Action, Verdict
from experiments.domain.errors import DomainError
from experiments.domain.metric import Margin, Role, Scale
from experiments.services.summaries.analyse import Analysed, analyse_all
from experiments.services.summaries.given import NO_VALUE, NO_VARIANCE
from experiments.services.summaries.margins import parse_assignment, parse_margin, parse_split
from experiments.services.summaries.meta import pool
from experiments.services.summaries.read import read_summary
from experiments.services.summaries.render import csv_of, json_of, meta_text, rows_of, text_of
from experiments.stats import effects, noninferiority
from experiments.stats.boundaries import critical_values
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.meta import heterogeneity
from experiments.stats.moments import Moments
from experiments.stats.multiplicity import benjamini_hochberg, holm
from experiments.stats.srm import pearson
from experiments.stats.stagewise import after_looks

Analyse = Callable[..., tuple[Analysed, ...]]
RATE = Measure("rate", "y")

ONE = """experiment,variant,metric,n,successes
tv,A,cross,10000,500
tv,B,cross,10100,600
"""
WIDE = "experiment,variant,metric,n,successes,mean,variance,sum,sum_squares,time,role,direction,margin,effect,protected"
WIDE += ",control,weight,unit,planned_n\n"


@pytest.fixture
def analyse(tmp_path: Path) -> Analyse:
    """Read a text as a file and analyse all of it."""

    def run(content: str, **more: object) -> tuple[Analysed, ...]:
        path = tmp_path / "summary.csv"
        path.write_text(content)
        return analyse_all(read_summary(path, **more), computed_at="2026-05-12T04:00:00Z")  # type: ignore[arg-type]

    return run


def wide(*rows: str) -> str:
    """A file with every column; a row is written as `name=value` pairs."""
    columns = WIDE.strip().split(",")
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(dict(pair.split("=", 1) for pair in row.split()) for row in rows)
    return out.getvalue()


def only(found: Sequence[Analysed], metric: str = "cross"):  # type: ignore[no-untyped-def]
    """The one row of a metric of the one experiment."""
    (each,) = found
    (row,) = (row for row in each.report.metrics if row.metric == metric)
    return row


def test_successes_are_compared_as_rates(analyse: Analyse) -> None:
    row = only(analyse(ONE))
    direct = Moments.from_counts(10_000, 500), Moments.from_counts(10_100, 600)
    assert (row.role, row.verdict, row.few_events) == (Role.GOAL, Verdict.BETTER, False)
    for found, wanted in (
        (row.absolute, effects.absolute(RATE, *direct)),
        (row.relative, effects.relative(RATE, *direct)),
    ):
        assert (found.point, found.lo, found.hi, found.p) == pytest.approx(
            (wanted.point, wanted.lo, wanted.hi, wanted.p), rel=1e-12
        )


def test_sums_say_the_same_as_mean_and_variance(analyse: Analyse) -> None:
    rng = Random(4)
    values = {"A": [rng.gauss(50, 9) for _ in range(400)], "B": [rng.gauss(52, 9) for _ in range(420)]}
    head = "experiment,variant,metric,n,"
    by_sums, by_moments = head + "sum,sum_squares\n", head + "mean,variance\n"
    for variant, some in values.items():
        moments = Moments.from_rows(some, ["y"])
        by_sums += f"e,{variant},cross,{len(some)},{sum(some)!r},{sum(x * x for x in some)!r}\n"
        by_moments += f"e,{variant},cross,{len(some)},{moments.mean_of('y')!r},{moments.var_of('y')!r}\n"
    rows = Moments.from_rows(values["A"], ["y"]), Moments.from_rows(values["B"], ["y"])
    wanted = effects.absolute(Measure("mean", "y"), *rows)
    for content in (by_sums, by_moments):
        found = only(analyse(content)).absolute
        assert (found.point, found.lo, found.hi) == pytest.approx((wanted.point, wanted.lo, wanted.hi), rel=1e-9)


def test_a_margin_makes_a_guardrail(analyse: Analyse) -> None:
    rows = ONE + "tv,A,up,10000,800\ntv,B,up,10100,805\n"
    direct = Moments.from_counts(10_000, 800), Moments.from_counts(10_100, 805)
    row = only(analyse(rows, margins={"up": Margin(Scale.RELATIVE, 0.2)}), "up")
    wanted = noninferiority.relative(RATE, *direct, 0.2)
    assert row.role is Role.GUARDRAIL
    assert row.verdict is Verdict.HOLDS
    assert row.noninferiority.p == pytest.approx(wanted.p, rel=1e-9)
    in_file = rows.replace("successes", "successes,margin").replace("\n", ",\n").replace("margin,\n", "margin\n")
    assert only(analyse(in_file.replace("800,\n", "800,20%\n")), "up").noninferiority == row.noninferiority
    assert only(analyse(in_file.replace("800,\n", "800,0.2 relative\n")), "up").noninferiority == row.noninferiority


def test_protected_sales_that_fall_are_cannibalising_and_have_no_plane(analyse: Analyse) -> None:
    content = wide(
        "experiment=tv variant=A metric=cross n=100000 successes=5000",
        "experiment=tv variant=B metric=cross n=100000 successes=5600",
        "experiment=tv variant=A metric=up n=90000 successes=4000 margin=5% protected=yes",
        "experiment=tv variant=B metric=up n=90000 successes=3500",
    )
    (found,) = analyse(content)
    assert found.report.decision.action is Action.CANNIBALISING
    assert found.report.planes == ()


def test_less_can_be_better(analyse: Analyse) -> None:
    content = ONE.replace("successes", "successes,direction").replace("00\n", "00,lower\n")
    assert only(analyse(content)).verdict is Verdict.WORSE


def test_a_stated_split_is_checked(analyse: Analyse) -> None:
    (found,) = analyse(ONE.replace("10100", "11000"), split=(1.0, 1.0))
    assert found.report.split.p == pytest.approx(pearson((10_000, 11_000), (1, 1)).p)
    assert found.report.decision.action is Action.INVALID
    by_weight = ONE.replace("successes", "successes,weight").replace("500\n", "500,90\n").replace("600\n", "600,10\n")
    (found,) = analyse(by_weight)
    assert found.report.split.planned == (0.9, 0.1)
    assert found.report.decision.action is Action.INVALID


def test_a_split_that_nobody_stated_is_not_checked_and_said_so(analyse: Analyse) -> None:
    (found,) = analyse(ONE.replace("10100", "90000"))
    assert found.report.split.status == "not_testable"
    assert [variant.weight for variant in found.report.variants] == [None, None]
    assert any("no planned shares" in note.lower() for note in found.report.quality.notes)


def test_the_first_variant_is_the_control_unless_another_is_flagged(analyse: Analyse) -> None:
    assert only(analyse(ONE)).variant == "B"
    flagged = ONE.replace("successes", "successes,control").replace("500\n", "500,0\n").replace("600\n", "600,1\n")
    row = only(analyse(flagged, split=(3.0, 1.0)))
    assert (row.variant, row.verdict) == ("A", Verdict.WORSE)
    assert analyse(flagged, split=(3.0, 1.0))[0].report.split.planned == (0.75, 0.25)


def test_metrics_have_units_of_their_own(analyse: Analyse) -> None:
    (found,) = analyse(ONE + "tv,A,answers,700,350\ntv,B,answers,720,400\n")
    row = next(row for row in found.report.metrics if row.metric == "answers")
    wanted = effects.absolute(RATE, Moments.from_counts(700, 350), Moments.from_counts(720, 400))
    assert (row.absolute.lo, row.absolute.hi) == pytest.approx((wanted.lo, wanted.hi))
    assert [variant.exposed for variant in found.report.variants] == [10_000, 10_100]


def test_without_a_variance_a_metric_is_not_testable(analyse: Analyse) -> None:
    head = "experiment,variant,metric,n,mean,variance\n"
    for cells in (",\n", ",4\n"):
        row = only(analyse(head + "e,A,cross,900,5,\n" + f"e,B,cross,900,6{cells}"))
        assert (row.verdict, row.note) == (Verdict.NOT_TESTABLE, NO_VARIANCE)
        assert (row.control_value, row.variant_value, row.absolute.lo) == (5, 6, None)
    row = only(analyse(head + "e,A,cross,900,,\ne,B,cross,900,6,4\n"))
    assert (row.verdict, row.note, row.control_value) == (Verdict.NOT_TESTABLE, NO_VALUE, None)


def test_sums_whose_difference_is_lost_in_rounding_have_no_variance(analyse: Analyse) -> None:
    content = "experiment,variant,metric,n,sum,sum_squares\ne,A,cross,4,4e9,4e18\ne,B,cross,4,4e9,4.1e18\n"
    assert only(analyse(content)).note == NO_VARIANCE
    zeros = "experiment,variant,metric,n,sum,sum_squares\ne,A,cross,400,0,0\ne,B,cross,400,40,40\n"
    assert only(analyse(zeros)).note is None


def test_few_events_and_no_units_have_their_own_names(analyse: Analyse) -> None:
    assert only(analyse(ONE.replace("500", "9").replace("600", "15"))).verdict is Verdict.TOO_FEW
    assert only(analyse(ONE.replace("10000,500", "0,0"))).verdict is Verdict.TOO_FEW
    (found,) = analyse(ONE.replace("10000,500", "0,0").replace("10100,600", "0,0"))
    assert found.report.decision.action is Action.INCONCLUSIVE


def test_p_values_are_adjusted_over_the_goals_of_the_file(analyse: Analyse) -> None:
    counts = {"a": (500, 600), "b": (500, 540), "c": (500, 505), "d": (9, 20)}
    content = "experiment,variant,metric,n,successes\n" + "".join(
        f"{key},A,cross,10000,{x}\n{key},B,cross,10000,{y}\n" for key, (x, y) in counts.items()
    )
    found = analyse(content)
    p_values = [only([each]).absolute.p for each in found]
    assert p_values[3] is None
    assert [each.goals[0].holm for each in found] == list(holm(p_values))
    assert [each.goals[0].benjamini_hochberg for each in found] == list(benjamini_hochberg(p_values))
    assert found[0].goals[0].holm == pytest.approx(3 * p_values[0])


LOOKS = {1: (2_500, 120, 2_500, 130), 2: (5_000, 240, 5_000, 330), 3: (10_000, 500, 10_000, 540)}


def looks_file(**more: str) -> str:
    extra = "".join(f" {name}={value}" for name, value in more.items())
    rows = []
    for time, (n, x, m, y) in LOOKS.items():
        rows += [
            f"experiment=e variant=A metric=cross n={n} successes={x} time={time}{extra}",
            f"experiment=e variant=B metric=cross n={m} successes={y} time={time}",
        ]
    return wide(*rows)


def test_moments_in_time_are_planned_looks(analyse: Analyse) -> None:
    (found,) = analyse(looks_file())
    boundary = critical_values((0.25, 0.5, 1.0), 0.025, "obf", final=True)
    assert [look.information for look in found.looks] == [0.25, 0.5, 1.0]
    assert [look.action for look in found.looks] == [Action.INCONCLUSIVE, Action.SHIP, Action.INCONCLUSIVE]
    assert (found.report.look.number, found.report.look.planned, found.report.look.final) == (3, 3, True)
    row = only([found])
    assert row.critical == pytest.approx(boundary[-1])
    assert row.absolute.hi - row.absolute.point == pytest.approx(boundary[-1] * row.absolute.se)


def test_a_goal_that_passed_a_bound_stands_corrected_for_its_looks(analyse: Analyse) -> None:
    """By hand from the z of both moments: nothing but the order of results is new to what the file says."""
    counts = {1: (5_000, 250, 330), 2: (10_000, 500, 640)}
    found = analyse(
        wide(
            *(
                f"experiment=tv variant={variant} metric=cross time={time} n={n} successes={events}"
                for time, (n, *both) in counts.items()
                for variant, events in zip("AB", both, strict=True)
            )
        )
    )
    z = []
    for n, *both in counts.values():
        arms = [Moments.from_counts(n, events, "y") for events in both]
        z.append(effects.absolute(RATE, *arms).statistic or 0.0)
    bound = critical_values((0.5, 1.0))[0]
    seen = after_looks((0.5, 1.0), z, (bound,), (min(bound, 2.326348),))
    row = only(found)
    assert z[0] > bound
    assert (row.corrected.status, row.corrected.crossed_at) == ("ok", 1)
    assert row.corrected.p == pytest.approx(2 * seen.p, rel=1e-4)
    assert row.corrected.lo < row.corrected.point < row.corrected.hi
    assert "corrected for its looks" in "\n".join(text_of(found))
    assert only(analyse(ONE)).corrected is None


def test_looks_have_no_p_value_over_the_file(analyse: Analyse) -> None:
    (found,) = analyse(looks_file())
    assert (found.goals[0].p, found.goals[0].holm) == (None, None)


def test_a_planned_number_keeps_the_last_look_open(analyse: Analyse) -> None:
    (found,) = analyse(looks_file(planned_n="40000"))
    boundary = critical_values((0.125, 0.25, 0.5), 0.025, "obf", final=False)
    assert [look.information for look in found.looks] == [0.125, 0.25, 0.5]
    assert not found.report.look.final
    assert found.report.experiment.status == "running"
    assert only([found]).critical == pytest.approx(boundary[-1])


def test_what_comes_after_the_planned_end_is_left_out(analyse: Analyse) -> None:
    (found,) = analyse(looks_file(planned_n="10000"))
    assert [look.time for look in found.looks] == ["1", "2"]
    assert found.report.look.final
    assert found.report.variants[0].exposed == 5_000


def test_a_moment_that_brings_no_units_is_no_look(analyse: Analyse) -> None:
    again = "".join(
        f"e,{variant},cross,5000,{x},2026-03-0{day}\n" for day in (1, 2) for variant, x in (("A", 250), ("B", 260))
    )
    (found,) = analyse("experiment,variant,metric,n,successes,time\n" + again)
    assert [look.time for look in found.looks] == ["2026-03-01"]
    assert found.report.look.planned == 1


def test_effects_are_pooled_over_experiments(analyse: Analyse) -> None:
    rng = Random(8)
    content = "experiment,variant,metric,n,successes\n"
    for key in range(12):
        base = rng.randint(400, 900)
        content += f"e{key},A,cross,10000,{base}\ne{key},B,cross,10000,{base + rng.randint(-40, 90)}\n"
    content += "e0,C,cross,10000,9000\n" + "few,A,cross,100,5\nfew,B,cross,100,6\n"
    found = analyse(content)
    (row,) = pool(found)
    known = [each.report.rows("B")[0].relative for each in found[:12]]
    wanted = heterogeneity([effect.point for effect in known], [effect.se**2 for effect in known])
    assert (row.experiments, row.left_out, row.more_variants) == (12, 1, 1)
    assert row.spread == wanted
    assert (row.hi - row.spread.mean) == pytest.approx(1.959964 * wanted.sd_mean, rel=1e-6)  # type: ignore[union-attr,operator]
    assert "12" in meta_text([row])


def test_one_experiment_has_no_spread(analyse: Analyse) -> None:
    (row,) = pool(analyse(ONE))
    assert (row.status, row.lo, row.spread, row.experiments) == (Status.TOO_FEW, None, None, 1)
    assert "too few" in meta_text([row])
    assert row.to_dict()["tau2_paule_mandel"] is None


def test_every_form_holds_every_experiment(analyse: Analyse) -> None:
    found = analyse(looks_file() + ONE.split("\n", 1)[1].replace("\n", "," * 14 + "\n"))
    document = json.loads("\n".join(json_of([each.to_dict() for each in found])))
    assert [Report.from_dict(item) for item in document] == [each.report for each in found]
    assert [look["action"] for look in document[0]["looks"]] == ["inconclusive", "ship", "inconclusive"]
    assert document[1]["over_file"][0]["p"] == only(found[1:]).absolute.p
    table = list(csv.DictReader(io.StringIO(csv_of(rows_of(found)))))
    assert [(row["experiment"], row["looks"], row["decided_look"]) for row in table] == [
        ("e", "3", "2"),
        ("tv", "1", "1"),
    ]
    assert table[1]["holm_over_file"] == repr(only(found[1:]).absolute.p)
    text = "\n".join(text_of(found))
    assert "Look 2 (2), 50% of the units: B: ship" in text
    assert "among all 2 experiments" in text


def test_progress_counts_experiments(tmp_path: Path) -> None:
    path = tmp_path / "summary.csv"
    path.write_text(ONE + "tv2,A,cross,100,50\ntv2,B,cross,100,60\n")
    seen: list[tuple[int, int]] = []
    analyse_all(read_summary(path), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_a_parquet_file_says_the_same(analyse: Analyse, tmp_path: Path) -> None:
    path = tmp_path / "summary.parquet"
    frame = pd.read_csv(io.StringIO(looks_file(role="goal")))
    frame.to_parquet(path)
    (found,) = analyse_all(read_summary(path), computed_at="2026-05-12T04:00:00Z")
    assert found.report == analyse(looks_file(role="goal"))[0].report


def test_the_order_of_rows_does_not_matter(analyse: Analyse) -> None:
    head, *rows = looks_file(control="1").splitlines()
    shuffled = rows[:]
    Random(1).shuffle(shuffled)
    assert shuffled != rows
    assert analyse("\n".join([head, *rows])) == analyse("\n".join([head, *shuffled]))


def row(**more: str) -> str:
    """A file with one row, good but for what is given."""
    cells = {"experiment": "e", "variant": "A", "metric": "m", "n": "9", **more}
    return wide(" ".join(f"{column}={cell}" for column, cell in cells.items()))


numbers = st.floats(-1e30, 1e30, allow_nan=False)
sizes = st.integers(0, 50_000)
in_tmp = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@in_tmp
@given(st.lists(st.tuples(sizes, numbers, st.floats(0, 1e30)), min_size=2, max_size=2), st.sampled_from(["", "5%"]))
def test_any_means_give_a_report(tmp_path: Path, arms: list[tuple[int, float, float]], margin: str) -> None:
    content = wide(*(
        f"experiment=e variant={v} metric=m n={n} mean={mean!r} variance={variance!r} margin={margin}"
        for v, (n, mean, variance) in zip("AB", arms, strict=True)
    ))  # fmt: skip
    path = tmp_path / "summary.csv"
    path.write_text(content)
    (found,) = analyse_all(read_summary(path, split=(1.0, 1.0)))
    assert Report.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found.report
    assert "".join(text_of([found, found]))


@in_tmp
@given(
    st.lists(st.tuples(sizes, st.floats(0, 1)), min_size=2, max_size=2),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=4),
    st.sampled_from(["", "5%", "2/1000"]),
)
def test_any_counts_give_a_report(
    tmp_path: Path, arms: list[tuple[int, float]], shares: list[float], margin: str
) -> None:
    content = wide(*(
        f"experiment=e variant={v} metric=m n={int(n * t)} successes={int(int(n * t) * p)} time={t!r} margin={margin}"
        for t in sorted(set(shares))
        for v, (n, p) in zip("AB", arms, strict=True)
    ))  # fmt: skip
    path = tmp_path / "summary.csv"
    path.write_text(content)
    (found,) = analyse_all(read_summary(path))
    assert Report.from_dict(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == found.report


@in_tmp
@given(st.text(st.sampled_from('experimntvas,0159.%-\n"AB')), st.booleans())
def test_any_text_is_read_or_refused(tmp_path: Path, text: str, below: bool) -> None:
    path = tmp_path / "summary.csv"
    path.write_text(ONE + text if below else text)
    with suppress(DomainError):
        assert analyse_all(read_summary(path))


BAD = [
    (ONE.replace("500", "x"), "line 2: successes == 'x', must be a number"),
    (ONE.replace("500", "10001"), "line 2: successes == '10001', must be a whole number between 0 and n == 10000"),
    (ONE.replace("500", "1.5"), "line 2: successes == '1.5', must be a whole number >= 0"),
    (ONE.replace("10000", "-1"), "line 2: n == '-1', must be a whole number >= 0"),
    (ONE.replace("10000", ""), "line 2: n == empty, must be a whole number >= 0"),
    (ONE.replace("tv,A", ",A"), "line 2: experiment == empty, must be given"),
    (ONE.replace("successes", "succeses"), "column 'succeses' is none of a summary file's; nearest: successes"),
    ("experiment,variant,metric,successes\n", "column 'n' is missing"),
    ("experiment,variant,metric,n,successes\n", "has no row below its header"),
    (ONE + "tv,A,cross,1\n", "line 4: has 4 cells, must have 5"),
    (ONE + "tv,A,cross,10,5\n", "line 4: variant, metric == 'A', 'cross', must be distinct; line 2 has them already"),
    (ONE.replace("tv,B", "tv,A").replace(",cross,10100", ",up,10100"), "experiment 'tv' has 1, must be 2 to 8"),
    (ONE + "tv,A,up,100,5\n", "has no row for variant 'B' and metric 'up'"),
    (row(successes="1", mean="2"), "mean == '2', must be empty"),
    (row(mean="2", variance="-1"), "variance == '-1', must be a number >= 0"),
    (row(sum="90", sum_squares="1"), "sum_squares == '1', must be at least sum² / n == 900"),
    (row(mean="inf", variance="1"), "mean == 'inf', must be a number"),
    (row(mean="1e200", variance="1"), "mean == '1e200', must be between −1e+30 and 1e+30"),
    (row(successes="1", role="gaol"), "role == 'gaol', must be one of goal, guardrail"),
    (row(successes="1", margin="0.05"), "margin == '0.05', must be a loss such as 5%"),
    (row(successes="1", margin="100%"), "margin == '100%', must be > 0 and < 100%"),
    (row(successes="1", weight="0"), "weight == '0', must be a number > 0"),
    (row(successes="1", planned_n="0"), "planned_n == '0', must be a whole number > 0"),
    (row(successes="1", time="monday"), "time == 'monday', must be a number or a date"),
    (row(successes="1", control="maybe"), "control == 'maybe', must be one of 1, true"),
]  # fmt: skip
PAIRS = [
    ("role=goal", "role=secondary", "line 3: role == secondary, must be goal as in line 2"),
    ("role=guardrail", "", "line 2: margin == 'm' as guardrail, must be a margin for a guardrail"),
    ("role=goal margin=5%", "", "must be no margin for a goal"),
    ("weight=1", "", "line 2: weight == stated for 1 variants, must be stated for all or none"),
    ("control=1", "control=1", "at most one control"),
    ("time=1", "", "of one kind in all rows"),
    ("time=1", "time=2026-03-01", "of one kind in all rows"),
    ("time=1", "time=2", "has no row for variant 'B' and metric 'm' at 1"),
]


@pytest.mark.parametrize(("content", "words"), BAD)
def test_a_bad_row_is_named_with_its_bound(analyse: Analyse, content: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        analyse(content)
    assert words in refused.value.message


@pytest.mark.parametrize(("first", "second", "words"), PAIRS)
def test_rows_that_do_not_fit_each_other_are_named(analyse: Analyse, first: str, second: str, words: str) -> None:
    rows = [f"experiment=e variant={v} metric=m n=900 successes=90 {more}" for v, more in (("A", first), ("B", second))]
    with pytest.raises(DomainError) as refused:
        analyse(wide(*rows))
    assert words in refused.value.message


def test_cumulative_counts_cannot_fall(analyse: Analyse) -> None:
    with pytest.raises(DomainError, match=r"line 4: n == 2499, must be >= 2500 of 1: rows are cumulative"):
        analyse(looks_file().replace("cross,5000,240", "cross,2499,240"))


def test_more_moments_than_a_plan_has_looks_are_refused(analyse: Analyse) -> None:
    rows = [f"e,{v},cross,{100 * t},{9 * t},{t}\n" for t in range(1, 16) for v in "AB"]
    with pytest.raises(DomainError, match="15 moments of 'e', must be at most 14"):
        analyse("experiment,variant,metric,n,successes,time\n" + "".join(rows))


def test_options_must_fit_the_file(analyse: Analyse) -> None:
    for more, words in (
        ({"split": (1.0, 1.0, 1.0)}, "--split == 3 shares, must be 2"),
        ({"margins": {"croos": Margin(Scale.RELATIVE, 0.1)}}, "'croos', is no metric of the file; nearest: cross"),
    ):
        with pytest.raises(DomainError) as refused:
            analyse(ONE, **more)
        assert words in refused.value.message
    weighted = ONE.replace("successes", "successes,weight").replace("00\n", "00,1\n")
    with pytest.raises(DomainError, match="must be empty where --split is given"):
        analyse(weighted, split=(1.0, 1.0))


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [
        ("5%", Scale.RELATIVE, 0.05),
        ("0.05 relative", Scale.RELATIVE, 0.05),
        ("2/1000", Scale.ABSOLUTE, 0.002),
        ("0.4 absolute", Scale.ABSOLUTE, 0.4),
    ],
)
def test_a_margin_says_its_scale(text: str, scale: Scale, value: float) -> None:
    assert parse_margin(text, "margin") == Margin(scale, value)
    assert parse_assignment(f"a=b={text}") == ("a=b", Margin(scale, value))


@pytest.mark.parametrize("text", ["5%", "=5%", "m=", "m=5", "m=0%"])
def test_other_margins_are_refused(text: str) -> None:
    with pytest.raises(DomainError, match="margin"):
        parse_assignment(text)


def test_a_split_is_a_list_of_shares() -> None:
    assert parse_split("0.5, 0.3,0.2") == (0.5, 0.3, 0.2)
    for text in ("1", "0.5,0", "a,b", "0.5,inf", "nan,1"):
        with pytest.raises(DomainError, match="--split"):
            parse_split(text)
