"""Ideas on the calendar: as early as their people, their dates and the seasons allow, and never on each other."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from experiments.domain.idea import Season
from experiments.insight.lanes import Bar, Wanted, plan_lanes

TODAY = date(2026, 12, 2)  # a Wednesday
MONDAY = date(2026, 12, 7)


def running(low: float = 0.0, high: float = 0.5, weeks: int = 3) -> Bar:
    until = MONDAY + timedelta(weeks=weeks)
    return Bar("run", "Runs", "layer:a", "running", date(2026, 11, 2), until, until + timedelta(days=21), low, high)


def wanted(key: str = "x", **changes: object) -> Wanted:
    values: dict[str, object] = {"id": key, "title": key, "lane": "layer:a", "weeks": 4, "ripe_days": 21, "share": 0.5}
    return Wanted(**{**values, **changes})  # type: ignore[arg-type]


def placed(*asked: Wanted, bars: tuple[Bar, ...] = (), seasons: tuple[Season, ...] = ()) -> dict[str, Bar]:
    plan = plan_lanes(bars, asked, seasons, TODAY)
    return {bar.id: bar for found in plan.lanes.values() for bar in found if bar.kind == "planned"}


def test_beside_a_running_test_and_behind_it() -> None:
    found = placed(wanted("half"), wanted("whole", share=1.0), bars=(running(),))
    half, whole = found["half"], found["whole"]
    assert (half.start, half.low, half.high) == (MONDAY, 0.5, 1.0)
    assert half.ends == MONDAY + timedelta(weeks=4, days=21)
    assert whole.start == half.recruits_until
    assert placed(wanted(lane="layer:b", share=1.0), bars=(running(),))["x"].start == MONDAY


def test_a_gap_must_be_wide_enough_in_one_piece() -> None:
    bars = (running(0.2, 0.4, 2), running(0.6, 0.8, 3))
    assert placed(wanted(), bars=bars)["x"].start == MONDAY + timedelta(weeks=2)
    assert placed(wanted(share=0.2), bars=bars)["x"].low == 0.0


def test_seasons_and_own_dates() -> None:
    christmas = Season("Christmas", "2026-12-19", "2027-01-03")
    assert placed(wanted(), seasons=(christmas,))["x"].start == date(2027, 1, 4)
    assert placed(wanted(not_before=date(2027, 3, 3)))["x"].start == date(2027, 3, 8)
    (left,) = plan_lanes((), [wanted(not_after=date(2026, 12, 20))], (), TODAY).unplaced
    assert left.why == "Its 4 weeks do not fit before 2026-12-20."
    (left,) = plan_lanes((running(0, 1, 500),), [wanted()], (), TODAY).unplaced
    assert "not free for 4 weeks" in left.why


@given(
    st.lists(
        st.tuples(st.integers(2, 9), st.sampled_from([0.25, 0.5, 1.0]), st.sampled_from(["layer:a", "layer:b"])),
        max_size=12,
    )
)
def test_no_two_hold_the_same_people_at_once(asked: list[tuple[int, float, str]]) -> None:
    ideas = [wanted(str(i), weeks=w, share=s, lane=lane) for i, (w, s, lane) in enumerate(asked)]
    plan = plan_lanes((running(),), ideas, (), TODAY)
    bars = [bar for found in plan.lanes.values() for bar in found]
    assert len(bars) + len(plan.unplaced) == len(ideas) + 1
    for i, a in enumerate(bars):
        for b in bars[:i]:
            meanwhile = a.start < b.recruits_until and b.start < a.recruits_until
            assert not (a.lane == b.lane and meanwhile and a.low < b.high - 1e-9 and b.low < a.high - 1e-9)
