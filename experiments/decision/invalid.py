"""Banners where nothing is judged: unfit data, nobody exposed, or between looks."""

from __future__ import annotations

from experiments.decision.banner import Banner
from experiments.decision.evidence import MOST_IN_TWO_VARIANTS, Evidence
from experiments.decision.formats import chance, count, day, percent, planned_percent, trimmed
from experiments.decision.quality import SegmentSplit, Split
from experiments.decision.splits import ALARM

_LIVE = ("testing", "running", "paused")


def invalid_banner(evidence: Evidence) -> Banner:
    """Why the results must not be read."""
    return Banner(_invalid_title(evidence), " ".join(invalid_reasons(evidence)))


def invalid_reasons(evidence: Evidence) -> tuple[str, ...]:
    """One sentence or more per fault of the data."""
    reasons: list[str] = []
    if evidence.split_broken:
        reasons += _split_reasons(evidence.split)
    if evidence.mixed_up:
        quality = evidence.quality
        reasons.append(
            f"{count(quality.in_two_variants)} {evidence.experiment.unit}s "
            f"({percent(quality.in_two_variants_share, 2)}) were seen in two variants; "
            f"more than {planned_percent(MOST_IN_TWO_VARIANTS)} is a fault of the assignment."
        )
    return (*reasons, *evidence.faults)


def waiting(evidence: Evidence) -> Banner:
    """Nobody has reached the point where variants differ."""
    unit = evidence.experiment.unit
    return Banner(f"Waiting for the first {unit}", f"No {unit} has been exposed yet.")


def between_looks(evidence: Evidence) -> Banner:
    """Counts and data quality only."""
    look = evidence.look
    lead = "Keep running" if evidence.experiment.status in _LIVE else "No verdict yet"
    when = f"next look on {day(look.next_at)}" if look.next_at else "the next planned look decides"
    seen = " / ".join(count(variant.exposed) for variant in evidence.variants)
    return Banner(
        f"{lead}: {when}",
        f"Until then only counts and data quality are shown: {seen} {evidence.experiment.unit}s exposed, "
        f"{_split_so_far(evidence.split)}.",
    )


def _invalid_title(evidence: Evidence) -> str:
    if evidence.split_broken:
        return "Do not read these results: the split is wrong"
    if evidence.mixed_up:
        return f"Do not read these results: {evidence.experiment.unit}s were seen in two variants"
    return "Do not read these results: the data are faulty"


def _split_reasons(split: Split) -> list[str]:
    overall = split.p is not None and split.p < ALARM
    facts = [_split_fact(split.planned, split.seen, split.p)] if overall else []
    if split.assigned_p is not None and split.assigned_p < ALARM:
        fact = _split_fact(split.planned, split.assigned, split.assigned_p)
        facts.append(f"Among the units the server assigned: {fact[:1].lower()}{fact[1:]}")
    if not facts:
        facts = [_segment_fact(split, segment) for segment in split.segments if segment.broken][:3]
    causes = f"Likely causes: {', '.join(split.causes)}."
    return [*facts, "Results are hidden until assignment is fixed.", causes]


def _segment_fact(split: Split, segment: SegmentSplit) -> str:
    fact = _split_fact(split.planned, segment.seen, segment.p)
    return f"In {segment.segment}: {fact[:1].lower()}{fact[1:]}"


def _split_fact(planned: tuple[float, ...], seen: tuple[int, ...], p: float | None) -> str:
    shares = " / ".join(trimmed(100 * share, 1) for share in planned)
    counts = " / ".join(count(number) for number in seen)
    odds = chance(0.0 if p is None else p)
    return f"Planned {shares}, seen {counts} (chance of one so uneven if all works: {odds})."


def _split_so_far(split: Split) -> str:
    if split.p is None:
        return "too few to check the split"
    return f"split as planned (p = {split.p:.2f})"
