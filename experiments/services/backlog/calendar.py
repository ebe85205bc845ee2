"""Running tests and open ideas on the people they need: when each could start, and when it would end."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from experiments.domain.changes import LAUNCHED
from experiments.domain.experiment import Experiment
from experiments.domain.schedule import WEEK, final_at
from experiments.insight.lanes import Bar, Plan, Wanted, plan_lanes
from experiments.services import catalogue
from experiments.services.backlog.ideas import all_seasons
from experiments.services.backlog.ranking import Backlog, Listed, backlog
from experiments.services.clock import local_day
from experiments.services.experiments import all_experiments
from experiments.services.learn.about import first_facets

#: A running test without a plan holds its people for so long.
UNPLANNED_WEEKS = 4


def calendar(session: Session, now: int, zone: ZoneInfo, order: Backlog | None = None) -> Plan:
    """Every launched test, and every open idea that can be sized, in the order of the backlog."""
    journeys = catalogue.all_journeys(session)
    today = local_day(now, zone)
    running = [
        _running(test, _lane(test, first_facets(session, test, journeys).journey), today, zone)
        for test in all_experiments(session, LAUNCHED)
    ]
    listed = (order or backlog(session, now)).listed
    wanted = [found for one in listed if (found := _wanted(one)) is not None]
    return plan_lanes(running, wanted, [season for _, season in all_seasons(session)], today)


def lane_names(session: Session) -> dict[str, str]:
    """Names of lanes for people; a journey called like a layer says that it is the journey."""
    layers = {f"layer:{layer.key}": layer.name for layer in catalogue.all_layers(session)}
    taken = set(layers.values())
    journeys = {
        f"journey:{each.key}": f"{each.name} (journey)" if each.name in taken else each.name
        for each in catalogue.all_journeys(session)
    }
    return layers | journeys


def lane_name(names: dict[str, str], lane: str) -> str:
    """The name of one lane; an audience is called by its words."""
    return names.get(lane) or lane.partition(":")[2].capitalize()


def _lane(test: Experiment, journey: str) -> str:
    layer = test.phase.layer
    if layer is not None:
        return f"layer:{layer.layer}"
    return f"journey:{journey}" if journey else f"audience:{test.phase.audience.description.casefold()}"


def _running(test: Experiment, lane: str, today: date, zone: ZoneInfo) -> Bar:
    launched = test.launched_at or test.created_at
    until = local_day(launched + (test.plan.weeks or UNPLANNED_WEEKS) * WEEK, zone)
    until = max(until, today + timedelta(days=1))  # it recruits until somebody stops it
    last = final_at(test)
    ends = local_day(last, zone) if last is not None else until
    layer = test.phase.layer
    low, high = (layer.start, layer.end) if layer else (0.0, 1.0)
    start = local_day(launched, zone)
    return Bar(test.key, test.name, lane, "running", start, until, max(ends, until), low, high,
               f"/experiments/{test.key}")  # fmt: skip


def _wanted(one: Listed) -> Wanted | None:
    idea, weeks = one.held.idea, one.sized.weeks
    if weeks is None:
        return None
    return Wanted(
        id=str(one.held.id),
        title=idea.title,
        lane=idea.lane,
        weeks=weeks,
        ripe_days=one.sized.ripe_days,
        share=idea.layer_share,
        not_before=date.fromisoformat(idea.not_before) if idea.not_before else None,
        not_after=date.fromisoformat(idea.not_after) if idea.not_after else None,
        href=f"/backlog/{one.held.id}",
    )
