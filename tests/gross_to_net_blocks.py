"""A report block with every part filled, as pages and files must be able to show it."""

from __future__ import annotations

from experiments.decision.gross_to_net.block import Declared, GrossToNet, VariantNet
from experiments.decision.gross_to_net.curve import Curve, CurvePoint
from experiments.decision.gross_to_net.figures import Bar, Cohort, Figure
from experiments.decision.gross_to_net.matrix import Matrix, MatrixCell, MatrixLine
from experiments.decision.gross_to_net.rate import KeyPlane, Rate
from experiments.decision.gross_to_net.segments import SegmentLine, SegmentTest
from experiments.decision.gross_to_net.service import (
    DigitalShare,
    KpiChannel,
    KpiPlane,
    KpiTotal,
    KpiTriangle,
    ShareOfVariant,
)
from experiments.decision.gross_to_net.waterfall import (
    TITLES,
    BreakEven,
    Net,
    ProductWorth,
    Sensitivity,
    Step,
    Waterfall,
)

REGION = {"0.95": ((-4.5, 12.0), (-1.5, 8.0), (1.5, 13.0), (-1.5, 17.0), (-4.5, 12.0))}
BOTH = {"control": 5_000, "entry": 5_010}


def every_block(*variants: str, complete: bool = False) -> GrossToNet:
    """Numbers of no meaning, one of every kind; `complete`: with every step measured."""
    declared = Declared(
        ("tv",), ("cross",), (), ("up",), ("web", "app"), 28, 7, 14, "EUR", 90_000.0, 0.0, {"second:phone": 1.2}, ()
    )
    parts = (rate(), plane(), (matrix("family"), matrix("channel")), curve(), digital(), kpi(), (segments(),))
    found = (VariantNet(variant, waterfall(variant, complete=complete), *parts) for variant in variants)
    return GrossToNet("ok", None, declared, tuple(found))


def waterfall(variant: str, *, complete: bool = False) -> Waterfall:
    values = {
        "gross": 100.0, "up_sell": -12.5, "other_families": 0.0, "channel": -20.0,
        "pull_forward": 0.0 if complete else None, "service": -6.5,
    }  # fmt: skip
    steps = tuple(
        Step(key, TITLES[key], None, None, None, "not_measured", None, "No unit is old enough.")
        if value is None
        else Step(key, TITLES[key], value, value - 5, value + 5)
        for key, value in values.items()
    )
    net = Net(61.0, 40.0, 82.0) if complete else Net(61.0, 40.0, 82.0, "partial", ("pull_forward",))
    cohort = Cohort(BOTH, BOTH, 0.3, 28, 28, 7, 14, False, True, "2026-08-01T00:00:00Z")
    return Waterfall(
        variant, "visitor", "EUR", steps, net, cohort, Bar(0.95, None),
        (Sensitivity("promoted_months", 0.5, 12.0, 11.0, -4.0, 26.0),),
        (BreakEven("promoted_months", 0.39, 24.0, 9.4, "The net is 0 if promoted products stay 9.4 months, not 24."),),
        (ProductWorth("tv-start", "TV Start", "promoted", 24, 5.0, 0.0, {"control": 210.0, "entry": 260.0}),),
        900.0,
    )  # fmt: skip


def rate() -> Rate:
    return Rate("ok", 0.12, -0.04, 0.29, "interval", 1.4, figure(12.5), figure(-1.5), "Of each 10 …")


def plane() -> KeyPlane:
    return KeyPlane((-1.5, 12.5), (-4.0, 1.0), (8.7, 16.3), REGION, -0.7, 0.1)


def matrix(kind: str) -> Matrix:
    lines = (MatrixLine("mobile", "Mobile", BOTH), MatrixLine("none", "Nothing", BOTH))
    columns = (MatrixLine("tv", "TV", {}),)
    shown = MatrixCell("mobile", "tv", 20.0, 30.0, 10.0, 2.0, 18.0, 0.01, {"control": 100, "entry": 150}, "ok")
    grey = MatrixCell("none", "tv", 1.0, None, None, None, None, None, {"control": 5, "entry": 0}, "grey")
    return Matrix(kind, lines, columns, (shown, grey), (shown,), (shown,), 0.95, 2.2, 1)


def curve() -> Curve:
    points = (CurvePoint(1, 5.0, 1.0, 9.0, 0.0, 10.0), CurvePoint(28, 60.0, 40.0, 80.0, 35.0, 85.0))
    return Curve("ok", points, 7, 28, 0.95, figure(0.9), figure(-3.0), "90% of the early gain is still there.")


def digital() -> DigitalShare:
    shares = tuple(ShareOfVariant(key, 100.0, 60.0, 2.0, 0.6) for key in BOTH)
    return DigitalShare("ok", ("web", "app"), shares, figure(0.01), figure(3.0), figure(-1.0))


def kpi() -> KpiTriangle:
    total = KpiTotal("hit_rate", "Hit rate", 1, figure(0.01), figure(0.1), "better")
    seconds = {"control": 300.0, "entry": None}
    channel = KpiChannel("phone", BOTH, seconds, {"control": 0.1, "entry": 0.2}, seconds, BOTH)
    planes = (KpiPlane("hit_rate", "csat", (0.1, 0.2), ((0.0, 0.0), (0.1, 0.1)), None),)
    return KpiTriangle((total,), (channel,), planes, figure(0.0), (-1.0, 1.0), figure(0.4), 0.03, True, "Mixed.")


def segments() -> SegmentTest:
    lines = (SegmentLine("mobile", "Mobile", BOTH, figure(10.0), 9.0, 5.0, 13.0, "works"),)
    return SegmentTest("holding", "promoted", "ok", lines, 4.1, 1, 0.04, 0.04, True, "Works for Mobile.")


def figure(value: float) -> Figure:
    return Figure(value, value - 1, value + 1, "ok", 0.5, 0.04, 1.0, 1.0 + value)
