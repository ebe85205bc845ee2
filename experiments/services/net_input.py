"""From a declaration and the facts to the groups of units that the blocks from gross to net are computed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.decision.gross_to_net.block import Declared
from experiments.decision.gross_to_net.data import BlockMoments, NetData, NetGroup
from experiments.decision.gross_to_net.figures import Cohort
from experiments.decision.gross_to_net.waterfall import StepKey
from experiments.domain.channel import DIGITAL_BY_DEFAULT, Channel
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.holding import RELATION_CODE
from experiments.domain.net_plan import NetPlan, SaleSet
from experiments.domain.rolling import contrast_end
from experiments.domain.source import RANK, SourceKind
from experiments.services.clock import to_iso
from experiments.services.columns import Codes
from experiments.services.default_metrics import DIGITAL_SHARE
from experiments.services.net_names import BLOCKS, Names, load_names
from experiments.store.catalogue import metrics as metric_store
from experiments.store.codes import CHANNEL_CODE
from experiments.store.moments.request import DAY
from experiments.store.net import NetCells, NetRequest, compute_net
from experiments.store.net.delivered import Delivered, delivered
from experiments.store.net.request import SaleMasks

#: Daily ends of the curve up to here; then weekly ones, and beyond half a year four-weekly.
DAILY, WEEKLY = 7, 182


@dataclass(frozen=True)
class Asked:
    """What is asked of the facts, apart from the declaration.

    Args:
        plan: the declaration.
        phase_id: of the current phase.
        now: µs, the cut of the data.
        delivered: µs up to which every source has delivered.
        exposed: exposed units by variant key.
        without_marked: leave out bots and internal traffic.
    """

    plan: NetPlan
    phase_id: int
    now: int
    delivered: int
    exposed: Mapping[str, int]
    without_marked: bool = False


def withheld(experiment: Experiment, plan: NetPlan) -> NetData:
    """Between looks nothing is computed; the declaration is shown."""
    return NetData(declared_of(plan), experiment.unit.value, withheld=True)


def net_data(session: Session, experiment: Experiment, asked: Asked, codes: Codes, *, final: bool) -> NetData:
    """The groups of the fixed cohort.

    Where no unit is old enough for the horizon, everything is read over the early window.
    """
    plan = asked.plan
    cells, request = _old_enough(session, experiment, asked, codes)
    names = load_names(session, request.day_ends)
    young = request.last < plan.horizon_days * DAY
    keys = [variant.key for variant in experiment.phase.variants]
    units = {key: sum(n for (v, _, _), n in cells.units.items() if v == place) for place, key in enumerate(keys)}
    total = sum(units.values())
    told, digital = delivered(session, request), _digital(session)
    return NetData(
        declared=declared_of(plan),
        unit=experiment.unit.value,
        cohort=Cohort(
            units=units,
            exposed=dict(asked.exposed),
            active=cells.active / total if total else None,
            days=request.last // DAY,
            horizon_days=plan.horizon_days,
            early_days=plan.early_days,
            return_days=plan.return_days,
            young=young,
            linked_only=experiment.unit is UnitKind.VISITOR,
            last_exposure=to_iso(request.mature_before),
        ),
        groups=_groups(cells, names, keys),
        missing=_missing(told, plan, young),
        sets=tuple(names.sets(cells.sets).items()),
        families=tuple(names.family_titles.items()),
        channels=tuple(names.channel_titles.items()),
        digital=digital,
        company_share=_company_share(told, digital),
        day_ends=request.day_ends,
        products=names.products(session, asked.now),
        csat_low=plan.csat.low,
        csat_high=plan.csat.high,
        final=final,
        reason=None if total else _nobody(experiment),
    )


def declared_of(plan: NetPlan) -> Declared:
    """The declaration as a report keeps it."""
    costs = {f"second:{channel.value}": cost for channel, cost in plan.second_cost.items()}
    costs |= {f"sale:{channel.value}": cost for channel, cost in plan.sale_cost.items()}
    return Declared(
        promoted_families=plan.promoted.families,
        promoted_relations=tuple(relation.value for relation in plan.promoted.relations),
        protected_families=plan.protected.families,
        protected_relations=tuple(relation.value for relation in plan.protected.relations),
        channels=tuple(channel.value for channel in plan.channels),
        horizon_days=plan.horizon_days,
        early_days=plan.early_days,
        return_days=plan.return_days,
        currency=plan.currency,
        cap=plan.cap,
        retention=plan.retention,
        costs=costs | ({"offer": plan.offer_cost} if plan.offer_cost else {}),
        assumed=plan.assumed,
    )


def _old_enough(session: Session, experiment: Experiment, asked: Asked, codes: Codes) -> tuple[NetCells, NetRequest]:
    request = _request(session, experiment, asked, codes, asked.plan.horizon_days)
    cells = compute_net(session, request)
    if _least(cells, experiment) >= 1:
        return cells, request
    request = _request(session, experiment, asked, codes, asked.plan.early_days)
    return compute_net(session, request), request


def _least(cells: NetCells, experiment: Experiment) -> int:
    """Units of the smallest variant."""
    places = range(len(experiment.phase.variants))
    return min(sum(n for (v, _, _), n in cells.units.items() if v == place) for place in places)


def _request(session: Session, experiment: Experiment, asked: Asked, codes: Codes, days: int) -> NetRequest:
    plan, phase = asked.plan, experiment.phase
    ripe = min(asked.delivered, contrast_end(experiment, asked.now))
    return NetRequest(
        phase_id=asked.phase_id,
        unit=experiment.unit,
        cut=asked.now,
        mature_before=ripe - (days + plan.return_days) * DAY + 1,
        last=days * DAY,
        early=min(plan.early_days, days) * DAY,
        day_ends=_day_ends(plan.early_days, days),
        promoted=_masks(plan.promoted, codes),
        protected=_masks(plan.protected, codes),
        channels=tuple(CHANNEL_CODE[channel] for channel in plan.channels),
        return_window=plan.return_days * DAY,
        since=phase.started_at or 0,
        until=phase.ended_at,
        second_cost={CHANNEL_CODE[channel]: cost for channel, cost in plan.second_cost.items()},
        sale_cost={CHANNEL_CODE[channel]: cost for channel, cost in plan.sale_cost.items()},
        offer_cost=plan.offer_cost,
        retention=plan.retention,
        cap=plan.cap,
        replaces=load_names(session, ()).replaces,
        before=plan.covariate_days * DAY,
        complete_sources=codes.complete_sources,
        least_rank=RANK[SourceKind.SERVER] if codes.trusted_sales else 0,
        csat=codes.names.get(("survey", "csat")),
        dissatisfied=plan.csat.dissatisfied,
        without_marked=asked.without_marked,
    )


def _day_ends(early: int, last: int) -> tuple[int, ...]:
    step = 7 if last <= WEEKLY else 28
    ends = {*range(1, min(early, DAILY) + 1), early, last, *range(step, last, step)}
    return tuple(sorted(end for end in ends if end <= last))


def _masks(chosen: SaleSet, codes: Codes) -> SaleMasks:
    families = -1
    if chosen.families:
        # A family that is not in the catalogue matches nothing: bit 0 is no family's.
        families = sum(1 << codes.families[key] for key in chosen.families if key in codes.families) or 1
    relations = sum(1 << RELATION_CODE[relation] for relation in chosen.relations) or -1
    return SaleMasks(families, relations)


def _missing(told: Delivered, plan: NetPlan, young: bool) -> dict[StepKey, str]:
    """Steps without data, each with the reason; a step without data is never zero."""
    missing: dict[StepKey, str] = {}
    absent = [channel.value for channel in plan.expected_channels if channel not in told.sold_in]
    if absent:
        missing["channel"] = f"No sales of {', '.join(absent)} were delivered."
    elif not told.sold_in - set(plan.channels):
        missing["channel"] = "No sales of any other channel were delivered."
    if young:
        missing["pull_forward"] = f"No unit is {plan.horizon_days} days old yet."
    silent = [channel.value for channel, cost in plan.second_cost.items() if cost and channel not in told.contacts]
    if not plan.costs_stated:
        missing["service"] = "No cost of service is declared."
    elif silent:
        missing["service"] = f"No contacts of {', '.join(silent)} were delivered."
    return missing


def _digital(session: Session) -> tuple[str, ...]:
    """Channels that count as digital, as the metric of that name has them."""
    metric = metric_store.find(session, DIGITAL_SHARE)
    channels = set(metric.column.event.channels) if metric is not None else set(DIGITAL_BY_DEFAULT)
    return tuple(channel.value for channel in Channel if channel in channels)


def _company_share(told: Delivered, digital: tuple[str, ...]) -> float | None:
    """Digital share of all sales since the test began, matched to a unit or not."""
    total = sum(told.sales.values())
    return sum(n for channel, n in told.sales.items() if channel.value in digital) / total if total else None


def _groups(cells: NetCells, names: Names, keys: list[str]) -> tuple[NetGroup, ...]:
    sets, channels = names.set_keys(cells.sets), names.channels
    return tuple(
        NetGroup(
            keys[v],
            sets[place],
            channels[shown],
            {
                BLOCKS[block]: BlockMoments.of(names.moments(block, moments[v, place, shown]))
                for block, moments in cells.blocks.items()
            },
        )
        for v, place, shown in sorted(cells.units)
    )


def _nobody(experiment: Experiment) -> str:
    if experiment.unit is UnitKind.VISITOR:
        return "No unit is old enough and known to be a customer at its first exposure."
    return "No unit is old enough."
