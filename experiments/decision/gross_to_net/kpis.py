"""Handling time, hit rate and satisfaction per unit, and per channel for the eye."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from experiments.decision.formats import listed
from experiments.decision.gross_to_net.data import BEFORE, COUNT_SCALE, SERVICE, Arms, summed
from experiments.decision.gross_to_net.estimates import NOTHING, direction_of, figure_of
from experiments.decision.gross_to_net.figures import Bar, Figure, Point
from experiments.decision.gross_to_net.service import KpiChannel, KpiKey, KpiPlane, KpiTotal, KpiTriangle, KpiVerdict
from experiments.decision.response import response_sentence
from experiments.stats import effects
from experiments.stats.cuped import pair_of
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Moments
from experiments.stats.region import ellipse

_PARTS = ("contacts", "seconds", "answers", "score", "dissatisfied")
TITLES: dict[KpiKey, str] = {
    "handle_seconds": "Handle seconds per unit",
    "hit_rate": "Hit rate",
    "csat": "CSAT of those who answered",
}
_DIRECTION: dict[KpiKey, int] = {"handle_seconds": -1, "hit_rate": 1, "csat": 1}
_NOUN: dict[KpiKey, str] = {"handle_seconds": "handling time", "hit_rate": "hit rate", "csat": "CSAT"}


def kpi_triangle(arms: Arms, bar: Bar) -> KpiTriangle:
    """Verdicts come from totals per unit; which channel somebody uses is itself an effect of the variant."""
    groups = _totals(arms, bar)
    measures = _measures(bar, groups[0])
    response = effects.absolute(Measure("rate", "responded"), *groups, bar.critical, bar.level)
    block = _blocks(groups)
    totals = tuple(_total(key, measure, groups, bar, block.get(key)) for key, measure in measures.items())
    usable = [total.key for total in totals if total.effect.status == "ok"]
    mixed = {"better", "worse"} <= {total.verdict for total in totals}
    return KpiTriangle(
        totals=totals,
        channels=_channels(arms),
        planes=tuple(_planes(measures, usable, groups)),
        response=figure_of(response),
        csat_worst=_worst(arms, groups),
        dissatisfied=figure_of(
            effects.absolute(Measure("mean", "dissatisfied"), *groups, bar.critical, bar.level), COUNT_SCALE
        ),
        joint_p=_joint_p([measures[key] for key in usable], groups),
        mixed=mixed,
        words=_words(totals, mixed),
    )


def _totals(arms: Arms, bar: Bar) -> tuple[Moments, Moments]:
    wanted = {part: [f"{part}:{key}" for key, _ in arms.data.channels] for part in _PARTS}
    control, variant = arms.pair(SERVICE)
    used = (BEFORE,) if bar.covariates and BEFORE in control.columns else ()
    keep = ("buyer", "responded", *used)
    return summed(control, wanted, keep), summed(variant, wanted, keep)


def _measures(bar: Bar, control: Moments) -> dict[KpiKey, Measure]:
    used = (BEFORE,) if bar.covariates and BEFORE in control.columns else ()
    return {
        "handle_seconds": Measure("mean", "seconds", covariates=used),
        "hit_rate": Measure("rate", "buyer", covariates=used),
        "csat": Measure("ratio", "score", "answers", used),
    }


def _blocks(groups: tuple[Moments, Moments]) -> dict[KpiKey, tuple[KpiVerdict, str]]:
    """Corners that cannot be tested, with the reason."""
    found: dict[KpiKey, tuple[KpiVerdict, str]] = {}
    if not any(group.mean_of("contacts") for group in groups):
        found["handle_seconds"] = "not_measured", "No contact of these units was delivered."
    if not any(group.mean_of("answers") for group in groups):
        found["csat"] = "not_measured", "Nobody answered a survey."
    elif fault := response_sentence("responded", groups):
        found["csat"] = "not_testable", fault
    return found


def _total(
    key: KpiKey,
    measure: Measure,
    groups: tuple[Moments, Moments],
    bar: Bar,
    blocked: tuple[KpiVerdict, str] | None,
) -> KpiTotal:
    title, direction = TITLES[key], _DIRECTION[key]
    if blocked is not None and blocked[0] == "not_measured":
        return KpiTotal(key, title, direction, NOTHING, NOTHING, *blocked)
    absolute = figure_of(effects.absolute(measure, *groups, bar.critical, bar.level))
    relative = figure_of(effects.relative(measure, *groups, bar.critical, bar.level))
    if blocked is not None:
        unfit = Figure(absolute.value, None, None, "not_testable", None, None, absolute.control, absolute.variant)
        return KpiTotal(key, title, direction, unfit, NOTHING, *blocked)
    verdicts: dict[int, KpiVerdict] = {1: "better", -1: "worse", 0: "not_shown"}
    return KpiTotal(key, title, direction, absolute, relative, verdicts[direction * direction_of(absolute)])


def _channels(arms: Arms) -> tuple[KpiChannel, ...]:
    groups = dict(zip((arms.control, arms.variant), arms.pair(SERVICE), strict=True))
    known = next(iter(groups.values())).columns
    keys = [key for key, _ in arms.data.channels if any(f"{part}:{key}" in known for part in (*_PARTS, "buyer"))]
    return tuple(_channel(key, groups) for key in keys)


def _channel(key: str, groups: dict[str, Moments]) -> KpiChannel:
    def mean(part: str, group: Moments) -> float:
        name = f"{part}:{key}"
        return group.mean_of(name) if name in group.columns else 0.0

    def ratio(part: str, per: str, group: Moments) -> float | None:
        below = mean(per, group)
        return mean(part, group) / below if below else None

    return KpiChannel(
        channel=key,
        contacts={v: COUNT_SCALE * mean("contacts", group) for v, group in groups.items()},
        handle_seconds={v: ratio("seconds", "contacts", group) for v, group in groups.items()},
        hit_rate={v: mean("buyer", group) for v, group in groups.items()},
        csat={v: ratio("score", "answers", group) for v, group in groups.items()},
        answers={v: COUNT_SCALE * mean("answers", group) for v, group in groups.items()},
    )


def _planes(
    measures: dict[KpiKey, Measure], usable: Sequence[KpiKey], groups: tuple[Moments, Moments]
) -> list[KpiPlane]:
    planes = []
    for x, y in combinations(usable, 2):
        pair = pair_of([measures[x], measures[y]], *groups, weakest=0.0)
        spread = np.diag(pair.sigma)
        if not (spread > 0).all() or float(np.linalg.det(pair.sigma)) <= 0:
            continue
        corners = ellipse(pair.delta, pair.sigma).polygon()
        region = tuple((a, b) for a, b in [*corners, *corners[:1]])
        correlation = float(pair.sigma[0, 1] / math.sqrt(float(spread[0] * spread[1])))
        planes.append(KpiPlane(x, y, (float(pair.delta[0]), float(pair.delta[1])), region, correlation))
    return planes


def _joint_p(measures: Sequence[Measure], groups: tuple[Moments, Moments]) -> float | None:
    """Chance of so much change in all measured corners together where nothing changed (chi-square)."""
    if not measures or min(group.n for group in groups) < 2:
        return None
    pair = pair_of(measures, *groups, weakest=0.0)
    if not (np.diag(pair.sigma) > 0).all() or np.linalg.cond(pair.sigma) > 1e12:
        return None
    from scipy.special import chdtrc

    return float(chdtrc(len(measures), float(pair.delta @ np.linalg.solve(pair.sigma, pair.delta))))


def _worst(arms: Arms, groups: tuple[Moments, Moments]) -> Point | None:
    """CSAT effect if all who kept silent had answered, at the two ends of the scale."""
    low, high = arms.data.csat_low, arms.data.csat_high
    found = []
    for group in groups:
        mean = estimate(Measure("ratio", "score", "answers"), group).value
        if mean is None:
            return None
        found.append((mean, min(1.0, group.mean_of("responded"))))
    (control, heard_c), (variant, heard_v) = found
    worst = variant * heard_v + low * (1 - heard_v) - (control * heard_c + high * (1 - heard_c))
    best = variant * heard_v + high * (1 - heard_v) - (control * heard_c + low * (1 - heard_c))
    return worst, best


def _words(totals: Sequence[KpiTotal], mixed: bool) -> str:
    better = [_NOUN[total.key] for total in totals if total.verdict == "better"]
    worse = [_NOUN[total.key] for total in totals if total.verdict == "worse"]
    if mixed:
        return f"Mixed: better {listed(better)}, worse {listed(worse)}."
    if better or worse:
        return f"{'Better' if better else 'Worse'}: {listed(better or worse)}; nothing else is shown."
    return "No change of handling time, hit rate or CSAT is shown."
