"""All blocks of all variants, each at the bar its verdict used."""

from __future__ import annotations

from collections.abc import Mapping

from experiments.decision.gross_to_net.block import GrossToNet, VariantNet
from experiments.decision.gross_to_net.curves import curve
from experiments.decision.gross_to_net.data import BEFORE, MONEY, Arms, NetData
from experiments.decision.gross_to_net.figures import Bar, Cohort
from experiments.decision.gross_to_net.kpis import kpi_triangle
from experiments.decision.gross_to_net.matrices import channel_matrix, family_matrix
from experiments.decision.gross_to_net.parts import segments
from experiments.decision.gross_to_net.rates import key_plane, rate
from experiments.decision.gross_to_net.shares import digital_share
from experiments.decision.gross_to_net.steps import net_value, waterfall
from experiments.decision.net import NetValue


def gross_to_net(data: NetData, control: str, bars: Mapping[str, Bar], *, early_stop: bool) -> GrossToNet:
    """The block of a report.

    Args:
        bars: by variant key, level and boundary of its intervals; covariates are filled in from the data.
        early_stop: the look is not the last one of its plan.
    """
    if data.withheld:
        return GrossToNet("withheld", "Shown at the next planned look.", data.declared)
    if data.cohort is None or data.reason is not None:
        return GrossToNet("not_measured", data.reason or "No unit is old enough.", data.declared)
    found = [
        _variant(Arms(data, control, variant), data.cohort, _with_covariates(data, bar), early_stop)
        for variant, bar in bars.items()
    ]
    known = tuple(each for each in found if each is not None)
    if not known:
        return GrossToNet("not_measured", "Fewer than two units of a variant are old enough.", data.declared)
    return GrossToNet("ok", None, data.declared, known)


def net_values(block: GrossToNet) -> dict[str, NetValue]:
    """The net of each variant, as the rule needs it."""
    return {each.variant: net_value(each.waterfall, each.rate) for each in block.variants}


def _variant(arms: Arms, cohort: Cohort, bar: Bar, early_stop: bool) -> VariantNet | None:
    fall = waterfall(arms, cohort, bar)
    if fall is None:
        return None
    return VariantNet(
        variant=arms.variant,
        waterfall=fall,
        rate=rate(arms, bar, early_stop),
        plane=key_plane(arms, bar),
        matrices=(family_matrix(arms, bar), channel_matrix(arms, bar)),
        curve=curve(arms, cohort, bar),
        digital_share=digital_share(arms, bar),
        kpi=kpi_triangle(arms, bar),
        segments=segments(arms, bar),
    )


def _with_covariates(data: NetData, bar: Bar) -> Bar:
    """One covariate for all columns, where sales before exposure were read."""
    seen = BEFORE in data.columns(MONEY)
    return Bar(bar.level, bar.critical, (BEFORE,) if seen else ())
