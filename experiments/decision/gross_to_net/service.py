"""Digital share of all sales, and the triangle of handling time, hit rate and satisfaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.decision.gross_to_net.figures import Figure, Point

KpiKey = Literal["handle_seconds", "hit_rate", "csat"]
KpiVerdict = Literal["better", "worse", "not_shown", "not_testable", "not_measured"]


@dataclass(frozen=True)
class ShareOfVariant:
    """Kept sales of one variant, matched to its units.

    Attributes:
        sales, digital, tv: kept sales per 1,000 units: all, in digital channels, on smart TV (shown apart).
        share: digital of all; None without sales.
    """

    variant: str
    sales: float
    digital: float
    tv: float
    share: float | None


@dataclass(frozen=True)
class DigitalShare:
    """Digital share of all sales by variant.

    Attributes:
        channels: which channels count as digital.
        shares: the control first.
        effect: difference of the shares (a share, not percent).
        digital, other: effects on digital and on all other sales per 1,000 units, because a share also rises where the
            rest falls.
        company: the share over all sales of the company since the test began, matched to a unit or not.
    """

    status: Literal["ok", "too_few", "not_measured"]
    channels: tuple[str, ...]
    shares: tuple[ShareOfVariant, ...]
    effect: Figure
    digital: Figure
    other: Figure
    company: float | None = None


@dataclass(frozen=True)
class KpiTotal:
    """One corner of the triangle, per unit of the cohort; verdicts come from these only.

    Attributes:
        key: handle seconds per unit; buyers of the promoted set per unit; CSAT of those who answered.
        direction: 1 where more is better, −1 where less is.
        effect: absolute, on the scale of the corner; `relative`: as a share of the control.
        note: why it cannot be tested, or what else a reader must know.
    """

    key: KpiKey
    title: str
    direction: int
    effect: Figure
    relative: Figure
    verdict: KpiVerdict
    note: str | None = None


@dataclass(frozen=True)
class KpiChannel:
    """One channel, descriptive only: which channel a unit uses is itself an effect of the variant.

    Attributes:
        contacts, handle_seconds, hit_rate, csat, answers: by variant key; contacts and answers per 1,000 units, seconds
            per contact, hit rate as a share of units, CSAT as a mean; None where there is nothing to average.
    """

    channel: str
    contacts: Mapping[str, float]
    handle_seconds: Mapping[str, float | None]
    hit_rate: Mapping[str, float]
    csat: Mapping[str, float | None]
    answers: Mapping[str, float]


@dataclass(frozen=True)
class KpiPlane:
    """Two corners together, absolute effects, with the joint 95 % region; None where one has no spread."""

    x: KpiKey
    y: KpiKey
    point: Point
    region: tuple[Point, ...]
    correlation: float | None


@dataclass(frozen=True)
class KpiTriangle:
    """Handling time, hit rate and CSAT together, so that a gain in one and a loss in another is seen at once.

    Attributes:
        response: share of units that answered, which decides whether CSAT can be tested at all.
        csat_worst: CSAT effect where everyone who did not answer gave the worst answer in the variant and the best in
            the control, and the other way round.
        dissatisfied: effect on dissatisfied answers per 1,000 units.
        joint_p: p-value of "nothing changed in any corner" over the corners that are measured.
        mixed: True where one corner is better and another worse.
        words: the triangle in one sentence.
    """

    totals: tuple[KpiTotal, ...]
    channels: tuple[KpiChannel, ...]
    planes: tuple[KpiPlane, ...]
    response: Figure
    csat_worst: Point | None
    dissatisfied: Figure
    joint_p: float | None
    mixed: bool
    words: str
