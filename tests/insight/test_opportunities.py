"""The finder on traffic with a known truth: planted gaps on top, others' gaps never called one, numbers by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.errors import DomainError
from experiments.insight.opportunities import (
    Cell,
    Kappa,
    Overlap,
    Place,
    Status,
    Traffic,
    Worth,
    find,
    standardised_gap,
)
from experiments.insight.opportunities.simulate import PLACES, Scene, draw
from experiments.insight.opportunities.words import sentence
from tests.calibration.opportunities import LEAD, PLANTED, opportunities

WEEK = 7 * 86_400_000_000
NAMES = {"mobile": "Mobile", "tv": "TV"}
TV, SHOP = Place("tv", "TV pages", "/tv*", ("tv",)), Place("shop", "Shop", "/shop*", ("tv",))


def cell(place: int, buyers: int, people: int, *, visits: int = 0, held: tuple[str, ...] = ("mobile",)) -> Cell:
    return Cell(place, held, "web", visits, people, 2 * people, {"tv": buyers})


def traffic(*cells: Cell, overlaps: tuple[Overlap, ...] = (), places: tuple[Place, ...] = (TV, SHOP)) -> Traffic:
    worth = {"mobile": Worth(100, "catalogue"), "tv": Worth(15_000, "sales", 40)}
    return Traffic(0, 4 * WEEK, 14, places, cells, overlaps, NAMES, worth)


def test_a_gap_by_hand() -> None:
    """Here 1 % of 1,000; there 5 % of 400: gap 4 points, 250 people a week, 150.00 a sale: 1,500.00 a week at most."""
    found = find(traffic(cell(0, 10, 1_000), cell(1, 20, 400)))
    first = found.ranked[0]
    assert first.gap is not None
    assert first.ceiling is not None
    assert first.benchmark is not None
    assert (first.place.key, first.family, first.benchmark.rule) == ("tv", "tv", "made_for")
    assert first.gap.value == pytest.approx(0.04)
    here, there = 10.5 / 1_001, 20.5 / 401
    assert first.gap.se == pytest.approx((here * (1 - here) / 1_000 + there * (1 - there) / 400) ** 0.5)
    assert first.ceiling.raw == pytest.approx(250 * 0.04 * 15_000)
    assert first.ceiling.bound <= first.ceiling.shrunk
    assert first.expected(0.1) == pytest.approx(0.1 * first.ceiling.shrunk)
    assert sentence(first, NAMES) == (
        "These people buy less TV here than the same people on “Shop”, which was made for TV. Part of that is because "
        "different people come, with different plans. Only a test tells."
    )


def test_other_people_are_no_gap() -> None:
    """Raw shares 2 % and 8 %, and the same share in each kind of visit."""
    strangers = (cell(0, 16, 1_600), cell(0, 40, 400, visits=2))
    regulars = (cell(1, 4, 400), cell(1, 160, 1_600, visits=2))
    found = find(traffic(*strangers, *regulars))
    here = next(each for each in found.opportunities if each.place is TV and each.family == "tv")
    assert here.gap is not None
    assert here.gap.raw > 0.05
    assert here.gap.value == pytest.approx(0, abs=1e-12)
    assert here.status is Status.EXPLAINED
    assert found.ranked == ()
    assert "other people come here" in sentence(here, NAMES)


@pytest.mark.parametrize(
    ("cells", "status"),
    [((cell(0, 1, 99), cell(1, 20, 400)), Status.FEW),
     ((cell(0, 1, 500), cell(1, 9, 400)), Status.NO_BENCHMARK),
     ((cell(0, 1, 500), cell(1, 20, 400, visits=1)), Status.NOT_COMPARABLE),
     ((cell(0, 20, 400), cell(1, 20, 400)), Status.NO_GAP)],
)  # fmt: skip
def test_what_cannot_be_compared_is_named(cells: tuple[Cell, ...], status: Status) -> None:
    found = find(traffic(*cells))
    here = next(each for each in found.opportunities if each.place is TV and each.family == "tv")
    assert here.status is status
    assert here.rank is None
    assert "potential gain" not in sentence(here, NAMES)


def test_holders_stand_in_where_no_other_page_sells_it() -> None:
    """The twins first (the same and TV); all holders where those are few."""
    holders = Cell(0, ("mobile", "tv"), "web", 0, 400, 500, {}, {"tv": 40})
    others = Cell(0, ("broadband", "tv"), "web", 0, 400, 500, {}, {"tv": 20})
    twins = find(traffic(cell(0, 10, 1_000), holders, others, places=(TV,))).ranked[0]
    everybody = find(
        traffic(cell(0, 10, 1_000), replace(holders, units=50, more={"tv": 5}), others, places=(TV,))
    ).ranked[0]
    assert twins.benchmark is not None
    assert everybody.benchmark is not None
    assert (twins.benchmark.held, twins.benchmark.buyers) == (("mobile", "tv"), 40)
    assert (everybody.benchmark.held, everybody.benchmark.buyers) == (None, 25)
    assert "who hold TV already" in sentence(everybody, NAMES)


def test_the_most_visited_page_is_the_benchmark_and_never_the_best() -> None:
    third = Place("hot", "Hot deals", "/hot*", ("tv",))
    found = find(traffic(cell(0, 10, 1_000), cell(1, 20, 500), cell(2, 90, 300), places=(TV, SHOP, third)))
    first = next(each for each in found.ranked if each.place is TV)
    assert first.benchmark is not None
    assert first.benchmark.place is SHOP


def test_people_in_two_cells_are_told() -> None:
    help_ = Place("help", "Help", "/help*")
    cells = (cell(0, 10, 4_000), cell(1, 200, 5_000), cell(2, 5, 1_000))
    both = (Overlap(0, 2, ("mobile",), 400), Overlap(0, 1, ("mobile",), 9))
    found = find(traffic(*cells, overlaps=both, places=(TV, SHOP, help_)))
    assert [each.place.key for each in found.ranked] == ["tv", "help"]
    assert (found.ranked[0].shared, found.ranked[0].shared_with) == (0.0, None)
    assert (found.ranked[1].shared, found.ranked[1].shared_with) == (0.4, 1)


def test_kappa_is_an_assumption_with_bounds() -> None:
    assert "assumption" in Kappa().words
    assert "12 past tests" in Kappa(0.4, 0.2, 0.6, "tests", 12).words
    for bad in (-0.1, 0.31):
        with pytest.raises(DomainError, match="kappa == "):
            Kappa(bad)


SHARE = st.integers(5, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SHARES = st.dictionaries(st.integers(0, 4), SHARE, min_size=1)


@given(SHARES)
def test_a_cell_has_no_gap_to_itself(strata: dict[object, tuple[int, int]]) -> None:
    found = standardised_gap(strata, strata)
    assert found is not None
    assert found.value == pytest.approx(0, abs=1e-12)
    assert found.lo < 0 < found.hi
    assert found.covered == 1


@given(SHARES, st.integers(2, 5))
def test_a_larger_cell_of_the_same_kind_has_the_same_gap(strata: dict[object, tuple[int, int]], times: int) -> None:
    benchmark: dict[object, tuple[int, int]] = {key: (n // 2, n) for key, (_, n) in strata.items()}
    larger: dict[object, tuple[int, int]] = {key: (times * x, times * n) for key, (x, n) in strata.items()}
    one, other = standardised_gap(strata, benchmark), standardised_gap(larger, benchmark)
    assert one is not None
    assert other is not None
    assert other.value == pytest.approx(one.value)
    assert other.se < one.se


def test_planted_gaps_come_out_on_top_and_strangers_are_no_gap() -> None:
    """Nearer to the truth than `tests/calibration` can be in a session: the study itself, with fewer runs."""
    rows = list(opportunities(np.random.default_rng(5), runs=40))
    assert [row for row in rows if not row.kept] == []
    assert rows[0].seen >= 0.95


def test_nothing_planted_nothing_found() -> None:
    random, called = np.random.default_rng(6), 0
    for _ in range(30):
        called += len(find(draw(random, Scene())).ranked)
    assert called <= 3
    assert LEAD in PLANTED
    assert len(PLACES) == 5
