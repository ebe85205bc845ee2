"""What could make the data unfit for any verdict: the split and the identity facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from experiments.domain.stated import StatedRelations

SplitStatus = Literal["ok", "broken", "not_testable"]


@dataclass(frozen=True)
class SegmentSplit:
    """The split inside one segment, platform or day.

    Attributes:
        seen: exposed units per variant, in the order of the report's variants.
        p: p-value adjusted for the number of segments checked (Holm), None where not testable.
        broken: True where the adjusted p-value is below the alarm level.
    """

    segment: str
    seen: tuple[int, ...]
    p: float | None
    broken: bool


@dataclass(frozen=True)
class Split:
    """Planned shares against exposed units.

    Attributes:
        planned: share per variant, in the order of the report's variants; empty where no split was stated.
        seen: exposed units per variant, same order.
        statistic, df, p: chi-square test of the whole sample, None where not testable; `anytime` has a p alone.
        causes: likely causes in words, given only where the split is broken.
        segments: the same check per segment.
        assigned: units per variant that the server assigned, exposed or not; empty where browsers and shops draw by
            themselves, who tell of exposures only.
        assigned_p: p-value of their split; None where not testable.
        anytime: True where all p-values are those of the sequential test, which may be asked at any moment.
    """

    status: SplitStatus
    planned: tuple[float, ...]
    seen: tuple[int, ...]
    statistic: float | None
    df: int | None
    p: float | None
    causes: tuple[str, ...] = ()
    segments: tuple[SegmentSplit, ...] = ()
    assigned: tuple[int, ...] = ()
    assigned_p: float | None = None
    anytime: bool = False


@dataclass(frozen=True)
class NewIds:
    """Exposed visitors of one browser and variant, and how many of them had a new id at their first exposure."""

    units: int
    new: int


@dataclass(frozen=True)
class Handled:
    """Of a test of agents, whom they served and how much of the contact centre's work the test sees.

    Attributes:
        customers: known customers whom agents of the test served inside their windows.
        in_both: those of them whom agents of several variants served; the variants then influence each other.
        contacts: handled contacts since the phase began.
        unnamed: those of them that name no agent.
        inside: those of them that an agent of the test handled.
    """

    customers: int
    in_both: int
    contacts: int
    unnamed: int
    inside: int


@dataclass(frozen=True)
class Quality:
    """Facts about units and their identities.

    Attributes:
        in_two_variants: units whose very id was exposed to two variants; excluded, and a fault above 0.1 %.
        in_two_variants_share: the same as a share of all exposed units.
        contaminated: customers with visitors in several variants; kept, they dilute the effect.
        contaminated_share: the same as a share of the linked customers.
        immature: exposed units whose windows have not closed; they wait for a later look.
        linked_at_exposure: per variant, share of exposed units linked to a customer at exposure; None = not known.
        linked_at_cut: the same at the end of the data.
        notes: sentences about the data that a reader should know.
        suppressed: per variant, exposed units from which a fact that came after the draw kept the offer back; they stay
            in their variant. Empty where nobody is.
        new_ids: per browser and variant, exposed visitors and those of them whose id was new at their first exposure;
            browsers that forget ids early have many. Empty where no exposure names its browser.
        new_ids_p: per browser, p-value that all variants have the same share of new ids (chi-square, Holm over the
            browsers that can be tested); None = too few.
        offers_elsewhere: per other test that ran meanwhile and variant of this one, exposed units that were shown an
            offer of the other test from their first exposure on; part of the effect where offers are capped.
        offers_elsewhere_p: per other test, p-value that all variants have the same share of them (chi-square, not
            adjusted); None = too few. It says what differs and alarms nobody.
        excluded: units left out of everything, per reason (bot, internal, busy) and variant.
        excluded_p: p-value of the split among those left out; None where too few or where no split was stated.
        split_p_with_excluded: p-value of the split had nobody been left out.
        handled: whom the agents of a test that draws agents served; None for other units.
        stated_relations: of sales of exposed units, what their senders state and what the holdings at the order give;
            None in reports stored before it was counted.
        silent: True while nothing that a goal counts has come for any unit, so that a look which is due waits.
        late: exposures that came more than a day after they happened; None in reports stored before they were counted.
    """

    in_two_variants: int = 0
    in_two_variants_share: float = 0.0
    contaminated: int = 0
    contaminated_share: float = 0.0
    immature: int = 0
    linked_at_exposure: Mapping[str, float | None] = field(default_factory=dict)
    linked_at_cut: Mapping[str, float | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    excluded: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    excluded_p: float | None = None
    split_p_with_excluded: float | None = None
    suppressed: Mapping[str, int] = field(default_factory=dict)
    new_ids: Mapping[str, Mapping[str, NewIds]] = field(default_factory=dict)
    offers_elsewhere: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    late: int | None = None
    new_ids_p: Mapping[str, float | None] = field(default_factory=dict)
    offers_elsewhere_p: Mapping[str, float | None] = field(default_factory=dict)
    silent: bool = False
    handled: Handled | None = None
    stated_relations: StatedRelations | None = None
