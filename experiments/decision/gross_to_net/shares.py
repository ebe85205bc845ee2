"""Digital share of all sales by variant, with the sales it is made of."""

from __future__ import annotations

from experiments.decision.gross_to_net.data import BEFORE, CHANNEL, COUNT_SCALE, Arms, summed
from experiments.decision.gross_to_net.estimates import figure_of
from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.gross_to_net.service import DigitalShare, ShareOfVariant
from experiments.stats import effects
from experiments.stats.effect import Status
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

TV = "tv"


def digital_share(arms: Arms, bar: Bar) -> DigitalShare:
    """Kept sales in digital channels of all kept sales; smart TV is shown apart."""
    digital = arms.data.digital
    everywhere = [f"n:{key}" for key, _ in arms.data.channels]
    wanted = {
        "digital": [f"n:{key}" for key in digital],
        "rest": [name for name in everywhere if name.removeprefix("n:") not in digital],
        "all": everywhere,
        "tv": [f"n:{TV}"],
    }
    groups = arms.pair(CHANNEL)
    used = (BEFORE,) if bar.covariates and BEFORE in groups[0].columns else ()
    control, variant = (summed(group, wanted, used) for group in groups)
    ratio, per_unit, rest = (
        effects.absolute(measure, control, variant, bar.critical, bar.level)
        for measure in (
            Measure("ratio", "digital", "all", used),
            Measure("mean", "digital", covariates=used),
            Measure("mean", "rest", covariates=used),
        )
    )
    return DigitalShare(
        status="ok" if ratio.status is Status.OK else "too_few",
        channels=digital,
        shares=(_share(arms.control, control), _share(arms.variant, variant)),
        effect=figure_of(ratio),
        digital=figure_of(per_unit, COUNT_SCALE),
        other=figure_of(rest, COUNT_SCALE),
        company=arms.data.company_share,
    )


def _share(key: str, moments: Moments) -> ShareOfVariant:
    total, digital, tv = (moments.mean_of(name) for name in ("all", "digital", "tv"))
    return ShareOfVariant(
        key, total * COUNT_SCALE, digital * COUNT_SCALE, tv * COUNT_SCALE, digital / total if total else None
    )
